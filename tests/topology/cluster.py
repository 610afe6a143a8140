"""The parts of a real installation: gateways that come back at the same address, HAProxy before them, clients that go on."""

import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.support.gateways import GatewayProcess
from tests.support.hosts import Host, Loopback
from tests.support.upstream import RecordingUpstream

PATIENCE = 60
SHIPPED = Path(__file__).parents[2] / "deploy" / "haproxy" / "haproxy.cfg"
HAPROXY = shutil.which("haproxy") or "/usr/sbin/haproxy"


def free_port(address: str) -> int:
    with socket.create_server((address, 0)) as server:
        return int(server.getsockname()[1])


def until(holds: Callable[[], object]) -> None:
    """Wait for something to become true; what cannot be reached yet is not true yet."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            if holds():
                return
        except (httpx.TransportError, OSError):
            pass
        assert time.monotonic() < end
        time.sleep(0.05)


class Member:
    """One gateway that always comes back at the same addresses, with the same state."""

    def __init__(self, folder: Path, name: str, upstream: RecordingUpstream, host: Host) -> None:
        self.name, self.host = name, host
        # A namespace has all ports to itself; on loopback the kernel knows which are free.
        shared = isinstance(host, Loopback)
        self.port, self.watch = (free_port(host.address), free_port(host.address)) if shared else (8080, 8082)
        self.process = GatewayProcess(
            folder / name, upstream, "--gateway-id", name,
            "--listen", f"{host.address}:{self.port}", "--watch", f"{host.address}:{self.watch}",
        )  # fmt: skip
        self.process.command[:0] = host.command

    def restart(self) -> None:
        self.process.process.send_signal(signal.SIGTERM)
        assert self.process.process.wait(PATIENCE) == 0
        self.start_again()

    def start_again(self) -> None:
        assert self.process.process.stdout is not None
        self.process.process.stdout.close()
        self.process.__enter__()
        self.until_ready()

    def cut(self) -> None:
        self.host.cut(self.process.process.pid)

    def join(self) -> None:
        self.host.join(self.process.process.pid)

    def until_ready(self) -> None:
        until(lambda: self.answers(200))

    def answers(self, status: int) -> bool:
        return httpx.get(f"http://{self.host.address}:{self.watch}/readyz", timeout=2).status_code == status


@contextmanager
def balancer(folder: Path, members: list[Member]) -> Iterator[int]:
    """HAProxy with the configuration we ship, before these gateways; gives its port."""
    port = free_port("127.0.0.1")
    text = (
        SHIPPED.read_text()
        .replace("bind :8080", f"bind 127.0.0.1:{port}")
        .replace("check port 8082 ", "check ")
    )
    text = re.sub(r"    server .*\n", "", text)
    for number, member in enumerate(members):
        text += f"    server gateway-{number} {member.host.address}:{member.port} port {member.watch}\n"
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


def is_open(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port)):
        return True
