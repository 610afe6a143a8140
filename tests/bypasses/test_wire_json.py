"""JSON that one parser reads and another does not, and payloads dressed up inside it; each with its benign twin."""

import base64
import json

import pytest

from gateway import wire
from gateway.errors import GatewayError
from gateway.limits import Limits
from gateway.model import Format
from tests.property.strategies import ALPHABETS, CANARY, b64, png, transfer

LIMITS = Limits()
JSON = b"application/json"
B64 = b64(CANARY)
GOOD = json.dumps({"image": B64}).encode()

REFUSED = {
    "same name twice": b'{"image":"x","image":"' + B64.encode() + b'"}',
    "same name twice, escaped": b'{"image":"x","im\\u0061ge":"' + B64.encode() + b'"}',
    "same name twice, deep": b'{"a":[{"b":1,"b":2}]}',
    "NaN": b'{"a":NaN}',
    "Infinity": b'{"a":-Infinity}',
    "huge number": b'{"a":1e999}',
    "comment": b'{"a":1 /* x */}',
    "line comment": b'{"a":1} // x',
    "trailing comma": b'{"a":1,}',
    "trailing data": GOOD + b" x",
    "two documents in a line": GOOD + GOOD,
    "byte-order mark": b"\xef\xbb\xbf" + GOOD,
    "utf-16": GOOD.decode().encode("utf-16"),
    "utf-16 little": GOOD.decode().encode("utf-16-le"),
    "utf-16 big": GOOD.decode().encode("utf-16-be"),
    "utf-32": GOOD.decode().encode("utf-32"),
    "utf-32 little": GOOD.decode().encode("utf-32-le"),
    "lone surrogate": b'{"a":"\\ud800"}',
    "surrogate in utf-8": b'{"a":"\xed\xa0\x80"}',
    "latin-1": b'{"a":"\xe9"}',
    "overlong": b'{"a":"\xc0\xaf"}',
    "raw control": b'{"a":"\x01"}',
    "raw newline": b'{"a":"x\ny"}',
    "single quotes": b"{'a':'x'}",
    "bare name": b'{a:"x"}',
    "bad escape": b'{"a":"\\x41"}',
    "deep": b"[" * 65 + b"]" * 65,
    "very deep": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 100 + b"1" + b"}" * 100,
    "cut": GOOD[:-5],
    "leading zero": b'{"a":01}',
    "plus": b'{"a":+1}',
    "form feed": b"\x0c" + GOOD,
    "no-break space": b'{"a":\xc2\xa01}',
    "concatenated strings": b'{"a":"x" "y"}',
    "prefix against hijacking": b")]}'\n" + GOOD[:-2],
}


@pytest.mark.parametrize("case", sorted(REFUSED))
def test_lenient_json_is_refused(case: str) -> None:
    try:
        decoded = wire.decode(transfer(REFUSED[case], JSON), LIMITS)
    except GatewayError as error:
        if error.reason == "codec-failed":
            raise
        if B64[:12] in str(error):
            raise
    else:
        # Not JSON at all: then it is text, and the picture in it is found all the same.
        assert case in {"prefix against hijacking", "form feed", "single quotes", "bare name"}
        assert b64(CANARY).encode() not in REFUSED[case] or any(part.data == CANARY for part in decoded.parts)


