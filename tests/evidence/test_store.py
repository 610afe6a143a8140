"""The folder of sealed uploads: private, bounded, and emptied in time."""

import asyncio
import os
import time
from pathlib import Path

import pyrage
import pytest

from gateway.errors import EvidenceError
from gateway.evidence import EvidenceStore
from gateway.model import Destination, Transfer

KEY = pyrage.x25519.Identity.generate()
ID, OTHER = "06h0csq7bkpgx5mhevmw", "06h0csq7bkpgx5mhevmx"
DAY = 86_400


def upload(body: bytes = b"scan") -> Transfer:
    return Transfer(Destination("api.openai.com", 443), body=body)


def keep(store: EvidenceStore, audit_id: str = ID, body: bytes = b"scan") -> str:
    return asyncio.run(store.keep(audit_id, upload(body)))


@pytest.fixture
def store(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(tmp_path / "evidence", (KEY.to_public(),), days=14, megabytes=1)


def test_kept_listed_opened_erased(store: EvidenceStore) -> None:
    assert store.all() == ()
    assert keep(store) == ""
    (one,) = store.all()
    assert (one.id, one.expires - one.kept) == (ID, 14 * DAY)
    assert store.open(ID, KEY).body == b"scan"
    assert store.folder.stat().st_mode & 0o777 == 0o700
    (file,) = store.folder.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert b"scan" not in file.read_bytes()
    assert store.erase(ID)
    assert not store.erase(ID)
    with pytest.raises(EvidenceError, match="nothing is kept"):
        store.open(ID, KEY)


def test_what_does_not_fit_is_not_kept_and_nothing_else_is_lost(store: EvidenceStore) -> None:
    assert keep(store, ID, bytes(600_000)) == ""
    assert keep(store, OTHER, bytes(600_000)) == "full"
    assert [one.id for one in store.all()] == [ID]


def test_where_nothing_can_be_written_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "evidence").write_text("a file in the way")
    assert keep(EvidenceStore(tmp_path / "evidence", (KEY.to_public(),))) == "cannot-write"


def test_what_has_expired_is_erased_and_what_a_crash_left_too(store: EvidenceStore) -> None:
    keep(store, ID)
    keep(store, OTHER)
    (store.folder / "half.new").write_bytes(b"half")
    past = time.time() - 15 * DAY
    for name in (f"{ID}.age", "half.new"):
        os.utime(store.folder / name, (past, past))
    assert store.erase_old() == 1
    assert [path.name for path in store.folder.iterdir()] == [f"{OTHER}.age"]


@pytest.mark.parametrize("wrong", ["../ledger", "", "a/b", "ä"])
def test_an_id_is_no_path(store: EvidenceStore, wrong: str) -> None:
    with pytest.raises(EvidenceError, match="not the id"):
        store.open(wrong, KEY)
