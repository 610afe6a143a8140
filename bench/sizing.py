"""How large a gateway has to be: `python -m bench.sizing` prints the tables of docs/sizing.md from measured costs and stated habits.

Put your own costs (`make bench BENCH=cost` on your machine) and habits in, and print them again.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Costs:
    """Measured by bench_cost: milliseconds of processor time in all processes of a gateway and its database, bytes, MiB."""

    request: float = 1.6
    connection: float = 9.5
    photo: float = 50.0
    scan: float = 28.0
    stored: float = 1150.0
    gateway: float = 250.0
    worker: float = 350.0


@dataclass(frozen=True, slots=True)
class Habits:
    """What people do on a working day; the reasons stand in docs/sizing.md."""

    chats: float = 60.0
    others: float = 200.0
    connections: float = 40.0
    pictures: float = 3.0
    scans: float = 0.2
    days: int = 250
    peak: float = 0.2
    """Share of a day's traffic in its busiest hour."""
    busy: float = 0.5
    """How much of a core may be used in that hour, so that short bursts do not wait."""
    host: int = 8
    """Cores of one host."""


@dataclass(frozen=True, slots=True)
class Plan:
    """For so many people."""

    people: int
    uploads: float
    cores: float
    hosts: int
    memory: float
    database: float


def plan(people: int, costs: Costs, habits: Habits) -> Plan:
    """Cores in the busiest hour, hosts with one to spare, GiB of all hosts, GiB of the record a year."""
    requests = (habits.chats + habits.others) * costs.request + habits.connections * costs.connection
    daily = people * (requests + habits.pictures * costs.photo + habits.scans * costs.scan)
    cores = daily / 1000 * habits.peak / 3600 / habits.busy
    hosts = max(2, math.ceil(cores / habits.host) + 1)
    each = habits.host * costs.worker + habits.host / 2 * costs.gateway + 1024
    uploads = people * (habits.chats + habits.pictures + habits.scans + habits.connections)
    return Plan(
        people, uploads, cores, hosts, hosts * each / 1024, uploads * habits.days * costs.stored / 2**30
    )


def table(costs: Costs = Costs(), habits: Habits = Habits()) -> Iterator[str]:
    """The table as Markdown."""
    yield "| people | decisions a day | cores at the peak | hosts of 8 cores, one to spare | memory, all hosts | record a year |"
    yield "|---|---|---|---|---|---|"
    for people in (1_000, 10_000, 100_000):
        found = plan(people, costs, habits)
        yield (
            f"| {people:,} | {found.uploads:,.0f} | {found.cores:.1f} | {found.hosts} | {found.memory:.0f} GiB | {found.database:,.0f} GiB |"
        )


if __name__ == "__main__":
    print("\n".join(table()))
