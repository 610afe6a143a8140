"""The door for `leadglass exempt`: it answers one question, and survives whatever else is said to it."""

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.errors import ExemptionError
from gateway.exemptions import Desk, ask_desk, desk_path


class Office:
    """Nobody has asked for anything here."""

    def __init__(self, origin: str = "a") -> None:
        self.ledger = SimpleNamespace(origin=origin)

    def all(self) -> tuple[()]:
        return ()

    def grant(self, decision_id: str, *, by: str, minutes: int = 0) -> None:
        raise ExemptionError("nobody has asked")


def answer(line: bytes) -> dict[str, Any]:
    return Desk(Office()).answer(line)  # type: ignore[arg-type]


def test_a_question_is_answered() -> None:
    assert answer(b'{"do": "list"}') == {"exemptions": []}
    assert answer(b'{"do": "grant", "decision_id": "x", "by": "jana"}') == {"error": "nobody has asked"}


@pytest.mark.parametrize(
    "line",
    [b"", b"null", b"[]", b"{}", b"\xff", b'{"do": "grant"}', b'{"do": "grant", "decision_id": [], "by": {}}',
     b'{"do": "grant", "decision_id": "x", "by": "y", "clock": 1}', b'{"do": "_take"}', b'{"do": 1}'],
)  # fmt: skip
def test_what_is_no_question_is_said_to_be_none(line: bytes) -> None:
    assert "question" in answer(line)["error"]


def test_through_the_socket_also_at_the_end_of_a_long_path(tmp_path: Path) -> None:
    state = tmp_path / ("long" * 20) / ("longer" * 20)
    state.mkdir(parents=True)
    assert ask_desk(state, "list") is None

    async def served() -> None:
        desk_path(state, "a").write_text("left by a crash")
        async with Desk(Office()).open(state):  # type: ignore[arg-type]
            assert desk_path(state, "a").stat().st_mode & 0o777 == 0o600
            assert await asyncio.to_thread(ask_desk, state, "list") == {"exemptions": []}
            with pytest.raises(ExemptionError, match="nobody has asked"):
                await asyncio.to_thread(lambda: ask_desk(state, "grant", decision_id="x", by="y"))
            reader, writer = await asyncio.open_unix_connection(sock=_connected(state))
            writer.write(b"x" * 70_000 + b"\n")
            assert await reader.read() == b""
            writer.close()
            assert json.dumps(await asyncio.to_thread(ask_desk, state, "list"))

    asyncio.run(served())
    assert not desk_path(state, "a").exists()


def test_of_several_gateways_on_one_folder_whoever_runs_answers(tmp_path: Path) -> None:
    async def served() -> None:
        desk_path(tmp_path, "0").write_text("left by a crash")
        async with Desk(Office("b")).open(tmp_path):  # type: ignore[arg-type]
            async with Desk(Office("a")).open(tmp_path):  # type: ignore[arg-type]
                assert await asyncio.to_thread(ask_desk, tmp_path, "list") == {"exemptions": []}
            assert not desk_path(tmp_path, "a").exists()
            assert await asyncio.to_thread(ask_desk, tmp_path, "list") == {"exemptions": []}
        assert await asyncio.to_thread(ask_desk, tmp_path, "list") is None

    asyncio.run(served())


def _connected(state: Path) -> Any:
    import os
    import socket

    connection = socket.socket(socket.AF_UNIX)
    descriptor = os.open(state, os.O_RDONLY)
    connection.connect(f"/proc/self/fd/{descriptor}/desk-a.sock")
    os.close(descriptor)
    return connection
