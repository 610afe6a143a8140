"""The laws of the wire: nothing is lost, nothing but what was meant is changed, nothing hides, nothing crashes."""

import gzip
import json
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway import wire
from gateway.errors import GatewayError
from gateway.limits import Limits
from gateway.model import Format, Part, Transfer
from gateway.wire.codec import joined
from tests.property.strategies import (
    ALPHABETS,
    BODIES,
    CANARY,
    CODINGS,
    LABELS,
    TEXTS,
    coded,
    form_data,
    json_values,
    labels,
    png,
    transfer,
    wrapped,
)

LIMITS = Limits()
NEW = png(9, seed=3)
MASKED = {"base85", "ascii85"}
"""Any letter of these is a delimiter of some text: read where a string is nothing else, or long enough to be reported."""


def verdict(request: Transfer) -> str:
    """What becomes of the canary: found whole, shown in part, reported as unknown, refused - or missed."""
    try:
        decoded = wire.decode(request, LIMITS)
    except GatewayError as error:
        if error.reason == "codec-failed":
            raise
        return "refused"
    assert decoded.encode({}) == request.body
    files = [part for part in decoded.parts if not part.text]
    if any(CANARY in part.data for part in files):
        return "found"
    if any(part.format is Format.GZIP for part in files):
        return "packed"
    if any(part.format in (Format.PNG, Format.UNKNOWN) for part in files):
        return "shown"
    return "missed"


@settings(max_examples=400)
@given(wrapped())
def test_a_picture_in_any_wrapping_is_found_or_refused(request: Transfer) -> None:
    assert verdict(request) != "missed" or _is_masked(request)


def _is_masked(request: Transfer) -> bool:
    body = request.body
    plain = wire.decode(request, LIMITS).parts[-1].data
    return any(word in plain or word in body for word in _masked_words())


def _masked_words() -> list[bytes]:
    texts = [ALPHABETS[name](CANARY) for name in MASKED]
    return [word.encode() for text in texts for word in (text[40:50], text[60:70], json.dumps(text)[90:100])]


READ = [
    (alphabet, text)
    for alphabet in sorted(ALPHABETS)
    for text in sorted(TEXTS)
    if alphabet not in MASKED
    or text.startswith(("json", "plain"))  # read only where the string is nothing else
]


@pytest.mark.parametrize(("alphabet", "text"), READ)
def test_every_alphabet_in_every_text(alphabet: str, text: str) -> None:
    assert verdict(transfer(TEXTS[text](ALPHABETS[alphabet](CANARY)).encode(), LABELS[text])) != "missed"


@pytest.mark.parametrize("body", sorted(BODIES))
@pytest.mark.parametrize("coding", ["", *sorted(CODINGS)])
def test_raw_bytes_in_every_body_and_coding(body: str, coding: str) -> None:
    label, build = BODIES[body]
    found = verdict(coded(build(CANARY), label, (coding,) if coding else ()))
    assert found == "found"


@settings(max_examples=300)
@given(st.binary(max_size=400), labels)
@example(b"{", b"application/json")
@example(b"\x00\x00\x00\x00\x05", b"application/grpc")
def test_any_bytes_under_any_label_raise_only_gateway_errors(body: bytes, label: bytes | None) -> None:
    request = transfer(body, label)
    try:
        decoded = wire.decode(request, LIMITS)
    except GatewayError as error:
        if error.reason == "codec-failed":
            raise
    else:
        assert decoded.encode({}) == body
        assert joined(decoded.pieces or (b"",)) == body


@settings(max_examples=200)
@given(wrapped(), st.integers(0, 2000), st.integers(0, 255))
def test_damaged_bodies_raise_only_gateway_errors(request: Transfer, at: int, value: int) -> None:
    body = bytearray(request.body)
    body[at % len(body)] = value
    assert verdict(replace(request, body=bytes(body))) in {"found", "packed", "shown", "refused", "missed"}


@settings(max_examples=200)
@given(json_values)
def test_json_of_any_shape_comes_back_byte_for_byte(value: object) -> None:
    for body in (json.dumps(value), json.dumps(value, indent=1, ensure_ascii=False)):
        request = transfer(body.encode("utf-8", "surrogatepass"), b"application/json")
        try:
            decoded = wire.decode(request, LIMITS)
        except GatewayError as error:
            if error.reason not in {"bad-json", "too-deep"}:
                raise
        else:
            assert decoded.encode({}) == request.body


def _replaced(request: Transfer) -> tuple[tuple[Part, ...], tuple[Part, ...], int]:
    decoded = wire.decode(request, LIMITS)
    index = next(at for at, part in enumerate(decoded.parts) if part.data == CANARY and part.rewritable)
    body = decoded.encode({index: decoded.parts[index].with_data(NEW)})
    return decoded.parts, wire.decode(replace(request, body=body), LIMITS).parts, index


REPLACEABLE = sorted(
    set(ALPHABETS)
    - {"dotted", "hex spaced", "hex colons", "base32", "base85", "ascii85", "prose shifted", "gzipped"}
)


@pytest.mark.parametrize(
    "text",
    ["json", "json deep", "json slashes", "json escapes", "json string", "json lines", "form", "form spaces"],
)
@pytest.mark.parametrize("alphabet", REPLACEABLE)
def test_a_replaced_payload_decodes_to_the_new_one_and_nothing_else_changes(alphabet: str, text: str) -> None:
    request = transfer(TEXTS[text](ALPHABETS[alphabet](CANARY)).encode(), LABELS[text])
    before, after, index = _replaced(request)
    assert after[index].data == NEW
    assert [part.data for at, part in enumerate(after) if at != index] == [
        part.data for at, part in enumerate(before) if at != index
    ]


@pytest.mark.parametrize("body", sorted(set(BODIES)))
@pytest.mark.parametrize("coding", ["", *sorted(CODINGS)])
def test_a_replaced_file_decodes_to_the_new_one_in_every_body(body: str, coding: str) -> None:
    label, build = BODIES[body]
    before, after, index = _replaced(coded(build(CANARY), label, (coding,) if coding else ()))
    assert after[index].data == NEW
    assert len(before) == len(after)


@settings(max_examples=100)
@given(st.binary(min_size=0, max_size=300), st.binary(max_size=300))
def test_one_file_of_two_is_replaced_alone(first: bytes, second: bytes) -> None:
    part = b'--Q\r\nContent-Disposition: form-data; name="f"; filename="a.bin"\r\n\r\n'
    body = part + first + b"\r\n" + part + second + b"\r\n" + part + CANARY + b"\r\n--Q--\r\n"
    request = transfer(body, b"multipart/form-data; boundary=Q")
    try:
        decoded = wire.decode(request, LIMITS)
    except GatewayError as error:
        if error.reason not in {"bad-multipart", "label-lies"}:
            raise
        return
    index = next(at for at, found in enumerate(decoded.parts) if found.data == CANARY)
    new = decoded.encode({index: decoded.parts[index].with_data(NEW)})
    assert new == body.replace(CANARY, NEW)


def test_a_content_coding_is_put_on_again() -> None:
    request = coded(form_data(CANARY), b"multipart/form-data; boundary=BOUND", ("gzip",))
    decoded = wire.decode(request, LIMITS)
    body = decoded.encode({0: decoded.parts[0].with_data(NEW)})
    assert gzip.decompress(body) == form_data(NEW)
