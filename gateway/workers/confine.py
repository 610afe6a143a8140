"""What a worker gives up before it reads its first hostile byte.

Address space, file size, open files and core dumps are limited; the process cannot be traced or dumped, dies with
its parent, runs at a lower priority than the proxy, and has no network where the kernel lets it leave.
"""

import contextlib
import ctypes
import os
import resource
import signal

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_NO_NEW_PRIVS = 38

OPEN_FILES = 64


def die_with_parent() -> None:
    """Be killed when the parent goes, and leave nothing of memory behind."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def confine(*, headroom: int, file_bytes: int) -> None:
    """Set this process's limits: `headroom` bytes beyond what is mapped now, files up to `file_bytes`."""
    os.setpgid(0, 0)  # not a session: Linux shares the cores between sessions first, whatever is idle in one
    die_with_parent()
    # Chat does not wait for pictures. They cannot starve: one gateway's chat takes no more than one core.
    with contextlib.suppress(OSError):  # a container may forbid it; that costs speed, not safety
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    for limit, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, _mapped() + headroom),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        resource.setrlimit(limit, (value, value))
    # Where user namespaces are switched off the worker keeps a network it never uses; `leadglass doctor` says so.
    with contextlib.suppress(OSError):
        os.unshare(os.CLONE_NEWUSER | os.CLONE_NEWNET)


def _mapped() -> int:
    with open("/proc/self/statm", "rb") as status:  # noqa: PTH123 - read before the limits bite, once a process
        return int(status.read().split()[0]) * resource.getpagesize()
