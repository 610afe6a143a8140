"""The field for a file's first bytes is open at one place, for one length, for nothing but a signature."""

import base64
import json

import pytest

from gateway import pipeline
from gateway.limits import Limits
from gateway.model import Action, Decision, Destination, Examination, Format, Kind, Look, Transfer
from gateway.policy import decide
from tests.fuzz.compositions import rules
from tests.support.scans import ct_png, dicom, landscape

LIMITS = Limits()
PLACE = "/api/datasets/ward/set/preupload/main"
LABEL = ((b"content-type", b"application/json"),)


def destination(path: str, host: str = "huggingface.co") -> Destination:
    return rules().catalogue.destination(host, 443, "POST", path, LABEL)


def asking(
    sample: str, path: str = PLACE, host: str = "huggingface.co", name: str = "sample", around: str = "files"
) -> Transfer:
    body = {around: [{"path": "a.png", name: sample, "size": 90_000, "sha": None}]}
    return Transfer(destination(path, host), path=path, headers=LABEL, body=json.dumps(body).encode())


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def judged(transfer: Transfer) -> tuple[Decision, Examination]:
    seen = pipeline.examine(transfer, LIMITS, Look.TEXT)
    return decide(rules(), transfer, seen), seen


def sample_of(transfer: Transfer) -> bytes:
    decision, seen = judged(transfer)
    assert decision.action is Action.REDACT
    written = pipeline.rewrite(transfer, seen, decision.redaction, LIMITS, b"k")
    again = pipeline.rewritten(transfer, written, seen, decision.redaction)
    assert pipeline.is_clean(pipeline.examine(again, LIMITS, Look.TEXT), decision.redaction)
    assert judged(again)[0].action is Action.LOG
    assert len(written.body) == len(transfer.body)
    return base64.b64decode(json.loads(written.body)["files"][0]["sample"])


@pytest.mark.parametrize(
    ("data", "mark"),
    [
        (landscape(), b"\xff\xd8\xff"),
        (ct_png(), b"\x89PNG\r\n\x1a\n"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Title (Jane Doe) >>\x00" * 20, b"%PDF-"),
        (b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + b"\x81\x00jane_doe.dcm" * 60, b"PK\x03\x04"),
        (b"RIFF\x00\x10\x00\x00WEBPVP8 " + bytes(range(256)) * 3, b""),
    ],
    ids=["JPEG", "PNG", "PDF", "zip", "WebP"],
)
def test_the_signature_goes_on_and_zeros_behind_it(data: bytes, mark: bytes) -> None:
    assert sample_of(asking(b64(data[:512]))) == mark + bytes(512 - len(mark))


def test_several_files_are_asked_about_at_once() -> None:
    files = [{"path": f"{n}.jpg", "sample": b64(landscape()[:512])} for n in range(3)]
    transfer = Transfer(
        destination(PLACE), path=PLACE, headers=LABEL, body=json.dumps({"files": files}).encode()
    )
    _, seen = judged(transfer)
    assert [finding.kind for finding in seen.findings] == [Kind.FIRST_BYTES] * 3
    assert sample_of(transfer) == b"\xff\xd8\xff" + bytes(509)


def test_a_medical_file_is_stopped_by_its_first_bytes() -> None:
    decision, seen = judged(asking(b64(dicom()[:512])))
    assert decision.action is Action.BLOCK
    assert decision.rules == ("medical-images-to-public-ai",)
    assert [part.format for part in seen.parts if part.format is Format.DICOM]


@pytest.mark.parametrize(
    "mark", [b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"MZ", b"%PDF-1.4", b"PK\x03\x04"]
)
def test_a_preamble_that_pretends_to_be_another_file_changes_nothing(mark: bytes) -> None:
    polyglot = mark + dicom()[len(mark) :]
    assert judged(asking(b64(polyglot[:512])))[0].action is Action.BLOCK
    displaced = (mark + bytes(40) + dicom()[128:])[:512]
    assert judged(asking(b64(displaced)))[0].action is Action.BLOCK


def test_texts_are_judged_as_texts_and_go_on_as_they_are() -> None:
    page = ("Der Strand war warm, das Wasser kühl.\n" * 20).encode()
    for cut in (510, 511, 512):
        decision, seen = judged(asking(b64(page[:cut])))
        assert decision.action is Action.LOG
        assert seen.findings == ()
    hidden = ('{"image": "' + b64(ct_png()))[:480].encode()
    assert judged(asking(b64(hidden)))[0].action is Action.BLOCK


@pytest.mark.parametrize(
    "transfer",
    [
        asking(b64(ct_png()[:513])),
        asking(b64(ct_png())),
        asking(b64(ct_png()[:512]), path="/api/datasets/ward/set/commit/main"),
        asking(b64(ct_png()[:512]), path="/api/datasets/ward/set/preupload/main/more"),
        asking(b64(ct_png()[:512]), path="/v1/files", host="api.openai.com"),
        asking(b64(ct_png()[:512]), host="api.openai.com"),
        asking(b64(ct_png()[:512]), name="content"),
        asking(b64(ct_png()[:512]), around="file"),
        asking(b64(ct_png()[:480]) + "\n"),
        asking(ct_png()[:250].hex()),
        asking("data:image/png;base64," + b64(ct_png()[:400])),
        asking(b64(b"\x93\xb0\x07" + ct_png()[60:500])),
    ],
    ids=[
        "a byte too long", "the whole file", "another operation", "another path", "another service", "the path at another service", "another field",
        "another list", "line end", "hexadecimal", "data URI", "bytes of no known format",
    ],
)  # fmt: skip
def test_anywhere_else_or_otherwise_it_is_a_piece_of_a_file_and_refused(transfer: Transfer) -> None:
    assert judged(transfer)[0].action is Action.BLOCK
