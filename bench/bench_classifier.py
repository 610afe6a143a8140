"""How well the shipped classifier tells medical images from ordinary ones, how fast, and against what else there is.

The figures come from `training/evaluate.py`, so that anyone can repeat them on pictures of their own.
"""

import csv
import json
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from bench.table import Options, Row
from gateway.detect.classifier import Classifier

EVALUATE = Path(__file__).parents[1] / "training" / "evaluate.py"
FROZEN = EVALUATE.with_name(".work") / "frozen"
RADIOLOGY = ("xray", "ct", "mri", "fundus")  # the kinds of the validation split with rows enough to bar
HARD = ("histopathology", "blood_smear", "dermoscopy", "clinical_photo")
MOST_MS, MOST_MB = 25.0, 350.0
MEMORY_PROGRAM = (
    "import resource, numpy as np; from gateway.detect.classifier import Classifier;"
    "Classifier.load().judge(np.random.default_rng(0).integers(0, 256, (1000, 1500, 3), np.uint8));"
    "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
)


@dataclass(frozen=True, slots=True)
class Judged:
    """One picture under one transform, and whether it was taken for medical."""

    how: str
    medical: bool
    kind: str
    hit: bool


def rows(options: Options) -> Iterator[Row]:
    """Memory and time always; accuracy and the comparison when a corpus is at hand."""
    yield _memory()
    yield from _speed(options)
    if options.data is None:
        yield Row(
            "classifier: accuracy", math.nan, "", note="skipped: needs --data, a folder with manifest.csv"
        )
        return
    judged = _evaluate(options.data, transformed=not options.quick)
    plain = [one for one in judged if one.how == "as it is"]
    yield from _accuracy(plain)
    for how in dict.fromkeys(one.how for one in judged if one.how != "as it is"):
        yield from _against_plain(how, [one for one in judged if one.how == how], plain)
    yield from _peers(options.data)


def _evaluate(data: Path, *, transformed: bool, weights: Path | None = None) -> list[Judged]:
    """Run the evaluation command in a process of its own and read what it prints."""
    command = [sys.executable, str(EVALUATE), str(data / "manifest.csv"), "--json"]
    command += ["--transformed"] if transformed else []
    command += ["--weights", str(weights)] if weights else []
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return [Judged(how, medical, kind, hit) for how, medical, kind, _, hit in map(json.loads, lines)]


