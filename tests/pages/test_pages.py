"""The pages for people, through the real proxy: what anybody may see, and what only the sender of an upload may."""

import plistlib
import re
import socket
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from PIL import Image, ImageDraw, ImageFont
from pypac.parser import PACFile

from gateway.enrol import PAGES_HOST
from gateway.people.edit import add_person, add_token, changing
from tests.policy.made import write
from tests.support.gateways import GatewayProcess
from tests.support.scans import ct_png, dicom, landscape
from tests.support.upstream import RecordingUpstream

HOST = "api.openai.com"
PAGES = f"http://{PAGES_HOST}"
FROM_HERE = {"Origin": PAGES}
UPLOAD = re.compile(rf"{PAGES}/upload/([0-9a-z]+)")
TOKEN = re.compile(r'name="token" value="([^"]+)"')


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordingUpstream]:
    with RecordingUpstream(tmp_path_factory.mktemp("upstream"), HOST, "chatgpt.com", PAGES_HOST) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(
    tmp_path_factory: pytest.TempPathFactory, upstream: RecordingUpstream
) -> Iterator[GatewayProcess]:
    more = ("--connect-to", f"{PAGES_HOST}:80=127.0.0.1:{upstream.port}")
    with GatewayProcess(tmp_path_factory.mktemp("gateway") / "state", upstream, *more) as running:
        yield running


@pytest.fixture
def client(gateway: GatewayProcess, upstream: RecordingUpstream) -> Iterator[httpx.Client]:
    """A client behind the gateway; nothing of what a page was asked for may ever arrive anywhere."""
    upstream.requests.clear()
    with gateway.client() as client:
        yield client


def send(client: httpx.Client, picture: bytes) -> httpx.Response:
    files = {"file": ("picture", picture, "image/png")}
    return client.post(f"https://{HOST}/v1/files", files=files, data={"purpose": "vision"})


def stopped(client: httpx.Client) -> str:
    """Have a scan stopped; answers the address in the words of the refusal."""
    found = UPLOAD.search(send(client, ct_png()).text)
    assert found
    return found[0]


def trial(client: httpx.Client, host: str) -> str:
    """The address that a form on the page sends a file to."""
    found = re.search(r'formaction="/try\?token=([0-9a-f.]+)&amp;', client.get(f"{PAGES}/try").text)
    assert found
    return f"{PAGES}/try?token={found[1]}&to={host}"


def test_the_start_page_tries_an_inspected_destination_and_says_what_came_of_it(
    client: httpx.Client, gateway: GatewayProcess, upstream: RecordingUpstream
) -> None:
    page = client.get(f"{PAGES}/")
    proof = "https://chatgpt.com/.well-known/leadglass-check-yes.css"
    assert f'<link rel="stylesheet" href="{proof}">' in page.text
    assert f"style-src 'self' {proof};" in page.headers["content-security-policy"]
    assert ".if-proven" in client.get(proof).text
    direct = httpx.get(f"http://{gateway.proxy}/")
    assert "Not measured." in direct.text
    assert "chatgpt.com" not in direct.headers["content-security-policy"]
    assert upstream.requests == []


def test_the_start_page_shows_the_way_in_and_nothing_leaves(
    client: httpx.Client, gateway: GatewayProcess, upstream: RecordingUpstream
) -> None:
    page = client.get(f"{PAGES}/")
    assert page.status_code == 200
    assert "came to you through Leadglass" in page.text
    assert f"http://{gateway.proxy}/proxy.pac" in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "<script" not in page.text
    assert upstream.requests == []


@pytest.mark.parametrize(
    ("accept", "word"), [("de-AT,en;q=0.5", "Sind Sie geschützt?"), ("es", "¿Está usted"), ("fr", "Are you")]
)
def test_the_pages_speak_the_language_of_the_browser(client: httpx.Client, accept: str, word: str) -> None:
    assert word in client.get(f"{PAGES}/", headers={"Accept-Language": accept}).text


def test_the_files_are_what_machines_take(client: httpx.Client, gateway: GatewayProcess) -> None:
    pem = client.get(f"{PAGES}/leadglass-ca.pem").content
    authority = x509.load_pem_x509_certificate(pem)
    assert pem == Path(gateway.ca).read_bytes()
    assert x509.load_der_x509_certificate(client.get(f"{PAGES}/leadglass-ca.cer").content) == authority
    profile = plistlib.loads(client.get(f"{PAGES}/leadglass.mobileconfig").content)
    assert x509.load_der_x509_certificate(profile["PayloadContent"][0]["PayloadContent"]) == authority
    pac = PACFile(client.get(f"{PAGES}/proxy.pac").text)
    for url in (f"https://{HOST}/v1", "https://chatgpt.com/", f"{PAGES}/upload/x"):
        assert pac.find_proxy_for_url(url, httpx.URL(url).host) == f"PROXY {gateway.proxy}"
    assert pac.find_proxy_for_url("https://news.example/", "news.example") == "DIRECT"


