"""A refusal in the shape that the sender's program understands, so that it raises its own permission error, once.

Each shape is what the official client of that service turns into its error with our message in it; a client that is
told `403` in its own words does not send the upload again.
"""

import json
import struct
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import quote
from xml.sax.saxutils import escape

import cbor2

from gateway.model import Headers
from gateway.refusal.words import Notice

FORBIDDEN: Final = 403
_DENIED: Final = "AccessDeniedException"
HEADER_TEXT: Final = 700
"""Letters of the message in a header. Common servers and clients stop at 8 KiB for all headers together."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A refusal before the headers that every one of them has."""

    media: str
    body: bytes
    headers: Headers = ()
    status: int = FORBIDDEN


def header_text(text: str) -> bytes:
    """A text that can stand in a header: one line of printable ASCII, of bounded length; letters lose their marks."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    letters = (letter for letter in plain if not unicodedata.combining(letter))
    return (
        "".join(letter if " " <= letter <= "~" else "?" for letter in letters)[:HEADER_TEXT]
        .strip()
        .encode("ascii")
    )


def _json(content: object, *headers: tuple[bytes, bytes]) -> Answer:
    # ASCII only: also a client that guesses the encoding wrong shows the message.
    return Answer("application/json", json.dumps(content).encode("ascii"), headers)


def _openai(told: Notice) -> Answer:
    error = {
        "message": told.sentence,
        "type": "invalid_request_error",
        "param": None,
        "code": "leadglass_blocked",
    }
    return _json({"error": error})


def _anthropic(told: Notice) -> Answer:
    error = {"type": "permission_error", "message": told.sentence}
    return _json(
        {"type": "error", "error": error, "request_id": told.audit_id},
        (b"request-id", told.audit_id.encode()),
    )


def _google(told: Notice) -> Answer:
    # Without the upload status the Python client sends a file three times, whatever the answer says.
    error = {"code": FORBIDDEN, "message": told.sentence, "status": "PERMISSION_DENIED"}
    return _json({"error": error}, (b"X-Goog-Upload-Status", b"final"))


def _bedrock(told: Notice) -> Answer:
    # REST clients read the type in the header, the others in the body.
    return _json({"__type": _DENIED, "message": told.sentence}, *_amazon(told))


def amazon_cbor(told: Notice) -> Answer:
    """The same for clients that speak CBOR (Smithy RPC v2), as newer Amazon services do."""
    body = cbor2.dumps({"__type": _DENIED, "message": told.sentence})
    return Answer("application/cbor", body, (*_amazon(told), (b"Smithy-Protocol", b"rpc-v2-cbor")))


def _amazon(told: Notice) -> Headers:
    return ((b"x-amzn-ErrorType", _DENIED.encode()), (b"x-amzn-RequestId", told.audit_id.encode()))


def _s3(told: Notice) -> Answer:
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code>'
        f"<Message>{_xml(told.sentence)}</Message><RequestId>{_xml(told.audit_id)}</RequestId></Error>"
    )
    return Answer(
        "application/xml",
        body.encode("ascii", "xmlcharrefreplace"),
        ((b"x-amz-request-id", told.audit_id.encode()),),
    )


def _azure_blob(told: Notice) -> Answer:
    body = (
        '<?xml version="1.0" encoding="utf-8"?>\n<Error><Code>AuthorizationFailure</Code>'
        f"<Message>{_xml(told.sentence)}</Message></Error>"
    )
    return Answer(
        "application/xml",
        body.encode("ascii", "xmlcharrefreplace"),
        ((b"x-ms-error-code", b"AuthorizationFailure"),),
    )


def _graph(told: Notice) -> Answer:
    return _json(
        {
            "error": {
                "code": "accessDenied",
                "message": told.sentence,
                "innerError": {"request-id": told.audit_id},
            }
        }
    )


def _mistral(told: Notice) -> Answer:
    return _json(
        {"object": "error", "message": told.sentence, "type": "permission_denied", "code": FORBIDDEN}
    )


def _cohere(told: Notice) -> Answer:
    return _json({"message": told.sentence})


def _ollama(told: Notice) -> Answer:
    return _json({"error": told.sentence})


def _replicate(told: Notice) -> Answer:
    return _json({"title": told.title, "detail": told.sentence, "status": FORBIDDEN})


def _huggingface(told: Notice) -> Answer:
    return _json(
        {"error": told.sentence},
        (b"X-Error-Message", header_text(told.short(HEADER_TEXT))),
        (b"X-Error-Code", b"LeadglassBlocked"),
    )


def _detail(told: Notice) -> Answer:
    return _json({"detail": told.sentence})


def _generic(told: Notice) -> Answer:
    return _json(
        {
            "error": {"message": told.sentence, "type": "permission_error", "code": told.reason_code},
            "message": told.sentence,
            "detail": told.sentence,
        }
    )


def grpc(told: Notice, media: str = "application/grpc") -> Answer:
    """Trailers only (gRPC over HTTP/2, "Responses"): status 200, and the refusal in the headers."""
    message = quote(told.short(HEADER_TEXT), safe=" !\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~").encode("ascii")
    return Answer(media, b"", ((b"grpc-status", b"7"), (b"grpc-message", message)), status=200)


def connect(told: Notice, media: str = "application/json") -> Answer:
    """The Connect protocol: an error object, for streams wrapped in an end-of-stream envelope with status 200."""
    error = {"code": "permission_denied", "message": told.sentence}
    if not media.startswith("application/connect+"):
        return _json(error)
    message = json.dumps({"error": error}).encode("ascii")
    return Answer(media, struct.pack(">BI", 2, len(message)) + message, status=200)


def plain(told: Notice) -> Answer:
    """For a person at a terminal."""
    return Answer("text/plain; charset=utf-8", f"{told.sentence}\n".encode())


SHAPES: Final[Mapping[str, Callable[[Notice], Answer]]] = MappingProxyType(
    {
        "generic": _generic,
        "openai": _openai,
        "anthropic": _anthropic,
        "google": _google,
        "bedrock": _bedrock,
        "s3": _s3,
        "azure-blob": _azure_blob,
        "graph": _graph,
        "mistral": _mistral,
        "cohere": _cohere,
        "ollama": _ollama,
        "replicate": _replicate,
        "huggingface": _huggingface,
        "grpc": grpc,
        "connect": connect,
        "detail": _detail,
    }
)
"""Every shape by the name that the catalogue of destinations gives it."""


def socket_frame(told: Notice, shape: str) -> bytes:
    """The text frame that tells the other end of a WebSocket."""
    error: dict[str, object] = {
        "type": "invalid_request_error",
        "code": "leadglass_blocked",
        "message": told.sentence,
        "param": None,
    }
    if shape == "google":
        # Live has no message for errors; its Python client makes its own error of a frame with the code on top.
        error = {"code": FORBIDDEN, "message": told.sentence, "status": "PERMISSION_DENIED"}
        return json.dumps({"code": FORBIDDEN, "error": error}).encode("ascii")
    frame = {"type": "error", "event_id": f"leadglass_{told.audit_id}", "status": FORBIDDEN, "error": error}
    return json.dumps(frame).encode("ascii")


def _xml(text: str) -> str:
    """Escaped, and without the characters that XML 1.0 does not know."""
    return escape(
        "".join(c for c in text if c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff")
    )