ESCAPES = "".join(f"\\u{ord(letter):04X}" for letter in B64)
FOUND = {
    "slash escaped": GOOD.replace(b"/", b"\\/"),
    "every letter escaped": b'{"a":"' + ESCAPES.encode() + b'"}',
    "newline escapes": json.dumps({"a": base64.encodebytes(CANARY).decode()}).encode(),
    "in a key": json.dumps({B64: 1}).encode(),
    "list of numbers": json.dumps({"a": list(CANARY)}).encode(),
    "list of signed numbers": json.dumps({"a": [b - 256 if b > 127 else b for b in CANARY]}).encode(),
    "list of numbers, one a line": json.dumps({"a": list(CANARY)}, indent=1).encode(),
    "typed array": json.dumps({str(at): byte for at, byte in enumerate(CANARY)}).encode(),
    "Buffer of Node": json.dumps({"type": "Buffer", "data": list(CANARY)}).encode(),
    "rows of numbers": json.dumps([list(CANARY[at : at + 16]) for at in range(0, len(CANARY), 16)]).encode(),
    "slices": json.dumps([B64[at : at + 16] for at in range(0, len(B64), 16)]).encode(),
    "slices under names": json.dumps({f"p{at}": B64[at : at + 32] for at in range(0, len(B64), 32)}).encode(),
    "two halves": json.dumps({"a": B64[: len(B64) // 2], "b": B64[len(B64) // 2 :]}).encode(),
    "json in a string": json.dumps({"a": json.dumps({"b": json.dumps({"c": B64})})}).encode(),
    "json lines": b'{"a":1}\n' + GOOD + b'\n{"b":2}\n',
    "a bare string": json.dumps(B64).encode(),
    "data uri with parameters": json.dumps({"a": "data:;charset=utf-8;x=y;base64," + B64}).encode(),
    "data uri with spaces": json.dumps({"a": "data:image/png; base64," + B64}).encode(),
    "data uri in a URI": json.dumps({"a": "url('data:image/png;base64," + B64 + "')"}).encode(),
    "two data uris": json.dumps(
        {"a": "x data:image/png;base64," + b64(png(8)) + " y data:image/png;base64," + B64}
    ).encode(),
    "data uri says text": json.dumps({"a": "data:text/plain;base64," + B64}).encode(),
    "data uri percent": json.dumps(
        {"a": "data:image/png;base64," + B64.replace("/", "%2F").replace("+", "%2B").replace("=", "%3D")}
    ).encode(),
    "mixed alphabets": json.dumps({"a": B64.replace("+", "-", 1)}).encode(),
    "junk letters": json.dumps({"a": B64[:40] + "!" + B64[40:80] + "*" + B64[80:]}).encode(),
    "leading junk": json.dumps({"a": "??" + B64}).encode(),
    "svg with a picture": json.dumps(
        {
            "a": '<svg xmlns="http://www.w3.org/2000/svg"><image href="data:image/png;base64,'
            + B64
            + '"/></svg>'
        }
    ).encode(),
    "base64 of json": json.dumps({"a": b64(GOOD)}).encode(),
    "hex of base64": json.dumps({"a": B64.encode().hex()}).encode(),
    "latin-1": json.dumps({"a": CANARY.decode("latin-1")}).encode(),
    "latin-1 raw": json.dumps({"a": CANARY.decode("latin-1")}, ensure_ascii=False).encode(),
    **{
        f"alphabet {name}": json.dumps({"a": write(CANARY)}).encode()
        for name, write in ALPHABETS.items()
        if name != "gzipped"
    },
}


@pytest.mark.parametrize("label", [JSON, b"text/plain", b"application/octet-stream", None])
@pytest.mark.parametrize("case", sorted(FOUND))
def test_a_dressed_up_picture_is_found(case: str, label: bytes | None) -> None:
    body = FOUND[case]
    decoded = wire.decode(transfer(body, label), LIMITS)
    assert decoded.encode({}) == body
    assert any(part.data == CANARY or part.format is Format.PNG for part in decoded.parts)


def _benign(body: bytes) -> bytes:
    return body


WORDS = "The nurse asked the model to write a kind letter. "
TWINS = {
    "prose": {"a": WORDS * 40},
    "capitals": {"a": (WORDS * 20).upper()},
    "german": {"a": "Der Befund zeigt keine Auffälligkeiten; über Größe und Maß später. " * 30},
    "chinese": {"a": "这是一份没有异常的报告,请用简单的语言解释给病人听。今天天气很好。" * 80},
    "code": {
        "a": "def f(x):\n    return {k: v for k, v in x.items() if k.startswith('/usr/local/lib/python3.13')}\n"
        * 30
    },
    "path": {"a": "/workspace/project/very/long/path/with/many/parts/and/no/end/to/it/main.py"},
    "url": {
        "a": "see https://example.org/a/very/long/path/with/many/parts/and/no/end/to/it/index.html?x=1 for more"
    },
    "uuids": {"a": ["550e8400-e29b-41d4-a716-446655440000"] * 20},
    "sha": {"a": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
    "token": {
        "user": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
    },
    "numbers": {"a": list(range(1000, 1500))},
    "table": {"a": "\n".join(f"{n},{n * 7 % 13},{n / 3:.4f}" for n in range(400))},
    "ruler": {"a": "-" * 3000 + "\n" + "=" * 3000},
    "markdown": {"a": "# Title\n\n| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 100},
    "tool call": {
        "id": "call_abcDEF123456789012345678",
        "arguments": json.dumps({"path": "/tmp/x", "text": WORDS}),
    },
    "html": {"a": "<p>" + WORDS * 10 + "</p>"},
    "emoji": {"a": "👍🏽 fine 🙂 " * 200},
    "words without a space": {
        "a": "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft"
    },
    "empty": {},
}


@pytest.mark.parametrize("case", sorted(TWINS))
def test_a_benign_twin_is_nothing_but_text(case: str) -> None:
    for body in (json.dumps(TWINS[case]), json.dumps(TWINS[case], ensure_ascii=False, indent=2)):
        decoded = wire.decode(transfer(body.encode(), JSON), LIMITS)
        strange = [
            part for part in decoded.parts if not part.text and part.format not in (Format.HTML, Format.TEXT)
        ]
        assert not strange, (strange[0].format, strange[0].data[:50])


def test_a_sealed_string_is_reported() -> None:
    import random

    noise = b64(random.Random(5).randbytes(3000))
    decoded = wire.decode(transfer(json.dumps({"a": noise}).encode(), JSON), LIMITS)
    assert [part.format for part in decoded.parts if not part.text] == [Format.UNKNOWN]
