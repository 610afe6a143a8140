"""The desk of a real gateway: by TLS, with an account made by command, and every view in the record."""

import json
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyotp
import pytest

from gateway.errors import SettingsError
from gateway.review import Books, Front, ReviewServer
from tests.review.desk import PASSWORD
from tests.support.certificates import Issuer
from tests.support.gateways import GatewayProcess
from tests.support.scans import ct_png
from tests.support.upstream import RecordingUpstream


@pytest.fixture
def upstream(tmp_path: Path) -> Iterator[RecordingUpstream]:
    with RecordingUpstream(tmp_path, "api.openai.com") as running:
        yield running


def leadglass(*arguments: str, given: str = "") -> str:
    command = [sys.executable, "-m", "gateway", *arguments]
    return subprocess.run(command, input=given, capture_output=True, text=True, check=True).stdout


def test_an_auditor_signs_in_reads_and_is_seen(tmp_path: Path, upstream: RecordingUpstream) -> None:
    issuer, state = Issuer(), tmp_path / "state"
    issuer.write_server(tmp_path)
    desk_pem = tmp_path / "desk.pem"
    desk_pem.write_bytes((tmp_path / "server.pem").read_bytes() + (tmp_path / "server.key").read_bytes())
    trust = ssl.create_default_context(cafile=tmp_path / "ca.pem")
    with GatewayProcess(state, upstream, "--review-certificate", str(desk_pem)) as gateway:
        with gateway.client() as sender:
            refused = sender.post(
                "https://api.openai.com/v1/images/edits", files={"image": ("x.png", ct_png())}
            )
            assert refused.status_code == 403
            audit_id = refused.headers["leadglass-id"]
        desk = f"https://{gateway.review}"
        account = ("review", "account")
        with httpx.Client(base_url=desk, verify=trust, timeout=30, headers={"Origin": desk}) as browser:
            assert "No account yet" in browser.get("/", follow_redirects=True).text
            shown = leadglass(
                *account,
                "add",
                "jana",
                "--role",
                "auditor",
                "--state",
                str(state),
                "--password-stdin",
                given=PASSWORD,
            )
            code = pyotp.parse_uri(shown.strip())
            assert isinstance(code, pyotp.TOTP)
            given = {"name": "jana", "password": PASSWORD, "code": code.now(), "to": f"/decisions/{audit_id}"}
            answer = browser.post("/sign-in", data=given, follow_redirects=True)
            assert answer.url.path == f"/decisions/{audit_id}"
            assert "Secure" in answer.history[0].headers["set-cookie"]
            assert "was not sent" in answer.text
            proof = browser.get(f"/decisions/{audit_id}/proof.json")
            leadglass(*account, "revoke", "jana", "--state", str(state))
            assert browser.get("/").status_code == 303
        assert "revoked" in leadglass(*account, "list", "--state", str(state))
        assert proof.status_code in (200, 409)  # 409: not signed yet
    events = [
        (entry["event"], entry["user"], entry.get("detail", ""))
        for line in leadglass("audit", "list", "--state", str(state), "--json", "--events").splitlines()
        if (entry := json.loads(line)).get("event") in ("sign-in", "record-read")
    ]
    assert events == [*[("record-read", "jana", "decisions")] * 2, ("sign-in", "jana", "")]


@pytest.mark.parametrize("content", [b"", b"-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"])
def test_a_certificate_that_cannot_be_served_with(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "desk.pem").write_bytes(content)
    with pytest.raises(SettingsError, match="--review-certificate is a PEM file"):
        ReviewServer(
            Front("127.0.0.1:0", tmp_path / "desk.pem"), Books(tmp_path), lambda: None, lambda _: None
        )  # type: ignore[arg-type,return-value]
