"""Uploads in pieces, by the clients that make them: judged as a whole, and nothing arrives before."""

import asyncio
import io
import itertools
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import openai
import pydicom
import pytest
from google import genai
from google.genai import errors, types
from PIL import Image

from gateway.policy import SHIPPED
from tests.support.gateways import GatewayProcess, GatewayThread
from tests.support.scans import ct_png, dicom, encoded, landscape
from tests.support.services import HOSTS, Services
from tests.support.upstream import RecordingUpstream

PIECE = 8 * 1024 * 1024
"""What google-genai sends at once."""


@pytest.fixture(scope="module")
def services() -> Services:
    return Services()


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory, services: Services) -> Iterator[RecordingUpstream]:
    with RecordingUpstream(tmp_path_factory.mktemp("upstream"), *HOSTS, service=services) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(
    tmp_path_factory: pytest.TempPathFactory, upstream: RecordingUpstream
) -> Iterator[GatewayProcess]:
    with GatewayProcess(tmp_path_factory.mktemp("gateway") / "state", upstream) as running:
        yield running


@pytest.fixture(autouse=True)
def _forget(upstream: RecordingUpstream, services: Services) -> None:
    upstream.clear()
    services.clear()


@pytest.fixture(params=[False, True], ids=["http1", "http2"])
def gpt(gateway: GatewayProcess, request: pytest.FixtureRequest) -> Iterator[openai.OpenAI]:
    web = openai.DefaultHttpxClient(
        proxy=f"http://{gateway.proxy}", verify=gateway.context(), http2=request.param
    )
    with openai.OpenAI(api_key="k", http_client=web) as client:
        yield client


@pytest.fixture(params=[False, True], ids=["http1", "http2"])
def gemini(gateway: GatewayProcess, request: pytest.FixtureRequest) -> Iterator[genai.Client]:
    web = {"proxy": f"http://{gateway.proxy}", "verify": gateway.context(), "http2": request.param}
    with genai.Client(api_key="k", http_options=types.HttpOptions(client_args=web)) as client:
        yield client


def big_picture() -> bytes:
    """An ordinary picture of more than two pieces."""
    with Image.open(io.BytesIO(landscape())) as image:
        return encoded(image.resize((2500, 2300)), "BMP")


def big_scan() -> bytes:
    """A CT image of more than two pieces."""
    scan = pydicom.dcmread(io.BytesIO(dicom()))
    scan.PixelData = np.tile(scan.pixel_array, (24, 24)).tobytes()
    scan.Rows = scan.Columns = 128 * 24
    out = io.BytesIO()
    scan.save_as(out)
    return out.getvalue()


def chunked(client: openai.OpenAI, data: bytes, size: int) -> Any:
    return client.uploads.upload_file_chunked(
        file=data,
        filename="beach.png",
        bytes=len(data),
        mime_type="image/png",
        purpose="vision",
        part_size=size,
    )


def of(gateway: GatewayProcess, matter: str) -> list[dict[str, Any]]:
    return [entry for entry in gateway.entries("--events") if entry["id"] == matter]


# -- OpenAI


@pytest.mark.parametrize(("scan", "size"), [(ct_png, 40_000), (ct_png, 9_000), (dicom, 20_000)])
def test_openai_parts_of_a_medical_image_never_arrive(
    gpt: openai.OpenAI, upstream: RecordingUpstream, services: Services, scan: Callable[[], bytes], size: int
) -> None:
    with pytest.raises(openai.PermissionDeniedError) as caught:
        chunked(gpt, scan(), size)
    assert "Leadglass" in caught.value.message
    assert [target for _, target, _ in upstream.requests] == [b"/v1/uploads"]
    assert services.parts == {}


def test_openai_parts_of_an_ordinary_file_arrive_byte_for_byte(
    gpt: openai.OpenAI, gateway: GatewayProcess, upstream: RecordingUpstream, services: Services
) -> None:
    uploaded = chunked(gpt, landscape("PNG"), 300_000)
    assert uploaded.status == "completed"
    assert services.files == [landscape("PNG")]
    sizes = [len(part) for part in services.parts.values()]
    assert (sizes[:-1], sum(sizes)) == ([300_000] * (len(sizes) - 1), len(landscape("PNG")))
    seen = next(e for e in gateway.entries() if e["operation"] == "uploads.complete")
    assert (seen["action"], seen["bytes"], seen["format"]) == ("log", len(landscape("PNG")), "png")
    held = [e["event"] for e in of(gateway, seen["id"]) if e["type"] == "event"]
    assert held == ["piece-held"] * len(sizes)


