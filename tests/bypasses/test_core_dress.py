"""Dresses in which a medical picture once passed the examination, each with its benign twin."""

import json

import pytest

from gateway import pipeline
from gateway.limits import Limits
from gateway.model import Action, Look, Transfer
from gateway.policy import decide
from tests.evasion.case import Case, Upload
from tests.evasion.catalogue import FAMILIES
from tests.evasion.family_f_json import b64
from tests.evasion.pictures import medical, ordinary
from tests.fuzz.compositions import rules

LIMITS = Limits()
ONCE_OPEN = (
    "picture in the comment of gzip", "picture in the metadata of brotli", "letters in the metadata of brotli", "decimal numbers in a string",
    "grey values of the pixels in a list", "grey values of the pixels in rows", "fractions of the pixels in a list", "prose around, shifted",
    "full-width letters", "in a PNG chunk of its own", "in a PNG text chunk", "in a compressed PNG text chunk", "in a PNG colour profile", "in a JPEG comment",
    "in a JPEG segment", "in EXIF", "in XMP", "in a colour profile", "in a chunk of WebP", "in the sound of a WAV", "MessagePack, list of bytes",
    "CBOR, list of bytes", "CBOR, tagged", "protobuf, one number each", "file name", "field name of a form", "xxd", "binary digits", "octal digits", "uuencode",
    "emoji for bytes", "braille for bytes",
)  # fmt: skip
CASES = {case.name: case for table in FAMILIES.values() for case in table}


def action(upload: Upload) -> Action:
    path = upload.path.decode("latin-1")
    place = rules().catalogue.destination("api.openai.com", 443, upload.method.decode(), path, upload.fields)
    transfer = Transfer(place, path=path, headers=upload.fields, body=upload.body)
    return decide(rules(), transfer, pipeline.examine(transfer, LIMITS, Look.MEDICAL)).action


@pytest.mark.parametrize("case", [pytest.param(CASES[name], id=name) for name in ONCE_OPEN])
def test_what_once_passed_is_refused(case: Case) -> None:
    assert action(case.build(medical(case.kind))) is Action.BLOCK


@pytest.mark.parametrize(
    "case", [pytest.param(CASES[name], id=name) for name in ONCE_OPEN if not CASES[name].form]
)
def test_its_benign_twin_passes(case: Case) -> None:
    assert action(case.build(ordinary(case.kind))) in (Action.ALLOW, Action.LOG)


def chat(text: str) -> Upload:
    return Upload(json.dumps({"messages": [{"role": "user", "content": text}]}).encode(), b"application/json")


@pytest.mark.parametrize(
    "text",
    [
        "-" * 80, "+" * 80, "/" * 80, "_" * 120, "# " + "-" * 78 + "\ncode", "a" * 100, "AAAA" * 40,
        "\n".join(f"{n}\t{n * 7 % 13}\t{n / 3:.4f}" for n in range(400)), "GATTACA" * 300, "src='data:image/png;base64,AAAA'",
        'PATHS = ["/usr/lib/python3/dist-packages", "/usr/local/lib/python3.11/site-packages", "/opt/homebrew/Cellar/node/20"]\n' * 9,
    ],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_rulers_tables_and_code_in_a_chat_are_text(text: str) -> None:
    assert action(chat(text)) in (Action.ALLOW, Action.LOG)


@pytest.mark.parametrize(
    "dress", [b64, lambda data: "data:image/png;base64," + b64(data)], ids=["bare", "uri"]
)
def test_two_ordinary_pictures_side_by_side_are_two_pictures(dress: object) -> None:
    assert callable(dress)
    body = {"images": [dress(ordinary("png")), dress(ordinary("jpeg"))]}
    assert action(Upload(json.dumps(body).encode(), b"application/json")) in (Action.ALLOW, Action.LOG)


def test_a_medical_one_beside_an_ordinary_one_is_refused() -> None:
    body = {"images": [b64(ordinary("png")), b64(medical("jpeg"))]}
    assert action(Upload(json.dumps(body).encode(), b"application/json")) is Action.BLOCK


def test_a_decoy_in_one_dress_does_not_hide_the_picture_in_another() -> None:
    decoy = " ".join(str(byte) for byte in ordinary("jpeg"))
    assert action(chat(decoy + "\n" + medical().hex(":"))) is Action.BLOCK
