"""Three gateways on three hosts behind HAProxy, one record in PostgreSQL, real clients; then everything goes wrong in turn."""

import hashlib
import hmac
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from gateway.enrol import open_authority
from gateway.settings import secret_key
from tests.support.gateways import GatewayProcess
from tests.support.hosts import network
from tests.support.postgres import PostgresServer
from tests.support.scans import ct_png
from tests.support.upstream import RecordingUpstream
from tests.topology.clients import HOST, Crowd
from tests.topology.cluster import Member, balancer, until

NAMES = ("first", "second", "third")
PEOPLE = [f"127.0.0.{number}" for number in range(50, 56)]
RELEASED = ("allow", "log", "redact")


def test_a_killed_a_cut_off_and_restarted_gateways_lose_nothing_and_release_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as stack:
        network_ = stack.enter_context(network(len(NAMES)))
        server = stack.enter_context(PostgresServer(network_.middle, network_.addresses))
        monkeypatch.setenv("LEADGLASS_BALANCERS", network_.addresses)
        monkeypatch.setenv("LEADGLASS_RECORD", server.remote_record())
        upstream = stack.enter_context(RecordingUpstream(tmp_path, HOST, address=network_.middle))
        members = [
            Member(tmp_path, name, upstream, host)
            for name, host in zip(NAMES, network_.hosts, strict=True)
        ]  # fmt: skip
        first, second, _ = members
        _same_secrets([member.process.state for member in members])
        with ThreadPoolExecutor() as together:
            list(together.map(lambda member: stack.enter_context(member.process), members))
        for member in members:
            member.until_ready()
        port = stack.enter_context(balancer(tmp_path, members))

        crowd = Crowd(f"127.0.0.1:{port}", first.process.ca)
        crowd.start(PEOPLE)
        try:
            _everybody_goes_on(crowd)
            first.process.kill()
            _everybody_goes_on(crowd)
            second.cut()
            first.start_again()
            _everybody_goes_on(crowd)
            second.join()
            second.until_ready()
            for member in members:
                member.restart()
            _everybody_goes_on(crowd)
        finally:
            crowd.stop()
        assert crowd.failed == []
        _hold_against_the_record(upstream, crowd, first.process)
        _verify(tmp_path / "auditor", members)


def _same_secrets(states: list[Path]) -> None:
    """One authority and the same keys everywhere, as a roll-out hands them out; each signs with a key of its own."""
    first, *others = states
    open_authority(first, ("openai.com",))
    for name in ("hmac", "uid"):
        secret_key(first, name)
    for other in others:
        shutil.copytree(first, other)


def _everybody_goes_on(crowd: Crowd) -> None:
    """Each person has had uploads answered and scans stopped since this was asked."""
    answered, stopped = len(crowd.answered), len(crowd.stopped)

    def all_have() -> bool:
        served = {mark.split()[1] for mark in crowd.answered[answered:]}
        refused = {mark.split()[1] for mark in crowd.stopped[stopped:]}
        return bool(crowd.failed) or (served == {"127.0.0.1", *PEOPLE} and refused == {*PEOPLE})

    until(all_have)
    assert crowd.failed == []


def _hold_against_the_record(upstream: RecordingUpstream, crowd: Crowd, gateway: GatewayProcess) -> None:
    arrived = [body for _, _, body in upstream.requests]
    everything = b"\n".join(arrived)
    assert [mark for mark in crowd.answered if mark.encode() not in everything] == []
    assert b"medical" not in everything
    assert ct_png() not in upstream.received
    entries = [entry for entry in gateway.entries() if entry["type"] == "decision"]
    released = {entry["content"] for entry in entries if entry["action"] in RELEASED}
    key = (gateway.state / "keys" / "hmac").read_bytes()
    assert all(hmac.new(key, body, hashlib.sha256).hexdigest() in released for body in arrived)
    assert {entry["client"] for entry in entries} == {"127.0.0.1", *PEOPLE}


def _verify(state: Path, members: list[Member]) -> None:
    """An auditor who holds every gateway's public key finds nothing wrong in any of the records."""
    (state / "ledger").mkdir(parents=True)
    for member in members:
        shutil.copy2(member.process.state / "ledger" / f"{member.name}.vkey", state / "ledger")
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "audit", "verify", "--state", str(state)],
        capture_output=True, text=True, check=False, env={**os.environ},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(name in done.stdout for name in NAMES)
