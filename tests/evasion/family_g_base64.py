"""G: base64 and data URIs in every dress."""

import base64
import json
import urllib.parse
import zlib
from collections.abc import Callable

from tests.evasion.case import Build, Case, Upload, cases


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


def _string(make: Callable[[bytes], str]) -> Build:
    def build(data: bytes) -> Upload:
        content = [
            {"type": "text", "text": "What is this?"},
            {"type": "image_url", "image_url": {"url": make(data)}},
        ]
        return Upload(
            json.dumps({"model": "m", "messages": [{"role": "user", "content": content}]}).encode(),
            b"application/json",
            path=b"/v1/chat/completions",
        )

    return build


def _svg(data: bytes) -> bytes:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="64" height="64">'
        f'<image width="64" height="64" xlink:href="data:image/png;base64,{b64(data)}"/></svg>'
    ).encode()


PNG = "data:image/png;base64,"

READ: dict[str, Build] = {
    "svgz in a data URI": _string(lambda d: "data:image/svg+xml;base64," + b64(zlib.compress(_svg(d), wbits=31)) + "!"),
    "zero-width spaces between": _string(lambda d: "\u200b".join(b64(d)[at : at + 6] for at in range(0, len(b64(d)), 6))),
    "beyond ASCII between": _string(lambda d: PNG + "\u00e9".join(b64(d)[at : at + 9] for at in range(0, len(b64(d)), 9))),
    "padding in the middle": _string(lambda d: PNG + b64(d)[:400] + "==" + b64(d)[400:]),
    "junk between, as lenient decoders skip it": _string(lambda d: PNG + "*".join(b64(d)[at : at + 5] for at in range(0, len(b64(d)), 5))),
    "plain": _string(lambda d: PNG + b64(d)),
    "url alphabet": _string(lambda d: PNG + url(d)),
    "url alphabet without padding": _string(lambda d: url(d).rstrip("=")),
    "without padding": _string(lambda d: PNG + b64(d).rstrip("=")),
    "both alphabets mixed": _string(lambda d: b64(d)[:800].replace("+", "-").replace("/", "_") + b64(d)[800:]),
    "several padded ones in a row": _string(lambda d: b64(d[:31]) + b64(d[31:100]) + b64(d[100:])),
    "blanks between": _string(lambda d: PNG + " ".join(b64(d)[at : at + 4] for at in range(0, len(b64(d)), 4))),
    "lines of 76": _string(lambda d: base64.encodebytes(d).decode()),
    "lines with carriage returns": _string(lambda d: base64.encodebytes(d).decode().replace("\n", "\r\n")),
    "percent signs in the data": _string(lambda d: PNG + urllib.parse.quote(b64(d), safe="")),
    "percent signs everywhere": _string(lambda d: PNG + "".join(f"%{ord(c):02X}" for c in b64(d))),
    "no type": _string(lambda d: "data:;base64," + b64(d)),
    "called text": _string(lambda d: "data:text/plain;base64," + b64(d)),
    "many parameters": _string(lambda d: "data:image/png;charset=utf-8;name=x.png;base64," + b64(d)),
    "blank before base64": _string(lambda d: "data:image/png; base64," + b64(d)),
    "capitals": _string(lambda d: "DATA:IMAGE/PNG;BASE64," + b64(d)),
    "blank after the comma": _string(lambda d: PNG + " " + b64(d)),
    "raw percent-encoded picture": _string(lambda d: "data:image/png," + urllib.parse.quote_from_bytes(d)),
    "no scheme at all": _string(b64),
    "in Markdown": _string(lambda d: f"see ![x]({PNG}{b64(d)}) above"),
    "in HTML": _string(lambda d: f'<p>see <img src="{PNG}{b64(d)}"></p>'),
    "in HTML without quotes": _string(lambda d: f"<p>see <img src={PNG}{b64(d)}></p>"),
    "in CSS": _string(lambda d: f"a{{background:url({PNG}{b64(d)})}}"),
    "in SVG": _string(lambda d: "data:image/svg+xml;base64," + b64(_svg(d))),
    "in SVG, percent-encoded": _string(lambda d: "data:image/svg+xml," + urllib.parse.quote(_svg(d).decode())),
    "in SVG text": _string(lambda d: _svg(d).decode()),
    "data URI inside a data URI": _string(lambda d: "data:text/plain;base64," + b64((PNG + b64(d)).encode())),
    "in XML": _string(lambda d: f"<doc><img>{b64(d)}</img></doc>"),
    "in a PEM envelope": _string(lambda d: "-----BEGIN PICTURE-----\n" + base64.encodebytes(d).decode() + "-----END PICTURE-----"),
    "in a MIME part": _string(lambda d: "Content-Type: image/png\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(d).decode()),
    "in a code block": _string(lambda d: "```\n" + b64(d) + "\n```"),
    "with line numbers": _string(lambda d: "".join(f"{n}: {line}\n" for n, line in enumerate(base64.encodebytes(d).decode().splitlines()))),
    "in quotation marks of mail": _string(lambda d: "".join(f"> {line}\n" for line in base64.encodebytes(d).decode().splitlines())),
    "two data URIs in one string": _string(lambda d: f"data:text/plain;base64,{b64(b'hello there, how are you')} {PNG}{b64(d)}"),
    "full-width letters": _string(lambda d: "".join(chr(ord(c) + 0xFEE0) for c in b64(d))),
}  # fmt: skip

CASES: tuple[Case, ...] = cases(READ)
