import gzip
import json

from gateway import wire
from gateway.limits import Limits
from gateway.model import Format
from tests.property.strategies import CANARY, b64, png, transfer

LIMITS = Limits()


def test_a_body_that_is_a_file() -> None:
    decoded = wire.decode(transfer(CANARY, b"application/json"), LIMITS)
    assert decoded.parts[0].format is Format.PNG
    assert decoded.encode({0: decoded.parts[0].with_data(png(5))}) == png(5)


def test_an_empty_body_has_no_parts() -> None:
    assert wire.decode(transfer(b""), LIMITS).parts == ()


def test_packed_text_with_a_picture_is_unpacked_and_packed_again() -> None:
    body = gzip.compress(json.dumps({"a": b64(CANARY)}).encode())
    decoded = wire.decode(transfer(body, None), LIMITS)
    assert decoded.parts[0].data == CANARY
    assert b64(png(5)).encode() in gzip.decompress(decoded.encode({0: decoded.parts[0].with_data(png(5))}))


def test_other_archives_are_left_for_those_who_open_them() -> None:
    assert wire.decode(transfer(gzip.compress(CANARY), None), LIMITS).parts[0].format is Format.GZIP
