"""What the gateway must keep to itself is not readable beside it: in process lists, environments, logs."""

from pathlib import Path

import pytest

from tests.support.gateways import GatewayProcess, GatewayThread
from tests.support.postgres import PostgresServer
from tests.support.upstream import RecordingUpstream

HOST = "api.openai.com"

CANARY = "Kanarienvogel7"


def test_no_secret_stands_in_a_process_list_or_a_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with PostgresServer() as server, RecordingUpstream(tmp_path, HOST) as upstream:
        monkeypatch.setenv("LEADGLASS_RECORD", server.record().replace("@", f":{CANARY}@", 1))
        with GatewayProcess(tmp_path / "state", upstream) as gateway:
            with gateway.client() as client:
                assert client.post("https://api.openai.com/v1/files", content=b"plain").status_code == 200
            family = descendants(gateway.process.pid)
            assert len(family) >= 4  # gateway, record keeper, signer, template, workers
            keys = [key.read_bytes() for key in (tmp_path / "state" / "keys").iterdir() if key.is_file()]
            hidden = [CANARY.encode(), *(each for key in keys for each in (key, key.hex().encode()))]
            for pid in family:
                assert not any(secret in Path(f"/proc/{pid}/cmdline").read_bytes() for secret in hidden)
            knowing = {pid for pid in family if CANARY.encode() in Path(f"/proc/{pid}/environ").read_bytes()}
            # The gateway reads its own settings and hands the record to its keeper; nobody who opens files has it.
            names = [Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[2] for pid in knowing]
            assert sorted(names) == [b"gateway", b"gateway.audit.scribe"]
    assert CANARY not in gateway.log.read_text()


def descendants(pid: int) -> set[int]:
    found = {pid}
    for thread in Path(f"/proc/{pid}/task").iterdir():
        for child in (thread / "children").read_text().split():
            found |= descendants(int(child))
    return found


def test_a_destination_that_cannot_prove_its_name_gets_nothing(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("right", "stranger", "wrong")]
    for folder in folders:
        folder.mkdir()
    with (
        RecordingUpstream(folders[0], HOST) as right,
        RecordingUpstream(folders[1], HOST) as stranger,  # an authority nobody knows
    ):
        stranger.ca = right.ca
        with GatewayThread(tmp_path / "state", stranger) as gateway, gateway.client() as client:
            assert client.post(f"https://{HOST}/v1/files", content=b"plain").status_code == 502
        assert stranger.received == b""
    with RecordingUpstream(folders[2], "elsewhere.example") as wrong:  # a known authority, another name
        with GatewayThread(tmp_path / "state2", wrong) as gateway, gateway.client() as client:
            assert client.post(f"https://{HOST}/v1/files", content=b"plain").status_code == 502
        assert wrong.received == b""
