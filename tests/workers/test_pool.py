"""A worker that dies, hangs, lies or is killed costs one upload and nothing else."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from gateway.errors import WorkerError
from gateway.limits import Limits
from gateway.model import Destination, Examination, Look, RedactionOptions, Transfer
from gateway.workers import Workers, pool

LIMITS = Limits(seconds=1.0, redact_seconds=1.0)


def transfer(body: bytes) -> Transfer:
    return Transfer(Destination("api.example"), body=body)


def run(work: Callable[[Workers], Awaitable[None]], *, size: int = 1, limits: Limits = LIMITS) -> None:
    async def go() -> None:
        async with Workers(limits, size, journey="tests.workers.faulty") as workers:
            await work(workers)

    asyncio.run(go())


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"hang", "timeout"),
        (b"spin", "timeout"),
        (b"exit", "worker-died"),
        (b"kill", "worker-died"),
        (b"segfault", "worker-died"),
        (b"raise", "not-examined"),
        (b"limit", "over-limit"),
        (b"memory", "over-limit"),
        (b"lie", "worker-died"),
    ],
)
def test_each_way_to_break_is_an_error_with_its_reason_and_the_next_job_is_done(
    body: bytes, reason: str
) -> None:
    async def work(workers: Workers) -> None:
        with pytest.raises(WorkerError) as caught:
            await workers.examine(transfer(body), Look.MEDICAL)
        assert caught.value.reason == reason
        assert "Doe" not in str(caught.value)
        good = transfer(b"good")
        assert await workers.examine(good, Look.MEDICAL) == Examination(good.digest)

    run(work, limits=LIMITS if reason == "timeout" else Limits())


def test_workers_take_idle_time_only_and_share_the_gateways_session() -> None:
    # In a session of its own a worker would get a share of the cores as large as the gateway's, idle or not.
    async def work(workers: Workers) -> None:
        await workers.examine(transfer(b"good"), Look.MEDICAL)
        for pid in workers.pids:
            assert os.sched_getscheduler(pid) == os.SCHED_IDLE
            assert os.getsid(pid) == os.getsid(0)
            assert os.getpgid(pid) == pid  # what a worker starts ends with it

    run(work)


def test_bodies_beyond_the_inline_size_travel_in_sealed_memory() -> None:
    async def work(workers: Workers) -> None:
        big = transfer(os.urandom(3_000_000))
        assert (await workers.examine(big, Look.MEDICAL)).digest == big.digest
        done = await workers.rewrite(big, Examination(big.digest), RedactionOptions(), b"secret")
        assert done.body == big.body[::-1]
        assert done.headers == ((b"x-rewritten", b"\xe4yes"),)

    run(work)


def test_a_job_that_waits_longer_than_its_time_is_busy() -> None:
    async def work(workers: Workers) -> None:
        jobs = [workers.examine(transfer(b"hang"), Look.MEDICAL) for _ in range(3)]
        answers = await asyncio.gather(*jobs, return_exceptions=True)
        reasons = sorted(answer.reason for answer in answers if isinstance(answer, WorkerError))
        assert reasons == ["busy", "busy", "timeout"]

    run(work)


def test_an_innocent_neighbour_is_not_harmed() -> None:
    async def work(workers: Workers) -> None:
        bodies = [b"kill" if number % 3 == 0 else b"good %d" % number for number in range(30)]
        answers = await asyncio.gather(
            *(workers.examine(transfer(body), Look.MEDICAL) for body in bodies), return_exceptions=True
        )
        for body, answer in zip(bodies, answers, strict=True):
            assert isinstance(answer, WorkerError if body == b"kill" else Examination)

    run(work, size=2, limits=Limits(seconds=20))


def ended(pids: tuple[int, ...]) -> None:
    """Wait for processes to be gone: who has idle time only needs some of it to die."""
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        time.sleep(0.01)


def test_a_worker_killed_while_idle_is_replaced_without_a_refusal() -> None:
    async def work(workers: Workers) -> None:
        for _ in range(5):
            killed = workers.pids
            for pid in killed:
                os.kill(pid, signal.SIGKILL)
            await asyncio.to_thread(ended, killed)
            good = transfer(b"good")
            assert (await workers.examine(good, Look.MEDICAL)).digest == good.digest

    run(work)


def test_a_lost_template_is_replaced() -> None:
    async def work(workers: Workers) -> None:
        assert workers._template is not None
        before = workers.pids
        workers._template.kill()
        workers._template.wait()
        await asyncio.to_thread(ended, before)  # workers die with their template
        good = transfer(b"good")
        assert (await workers.examine(good, Look.MEDICAL)).digest == good.digest

    run(work)


def test_nothing_is_left_running() -> None:
    pids: list[int] = []

    async def work(workers: Workers) -> None:
        pids.extend(workers.pids)
        with pytest.raises(WorkerError):
            await workers.examine(transfer(b"hang"), Look.MEDICAL)

    run(work, size=2)
    assert not [pid for pid in pids if _runs(pid)]


def _runs(pid: int) -> bool:
    for _ in range(200):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        signal.sigtimedwait([], 0.01)
    return True


def test_a_worker_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    async def work(workers: Workers) -> None:
        await workers.examine(transfer(b"print Doe^Jane"), Look.MEDICAL)

    run(work)
    assert "Doe" not in "".join(capfd.readouterr())


def test_a_template_that_hangs_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "FORK_SECONDS", 0.5)

    async def work(workers: Workers) -> None:
        template = workers._template
        assert template is not None
        os.kill(template.pid, signal.SIGSTOP)
        for pid in workers.pids:
            os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(WorkerError):  # the job may have reached the dying worker
            await workers.examine(transfer(b"first"), Look.MEDICAL)
        good = transfer(b"good")
        async with asyncio.timeout(20):
            assert await workers.examine(good, Look.MEDICAL) == Examination(good.digest)
        assert workers._template is not template

    run(work, limits=Limits())
