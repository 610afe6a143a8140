"""The proxy of a hospital for tests: Debian's Squid on loopback, which asks for a password and sends every tunnel to one place."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Self

USER, PASSWORD = "gateway", "s3cret words"
CONFIG = """
http_port 127.0.0.1:{port}
pid_filename none
cache deny all
access_log stdio:{folder}/access
cache_log {folder}/said
coredump_dir {folder}
shutdown_lifetime 0 seconds
pinger_enable off
auth_param basic program {python} {folder}/knows.py
auth_param basic children 1 startup=1
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all
url_rewrite_program {python} {folder}/rewrites.py
url_rewrite_children 1 startup=1
"""
KNOWS = """
import sys, urllib.parse
for line in sys.stdin:
    print("OK" if list(map(urllib.parse.unquote, line.split())) == {known!r} else "ERR", flush=True)
"""
REWRITES = """
import sys
for line in sys.stdin:
    print('OK rewrite-url="{target}"', flush=True)
"""


class Squid:
    """Runs while it is entered; `asked` is what it was asked for, one line each."""

    def __init__(self, target: str) -> None:
        self.target = target
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])

    def __enter__(self) -> Self:
        program = shutil.which("squid") or "/usr/sbin/squid"
        assert Path(program).exists(), "Squid is missing; run deploy/install-packages test"
        self.folder = Path(tempfile.mkdtemp(prefix="lg-squid-"))
        python = sys.executable
        (self.folder / "knows.py").write_text(KNOWS.format(known=[USER, PASSWORD]))
        (self.folder / "rewrites.py").write_text(REWRITES.format(target=self.target))
        if os.geteuid() == 0:  # it gives up root's rights, and with them the way to root's own interpreter
            shutil.chown(self.folder, "proxy", "proxy")
            python = "/usr/bin/python3"
        text = CONFIG.format(port=self.port, folder=self.folder, python=python)
        (self.folder / "conf").write_text(text)
        self._process = subprocess.Popen(
            [program, "-N", "-f", str(self.folder / "conf")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                assert time.monotonic() < end and self._process.poll() is None, self._said()  # noqa: PT018 - one condition
                time.sleep(0.05)
            else:
                return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(30)
        shutil.rmtree(self.folder)

    @property
    def asked(self) -> str:
        return (self.folder / "access").read_text()

    def _said(self) -> str:
        return (self.folder / "said").read_text()
