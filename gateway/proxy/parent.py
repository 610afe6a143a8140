"""The organisation's own proxy on the way to the internet, where gateways may not go there themselves.

Each connection to a destination is asked of it by CONNECT (RFC 9110, section 9.3.6), and TLS with the destination is
spoken through it, verified as ever: the parent sees names and sizes, nothing else. It resolves the names; before
that, they are held against what is known here, so that nobody reaches the inside of the house by way of the parent.
"""

import asyncio
import base64
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gateway.errors import SettingsError

SECONDS: Final = 30.0
"""From the first packet to the parent until it has reached the destination."""
LONGEST_ANSWER: Final = 16 * 1024
"""The head of the parent's answer; a page that explains a refusal is not read."""
NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})+\Z")
ANSWER: Final = re.compile(rb"HTTP/1\.[01] ([0-9]{3})[ \r]")
END: Final = b"\r\n\r\n"


class ParentError(OSError):
    """The parent proxy is not there, or does not let this through; says with which status."""


@dataclass(frozen=True, slots=True)
class Parent:
    """Where it is, and who we are to it."""

    host: str
    port: int
    credentials: bytes = field(default=b"", repr=False)
    """`user:password` for the Basic scheme (RFC 7617); none when empty."""

    def request(self, name: str, port: int) -> bytes:
        """What it is asked for one connection. ParentError where `name` is no name that could be written there."""
        if not NAME.match(name):
            raise ParentError("this destination is no name that a parent proxy could be asked for")
        where = f"{name}:{port}".encode()
        lines = [b"CONNECT " + where + b" HTTP/1.1", b"Host: " + where]
        if self.credentials:
            lines.append(b"Proxy-Authorization: Basic " + base64.b64encode(self.credentials))
        return b"\r\n".join(lines) + END

    async def reach(self, loop: asyncio.AbstractEventLoop, name: str, port: int) -> socket.socket:
        """An open connection to a destination, through the parent. ParentError where there is none."""
        asked = self.request(name, port)
        try:
            async with asyncio.timeout(SECONDS):
                line = await _connected(
                    loop, await loop.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
                )
                try:
                    await loop.sock_sendall(line, asked)
                    await _heard(loop, line)
                except BaseException:
                    line.close()
                    raise
        except ParentError:
            raise
        except (OSError, TimeoutError) as error:
            raise ParentError(f"the parent proxy could not be reached ({type(error).__name__})") from None
        return line


def open_parent(address: str, credentials: Path | None) -> Parent | None:
    """The parent of the settings `parent` and `parent_credentials`. SettingsError where the file cannot be used."""
    if not address:
        if credentials:
            raise SettingsError("credentials for a parent proxy are given, but no parent proxy")
        return None
    host, _, port = address.rpartition(":")
    return Parent(host.strip("[]"), int(port), _secret(credentials) if credentials else b"")


def _secret(path: Path) -> bytes:
    try:
        if path.stat().st_mode & 0o007:
            raise SettingsError(f"{path} can be read by others; take that right away and change the password")
        line = path.read_bytes().splitlines()[:1]
    except OSError as error:
        raise SettingsError(f"the credentials {path} cannot be read ({type(error).__name__})") from None
    if not line or b":" not in line[0]:
        raise SettingsError(f"the first line of {path} is not USER:PASSWORD")
    return line[0]


async def _connected(
    loop: asyncio.AbstractEventLoop, infos: Iterable[tuple[int, int, int, str, tuple[object, ...]]]
) -> socket.socket:
    failure: OSError = ParentError("the parent proxy has no address")
    for family, kind, protocol, _, address in infos:
        line = socket.socket(family, kind, protocol)
        line.settimeout(0)
        try:
            await loop.sock_connect(line, address)
        except OSError as error:
            line.close()
            failure = error
        except BaseException:
            line.close()
            raise
        else:
            return line
    raise failure


async def _heard(loop: asyncio.AbstractEventLoop, line: socket.socket) -> None:
    """Read the parent's yes to its last byte and not further: what follows is the destination's."""
    head = b""
    while not head.endswith(END):
        # One byte beyond the head would be taken from TLS, so the rest is read in the steps that it can still need.
        missing = next(size for size in (1, 2, 3, 4) if head.endswith(END[: 4 - size]))
        data = await loop.sock_recv(line, missing)
        head += data
        if not data or len(head) > LONGEST_ANSWER:
            raise ParentError("the parent proxy gave no answer that could be read")
    status = ANSWER.match(head)
    if status is None or not status[1].startswith(b"2"):
        said = status[1].decode() if status else "no HTTP"
        raise ParentError(f"the parent proxy does not let this through ({said})")
