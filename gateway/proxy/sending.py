"""Requests that the gateway itself makes: the pieces of an upload that was examined as a whole.

HTTP/1.1 over one connection, to the same checked addresses and with the same verification as everything else that
leaves. It is used only where a service takes an upload in no other way.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import certifi
import h11

from gateway.errors import GatewayError
from gateway.limits import MIB
from gateway.model import Headers

SECONDS: Final = 120.0
"""One piece, from its first byte to the end of the answer."""
LONGEST_ANSWER: Final = MIB
READ: Final = 65536


class SendingError(GatewayError):
    """The service could not be reached, or did not answer as HTTP says."""

    reason = "not-examined"


@dataclass(frozen=True, slots=True)
class Answered:
    """What the service said."""

    status: int
    headers: Headers = field(repr=False)
    body: bytes = field(repr=False)


def trust(upstream_ca: Path | None) -> ssl.SSLContext:
    """Which authorities a destination may be signed by: the same as for everything that leaves."""
    context = ssl.create_default_context(cafile=str(upstream_ca or certifi.where()))
    context.set_alpn_protocols(["http/1.1"])
    return context


@dataclass(slots=True)
class Line:
    """An open connection to a destination."""

    host: str
    port: int
    reader: asyncio.StreamReader = field(repr=False)
    writer: asyncio.StreamWriter = field(repr=False)
    machine: h11.Connection = field(repr=False)

    async def post(self, path: str, headers: Headers, body: bytes) -> Answered:
        """Send one request and read its answer. SendingError where that fails."""
        host = self.host if self.port in (80, 443) else f"{self.host}:{self.port}"
        head = h11.Request(
            method="POST",
            target=path,
            headers=[(b"Host", host.encode()), (b"Content-Length", b"%d" % len(body)), *headers],
        )
        try:
            async with asyncio.timeout(SECONDS):
                for event in (head, h11.Data(data=body), h11.EndOfMessage()):
                    self.writer.write(self.machine.send(event) or b"")
                await self.writer.drain()
                answered = await self._answer()
            self.machine.start_next_cycle()
        except (OSError, ssl.SSLError, TimeoutError, h11.ProtocolError) as error:
            raise SendingError(f"a piece could not be delivered ({type(error).__name__})") from None
        return answered

    async def _answer(self) -> Answered:
        status, headers, body = 0, tuple[tuple[bytes, bytes], ...](), b""
        while True:
            event = self.machine.next_event()
            if event is h11.NEED_DATA:
                self.machine.receive_data(await self.reader.read(READ))
            elif isinstance(event, h11.Response):
                status, headers = event.status_code, tuple(event.headers)
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > LONGEST_ANSWER:
                    raise SendingError("the answer to a piece is longer than any is")
            elif isinstance(event, h11.EndOfMessage):
                return Answered(status, headers, body)
            elif not isinstance(event, h11.InformationalResponse):
                raise SendingError("the answer to a piece ended early")


@asynccontextmanager
async def connected(host: str, port: int, context: ssl.SSLContext | None) -> AsyncIterator[Line]:
    """A connection to a destination; plain where no context is given. SendingError where there is none."""
    try:
        async with asyncio.timeout(SECONDS):
            reader, writer = await asyncio.open_connection(
                host, port, ssl=context, server_hostname=host if context else None
            )
    except (OSError, ssl.SSLError, TimeoutError) as error:
        raise SendingError(f"the destination could not be reached ({type(error).__name__})") from None
    try:
        yield Line(host, port, reader, writer, h11.Connection(h11.CLIENT))
    finally:
        writer.close()
        with suppress(OSError, ssl.SSLError, TimeoutError):
            async with asyncio.timeout(1):
                await writer.wait_closed()
