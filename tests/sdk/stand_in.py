"""Stands in for every service at once: TLS on loopback, HTTP/1.1, HTTP/2 and WebSocket, everything recorded."""

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h11
import trustme
import wsproto
import wsproto.events

from tests.sdk.answers import answer_to, message_to
from tests.sdk.speech import Answer, Request

type Headers = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class _Stream:
    """A request of HTTP/2 that is still arriving."""

    headers: Headers
    body: bytearray = field(default_factory=bytearray)


class StandIn:
    """`requests` is what arrived, in order; a message of a WebSocket counts as a request with the method `MESSAGE`."""

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        authority = trustme.CA()
        self.ca = folder / "upstream-ca.pem"
        authority.cert_pem.write_to_path(str(self.ca))
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(*names).configure_cert(self._context)
        self._context.set_alpn_protocols(["h2", "http/1.1"])
        self.requests: list[Request] = []
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        start = asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        server = self._loop.run_until_complete(start)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tls = writer.get_extra_info("ssl_object")
        talk = self._http2 if tls.selected_alpn_protocol() == "h2" else self._http1
        with contextlib.suppress(h11.ProtocolError, h2.exceptions.ProtocolError, OSError):
            await talk(reader, writer)
        writer.close()

    def _answer(self, request: Request) -> Answer:
        self.requests.append(request)
        return answer_to(request)

    # -- HTTP/1.1

    async def _http1(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        machine = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
        head: h11.Request | None = None
        body = bytearray()
        while True:
            event = machine.next_event()
            if event is h11.NEED_DATA:
                machine.receive_data(await reader.read(65536))
            elif isinstance(event, h11.Request):
                head, body = event, bytearray()
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                headers = dict(head.headers)
                if headers.get(b"upgrade", b"").lower() == b"websocket":
                    await self._socket(headers, head.target, reader, writer)
                    return
                answer = self._answer(_request(head.method, headers[b"host"], head.target, headers, body))
                for piece in _as_http1(answer, head.method):
                    writer.write(machine.send(piece) or b"")
                await writer.drain()
                machine.start_next_cycle()
            else:
                return

    async def _socket(
        self,
        headers: dict[bytes, bytes],
        target: bytes,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        machine = wsproto.WSConnection(wsproto.ConnectionType.SERVER)
        machine.initiate_upgrade_connection(list(headers.items()), target.decode())
        for event in machine.events():
            if isinstance(event, wsproto.events.Request):
                writer.write(machine.send(wsproto.events.AcceptConnection()))
        text = ""
        while data := await reader.read(65536):
            machine.receive_data(data)
            for event in machine.events():
                match event:
                    case wsproto.events.TextMessage():
                        text += event.data
                        if event.message_finished:
                            message = _request(b"MESSAGE", headers[b"host"], target, headers, text.encode())
                            self.requests.append(message)
                            text = ""
                            for reply in message_to(message):
                                writer.write(machine.send(wsproto.events.TextMessage(reply)))
                    case wsproto.events.Ping():
                        writer.write(machine.send(event.response()))
                    case wsproto.events.CloseConnection():
                        writer.write(machine.send(event.response()))
                        await writer.drain()
                        return
            await writer.drain()

    # -- HTTP/2

    async def _http2(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        machine = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=False, header_encoding=None)
        )
        machine.initiate_connection()
        streams: dict[int, _Stream] = {}
        while True:
            writer.write(machine.data_to_send())
            await writer.drain()
            data = await reader.read(65536)
            if not data:
                return
            for event in machine.receive_data(data):
                match event:
                    case h2.events.RequestReceived():
                        streams[event.stream_id] = _Stream(list(event.headers))
                    case h2.events.DataReceived():
                        streams[event.stream_id].body += event.data
                        machine.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                    case h2.events.StreamEnded():
                        stream = streams.pop(event.stream_id)
                        head = dict(stream.headers)
                        request = _request(
                            head[b":method"], head[b":authority"], head[b":path"], head, stream.body
                        )
                        _send_http2(machine, event.stream_id, self._answer(request))


def _request(
    method: bytes, host: bytes, target: bytes, headers: dict[bytes, bytes], body: bytes | bytearray
) -> Request:
    return Request(
        method.decode(),
        host.decode().partition(":")[0],
        target.decode(),
        {name.decode().lower(): value.decode("latin-1") for name, value in headers.items()},
        bytes(body),
    )


def _as_http1(answer: Answer, method: bytes) -> Iterator[h11.Event]:
    headers = [*answer.headers, ("content-length", str(len(answer.body)))]
    yield h11.Response(status_code=answer.status, headers=headers)
    if method != b"HEAD":
        yield h11.Data(data=answer.body)
    yield h11.EndOfMessage()


def _send_http2(machine: h2.connection.H2Connection, stream: int, answer: Answer) -> None:
    machine.send_headers(stream, [(":status", str(answer.status)), *answer.headers])
    machine.send_data(stream, answer.body, end_stream=not answer.trailers)
    if answer.trailers:
        machine.send_headers(stream, list(answer.trailers), end_stream=True)
