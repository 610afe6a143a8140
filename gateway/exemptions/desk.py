"""The door for `leadglass exempt` to a running gateway: a socket in the state folder that only its user can open.

One line of JSON asks, one line answers. The gateway is the only writer of its record, so whoever wants something
written asks it.
"""

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from gateway.errors import ExemptionError, GatewayError
from gateway.exemptions.office import Office

NAMES: Final = "desk-*.sock"
"""One for each gateway on a state folder; any of them can answer."""
LINE: Final = 16 * 1024
"""Bytes of one question."""
SECONDS: Final = 20.0


def desk_path(state: Path, origin: str) -> Path:
    """Where the socket of a gateway is."""
    return state / NAMES.replace("*", origin)


@dataclass(frozen=True, slots=True)
class Desk:
    """Answers questions about exemptions, and those of other commands that want something written."""

    office: Office
    others: Mapping[str, Callable[..., dict[str, Any]]] = field(default_factory=dict)

    @asynccontextmanager
    async def open(self, state: Path) -> AsyncIterator[None]:
        """Listen while entered; a socket that a crash has left is replaced."""
        own = desk_path(state, self.office.ledger.origin)
        own.unlink(missing_ok=True)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with _short(own) as path:
            mask = os.umask(0o177)
            try:
                listening.bind(path)
            finally:
                os.umask(mask)
        server = await asyncio.start_unix_server(self._serve, sock=listening, limit=LINE)
        try:
            yield
        finally:
            server.close()
            own.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(SECONDS):
                line = await reader.readline()
                answer = await asyncio.to_thread(self.answer, line)
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        except (OSError, ValueError):  # who asked has gone, was too slow, or wrote more than a question
            pass
        finally:
            writer.close()

    def answer(self, line: bytes) -> dict[str, Any]:
        """What comes of one question."""
        try:
            asked = json.loads(line)
            do, words = asked["do"], {str(name): value for name, value in asked.items() if name != "do"}
            if not all(isinstance(value, str | int) for value in words.values()):
                raise TypeError
            match do:
                case "list":
                    return {"exemptions": [one.plain() for one in self.office.all()]}
                case "give-reason":
                    return {"exemption": self.office.give_reason(**words).plain()}
                case "grant":
                    return {"exemption": self.office.grant(**words).plain()}
                case "decline":
                    return {"exemption": self.office.decline(**words).plain()}
                case _ if do in self.others:
                    return self.others[do](**words)
                case _:
                    return {"error": "this is not a question"}
        except (ValueError, KeyError, TypeError, AttributeError):
            return {"error": "this question cannot be read"}
        except GatewayError as error:
            return {"error": str(error)}


def ask_desk(state: Path, do: str, **words: str | int) -> dict[str, Any] | None:
    """Ask a running gateway; None where none runs on this state. ExemptionError with its words where it says no."""
    with contextlib.ExitStack() as stack:
        for path in sorted(state.glob(NAMES)):
            connection = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            connection.settimeout(SECONDS)
            try:
                connection.connect(stack.enter_context(_short(path)))
                break
            except (
                FileNotFoundError,
                ConnectionRefusedError,
            ):  # left by a crash, or its gateway has just ended
                continue
        else:
            return None
        try:
            connection.sendall(json.dumps({"do": do, **words}).encode() + b"\n")
            with connection.makefile("rb") as lines:
                answer = json.loads(lines.readline())
        except (OSError, ValueError) as error:
            raise ExemptionError(f"the gateway does not answer ({type(error).__name__})") from None
    if "error" in answer:
        raise ExemptionError(str(answer["error"]))
    return dict(answer)


@contextlib.contextmanager
def _short(path: Path) -> Iterator[str]:
    """A socket's path by way of an open folder: a path in full may be longer than a socket's may be (108 bytes)."""
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{path.name}"
    finally:
        os.close(descriptor)
