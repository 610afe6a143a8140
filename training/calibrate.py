"""`python calibrate.py --data DIR --work DIR`: picks the operating point and puts the network into the package.

Run with the project's own Python: it scores pictures with the shipped runtime, panes and all. Every training picture
is scored by the network that never saw its source; a logistic curve (Platt 1999) turns the evidence into a
probability, and the threshold is the lowest at which at most 0.5 % of ordinary pictures are taken for medical.
"""

import argparse
import csv
import json
import math
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from calibration import write

from gateway.detect.classifier import WEIGHTS, Classifier

FALSE_ALARMS = 0.005


def main() -> None:
    """Score the left-out sources, fit the curve, write the weights."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path(__file__).with_name(".work"))
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    chosen = parser.parse_args()
    training = json.loads((chosen.work / "training.json").read_text(encoding="utf-8"))
    folds = sorted({fold for fold in training["fold_of"].values() if fold >= 0})
    with ProcessPoolExecutor(2) as pool:
        parts = pool.map(left_out, folds, [chosen.data] * len(folds), [chosen.work] * len(folds))
        scored = [one for part in parts for one in part]
    evidence = np.array([one["evidence"] for one in scored])
    medical = np.array([one["medical"] for one in scored])
    slope, offset = platt(evidence, medical)
    cut = float(np.quantile(evidence[~medical], 1 - FALSE_ALARMS, method="higher")) + 1e-6
    threshold = 1 / (1 + math.exp(-(slope * cut + offset)))
    (chosen.work / "left_out.json").write_text(json.dumps(scored))
    write(chosen.out, chosen.work / "final.onnx", training, (slope, offset), threshold)
    report(scored, cut)
    print(f"slope {slope:.3f} offset {offset:.3f} threshold {threshold:.4f}")


def left_out(fold: int, data: Path, work: Path) -> list[dict[str, Any]]:
    """Every training raster whose source this fold's network never saw, with the evidence against it."""
    training = json.loads((work / "training.json").read_text(encoding="utf-8"))
    folder = work / f"weights{fold}"
    write(folder, work / f"fold{fold}.onnx", training, (1.0, 0.0), 0.5)
    classifier = Classifier.load(folder)
    scored = []
    for row, pixels in training_rasters(data):
        if training["fold_of"].get(row["source"]) == fold:
            verdict = classifier.judge(pixels)
            score = min(max(verdict.score, 1e-15), 1 - 1e-15)
            scored.append({
                "kind": row["kind"], "source": row["source"], "path": row["path"], "medical": row["label"] == "medical",
                "evidence": math.log(score / (1 - score)), "pane": verdict.box is not None,
            })  # fmt: skip
    return scored


def training_rasters(data: Path) -> Iterator[tuple[dict[str, str], Any]]:
    """Rows of the manifest with RGB pixels."""
    with (data / "manifest.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["split"] == "train" and row["path"].startswith(("medical/", "ordinary/")):
                bgr = cv2.imread(str(data / row["path"]), cv2.IMREAD_COLOR)
                if bgr is not None:
                    yield row, np.ascontiguousarray(bgr[:, :, ::-1])


def platt(evidence: Any, medical: Any) -> tuple[float, float]:
    """Slope and offset of a logistic curve, both classes counting alike, by Newton's method with a little ridge."""
    x = np.stack([evidence, np.ones_like(evidence)], axis=1)
    weight = np.where(medical, 0.5 / medical.sum(), 0.5 / (~medical).sum())
    beta = np.zeros(2)
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -60, 60)))
        gradient = x.T @ (weight * (p - medical)) + 1e-4 * beta
        hessian = (x * (weight * p * (1 - p))[:, None]).T @ x + 1e-4 * np.eye(2)
        beta -= np.linalg.solve(hessian, gradient)
    return float(beta[0]), float(beta[1])


def report(scored: list[dict[str, Any]], cut: float) -> None:
    """Share above the cut, by kind and source."""
    groups: dict[tuple[bool, str, str], list[bool]] = {}
    for one in scored:
        groups.setdefault((one["medical"], one["kind"], one["source"]), []).append(one["evidence"] >= cut)
    for (medical, kind, source), hits in sorted(groups.items()):
        print(
            f"{'medical ' if medical else 'ordinary'} {kind:28} {source:40} {sum(hits):4}/{len(hits):4} {np.mean(hits):.3f}"
        )


if __name__ == "__main__":
    main()
