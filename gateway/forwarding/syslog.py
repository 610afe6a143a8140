"""Syslog over TLS (RFC 5425), and how it is known that a message arrived.

RFC 5425 has no acknowledgement. A batch counts as delivered when the receiver's kernel has acknowledged all of it and
the connection still stands a moment later; a receiver that dies after that may lose what it had not written yet, so
the sender repeats the last records after every break (`gateway.forwarding.stream`).
"""

import array
import fcntl
import socket
import ssl
import termios
import time
from collections.abc import Iterable
from typing import Final

from gateway.errors import ForwardingError
from gateway.forwarding.following import Ready
from gateway.forwarding.rfc5424 import checkpoint, framed, records
from gateway.forwarding.schema import ReceiverSpec
from gateway.forwarding.tls import context, told

CONNECT_SECONDS: Final = 10.0
SETTLE_SECONDS: Final = 1.0
"""So long a connection must stand after a batch."""
TAKE_SECONDS: Final = 30.0
"""So long a receiver may take nothing of a batch."""


class SyslogReceiver:
    """A connection to one syslog server; made when needed, made anew after a break."""

    batch: Final = 5000
    """Up to 15 MB, and a receiver that is far behind gets as many a second."""

    def __init__(self, spec: ReceiverSpec) -> None:
        """ForwardingError where a certificate cannot be used."""
        assert spec.syslog
        self.spec = spec
        host, _, port = spec.syslog.rpartition(":")
        self._host, self._port = host.strip("[]"), int(port)
        self._connection: ssl.SSLSocket | None = None
        self._context = context(spec)

    @property
    def connected(self) -> bool:
        """Whether a connection stands, as far as is known."""
        return self._connection is not None

    def deliver(self, ready: Iterable[Ready], notes: Iterable[str]) -> None:
        """Send finished records, then signed notes; return when the receiver has all. ForwardingError: perhaps not all."""
        lines = [*records(ready, self.spec), *(checkpoint(note, self.spec) for note in notes)]
        try:
            connection = self._connection = self._connection or self._connect()
            connection.sendall(b"".join(map(framed, lines)))
            self._settle(connection)
        except (OSError, ValueError) as error:
            self.close()
            raise ForwardingError(f"{self.spec.name}: {told(error)}") from None

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self) -> ssl.SSLSocket:
        plain = socket.create_connection((self._host, self._port), CONNECT_SECONDS)
        try:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            connection = self._context.wrap_socket(plain, server_hostname=self._host)
            connection.settimeout(TAKE_SECONDS)
        except BaseException:
            plain.close()
            raise
        return connection

    def _settle(self, connection: ssl.SSLSocket) -> None:
        """Wait until the receiver has acknowledged all bytes and the connection has stood for a moment."""
        end, late = time.monotonic() + SETTLE_SECONDS, time.monotonic() + TAKE_SECONDS
        connection.settimeout(SETTLE_SECONDS / 5)
        while time.monotonic() < end or _unacknowledged(connection):
            if time.monotonic() > late:
                raise TimeoutError
            try:
                if not connection.recv(4096):  # a server has nothing to say, and says so by closing
                    raise ConnectionResetError
            except TimeoutError:
                continue
        connection.settimeout(TAKE_SECONDS)


def _unacknowledged(connection: ssl.SSLSocket) -> int:
    waiting = array.array("i", [0])
    fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, waiting)
    return waiting[0]
