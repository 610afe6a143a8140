"""A PostgreSQL server of its own for tests: Debian's, in a temporary folder, on a socket file and, if wanted, an address."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Self

import psycopg
from psycopg import sql

from gateway.audit.postgres_schema import prepare

WRITER = "gateway"


def _program(name: str) -> str:
    found = shutil.which(name) or next(
        map(str, sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))), None
    )
    assert found, "PostgreSQL is missing; run deploy/install-packages test"
    return found


class PostgresServer:
    """Started, stopped and restarted at will; `record(role)` names its database for a role."""

    def __init__(self, address: str = "", clients: str = "") -> None:
        self.address, self.clients, self.port = address, clients, 5432

    def __enter__(self) -> Self:
        # A server refuses to run as root; in a container the tests are root, and Debian made the user.
        self._user = "postgres" if os.geteuid() == 0 else None
        self.folder = Path(tempfile.mkdtemp(prefix="lg-pg-"))  # a socket's path must be short
        if self._user:
            shutil.chown(self.folder, self._user)
        self._run("initdb", "-D", self.data, "-A", "trust", "-U", "owner", "--no-sync", "-E", "UTF8")
        if self.address:
            with socket.create_server((self.address, 0)) as free:
                self.port = int(free.getsockname()[1])
            with Path(self.data, "pg_hba.conf").open("a") as rules:
                rules.write(f"host all {WRITER} {self.clients} trust\n")
        self.start()
        with psycopg.connect(self.record("owner"), autocommit=True) as database:
            database.execute(f"CREATE ROLE {WRITER} LOGIN")
        prepare(self.record("owner"), WRITER)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    @property
    def data(self) -> str:
        return str(self.folder / "data")

    def record(self, role: str = WRITER) -> str:
        return f"postgresql://{role}@/postgres?host={self.folder}&port={self.port}"

    def remote_record(self) -> str:
        """The same for a gateway on another host, which reaches the server by its address."""
        return f"postgresql://{WRITER}@{self.address}:{self.port}/postgres"

    def start(self) -> None:
        options = f"-k {self.folder} -p {self.port} -c listen_addresses={self.address} -c shared_buffers=16MB -c max_connections=30"
        self._run("pg_ctl", "-D", self.data, "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self.data, "-w", "-m", "immediate", "stop")

    def empty(self) -> None:
        """Forget everything, as only the owner can, and only by taking the guards away."""
        with psycopg.connect(self.record("owner")) as database:
            database.execute("SET session_replication_role = replica")
            for table in ("entries", "nodes", "checkpoints", "hint"):
                database.execute(sql.SQL("DELETE FROM leadglass.{}").format(sql.Identifier(table)))

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [_program(program), *arguments], cwd="/", user=self._user, check=False,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
