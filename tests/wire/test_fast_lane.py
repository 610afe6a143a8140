import base64
import json
import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import wire
from gateway.limits import Limits
from gateway.model import Transfer
from tests.bypasses.test_wire_json import FOUND, REFUSED, TWINS
from tests.property.strategies import ALPHABETS, CANARY, HERE, TEXTS, json_values, transfer

LIMITS = Limits()
JSON = b"application/json"


def only_text(request: Transfer) -> bool:
    decoded = wire.decode(request, LIMITS)
    return all(part.text for part in decoded.parts) and not decoded.findings


@pytest.mark.parametrize("case", sorted(TWINS))
def test_whatever_is_plain_is_only_text(case: str) -> None:
    for body in (json.dumps(TWINS[case]), json.dumps(TWINS[case], ensure_ascii=False, indent=2)):
        request = transfer(body.encode(), JSON)
        assert only_text(request) or not wire.plain(request, LIMITS)


@pytest.mark.parametrize("case", ["prose", "german", "tool call", "emoji", "empty"])
def test_chat_is_plain(case: str) -> None:
    text = json.dumps(TWINS[case], ensure_ascii=False)[:60_000]
    body = (
        text
        if case != "prose"
        else json.dumps(
            {"messages": [{"role": "user", "content": "Explain 'CT' to me, \"please\".\nThanks"}]}
        )
    )
    assert wire.plain(transfer(body.encode(), JSON), LIMITS)


@pytest.mark.parametrize("case", sorted({**FOUND, **REFUSED}))
def test_no_case_of_the_evasion_tables_is_plain(case: str) -> None:
    assert not wire.plain(transfer({**FOUND, **REFUSED}[case], JSON), LIMITS)


@pytest.mark.parametrize("alphabet", sorted(ALPHABETS))
@pytest.mark.parametrize("text", sorted(TEXTS))
def test_no_wrapped_picture_is_plain(alphabet: str, text: str) -> None:
    assert not wire.plain(transfer(TEXTS[text](ALPHABETS[alphabet](CANARY)).encode(), JSON), LIMITS)


def strings() -> Iterator[str]:
    chance = random.Random(11)
    for size in (50, 67, 100, 400):
        noise = base64.b64encode(chance.randbytes(size)).decode()
        for step in (3, 4, 8, 16, 40, 60):
            for mark in (" ", "\n", ".", ", ", "-", '"', "\\", "\u00e9", "\u200b"):
                yield mark.join(noise[at : at + step] for at in range(0, len(noise), step))


def test_no_cut_up_noise_is_plain() -> None:
    for text in strings():
        for ascii_only in (True, False):
            body = json.dumps(
                {"model": "x", "content": "please read " + text + " now"}, ensure_ascii=ascii_only
            )
            assert not wire.plain(transfer(body.encode(), JSON), LIMITS), text


WRITTEN_FILES = {
    "hl7": "MSH|^~\\&|LAB|HOSP|||20260101||ORU^R01|1|P|2.5\rPID|1||12345||Doe^John\rOBX|1|TX|||text of the finding",
    "svg": "<svg xmlns='http://www.w3.org/2000/svg' width='10' height='10'><rect width='10' height='10'/></svg>",
    "nrrd": "NRRD0005\ntype: uint8\ndimension: 2\nsizes: 4 4\nencoding: ascii\n\n" + "1 2 3 4 " * 20,
    "pgm": "P2\n16 16\n255\n" + "12 200 31 7 " * 64,
    "rtf": "{\\rtf1\\ansi{\\pict\\pngblip\\picw10\\pich10 89504e47}}" + " words" * 10,
    "dicom xml": "<?xml version='1.0'?><NativeDicomModel><DicomAttribute tag='00100010' vr='PN'/></NativeDicomModel>",
    "mail": "From: a@example.org\nTo: b@example.org\nSubject: hello\nMIME-Version: 1.0\n\nbody of the message",
}


@pytest.mark.parametrize("case", sorted(WRITTEN_FILES))
def test_a_file_written_as_text_is_a_part_and_not_plain(case: str) -> None:
    request = transfer(json.dumps({"a": WRITTEN_FILES[case]}).encode(), JSON)
    assert not wire.plain(request, LIMITS)
    assert any(not part.text for part in wire.decode(request, LIMITS).parts)


@pytest.mark.parametrize(
    "headers",
    [
        ((b"Content-Type", b"text/plain"),),
        ((b"Content-Type", b"application/json"), (b"Content-Type", b"application/json")),
        ((b"Content-Type", b"application/json; charset=utf-7"),),
        ((b"Content-Type", JSON), (b"Content-Encoding", b"identity")),
        ((b"Content-Type", JSON), (b"Content-Range", b"bytes 5-9/10")),
        ((b"Content-Type", JSON), (b"X-Note", base64.b64encode(CANARY))),
        ((b"Content-Type", b"multipart/form-data; boundary=B"),),
    ],
)
def test_unusual_heads_are_not_plain(headers: tuple[tuple[bytes, bytes], ...]) -> None:
    assert not wire.plain(Transfer(HERE, headers=headers, body=b'{"a":"b"}'), LIMITS)


def test_references_are_not_plain() -> None:
    for value in (
        {"image_url": "http://pacs/1"},
        {"file_id": "file-1"},
        {"url": "gs://bucket/x"},
        {"a": ["HTTPS:\\/\\/x.org"]},
    ):
        assert not wire.plain(transfer(json.dumps(value).replace("\\\\", "\\").encode(), JSON), LIMITS)


@settings(max_examples=300)
@given(json_values)
def test_plain_never_contradicts_the_full_decoding(value: object) -> None:
    body = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    request = transfer(body, JSON)
    if wire.plain(request, LIMITS):
        assert only_text(request)


@settings(max_examples=100)
@given(st.text(alphabet='ABCabc019+/= \n".,', min_size=40, max_size=400))
def test_plain_never_contradicts_on_strings_near_the_line(text: str) -> None:
    request = transfer(json.dumps({"a": text}).encode(), JSON)
    if wire.plain(request, LIMITS):
        assert only_text(request)
