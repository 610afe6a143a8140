"""The workers of one gateway: people take turns at them, and one that fails is replaced in that moment."""

import asyncio
import os
import socket
import struct
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Self

from gateway.errors import WorkerError
from gateway.limits import MIB, Limits
from gateway.model import Examination, ForwardRewritten, Look, RedactionOptions, Transfer
from gateway.workers.channel import receive, send
from gateway.workers.job import Job, Reply
from gateway.workers.turns import Turns
from gateway.workers.worker import Worker

JOBS_BEFORE_RENEWAL = 500
"""A worker is replaced after so many jobs, so that nothing a parser leaks or keeps can grow for ever."""

HEADROOM = 768 * MIB
"""What one examination may allocate beyond the shared models: the largest allowed picture decoded once, twice over."""

FORK_SECONDS = 10.0
"""A fork takes milliseconds; a template that is silent for so long is replaced."""

FILE_BYTES = 64 * MIB
"""Tesseract hands its text over in a file; everything else a worker does stays in memory."""

HANDED_ON = frozenset(
    {"HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "MALLOC_ARENA_MAX", "PATH", "PYTHONPATH", "TESSDATA_PREFIX", "TMPDIR", "TZ"}
)  # fmt: skip
"""What a worker is told of the gateway's environment. It reads hostile files: the record's password is not for it."""


@dataclass(slots=True)
class Workers:
    """A pool of workers forked from one template process."""

    limits: Limits
    size: int = 2
    journey: str = "gateway.pipeline"
    started: int = 0
    """How many workers were started so far; more than `size` are replacements."""
    _template: subprocess.Popen[bytes] | None = None
    _control: socket.socket | None = None
    _idle: Turns[Worker | None] = field(default_factory=Turns)
    _all: dict[int, Worker] = field(default_factory=dict)
    _waiting: int = 0
    _spawning: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._start_template)
        for _ in range(self.size):
            self._idle.give(await self._spawn())
        return self

    async def __aexit__(self, *_: object) -> None:
        for worker in self._all.values():
            worker.kill()
        self._all.clear()
        self._stop_template()

    async def examine(self, transfer: Transfer, look: Look) -> Examination:
        """What is seen in a transfer. Raises WorkerError when it could not be examined, with the reason code."""
        reply, _ = await self._ask(Job(transfer, self.limits, look), self.limits.seconds)
        # In a thread: a hundred megabytes take long to hash, and chat must not wait for that.
        digest = await asyncio.to_thread(lambda: transfer.digest)
        if reply.examination is None or reply.examination.digest != digest:
            raise WorkerError("the worker examined something else", reason="worker-died")
        return reply.examination

    async def rewrite(
        self, transfer: Transfer, examination: Examination, options: RedactionOptions, secret: bytes
    ) -> ForwardRewritten:
        """The transfer without what was found. Raises WorkerError with the reason code."""
        job = Job(transfer, self.limits, examination=examination, redaction=options, secret=secret)
        reply, body = await self._ask(job, self.limits.redact_seconds)
        if reply.headers is None or body is None:
            raise WorkerError("the worker rewrote nothing", reason="worker-died")
        headers = tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers)
        return ForwardRewritten(body, headers)

    @property
    def pids(self) -> tuple[int, ...]:
        """The process ids of all workers, for health checks and for tests that kill them."""
        return tuple(worker.pid for worker in self._all.values())

    @property
    def busy(self) -> int:
        """How many examinations are under way."""
        return self.size - self._idle.free

    @property
    def waiting(self) -> int:
        """How many uploads wait for a worker."""
        return self._waiting

    async def _ask(self, job: Job, seconds: float) -> tuple[Reply, bytes | None]:
        deadline = time.monotonic() + seconds
        self._waiting += 1
        try:
            sender = job.transfer.sender
            worker = await asyncio.wait_for(self._idle.take(sender.user or sender.client), seconds)
        except TimeoutError:
            raise WorkerError("all workers are busy", reason="busy") from None
        finally:
            self._waiting -= 1
        answered = False
        try:
            if worker is None or not worker.alive:
                worker = await self._replace(worker)
            reply, body = await worker.ask(job, max(0.1, deadline - time.monotonic()))
            answered = True
        finally:
            # Whatever happened, the place in the pool is given back: filled, or empty and filled at next use.
            if worker is not None and (not answered or worker.jobs >= JOBS_BEFORE_RENEWAL):
                self._discard(worker)
                worker = None
            self._idle.give(worker)
        if reply.reason:
            raise WorkerError("the upload could not be examined", reason=reply.reason)
        return reply, body

    async def _replace(self, worker: Worker | None) -> Worker:
        if worker is not None:
            self._discard(worker)
        return await self._spawn()

    def _discard(self, worker: Worker) -> None:
        if self._all.pop(worker.pid, None) is not None:
            worker.kill()

    async def _spawn(self) -> Worker:
        async with self._spawning:
            try:
                worker = await asyncio.to_thread(self._fork)
            except (OSError, EOFError):
                # The template itself was lost; a new one is made once before giving up.
                await asyncio.to_thread(self._restart_template)
                try:
                    worker = await asyncio.to_thread(self._fork)
                except (OSError, EOFError):
                    raise WorkerError("no worker can be started", reason="worker-died") from None
            self._all[worker.pid] = worker
            self.started += 1
            return worker

    def _fork(self) -> Worker:
        assert self._control is not None
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                send(self._control, b"", theirs.fileno())
            (pid,) = struct.unpack("!i", receive(self._control).message)
            handle = os.pidfd_open(pid)
        except BaseException:
            ours.close()
            raise
        ours.settimeout(0)
        return Worker(pid, handle, ours)

    def _start_template(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._template = subprocess.Popen(  # noqa: S603 - our own module, by our own interpreter
                [
                    sys.executable, "-m", "gateway.workers.template",
                    str(theirs.fileno()), self.journey, str(HEADROOM), str(FILE_BYTES),
                ],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # a crash in a C library may print what it was reading
                env={**_environment(), "OMP_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1"},
            )  # fmt: skip
        self._control = ours
        try:
            receive(ours)
        except EOFError:
            raise WorkerError("the worker template did not start", reason="worker-died") from None
        ours.settimeout(FORK_SECONDS)

    def _stop_template(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._template is not None:
            self._template.kill()
            self._template.wait()

    def _restart_template(self) -> None:
        self._stop_template()
        self._start_template()


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name in HANDED_ON}
