"""The process that workers are forked from: everything imported and loaded once, nothing hostile ever read.

Forking it takes milliseconds where a fresh interpreter with its models takes a second, and the pages of the models
are shared by all workers. It runs no thread, so that a fork is a true copy.

Started as `python -m gateway.workers.template FD JOURNEY HEADROOM FILE_BYTES`. Each frame on FD carries one
socket; the answer is the process id of the worker that serves it.
"""

import importlib
import os
import signal
import socket
import struct
import sys
from typing import cast

from gateway.workers.channel import receive, send
from gateway.workers.child import serve
from gateway.workers.confine import confine, die_with_parent
from gateway.workers.job import Journey


def main() -> None:
    """Fork a worker for each socket that arrives, until the gateway is gone."""
    descriptor, name, headroom, file_bytes = sys.argv[1:]
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the gateway, which ends us in its own order
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps
    journey = cast("Journey", importlib.import_module(name))
    journey.warm()
    with socket.socket(fileno=int(descriptor)) as gateway:
        send(gateway, b"warm")
        while True:
            try:
                frame = receive(gateway)
            except EOFError:
                return
            if frame.descriptor is None:
                continue
            pid = os.fork()
            if pid == 0:
                gateway.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                _work(frame.descriptor, journey, int(headroom), int(file_bytes))
            os.close(frame.descriptor)
            send(gateway, struct.pack("!i", pid))


def _work(descriptor: int, journey: Journey, headroom: int, file_bytes: int) -> None:
    code = 1
    try:
        confine(headroom=headroom, file_bytes=file_bytes)
        with socket.socket(fileno=descriptor) as connection:
            serve(connection, journey)
        code = 0
    finally:
        os._exit(code)  # no clean-up of the template's own affairs, no traceback with content


if __name__ == "__main__":
    main()
