import base64

import pytest

from gateway import wire
from gateway.limits import Limits
from gateway.model import Format, Part
from tests.property.strategies import CANARY, b64, png, transfer

LIMITS = Limits()
PLAIN = b"text/plain; charset=utf-8"


def test_text_is_one_part_that_says_so() -> None:
    (part,) = wire.decode(transfer(b"Please explain this letter.", PLAIN), LIMITS).parts
    assert part.text
    assert part.data == b"Please explain this letter."


def test_payloads_in_prose_are_replaced_in_place() -> None:
    body = f"first ![a](data:image/png;base64,{b64(CANARY)}) then\n{base64.encodebytes(CANARY).decode()}\nThe end.".encode()
    decoded = wire.decode(transfer(body, PLAIN), LIMITS)
    assert [part.data for part in decoded.parts[:2]] == [CANARY, CANARY]
    new = decoded.encode({0: decoded.parts[0].with_data(png(3)), 1: decoded.parts[1].with_data(png(4))})
    assert [part.data for part in wire.decode(transfer(new, PLAIN), LIMITS).parts[:2]] == [png(3), png(4)]
    assert new.startswith(b"first ![a](data:image/png;base64,")
    assert new.endswith(b"The end.")


def test_what_a_data_uri_carries_is_a_part_whatever_it_is() -> None:
    body = b"data:application/x-thing;base64," + base64.b64encode(bytes(range(60)))
    assert wire.decode(transfer(body, PLAIN), LIMITS).parts[0].format is Format.UNKNOWN
    body = b"data:text/plain," + b"hello%20there%20you%20all%2e%20" * 20
    assert wire.decode(transfer(body, PLAIN), LIMITS).parts[0].data == b"hello there you all. " * 20


@pytest.mark.parametrize("gap", [b" ", b"\n", b" \r\n\t ", b"\x0b\x0c"])
def test_data_uris_side_by_side_are_two_files(gap: bytes) -> None:
    one, two = png(5), png(6)
    body = gap.join(b"data:image/png;base64," + base64.b64encode(data) for data in (one, two))
    decoded = wire.decode(transfer(body, PLAIN), LIMITS)
    assert [part.data for part in decoded.parts if part.format is Format.PNG] == [one, two]
    assert decoded.encode({}) == body


def test_white_space_behind_a_data_uri_is_read_once() -> None:
    """With a search that begins again at every blank, this took hours."""
    body = b"data:image/png;base64," + b64(CANARY).encode() + b" " * 4_000_000 + b":" * 1000 + b" data:x"
    decoded = wire.decode(transfer(body, PLAIN), LIMITS)
    assert decoded.encode({}) == body


@pytest.mark.parametrize("break_at", ["", "\\n"])
def test_json_in_a_cell_of_xml_has_its_places(break_at: str) -> None:
    """The lines of base64 are cut by JSON's own escapes there."""
    text = b64(CANARY)
    inner = break_at.join(text[at : at + 20] for at in range(0, len(text), 20))
    body = f'<?xml version=\'1.0\'?><doc><n>x</n><d>{{"k": "{inner}"}}</d></doc>'.encode()
    decoded = wire.decode(transfer(body, b"application/xml"), LIMITS)
    places = [index for index, part in enumerate(decoded.parts) if part.data == CANARY]
    assert len(places) == 1
    assert decoded.encode({}) == body
    assert all(part.format is not Format.UNKNOWN for part in decoded.parts)
    changed = decoded.encode({places[0]: decoded.parts[places[0]].with_data(png(3))})
    assert [
        p.data for p in wire.decode(transfer(changed, b"application/xml"), LIMITS).parts if p.data == png(3)
    ]


def test_a_text_file_of_a_form_is_a_file() -> None:
    body = b'--B\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\nhello\r\n--B--'
    part = wire.decode(transfer(body, b"multipart/form-data; boundary=B"), LIMITS).parts[0]
    assert (part.format, part.text, part.filename) == (Format.TEXT, False, "a.txt")


def test_text_inside_a_container_is_opened_the_same_way() -> None:
    decoded = wire.decode_part(Part(("x.zip", "a.json"), b'{"a":"' + b64(CANARY).encode() + b'"}'), LIMITS)
    assert decoded.parts[0].data == CANARY
    assert decoded.parts[0].path[:2] == ("x.zip", "a.json")


@pytest.mark.parametrize("data", [b"a\xffb", b"a\x00b", bytes(range(256))])
def test_bytes_are_not_text(data: bytes) -> None:
    (part,) = wire.decode(transfer(data, PLAIN), LIMITS).parts
    assert not part.text
