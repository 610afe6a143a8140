"""Which shape a sender can read, and the headers that every refusal has."""

import re
from typing import Final

from gateway import reasons
from gateway.messages import DEFAULT, Messages, language_of, messages
from gateway.model import Action, Decision, Examination, Headers, Refuse, Transfer
from gateway.refusal.page import POLICY, page
from gateway.refusal.shapes import SHAPES, Answer, amazon_cbor, connect, grpc, plain, socket_frame
from gateway.refusal.words import Notice, notice_of

_ORIGIN: Final = re.compile(rb"null|[a-z][a-z0-9+.-]*://[A-Za-z0-9.\[\]:-]{1,255}")
_TERMINALS: Final = (b"curl/", b"wget/", b"httpie/", b"lwp-request/")
_MEDIA: Final = re.compile(rb"[a-z0-9.+/-]{1,100}")
EXPOSED: Final = b"Leadglass-Action, Leadglass-Id"


def refusal(
    transfer: Transfer,
    decision: Decision,
    examination: Examination | None,
    audit_id: str,
    *,
    link: str = "",
    language: str = DEFAULT,
) -> Refuse:
    """The answer to a sender whose upload was decided against, in the shape that the sender can read.

    Status 403; 200 only for gRPC and Connect streams, where the status travels inside.
    """
    say = language_for(transfer, language)
    told = notice_of(decision, examination, audit_id, link, say=say, to=transfer.destination)
    return _answer(transfer, told, decision.action)


def not_examined(
    transfer: Transfer, reason_code: str, audit_id: str, *, link: str = "", language: str = DEFAULT
) -> Refuse:
    """The answer to a sender whose upload could not be examined; a code that is not in the list is `not-examined`."""
    code = reason_code if reason_code in reasons.REASONS else "not-examined"
    decision = Decision(Action.BLOCK, ("not-examined",), "", reason_code=code)
    told = notice_of(decision, None, audit_id, link, say=language_for(transfer, language))
    return _answer(transfer, told, Action.BLOCK)


def socket_error(
    transfer: Transfer, decision: Decision, audit_id: str, *, link: str = "", language: str = DEFAULT
) -> bytes:
    """The text frame for the other end of a WebSocket whose message was held back."""
    say = language_for(transfer, language)
    told = notice_of(decision, None, audit_id, link, say=say, to=transfer.destination)
    return socket_frame(told, transfer.destination.shape)


def language_for(transfer: Transfer, otherwise: str) -> Messages:
    """The language that a request asks for; else the organisation's for people in a browser, English for programs."""
    asked = language_of((transfer.header(b"accept-language") or b"").decode("latin-1"))
    if asked:
        return messages(asked)
    browser = (
        transfer.header(b"sec-fetch-mode") is not None
        or b"text/html" in (transfer.header(b"accept") or b"").lower()
    )
    return messages(otherwise if browser else DEFAULT)


def _answer(transfer: Transfer, told: Notice, action: Action) -> Refuse:
    answer = _shaped(transfer, told)
    headers: list[tuple[bytes, bytes]] = [
        (b"Content-Type", answer.media.encode("ascii")),
        (b"Content-Length", str(len(answer.body)).encode("ascii")),
        (b"Content-Language", told.say.language.encode("ascii")),
        (b"Cache-Control", b"no-store"),
        (b"X-Content-Type-Options", b"nosniff"),
        (b"x-should-retry", b"false"),
        (b"Leadglass-Action", action.word.encode("ascii")),
        (b"Leadglass-Id", told.audit_id.encode("ascii")),
        *answer.headers,
        *cors(transfer, EXPOSED),
    ]
    return Refuse(answer.status, tuple(headers), answer.body)


def _shaped(transfer: Transfer, told: Notice) -> Answer:
    media = _first(transfer.header(b"content-type"))
    if media.startswith("application/grpc"):
        return grpc(told, media)
    if media.startswith("application/connect+") or transfer.header(b"connect-protocol-version") is not None:
        return connect(told, media)
    accept = (transfer.header(b"accept") or b"").lower()
    if (transfer.header(b"sec-fetch-mode") or b"").lower() == b"navigate" and b"text/html" in accept:
        return Answer(
            "text/html; charset=utf-8",
            page(told),
            ((b"Content-Security-Policy", POLICY), (b"Referrer-Policy", b"no-referrer")),
        )
    shape = transfer.destination.shape
    agent = (transfer.header(b"user-agent") or b"").lower()
    if shape == "generic" and agent.startswith(_TERMINALS) and b"json" not in accept:
        return plain(told)
    if shape == "bedrock" and transfer.header(b"smithy-protocol") == b"rpc-v2-cbor":
        return amazon_cbor(told)
    if shape in ("grpc", "connect"):
        shape = "generic"  # neither was asked for in this request
    return SHAPES.get(shape, SHAPES["generic"])(told)


def _first(value: bytes | None) -> str:
    media = (value or b"").partition(b";")[0].strip().lower()
    return media.decode("ascii") if _MEDIA.fullmatch(media) else ""


def cors(transfer: Transfer, exposed: bytes) -> Headers:
    """What a page of another origin needs to read an answer and these of its headers; else it sees a network error."""
    origin = transfer.header(b"origin")
    if origin is None or not _ORIGIN.fullmatch(origin):
        return ()
    return (
        (b"Access-Control-Allow-Origin", origin),
        (b"Access-Control-Allow-Credentials", b"true"),
        (b"Access-Control-Expose-Headers", exposed),
        (b"Vary", b"Origin"),
    )
