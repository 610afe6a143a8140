"""The record on its way to a real rsyslog: in order, at least once, also when either side goes away."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.audit import Entry, open_ledger
from gateway.audit.opening import record_path
from gateway.cli.audit import audit
from tests.audit.made import ORIGIN, audit_id, decision
from tests.forwarding.sending import streaming, until, write
from tests.support.rsyslog import LogHost

NDJSON = re.compile(r'origin="(?P<origin>[^"]+)" index="(?P<index>\d+)"\] (?:\ufeff)?(?P<text>\{.*\})$')


@pytest.fixture
def host(tmp_path: Path) -> Iterator[LogHost]:
    with LogHost(tmp_path / "host") as host:
        yield host


def receivers(folder: Path, host: LogHost, words: str = "") -> Path:
    path = folder / "receivers.yaml"
    path.write_text(
        f"receivers:\n  - name: siem\n    syslog: 127.0.0.1:{host.port}\n    ca: {host.folder}/ca.pem\n{words}"
    )
    return path


def arrived(host: LogHost) -> list[tuple[int, dict[str, object]]]:
    found = (NDJSON.search(line) for line in host.lines())
    return [(int(match["index"]), json.loads(match["text"])) for match in found if match]


def ids(host: LogHost) -> set[object]:
    return {record["id"] for _, record in arrived(host)}


def test_every_record_arrives_once_it_is_finished(tmp_path: Path, host: LogHost) -> None:
    state = tmp_path / "state"
    with open_ledger(state, ORIGIN) as ledger, streaming(state, receivers(tmp_path, host)):
        write(ledger, range(5))
        ledger.append(decision(audit_id(5))).result()
        until(lambda: {audit_id(n) for n in range(5)} <= ids(host))
        assert audit_id(5) not in ids(host)
        ledger.append(Entry.outcome_of(audit_id(5), "client-gone")).result()
        until(lambda: audit_id(5) in ids(host))
    found = arrived(host)
    last = next(record for _, record in found if record["id"] == audit_id(5))
    assert (last["outcome"], last["action"], last["user"]) == ("client-gone", "block", "müller")
    assert [index for index, _ in found] == sorted(index for index, _ in found)
    assert "Doe" not in "".join(host.lines())


def test_nothing_is_lost_while_the_receiver_is_away(tmp_path: Path, host: LogHost) -> None:
    state = tmp_path / "state"
    with open_ledger(state, ORIGIN) as ledger, streaming(state, receivers(tmp_path, host)):
        write(ledger, range(3))
        until(lambda: audit_id(2) in ids(host))
        host.stop()
        write(ledger, range(3, 40))
        host.start()
        until(lambda: {audit_id(n) for n in range(40)} <= ids(host))


def test_after_a_start_it_goes_on_where_it_stopped(tmp_path: Path, host: LogHost) -> None:
    state, path = tmp_path / "state", receivers(tmp_path, host)
    with open_ledger(state, ORIGIN) as ledger:
        write(ledger, range(300))
        assert CliRunner().invoke(audit, _words(state, path, "--once")).exit_code == 0
        until(lambda: audit_id(299) in ids(host))
        before = len(arrived(host))
        write(ledger, range(300, 303))
        assert CliRunner().invoke(audit, _words(state, path, "--once")).exit_code == 0
        until(lambda: audit_id(302) in ids(host))
    again = [record["id"] for _, record in arrived(host)[before:]]
    assert {audit_id(n) for n in range(300, 303)} <= set(again)
    assert audit_id(0) not in again, "only the last records are repeated"


def test_a_log_host_is_an_anchor(tmp_path: Path, host: LogHost) -> None:
    state, path = tmp_path / "state", receivers(tmp_path, host, "    format: cef\n")
    with open_ledger(state, ORIGIN) as ledger:
        write(ledger, range(5))
    assert CliRunner().invoke(audit, _words(state, path, "--once")).exit_code == 0
    until(lambda: bool(host.lines("checkpoints")))
    host.stop()
    for kept in ("checkpoints", "all"):
        told = CliRunner().invoke(
            audit, ["verify", "--state", str(state), "--anchor", str(host.folder / kept), "--json"]
        )
        assert told.exit_code == 0, told.output
        assert json.loads(told.output)["anchored"]["size"] == 12

    with closing(sqlite3.connect(record_path(state, ORIGIN), autocommit=True)) as database:
        # Somebody who owns the file takes back the last upload and every signature over it.
        for name in [
            name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        ]:
            database.execute(f"DROP TRIGGER {name}")
        database.execute("DELETE FROM entries WHERE idx >= 9")
        database.execute("DELETE FROM checkpoints")
    told = CliRunner().invoke(
        audit, ["verify", "--state", str(state), "--anchor", str(host.folder / "checkpoints"), "--json"]
    )
    assert told.exit_code == 1
    assert "truncated" in {fault["kind"] for fault in json.loads(told.output)["faults"]}


def test_a_server_that_is_not_the_one_meant_gets_nothing(tmp_path: Path, host: LogHost) -> None:
    state, other = tmp_path / "state", LogHost(tmp_path / "other")
    path = receivers(tmp_path, host)
    path.write_text(path.read_text().replace(f"{host.folder}/ca.pem", f"{other.folder}/ca.pem"))
    with open_ledger(state, ORIGIN) as ledger, streaming(state, path):
        write(ledger, range(3))
        until(lambda: "certificate" in _status(state, path))
    assert host.lines() == []


def test_the_state_of_each_receiver_can_be_asked_for(tmp_path: Path, host: LogHost) -> None:
    state, path = tmp_path / "state", receivers(tmp_path, host)
    with open_ledger(state, ORIGIN) as ledger:
        write(ledger, range(3))
        assert "siem: 7 entries behind" in _status(state, path)
        assert CliRunner().invoke(audit, _words(state, path, "--once")).exit_code == 0
        assert "siem: 0 entries behind; up to date" in _status(state, path)
        host.stop()
        with streaming(state, path):
            write(ledger, range(3, 5))
            until(lambda: "nobody listens there" in _status(state, path) or "broke" in _status(state, path))


def _words(state: Path, path: Path, *more: str) -> list[str]:
    return ["stream", "--state", str(state), "--receivers", str(path), *more]


def _status(state: Path, path: Path) -> str:
    return CliRunner().invoke(audit, _words(state, path, "--status")).output
