"""Recognition by content, and what it costs: counts over real files, sniffing against magika, a megapixel JPEG."""

import csv
import importlib
import io
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pydicom.data
from PIL import Image

from bench.table import Options, Row
from gateway.detect import DETECTORS, inspect
from gateway.formats.raster import open_raster
from gateway.formats.sniff import others, sniff
from gateway.formats.volume import VOLUMES
from gateway.limits import Limits
from gateway.model import NOT_UNDERSTOOD, Finding, Format, Look, Part

_SCANS = frozenset(
    {*VOLUMES, Format.DICOM, Format.DICOM_JSON, Format.DICOM_XML, Format.SCP_ECG, Format.AECG, Format.EDF}
)
_NO_SCAN = frozenset({".txt", ".dump", ".icc", ".md", ".py", ".gz", ""})
"""Endings of what lies beside the DICOM files of pydicom's test folder."""


def rows(options: Options) -> Iterator[Row]:
    yield from _pydicoms_own()
    if options.data is None:
        yield Row("formats: corpus rows", 0, "files", note="skipped: give --data DIR")
    else:
        yield from _corpus(options.data)
    yield from _ordinary_of_this_machine(500 if options.quick else 5000)
    yield from _sniff_cost(options)
    yield from _megapixel(options)


def _pydicoms_own() -> Iterator[Row]:
    folder = Path(pydicom.data.__file__).parent / "test_files"
    files = [
        p
        for p in sorted(folder.rglob("*"))
        if p.is_file() and (p.suffix not in _NO_SCAN or _in_directory_set(p))
    ]
    known = sum(sniff(path.read_bytes()) in _SCANS for path in files)
    yield _share(
        "formats: DICOM of pydicom's wheel recognised", known, len(files), "100 %", known == len(files)
    )


def _in_directory_set(path: Path) -> bool:
    """Files of a DICOMDIR have no ending."""
    return path.suffix == "" and not path.name.startswith("README")


def _corpus(data: Path) -> Iterator[Row]:
    for name in ("dicom", "nifti"):
        files = [path for path in sorted((data / name).rglob("*")) if path.is_file()]
        missed = [path.name for path in files if sniff(path.read_bytes()) not in _SCANS]
        # The voxels of a pair are numbers without a head: not a file of their own, and answered with `unclaimed`.
        bare = [one for one in missed if one.endswith(".img")]
        good = len(files) - len(missed)
        yield _share(
            f"formats: {name} of the corpus recognised",
            good,
            len(files) - len(bare),
            "100 %",
            len(missed) == len(bare),
            f"{len(bare)} headless .img left out",
        )
    for name in ("formats", "ordinary"):
        files = [path for path in sorted((data / name).rglob("*")) if path.is_file()]
        bodies = [(path.read_bytes(), path) for path in files]
        wrong = sum(sniff(body) in _SCANS for body, _ in bodies)
        yield Row(
            f"formats: {name} taken for a scan by structure",
            wrong,
            "files",
            f"of {len(files)}",
            None,
            "0",
            wrong == 0,
        )
        hidden = sum(bool(others(body)) for body, _ in bodies)
        yield Row(
            f"formats: {name} taken for two files at once",
            hidden,
            "files",
            f"of {len(files)}",
            None,
            "0",
            hidden == 0,
        )
    with (data / "manifest.csv").open(encoding="utf-8") as manifest:
        pictures = [row["path"] for row in csv.DictReader(manifest) if row["path"].endswith(".webp")][::37]
    blind = sum(_not_understood(_examined((data / path).read_bytes())) for path in pictures)
    yield Row(
        "formats: pictures not understood", blind, "files", f"of {len(pictures)}", None, "0", blind == 0
    )


def _ordinary_of_this_machine(most: int) -> Iterator[Row]:
    """Programs, libraries, documents: whatever an operating system holds, as a large set of honest files."""
    files = _system_files(most)
    wrong = hidden = 0
    for path in files:
        body = path.read_bytes()
        form = sniff(body)
        wrong += form in _SCANS
        hidden += bool(others(body, form))
    yield Row(
        "formats: system files taken for a scan", wrong, "files", f"of {len(files)}", None, "0", wrong == 0
    )
    yield Row(
        "formats: system files taken for two at once",
        hidden,
        "files",
        f"of {len(files)}",
        None,
        "0",
        hidden == 0,
    )


