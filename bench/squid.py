"""Squid on loopback, as a plain proxy or looking into TLS (ssl-bump): what is written in C and looks at nothing."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trustme

from bench.process_tree import Server

PLAIN = "http_port 127.0.0.1:{port}"
BUMP = """
http_port 127.0.0.1:{port} ssl-bump tls-cert={folder}/authority.pem generate-host-certificates=on
sslcrtd_program {helper} -s {folder}/certificates -M 4MB
sslcrtd_children 1
tls_outgoing_options cafile={origin}
ssl_bump bump all
"""
REST = """
pid_filename none
cache deny all
access_log none
cache_log {folder}/said
coredump_dir {folder}
pinger_enable off
shutdown_lifetime 0 seconds
hosts_file {folder}/hosts
http_access allow all
"""
HELPER = "/usr/lib/squid/security_file_certgen"


@contextmanager
def squid(name: str, origin: Path | None = None) -> Iterator[Server]:
    """Squid, for which `name` is on loopback; with the origin's CA file it opens TLS. RuntimeError without Squid."""
    program = shutil.which("squid") or shutil.which("squid", path="/usr/sbin")
    if program is None:
        raise RuntimeError("Squid is not installed; see deploy/packages.txt")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryDirectory(prefix="lg-squid-") as path:
        folder = Path(path)
        (folder / "hosts").write_text(f"127.0.0.1 {name}\n")
        listen = PLAIN
        if origin is not None:
            listen = BUMP
            authority = trustme.CA()
            authority.private_key_pem.write_to_path(str(folder / "authority.pem"))
            authority.cert_pem.write_to_path(str(folder / "authority.pem"), append=True)
            shutil.copy(origin, folder / "origin.pem")
            subprocess.run(
                [HELPER, "-c", "-s", folder / "certificates", "-M", "4MB"], check=True, capture_output=True
            )
        settings = (listen + REST).format(
            port=port, folder=folder, helper=HELPER, origin=folder / "origin.pem"
        )
        (folder / "conf").write_text(settings)
        if os.geteuid() == 0:  # it gives up root's rights
            for each in (folder, *folder.rglob("*")):
                shutil.chown(each, "proxy", "proxy")
        with subprocess.Popen(
            [program, "-N", "-f", str(folder / "conf")], stderr=subprocess.DEVNULL
        ) as process:
            try:
                _until_open(port)
                yield Server(f"127.0.0.1:{port}", process.pid)
            finally:
                process.terminate()


def _until_open(port: int) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("Squid did not start")
