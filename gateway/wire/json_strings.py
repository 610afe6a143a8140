"""RFC 8259 JSON taken apart at its quotes, strictly, without losing a byte.

A parser in native code says whether the text is JSON at all; after that every quote that is not escaped begins or
ends a string, so one split at the quotes yields all strings and everything between them.
"""

from dataclasses import dataclass, field

import orjson

from gateway.errors import WireError


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON text: its tree, and its bytes as segments between quotes."""

    tree: object = field(repr=False)
    segments: list[bytes] = field(repr=False)
    """Even ones stand outside strings, odd ones are the raw insides of strings, escapes and all."""
    structure: bytes = field(repr=False)
    """All even segments joined: braces, brackets, colons, commas, numbers, literals, white space."""

    @property
    def keys(self) -> int:
        """How many members all objects have as written: outside strings a colon stands nowhere else."""
        return self.structure.count(b":")


def parse(data: bytes) -> Document:
    """Take JSON apart. Raises WireError for anything RFC 8259 does not allow, and for more than 1,024 levels.

    Refused on the way: a byte-order mark, other encodings than UTF-8, NaN, comments, trailing commas or data, lone
    surrogates, raw control characters.
    """
    try:
        tree: object = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise WireError("the body is not strict JSON", reason="bad-json") from None
    segments = _between_quotes(data)
    if len(segments) % 2 == 0:
        raise WireError("the quotes of the JSON body do not pair", reason="bad-json")
    return Document(tree, segments, b"".join(segments[::2]))


def _between_quotes(data: bytes) -> list[bytes]:
    pieces = data.split(b'"')
    if b"\\" not in data:
        return pieces
    found, held = list[bytes](), list[bytes]()
    for piece in pieces:
        # A quote behind an odd number of backslashes is escaped, and what stands around it one piece.
        if piece.endswith(b"\\") and (len(piece) - len(piece.rstrip(b"\\"))) % 2:
            held.append(piece)
        elif held:
            found.append(b'"'.join((*held, piece)))
            held.clear()
        else:
            found.append(piece)
    return [*found, b'"'.join(held)] if held else found


def unescape(raw: bytes) -> bytes:
    """The inside of a JSON string as UTF-8."""
    if b"\\" not in raw:
        return raw
    text: str = orjson.loads(b'"' + raw + b'"')
    return text.encode()


def escape(text: bytes, like: bytes) -> bytes:
    """UTF-8 as the inside of a JSON string; `/` escaped where the string it replaces did so."""
    inside = orjson.dumps(text.decode())[1:-1]
    return inside.replace(b"/", b"\\/") if b"\\/" in like else inside
