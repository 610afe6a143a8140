"""The way to the internet through the organisation's own proxy, a real Squid that asks who we are."""

import asyncio
import socket
from pathlib import Path

import httpx
import pytest

from gateway.errors import SettingsError
from gateway.proxy.parent import Parent, ParentError, open_parent
from gateway.proxy.upstream import ForbiddenAddressError, GuardedLoop, Upstream
from tests.support.gateways import GatewayProcess
from tests.support.scans import ct_png
from tests.support.squid import PASSWORD, USER, Squid
from tests.support.upstream import RecordingUpstream
from tests.topology.cluster import until

HOST = "api.openai.com"
URL = f"https://{HOST}/v1/chat/completions"


def through(folder: Path, upstream: RecordingUpstream, squid: Squid, password: str) -> GatewayProcess:
    """A gateway that knows no other way than the parent, and trusts what it always trusts."""
    secret = folder / "parent"
    secret.write_text(f"{USER}:{password}\n")
    secret.chmod(0o600)
    made = GatewayProcess(
        folder / "state", upstream,
        "--parent", f"127.0.0.1:{squid.port}", "--parent-credentials", str(secret),
    )  # fmt: skip
    at = made.command.index("--connect-to")
    del made.command[at : at + 2]
    return made


def test_uploads_and_tunnels_go_through_the_parent_and_what_is_refused_does_not(tmp_path: Path) -> None:
    with (
        RecordingUpstream(tmp_path, HOST, "example.org") as upstream,
        Squid(f"127.0.0.1:{upstream.port}") as squid,
    ):
        with through(tmp_path, upstream, squid, PASSWORD) as gateway:
            with gateway.client() as client:
                assert client.post(URL, json={"message": "hello"}).status_code == 200
                assert client.post(URL, files={"file": ("a.png", ct_png())}).status_code == 403
                # The parent leads to a server that cannot prove to have this name.
                assert client.post("https://api.anthropic.com/v1/messages", json={}).status_code == 502
            tunnel = httpx.Client(proxy=f"http://{gateway.proxy}", verify=upstream.context(), timeout=30)
            with tunnel:
                assert tunnel.post("https://example.org/", content=b"not inspected").status_code == 200
        assert [body for _, _, body in upstream.requests] == [b'{"message":"hello"}', b"not inspected"]
        until(lambda: squid.asked.count(f" {USER} ") == 3)
        assert PASSWORD not in gateway.log.read_text()


def test_a_parent_that_asks_for_another_password_says_so() -> None:
    with Squid("127.0.0.1:9") as squid, asyncio.Runner(loop_factory=GuardedLoop) as runner:
        parent = Parent("127.0.0.1", squid.port, f"{USER}:wrong".encode())
        with pytest.raises(ParentError, match="407"):
            runner.run(parent.reach(runner.get_loop(), HOST, 443))


@pytest.mark.parametrize(
    ("name", "port"),
    [
        ("127.0.0.1", 443), ("localhost", 443), ("10.0.0.1", 443), ("169.254.169.254", 80), ("2130706433", 443),
        ("0x7f.1", 443), ("::1", 443), ("api.openai.com", 22), ("unheard-of-inside", 443), ("a.invalid\r\nX: y", 443),
    ],
)  # fmt: skip
def test_nobody_reaches_the_inside_by_way_of_the_parent(name: str, port: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as parent:
        parent.settimeout(0)
        loop = GuardedLoop()
        loop.upstream = Upstream(parent=Parent(*parent.getsockname()))
        try:
            with pytest.raises((ForbiddenAddressError, ParentError)):
                loop.run_until_complete(loop.create_connection(asyncio.Protocol, name, port))
        finally:
            loop.close()
        with pytest.raises(BlockingIOError):
            parent.accept()


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"HTTP/1.1 403 No\r\n\r\n", b"HTTP/1.1 200 OK\r\n", b"SSH-2.0-x\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 20_000,
    ],
)  # fmt: skip
def test_only_a_clear_yes_of_the_parent_counts(answer: bytes) -> None:
    async def ask() -> None:
        async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            writer.close()

        async with await asyncio.start_server(say, "127.0.0.1", 0) as server:
            parent = Parent(*server.sockets[0].getsockname())
            await parent.reach(asyncio.get_running_loop(), "example.org", 443)

    with pytest.raises(ParentError):
        asyncio.run(ask())


def test_what_follows_the_parents_yes_is_left_for_the_destination() -> None:
    async def ask() -> bytes:
        async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"CONNECT example.org:443 HTTP/1.1\r\n")
            writer.write(b"HTTP/1.1 200 Connection established\r\nVia: \r\r x\r\n\r\nfirst words")
            writer.close()

        async with await asyncio.start_server(say, "127.0.0.1", 0) as server:
            loop = asyncio.get_running_loop()
            with await Parent(*server.sockets[0].getsockname()).reach(loop, "example.org", 443) as line:
                return await loop.sock_recv(line, 100)

    assert asyncio.run(ask()) == b"first words"


def test_credentials_come_from_a_file_that_others_cannot_read(tmp_path: Path) -> None:
    secret = tmp_path / "parent"
    secret.write_text("user:pass word\n")
    secret.chmod(0o640)
    parent = open_parent("proxy.example:3128", secret)
    assert parent == Parent("proxy.example", 3128, b"user:pass word")
    assert "pass" not in repr(parent)
    assert b"Basic dXNlcjpwYXNzIHdvcmQ=" in parent.request("example.org", 443)
    assert open_parent("", None) is None
    for mode, text in ((0o644, "user:pass"), (0o600, "nothing"), (0o600, "")):
        secret.write_text(text)
        secret.chmod(mode)
        with pytest.raises(SettingsError):
            open_parent("proxy.example:3128", secret)
    for address, path in (("", secret), ("proxy.example:3128", tmp_path / "none")):
        with pytest.raises(SettingsError):
            open_parent(address, path)