def wilson(hits: int, count: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927), in percent."""
    z, share = 1.96, hits / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return 100 * max(0.0, middle - half), 100 * min(1.0, middle + half)


def _share(name: str, group: list[Judged], target: float | None, *, at_most: bool = False) -> Row:
    """The share of a group that was taken for medical, in percent, with its interval."""
    hits = sum(one.hit for one in group)
    share = 100 * hits / len(group)
    low, high = wilson(hits, len(group))
    note = f"{hits}/{len(group)}, 95 % interval {low:.1f}-{high:.1f}"
    if target is None:
        return Row(name, share, "%", note=note)
    met = share <= target if at_most else share >= target
    return Row(name, share, "%", "bar", target, f"{'<=' if at_most else '>='} {target:g} %", met, note)


def _accuracy(plain: list[Judged]) -> Iterator[Row]:
    """Recall of medical pictures and false positives of ordinary ones, in all and by kind."""
    medical = [one for one in plain if one.medical]
    yield _share(
        "classifier: radiology recall", [one for one in medical if one.kind.startswith(RADIOLOGY)], 98.5
    )
    yield _share("classifier: all medical recall", medical, 95.0)
    yield _share("classifier: false positives", [one for one in plain if not one.medical], 0.5, at_most=True)
    for kind in sorted({one.kind for one in medical}):
        group = [one for one in medical if one.kind == kind]
        target = (90.0 if kind.startswith(HARD) else 97.0) if len(group) >= 50 else None
        yield _share(f"classifier: recall, {kind}", group, target)
    for kind in sorted({one.kind for one in plain if not one.medical}):
        group = [one for one in plain if not one.medical and one.kind == kind]
        yield _share(f"classifier: false positives, {kind}", group, 2.0, at_most=True)


def _against_plain(how: str, changed: list[Judged], plain: list[Judged]) -> Iterator[Row]:
    """The same shares after a transform; the bar is one point away from the untouched pictures."""

    def percent(group: list[Judged], choose: Callable[[Judged], bool]) -> float:
        chosen = [one.hit for one in group if choose(one)]
        return 100 * sum(chosen) / len(chosen)

    def radiology(one: Judged) -> bool:
        return one.medical and one.kind.startswith(RADIOLOGY)

    now, before = percent(changed, radiology), percent(plain, radiology)
    yield Row(
        f"classifier: radiology {how}", now, "%", "as it is", before, "within 1 point", now >= before - 1
    )
    now, before = percent(changed, lambda one: not one.medical), percent(plain, lambda one: not one.medical)
    yield Row(
        f"classifier: false positives {how}",
        now,
        "%",
        "as it is",
        before,
        "within 1 point",
        now <= before + 1,
    )


def _speed(options: Options) -> Iterator[Row]:
    """Median CPU time of decoding and judging a JPEG of one megapixel, in milliseconds; ordinary ones apart.

    A picture that is clearly medical as a whole is not searched for panes, so ordinary ones take longer.
    """
    yield _median_ms("classifier: decode and judge a 1-MP JPEG", options, None)
    if options.data is not None:
        yield _median_ms("classifier: decode and judge an ordinary 1-MP JPEG", options, "ordinary")


def _median_ms(name: str, options: Options, label: str | None) -> Row:
    """The median over seeded pictures, of one label or of all."""
    classifier = Classifier.load()
    times = []
    for data in _megapixel_jpegs(options, 10 if options.quick else 60, label):
        begun = time.process_time()
        picture = Image.open(BytesIO(data))
        picture.draft("RGB", (900, 900))
        classifier.judge(np.asarray(picture.convert("RGB")))
        times.append(1000 * (time.process_time() - begun))
    median = statistics.median(times[2:])
    return Row(name, median, "ms", "limit", MOST_MS, "<= 25 ms", median <= MOST_MS)


def _megapixel_jpegs(options: Options, count: int, label: str | None) -> Iterator[bytes]:
    """JPEGs of 1,155 x 866: validation pictures made larger, or smooth noise without a corpus."""
    random = np.random.default_rng(5)
    paths: list[Path] = []
    if options.data is not None:
        with (options.data / "manifest.csv").open(newline="", encoding="utf-8") as file:
            rasters = [
                row
                for row in csv.DictReader(file)
                if row["split"] == "val" and row["path"].endswith(".webp") and label in {None, row["label"]}
            ]
        paths = [options.data / rasters[i]["path"] for i in random.choice(len(rasters), count, replace=False)]
    for index in range(count):
        rough = random.integers(0, 256, (40, 60, 3), np.uint8)
        source = Image.open(paths[index]).convert("RGB") if paths else Image.fromarray(rough)
        memory = BytesIO()
        source.resize((1155, 866), Image.Resampling.BICUBIC).save(memory, "JPEG", quality=85)
        yield memory.getvalue()


def _memory() -> Row:
    """Peak memory of a process that loaded the classifier and judged one picture, in megabytes."""
    printed = subprocess.run([sys.executable, "-c", MEMORY_PROGRAM], check=True, capture_output=True).stdout
    megabytes = int(printed) / 1024
    return Row(
        "classifier: memory of a process",
        megabytes,
        "MB",
        "limit",
        MOST_MB,
        "<= 350 MB",
        megabytes <= MOST_MB,
    )


def _peers(data: Path) -> Iterator[Row]:
    """What a user could run instead: a rule of thumb, a frozen backbone, and a guess from the format."""
    judged = []
    with (data / "manifest.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["split"] == "val" and row["path"].startswith(("medical/", "ordinary/")):
                pixels = np.asarray(Image.open(data / row["path"]).convert("RGB"))
                judged.append(
                    Judged("as it is", row["label"] == "medical", row["kind"], gray_and_squarish(pixels))
                )
    yield from _peer("gray and squarish", judged)
    if FROZEN.is_dir():
        yield from _peer("frozen backbone + LR", _evaluate(data, transformed=False, weights=FROZEN))
    else:
        yield Row(
            "peer: frozen backbone + LR",
            math.nan,
            "%",
            note="skipped: training/.work/frozen is not there",
        )
    yield Row(
        "peer: magika recall",
        math.nan,
        "%",
        note="not run: it names formats only, a JPEG of a scan is a JPEG",
    )


def _peer(name: str, judged: list[Judged]) -> Iterator[Row]:
    """Radiology recall and false positives of one peer."""
    yield _share(
        f"peer: {name}, radiology",
        [one for one in judged if one.medical and one.kind.startswith(RADIOLOGY)],
        None,
    )
    yield _share(f"peer: {name}, all medical", [one for one in judged if one.medical], None)
    yield _share(f"peer: {name}, false positives", [one for one in judged if not one.medical], None)


def gray_and_squarish(pixels: np.ndarray) -> bool:
    """The rule of thumb: hardly any colour, not too oblong, and a dark ground somewhere."""
    height, width = pixels.shape[:2]
    colour = float((pixels.max(axis=2).astype(int) - pixels.min(axis=2)).mean())
    dark = float((pixels.mean(axis=2) < 40).mean())
    return colour < 8 and 0.6 < width / height < 1.7 and dark > 0.05
