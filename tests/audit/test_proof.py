import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.audit import SqliteLedger, SqliteReader
from gateway.audit.checkpoint import open_checkpoint
from gateway.audit.proof import prove
from gateway.audit.tree import verify_inclusion
from gateway.errors import AuditError
from tests.audit.made import ORIGIN, VERIFIER, Grown, audit_id, decision, store

VERIFIER_PROGRAM = Path(__file__).parents[2] / "docs" / "verify_inclusion.py"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("proof") / f"{ORIGIN}.sqlite"
    store(path, Grown(700).copy)
    return path


def proof(path: Path, number: int) -> dict[str, object]:
    with SqliteReader(path) as reader:
        return prove(reader, reader.find(audit_id(number)), (VERIFIER,))


def judged(tmp_path: Path, proof: object, *key: str) -> subprocess.CompletedProcess[str]:
    file = tmp_path / "proof.json"
    file.write_text(json.dumps(proof), encoding="utf-8")
    command = [sys.executable, "-I", str(VERIFIER_PROGRAM), str(file), *key]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_proof_convinces_a_verifier_that_knows_nothing_of_us(path: Path, tmp_path: Path) -> None:
    for number in (0, 150, 348):
        told = judged(tmp_path, proof(path, number), VERIFIER.line())
        assert told.returncode == 0, told.stderr
        assert told.stdout.count("proven: entry") == 2
        assert audit_id(number) in told.stdout
    assert judged(tmp_path, proof(path, 1)).returncode == 0


def test_a_changed_proof_convinces_nobody(path: Path, tmp_path: Path) -> None:
    good = json.dumps(proof(path, 42))
    changes = [
        ("coach", "allow"), ('\\"bytes\\":800', '\\"bytes\\":801'), ('"index": 85', '"index": 87'), ("700", "701"),
        ('"proof": ["', '"proof": ["AAAA'), ("gateway-1", "gateway-2"),
    ]  # fmt: skip
    for old, new in changes:
        assert old in good
        told = judged(tmp_path, json.loads(good.replace(old, new, 1)), VERIFIER.line())
        assert told.returncode == 1, (old, told.stdout)
        assert "NOT proven" in told.stderr
    emptied = json.loads(good) | {"entries": []}
    assert judged(tmp_path, emptied, VERIFIER.line()).returncode == 1
    assert (
        judged(tmp_path, json.loads(good), VERIFIER.line().replace("gateway-1", "gateway-2")).returncode == 1
    )


def test_a_proof_is_small(path: Path) -> None:
    steps = proof(path, 42)["entries"][0]["proof"]  # type: ignore[index]
    assert len(steps) == 10
    assert len(json.dumps(["x" * 44] * 20)) <= 1024  # twenty steps reach 2**20 entries


def test_what_is_not_signed_yet_cannot_be_proven(tmp_path: Path) -> None:
    copy = Grown(10, 10).copy
    path = tmp_path / f"{ORIGIN}.sqlite"
    store(path, copy)
    with SqliteLedger(path, ORIGIN) as ledger:
        ledger.append(decision(audit_id(99))).result()
    with pytest.raises(AuditError, match="not signed yet"):
        proof(path, 99)
    assert len(proof(path, 1)["entries"]) == 2  # type: ignore[arg-type]


def test_an_independent_package_accepts_our_proofs(path: Path) -> None:
    aics = pytest.importorskip("aics_tlog", reason="peer not installed: pip install --no-deps aics-tlog")
    made = proof(path, 42)
    note = str(made["checkpoint"])
    result = aics.verify_checkpoint(aics.parse_note(note), aics.parse_vkey(VERIFIER.line()))
    assert result.log_ok
    head = open_checkpoint(note, (VERIFIER,))
    for item in made["entries"]:  # type: ignore[attr-defined]
        steps = [base64.b64decode(step) for step in item["proof"]]
        leaf = aics.leaf_hash(item["entry"].encode())
        assert aics.verify_inclusion(leaf, item["index"], head.size, steps, head.root)
        assert verify_inclusion(leaf, item["index"], head.size, steps, head.root)