def test_a_new_machine_gets_what_everybody_may_have_at_the_address_of_the_proxy(
    gateway: GatewayProcess,
) -> None:
    page = httpx.get(f"http://{gateway.proxy}/")
    assert "You have opened this page directly" in page.text
    assert (
        httpx.get(f"http://{gateway.proxy}/proxy.pac").headers["content-type"]
        == "application/x-ns-proxy-autoconfig"
    )
    for path in ("/upload/", "/try", "/upload/x"):
        assert httpx.get(f"http://{gateway.proxy}{path}").status_code >= 400


def test_who_is_behind_the_gateway_and_trusts_it_sees_so(
    client: httpx.Client, upstream: RecordingUpstream
) -> None:
    page = client.get("https://chatgpt.com/.well-known/leadglass-check")
    assert page.status_code == 200
    assert "You are protected" in page.text
    assert "chatgpt.com" in page.text
    assert (
        client.get("https://chatgpt.com/.well-known/leadglass-check.css")
        .headers["content-type"]
        .startswith("text/css")
    )
    assert client.post("https://chatgpt.com/.well-known/leadglass-check", content=dicom()).status_code == 405
    assert upstream.requests == []


def test_a_tunnel_to_the_pages_is_answered_with_the_plain_address(client: httpx.Client) -> None:
    with pytest.raises(httpx.ProxyError):
        client.get(f"https://{PAGES_HOST}/")


def test_from_a_refusal_to_its_page_in_one_step(client: httpx.Client) -> None:
    page = client.get(stopped(client))
    assert page.status_code == 200
    for words in (
        "This was not sent.",
        "CT scan",
        "medical-images-to-public-ai",
        "As known on",
        "What you can do",
    ):
        assert words in page.text


def test_a_reason_is_in_the_record_and_on_the_page(client: httpx.Client, gateway: GatewayProcess) -> None:
    address = stopped(client)
    token = TOKEN.search(client.get(address).text)
    assert token
    form = {"token": token[1], "reason": "not-medical", "text": "a drawing of my own"}
    answer = client.post(address, data=form, headers={"Origin": PAGES})
    assert answer.status_code == 303
    assert "You have given a reason." in client.get(address).text
    asked = [one for one in gateway.entries("--events") if one.get("event") == "exemption-asked"]
    assert asked[0]["exemption"] == address.rpartition("/")[2]
    assert asked[0]["reason"] == "not-medical"
    assert "drawing" not in str(asked)
    assert (
        client.post(address, data=form, headers={"Origin": PAGES}).status_code == 303
    )  # the words can be bettered


@pytest.mark.parametrize(
    ("change", "headers", "status"),
    [
        ({"token": "0.0"}, {"Origin": PAGES}, 403),
        ({"token": ""}, {"Origin": PAGES}, 403),
        ({}, {"Origin": "http://evil.example"}, 403),
        ({}, {"Origin": "null"}, 403),
        ({}, {}, 403),
        ({}, {"Sec-Fetch-Site": "cross-site"}, 403),
        ({"reason": "because"}, {"Origin": PAGES}, 409),
    ],
)
def test_a_form_from_elsewhere_or_a_reason_off_the_list_counts_for_nothing(
    client: httpx.Client,
    gateway: GatewayProcess,
    change: dict[str, str],
    headers: dict[str, str],
    status: int,
) -> None:
    address = stopped(client)
    token = TOKEN.search(client.get(address).text)
    assert token
    form = {"token": token[1], "reason": "other", **change}
    assert client.post(address, data=form, headers=headers).status_code == status
    known = {one.get("exemption") for one in gateway.entries("--events")}
    assert address.rpartition("/")[2] not in known


@pytest.mark.parametrize("audit_id", ["0000000000000000000a", "../../etc/passwd", "%00", "x" * 500])
def test_an_id_that_is_nobodys_is_not_found(client: httpx.Client, audit_id: str) -> None:
    assert client.get(f"{PAGES}/upload/{audit_id}").status_code == 404


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (ct_png(), "It would not be sent."),
        (dicom(), "It would not be sent."),
        (landscape(), "sent unchanged"),
    ],
)
def test_a_file_can_be_tried_and_goes_nowhere(
    client: httpx.Client, gateway: GatewayProcess, upstream: RecordingUpstream, picture: bytes, words: str
) -> None:
    before = len(gateway.entries("--events"))
    files = {"file": ("Doe^Jane.png", picture, "image/png")}
    page = client.post(trial(client, "chatgpt.com"), files=files, headers=FROM_HERE)
    assert words in page.text
    assert "Doe" not in page.text
    assert upstream.requests == []
    assert len(gateway.entries("--events")) == before
    kept = [path for path in gateway.state.rglob("*") if path.is_file() and b"Doe^Jane" in path.read_bytes()]
    assert kept == []