def test_openai_parts_are_joined_in_the_order_of_the_completion(
    gpt: openai.OpenAI, services: Services
) -> None:
    data = landscape()
    half = len(data) // 2
    upload = gpt.uploads.create(bytes=len(data), filename="x.jpg", mime_type="image/jpeg", purpose="vision")
    second = gpt.uploads.parts.create(upload.id, data=data[half:])
    first = gpt.uploads.parts.create(upload.id, data=data[:half])
    gpt.uploads.complete(upload.id, part_ids=[first.id, second.id])
    assert services.files == [data]


def test_openai_completes_again_after_the_service_failed(gpt: openai.OpenAI, services: Services) -> None:
    services.failing = 1  # the client completes again by itself
    assert chunked(gpt, landscape(), 60_000).status == "completed"
    assert services.files == [landscape()]


# -- Gemini


def test_gemini_pieces_of_a_medical_image_never_arrive(
    gemini: genai.Client, upstream: RecordingUpstream
) -> None:
    with pytest.raises(errors.ClientError) as caught:
        gemini.files.upload(file=io.BytesIO(big_scan()), config={"mime_type": "image/png"})
    assert caught.value.code == 403
    assert "Leadglass" in str(caught.value.message)
    assert [len(body) < 1000 for _, _, body in upstream.requests] == [True]  # the start alone


def test_gemini_pieces_of_an_ordinary_file_arrive_byte_for_byte(
    gemini: genai.Client, upstream: RecordingUpstream, services: Services
) -> None:
    data = big_picture()
    assert len(data) > 2 * PIECE
    uploaded = gemini.files.upload(file=io.BytesIO(data), config={"mime_type": "image/bmp"})
    assert uploaded.size_bytes == len(data)
    assert services.files == [data]
    assert len(upstream.requests) == 2


# -- what is redacted

AGREED = """agreements:
  - {provider: openai, id: A-1, until: 2099-12-31, accounts: ["header:org-x"]}
"""


@pytest.fixture(params=["shipped", "kept-length"])
def agreed(
    tmp_path: Path, upstream: RecordingUpstream, request: pytest.FixtureRequest
) -> Iterator[tuple[str, openai.OpenAI]]:
    """A client of an account under agreement, whose pictures go on without what names the patient."""
    rules = tmp_path / "rules"
    shutil.copytree(SHIPPED, rules, ignore=shutil.ignore_patterns("sets", "destinations.yaml"))
    (rules / "organisation.yaml").write_text(AGREED)
    path = rules / "medical-images-under-agreement.yaml"
    if request.param == "kept-length":
        path.write_text(path.read_text().replace("do: redact", "do: redact\nwith: {keep_length: true}"))
    with GatewayProcess(tmp_path / "state", upstream, "--rules", str(rules)) as gateway:
        web = openai.DefaultHttpxClient(proxy=f"http://{gateway.proxy}", verify=gateway.context())
        with openai.OpenAI(api_key="k", organization="org-x", http_client=web) as client:
            yield request.param, client


def test_parts_of_a_redacted_file_keep_the_promised_length_or_do_not_leave(
    agreed: tuple[str, openai.OpenAI], services: Services
) -> None:
    kind, client = agreed
    if kind == "kept-length":
        assert chunked(client, dicom(), 20_000).status == "completed"
        (arrived,) = services.files
        assert len(arrived) == len(dicom())
        assert b"CompressedSamples" not in arrived
        assert pydicom.dcmread(io.BytesIO(arrived)).Rows == 128
    else:
        with pytest.raises(openai.PermissionDeniedError) as caught:
            chunked(client, dicom(), 20_000)
        assert "length" in caught.value.message
        assert services.parts == {}


# -- ranges, blocks, and what cannot be joined

CLIENTS = {
    "storage": ("https://storage.googleapis.com/upload/s?upload_id=7", 308),
    "sharepoint": ("https://contoso.sharepoint.com/sites/s/uploadSession?guid=7", 202),
}


