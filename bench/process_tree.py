"""Processor time and memory of a process and everything it started, from /proc: a busy machine changes neither much."""

import os
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of processor time by what a process is, and MiB of memory of all (each shared page counted once)."""

    seconds: dict[str, float]
    memory: float

    def since(self, before: "Spent") -> dict[str, float]:
        """Seconds by process since an earlier look."""
        return {name: total - before.seconds.get(name, 0.0) for name, total in self.seconds.items()}


@dataclass(frozen=True, slots=True)
class Server:
    """Something that carries traffic: where, and its first process."""

    address: str
    pid: int

    def seconds(self) -> float:
        """Processor time of all its processes so far."""
        return sum(look(self.pid).seconds.values())


def look(pid: int) -> Spent:
    """A process and all below it. Children that ended are counted with who waited for them."""
    seconds: dict[str, float] = {}
    memory = 0.0
    for member in _below(pid):
        try:
            words = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
            line = Path(f"/proc/{member}/cmdline").read_text().replace("\0", " ")
            rollup = Path(f"/proc/{member}/smaps_rollup").read_text()
        except OSError:
            continue  # it ended while it was looked at
        name = _name(line)
        seconds[name] = seconds.get(name, 0.0) + sum(map(int, words[11:15])) / TICK
        memory += int(rollup.partition("Pss:")[2].split()[0]) / 1024
    return Spent(seconds, memory)


def _below(pid: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            parents.setdefault(parent, []).append(int(path.name))
    found = [pid]
    for one in found:
        found.extend(parents.get(one, ()))
    return found


def _name(line: str) -> str:
    for word, name in (
        ("workers.template", "workers"),
        ("audit.scribe", "scribe"),
        ("audit.signer", "signer"),
    ):
        if word in line:
            return name
    return "postgres" if "postgres" in line else "gateway"
