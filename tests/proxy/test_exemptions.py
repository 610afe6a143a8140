"""Coach, with the real proxy: held, a reason given, passed; nothing else passes, and after the end nothing does."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from gateway.audit import SqliteReader
from gateway.audit.opening import record_path
from gateway.audit.query import Filter, as_json, newest
from gateway.cli.exempt import exempt
from gateway.errors import ExemptionError
from tests.policy.made import write
from tests.support.gateways import GatewayProcess, GatewayThread
from tests.support.scans import ct_png, dicom, landscape
from tests.support.upstream import RecordingUpstream

HOSTS = ("api.openai.com", "claude.ai")
COACH = (
    "because: Say why this picture may go there.\nto: public\nfound: ordinary-image\ndo: coach\n"
    "with: {reasons: [my own drawing, Abbildung für die Übung]}\n"
)
BLOCK = "because: No scans.\nto: public\nfound: medical-image\ndo: block\n"
LOG = "because: Noted.\nto: public\nfound: [text-in-pixels, identifier-in-metadata]\ndo: log\n"


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordingUpstream]:
    with RecordingUpstream(tmp_path_factory.mktemp("upstream"), *HOSTS) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, upstream: RecordingUpstream) -> Iterator[GatewayThread]:
    folder = tmp_path_factory.mktemp("gateway")
    rules = write(folder / "rules", coach=COACH, block=BLOCK, log=LOG)
    with GatewayThread(folder / "state", upstream, rules=rules) as running:
        yield running


@pytest.fixture
def client(gateway: GatewayThread, upstream: RecordingUpstream) -> Iterator[httpx.Client]:
    upstream.clear()
    with gateway.client() as client:
        yield client


def send(client: httpx.Client, data: bytes, host: str = "api.openai.com", *more: bytes) -> httpx.Response:
    """An upload as an SDK sends it: with another boundary each time."""
    files = [("file", (f"{at}.png", one)) for at, one in enumerate((data, *more))]
    return client.post(f"https://{host}/v1/files", files=files, data={"purpose": "user_data"})


def held(response: httpx.Response, action: str = "coach") -> str:
    assert response.status_code == 403
    assert response.headers["leadglass-action"] == action
    return response.headers["leadglass-id"]


def run(gateway: GatewayThread | GatewayProcess, *words: object) -> Result:
    state = gateway.settings.state if isinstance(gateway, GatewayThread) else gateway.state
    done = CliRunner().invoke(exempt, [*map(str, words), "--state", str(state)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done


def entries(gateway: GatewayThread) -> list[dict[str, Any]]:
    with SqliteReader(record_path(gateway.settings.state, "gateway-1")) as reader:
        return [as_json(record) for record in newest([reader], Filter(events=True))]


def picture(shade: int) -> bytes:
    """An ordinary picture, another one for each number."""
    from io import BytesIO

    from PIL import Image

    image = Image.open(BytesIO(landscape())).convert("RGB")
    image.putpixel((0, 0), (shade, 1, 2))
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def test_held_then_a_reason_then_the_same_upload_passes(
    gateway: GatewayThread, client: httpx.Client, upstream: RecordingUpstream
) -> None:
    drawing = picture(1)
    first = held(send(client, drawing))
    assert upstream.received == b""
    told = run(
        gateway, "give-reason", first.upper(), "--reason", "my own drawing", "--text", "for Jane Doe's mother"
    )
    assert told.exit_code == 0
    assert "may pass until" in told.stdout
    answer = send(client, drawing)  # another boundary, so another body
    assert answer.status_code == 200
    assert drawing in upstream.received
    allowed = entries(gateway)[0]
    assert (allowed["action"], allowed["exemption"], allowed["rules"]) == (
        "allow",
        first,
        ["exempted", "coach"],
    )
    assert allowed["content"] not in ("", next(e for e in entries(gateway) if e["id"] == first)["content"])
    # Another file does not pass, nor the same one to somebody else, nor beside another.
    held(send(client, picture(2)))
    held(send(client, drawing, "claude.ai"))
    held(send(client, drawing, "api.openai.com", picture(2)))
    held(send(client, drawing, "api.openai.com", ct_png()), "block")
    assert run(gateway, "list").stdout.count("used") == 1
    assert "Jane" not in run(gateway, "list", "--json").stdout
    assert "Jane" not in json.dumps(entries(gateway))
    assert "for Jane Doe's mother" in run(gateway, "text", first).stdout
    run(gateway, "text", first, "--erase")
    assert "Jane" not in run(gateway, "text", first).stdout


def test_after_its_end_it_does_not_pass(gateway: GatewayThread, client: httpx.Client) -> None:
    drawing = picture(3)
    first = held(send(client, drawing))
    run(gateway, "give-reason", first, "--reason", "Abbildung für die Übung")
    assert send(client, drawing).status_code == 200
    office = gateway.gateway.gatekeeper.office
    assert office is not None
    clock = office.clock
    try:
        office.clock = lambda: clock() + timedelta(minutes=59)
        assert send(client, drawing).status_code == 200
        office.clock = lambda: clock() + timedelta(minutes=61)
        again = held(send(client, drawing))
    finally:
        office.clock = clock
    assert again != first
    assert send(client, drawing).status_code == 200


def test_what_is_stopped_waits_for_somebody_else(
    gateway: GatewayThread, client: httpx.Client, upstream: RecordingUpstream
) -> None:
    scan = ct_png()
    first = held(send(client, scan), "block")
    asked = run(gateway, "give-reason", first, "--reason", "anonymised", "--by", "mara")
    assert "a reviewer has to grant it" in asked.stdout
    held(send(client, scan), "block")
    with pytest.raises(ExemptionError, match="nobody has asked"):
        run(gateway, "grant", held(send(client, scan), "block"), "--by", "jana")
    assert "may pass until" in run(gateway, "grant", first, "--by", "jana", "--minutes", 5).stdout
    assert send(client, scan).status_code == 200
    assert scan in upstream.received
    upstream.clear()
    assert "declined" in run(gateway, "decline", first, "--by", "jana").stdout
    held(send(client, scan), "block")
    assert scan not in upstream.received
    steps = [entry for entry in entries(gateway) if entry["type"] == "event" and entry["exemption"] == first]
    assert [(step["event"], step["user"]) for step in reversed(steps)] == [
        ("exemption-asked", "mara"), ("exemption-granted", "jana"), ("exemption-declined", "jana"),
    ]  # fmt: skip


def test_a_stopped_file_beside_one_with_a_reason(gateway: GatewayThread, client: httpx.Client) -> None:
    drawing, scan = picture(4), dicom()
    one = held(send(client, drawing))
    run(gateway, "give-reason", one, "--reason", "my own drawing")
    two = held(send(client, drawing, "api.openai.com", scan), "block")
    run(gateway, "give-reason", two, "--reason", "no-patient")
    run(gateway, "grant", two, "--by", "jana")
    assert send(client, scan, "api.openai.com", drawing).status_code == 200
    assert set(entries(gateway)[0]["exemption"].split()) == {one, two}
    held(send(client, scan, "api.openai.com", picture(5)))


def test_what_cannot_be_excused(gateway: GatewayThread, client: httpx.Client) -> None:
    unreadable = held(send(client, bytes(range(1, 256)) * 40), "block")
    with pytest.raises(ExemptionError, match="could not be examined"):
        run(gateway, "give-reason", unreadable, "--reason", "other")
    passed = client.post("https://api.openai.com/v1/chat/completions", json={"model": "m"})
    assert passed.status_code == 200
    with pytest.raises(ExemptionError, match="was not stopped"):
        run(gateway, "give-reason", entries(gateway)[0]["id"], "--reason", "other")
    with pytest.raises(ExemptionError, match="no decision with this id"):
        run(gateway, "give-reason", "0" * 20, "--reason", "other")
    first = held(send(client, picture(6)))
    with pytest.raises(ExemptionError, match="choose one of these reasons: my own drawing"):
        run(gateway, "give-reason", first, "--reason", "Jane Doe needs it")
    with pytest.raises(ExemptionError, match="at most 300"):
        run(gateway, "give-reason", first, "--reason", "my own drawing", "--text", "x" * 301)
    run(gateway, "give-reason", first, "--reason", "my own drawing")
    with pytest.raises(ExemptionError, match="granted already"):
        run(gateway, "give-reason", first, "--reason", "my own drawing")


def test_what_was_granted_counts_after_a_restart(tmp_path: Path) -> None:
    rules = write(tmp_path / "rules", coach=COACH, block=BLOCK, log=LOG)
    drawing, other = picture(7), picture(8)
    with RecordingUpstream(tmp_path, *HOSTS) as upstream:
        with GatewayProcess(tmp_path / "state", upstream, "--rules", str(rules)) as running:
            assert (tmp_path / "state" / "desk-gateway-1.sock").stat().st_mode & 0o077 == 0
            with running.client() as client:
                first, second = held(send(client, drawing)), held(send(client, other))
                run(running, "give-reason", first, "--reason", "my own drawing")
        # Also with no gateway running, by the command alone, and from the place of another gateway.
        with pytest.MonkeyPatch.context() as set_to:
            set_to.setenv("LEADGLASS_RULES", str(rules))
            set_to.setenv("LEADGLASS_GATEWAY_ID", "gateway-2")
            run(running, "give-reason", second, "--reason", "my own drawing")
            with pytest.raises(ExemptionError, match="granted already"):
                run(running, "give-reason", first, "--reason", "my own drawing")
        with (
            GatewayProcess(tmp_path / "state", upstream, "--rules", str(rules)) as running,
            running.client() as client,
        ):
            assert send(client, drawing).status_code == 200
            assert send(client, other).status_code == 200
            held(send(client, picture(9)))
