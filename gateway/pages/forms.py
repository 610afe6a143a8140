"""A form counts only when it comes from the page that showed it, to the person that it was shown to."""

import hmac
import time
from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request

from gateway.model import Sender

HOURS: Final = 12
"""How long a page with a form can lie open."""
MOST_BYTES: Final = 16 * 1024
_HOUR: Final = 3600


def token_for(key: bytes, sender: Sender, about: str, *, hour: int | None = None) -> str:
    """What stands hidden in a form about something; of use to this sender only, for some hours."""
    moment = int(time.time()) // _HOUR if hour is None else hour
    who = f"{sender.user}\n{sender.client}\n{about}\n{moment}"
    return f"{moment:x}.{hmac.digest(key, b'form\n' + who.encode(), 'sha256').hex()}"


def is_from_here(request: Request) -> bool:
    """Whether the browser says that one of our own pages sent this (Fetch Metadata, else RFC 6454 `Origin`).

    Who says nothing of either is refused: every browser that people use says one of them with a form.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    return origin == f"{request.url.scheme}://{request.headers.get('host', '')}"


def is_good(key: bytes, sender: Sender, about: str, token: str) -> bool:
    """Whether a token was made for this sender, about this, not too long ago."""
    moment, _, _ = token.partition(".")
    try:
        hour = int(moment, 16)
    except ValueError:
        return False
    now = int(time.time()) // _HOUR
    good = hmac.compare_digest(token_for(key, sender, about, hour=hour).encode(), token.encode())
    return good and now - HOURS <= hour <= now


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a short URL-encoded form, each name once; empty where it is anything else."""
    body = await request.body()
    if len(body) > MOST_BYTES:
        return {}
    try:
        fields = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=20, errors="strict")
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items() if len(values) == 1}
