import json

import orjson
import pytest
from hypothesis import given

from gateway.errors import LimitReached, WireError
from gateway.wire.json_strings import escape, parse, unescape
from gateway.wire.json_tree import Walk, places
from gateway.wire.numbers import as_bytes
from tests.property.strategies import json_values


@given(json_values)
def test_segments_are_the_text_and_its_strings(value: object) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=1)):
        try:
            data = text.encode()
            document = parse(data)
        except (WireError, UnicodeEncodeError):
            continue
        assert b'"'.join(document.segments) == data
        walk = Walk()
        walk.walk(document.tree, 64)
        assert [unescape(raw).decode() for raw in document.segments[1::2]] == walk.strings
        assert walk.keys == document.keys
        assert len(list(places(document.tree))) == len(walk.strings)


@pytest.mark.parametrize("raw", [rb"\"", rb"\\", rb"\\\"", rb"a\\\\", rb"\"\\\"", rb"\u0022", rb"\/x\n"])
def test_escapes_at_the_end_of_a_string(raw: bytes) -> None:
    document = parse(b'{"a":"' + raw + b'","b":"c"}')
    assert document.segments[1::2] == [b"a", raw, b"b", b"c"]
    assert orjson.loads(b'"' + escape(unescape(raw), raw) + b'"').encode() == unescape(raw)


def test_places_name_every_string() -> None:
    tree = {"messages": [{"content": [{"image_url": {"url": "x"}}]}], "k": "v"}
    assert [place for place, _, kind in places(tree) if kind == "value"] == [
        "messages[0].content[0].image_url.url",
        "k",
    ]


def test_depth_is_limited() -> None:
    with pytest.raises(LimitReached):
        Walk().walk([[[[1]]]], 3)


def test_numbers_that_are_bytes() -> None:
    walk = Walk()
    walk.walk({"a": list(range(70)), "b": [n - 128 for n in range(70)], "c": [1.5] * 70, "d": [300] * 70}, 9)
    assert [as_bytes(row) for row in walk.numbers] == [
        bytes(range(70)), bytes((n - 128) & 255 for n in range(70)), b"", b"",
    ]  # fmt: skip
