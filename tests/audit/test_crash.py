import subprocess
import sys
from pathlib import Path

from gateway.audit import Entry, SqliteReader, open_ledger, verify_ledger
from gateway.audit.opening import key_path, read_keys, record_path
from tests.audit.made import ORIGIN, chance

ROUNDS = 20


def test_every_acknowledged_entry_survives_a_kill_at_any_moment(tmp_path: Path) -> None:
    pick = chance(4)
    acknowledged: dict[int, str] = {}
    for _ in range(ROUNDS):
        command = [sys.executable, "-m", "tests.audit.appender", str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0) as process:
            assert process.stdout is not None
            said = b""
            wanted = pick.randrange(30, 6000)  # bytes, so also in the middle of a line
            while len(said) < wanted:
                said += process.stdout.read(wanted - len(said))
            process.kill()
            said += process.stdout.read()
        for line in said.decode().split("\n")[:-1]:
            index, audit_id = line.split(" ")
            assert int(index) not in acknowledged
            acknowledged[int(index)] = audit_id
    assert len(acknowledged) > ROUNDS
    with open_ledger(tmp_path, ORIGIN):
        pass
    with SqliteReader(record_path(tmp_path, ORIGIN)) as reader:
        report = verify_ledger(reader, read_keys(key_path(tmp_path, ORIGIN)))
        made = {row.idx: Entry.parse(row.body) for row in reader.rows()}
    assert report.faults == ()
    assert (report.unsigned, report.still_open) == (0, 0)
    assert {index: made[index].id for index in acknowledged} == acknowledged
    assert sum(entry.outcome == "unknown-crash" for entry in made.values()) >= 1
