"""Sealed evidence with the real proxy: kept when asked for, opened only by the reviewer, every step in the record."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli.evidence import evidence
from gateway.errors import EvidenceError, SettingsError
from tests.support.gateways import GatewayProcess, GatewayThread
from tests.support.scans import dicom, landscape
from tests.support.upstream import RecordingUpstream

HOST = "api.openai.com"


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordingUpstream]:
    with RecordingUpstream(tmp_path_factory.mktemp("upstream"), HOST) as running:
        yield running


def run(state: Path, *words: str) -> Result:
    return CliRunner().invoke(evidence, [*words, "--state", str(state)])


def made_key(folder: Path, name: str) -> tuple[Path, str]:
    done = CliRunner().invoke(evidence, ["key", str(folder / name)])
    assert done.exit_code == 0
    return folder / name, done.stdout.strip()


def test_from_a_refusal_to_the_picture_and_back_to_the_record(
    tmp_path: Path, upstream: RecordingUpstream
) -> None:
    secret, public = made_key(tmp_path, "reviewer.key")
    assert secret.stat().st_mode & 0o777 == 0o600
    wrong, _ = made_key(tmp_path, "other.key")
    (tmp_path / "reviewers.txt").write_text(public + "\n")
    state = tmp_path / "state"
    with GatewayProcess(state, upstream, "--evidence", str(tmp_path / "reviewers.txt")) as gateway:
        with gateway.client() as client:
            refused = client.post(f"https://{HOST}/v1/files", files={"file": ("ct.dcm", dicom())})
            client.post(f"https://{HOST}/v1/files", files={"file": ("a.png", landscape())})
        assert refused.status_code == 403
        decision = refused.headers["leadglass-id"]
        assert [path.name for path in (state / "evidence").iterdir()] == [f"{decision}.age"]
        assert decision in run(state, "list").stdout
        denied = run(
            state, "open", decision, "--key", str(wrong), "--to", str(tmp_path / "no"), "--by", "eve"
        )
        assert isinstance(denied.exception, EvidenceError)
        assert not (tmp_path / "no").exists()
        opened = run(
            state, "open", decision, "--key", str(secret), "--to", str(tmp_path / "out"), "--by", "ann"
        )
        assert opened.exit_code == 0, opened.output
        assert (tmp_path / "out" / decision / "001.dicom").read_bytes() == dicom()
        assert run(state, "erase", decision, "--by", "ann").exit_code == 0
        assert not list((state / "evidence").iterdir())
    events = [
        (entry["event"], entry.get("user", ""))
        for entry in gateway.entries("--events")
        if entry.get("event", "").startswith("evidence")
    ]
    assert sorted(events) == [
        ("evidence-erased", "ann"), ("evidence-kept", ""), ("evidence-opened", "ann"), ("evidence-opened", "eve"),
    ]  # fmt: skip
    again = run(state, "open", decision, "--key", str(secret), "--to", str(tmp_path / "again"))
    assert isinstance(again.exception, EvidenceError)


def test_nothing_is_kept_unless_it_is_asked_for(tmp_path: Path, upstream: RecordingUpstream) -> None:
    with GatewayThread(tmp_path / "state", upstream) as gateway, gateway.client() as client:
        assert client.post(f"https://{HOST}/v1/files", content=dicom()).status_code == 403
    assert not (tmp_path / "state" / "evidence").exists()


def test_a_gateway_that_could_open_what_it_seals_does_not_start(
    tmp_path: Path, upstream: RecordingUpstream
) -> None:
    secret, _ = made_key(tmp_path, "reviewer.key")
    with (
        pytest.raises(SettingsError, match="secret key"),
        GatewayThread(tmp_path / "state", upstream, evidence=secret),
    ):
        pass


def test_a_key_is_never_written_over(tmp_path: Path) -> None:
    made_key(tmp_path, "reviewer.key")
    assert isinstance(
        CliRunner().invoke(evidence, ["key", str(tmp_path / "reviewer.key")]).exception, EvidenceError
    )


def test_a_full_store_refuses_all_the_same_and_says_so(tmp_path: Path, upstream: RecordingUpstream) -> None:
    _, public = made_key(tmp_path, "reviewer.key")
    (tmp_path / "reviewers.txt").write_text(public)
    state = tmp_path / "state"
    (state / "evidence").mkdir(parents=True)
    (state / "evidence" / "0.age").write_bytes(bytes(1_000_000))
    upstream.clear()
    with (
        GatewayThread(state, upstream, evidence=tmp_path / "reviewers.txt", evidence_megabytes=1) as gateway,
        gateway.client() as client,
    ):
        answer = client.post(f"https://{HOST}/v1/files", content=dicom())
    assert answer.status_code == 403
    assert upstream.received == b""
    kept = [one for one in _entries(state) if one.get("event") == "evidence-not-kept"]
    assert [one["detail"] for one in kept] == ["full"]


def _entries(state: Path) -> list[dict[str, str]]:
    from gateway.cli.audit import audit

    done = CliRunner().invoke(audit, ["export", "--state", str(state), "--format", "ndjson", "--events"])
    return [json.loads(line) for line in done.stdout.splitlines()]
