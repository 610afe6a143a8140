"""`python calibrate.py --data DIR --work DIR`: picks the operating point and puts the network into the package.

Run with the project's own Python: it scores pictures with the shipped runtime, panes and all. Every training picture
is scored by networks that never saw its source, as it is and, for some, in a window and photographed by hand. How panes
count beside the whole picture is taken where the left-out sources are recognised best; a logistic curve (Platt 1999) turns the evidence into a probability, and the
threshold is the lowest at which the share of ordinary pictures taken for medical is below 0.5 % with 99 % confidence.
"""

import argparse
import csv
import json
import math
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import evaluate
import numpy as np
from calibration import ASKED_FROM, NEVER, Panes, Point, write
from numpy.typing import NDArray

from gateway.detect.classifier import LONGEST, WEIGHTS, Classifier, in_context, square
from gateway.detect.panes import SKETCH, find_panes, reduced

FALSE_ALARMS = 0.005
CERTAIN = 2.576  # standard deviations of a 99 % interval
NETWORKS = {"start": NEVER, "first": ASKED_FROM}
"""The peer of the benchmark, frozen features and a logistic regression, asks nobody."""
PANES = tuple(
    Panes(handicap, context) for handicap in (2.0, 3.0, 4.0) for context in (0.0, 0.3, 0.45, 0.6, 0.7)
)
MOST_MEDICAL = 150  # pictures of a source; every ordinary picture counts
TRANSFORMED_EVERY = 8


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture under one transform: what it is, and the log odds of the whole and of its panes."""

    how: str
    medical: bool
    kind: str
    source: str
    whole: float
    panes: tuple[float, ...]


def main() -> None:
    """Score the left-out sources, choose, write the weights."""
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
        parts = list(pool.map(left_out, folds, [chosen.data] * len(folds), [chosen.work] * len(folds)))
    for folder, (network, asked_from) in zip(
        (chosen.work / "frozen", chosen.out), NETWORKS.items(), strict=True
    ):
        scored = [one for part in parts for one in part[network]]
        found = {panes: recalls(scored, panes) for panes in PANES}
        for panes, values in found.items():
            print(f"{network} {panes} recall", " ".join(f"{value:.3f}" for value in values))
        best = max(PANES, key=lambda panes: sum(found[panes]))
        print(f"{folder.name}: {best}")
        networks = (chosen.work / f"final-{network}.onnx", chosen.work / "final-second.onnx")
        put(folder, networks, training, scored, Point(best, asked_from=asked_from))


def put(
    folder: Path, networks: tuple[Path, Path], training: dict[str, Any], scored: list[Shown], point: Point
) -> None:
    """Write a folder of weights with curve and threshold, and print what it makes of the left-out sources."""
    plain = [one for one in scored if one.how == "as it is"]
    evidence = np.array([at(one, point.panes) for one in plain])
    slope, offset = platt(evidence, np.array([one.medical for one in plain]))
    cut = cut_at(plain, point.panes)
    threshold = 1 / (1 + math.exp(-(slope * cut + offset)))
    write(folder, networks, training, replace(point, slope=slope, offset=offset, threshold=threshold))
    report(plain, point.panes, cut)
    print(f"slope {slope:.3f} offset {offset:.3f} threshold {threshold:.4f}")


def at(one: Shown, panes: Panes) -> float:
    """The evidence that decides."""
    best = in_context(one.whole, np.array(one.panes), panes.handicap, panes.context).max(initial=-99.0)
    return max(one.whole, float(best))


def cut_at(scored: list[Shown], panes: Panes) -> float:
    """The lowest evidence that so few ordinary pictures reach that the share is surely (99 %) below the limit."""
    ordinary = sorted((at(one, panes) for one in scored if not one.medical), reverse=True)
    count = len(ordinary)
    most = max(
        (hits for hits in range(count) if evaluate.wilson(hits, count, CERTAIN)[1] <= FALSE_ALARMS), default=0
    )
    return ordinary[most] + 1e-6


def recalls(scored: list[Shown], panes: Panes) -> list[float]:
    """One recall for each transform, all at the cut that suits the untouched pictures: only one cut ships."""
    cut = cut_at([one for one in scored if one.how == "as it is"], panes)
    return [recall([one for one in scored if one.how == how], panes, cut) for how in evaluate.TRANSFORMED]


def recall(scored: list[Shown], panes: Panes, cut: float) -> float:
    """Mean over sources of the share of medical pictures recognised."""
    found, count = Counter[str](), Counter[str]()
    for one in scored:
        if one.medical:
            count[one.source] += 1
            found[one.source] += at(one, panes) >= cut
    return float(np.mean([found[source] / count[source] for source in count]))


def left_out(fold: int, data: Path, work: Path) -> dict[str, list[Shown]]:
    """Every training raster whose source this fold's networks never saw, by first network."""
    training = json.loads((work / "training.json").read_text(encoding="utf-8"))
    classifiers = {}
    for network, asked_from in NETWORKS.items():
        folder = work / f"weights{fold}-{network}"
        networks = (work / f"fold{fold}-{network}.onnx", work / f"fold{fold}-second.onnx")
        write(folder, networks, training, Point(Panes(0.0, 0.0), asked_from=asked_from))
        classifiers[network] = Classifier.load(folder)
    scored: dict[str, list[Shown]] = {network: [] for network in NETWORKS}
    seen = Counter[str]()
    for index, (row, pixels) in enumerate(training_rasters(data)):
        source, medical = row["source"], row["label"] == "medical"
        seen[source] += 1
        if training["fold_of"].get(source) != fold or (medical and seen[source] > MOST_MEDICAL):
            continue
        for number, (how, change) in enumerate(evaluate.TRANSFORMED.items()):
            if number and seen[source] % TRANSFORMED_EVERY:
                continue
            views = looks(change(np.random.default_rng((98, index, number)), pixels), int(training["side"]))
            for network, classifier in classifiers.items():
                odds = classifier.odds(views)
                panes = tuple(odds[1:].tolist())
                scored[network].append(Shown(how, medical, row["kind"], source, float(odds[0]), panes))
    return scored


def looks(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """What the runtime looks at: the whole picture and its panes, as squares."""
    cut_from = reduced(pixels, LONGEST)
    sketch = reduced(cut_from, SKETCH)
    panes = find_panes(cut_from, sketch)
    return np.stack(
        [square(view, side) for view in (sketch, *(cut_from[y : y + h, x : x + w] for x, y, w, h in panes))]
    )


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


def report(scored: list[Shown], panes: Panes, cut: float) -> None:
    """Share above the cut, by kind and source."""
    groups: dict[tuple[bool, str, str], list[bool]] = {}
    for one in scored:
        groups.setdefault((one.medical, one.kind, one.source), []).append(at(one, panes) >= cut)
    for (medical, kind, source), hits in sorted(groups.items()):
        print(
            f"{'medical ' if medical else 'ordinary'} {kind:28} {source:40} {sum(hits):4}/{len(hits):4} {np.mean(hits):.3f}"
        )


if __name__ == "__main__":
    main()
