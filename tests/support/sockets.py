"""Both ends of a WebSocket for tests, each used by one thread only.

A client that reads in one thread and writes in another loses a message now and then where Python's own TLS is not
locked (before 3.13.1): the first request is lost while the tickets of TLS 1.3 are read. An event loop does both.
"""

import asyncio
import ssl
import threading
from collections.abc import Coroutine, Iterable
from pathlib import Path
from typing import Any, Self

import trustme
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import Server, ServerConnection, serve

SECONDS = 60


class _Loop:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run[T](self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(SECONDS)

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(SECONDS)
        self._loop.close()


class Socket:
    """A client's end: `with Socket(url, proxy, ca) as socket`."""

    def __init__(self, url: str, proxy: str, ca: str | Path) -> None:
        self._url = url
        self._more = {
            "proxy": proxy,
            "ssl": ssl.create_default_context(cafile=str(ca)),
            "max_size": 1 << 25,
            "open_timeout": SECONDS,
        }
        self._connection: ClientConnection

    def __enter__(self) -> Self:
        self._loop = _Loop()
        try:
            self._connection = self._loop.run(self._open())
        except BaseException:
            self._loop.end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.run(self._connection.close())
        self._loop.end()

    async def _open(self) -> ClientConnection:
        return await connect(self._url, **self._more)

    def send(self, message: str | bytes | Iterable[str] | Iterable[bytes]) -> None:
        """Send a message, in fragments where it is an iterable."""
        self._loop.run(self._connection.send(message))

    def recv(self) -> str | bytes:
        """The next message."""
        return self._loop.run(self._connection.recv())

    def ping(self, payload: bytes) -> None:
        """Send a ping and wait for its pong."""

        async def there_and_back() -> None:
            await (await self._connection.ping(payload))

        self._loop.run(there_and_back())

    def pong(self, payload: bytes) -> None:
        """Send a pong that nobody asked for."""
        self._loop.run(self._connection.pong(payload))

    def close(self, reason: str) -> None:
        """Close, with a reason."""
        self._loop.run(self._connection.close(reason=reason))


class SocketUpstream:
    """A destination that records messages and answers each."""

    def __init__(self, folder: Path, *hosts: str) -> None:
        authority = trustme.CA()
        self.ca = folder / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(*hosts).configure_cert(context)
        self.messages: list[str | bytes] = []
        self._loop = _Loop()
        self._server = self._loop.run(self._serve(context))
        self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, context: ssl.SSLContext) -> Server:
        return await serve(self._talk, "127.0.0.1", 0, ssl=context, max_size=1 << 25)

    async def _talk(self, connection: ServerConnection) -> None:
        async for message in connection:
            self.messages.append(message)
            await connection.send("heard")

    def close(self) -> None:
        """Close all connections and stop."""

        async def shut() -> None:
            self._server.close()
            await self._server.wait_closed()

        self._loop.run(shut())
        self._loop.end()
