"""`leadglass redact` writes a proven file or nothing."""

import io
import json
import subprocess
import sys
from pathlib import Path

from PIL import Image

from tests.support.scans import dicom
from tests.test_pipeline import labelled


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gateway", "redact", *arguments], capture_output=True, text=True, check=False
    )


def test_a_labelled_picture_is_written_without_its_label(tmp_path: Path) -> None:
    (tmp_path / "in.png").write_bytes(labelled())
    done = run(str(tmp_path / "in.png"), "-o", str(tmp_path / "out.png"), "--state", str(tmp_path))
    assert done.returncode == 0, done.stderr
    top = Image.open(io.BytesIO((tmp_path / "out.png").read_bytes())).convert("L").crop((12, 10, 270, 34))
    assert top.getextrema() == (0, 0)


def test_what_cannot_be_redacted_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "in.bin").write_bytes(bytes(range(256)) * 20)
    done = run(str(tmp_path / "in.bin"), "-o", str(tmp_path / "out.bin"), "--state", str(tmp_path))
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "out.bin").exists()


def test_a_dicom_file_is_never_passed_with_its_header(tmp_path: Path) -> None:
    (tmp_path / "in.dcm").write_bytes(dicom())
    done = run(str(tmp_path / "in.dcm"), "-o", str(tmp_path / "out.dcm"), "--state", str(tmp_path))
    written = (tmp_path / "out.dcm").read_bytes() if done.returncode == 0 else b""
    assert b"CompressedSamples" not in written
    assert done.returncode in (0, 3)


def test_a_folder_becomes_a_folder_and_says_what_was_refused(tmp_path: Path) -> None:
    (tmp_path / "in" / "sub").mkdir(parents=True)
    (tmp_path / "in" / "a.dcm").write_bytes(dicom())
    (tmp_path / "in" / "sub" / "b.dcm").write_bytes(dicom("MR_small.dcm"))
    (tmp_path / "in" / "c.dcm").write_bytes(dicom()[:3000])
    done = run(
        str(tmp_path / "in"), "-o", str(tmp_path / "out"), "--state", str(tmp_path), "--json", "--preview",
        "--keep", "retain-patient-characteristics",
    )  # fmt: skip
    told = {Path(line["path"]).name: line for line in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 3
    assert {name for name, line in told.items() if line["written"]} == {"a.dcm", "b.dcm"}
    assert told["c.dcm"]["reason"]
    assert not (tmp_path / "out" / "c.dcm").exists()
    assert b"CompressedSamples" not in (tmp_path / "out" / "a.dcm").read_bytes()
    with Image.open(tmp_path / "out" / "sub" / "b.dcm.preview.png") as shown:
        assert shown.size == (640 * 2 + 8, 26 + 640)  # ten times larger, under a heading


def test_the_patient_is_not_in_the_names_of_what_a_folder_becomes(tmp_path: Path) -> None:
    study = tmp_path / "in" / "CompressedSamples CT1"
    study.mkdir(parents=True)
    for name in ("1CT1.dcm", "CompressedSamples^CT1.dcm", "CT1 CompressedSamples.dcm", "slice-7.dcm"):
        (study / name).write_bytes(dicom())
    done = run(str(tmp_path / "in"), "-o", str(tmp_path / "out"), "--state", str(tmp_path))
    assert done.returncode == 0, done.stderr
    written = [path for path in (tmp_path / "out").rglob("*.dcm") if path.is_file()]
    assert len(written) == 4
    assert any(path.name == "slice-7.dcm" for path in written)
    assert not any("CompressedSamples" in str(path.relative_to(tmp_path)) for path in written)
    assert "CompressedSamples" not in done.stdout.replace(str(tmp_path / "in"), "")


def test_twice_is_once(tmp_path: Path) -> None:
    (tmp_path / "in.dcm").write_bytes(dicom())
    run(str(tmp_path / "in.dcm"), "-o", str(tmp_path / "one.dcm"), "--state", str(tmp_path))
    run(str(tmp_path / "one.dcm"), "-o", str(tmp_path / "two.dcm"), "--state", str(tmp_path))
    assert (tmp_path / "one.dcm").read_bytes() == (tmp_path / "two.dcm").read_bytes()
