"""`python training/evaluate.py PATH`: how good is the shipped classifier on pictures of your own?

PATH is a folder with the sub-folders `medical/` and `ordinary/` (deeper folders count as kinds), or a manifest.csv with the
columns path, label, kind and, optionally, split and source. Needs the project's own Python only. Prints recall and
false positives with Wilson intervals (Wilson 1927), by kind; `--transformed` shows every picture through a window, a
hand-held photo and a recompression too, drawn from a fixed seed.
"""

import argparse
import csv
import json
import math
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import scenes  # noqa: E402 - the line above makes it findable from any folder
import transforms  # noqa: E402
from corpus import Pixels, read  # noqa: E402

from gateway.detect.classifier import WEIGHTS, Classifier  # noqa: E402

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}
RADIOLOGY = ("xray", "ct", "mri", "fundus", "ultrasound", "pet", "nuclear", "mammogram")


@dataclass(frozen=True, slots=True)
class Item:
    """One labelled file."""

    path: Path
    medical: bool
    kind: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Scored:
    """One judged picture."""

    item: Item
    how: str
    score: float


def wilson(hits: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """The interval of a share, of 95 % unless `z` says otherwise."""
    if count == 0:
        return 0.0, 1.0
    share = hits / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return max(0.0, middle - half), min(1.0, middle + half)


def items(path: Path, split: str) -> Iterator[Item]:
    """The labelled files of a folder or a manifest."""
    if path.is_file():
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                name = path.parent / row["path"]
                if (
                    row.get("split", split) == split
                    and name.suffix.lower() in SUFFIXES
                    and "formats" not in name.parts
                ):
                    yield Item(name, row["label"] == "medical", row.get("kind", "all"), row.get("source", ""))
        return
    for label in ("medical", "ordinary"):
        for name in sorted((path / label).rglob("*")):
            if name.suffix.lower() in SUFFIXES:
                inner = name.relative_to(path / label).parts[:-1]
                yield Item(name, label == "medical", "/".join(inner) or "all")


def as_is(_: np.random.Generator, pixels: Pixels) -> Pixels:
    """The picture itself."""
    return pixels


def in_window(random: np.random.Generator, pixels: Pixels) -> Pixels:
    """In a program's window."""
    return scenes.window(random, [pixels])[0]


def by_phone(random: np.random.Generator, pixels: Pixels) -> Pixels:
    """Photographed by hand from a monitor or a light box."""
    return scenes.phone_photo(random, pixels)


def again_as_jpeg(random: np.random.Generator, pixels: Pixels) -> Pixels:
    """Made smaller and compressed hard."""
    small = transforms.fitted(pixels, int(random.integers(160, 320)))
    _, coded = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(35, 70))])
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


PLAIN: dict[str, Callable[[np.random.Generator, Pixels], Pixels]] = {"as it is": as_is}
TRANSFORMED = PLAIN | {"in a window": in_window, "by phone": by_phone, "recompressed": again_as_jpeg}


def judge(
    path: Path, split: str, classifier: Classifier, *, transformed: bool = False, seed: int = 99
) -> list[Scored]:
    """Score every file, under every transform asked for. Unreadable files are left out."""
    scored = []
    for index, item in enumerate(items(path, split)):
        pixels = read(item.path)
        if pixels is None:
            continue
        for number, (how, change) in enumerate((TRANSFORMED if transformed else PLAIN).items()):
            shown = change(np.random.default_rng((seed, index, number)), pixels)
            scored.append(Scored(item, how, classifier.judge(shown).score))
    return scored


def line(name: str, scored: list[Scored], threshold: float) -> str:
    """One row of the table."""
    hits = sum(one.score >= threshold for one in scored)
    low, high = wilson(hits, len(scored))
    share = hits / len(scored) if scored else 0.0
    return f"{name:44} {hits:5}/{len(scored):5}  {share:7.2%}  [{low:.2%}, {high:.2%}]"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("path", type=Path)
    parser.add_argument("--split", default="val", help="which rows of a manifest (default: val)")
    parser.add_argument("--transformed", action="store_true")
    parser.add_argument(
        "--json", action="store_true", help="one line a picture: how, medical, kind, score, hit"
    )
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="default: the shipped ones")
    parser.add_argument("--threshold", type=float, help="default: the shipped one")
    chosen = parser.parse_args()
    classifier = Classifier.load(chosen.weights)
    threshold = classifier.threshold if chosen.threshold is None else chosen.threshold
    scored = judge(chosen.path, chosen.split, classifier, transformed=chosen.transformed)
    if chosen.json:
        for one in scored:
            print(json.dumps([one.how, one.item.medical, one.item.kind, one.score, one.score >= threshold]))
        return
    print(f"threshold {threshold:.4f}; share taken for medical, 95 % Wilson interval")
    for how in dict.fromkeys(one.how for one in scored):
        here = [one for one in scored if one.how == how]
        medical = [one for one in here if one.item.medical]
        print(f"\n{how}")
        print(
            line(
                "  radiology and fundus",
                [one for one in medical if one.item.kind.startswith(RADIOLOGY)],
                threshold,
            )
        )
        print(line("  all medical kinds", medical, threshold))
        print(line("  ordinary (false positives)", [one for one in here if not one.item.medical], threshold))
        kinds: dict[tuple[bool, str], list[Scored]] = defaultdict(list)
        for one in here:
            kinds[not one.item.medical, one.item.kind].append(one)
        for (ordinary, kind), group in sorted(kinds.items()):
            print(line(f"    {'ordinary' if ordinary else 'medical'}: {kind}", group, threshold))


if __name__ == "__main__":
    main()
