"""Headers of planted files: what is left of the patient, and what a file costs, next to three peers.

The peers live in their own environment: `python -m venv .peers/headers`, then `pip install dicom-anonymizer deid
dicognito` there. Without it their rows say so.
"""

import json
import math
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

from bench.table import Options, Row
from gateway.errors import GatewayError
from gateway.limits import Limits
from gateway.model import Format, Part, RedactionOptions
from gateway.redact.dicom_tags import DICOM_TAGS
from tests.redact.planted import Case, cases, traces_in

PYTHON = Path(".peers/headers/bin/python")
PEERS = ("dicom-anonymizer", "dicognito", "deid")
LIMITS, SECRET = Limits(), b"k" * 32


def rows(options: Options) -> Iterator[Row]:
    """Residue and seconds per file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        planted = tuple(case for case in cases() if not case.options)
        everything = tuple(cases())
    rounds = 2 if options.quick else 5
    left = sum(bool(traces_in(_cleaned(case) or b"")) for case in everything)
    refused = sum(_cleaned(case) is None for case in everything)
    yield Row(
        "planted files with something left, all options",
        left,
        "files",
        f"of {len(everything)}",
        None,
        "0",
        left == 0,
    )
    yield Row("planted files refused", refused, "files", f"of {len(everything)}", None, "0", refused == 0)
    seconds = min(_seconds(planted) for _ in range(rounds))
    peers = dict(_peers(planted, rounds))
    if not peers:
        yield Row(
            "header peers", math.nan, "", note=f"SKIPPED: {PYTHON} is not there; see this file's first lines"
        )
        yield Row("header cleaning", seconds * 1e3, "ms/file")
        return
    for name, (took, residue, failed) in peers.items():
        note = f"{failed} files failed" if failed else ""
        yield Row(
            f"planted files with something left, {name}",
            residue,
            "files",
            f"of {len(planted)}",
            None,
            note=note,
        )
        yield Row(f"header cleaning, against {name}", seconds * 1e3, "ms/file", name, took * 1e3)
    name, (took, _, _) = min(peers.items(), key=lambda peer: peer[1][0])
    yield Row(
        "header cleaning, times faster than the fastest peer",
        took / seconds,
        "x",
        name,
        None,
        ">= 4",
        took / seconds >= 4,
        "CPU time, in memory: read, clean, write",
    )


def _cleaned(case: Case) -> bytes | None:
    try:
        part = Part(("file",), case.data, Format.DICOM)
        return DICOM_TAGS.redact(part, (), RedactionOptions(profile=case.options), LIMITS, SECRET, ()).data
    except GatewayError:
        return None


def _seconds(planted: tuple[Case, ...]) -> float:
    started = time.process_time()
    for case in planted:
        _cleaned(case)
    return (time.process_time() - started) / len(planted)


def _peers(planted: tuple[Case, ...], rounds: int) -> Iterator[tuple[str, tuple[float, int, int]]]:
    if not PYTHON.exists():
        return
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "in"
        source.mkdir()
        for index, case in enumerate(planted):
            (source / f"{index:03}.dcm").write_bytes(case.data)
        for peer in PEERS:
            target = Path(folder) / peer
            target.mkdir()
            script = Path(__file__).with_name("header_peers.py")
            done = subprocess.run(
                [str(PYTHON), str(script), peer, str(source), str(target), str(rounds)],
                capture_output=True, text=True, check=True, timeout=600,
            )  # fmt: skip
            told = json.loads(done.stdout)
            residue = sum(bool(traces_in(path.read_bytes())) for path in target.iterdir())
            yield peer, (told["seconds"], residue, told["failed"])
