"""What the heads of a multipart body may look like: one strict form, everything else is refused.

Parsers of different servers disagree on nearly every deviation (which of two boundaries, which of two names), and each
disagreement is a place where a file can hide from one of them. The exception is `filename*` in UTF-8 (RFC 5987), which
.NET and older Python clients send: allowed as long as it is the only name, or says the same as the plain one.
"""

import re
import urllib.parse
from base64 import b64decode
from dataclasses import dataclass, field

from gateway.errors import WireError

_TOKEN = rb"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_TYPE = re.compile(rb"(" + _TOKEN + rb"/" + _TOKEN + rb")((?:[ \t]*;[ \t]*" + _TOKEN + rb"=(?:" + _TOKEN + rb'|"[^"\\\x00-\x1f\x7f]*"))*)[ \t]*;?')  # fmt: skip
_OPTION = re.compile(rb";[ \t]*(" + _TOKEN + rb")=(?:(" + _TOKEN + rb')|"([^"]*)")')
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
_LINE = re.compile(rb"([A-Za-z0-9-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
_DISPOSITION = re.compile(rb'(form-data|attachment|inline)((?:[ ]*;[ ]*(?:(?:name|filename)=(?:"[^"\\\x00-\x1f\x7f]*"|[A-Za-z0-9!#$&+.^_`|~-]+)|filename\*=[Uu][Tt][Ff]-8\'\'(?:[A-Za-z0-9!#$&+.^_`|~-]|%[0-9A-Fa-f]{2})+))*)')  # fmt: skip
_WORD = re.compile(rb"=\?utf-8\?B\?([A-Za-z0-9+/]+={0,2})\?=", re.IGNORECASE)
"""A name beyond ASCII as .NET writes it into `filename`, beside the extended one (RFC 2047)."""
_EXTENDED = re.compile(rb"(;[ ]*)filename\*=[^;\r\n]*")
_PLAIN_NAME = re.compile(rb';[ ]*filename=(?:"[^"\r\n]*"|[^;\r\n]*)')
_UTF8 = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_PLAIN_TRANSFER = frozenset({b"binary", b"8bit", b"7bit"})
_BASE64_TRANSFER = b"base64"
"""RFC 7578 4.7 tells form clients not to use it; curl offers it (`encoder=base64`)."""


def media_type(value: bytes) -> tuple[str, tuple[tuple[str, str], ...]]:
    """A Content-Type as type and parameters; no parameter twice, none extended (RFC 2231).

    Raises WireError for anything RFC 9110 8.3.1 does not allow.
    """
    match = _TYPE.fullmatch(value.strip(b" \t"))
    if match is None:
        raise WireError("the Content-Type cannot be read", reason="bad-content-type")
    options: dict[str, str] = {}
    for name, token, quoted in _OPTION.findall(match[2]):
        key = name.lower().decode()
        if key in options or "*" in key:
            raise WireError("a Content-Type parameter is given twice or split", reason="bad-content-type")
        options[key] = (token or quoted).decode("latin-1")
    return match[1].lower().decode(), tuple(options.items())


def check_charset(options: tuple[tuple[str, str], ...]) -> None:
    """Raises WireError unless text is UTF-8: in another charset the same bytes are another text."""
    charset = dict(options).get("charset")
    if charset is not None and charset.strip().lower() not in _UTF8:
        raise WireError("the text is not in UTF-8", reason="charset")


def boundary(options: tuple[tuple[str, str], ...]) -> bytes:
    """The only boundary of a multipart body (RFC 2046 5.1.1). Raises WireError."""
    given = dict(options).get("boundary", "")
    if not _BOUNDARY.fullmatch(given):
        raise WireError("the multipart boundary is missing or malformed", reason="bad-multipart")
    return given.encode()


@dataclass(frozen=True, slots=True)
class Head:
    """The head of one part."""

    name: str = field(default="", repr=False)
    filename: str | None = field(default=None, repr=False)
    media: str = ""
    options: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    base64: bool = False
    """Whether the content travels as base64: some servers decode it, others store the letters."""


def read_head(lines: bytes, *, form: bool) -> Head:
    """The head of one part, its lines as they travelled without the empty one.

    Raises WireError for a repeated or folded line, a control character, a space before the colon, another transfer
    encoding than none or base64, a content coding, a charset other than UTF-8, and any disposition but the plain one.
    """
    seen: dict[bytes, bytes] = {}
    for line in lines.split(b"\r\n") if lines else []:
        match = _LINE.fullmatch(line)
        if match is None or match[1].lower() in seen:
            raise WireError("a part's head is malformed", reason="bad-multipart")
        seen[match[1].lower()] = match[2].rstrip(b" \t")
    transfer = seen.get(b"content-transfer-encoding", b"binary").lower()
    if b"content-encoding" in seen or transfer not in (*_PLAIN_TRANSFER, _BASE64_TRANSFER):
        raise WireError("a part is encoded once more", reason="bad-multipart")
    media, options = media_type(seen[b"content-type"]) if b"content-type" in seen else ("", ())
    check_charset(options)
    if media.startswith("multipart/"):
        raise WireError("a multipart body inside another", reason="bad-multipart")
    disposition = seen.get(b"content-disposition")
    if disposition is None:
        if form or not seen:
            raise WireError("a part does not say what it is", reason="bad-multipart")
        return Head(media=media, options=options, base64=transfer == _BASE64_TRANSFER)
    name, filename = _disposition(disposition, form=form)
    return Head(name, filename, media, options, transfer == _BASE64_TRANSFER)


def _disposition(value: bytes, *, form: bool) -> tuple[str, str | None]:
    match = _DISPOSITION.fullmatch(value)
    if match is None or (form and match[1] != b"form-data"):
        raise WireError("a part's disposition is malformed", reason="bad-multipart")
    options: dict[bytes, bytes] = {}
    for key, token, quoted in _OPTION.findall(match[2]):
        if key in options:
            raise WireError("a part's disposition says something twice", reason="bad-multipart")
        options[key] = token or quoted
    if form and b"name" not in options:
        raise WireError("a form field without a name", reason="bad-multipart")
    try:
        filename = _filename(options.get(b"filename"), options.get(b"filename*"))
        name = options.get(b"name", b"").decode()
    except UnicodeDecodeError:
        raise WireError("a part's name is not UTF-8", reason="bad-multipart") from None
    if name == "_charset_":
        raise WireError("a field that changes the charset of the others", reason="charset")
    return name, filename


def _filename(plain: bytes | None, extended: bytes | None) -> str | None:
    """The name of a file by its two spellings. Raises WireError where they differ; UnicodeDecodeError."""
    if extended is None:
        return None if plain is None else plain.decode()
    name = urllib.parse.unquote_to_bytes(extended[len("utf-8''") :])
    word = _WORD.fullmatch(plain) if plain is not None else None
    said = b64decode(word[1] + b"==") if word is not None else plain
    if said not in (None, name) or any(byte < 0x20 or byte in b'"\\\x7f' for byte in name):
        raise WireError("a part has two file names", reason="bad-multipart")
    return name.decode()


def renamed(lines: bytes, old: str, new: str) -> bytes:
    """A part's head with another file name. Raises WireError where the old one is not found just once."""
    quoted = new.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A").replace("\\", "_")
    if b"filename*=" in lines:
        return _EXTENDED.sub(
            rb'\1filename="%b"' % quoted.encode().replace(b"\\", rb"\\"), _PLAIN_NAME.sub(b"", lines), 1
        )
    for written in (f'filename="{old}"', f"filename={old}"):
        if lines.count(written.encode()) == 1:
            return lines.replace(written.encode(), f'filename="{quoted}"'.encode())
    raise WireError("the file name cannot be replaced", reason="bad-multipart")
