"""Writes a folder of weights that the product's classifier can load."""

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAMES = ("classifier.onnx", "second_opinion.onnx")
VERSION = "0.5"
ASKED_FROM = -2.0
"""Log odds of the first network from which the second is asked; asking always changed no verdict on left-out sources."""


@dataclass(frozen=True, slots=True)
class Panes:
    """How panes count beside the whole picture: see `in_context` of the product's classifier."""

    handicap: float
    context: float


def write(
    folder: Path,
    networks: tuple[Path, Path],
    training: dict[str, Any],
    curve: tuple[float, float],
    threshold: float,
    panes: Panes,
) -> None:
    """A folder that `Classifier.load` understands, from the first network and the second; `panes` before calibration."""
    folder.mkdir(parents=True, exist_ok=True)
    labels = training["labels"]
    sums = {}
    for name, network in zip(NAMES, networks, strict=True):
        sums[name] = hashlib.sha256(network.read_bytes()).hexdigest()
        shutil.copyfile(network, folder / f"{name}.new")
    card = {
        "version": VERSION,
        "labels": labels,
        "classes_of": ["ordinary" if label.startswith("ordinary") else label for label in labels],
        "side": training["side"],
        "threshold": threshold,
        "calibration": {"slope": curve[0], "offset": curve[1]},
        "pane": {"handicap": panes.handicap, "context": panes.context},
        "second": {"asked_from": ASKED_FROM},
        "sha256": sums,
    }
    (folder / "classifier.json.new").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    for name in (*NAMES, "classifier.json"):
        (folder / f"{name}.new").replace(folder / name)
