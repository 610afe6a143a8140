"""The gateway's side of one worker: hand over a job, wait for the answer, or kill."""

import asyncio
import contextlib
import dataclasses
import os
import pickle
import select
import signal
import socket
from dataclasses import dataclass

from pydantic import ValidationError

from gateway.errors import WorkerError
from gateway.workers.channel import HEADER, INLINE_BYTES, MESSAGE_LIMIT, memory_file, read_memory_file
from gateway.workers.child import REPLY
from gateway.workers.job import Job, Reply


@dataclass(slots=True)
class Worker:
    """One worker process and the socket to it; owned by one job at a time."""

    pid: int
    handle: int  # pidfd: names this process even after it has died
    connection: socket.socket
    jobs: int = 0

    async def ask(self, job: Job, seconds: float) -> tuple[Reply, bytes | None]:
        """The answer to a job, and the rewritten body if there is one.

        Raises WorkerError: `timeout` after so many seconds, `worker-died` when the process is gone or its answer is
        not one. The caller must `kill` the worker after any error, for its state is unknown.
        """
        self.jobs += 1
        try:
            async with asyncio.timeout(seconds):
                await self._send(job)
                message, descriptor = await self._receive()
        except TimeoutError:
            raise WorkerError("the examination took too long", reason="timeout") from None
        except (OSError, EOFError):
            raise WorkerError("the worker died", reason="worker-died") from None
        try:
            body = (
                None
                if descriptor is None
                else await asyncio.to_thread(read_memory_file, descriptor, job.limits.decoded_bytes)
            )
            return REPLY.validate_json(message), body
        except (ValidationError, ValueError, OSError):
            raise WorkerError("the worker's answer makes no sense", reason="worker-died") from None

    async def _send(self, job: Job) -> None:
        loop = asyncio.get_running_loop()
        body = job.transfer.body
        if len(body) <= INLINE_BYTES:
            message = pickle.dumps(job, protocol=pickle.HIGHEST_PROTOCOL)
            await loop.sock_sendall(self.connection, HEADER.pack(len(message), 0) + message)
            return
        bodiless = dataclasses.replace(job, transfer=dataclasses.replace(job.transfer, body=b""))
        message = pickle.dumps(bodiless, protocol=pickle.HIGHEST_PROTOCOL)
        descriptor = memory_file(body)
        try:
            socket.send_fds(self.connection, [HEADER.pack(len(message), 1)], [descriptor])
        finally:
            os.close(descriptor)
        await loop.sock_sendall(self.connection, message)

    async def _receive(self) -> tuple[bytes, int | None]:
        head = b""
        descriptors: list[int] = []
        try:
            while len(head) < HEADER.size:
                await self._readable()
                piece, found, _, _ = socket.recv_fds(self.connection, HEADER.size - len(head), 1)
                descriptors += found
                if not piece:
                    raise EOFError
                head += piece
            length, files = HEADER.unpack(head)
            if length > MESSAGE_LIMIT or files != len(descriptors):
                raise EOFError
            loop = asyncio.get_running_loop()
            message = bytearray()
            while len(message) < length:
                piece = await loop.sock_recv(self.connection, min(1 << 20, length - len(message)))
                if not piece:
                    raise EOFError
                message += piece
        except BaseException:
            for descriptor in descriptors:
                os.close(descriptor)
            raise
        return bytes(message), descriptors[0] if descriptors else None

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        loop.add_reader(self.connection, ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(self.connection)

    @property
    def alive(self) -> bool:
        """Whether the process still runs; a pidfd becomes readable when it ends, even while nobody reaps it."""
        poll = select.poll()
        poll.register(self.handle, select.POLLIN)
        return not poll.poll(0)

    def kill(self) -> None:
        """End the process and everything it started, at once; harmless when it is gone."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self.alive:
                os.killpg(self.pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.handle, signal.SIGKILL)
        self.connection.close()
        os.close(self.handle)
