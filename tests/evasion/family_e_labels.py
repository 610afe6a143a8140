"""E: labels that lie about what a body is."""

import base64
import json
import urllib.parse

from tests.evasion.case import JSON, URLENCODED, Build, Case, Upload, cases


def _json(data: bytes) -> bytes:
    return json.dumps({"image": base64.b64encode(data).decode()}).encode()


def _raw(label: bytes | None) -> Build:
    return lambda data: Upload(data, label)


def _text(label: bytes | None) -> Build:
    return lambda data: Upload(_json(data), label)


LABELS = (
    b"application/json", b"text/plain", b"text/html", b"application/x-www-form-urlencoded", b"image/jpeg", b"video/mp4", b"audio/wav",
    b"application/xml", b"application/x-ndjson", b"application/vnd.api+json", b"font/woff2", b"application/zip", b"application/pdf",
    b"application/dicom", b"application/msgpack", b"application/cbor", b"application/protobuf", b"text/event-stream", b"IMAGE/PNG",
    b"image/png; name=x.txt",
)  # fmt: skip

READ: dict[str, Build] = {
    "urlencoded called text": lambda d: Upload(
        b"image=" + urllib.parse.quote_plus(base64.b64encode(d)).encode(), b"text/plain"
    ),
    **{f"picture called {label.decode()}": _raw(label) for label in LABELS},
    "picture without a label": _raw(None),
    "JSON called octets": _text(b"application/octet-stream"),
    "JSON called text": _text(b"text/plain"),
    "JSON called picture": _text(b"image/png"),
    "JSON without a label": _text(None),
    "JSON called urlencoded": _text(URLENCODED),
    "JSON with capitals and a charset": _text(b"Application/JSON; Charset=UTF-8"),
    "base64 called octets": lambda d: Upload(base64.b64encode(d)),
    "base64 called picture": lambda d: Upload(base64.b64encode(d), b"image/png"),
}

REFUSED: dict[str, Build] = {
    "charset utf-7": lambda d: Upload(_json(d).decode().encode("utf-7"), JSON + b"; charset=utf-7"),
    "charset utf-16": lambda d: Upload(_json(d).decode().encode("utf-16"), JSON + b"; charset=utf-16"),
    "charset utf-32": lambda d: Upload(_json(d).decode().encode("utf-32"), JSON + b"; charset=utf-32"),
    "charset ibm037": lambda d: Upload(_json(d).decode().encode("cp037"), JSON + b"; charset=ibm037"),
    "two charsets": lambda d: Upload(_json(d), JSON + b"; charset=utf-8; charset=utf-7"),
    "extended charset": lambda d: Upload(_json(d), JSON + b"; charset*=utf-8''utf-7"),
    "two types in one": lambda d: Upload(_json(d), b"application/json, text/plain"),
    "empty parameters": lambda d: Upload(_json(d), b"application/json;;"),
    "no slash": lambda d: Upload(_json(d), b"json"),
    "nothing but a slash": lambda d: Upload(_json(d), b"/"),
    "type given twice": lambda d: Upload(_json(d), JSON, ((b"content-type", b"text/plain"),)),
    "byte-order mark of UTF-8": lambda d: Upload(b"\xef\xbb\xbf" + _json(d), JSON),
    "UTF-16 without saying so": lambda d: Upload(_json(d).decode().encode("utf-16-le"), JSON),
    "UTF-32 without saying so": lambda d: Upload(_json(d).decode().encode("utf-32-be"), JSON),
    "UTF-16 called text": lambda d: Upload(_json(d).decode().encode("utf-16"), b"text/plain"),
    "EBCDIC without saying so": lambda d: Upload(_json(d).decode().encode("cp037"), JSON),
}

CASES: tuple[Case, ...] = (*cases(READ), *cases(REFUSED, form=True, twin=_text(JSON)))
