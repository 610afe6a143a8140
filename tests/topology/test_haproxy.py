"""Two gateways behind a real HAProxy with the configuration we ship, on loopback addresses of one machine."""

import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPException, HTTPSConnection
from pathlib import Path

import httpx
import pytest

from tests.support.gateways import GatewayProcess
from tests.support.upstream import RecordingUpstream

HOST = "api.openai.com"
PATH = "/v1/chat/completions"
PATIENCE = 60
SHIPPED = Path(__file__).parents[2] / "deploy" / "haproxy" / "haproxy.cfg"
HAPROXY = shutil.which("haproxy") or "/usr/sbin/haproxy"
SAYS_10_9_9_9 = (
    b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c" + bytes((10, 9, 9, 9, 127, 0, 0, 1)) + b"\x10\x00\x10\x01"
)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Member:
    """One gateway that always comes back at the same addresses, with the same state."""

    def __init__(self, folder: Path, name: str, upstream: RecordingUpstream) -> None:
        self.port, self.watch = free_port(), free_port()
        self.process = GatewayProcess(
            folder / name, upstream, "--gateway-id", name,
            "--listen", f"127.0.0.1:{self.port}", "--watch", f"127.0.0.1:{self.watch}",
        )  # fmt: skip

    def restart(self) -> None:
        self.process.process.send_signal(signal.SIGTERM)
        assert self.process.process.wait(PATIENCE) == 0
        assert self.process.process.stdout is not None
        self.process.process.stdout.close()
        self.process.__enter__()
        self.until_ready()

    def until_ready(self) -> None:
        until(lambda: httpx.get(f"http://127.0.0.1:{self.watch}/readyz").status_code == 200)


def is_open(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port)):
        return True


def until(holds: object) -> None:
    assert callable(holds)
    end = time.monotonic() + PATIENCE
    while True:
        try:
            if holds():
                return
        except (httpx.TransportError, OSError):
            pass
        assert time.monotonic() < end
        time.sleep(0.05)


@contextmanager
def balancer(folder: Path, members: list[Member]) -> Iterator[int]:
    port = free_port()
    text = (
        SHIPPED.read_text()
        .replace("bind :8080", f"bind 127.0.0.1:{port}")
        .replace("check port 8082 ", "check ")
    )
    text = re.sub(r"    server .*\n", "", text)
    for number, member in enumerate(members):
        text += f"    server gateway-{number} 127.0.0.1:{member.port} port {member.watch}\n"
    configuration = folder / "haproxy.cfg"
    configuration.write_text(text)
    with (folder / "haproxy.log").open("wb") as log:
        process = subprocess.Popen([HAPROXY, "-db", "-f", str(configuration)], stdout=log, stderr=log)
    try:
        until(lambda: is_open(port))
        yield port
    finally:
        process.terminate()
        process.wait(PATIENCE)


def test_the_shipped_configuration_is_valid() -> None:
    subprocess.run([HAPROXY, "-c", "-f", str(SHIPPED)], check=True, capture_output=True)


def test_clients_are_known_and_gateways_restarted_one_by_one_lose_nothing(  # noqa: PLR0915 - one course of events, told in order
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADGLASS_BALANCERS", "127.0.0.1/32")
    answered: list[bytes] = []
    failed: list[str] = []
    done = threading.Event()
    with RecordingUpstream(tmp_path, HOST) as upstream, ExitStack() as stack:
        members = [Member(tmp_path, name, upstream) for name in ("first", "second")]
        for member in members:
            stack.enter_context(member.process)
            member.until_ready()
        port = stack.enter_context(balancer(tmp_path, members))
        trusted = ssl.create_default_context()
        for member in members:
            trusted.load_verify_locations(member.process.ca)

        def work(address: str) -> None:
            number = 0
            while not done.is_set():
                number += 1
                body = f'{{"model": "{address} {number}"}}'.encode()
                end = time.monotonic() + PATIENCE
                while True:  # as the clients of AI services do: a connection that ended is tried again
                    try:
                        client = HTTPSConnection(
                            "127.0.0.1", port, context=trusted, source_address=(address, 0), timeout=PATIENCE
                        )
                        client.set_tunnel(HOST, 443)
                        with closing(client):
                            client.request("POST", PATH, body, {"content-type": "application/json"})
                            status = client.getresponse().status
                        if status == 200:
                            answered.append(body)
                        else:
                            failed.append(str(status))
                        break
                    except (OSError, HTTPException) as error:
                        if time.monotonic() > end:
                            failed.append(type(error).__name__)
                            return
                        time.sleep(0.05)

        addresses = [f"127.0.0.{number}" for number in range(5, 9)]
        threads = [threading.Thread(target=work, args=(address,)) for address in addresses]
        for thread in threads:
            thread.start()
        try:
            until(lambda: len(answered) >= len(threads))
            for member in members:
                member.restart()
            enough = len(answered) + len(threads)
            until(lambda: len(answered) >= enough)
        finally:
            done.set()
            for thread in threads:
                thread.join(PATIENCE)
        assert not failed
        arrived = [body for _, _, body in upstream.requests]
        assert set(answered) <= set(arrived)
        decisions = [
            entry for member in members for entry in member.process.entries("--limit", "100000")
            if entry["type"] == "decision" and entry["action"] in ("log", "allow")
        ]  # fmt: skip
        assert len(arrived) <= len(decisions)
        told = str(decisions)
        assert all(f"'{address}'" in told for address in addresses)
        assert "'127.0.0.1'" not in told


def test_only_a_balancer_says_who_the_client_is_and_it_must(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADGLASS_BALANCERS", "127.0.0.1/32")
    connect = f"CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}:443\r\n\r\n".encode()
    outside = SAYS_10_9_9_9.replace(bytes((10, 9, 9, 9)), bytes((8, 8, 8, 8)))
    with (
        RecordingUpstream(tmp_path, HOST) as upstream,
        GatewayProcess(tmp_path / "state", upstream) as gateway,
    ):
        name, _, port = gateway.proxy.rpartition(":")

        def answer(source: str, said: bytes) -> bytes:
            with socket.create_connection((name, int(port)), PATIENCE, (source, 0)) as line:
                line.sendall(said)
                try:
                    return line.recv(4096)
                except ConnectionError:
                    return b""

        assert answer("127.0.0.1", SAYS_10_9_9_9 + connect).startswith(b"HTTP/1.1 200 ")
        assert answer("127.0.0.1", outside + connect) == b""  # no client of ours
        assert answer("127.0.0.1", connect) == b""
        assert answer("127.0.0.1", SAYS_10_9_9_9[:13] + b"\xff" + SAYS_10_9_9_9[14:] + connect) == b""
        assert answer("127.0.0.6", connect).startswith(b"HTTP/1.1 200 ")
        assert b" 200 " not in answer("127.0.0.6", SAYS_10_9_9_9 + connect)
