"""A journey that breaks in every way a parser can; the body says how."""

import ctypes
import os
import signal
import time

from gateway.errors import LimitReached
from gateway.limits import Limits
from gateway.model import Examination, ForwardRewritten, Look, RedactionOptions, Transfer


def warm() -> None:
    """Nothing to load."""


def examine(transfer: Transfer, limits: Limits, look: Look) -> Examination:
    match transfer.body.split(b" ")[0]:
        case b"hang":
            time.sleep(3600)
        case b"spin":
            while True:
                pass
        case b"exit":
            os._exit(0)
        case b"kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case b"segfault":
            ctypes.string_at(0)
        case b"raise":
            raise ValueError("Doe^Jane")
        case b"limit":
            raise LimitReached("too much")
        case b"memory":
            hoard = []
            while True:
                hoard.append(bytearray(256 * 1024 * 1024))
        case b"lie":
            return Examination("0" * 64)
        case b"print":
            os.write(1, transfer.body)
            os.write(2, transfer.body)
    return Examination(transfer.digest)


def rewrite(
    transfer: Transfer,
    examination: Examination,
    options: RedactionOptions,
    limits: Limits,
    secret: bytes,
) -> ForwardRewritten:
    return ForwardRewritten(transfer.body[::-1], ((b"x-rewritten", b"\xe4yes"),))
