"""Real clients through the real gateway: a medical image never arrives, an ordinary upload arrives as it was sent."""

import base64
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anthropic
import httpx
import openai
import pytest
import requests

from tests.support.gateways import GatewayProcess
from tests.support.scans import ct_png, dicom, landscape
from tests.support.upstream import RecordingUpstream

HOSTS = (
    "api.openai.com",
    "api.anthropic.com",
    "chatgpt.com",
    "generativelanguage.googleapis.com",
    "not-ai.example",
)
MEDICAL = {"dicom": dicom, "png": ct_png}


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordingUpstream]:
    with RecordingUpstream(tmp_path_factory.mktemp("upstream"), *HOSTS) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(
    tmp_path_factory: pytest.TempPathFactory, upstream: RecordingUpstream
) -> Iterator[GatewayProcess]:
    with GatewayProcess(tmp_path_factory.mktemp("gateway") / "state", upstream) as running:
        yield running


@pytest.fixture(autouse=True)
def _forget(upstream: RecordingUpstream) -> None:
    upstream.clear()


@pytest.fixture
def gpt(gateway: GatewayProcess) -> Iterator[openai.OpenAI]:
    web = openai.DefaultHttpxClient(proxy=f"http://{gateway.proxy}", verify=gateway.context())
    with openai.OpenAI(api_key="k", http_client=web) as client:
        yield client


@pytest.fixture
def claude(gateway: GatewayProcess) -> Iterator[anthropic.Anthropic]:
    web = anthropic.DefaultHttpxClient(proxy=f"http://{gateway.proxy}", verify=gateway.context())
    with anthropic.Anthropic(api_key="k", http_client=web) as client:
        yield client


def nothing_of(data: bytes, upstream: RecordingUpstream) -> bool:
    """Whether no stretch of the file, plain or as base64, reached the destination."""
    middle = data[len(data) // 2 : len(data) // 2 + 48]
    return middle not in upstream.received and base64.b64encode(middle)[4:-4] not in upstream.received


@pytest.mark.parametrize("kind", MEDICAL)
def test_openai_files_raise_their_own_permission_error_once(
    gpt: openai.OpenAI, upstream: RecordingUpstream, kind: str
) -> None:
    with pytest.raises(openai.PermissionDeniedError) as caught:
        gpt.files.create(file=("holiday.jpg", MEDICAL[kind]()), purpose="user_data")
    assert caught.value.status_code == 403
    assert caught.value.response.headers["leadglass-action"] == "block"
    assert caught.value.response.headers["leadglass-id"] in str(caught.value.message)
    assert upstream.received == b""


@pytest.mark.parametrize("kind", MEDICAL)
def test_openai_chat_raises_its_own_permission_error(
    gpt: openai.OpenAI, upstream: RecordingUpstream, kind: str
) -> None:
    url = "data:image/png;base64," + base64.b64encode(MEDICAL[kind]()).decode()
    content: Any = [{"type": "image_url", "image_url": {"url": url}}]
    with pytest.raises(openai.PermissionDeniedError):
        gpt.chat.completions.create(model="m", messages=[{"role": "user", "content": content}])
    assert upstream.received == b""


@pytest.mark.parametrize("kind", MEDICAL)
def test_anthropic_raises_its_own_permission_error(
    claude: anthropic.Anthropic, upstream: RecordingUpstream, kind: str
) -> None:
    source = {"type": "base64", "media_type": "image/png", "data": base64.b64encode(MEDICAL[kind]()).decode()}
    content: Any = [
        {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "image", "source": source}]}
    ]
    with pytest.raises(anthropic.PermissionDeniedError) as caught:
        claude.messages.create(model="m", max_tokens=5, messages=[{"role": "user", "content": content}])
    assert caught.value.body["error"]["type"] == "permission_error"  # type: ignore[index]
    assert upstream.received == b""


@pytest.mark.parametrize("kind", MEDICAL)
def test_a_form_is_refused_in_words(gateway: GatewayProcess, upstream: RecordingUpstream, kind: str) -> None:
    answer = requests.post(
        "https://chatgpt.com/backend-api/files",
        files={"file": ("cat.jpg", MEDICAL[kind]()), "note": (None, "hello")},
        proxies={"https": f"http://{gateway.proxy}"},
        verify=gateway.ca,
        headers={"Origin": "https://chatgpt.com"},
        timeout=30,
    )
    assert answer.status_code == 403
    assert answer.headers["x-should-retry"] == "false"
    assert answer.headers["access-control-allow-origin"] == "https://chatgpt.com"
    assert answer.headers["leadglass-id"] in answer.text
    assert nothing_of(MEDICAL[kind](), upstream)


