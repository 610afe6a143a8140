"""Clients made of sockets: what they are given they send, right or wrong."""

import contextlib
import re
import socket
import ssl
from dataclasses import dataclass, field
from typing import Self

import h2.config
import h2.connection
import h2.events
import h2.exceptions

from tests.evasion.case import HOST, Upload

SECONDS = 15
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; status 0 where the connection was closed without an answer."""

    status: int = 0
    body: bytes = field(default=b"", repr=False)


def tunnel(proxy: str, ca: str, alpn: str, host: str = HOST.decode()) -> ssl.SSLSocket:
    """A TLS connection to the host through the gateway."""
    address, _, port = proxy.rpartition(":")
    plain = socket.create_connection((address, int(port)), SECONDS)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    plain.sendall(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n".encode())
    answer = plain.recv(4096)
    assert b" 200 " in answer, answer
    context = ssl.create_default_context(cafile=ca)
    context.set_alpn_protocols([alpn])
    return context.wrap_socket(plain, server_hostname=host)


class Http1:
    """One connection that is used again as long as the gateway keeps it open."""

    def __init__(self, proxy: str, ca: str) -> None:
        self._where = (proxy, ca)
        self._tls: ssl.SSLSocket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._tls is not None:
            self._tls.close()
            self._tls = None

    def send(self, upload: Upload, *, chunked: bool) -> Answer:
        """One well-framed request."""
        self_framed = chunked or bool(upload.trailers)
        return self.raw(in_chunks(upload) if self_framed else with_length(upload))

    def raw(self, request: bytes, *, cut: bool = False, answers: int = 1) -> Answer:
        """Bytes as they are; `cut` says that no more will come. The worst of the answers is the answer."""
        if self._tls is None:
            self._tls = tunnel(*self._where, "http/1.1")
        self._tls.settimeout(1 if cut else SECONDS)  # nothing is owed to somebody who stops in the middle
        worst = Answer()
        try:
            self._tls.sendall(request)
            if cut:
                self._tls.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # closed in the middle: what was answered before still counts
        rest = b""
        for _ in range(answers):
            answer, rest = self._read(rest, bodyless=request.startswith(b"HEAD"))
            if answer is None:
                self.close()
                return worst
            worst = max(worst, answer, key=lambda one: one.status)
        if rest or cut:
            self.close()
        return worst

    def _read(self, data: bytes, *, bodyless: bool = False) -> tuple[Answer | None, bytes]:
        assert self._tls is not None
        with contextlib.suppress(OSError):
            while b"\r\n\r\n" not in data:
                if not (piece := self._tls.recv(65536)):
                    break
                data += piece
            head, _, rest = data.partition(b"\r\n\r\n")
            if not (status := _STATUS.match(head)):
                return None, b""
            if int(status[1]) == 100:
                return self._read(rest)
            size = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
            length = int(size[1]) if size and not bodyless else 0
            while len(rest) < length:
                if not (piece := self._tls.recv(65536)):
                    break
                rest += piece
            if b"connection: close" in head.lower():
                self.close()
            return Answer(int(status[1]), rest[:length]), rest[length:]
        return None, b""


def with_length(upload: Upload, *extra: tuple[bytes, bytes]) -> bytes:
    """A request in HTTP/1 with Content-Length."""
    size = ((b"content-length", b"%d" % len(upload.body)),) if upload.body or upload.method == b"POST" else ()
    return head_of(upload, *size, *extra) + upload.body


def in_chunks(upload: Upload) -> bytes:
    """A request in HTTP/1 in chunks of 1,000 bytes, with its trailers."""
    body = b"".join(
        b"%x\r\n%b\r\n" % (len(piece), piece)
        for piece in (upload.body[at : at + 1000] for at in range(0, len(upload.body), 1000))
    )
    tail = b"".join(name + b": " + value + b"\r\n" for name, value in upload.trailers)
    return head_of(upload, (b"transfer-encoding", b"chunked")) + body + b"0\r\n" + tail + b"\r\n"


def head_of(upload: Upload, *framing: tuple[bytes, bytes]) -> bytes:
    """Request line and headers, with the empty line."""
    lines = [upload.method + b" " + upload.path + b" HTTP/1.1", b"host: " + HOST]
    lines += [name + b": " + value for name, value in (*upload.fields, *framing)]
    return b"\r\n".join(lines) + b"\r\n\r\n"


class Http2:
    """One HTTP/2 connection, a stream for each request."""

    def __init__(self, proxy: str, ca: str) -> None:
        self._where = (proxy, ca)
        self._tls: ssl.SSLSocket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._tls is not None:
            self._tls.close()
            self._tls = None

    def send(self, upload: Upload) -> Answer:
        """One request; whatever its headers are, they are sent."""
        if self._tls is None:
            self._open()
        try:
            return self._exchange(upload)
        except (OSError, h2.exceptions.ProtocolError):
            self.close()
            return Answer()

    def _open(self) -> None:
        self._tls = tunnel(*self._where, "h2")
        assert self._tls.selected_alpn_protocol() == "h2"
        config = h2.config.H2Configuration(
            client_side=True, header_encoding=None, validate_outbound_headers=False, normalize_outbound_headers=False  # type: ignore[arg-type]  # None means bytes
        )  # fmt: skip
        self._machine = h2.connection.H2Connection(config)
        self._machine.initiate_connection()

    def _exchange(self, upload: Upload) -> Answer:
        machine, tls = self._machine, self._tls
        assert tls is not None
        stream = machine.get_next_available_stream_id()
        head = [(b":method", upload.method), (b":scheme", b"https"), (b":authority", HOST), (b":path", upload.path), *upload.fields]  # fmt: skip
        body, ends = upload.body, not upload.trailers
        machine.send_headers(stream, head, end_stream=not body and ends)
        sent, answer, done = 0, Answer(), False
        while True:
            while sent < len(body) and (window := machine.local_flow_control_window(stream)) > 0:
                size = min(window, machine.max_outbound_frame_size, len(body) - sent)
                machine.send_data(stream, body[sent : sent + size], end_stream=ends and sent + size == len(body))  # fmt: skip
                sent += size
            if sent == len(body) and upload.trailers and not done:
                machine.send_headers(stream, list(upload.trailers), end_stream=True)
                done = True
            tls.sendall(machine.data_to_send())
            data = tls.recv(65536)
            if not data:
                self.close()
                return answer
            for event in machine.receive_data(data):
                match event:
                    case h2.events.ResponseReceived(stream_id=got) if got == stream:
                        answer = Answer(int(dict(event.headers)[b":status"]))
                    case h2.events.DataReceived(stream_id=got) if got == stream:
                        answer = Answer(answer.status, answer.body + event.data)
                        machine.acknowledge_received_data(event.flow_controlled_length, stream)
                    case h2.events.StreamEnded(stream_id=got) if got == stream:
                        return answer
                    case h2.events.StreamReset(stream_id=got) if got == stream:
                        return answer
                    case h2.events.ConnectionTerminated():
                        self.close()
                        return answer
                    case _:
                        pass
