"""`leadglass audit reindex` on a record."""

from pathlib import Path

from click.testing import CliRunner

from gateway.audit import open_ledger
from gateway.audit.index import Wanted, index_path, open_index, page
from gateway.cli.audit import audit
from tests.audit.made import ORIGIN, audit_id, decision


def test_the_index_is_built_and_built_anew(tmp_path: Path) -> None:
    with open_ledger(tmp_path, ORIGIN) as ledger:
        ledger.append(decision(audit_id(1))).result()
    for words in ([], ["--anew"], []):
        told = CliRunner().invoke(audit, ["reindex", "--state", str(tmp_path), *words])
        assert told.exit_code == 0
        assert told.stdout == "the index is up to the record\n"
        with open_index(index_path(tmp_path)) as index:
            assert [one.id for one in page(index, Wanted())] == [audit_id(1)]