@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
@pytest.mark.parametrize("kind", MEDICAL)
def test_curl_with_a_raw_body_is_refused(
    gateway: GatewayProcess, upstream: RecordingUpstream, kind: str, version: str, tmp_path: Path
) -> None:
    (tmp_path / "x").write_bytes(MEDICAL[kind]())
    url = "https://generativelanguage.googleapis.com/upload/v1beta/files"
    command = [
        "curl",
        "-s",
        version,
        "--proxy",
        f"http://{gateway.proxy}",
        "--cacert",
        gateway.ca,
        "-T",
        str(tmp_path / "x"),
        url,
    ]
    answer = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout
    assert json.loads(answer)["error"]["status"] == "PERMISSION_DENIED"
    assert upstream.received == b""


def test_an_ordinary_picture_arrives_byte_for_byte(gpt: openai.OpenAI, upstream: RecordingUpstream) -> None:
    gpt.files.create(file=("beach.jpg", landscape()), purpose="user_data")
    (request,) = upstream.requests
    assert landscape() in request[2]


def test_a_json_body_with_an_ordinary_picture_arrives_byte_for_byte(
    gateway: GatewayProcess, upstream: RecordingUpstream
) -> None:
    url = "data:image/jpeg;base64," + base64.b64encode(landscape()).decode()
    body = json.dumps(
        {"model": "m", "messages": [{"role": "user", "content": [{"image_url": {"url": url}}]}]}, indent=1
    ).encode()
    with gateway.client() as client:
        answer = client.post(
            "https://api.openai.com/v1/chat/completions",
            content=body,
            headers={"content-type": "application/json"},
        )
    assert answer.status_code == 200
    assert [request[2] for request in upstream.requests] == [body]


def test_chat_arrives_and_is_recorded_before(
    gpt: openai.OpenAI, gateway: GatewayProcess, upstream: RecordingUpstream
) -> None:
    gpt.chat.completions.with_raw_response.create(
        model="m", messages=[{"role": "user", "content": "Good morning"}]
    )
    assert len(upstream.requests) == 1
    newest = [entry for entry in gateway.entries() if entry["type"] == "decision"]
    assert {"action", "host", "content", "rule", "rules_digest", "gateway_version"} <= newest[
        -1
    ].keys() | newest[0].keys()


def test_the_record_names_kinds_and_never_content(gpt: openai.OpenAI, gateway: GatewayProcess) -> None:
    with pytest.raises(openai.PermissionDeniedError):
        gpt.files.create(file=("Doe_Jane_1970.dcm", dicom()), purpose="user_data")
    text = json.dumps(gateway.entries())
    assert "medical-image" in text
    for secret in ("Doe", "CompressedSamples", "1CT1", "JFK"):
        assert secret not in text
    assert "Doe" not in gateway.log.read_text()


def test_a_destination_that_is_not_named_is_tunnelled_unopened(
    gateway: GatewayProcess, upstream: RecordingUpstream
) -> None:
    with httpx.Client(proxy=f"http://{gateway.proxy}", verify=upstream.context(), timeout=30) as client:
        assert client.post("https://not-ai.example/upload", content=dicom()).status_code == 200
    assert dicom() in upstream.received


def test_a_clients_wrong_sni_closes_the_tunnel(gateway: GatewayProcess, upstream: RecordingUpstream) -> None:
    answer = subprocess.run(
        ["curl", "-sk", "--proxy", f"http://{gateway.proxy}", "--connect-to", "api.openai.com:443:not-ai.example:443",
         "--data-binary", "canary", "https://api.openai.com/v1/files"],
        capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert answer.returncode != 0
    assert b"canary" not in upstream.received


def test_a_wrong_host_header_is_refused(gateway: GatewayProcess, upstream: RecordingUpstream) -> None:
    with gateway.client() as client:
        answer = client.post(
            "https://api.openai.com/v1/files", content=b"{}", headers={"host": "not-ai.example"}
        )
    assert answer.status_code == 403
    assert upstream.received == b""


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"content-encoding": "gzip"}, b"not gzip"),
        ({"content-type": "multipart/form-data; boundary=x"}, b"--x\r\nno end"),
        ({"content-type": "application/json"}, b'{"a": 1, "a": 2}'),
        ({"content-type": "application/json"}, b"[" * 100_000),
        ({"content-type": "application/octet-stream"}, bytes(range(256)) * 64),
        ({"content-type": "image/png"}, b"\x89PNG\r\n\x1a\n" + bytes(50)),
        ({}, b"\xff\xd8\xff\xe0" + bytes(500)),
        ({"content-encoding": "x-unknown"}, b"{}"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason_and_the_next_request_is_served(
    gateway: GatewayProcess, upstream: RecordingUpstream, headers: dict[str, str], body: bytes
) -> None:
    with gateway.client() as client:
        refused = client.post("https://api.openai.com/v1/files", content=body, headers=headers)
        assert refused.status_code == 403
        assert refused.json()["error"]["message"]
        assert upstream.received == b""
        assert (
            client.post("https://api.openai.com/v1/chat/completions", json={"next": "one"}).status_code == 200
        )
