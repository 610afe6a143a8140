"""Hosts for gateways: network namespaces on a bridge of their own; where those are not permitted, loopback addresses."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Host(Protocol):
    """A machine that can be cut off from all others."""

    address: str
    command: tuple[str, ...]
    """What starts a command on it."""

    def cut(self, pid: int) -> None:
        """Nothing reaches the host any more, and nothing leaves it; `pid` is what runs there."""
        ...

    def join(self, pid: int) -> None:
        """It is on the network again."""
        ...


@dataclass(frozen=True, slots=True)
class Network:
    """Hosts, and the machine in the middle on which everything else runs."""

    middle: str
    addresses: str
    """The network of all of them."""
    hosts: tuple[Host, ...]


@dataclass(frozen=True, slots=True)
class Namespace:
    """A host with a network stack of its own, joined to the bridge by one cable."""

    address: str
    command: tuple[str, ...]
    cable: str

    def cut(self, pid: int) -> None:
        """Pull the cable."""
        _ip("link", "set", self.cable, "down")

    def join(self, pid: int) -> None:
        """Plug it in again."""
        _ip("link", "set", self.cable, "up")


@dataclass(frozen=True, slots=True)
class Loopback:
    """An address of this machine; what runs there is stopped in the middle of whatever it does."""

    address: str
    command: tuple[str, ...] = ()

    def cut(self, pid: int) -> None:
        """Stop the process and all it started."""
        for each in _family(pid):
            os.kill(each, signal.SIGSTOP)

    def join(self, pid: int) -> None:
        """Let them go on."""
        for each in _family(pid):
            os.kill(each, signal.SIGCONT)


@contextmanager
def network(size: int) -> Iterator[Network]:
    """So many hosts; says on stderr where they are addresses of one network stack alone."""
    with ExitStack() as stack:
        try:
            made = _namespaces(size, stack)
        except (OSError, subprocess.CalledProcessError):
            stack.close()
            told = "\nNO NETWORK NAMESPACES HERE (root is needed): the hosts of this test are loopback addresses\n"
            print(told, file=sys.__stderr__, flush=True)
            hosts = tuple(Loopback(f"127.0.0.{11 + number}") for number in range(size))
            made = Network("127.0.0.1", "127.0.0.0/8", hosts)
        yield made


def _namespaces(size: int, stack: ExitStack) -> Network:
    own = os.getpid()
    enter = shutil.which("nsenter") or "/usr/bin/nsenter"
    prefix, bridge = f"10.{192 + (own >> 8) % 64}.{own % 256}", f"lg{own}br"
    _ip("link", "add", bridge, "type", "bridge")
    stack.callback(_forget, "link", "del", bridge)
    _ip("address", "add", f"{prefix}.1/24", "dev", bridge)
    _ip("link", "set", bridge, "up")
    hosts = []
    for number in range(size):
        name, cable, address = f"lg{own}n{number}", f"lg{own}v{number}", f"{prefix}.{number + 2}"
        _ip("netns", "add", name)
        stack.callback(_forget, "netns", "del", name)
        _ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", name)
        _ip("link", "set", cable, "master", bridge, "up")
        _ip("-n", name, "address", "add", f"{address}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            _ip("-n", name, "link", "set", device, "up")
        hosts.append(Namespace(address, (enter, f"--net=/run/netns/{name}"), cable))
    return Network(f"{prefix}.1", f"{prefix}.0/24", tuple(hosts))


def _ip(*arguments: str) -> None:
    program = shutil.which("ip") or "/usr/sbin/ip"
    subprocess.run([program, *arguments], check=True, capture_output=True)


def _forget(*arguments: str) -> None:
    with suppress(OSError, subprocess.CalledProcessError):
        _ip(*arguments)


def _family(pid: int) -> list[int]:
    found = [pid]
    for each in found:  # grows while it is read
        with suppress(OSError):
            found += map(int, Path(f"/proc/{each}/task/{each}/children").read_text().split())
    return found
