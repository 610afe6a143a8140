"""Writes a folder of weights that the product's classifier can load."""

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAMES = ("classifier.onnx", "second_opinion.onnx")
VERSION = "0.6"
SECOND = 2 / 3
"""How much the second network counts where it is asked."""
ASKED_FROM = -1.0
NEVER = 1e9
"""Log odds of the first network from which the second is asked; asking always changed no verdict on left-out sources."""


@dataclass(frozen=True, slots=True)
class Panes:
    """How panes count beside the whole picture: see `in_context` of the product's classifier."""

    handicap: float
    context: float


@dataclass(frozen=True, slots=True)
class Point:
    """Where the classifier operates; `panes` and `asked_from` in log odds before the curve, `threshold` a score."""

    panes: Panes
    slope: float = 1.0
    offset: float = 0.0
    threshold: float = 0.5
    asked_from: float = ASKED_FROM


def write(folder: Path, networks: tuple[Path, Path], training: dict[str, Any], point: Point) -> None:
    """A folder that `Classifier.load` understands, from the first network and the second."""
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
        "threshold": point.threshold,
        "calibration": {"slope": point.slope, "offset": point.offset},
        "pane": {"handicap": point.panes.handicap, "context": point.panes.context},
        "second": {"asked_from": point.asked_from, "weight": SECOND},
        "sha256": sums,
    }
    (folder / "classifier.json.new").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    for name in (*NAMES, "classifier.json"):
        (folder / f"{name}.new").replace(folder / name)
