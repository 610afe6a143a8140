"""The worker's side: read a job, do it, answer, wait for the next."""

import ctypes
import dataclasses
import os
import pickle
import socket

from pydantic import TypeAdapter

from gateway.errors import GatewayError
from gateway.workers.channel import memory_file, read_memory_file, receive, send
from gateway.workers.job import Job, Journey, Reply

REPLY: TypeAdapter[Reply] = TypeAdapter(Reply)


def serve(connection: socket.socket, journey: Journey) -> None:
    """Answer jobs until the gateway closes the connection."""
    while True:
        try:
            frame = receive(connection)
        except (EOFError, OSError):
            return
        job: Job = pickle.loads(frame.message)  # noqa: S301, TID251 - comes from the gateway, never from a worker
        if frame.descriptor is not None:
            body = read_memory_file(frame.descriptor, job.limits.decoded_bytes)
            job = dataclasses.replace(job, transfer=dataclasses.replace(job.transfer, body=body))
        reply, rewritten = _answer(job, journey)
        descriptor = None if rewritten is None else memory_file(rewritten)
        send(connection, REPLY.dump_json(reply), descriptor)
        if descriptor is not None:
            os.close(descriptor)
        del frame, job, reply, rewritten
        _give_back()


def _give_back() -> None:
    """Return freed memory to the system, after the answer: a worker shall not stay as large as its largest picture."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's own
    if trim is not None:
        trim(0)


def _answer(job: Job, journey: Journey) -> tuple[Reply, bytes | None]:
    try:
        if job.examination is None:
            return Reply(examination=journey.examine(job.transfer, job.limits, job.look)), None
        done = journey.rewrite(job.transfer, job.examination, job.redaction, job.limits, job.secret)
    except GatewayError as error:
        return Reply(reason=error.reason), None
    except MemoryError:
        return Reply(reason="over-limit"), None
    except Exception:  # noqa: BLE001 - the last fence around foreign parsers; what they say may quote the patient
        return Reply(reason="not-examined"), None
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in done.headers)
    return Reply(headers=headers), done.body
