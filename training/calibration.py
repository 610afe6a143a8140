"""Writes a folder of weights that the product's classifier can load."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

VERSION = "0.4"


def write(
    folder: Path,
    network: Path,
    training: dict[str, Any],
    curve: tuple[float, float],
    threshold: float,
    handicap: float,
) -> None:
    """A folder that `Classifier.load` understands; `handicap` of panes in log odds before calibration."""
    folder.mkdir(parents=True, exist_ok=True)
    labels = training["labels"]
    card = {
        "version": VERSION,
        "labels": labels,
        "classes_of": ["ordinary" if label.startswith("ordinary") else label for label in labels],
        "side": training["side"],
        "threshold": threshold,
        "calibration": {"slope": curve[0], "offset": curve[1], "pane_handicap": handicap * curve[0]},
        "sha256": hashlib.sha256(network.read_bytes()).hexdigest(),
    }
    shutil.copyfile(network, folder / "classifier.onnx.new")
    (folder / "classifier.json.new").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    (folder / "classifier.onnx.new").replace(folder / "classifier.onnx")
    (folder / "classifier.json.new").replace(folder / "classifier.json")