def _system_files(most: int) -> list[Path]:
    files = [
        p
        for p in sorted(Path("/usr").rglob("*"))
        if p.is_file() and not p.is_symlink() and p.stat().st_size < 4_000_000
    ]
    return [path for path in files[:: max(1, len(files) // most)] if "pydicom" not in str(path)]


def _sniff_cost(options: Options) -> Iterator[Row]:
    folder = Path(pydicom.data.__file__).parent
    bodies = [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()][:200]
    bodies += [path.read_bytes() for path in _system_files(400)]
    if options.data is not None:
        bodies += [path.read_bytes() for path in sorted((options.data / "formats").iterdir())]
    ours = _median_microseconds(sniff, bodies, 3)
    slowest = max(_microseconds(sniff, body) for body in bodies)
    try:
        theirs = importlib.import_module("magika").Magika()
    except ImportError:
        yield Row(
            "formats: sniff, median a file",
            ours,
            "us",
            target="< 50",
            met=ours < 50,
            note=f"slowest {slowest:.0f}; magika skipped: not installed",
        )
        return
    peer = _median_microseconds(theirs.identify_bytes, bodies, 1)
    yield Row(
        "formats: sniff, median a file",
        ours,
        "us",
        "magika",
        peer,
        "< 50",
        ours < 50,
        f"slowest {slowest:.0f}",
    )
    found = sum(
        "dicom" in str(theirs.identify_bytes(body).output.label)
        for body in bodies
        if sniff(body) is Format.DICOM
    )
    total = sum(sniff(body) is Format.DICOM for body in bodies)
    yield Row("formats: DICOM of pydicom's wheel, magika finds", found, "files", f"we: {total}", float(total))


def _megapixel(options: Options) -> Iterator[Row]:
    pictures = [_jpeg(seed) for seed in range(4 if options.quick else 16)]
    _examined(pictures[0])  # the weights are loaded once for the life of a worker
    decode = [_milliseconds(_decoded, body) for body in pictures]
    whole = [_milliseconds(_examined, body) for body in pictures]
    yield Row(
        "formats: 1-megapixel JPEG, decode alone",
        statistics.median(decode),
        "ms",
        note=f"{len(pictures[0]) // 1024} KiB",
    )
    median = statistics.median(whole)
    yield Row(
        "formats: 1-megapixel JPEG, decode and every detector",
        median,
        "ms",
        "limit",
        25.0,
        "<= 25",
        median <= 25,
    )


def _jpeg(seed: int) -> bytes:
    """A picture with edges, gradients and grain, about as large a file as a camera's."""
    rng = np.random.default_rng(seed)
    base = Image.fromarray(rng.integers(0, 255, (24, 32, 3), dtype=np.uint8)).resize(
        (1152, 868), Image.Resampling.BICUBIC
    )
    grain = np.clip(np.asarray(base).astype(np.int16) + rng.normal(0, 6, (868, 1152, 3)), 0, 255).astype(
        np.uint8
    )
    out = io.BytesIO()
    Image.fromarray(grain).save(out, "JPEG", quality=88)
    return out.getvalue()


def _examined(body: bytes) -> tuple[Finding, ...]:
    return tuple(inspect(Part(("file",), body, sniff(body)), DETECTORS, Limits(), Look.MEDICAL))


def _not_understood(findings: tuple[Finding, ...]) -> bool:
    return any(finding.kind in NOT_UNDERSTOOD for finding in findings)


def _share(name: str, good: int, total: int, target: str, met: bool, note: str = "") -> Row:  # noqa: FBT001 - a row's columns
    return Row(name, 100.0 * good / max(1, total), "%", f"{good} of {total}", None, target, met, note)


def _microseconds(call: Callable[[bytes], object], body: bytes) -> float:
    start = time.perf_counter()
    call(body)
    return (time.perf_counter() - start) * 1e6


def _median_microseconds(call: Callable[[bytes], object], bodies: list[bytes], rounds: int) -> float:
    return statistics.median(_microseconds(call, body) for _ in range(rounds) for body in bodies)


def _milliseconds(call: Callable[[bytes], object], body: bytes) -> float:
    return _microseconds(call, body) / 1000


def _decoded(body: bytes) -> object:
    return list(open_raster(body, Limits()).views())