def ranges(web: httpx.Client, url: str, data: bytes) -> list[httpx.Response]:
    cuts = [*range(0, len(data), 50_000), len(data)]
    return [
        web.put(url, content=data[at:end], headers={"Content-Range": f"bytes {at}-{end - 1}/{len(data)}"})
        for at, end in itertools.pairwise(cuts)
    ]


@pytest.mark.parametrize("service", CLIENTS)
def test_ranges_are_held_and_judged_as_one(
    gateway: GatewayProcess, upstream: RecordingUpstream, services: Services, service: str
) -> None:
    url, status = CLIENTS[service]
    with gateway.client() as web:
        *held, last = ranges(web, url, ct_png())
        assert {answer.status_code for answer in held} == {status}
        assert (last.status_code, upstream.received) == (403, b"")
        *_, last = ranges(web, url, landscape())
        assert last.status_code == 201
    assert services.files == [landscape()]


def blocks(web: httpx.Client, data: bytes) -> httpx.Response:
    url = "https://store.blob.core.windows.net/c/b.jpg?sv=2023-11-03&sr=b&sig=a%2Bb"
    names = []
    for at in range(0, len(data), 50_000):
        names.append(f"MDAw{at:08d}")
        answer = web.put(f"{url}&comp=block&blockid={names[-1]}", content=data[at : at + 50_000])
        assert answer.status_code == 201
    entries = "".join(f"<Latest>{name}</Latest>" for name in names)
    return web.put(
        f"{url}&comp=blocklist",
        content=f"<?xml version='1.0' encoding='utf-8'?><BlockList>{entries}</BlockList>",
        headers={"content-type": "application/xml", "x-ms-blob-content-type": "image/jpeg"},
    )


def test_blocks_are_held_and_put_as_one_blob(
    gateway: GatewayProcess, upstream: RecordingUpstream, services: Services
) -> None:
    with gateway.client() as web:
        refused = blocks(web, ct_png())
        assert (refused.status_code, upstream.received) == (403, b"")
        assert b"<Code>AuthorizationFailure</Code>" in refused.content
        assert blocks(web, landscape()).status_code == 201
    assert services.files == [landscape()]
    ((_, target, _),) = upstream.requests
    assert b"comp=" not in target


@pytest.mark.parametrize(
    ("method", "query", "body"),
    [
        ("POST", "?uploads", b""),
        ("PUT", "?partNumber=1&uploadId=x", b"x" * 5000),
        ("PUT", "?partNumber=2&uploadId=x", b"y"),
    ],
)
def test_s3_parts_are_refused_from_the_start_with_what_to_do(
    gateway: GatewayProcess, upstream: RecordingUpstream, method: str, query: str, body: bytes
) -> None:
    with gateway.client() as web:
        answer = web.request(method, f"https://bucket.s3.amazonaws.com/key{query}", content=body)
    assert answer.status_code == 403
    assert "Send the file in one piece" in answer.text
    assert upstream.received == b""


def put_from(address: str, gateway: GatewayProcess, url: str, body: bytes, headers: dict[str, str]) -> bytes:
    """The first line of the answer to another machine."""
    host, _, port = gateway.proxy.rpartition(":")
    name, _, path = url.removeprefix("https://").partition("/")
    head = "".join(f"{key}: {value}\r\n" for key, value in headers.items())
    with socket.create_connection((host, int(port)), 30, source_address=(address, 0)) as plain:
        plain.sendall(f"CONNECT {name}:443 HTTP/1.1\r\nHost: {name}:443\r\n\r\n".encode())
        assert b" 200 " in plain.recv(4096)
        with gateway.context().wrap_socket(plain, server_hostname=name) as tls:
            start = f"PUT /{path} HTTP/1.1\r\nHost: {name}\r\n{head}Content-Length: {len(body)}\r\n\r\n"
            tls.sendall(start.encode() + body)
            return tls.recv(4096).partition(b"\r\n")[0]


