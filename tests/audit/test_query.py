from pathlib import Path

import pytest

from gateway.audit import Entry, SqliteReader
from gateway.audit.query import Filter, as_json, find, newest, oldest
from tests.audit.made import Copy, Grown, audit_id, decision

GROWN = Grown(101).copy


def test_decisions_come_newest_first_with_what_became_of_them() -> None:
    found = list(newest([GROWN], Filter()))
    assert [record.entry.id for record in found] == [audit_id(n) for n in reversed(range(50))]
    assert {record.end for record in found} == {"delivered", "refused"}
    assert [record.entry.id for record in oldest([GROWN], Filter())] == [audit_id(n) for n in range(50)]


def test_a_decision_without_an_outcome_is_open() -> None:
    cut = Copy(GROWN.rows_[:2], [], [])
    assert [record.end for record in newest([cut], Filter())] == ["open"]


def test_filters() -> None:
    def ids(**wanted: object) -> int:
        return len(list(newest([GROWN], Filter(**wanted))))  # type: ignore[arg-type]

    assert ids() == 50
    assert ids(action="block") == 10
    assert ids(user="müller") == 50
    assert ids(user="somebody") == 0
    assert ids(host="chatgpt.com", action="allow") == 10
    assert ids(events=True) == 51
    assert ids(since="9999") == 0
    assert ids(since="2000") == 50
    assert len(list(oldest([GROWN], Filter(since="9999")))) == 0


def test_several_records_are_read_as_one() -> None:
    other = Copy(GROWN.rows_[:21], [], [], origin="gateway-2")
    found = list(newest([GROWN, other], Filter()))
    assert len(found) == 60
    assert [record.time for record in found] == sorted((record.time for record in found), reverse=True)
    assert {record.origin for record in found} == {"gateway-1", "gateway-2"}


@pytest.mark.parametrize(
    "spoken",
    [
        audit_id(7),
        audit_id(7).upper(),
        f" {audit_id(7)} ",
        audit_id(7).replace("0", "o"),
        audit_id(7)[:4] + "-" + audit_id(7)[4:],
    ],
)
def test_an_id_is_found_however_it_was_read_out(spoken: str) -> None:
    record = find([GROWN], spoken)
    assert record is not None
    assert record.entry.id == audit_id(7)
    assert record.end in ("delivered", "refused")


def test_an_unknown_id_is_not_found(tmp_path: Path) -> None:
    assert find([GROWN], "nothing") is None
    with pytest.raises(Exception, match="cannot be read"):
        SqliteReader(tmp_path / "none.sqlite")


def test_machines_get_the_fields_of_the_contract() -> None:
    contract = {
        "id", "time", "user", "client", "host", "path", "provider", "operation", "format", "bytes", "medical",
        "score", "modality", "action", "rule", "reason_code", "findings", "content", "rules_digest",
        "gateway_version", "outcome", "mode", "would",
    }  # fmt: skip
    shown = as_json(next(newest([GROWN], Filter(action="block"))))
    assert contract <= shown.keys()
    assert shown["score"] == 0.9877
    assert shown["medical"] is True
    assert shown["modality"] == "ct"
    assert shown["findings"] == {"medical-image": 2}
    assert shown["rules"] == ["medical-to-public", "second"]
    assert Entry.parse(decision(audit_id(1)).canonical()).medical
