"""A log host for tests: Debian's rsyslog with TLS on loopback, in a folder of its own."""

import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

from tests.support.certificates import Issuer

CONFIG = """
global(workDirectory="{folder}" maxMessageSize="64k"
  defaultNetstreamDriverCAFile="{folder}/ca.pem" defaultNetstreamDriverCertFile="{folder}/server.pem"
  defaultNetstreamDriverKeyFile="{folder}/server.key")
module(load="imtcp" streamdriver.name="ossl" streamdriver.mode="1" streamdriver.authmode="anon")
input(type="imtcp" address="127.0.0.1" port="{port}")
if $msgid == "checkpoint" then action(type="omfile" file="{folder}/checkpoints" template="RSYSLOG_SyslogProtocol23Format")
action(type="omfile" file="{folder}/all" template="RSYSLOG_SyslogProtocol23Format")
"""


class LogHost:
    """Started, stopped and started again at will, on one port; `lines` is what it wrote."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])
        Issuer().write_server(folder)
        (folder / "conf").write_text(CONFIG.format(folder=folder, port=self.port))
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        program = shutil.which("rsyslogd") or "/usr/sbin/rsyslogd"
        assert Path(program).exists(), "rsyslog is missing; run deploy/install-packages test"
        with (self.folder / "said").open("ab") as said:
            self._process = subprocess.Popen(
                [program, "-n", "-f", str(self.folder / "conf"), "-i", str(self.folder / "pid")],
                stdout=subprocess.DEVNULL, stderr=said,
            )  # fmt: skip
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError((self.folder / "said").read_text())

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(30)
            self._process = None

    def lines(self, name: str = "all") -> list[str]:
        path = self.folder / name
        return path.read_text("utf-8-sig").splitlines() if path.exists() else []
