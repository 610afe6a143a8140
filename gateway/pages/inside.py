"""A request that was made to the gateway itself, answered without a socket."""

from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from starlette.types import ASGIApp, Message

from gateway.model import Headers
from gateway.pages.front import VISITOR, Visitor


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, as it came."""

    method: str
    scheme: str
    host: str
    port: int
    path: str
    """With its query."""
    headers: Headers = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answered:
    """What is sent back."""

    status: int
    headers: Headers
    body: bytes = field(repr=False)


async def answered(pages: ASGIApp, asked: Asked, visitor: Visitor) -> Answered:
    """The pages' answer. Whatever a page raises comes out here; it is for the caller to say no."""
    path, _, query = asked.path.partition("?")
    raw = unquote_to_bytes(path)
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1",
        "method": asked.method, "scheme": asked.scheme, "path": raw.decode("utf-8", "replace"),
        "raw_path": path.encode("latin-1", "replace"), "query_string": query.encode("latin-1", "replace"),
        "root_path": "", "headers": [(name.lower(), value) for name, value in asked.headers],
        "client": (visitor.client, 0), "server": (asked.host, asked.port), VISITOR: visitor,
    }  # fmt: skip
    status = 500
    headers: Headers = ()
    pieces: list[bytes] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": asked.body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status, headers = message["status"], tuple(message["headers"])
        else:
            pieces.append(message.get("body", b""))

    await pages(scope, receive, send)
    return Answered(status, headers, b"".join(pieces))
