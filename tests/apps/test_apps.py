"""Apps and tools without an official client, request by request: a medical picture never arrives, an ordinary one as it was sent."""

import json
import struct
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from gateway.audit import Entry, EntryType, SqliteReader
from tests.apps.app import App, File, Sent
from tests.apps.table import APPS
from tests.sdk.oracle import leaked
from tests.sdk.stand_in import StandIn
from tests.support.gateways import GatewayProcess
from tests.support.scans import ct_png, dicom, landscape
from tests.support.sockets import Socket, SocketUpstream

MEDICAL = (File("holiday.png", "image/png", ct_png()), File("portrait.png", "image/png", dicom()))
ORDINARY = File("beach.jpg", "image/jpeg", landscape())
HOSTS = sorted(
    {"chatgpt.com", "www.perplexity.ai", "www.kimi.com", "chat.qwen.ai", *(app.host for app in APPS)}
)
REQUESTS = [pytest.param(app, id=app.key) for app in APPS if app.told != "socket"]
MESSAGES = [pytest.param(app, id=app.key) for app in APPS if app.told == "socket"]


@dataclass(slots=True)
class Street:
    """The gateway, the services beyond it, and a browser."""

    gateway: GatewayProcess
    services: StandIn
    browser: httpx.Client
    seen: int = field(default=0)

    def send(self, app: App, file: File) -> list[httpx.Response]:
        """The answers to the app's requests, up to the first that is no success."""
        self.services.requests.clear()
        self.decisions()
        answers: list[httpx.Response] = []
        for sent in app.send(file):
            answers.append(self._sent(app, sent))
            if answers[-1].status_code >= 400:
                break
        return answers

    def _sent(self, app: App, sent: Sent) -> httpx.Response:
        headers = dict(sent.headers) | ({"content-type": sent.media} if sent.media else {})
        if app.origin:
            headers |= {"origin": app.origin, "sec-fetch-mode": "cors", "sec-fetch-site": "cross-site"}
        url = f"https://{sent.host or app.host}{sent.path}"
        return self.browser.request(sent.method, url, headers=headers, content=sent.body)

    def decisions(self) -> list[Entry]:
        """What was newly decided."""
        (path,) = (self.gateway.state / "ledger").glob("*.sqlite")
        with SqliteReader(path) as reader:
            rows = list(reader.rows(self.seen))
        self.seen += len(rows)
        entries = (Entry.parse(row.body) for row in rows)
        return [entry for entry in entries if entry.type is EntryType.DECISION]


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    folder = tmp_path_factory.mktemp("apps")
    with ExitStack() as stack:
        services = stack.enter_context(StandIn(folder, HOSTS))
        gateway = stack.enter_context(GatewayProcess(folder / "state", services))  # type: ignore[arg-type]  # same port and ca
        yield Street(gateway, services, stack.enter_context(gateway.client(http2=True)))


@pytest.mark.parametrize("file", MEDICAL, ids=["scan", "dicom"])
@pytest.mark.parametrize("app", REQUESTS)
def test_a_medical_picture_does_not_arrive_and_the_app_is_told_in_its_own_words(
    street: Street, app: App, file: File
) -> None:
    answer = street.send(app, file)[-1]
    bodies = [
        part for request in street.services.requests for part in (request.target.encode(), request.body)
    ]
    assert leaked(file.data, bodies) == 0
    (block,) = (entry for entry in street.decisions() if entry.action == "block")
    text = told(app, answer)
    assert "Stopped by Leadglass." in text
    assert f"Reference: {block.id}" in text.replace("-", "")
    if app.origin:
        assert answer.headers["access-control-allow-origin"] == app.origin


@pytest.mark.parametrize("app", REQUESTS)
def test_an_ordinary_picture_arrives_as_it_was_sent(street: Street, app: App) -> None:
    answers = street.send(app, ORDINARY)
    if app.sealed:
        assert answers[-1].status_code == 403
        return
    assert {answer.status_code for answer in answers} <= {200, 204}
    assert [request.body for request in street.services.requests] == [
        sent.body for sent in app.send(ORDINARY)
    ]
    assert {entry.action for entry in street.decisions()} <= {"allow", "log"}


def told(app: App, answer: httpx.Response) -> str:
    """The text of a refusal where the app reads it; the status and the form have to be right as well."""
    if app.told == "connect":
        assert answer.status_code == 200
        flag, size = struct.unpack(">BI", answer.content[:5])
        assert (flag, size) == (2, len(answer.content) - 5)
        return str(json.loads(answer.content[5:])["error"]["message"])
    assert answer.status_code == 403
    if app.told == "xml":
        return ET.fromstring(answer.content).findtext("Message") or ""  # noqa: S314 - our own document
    found = answer.json()
    for step in app.told.split("."):
        found = found[step]
    return str(found)


@pytest.fixture(scope="module")
def far_end(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SocketUpstream]:
    running = SocketUpstream(tmp_path_factory.mktemp("far"), *HOSTS)
    yield running
    running.close()


@pytest.fixture(scope="module")
def near_end(tmp_path_factory: pytest.TempPathFactory, far_end: SocketUpstream) -> Iterator[GatewayProcess]:
    folder = tmp_path_factory.mktemp("near")
    with GatewayProcess(folder / "state", far_end) as running:  # type: ignore[arg-type]  # same port and ca
        yield running


def message_of(app: App, file: File) -> str | bytes:
    (sent,) = app.send(file)
    return sent.body.decode() if sent.body.startswith(b"{") else sent.body


@pytest.mark.parametrize("file", MEDICAL, ids=["scan", "dicom"])
@pytest.mark.parametrize("app", MESSAGES)
def test_a_message_with_a_medical_picture_does_not_arrive(
    near_end: GatewayProcess, far_end: SocketUpstream, app: App, file: File
) -> None:
    far_end.messages.clear()
    (sent,) = app.send(file)
    with Socket(f"wss://{app.host}{sent.path}", f"http://{near_end.proxy}", near_end.ca) as socket:
        socket.send(message_of(app, file))
        with suppress(ConnectionClosed):  # closing is an answer too, where the protocol has no error message
            assert "Stopped by Leadglass." in json.loads(socket.recv())["error"]["message"]
    assert far_end.messages == []


@pytest.mark.parametrize("app", MESSAGES)
def test_a_message_with_an_ordinary_picture_arrives(
    near_end: GatewayProcess, far_end: SocketUpstream, app: App
) -> None:
    far_end.messages.clear()
    (sent,) = app.send(ORDINARY)
    with Socket(f"wss://{app.host}{sent.path}", f"http://{near_end.proxy}", near_end.ca) as socket:
        socket.send(message_of(app, ORDINARY))
        assert socket.recv() == "heard"
    assert far_end.messages == [message_of(app, ORDINARY)]


@pytest.mark.parametrize(
    ("link", "status"),
    [
        ("http://pacs.clinic.local/wado?studyUID=1", 403),
        ("http://10.4.0.9:8042/a.png", 403),
        ("https://example.org/a.png", 200),
    ],
)
def test_a_service_is_not_sent_to_fetch_from_inside_the_house(street: Street, link: str, status: int) -> None:
    street.services.requests.clear()
    content = [{"type": "image_url", "image_url": {"url": link}}]
    asked = {"model": "m", "messages": [{"role": "user", "content": content}]}
    street.decisions()
    assert (
        street.browser.post("https://chatgpt.com/backend-api/conversation", json=asked).status_code == status
    )
    assert len(street.services.requests) == (status == 200)
    (decision,) = street.decisions()
    assert decision.action == ("log" if status == 200 else "block")