@pytest.mark.parametrize("to", ["", "news.example", "*"])
def test_a_file_is_tried_for_inspected_destinations_only(client: httpx.Client, to: str) -> None:
    files = {"file": ("x.png", landscape(), "image/png")}
    assert client.post(trial(client, to), files=files, headers=FROM_HERE).status_code == 403


def test_a_trial_from_elsewhere_is_not_made(client: httpx.Client) -> None:
    files = {"file": ("x.png", landscape(), "image/png")}
    good = trial(client, "chatgpt.com")
    for address, headers in (
        (good, {}),
        (good, {"Origin": "http://evil.example"}),
        (f"{PAGES}/try?to=chatgpt.com", FROM_HERE),
        (f"{PAGES}/try?to=chatgpt.com&token=0.0", FROM_HERE),
    ):
        assert client.post(address, files=files, headers=headers).status_code == 403


def test_trying_no_file_says_so(client: httpx.Client) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename=""\r\n\r\n\r\n--b--\r\n'
    answer = client.post(
        trial(client, "chatgpt.com"),
        content=body,
        headers={**FROM_HERE, "Content-Type": "multipart/form-data; boundary=b"},
    )
    assert "Choose a file first." in answer.text


def test_boxes_stand_on_a_blank_outline_where_text_was_looked_for(
    tmp_path: Path, upstream: RecordingUpstream
) -> None:
    rules = write(
        tmp_path / "rules",
        block="because: No scans.\nto: public\nfound: medical-image\ndo: block\n",
        text="because: No writing.\nto: public\nfound: text-in-pixels\ndo: block\n",
    )
    with (
        GatewayProcess(tmp_path / "state", upstream, "--rules", str(rules)) as gateway,
        gateway.client() as client,
    ):
        found = UPLOAD.search(send(client, written_on()).text)
        assert found
        page = client.get(found[0]).text
        assert '<svg class="outline"' in page
        assert re.search(r'<rect x="\d+" y="\d+" width="\d+" height="\d+"/>', page)
        assert "MUSTER" not in page
        files = {"file": ("x.png", written_on(), "image/png")}
        tried = client.post(trial(client, "chatgpt.com"), files=files, headers=FROM_HERE).text
        assert '<svg class="outline"' in tried


def written_on() -> bytes:
    """A scan with letters burned into it."""
    image = Image.open(BytesIO(ct_png())).convert("L").resize((512, 512))
    ImageDraw.Draw(image).text((20, 20), "MUSTER ERIKA 1964", fill=255, font=ImageFont.load_default(32))
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def test_the_pages_stand_on_the_review_port_too(client: httpx.Client, gateway: GatewayProcess) -> None:
    address = stopped(client)
    desk = f"http://{gateway.review}"
    with httpx.Client(base_url=f"{desk}/people", timeout=30) as direct:
        start = direct.get("/")
        assert "Not measured." in start.text
        assert f"http://{gateway.proxy}/proxy.pac" in start.text
        assert "form-action 'self'" in start.headers["content-security-policy"]
        assert direct.get("/style.css").status_code == 200
        assert 'href="/people/style.css"' in start.text
        page = direct.get(address.removeprefix(PAGES))
        assert "This was not sent." in page.text
        found = TOKEN.search(page.text)
        assert found
        given = {"token": found[1], "reason": "other"}
        answer = direct.post(address.removeprefix(PAGES), data=given, headers={"Origin": desk})
        assert answer.headers["location"] == f"/people{address.removeprefix(PAGES)}"
        form = re.search(r'formaction="/people(/try\?token=[0-9a-f.]+)&amp;', direct.get("/try").text)
        assert form
        files = {"file": ("x.png", ct_png(), "image/png")}
        tried = direct.post(f"{form[1]}&to=chatgpt.com", files=files, headers={"Origin": desk})
        assert "It would not be sent." in tried.text
    signing = httpx.get(desk, follow_redirects=True)
    assert "form-action 'self'" in signing.headers["content-security-policy"]


def test_files_for_many_machines_name_the_proxy_file_and_close_the_ways_around(
    client: httpx.Client, gateway: GatewayProcess
) -> None:
    url = f"http://{gateway.proxy}/proxy.pac"
    chrome = client.get(f"{PAGES}/chrome-policies.json").json()
    firefox = client.get(f"{PAGES}/firefox-policies.json").json()["policies"]
    managed = plistlib.loads(client.get(f"{PAGES}/leadglass-managed.mobileconfig").content)
    assert chrome["ProxySettings"]["ProxyPacUrl"] == firefox["Proxy"]["AutoConfigURL"] == url
    assert chrome["QuicAllowed"] is False
    assert firefox["DNSOverHTTPS"]["Enabled"] is False
    assert [one["PayloadType"] for one in managed["PayloadContent"]] == [
        "com.apple.security.root",
        "com.apple.proxy.http.global",
    ]
    assert managed["PayloadContent"][1]["ProxyPACURL"] == url
    assert f'"AutoConfigURL"="{url}"' in client.get(f"{PAGES}/leadglass.reg").text


