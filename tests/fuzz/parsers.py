"""Runs every parser of ours under atheris, one process each, from a corpus made of the evasion suite's own bodies."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.evasion.catalogue import FAMILIES
from tests.evasion.pictures import medical, ordinary
from tests.fuzz.targets import TARGETS

LONGEST = 20_000
"""Bytes of one input: larger ones are slow and find nothing more."""
PARSED = {
    "multipart": "C", "part head": "C", "content coding": "D", "json": "F", "text": "FGN", "base64": "G", "form": "N", "grpc": "N", "protobuf": "N",
    "packed": "N", "aws-chunked": "D", "dicom": "H", "picture": "H", "sniff": "HIJ", "zip": "I", "7z": "I", "tar": "I", "stream": "I", "pdf": "J",
    "email": "J", "rtf": "J", "ole": "J", "notebook": "J", "markup": "J",
}  # fmt: skip
"""Families of the evasion suite whose bodies are what a parser is used to."""


def run_all(seconds: int) -> int:
    """Let each parser read for some seconds; says which of them failed, and how many did."""
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in TARGETS:
            corpus = Path(folder) / name.replace(" ", "-")
            corpus.mkdir()
            for number, seed in enumerate(seeds(name)):
                (corpus / f"{number:04}").write_bytes(seed)
            done = subprocess.run(
                [sys.executable, "-W", "ignore", "-m", "tests.fuzz.one", name, str(seconds), str(corpus)],
                capture_output=True, text=True, check=False, cwd=folder, env={"PYTHONPATH": str(Path(__file__).parents[2])},
            )  # fmt: skip
            ran = next((line for line in reversed(done.stderr.splitlines()) if "cov:" in line), "")
            print(f"{name:16} {'ok' if done.returncode == 0 else 'FAILED'}  {ran[:70]}", flush=True)
            if done.returncode:
                failed += 1
                print("\n".join((done.stdout + done.stderr).splitlines()[-60:]), flush=True)
                for kept in Path(folder).glob("crash-*"):
                    print(
                        f"the input is kept: {shutil.move(kept, Path.cwd() / f'fuzz-{name.replace(" ", "-")}-{kept.name}')}"
                    )
    return failed


def seeds(name: str) -> list[bytes]:
    """What a parser starts from."""
    found = []
    for letter in PARSED[name]:
        for case in FAMILIES[letter]:
            for picture in (medical(case.kind), ordinary(case.kind)):
                body = case.build(picture).body
                if 0 < len(body) <= LONGEST:
                    found.append(body)
    return found
