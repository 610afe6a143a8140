"""Cleans a folder of DICOM files with one peer; run by `bench_redact_headers` with the peers' own Python.

`python header_peers.py PEER IN OUT ROUNDS` writes what the peer makes of each file and prints one JSON object: the seconds
per file that it needed in memory (read, clean, write), and how many files it could not do.
"""

import io
import json
import os
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom

type Clean = Callable[[Any], Any]


def _dicom_anonymizer() -> Clean:
    from dicomanonymizer import anonymize_dataset  # noqa: PLC0415

    def clean(dataset: Any) -> Any:
        anonymize_dataset(dataset)
        return dataset

    return clean


def _dicognito() -> Clean:
    from dicognito.anonymizer import Anonymizer  # noqa: PLC0415

    anonymizer = Anonymizer(seed="bench")

    def clean(dataset: Any) -> Any:
        anonymizer.anonymize(dataset)
        return dataset

    return clean


def _deid() -> Clean:
    from deid.config import DeidRecipe  # noqa: PLC0415
    from deid.dicom import replace_identifiers  # noqa: PLC0415

    recipe = DeidRecipe()

    def clean(dataset: Any) -> Any:
        return replace_identifiers(
            [dataset], deid=recipe, save=False, strip_sequences=True, remove_private=True
        )[0]

    return clean


PEERS = {"dicom-anonymizer": _dicom_anonymizer, "dicognito": _dicognito, "deid": _deid}


def main(peer: str, source: Path, target: Path, rounds: int) -> None:
    """Clean every file of a folder."""
    warnings.simplefilter("ignore")
    talk, sys.stdout = sys.stdout, io.StringIO()  # peers print
    sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115 - and warn
    clean = PEERS[peer]()
    files = {path.name: path.read_bytes() for path in sorted(source.iterdir())}
    failed: set[str] = set()
    made: dict[str, bytes] = {}
    seconds = []
    for _ in range(rounds):
        started = time.process_time()
        for name, data in files.items():
            try:
                out = io.BytesIO()
                dataset = clean(pydicom.dcmread(io.BytesIO(data), force=True))
                dataset.save_as(out, enforce_file_format=False)
                made[name] = out.getvalue()
            except Exception:  # noqa: BLE001 - a peer that fails is counted, not explained
                failed.add(name)
        seconds.append((time.process_time() - started) / len(files))
    for name, data in made.items():
        (target / name).write_bytes(data)
    talk.write(json.dumps({"seconds": min(seconds), "failed": len(failed)}))
    talk.flush()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