def test_who_comes_by_a_personal_address_gets_it_in_the_proxy_file_and_nobody_else(
    tmp_path: Path, upstream: RecordingUpstream
) -> None:
    people = tmp_path / "people.yaml"
    with changing(people) as data:
        add_person(data, "mara", (), None)
        token = add_token(data, "mara", host=True, label="", until=None, within=()).token
    name = f"{token}.proxy.example"
    with GatewayProcess(
        tmp_path / "state", upstream, "--people", str(people), "--name", "proxy.example"
    ) as gateway:
        host, _, port = gateway.proxy.rpartition(":")
        with (
            socket.create_connection((host, int(port)), 30) as plain,
            gateway.context().wrap_socket(plain, server_hostname=name) as proxy,
        ):
            proxy.sendall(
                f"GET {PAGES}/proxy.pac HTTP/1.1\r\nHost: {PAGES_HOST}\r\nConnection: close\r\n\r\n".encode()
            )
            text = b"".join(iter(lambda: proxy.recv(65536), b"")).decode().partition("\r\n\r\n")[2]
        pac = PACFile(text)
        assert pac.find_proxy_for_url("https://chatgpt.com/", "chatgpt.com") == f"HTTPS {name}:{port}"
        assert token not in httpx.get(f"http://{gateway.proxy}/proxy.pac").text


def test_one_person_does_not_see_the_uploads_of_another(tmp_path: Path, upstream: RecordingUpstream) -> None:
    people = tmp_path / "people.yaml"
    with changing(people) as data:
        tokens = {}
        for name in ("mara", "ben"):
            add_person(data, name, (), None)
            tokens[name] = add_token(data, name, host=False, label="", until=None, within=()).token
    with GatewayProcess(tmp_path / "state", upstream, "--people", str(people)) as gateway:

        def client(name: str) -> httpx.Client:
            proxy = f"http://token:{tokens[name]}@{gateway.proxy}" if name else f"http://{gateway.proxy}"
            return httpx.Client(proxy=proxy, verify=gateway.context(), timeout=30)

        with client("mara") as mara, client("ben") as ben, client("") as nobody:
            address = stopped(mara)
            assert mara.get(address).status_code == 200
            assert address.removeprefix(PAGES) in mara.get(f"{PAGES}/upload/").text
            assert ben.get(address).status_code == 404
            assert "/upload/0" not in ben.get(f"{PAGES}/upload/").text
            assert nobody.get(address).status_code == 407
            assert nobody.get(f"{PAGES}/").status_code == 200
            token = TOKEN.search(mara.get(address).text)
            assert token
            assert (
                ben.post(address, data={"token": token[1], "reason": "other"}, headers=FROM_HERE).status_code
                == 403
            )
            assert (
                mara.post(address, data={"token": token[1], "reason": "other"}, headers=FROM_HERE).status_code
                == 303
            )
            asked = [one for one in gateway.entries("--events") if one.get("event") == "exemption-asked"]
            assert [one["user"] for one in asked] == ["mara"]


def test_a_reason_given_on_the_page_lets_a_held_upload_pass(
    tmp_path: Path, upstream: RecordingUpstream
) -> None:
    rules = tmp_path / "rules"
    shipped = Path(__file__).parents[2] / "rules"
    rules.mkdir()
    for path in shipped.glob("*.yaml"):
        (rules / path.name).write_bytes(path.read_bytes())
    name = next(path for path in rules.glob("*.yaml") if "medical-images-to-public-ai" in path.read_text())
    name.write_text(
        name.read_text().replace("do: block", "do: coach").replace("expect: block", "expect: coach")
    )
    with (
        GatewayProcess(tmp_path / "state", upstream, "--rules", str(rules)) as gateway,
        gateway.client() as client,
    ):
        upstream.requests.clear()
        address = stopped(client)
        page = client.get(address).text
        assert "waits for your reason" in page
        token = TOKEN.search(page)
        assert token
        assert (
            client.post(
                address, data={"token": token[1], "reason": "anonymised"}, headers=FROM_HERE
            ).status_code
            == 303
        )
        assert "You may send the same again until" in client.get(address).text
        assert upstream.requests == []
        assert send(client, ct_png()).status_code == 200
        assert len(upstream.requests) == 1
