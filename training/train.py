"""`python train.py --data DIR --work DIR`: the corpus in, networks out, for calibrate.py to finish.

One network and its second opinion are trained on everything and will be shipped. Three more pairs are trained with the sources of one fold left out
each, so that every training picture is scored once by networks that never saw its source: that is where the
operating point comes from.
"""

import argparse
import json
import math
import multiprocessing
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from corpus import ORDINARY, Picture, clear_licence, permitted, rasters
from drawn import drawn
from early import early
from fit import Schedule, fit
from network import blended, export, started
from numpy.typing import NDArray
from packaged import packaged
from probe import probe
from second import export_second, second_opinion
from views import SIDE, make, square
from volumes import rendered

FOLDS = 3
SHARE = 0.75  # of the way from the start to the end of training; left-out sources liked it better than 0.5 and all
SEED = 1
DRAWN_EACH = 250


def main() -> None:
    """Gather, draw views, train, export."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.csv")
    parser.add_argument(
        "--work", type=Path, default=Path(__file__).with_name(".work"), help="views and networks go here"
    )
    parser.add_argument(
        "--packages", type=Path, help="folder of wheels with pictures (default: WORK/packages)"
    )
    parser.add_argument("--views", type=int, default=40_000)
    parser.add_argument("--steps", type=int, default=600, help="of 64 views, for the network that is shipped")
    parser.add_argument("--fold-steps", type=int, default=200)
    parser.add_argument(
        "--seconds", type=float, default=math.inf, help="for the shipped network, on a busy machine"
    )
    parser.add_argument("--views-only", action="store_true", help="stop before training")
    parser.add_argument("--views-ready", action="store_true", help="take the views that are in WORK already")
    parser.add_argument(
        "--clear-licence", action="store_true", help="leave out sources with no clear licence"
    )
    chosen = parser.parse_args()
    if not chosen.views_ready:
        gather(
            chosen.data,
            chosen.packages or chosen.work / "packages",
            chosen.work,
            chosen.views,
            chosen.clear_licence,
        )
        early(chosen.work)
        for stale in chosen.work.glob("*.training"):
            stale.unlink()
    if chosen.views_only:
        return
    fold_of_view = np.load(chosen.work / "folds.npy")
    jobs = [Job(chosen.work, "final", np.arange(len(fold_of_view)), None, chosen.steps, chosen.seconds)]
    for left_out in range(FOLDS):
        keep = np.flatnonzero(fold_of_view != left_out)
        jobs.append(
            Job(chosen.work, f"fold{left_out}", keep, left_out, chosen.fold_steps, chosen.seconds / FOLDS)
        )
    with multiprocessing.get_context("spawn").Pool(2, maxtasksperchild=1) as pool:
        pool.map(train_one, jobs, chunksize=1)


def gather(data: Path, packages: Path, work: Path, count: int, clear: bool) -> None:  # noqa: FBT001 - a choice from the command line
    """Write `count` views with their targets and folds into `work`."""
    may = clear_licence if clear else permitted
    plain = [picture for picture in (*rasters(data, "train"), *packaged(packages, SEED)) if may(picture)]
    pictures = [*plain, *rendered(data, "train", SEED), *drawn(DRAWN_EACH, SEED)]
    pictures = [picture for picture in pictures if may(picture)]
    views = make(pictures, count, work, SEED)
    labels = sorted({picture.label for picture in pictures})
    fold_of = folds(pictures)
    np.save(work / "targets.npy", np.array([labels.index(pictures[index].label) for index in views.picture]))
    np.save(work / "folds.npy", np.array([fold_of[pictures[index].source] for index in views.picture]))
    np.save(work / "plain_squares.npy", np.stack([square(picture.pixels) for picture in plain]))
    np.savez(
        work / "plain.npz",
        sources=[picture.source for picture in plain],
        targets=[labels.index(picture.label) for picture in plain],
        folds=[fold_of[picture.source] for picture in plain],
    )
    card = {"labels": labels, "side": SIDE, "fold_of": fold_of}
    (work / "training.json").write_text(json.dumps(card, indent=1), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Job:
    """One network to train: on which views (`keep`, row numbers) without which fold, for how long."""

    work: Path
    name: str
    keep: NDArray[np.int64]
    left_out: int | None
    steps: int
    seconds: float


def train_one(job: Job) -> None:
    """Fit the last layer, train the rest, fit the second opinion, and write start, first and second network as ONNX.

    One thread: two networks at once on two cores get through twice the views of one network on both, whose threads
    wait for each other at every layer.
    """
    torch.set_num_threads(1)
    targets = np.load(job.work / "targets.npy")[job.keep]
    labels = json.loads((job.work / "training.json").read_text(encoding="utf-8"))["labels"]
    medical = np.array([not label.startswith(ORDINARY) for label in labels])
    head = probe(np.load(job.work / "features.npy")[job.keep], targets, len(labels))
    planes = Subset(np.load(job.work / "early.npy", mmap_mode="r"), job.keep)
    start = started(head)
    kept = job.work / f"{job.name}.training"
    tuned = fit(planes, targets, medical, start, Schedule(job.steps, SEED, job.seconds, kept))
    first = job.work / f"{job.name}-first.onnx"
    export(start, job.work / f"{job.name}-start.onnx", SIDE)
    export(blended(start, tuned, SHARE), first, SIDE)
    second = second_opinion(job.work, job.left_out, start, first)
    export_second(second, job.work / f"{job.name}-second.onnx", SIDE)


def folds(pictures: list[Picture]) -> dict[str, int]:
    """The fold each source is left out in; -1 for drawn pictures, which are nobody's source and stay in.

    Largest repository first, each to the fold that has least of its commonest label, then least of everything.
    """
    labels_of: dict[str, Counter[str]] = defaultdict(Counter)
    for picture in pictures:
        labels_of[_repository(picture.source)][picture.label] += 1
    holds: list[Counter[str]] = [Counter() for _ in range(FOLDS)]
    fold_of = {}
    for repository, labels in sorted(labels_of.items(), key=lambda item: (-item[1].total(), item[0])):
        commonest = labels.most_common(1)[0][0]
        chosen = min(range(FOLDS), key=lambda fold: (holds[fold][commonest], holds[fold].total()))
        holds[chosen] += labels
        fold_of[repository] = -1 if repository.startswith("drawn:") else chosen
    return {picture.source: fold_of[_repository(picture.source)] for picture in pictures}


def _repository(source: str) -> str:
    """Renders, volumes and files of one repository are one source when it comes to leaving it out."""
    return source.removeprefix("volume:").removeprefix("dicomrender_").replace("/", "_")


class Subset:
    """Some rows of a mapped array, read only when asked for."""

    def __init__(self, planes: NDArray[np.float16], rows: NDArray[np.int64]) -> None:
        self._planes, self._rows = planes, rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, chosen: NDArray[np.int64]) -> NDArray[np.float16]:
        return self._planes[self._rows[chosen]]


if __name__ == "__main__":
    main()
