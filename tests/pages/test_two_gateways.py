"""Two running gateways with one record: a reason given on the page of one lets the upload pass at the other."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.pages.test_pages import FROM_HERE, HOST, PAGES, TOKEN, send, stopped
from tests.policy.made import write
from tests.support.gateways import GatewayProcess
from tests.support.postgres import PostgresServer
from tests.support.scans import ct_png
from tests.support.upstream import RecordingUpstream

COACH = "because: Say why.\nto: public\nfound: medical-image\ndo: coach\n"
KEY = bytes(range(32))
REST = "because: The rest is written down.\nfound: {kind: [ordinary-image, text-in-pixels, identifier-in-metadata]}\ndo: log\n"


@pytest.fixture
def upstream(tmp_path: Path) -> Iterator[RecordingUpstream]:
    with RecordingUpstream(tmp_path, HOST) as running:
        yield running


@pytest.mark.parametrize("where", ["files", "database"])
def test_a_reason_given_at_one_gateway_lets_the_upload_pass_at_both(
    tmp_path: Path, upstream: RecordingUpstream, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    rules = write(tmp_path / "rules", coach=COACH, rest=REST)
    with ExitStack() as stack:
        if where == "database":
            monkeypatch.setenv("LEADGLASS_RECORD", stack.enter_context(PostgresServer()).record())
        # Files are shared by sharing the state folder; a database by hosts that have nothing else in common but a key.
        states = [tmp_path / "a", tmp_path / ("a" if where == "files" else "b")]
        running = []
        for name, state in zip("ab", states, strict=True):
            if not (state / "keys").exists():
                (state / "keys").mkdir(mode=0o700, parents=True)
                (state / "keys" / "hmac").write_bytes(KEY)
                (state / "keys" / "hmac").chmod(0o600)
            more = ("--rules", str(rules), "--gateway-id", name)
            running.append(stack.enter_context(GatewayProcess(state, upstream, *more)))
        here, there = (stack.enter_context(one.client()) for one in running)
        audit_id = stopped(here).rpartition("/")[2]
        _give_reason(there, audit_id)
        assert send(there, ct_png()).status_code == 200
        until = time.monotonic() + 30
        while "The same was sent again" not in here.get(f"{PAGES}/upload/{audit_id}").text:
            assert time.monotonic() < until
            time.sleep(0.1)
        assert send(here, ct_png()).status_code == 200
        assert len(upstream.requests) == 2


def _give_reason(client: httpx.Client, audit_id: str) -> None:
    address = f"{PAGES}/upload/{audit_id}"
    token = TOKEN.search(client.get(address).text)
    assert token
    words = {"token": token[1], "reason": "anonymised"}
    assert client.post(address, data=words, headers=FROM_HERE).status_code == 303
