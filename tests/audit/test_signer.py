import base64
import io
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.audit.checkpoint import VerifierKey, open_checkpoint
from gateway.audit.signer import Signer, serve
from gateway.audit.signing import Inconsistent, SignerClient
from gateway.audit.tree import Frontier, leaf_hash, prove_consistency
from gateway.errors import AuditError
from tests.audit.made import ORIGIN
from tests.audit.test_tree import data, mth, source


def test_it_signs_a_record_that_grew_and_no_other(tmp_path: Path) -> None:
    signer = Signer.open(tmp_path, ORIGIN)
    d = data(10)
    key = VerifierKey.parse(signer.hello()["key"])
    for size in (0, 3, 3, 10):
        note = signer.sign(size, mth(d[:size]), prove_consistency(signer.size, size, source(d)))
        assert open_checkpoint(note, (key,)).size == size
    other = [b"other", *d[1:], b"more"]
    for size, root, proof in (
        (11, mth(other), prove_consistency(10, 11, source(other))),
        (9, mth(d[:9]), ()),
        (10, mth(other[:10]), ()),
        (0, mth([]), ()),
        (11, mth([*d, b"more"]), ()),
    ):
        with pytest.raises(AuditError, match="inconsistent"):
            signer.sign(size, root, proof)
    assert (signer.size, signer.root) == (10, mth(d))


def test_it_remembers_across_its_own_end(tmp_path: Path) -> None:
    d = data(5)
    Signer.open(tmp_path, ORIGIN).sign(5, mth(d), ())
    again = Signer.open(tmp_path, ORIGIN)
    assert (again.size, again.root) == (5, mth(d))
    with pytest.raises(AuditError, match="inconsistent"):
        again.sign(4, mth(d[:4]), ())


def test_key_and_memory_are_for_the_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        Signer.open(tmp_path / "keys", ORIGIN).sign(1, mth(data(1)), ())
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").iterdir()}
    assert modes == {"signer": 0o600, f"signer.{ORIGIN}.last": 0o600}
    (tmp_path / "keys" / "signer").chmod(0o644)
    with pytest.raises(AuditError, match="read by others"):
        Signer.open(tmp_path / "keys", ORIGIN)


@pytest.mark.parametrize("memory", [b"", b"{}", b"[]", b'{"size":"x","root":""}'])
def test_a_memory_that_cannot_be_read_is_not_an_empty_one(tmp_path: Path, memory: bytes) -> None:
    Signer.open(tmp_path, ORIGIN)
    (tmp_path / f"signer.{ORIGIN}.last").write_bytes(memory)
    with pytest.raises(AuditError, match="memory"):
        Signer.open(tmp_path, ORIGIN)


def test_nonsense_is_answered_and_the_next_request_served(tmp_path: Path) -> None:
    signer = Signer.open(tmp_path, ORIGIN)
    good = {"size": 1, "root": base64.b64encode(mth(data(1))).decode(), "proof": []}
    lines = [
        b"{",
        b"null",
        b"[]",
        b'{"size":1}',
        b'{"size":"x","root":"","proof":[]}',
        b"\xff",
        json.dumps(good).encode(),
    ]
    answers = io.BytesIO()
    serve(signer, io.BytesIO(b"\n".join(lines) + b"\n"), answers)
    hello, *rest = [json.loads(line) for line in answers.getvalue().splitlines()]
    assert set(hello) == {"key", "size", "root"}
    assert [next(iter(answer)) for answer in rest] == ["refused"] * 6 + ["note"]


def test_the_process_signs_for_the_gateway_and_ends_with_it(tmp_path: Path) -> None:
    client = SignerClient(tmp_path, ORIGIN)
    frontier = Frontier()
    for item in data(3):
        frontier.append(leaf_hash(item))
    note = client.sign(3, frontier.root(), lambda old: prove_consistency(old, 3, source(data(3))))
    assert open_checkpoint(note, (client.key,)).size == 3
    with pytest.raises(Inconsistent):
        client.sign(3, bytes(32), lambda _: ())
    process = client._process
    assert process is not None
    client.close()
    assert process.returncode == 0


def test_a_dead_signer_is_noticed(tmp_path: Path) -> None:
    client = SignerClient(tmp_path, ORIGIN)
    assert client._process is not None
    client._process.kill()
    client._process.wait()
    with pytest.raises(AuditError, match="does not answer"):
        client.sign(1, mth(data(1)), lambda _: ())
    client.close()


def test_a_signer_without_a_usable_key_says_so(tmp_path: Path) -> None:
    (tmp_path / "signer").write_bytes(bytes(32))
    (tmp_path / "signer").chmod(0o640)
    with pytest.raises(AuditError, match="read by others"):
        SignerClient(tmp_path, ORIGIN)


def test_a_signer_of_another_user_is_reached_by_socket(tmp_path: Path) -> None:
    door = tmp_path / "signer.sock"
    command = [
        sys.executable,
        "-m",
        "gateway.audit.signer",
        "--keys",
        str(tmp_path),
        "--origin",
        ORIGIN,
        "--socket",
        str(door),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline()) == {"listening": str(door)}
        for size in (1, 2):  # one gateway after the other
            client = SignerClient(tmp_path / "nothing-here", ORIGIN, listening=door)
            client.sign(
                size, mth(data(size)), lambda old, new=size: prove_consistency(old, new, source(data(new)))
            )
            client.close()
        process.terminate()
    with pytest.raises(AuditError, match="cannot be reached"):
        SignerClient(tmp_path, ORIGIN, listening=door)
