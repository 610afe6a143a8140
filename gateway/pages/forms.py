"""What a form brings, and the proof that it was sent from a page of ours by the one who saw it.

Two locks: the browser's own word that page and form have one origin (RFC 6454; `Sec-Fetch-Site`), and a token that is
bound to the person, the matter and the day.
"""

import hmac
import time
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from gateway.pages.front import Front, Visitor

SPAN: Final = 12 * 3600
"""Seconds after which a token changes; the one before is taken, too."""
FIELDS: Final = 20
SMALL: Final = 16 * 1024
"""Bytes of a form without a file."""


def token_of(front: Front, visitor: Visitor, about: str, back: int = 0) -> str:
    """The token of a form about a matter, for one person."""
    span = int(time.time()) // SPAN - back
    words = "\x00".join((visitor.user, visitor.client, about, str(span)))
    return hmac.new(front.key, words.encode("utf-8", "replace"), "sha256").hexdigest()[:32]


def is_ours(front: Front, visitor: Visitor, about: str, request: Request, token: str) -> bool:
    """Whether a form was sent from our own page, by the one it was made for."""
    if not _same_origin(request):
        return False
    given = token.encode("utf-8", "replace")
    return any(hmac.compare_digest(token_of(front, visitor, about, back).encode(), given) for back in (0, 1))


def _same_origin(request: Request) -> bool:
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None and site != "same-origin":
        return False
    if origin is not None:
        return origin == f"{request.url.scheme}://{request.headers.get('host', '')}"
    return site is not None


def fields_of(body: bytes) -> dict[str, str]:
    """The fields of a form without files; none where it cannot be read."""
    try:
        return dict(parse_qsl(body.decode("utf-8"), max_num_fields=FIELDS, keep_blank_values=True))
    except ValueError:
        return {}


async def body_of(request: Request, most: int) -> bytes | None:
    """The whole body, held in memory; None where it is larger than that."""
    pieces: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await request.receive()
        piece = message.get("body", b"")
        size += len(piece)
        if size > most or message["type"] == "http.disconnect":
            return None
        pieces.append(piece)
        more = message.get("more_body", False)
    return b"".join(pieces)
