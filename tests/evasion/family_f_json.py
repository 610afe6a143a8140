"""F: JSON that one parser reads and another does not, and pictures dressed up inside it."""

import base64
import gzip
import io
import json
from collections.abc import Callable
from typing import Any

from PIL import Image

from tests.evasion.case import JSON, Build, Case, Upload, cases


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def upload(body: bytes | str, label: bytes = JSON) -> Upload:
    raw = body.encode() if isinstance(body, str) else body
    return Upload(raw, label, path=b"/v1/chat/completions")


def _good(data: bytes) -> bytes:
    return json.dumps({"image": b64(data)}).encode()


def _raw(make: Callable[[bytes], bytes]) -> Build:
    return lambda data: upload(make(data))


def _tree(make: Callable[[bytes], Any]) -> Build:
    return lambda data: upload(json.dumps(make(data)))


def _cut(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def _string(make: Callable[[bytes], str]) -> Build:
    return _tree(lambda data: {"model": "m", "image": make(data)})


def _nested(data: bytes, times: int) -> str:
    text = b64(data)
    for _ in range(times):
        text = json.dumps({"arguments": text})
    return text


REFUSED: dict[str, Build] = {
    "two halves in two fields": _tree(lambda d: {"a": b64(d)[: len(b64(d)) // 8 * 4], "b": b64(d)[len(b64(d)) // 8 * 4 :]}),
    "slices in objects": _tree(lambda d: {"parts": [{"t": piece} for piece in _cut(b64(d), 512)]}),
    "slices under numbered names": _tree(lambda d: {f"part{n:04}": piece for n, piece in enumerate(_cut(b64(d), 400))}),
    "list of slices": _tree(lambda d: {"image": _cut(b64(d), 24)}),
    "same name twice, picture last": _raw(lambda d: b'{"image":"x","image":"' + b64(d).encode() + b'"}'),
    "same name twice, picture first": _raw(lambda d: b'{"image":"' + b64(d).encode() + b'","image":"x"}'),
    "same name twice, escaped": _raw(lambda d: b'{"image":"x","im\\u0061ge":"' + b64(d).encode() + b'"}'),
    "same name twice, deep": _raw(lambda d: b'[{"a":[{"b":"x","b":"' + b64(d).encode() + b'"}]}]'),
    "NaN": _raw(lambda d: b'{"a":NaN,"b":"' + b64(d).encode() + b'"}'),
    "Infinity": _raw(lambda d: b'{"a":-Infinity,"b":"' + b64(d).encode() + b'"}'),
    "comment": _raw(lambda d: b'{"a":"x" /* ' + b64(d).encode() + b" */}"),
    "line comment": _raw(lambda d: b'{"a":"x"} // ' + b64(d).encode()),
    "hash comment": _raw(lambda d: b'{"a":"x"}\n# ' + b64(d).encode()),
    "trailing comma": _raw(lambda d: _good(d)[:-1] + b",}"),
    "trailing words": _raw(lambda d: _good(d) + b" x"),
    "two texts in a line": _raw(lambda d: b"{}" + _good(d)),
    "NUL behind the end": _raw(lambda d: b"{}\x00" + _good(d)),
    "lone surrogate": _raw(lambda d: b'{"a":"\\ud800","b":"' + b64(d).encode() + b'"}'),
    "surrogate in UTF-8": _raw(lambda d: b'{"a":"\xed\xa0\x80","b":"' + b64(d).encode() + b'"}'),
    "Latin-1": _raw(lambda d: b'{"a":"\xe9","b":"' + b64(d).encode() + b'"}'),
    "overlong UTF-8": _raw(lambda d: b'{"a":"\xc0\xaf","b":"' + b64(d).encode() + b'"}'),
    "raw line feed in a string": _raw(lambda d: b'{"a":"' + base64.encodebytes(d) + b'"}'),
    "bad escape": _raw(lambda d: b'{"a":"\\x41","b":"' + b64(d).encode() + b'"}'),
    "depth of 65": _raw(lambda d: b"[" * 65 + _good(d) + b"]" * 65),
    "depth of 100,000": _raw(lambda d: b"[" * 100_000 + _good(d) + b"]" * 100_000),
    "cut short": _raw(lambda d: _good(d)[:-1]),
    "leading zero": _raw(lambda d: b'{"a":01,"b":"' + b64(d).encode() + b'"}'),
    "number beyond any float": _raw(lambda d: b'{"a":1e999,"b":"' + b64(d).encode() + b'"}'),
    "no-break space": _raw(lambda d: b'{"a":\xc2\xa01,"b":"' + b64(d).encode() + b'"}'),
    "strings side by side": _raw(lambda d: b'{"a":"x" "' + b64(d).encode() + b'"}'),
    "single quotes": _raw(lambda d: b"{'a':'" + b64(d).encode() + b"'}"),
    "name without quotes": _raw(lambda d: b'{a:"' + b64(d).encode() + b'"}'),
    "base64 turned round": _string(lambda d: b64(d)[::-1]),
    "base64 in rot13": _string(lambda d: b64(d).translate(str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "NOPQRSTUVWXYZABCDEFGHIJKLMnopqrstuvwxyzabcdefghijklm"))),
}  # fmt: skip

READ: dict[str, Build] = {
    "Ascii85": _string(lambda d: base64.a85encode(d, adobe=True).decode()),
    "base85": _string(lambda d: base64.b85encode(d).decode()),
    "base64 with junk between": _string(lambda d: "!".join(_cut(b64(d), 7))),
    "fractions of the pixels in a list": _tree(lambda d: {"pixels": [round(grey / 255, 4) for grey in pixels(d)]}),
    "members numbered instead of a list": _tree(lambda d: {"data": {str(at): byte for at, byte in enumerate(d)}}),
    "grey values of the pixels in rows": _tree(lambda d: {"pixels": _rows(pixels(d), 64)}),
    "grey values of the pixels in a list": _tree(lambda d: {"pixels": pixels(d), "width": 64}),
    "decimal numbers in a string": _string(lambda d: " ".join(str(byte) for byte in d)),
    "base64 with dots between": _string(lambda d: ".".join(_cut(b64(d), 4))),
    "prefix against hijacking": _raw(lambda d: b")]}'\n" + _good(d)),
    "base64 in a value": _raw(_good),
    "base64 in a key": _tree(lambda d: {b64(d): True}),
    "base64 deep inside": _tree(lambda d: {"messages": [{"content": [{"type": "image", "source": {"data": b64(d)}}]}]}),
    "slashes escaped": _raw(lambda d: _good(d).replace(b"/", b"\\/")),
    "every letter escaped": _raw(lambda d: b'{"a":"' + "".join(f"\\u{ord(c):04x}" for c in b64(d)).encode() + b'"}'),
    "escaped lines": _string(lambda d: base64.encodebytes(d).decode()),
    "escaped tabs": _string(lambda d: "\t".join(_cut(b64(d), 8))),
    "list of bytes": _tree(lambda d: {"image": list(d)}),
    "list of signed bytes": _tree(lambda d: {"image": [byte - 256 if byte > 127 else byte for byte in d]}),
    "node's Buffer": _tree(lambda d: {"image": {"type": "Buffer", "data": list(d)}}),
    "hex": _string(lambda d: d.hex()),
    "hex with 0x": _string(lambda d: "0x" + d.hex().upper()),
    "hex with blanks": _string(lambda d: d.hex(" ")),
    "hex with backslashes": _string(lambda d: "".join(f"\\x{byte:02x}" for byte in d)),
    "base32": _string(lambda d: base64.b32encode(d).decode()),
    "base64 of gzip": _string(lambda d: b64(gzip.compress(d, mtime=0))),
    "base64 of base64": _string(lambda d: b64(b64(d).encode())),
    "base64 of base64 of base64": _string(lambda d: b64(b64(b64(d).encode()).encode())),
    "base64 of JSON": _string(lambda d: b64(_good(d))),
    "bytes as letters": _raw(lambda d: json.dumps({"image": d.decode("latin-1")}).encode()),
    "bytes as raw letters": _raw(lambda d: json.dumps({"image": d.decode("latin-1")}, ensure_ascii=False).encode()),
    "string of JSON": _string(lambda d: _nested(d, 1)),
    "string of JSON, five deep": _string(lambda d: _nested(d, 5)),
    "top-level string": _raw(lambda d: json.dumps(b64(d)).encode()),
    "top-level list": _raw(lambda d: json.dumps([b64(d)]).encode()),
    "in a long chat": _tree(lambda d: {"messages": [*({"role": "user", "content": "Good morning, how are you?"} for _ in range(200)), {"role": "user", "content": b64(d)}]}),
    "prose in front": _string(lambda d: "Here is the picture you asked for: " + b64(d)),
    "prose around, shifted": _string(lambda d: "picture=x" + b64(d) + " thanks"),
    "white space in front": _raw(lambda d: b" \r\n\t" * 40 + _good(d)),
}  # fmt: skip

LINES_READ: dict[str, Build] = {
    "JSON lines": lambda d: upload(b'{"n":1}\n' + _good(d) + b"\n", b"application/x-ndjson"),
    "JSON lines called JSON": lambda d: upload(b'{"n":1}\n' + _good(d) + b"\n"),
}  # fmt: skip

LINES: dict[str, Build] = {
    "slices in JSON lines": lambda d: upload(
        "\n".join(json.dumps({"n": n, "d": piece}) for n, piece in enumerate(_cut(b64(d), 600))), b"application/jsonl"
    ),
}  # fmt: skip


def pixels(data: bytes) -> list[int]:
    """The grey values of a picture, row after row."""
    with Image.open(io.BytesIO(data)) as image:
        return list(image.convert("L").tobytes())


def _rows(values: list[int], width: int) -> list[list[int]]:
    return [values[at : at + width] for at in range(0, len(values), width)]


CASES: tuple[Case, ...] = (
    *cases(REFUSED, form=True, twin=_raw(_good)),
    *cases(READ),
    *cases(LINES_READ),
    *cases(LINES, form=True, twin=LINES_READ["JSON lines"]),
)
