"""The pages on another port than the proxy's: asked in one thread, answered in the loop in which the gateway lives."""

import asyncio
from dataclasses import dataclass
from typing import Any

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp

from gateway.model import Sender
from gateway.pages.visitor import VISITOR, Visitor

EARLY = "Leadglass: not open yet; try again in a moment.\n"
TOO_LARGE = "Leadglass: this is larger than what is examined.\n"


@dataclass(slots=True)
class Door:
    """An ASGI application that is there before the gateway is, and says so until `pages` are behind it."""

    limit: int
    """Bytes of a request that are taken in."""
    pages: ASGIApp | None = None
    loop: asyncio.AbstractEventLoop | None = None
    proxy: str = ""
    """HOST:PORT on which the proxy listens."""
    direct: bool = True
    """Whether the proxy file is to be had at the proxy's own address."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI."""
        if self.pages is None or self.loop is None:
            await PlainTextResponse(EARLY, 503)(scope, receive, send)
            return
        body = await _body(receive, self.limit)
        if body is None:
            await PlainTextResponse(TOO_LARGE, 413)(scope, receive, send)
            return
        sender = Sender(client=scope["client"][0] if scope.get("client") else "")
        visitor = Visitor(sender, self.proxy, "", proxied=False, direct=self.direct)
        work = _answer(self.pages, {**scope, VISITOR: visitor}, body)
        for message in await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.loop)):
            await send(message)


async def _answer(pages: ASGIApp, scope: Any, body: bytes) -> list[Any]:
    told = asyncio.Event()
    messages: list[Any] = []
    given = False

    async def receive() -> dict[str, Any]:
        nonlocal given
        if given:
            await told.wait()  # a server says here that the client has gone; ours is waiting for the answer
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        messages.append(message)

    await pages(scope, receive, send)
    return messages


async def _body(receive: Any, most: int) -> bytes | None:
    """The whole body, in memory; None where it is larger than that, or its sender has gone."""
    pieces: list[bytes] = []
    more = True
    while more:
        message = await receive()
        pieces.append(message.get("body", b""))
        if message["type"] == "http.disconnect" or sum(map(len, pieces)) > most:
            return None
        more = message.get("more_body", False)
    return b"".join(pieces)