def test_another_machine_does_not_reach_an_upload(
    gateway: GatewayProcess, upstream: RecordingUpstream, services: Services
) -> None:
    url, data = CLIENTS["storage"][0], landscape()
    half = len(data) // 2
    rest = {"Content-Range": f"bytes {half}-{len(data) - 1}/{len(data)}"}
    with gateway.client() as anna:
        anna.put(url, content=data[:half], headers={"Content-Range": f"bytes 0-{half - 1}/{len(data)}"})
        assert b" 403 " in put_from("127.0.0.2", gateway, url, data[half:], rest)
        assert upstream.received == b""
        assert anna.put(url, content=data[half:], headers=rest).status_code == 201
    assert services.files == [data]


def test_a_service_that_does_not_take_a_part_is_heard_and_asked_again_where_clients_do(
    tmp_path: Path, upstream: RecordingUpstream, services: Services
) -> None:
    with GatewayProcess(tmp_path / "state", upstream) as gateway, gateway.client() as web:
        parts = "https://api.openai.com/v1/uploads/u1"
        name = web.post(f"{parts}/parts", files={"data": ("upload", landscape())}).json()["id"]
        for services.refusing, message in ((429, "slow down"), (400, "no such upload")):
            failed = web.post(f"{parts}/complete", json={"part_ids": [name]})
            assert (failed.status_code, failed.json()["error"]["message"]) == (services.refusing, message)
        assert web.post(f"{parts}/complete", json={"part_ids": [name]}).status_code == 403
        newest = [e for e in gateway.entries() if e["operation"] == "uploads.complete"]
    assert [(e["action"], e["outcome"]) for e in newest] == [
        ("block", "refused"),
        ("log", "upstream-failed"),
        ("log", "upstream-failed"),
    ]
    assert len({e["id"] for e in newest}) == 3
    assert services.files == []


# -- the record


def test_every_piece_and_every_end_is_in_the_record(
    gateway: GatewayProcess, upstream: RecordingUpstream
) -> None:
    url = "https://storage.googleapis.com/upload/s?upload_id=record"
    with gateway.client() as web:
        first = web.put(url, content=b"abc", headers={"Content-Range": "bytes 0-2/9"})
        wrong = web.put(url, content=b"xyz", headers={"Content-Range": "bytes 5-7/9"})
    matter = first.headers["leadglass-id"]
    assert (first.headers["leadglass-action"], wrong.status_code) == ("hold", 403)
    assert wrong.headers["leadglass-id"] == matter
    refused, held = of(gateway, matter)
    assert (held["event"], held["count"], held["host"]) == ("piece-held", 3, "storage.googleapis.com")
    assert (refused["action"], refused["reason_code"]) == ("block", "pieces-mismatch")
    assert upstream.received == b""


def test_a_stop_and_a_restart_end_what_was_held(
    tmp_path_factory: pytest.TempPathFactory, upstream: RecordingUpstream
) -> None:
    url = "https://storage.googleapis.com/upload/s?upload_id=restart"
    state = tmp_path_factory.mktemp("restart") / "state"
    with GatewayProcess(state, upstream) as gateway, gateway.client() as web:
        first = web.put(url, content=b"abc", headers={"Content-Range": "bytes 0-2/6"})
    with GatewayProcess(state, upstream) as gateway:
        with gateway.client() as web:
            later = web.put(url, content=b"def", headers={"Content-Range": "bytes 3-5/6"})
        assert later.json()["error"]["status"] == "PERMISSION_DENIED"
        assert "Start the upload again" in later.text
        ended, _ = of(gateway, first.headers["leadglass-id"])
        assert (ended["event"], ended["detail"], ended["count"]) == ("pieces-dropped", "stopped", 3)
    assert upstream.received == b""


def test_a_piece_that_cannot_be_recorded_is_not_held(
    tmp_path_factory: pytest.TempPathFactory, upstream: RecordingUpstream
) -> None:
    from gateway.errors import AuditError

    with GatewayThread(tmp_path_factory.mktemp("broken") / "state", upstream) as gateway:

        async def fails(*_: object) -> int:
            await asyncio.sleep(0)
            raise AuditError("no")

        gateway.gateway.gatekeeper.ledger.append_async = fails  # type: ignore[method-assign]
        with gateway.client() as web:
            answer = web.put(CLIENTS["storage"][0], content=b"abc", headers={"Content-Range": "bytes 0-2/6"})
        assert answer.status_code == 403
        assert gateway.call(lambda: gateway.gateway.addon.pieces.table.count) == 0
    assert upstream.received == b""
