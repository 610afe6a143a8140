"""The record on its way to a real HTTPS server that fails in every way."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from standardwebhooks import Webhook, WebhookVerificationError

from gateway.audit import open_ledger
from gateway.cli.audit import audit
from gateway.errors import ForwardingError
from gateway.forwarding import load_receivers
from gateway.forwarding import stream as streams
from gateway.forwarding import webhook as webhooks
from tests.audit.made import ORIGIN, audit_id
from tests.forwarding.sending import streaming, until, write
from tests.support.certificates import Issuer
from tests.support.webhooks import HANG, WebhookHost

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    Issuer().write_server(folder)
    return folder


@pytest.fixture
def host(certificates: Path) -> Iterator[WebhookHost]:
    with WebhookHost(certificates) as host:
        yield host


def receivers(
    folder: Path, host: WebhookHost, certificates: Path, words: str = "", secret: str = SECRET
) -> Path:
    key = folder / "hook.key"
    key.touch(0o600)
    key.write_text(secret + "\n")
    path = folder / "receivers.yaml"
    path.write_text(
        f"receivers:\n  - name: hook\n    webhook: https://127.0.0.1:{host.port}/in?from=leadglass\n"
        f"    secret: hook.key\n    ca: {certificates}/ca.pem\n{words}"
    )
    return path


def lines(host: WebhookHost) -> list[dict[str, object]]:
    return [json.loads(line) for _, body in list(host.taken) for line in body.splitlines()]


def ids(host: WebhookHost) -> list[str]:
    return [line["record"]["id"] for line in lines(host) if "record" in line]  # type: ignore[index]


def run_once(state: Path, path: Path) -> None:
    words = ["stream", "--state", str(state), "--receivers", str(path), "--once"]
    told = CliRunner().invoke(audit, words)
    assert told.exit_code == 0, told.output


def test_batches_are_signed_and_hold_records_and_checkpoints(
    tmp_path: Path, host: WebhookHost, certificates: Path
) -> None:
    with open_ledger(tmp_path / "state", ORIGIN) as ledger:
        write(ledger, range(3))
    run_once(tmp_path / "state", receivers(tmp_path, host, certificates))
    for path, headers, body in host.seen:
        assert path == "/in?from=leadglass"
        Webhook(SECRET).verify(body, headers, json_parse=False)
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(body + b"\n", headers, json_parse=False)
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(body, headers | {"webhook-id": "batch_other"}, json_parse=False)
    found = lines(host)
    assert [name for name in ids(host) if name < audit_id(3)] == [audit_id(n) for n in range(3)]
    assert any(str(line["checkpoint"]).startswith(ORIGIN) for line in found if "checkpoint" in line)
    indexes = [line["index"] for line in found if "record" in line]
    assert indexes == sorted(set(indexes))
    assert b"Doe" not in b"".join(body for _, _, body in host.seen)


def test_nothing_is_lost_or_repeated_while_it_fails_hangs_and_asks_to_wait(
    tmp_path: Path, host: WebhookHost, certificates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "PAUSES", (0.01,))
    monkeypatch.setattr(streams, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(webhooks, "ANSWER_SECONDS", 1.0)
    troubles = [
        (500, {}), HANG, (429, {"Retry-After": "1"}), (302, {"Location": "/elsewhere"}), (503, {"Retry-After": "soon"}),
    ]  # fmt: skip
    host.answers.extend(troubles)
    state = tmp_path / "state"
    with open_ledger(state, ORIGIN) as ledger:
        write(ledger, range(600))  # 1,201 entries: three batches
        with streaming(state, receivers(tmp_path, host, certificates)):
            until(lambda: audit_id(599) in ids(host))
            host.answers.extend(troubles)
            write(ledger, range(600, 620))
            until(lambda: audit_id(619) in ids(host))
    assert not host.answers
    assert [name for name in ids(host) if name < audit_id(10**6)] == [audit_id(n) for n in range(620)]
    first = [headers["webhook-id"] for _, headers, _ in host.seen[:6]]
    assert host.times[3] - host.times[2] >= 0.9, "it asked to be left alone for a second"
    assert len(set(first)) == 1, "a batch keeps its id when it is sent again"
    assert {path for path, _, _ in host.seen} == {"/in?from=leadglass"}, "a redirect is not followed"
    assert max(len(body.splitlines()) for _, _, body in host.seen) <= 501


def test_a_server_that_is_not_the_one_meant_gets_nothing(
    tmp_path: Path, host: WebhookHost, certificates: Path
) -> None:
    state, other = tmp_path / "state", tmp_path / "other"
    other.mkdir()
    Issuer().write_server(other)
    path = receivers(tmp_path, host, other)
    with open_ledger(state, ORIGIN) as ledger, streaming(state, path):
        write(ledger, range(3))
        status = ["stream", "--state", str(state), "--receivers", str(path), "--status"]
        until(lambda: "certificate is not good" in CliRunner().invoke(audit, status).output)
    assert host.seen == []


@pytest.mark.parametrize("form", ["ndjson", "cef", "ocsf", "atna", "fhir"])
def test_every_format_stands_in_a_batch(
    tmp_path: Path, host: WebhookHost, certificates: Path, form: str
) -> None:
    with open_ledger(tmp_path / "state", ORIGIN) as ledger:
        write(ledger, range(1))
    run_once(tmp_path / "state", receivers(tmp_path, host, certificates, f"    format: {form}\n"))
    records = [line["record"] for line in lines(host) if "record" in line]
    assert any(audit_id(0) in json.dumps(record) for record in records)
    assert {type(record) for record in records} == {str if form in ("cef", "atna") else dict}


@pytest.mark.parametrize("secret", ["", SECRET[6:], "whsec_" + "A" * 16, "whsec_not base64", SECRET + "é"])
def test_a_weak_or_broken_secret_is_refused(
    tmp_path: Path, host: WebhookHost, certificates: Path, secret: str
) -> None:
    (spec,) = load_receivers(receivers(tmp_path, host, certificates, secret=secret))
    with pytest.raises(ForwardingError, match="secret") as caught:
        webhooks.WebhookReceiver(spec)
    assert not secret or secret not in str(caught.value)


def test_a_secret_that_others_can_read_is_refused(
    tmp_path: Path, host: WebhookHost, certificates: Path
) -> None:
    (spec,) = load_receivers(receivers(tmp_path, host, certificates))
    (tmp_path / "hook.key").chmod(0o640)
    with pytest.raises(ForwardingError, match="0600"):
        webhooks.WebhookReceiver(spec)


def test_a_wait_is_read_as_seconds_or_as_a_date() -> None:
    ahead = format_datetime(datetime.now(UTC) + timedelta(minutes=5), usegmt=True)
    assert 200 < webhooks._seconds(ahead) <= 300
    past = format_datetime(datetime.now(UTC) - timedelta(minutes=5), usegmt=True)
    for text, seconds in (("7", 7), ("", 0), ("soon", 0), ("-3", 0), (past, 0), ("9" * 40, 3600), ("٣", 0)):
        assert webhooks._seconds(text) == seconds, text
