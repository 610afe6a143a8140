"""What happened to my upload, through the real proxy: one's own only, and every word about it in the record."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from PIL import Image

from gateway.audit import EntryType, SqliteReader
from gateway.audit.opening import record_path
from gateway.audit.query import Filter, newest
from gateway.exemptions import State
from gateway.pages import Asked, Visitor, answered
from tests.policy.made import write
from tests.support.gateways import GatewayThread
from tests.support.scans import ct_png, dicom, landscape
from tests.support.upstream import RecordingUpstream

SITE = "http://leadglass.internal"
COACH = "because: Say why this picture may go there.\nto: public\nfound: ordinary-image\ndo: coach\n"
BLOCK = (
    "because: Scans stay in the house.\nto: public\nfound: medical-image\ndo: block\n"
    "instead: Use the research platform.\ntranslations:\n  de: {because: Aufnahmen bleiben im Haus., instead: Die Forschungsplattform.}\n"
)
LOG = "because: Noted.\nto: public\nfound: [text-in-pixels, identifier-in-metadata]\ndo: log\n"


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


def picture(shade: int) -> bytes:
    image = Image.open(BytesIO(landscape())).convert("RGB")
    image.putpixel((0, 0), (shade, 3, 7))
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def send(client: httpx.Client, data: bytes) -> httpx.Response:
    return client.post("https://api.openai.com/v1/files", files={"file": ("a.png", data)})


def link_in(refused: httpx.Response) -> str:
    assert refused.status_code == 403
    found = re.search(rf"{SITE}/upload/\w+", refused.json()["error"]["message"])
    assert found
    return found[0]


def token_in(page: str) -> str:
    found = re.search(r'name="token" value="(\w+)"', page)
    assert found
    return found[1]


def events(gateway: GatewayThread) -> list[tuple[str, str, str]]:
    with SqliteReader(record_path(gateway.settings.state, "gateway-1")) as reader:
        found = [record.entry for record in newest([reader], Filter(events=True))]
    return [
        (entry.event, entry.exemption, entry.reason)
        for entry in found
        if entry.type is EntryType.EVENT and entry.event.startswith("exemption")
    ]


def test_the_link_in_the_refusal_leads_to_the_explanation(client: httpx.Client) -> None:
    page = client.get(link_in(send(client, ct_png())))
    assert page.status_code == 200
    for words in ("This was not sent", "Scans stay in the house.", "Use the research platform.", "OpenAI"):
        assert words in page.text
    assert "Nothing reached the service." in page.text


def test_it_is_told_in_the_readers_language_also_by_the_organisation(client: httpx.Client) -> None:
    page = client.get(link_in(send(client, ct_png())), headers={"Accept-Language": "de"})
    assert "Das wurde nicht gesendet" in page.text
    assert "Aufnahmen bleiben im Haus." in page.text


def test_a_reason_is_given_and_the_same_upload_passes(
    gateway: GatewayThread, client: httpx.Client, upstream: RecordingUpstream
) -> None:
    data = picture(1)
    link = link_in(send(client, data))
    token = token_in(client.get(link).text)
    given = {"token": token, "reason": "no-patient", "text": "A landscape of mine"}
    answer = client.post(link, data=given, headers={"Origin": SITE}, follow_redirects=True)
    assert answer.status_code == 200
    assert "It may pass now." in answer.text
    assert upstream.received == b""
    assert send(client, data).status_code == 200
    assert data in upstream.received
    name = link.rpartition("/")[2]
    assert ("exemption-asked", name, "no-patient") in events(gateway)
    assert ("exemption-granted", name, "") in events(gateway)
    assert "It has passed." in client.get(link).text


def test_this_is_not_medical_waits_for_a_reviewer(gateway: GatewayThread, client: httpx.Client) -> None:
    link = link_in(send(client, dicom()))
    page = client.get(link).text
    assert "This is not a medical image" in page
    name = link.rpartition("/")[2]
    given = {"token": token_in(page), "reason": "not-medical"}
    answer = client.post(link, data=given, headers={"Origin": SITE}, follow_redirects=True)
    assert "Waiting for a reviewer." in answer.text
    assert ("exemption-asked", name, "not-medical") in events(gateway)
    assert send(client, dicom()).status_code == 403
    office = gateway.gateway.gatekeeper.office
    assert office is not None
    assert next(one for one in office.all() if one.id == name).state is State.ASKED


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ({}, True),
        ({"Origin": "http://attacker.example"}, True),
        ({"Origin": "null"}, True),
        ({"Origin": SITE, "Sec-Fetch-Site": "cross-site"}, True),
        ({"Origin": SITE}, False),
    ],
)
def test_a_form_from_elsewhere_or_without_its_token_changes_nothing(
    gateway: GatewayThread, client: httpx.Client, headers: dict[str, str], token: bool
) -> None:
    link = link_in(send(client, picture(9)))
    given = {"reason": "other", "token": token_in(client.get(link).text) if token else "0" * 32}
    before = events(gateway)
    answer = client.post(link, data=given, headers=headers)
    assert answer.status_code == 403
    assert events(gateway) == before


def test_the_token_of_one_upload_is_none_for_another(gateway: GatewayThread, client: httpx.Client) -> None:
    one, other = link_in(send(client, picture(11))), link_in(send(client, picture(12)))
    given = {"reason": "other", "token": token_in(client.get(one).text)}
    assert client.post(other, data=given, headers={"Origin": SITE}).status_code == 403


async def _seen_by(gateway: GatewayThread, path: str, visitor: Visitor) -> int:
    asked = Asked("GET", "http", "leadglass.internal", 80, path, ((b"host", b"leadglass.internal"),), b"")
    return (await answered(gateway.gateway.addon.lobby.hall, asked, visitor)).status


@pytest.mark.parametrize(
    ("visitor", "status"),
    [
        (Visitor("127.0.0.1"), 200),
        (Visitor("127.0.0.2"), 404),
        (Visitor(""), 404),
        (Visitor("127.0.0.1", user="mara"), 404),
    ],
)
def test_only_the_machine_that_sent_it_sees_it(
    gateway: GatewayThread, client: httpx.Client, visitor: Visitor, status: int
) -> None:
    import asyncio

    path = link_in(send(client, ct_png())).removeprefix(SITE)
    work = _seen_by(gateway, path, visitor)
    assert asyncio.run_coroutine_threadsafe(work, gateway.loop).result(30) == status


def test_an_id_that_is_none_is_not_found(client: httpx.Client) -> None:
    for name in ("none", "06h0csq7bkpgx5mhevmw", "..%2f..%2fetc", "%00"):
        assert client.get(f"{SITE}/upload/{name}").status_code == 404


def test_a_form_that_is_too_large_is_not_read(client: httpx.Client) -> None:
    answer = client.post(f"{SITE}/upload/none", content=b"x" * 20_000, headers={"Origin": SITE})
    assert answer.status_code == 413


def test_nothing_is_written_on_the_page_that_was_in_the_file(client: httpx.Client, tmp_path: Path) -> None:
    page = client.get(link_in(send(client, dicom()))).text
    assert "CompressedSamples" not in page
    assert "a.png" not in page
