"""A TLS server on loopback that records every byte it receives and answers every request with the same JSON."""

import asyncio
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Self

import h11
import trustme

type Headers = list[tuple[bytes, bytes]]
type Reply = tuple[int, Headers, bytes]
type Service = Callable[[bytes, bytes, Headers, bytes], Reply]
"""Method, target, headers and body to status, headers and body."""

ANSWER = b'{"ok": true}'


def agreeable(*_: object) -> Reply:
    """The same answer to everything."""
    return 200, [(b"content-type", b"application/json")], ANSWER


class RecordingUpstream:
    """Stands in for every AI service at once; `received` is what reached it, in order."""

    def __init__(
        self, folder: Path, *names: str, service: Service = agreeable, address: str = "127.0.0.1"
    ) -> None:
        self.service, self.address = service, address
        authority = trustme.CA()
        self.ca = folder / "upstream-ca.pem"
        authority.cert_pem.write_to_path(str(self.ca))
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(*names).configure_cert(self._context)
        self._context.set_alpn_protocols(["http/1.1"])
        self.chunks: list[bytes] = []
        self.requests: list[tuple[bytes, bytes, bytes]] = []  # method, target, body
        self.headers: list[Headers] = []
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()

    @property
    def received(self) -> bytes:
        return b"".join(self.chunks)

    def context(self) -> ssl.SSLContext:
        """A client's context that trusts this server directly."""
        return ssl.create_default_context(cafile=str(self.ca))

    def clear(self) -> None:
        self.chunks.clear()
        self.requests.clear()
        self.headers.clear()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, self.address, 0, ssl=self._context)
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.05))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        machine = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
        body = bytearray()
        request: h11.Request | None = None
        try:
            while True:
                event = machine.next_event()
                if event is h11.NEED_DATA:
                    data = await reader.read(65536)
                    if data:
                        self.chunks.append(data)
                    machine.receive_data(data)
                elif isinstance(event, h11.Request):
                    request, body = event, bytearray()
                elif isinstance(event, h11.Data):
                    body += event.data
                elif isinstance(event, h11.EndOfMessage):
                    assert request is not None
                    self.requests.append((bytes(request.method), bytes(request.target), bytes(body)))
                    self.headers.append([(bytes(n), bytes(v)) for n, v in request.headers])
                    status, headers, answer = self.service(
                        *self.requests[-1][:2], self.headers[-1], bytes(body)
                    )
                    head = h11.Response(
                        status_code=status, headers=[*headers, (b"content-length", b"%d" % len(answer))]
                    )
                    for piece in (head, h11.Data(data=answer), h11.EndOfMessage()):
                        writer.write(machine.send(piece))
                    await writer.drain()
                    machine.start_next_cycle()
                else:
                    break
        except (h11.ProtocolError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()
