"""`leadglass inspect` as scripts use it."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.cli.inspect import inspect
from tests.support.scans import ct_png, dicom, landscape

FIELDS = [
    "path",
    "bytes",
    "format",
    "medical",
    "score",
    "modality",
    "findings",
    "action",
    "rule",
    "reason",
    "ms",
]


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("files")
    (folder / "deep").mkdir()
    (folder / "slice.dcm").write_bytes(dicom())
    (folder / "deep" / "slice.png").write_bytes(ct_png())
    (folder / "beach.jpg").write_bytes(landscape())
    (folder / "note.txt").write_text("when are flu shots?")
    with zipfile.ZipFile(folder / "study.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("IM/0001", dicom())
        packed.writestr("beach.jpg", landscape())
    result = CliRunner().invoke(inspect, [str(folder), "--json"], catch_exceptions=False)
    assert result.exit_code == 0
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(lines) == 5
    return {str(Path(line["path"]).relative_to(folder)): line for line in lines}


def test_every_object_has_the_promised_fields(verdicts: dict[str, dict[str, Any]]) -> None:
    for verdict in verdicts.values():
        assert list(verdict) == FIELDS
        assert 0 <= verdict["score"] <= 1
        assert verdict["ms"] > 0


def test_a_medical_format_is_certain(verdicts: dict[str, dict[str, Any]]) -> None:
    seen = verdicts["slice.dcm"]
    assert (seen["format"], seen["medical"], seen["score"], seen["modality"]) == ("dicom", True, 1.0, "ct")
    assert (seen["action"], seen["rule"]) == ("block", "medical-images-to-public-ai")
    assert "(0010,0010)" in {finding["where"] for finding in seen["findings"]}
    assert seen["bytes"] == len(dicom())


def test_pictures_are_scored(verdicts: dict[str, dict[str, Any]]) -> None:
    assert verdicts["deep/slice.png"]["action"] == "block"
    assert verdicts["beach.jpg"]["medical"] is False
    assert verdicts["beach.jpg"]["modality"] is None
    assert verdicts["beach.jpg"]["score"] < verdicts["deep/slice.png"]["score"]


def test_text_has_the_score_zero(verdicts: dict[str, dict[str, Any]]) -> None:
    assert (verdicts["note.txt"]["score"], verdicts["note.txt"]["modality"]) == (0.0, None)


def test_a_container_carries_its_worst_member_and_names_it(verdicts: dict[str, dict[str, Any]]) -> None:
    seen = verdicts["study.zip"]
    assert (seen["format"], seen["medical"], seen["score"], seen["action"]) == ("zip", True, 1.0, "block")
    medical = [finding["where"] for finding in seen["findings"] if finding["kind"] == "medical-image"]
    assert medical == ["IM/0001"]
    assert "IM/0001 > (0010,0010)" in {finding["where"] for finding in seen["findings"]}


def test_a_sentence_for_people(tmp_path: Path) -> None:
    (tmp_path / "slice.dcm").write_bytes(dicom())
    result = CliRunner().invoke(inspect, [str(tmp_path)], catch_exceptions=False)
    assert result.stdout.startswith("BLOCK ")
    assert "dicom, ct (medical score 1.00); medical-images-to-public-ai" in result.stdout
