"""Who is asking, through the real proxy: passwords, tokens and personal proxy names, and what becomes of strangers."""

import base64
import http.client
import json
import re
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gateway.people import Identified
from gateway.people.edit import Given, add_person, add_token, changing, revoke
from tests.support.certificates import Issuer
from tests.support.gateways import GatewayProcess, GatewayThread
from tests.support.sockets import Socket, SocketUpstream
from tests.support.upstream import RecordingUpstream

HOST = "api.openai.com"
URL = f"https://{HOST}/v1/chat/completions"
PROXY_NAME = "proxy.hospital.example"
SECRET = "correct horse battery"
BODY = json.dumps({"model": "m", "messages": [{"role": "user", "content": "Good morning"}]})
PLAIN, TLS = "http://127.0.0.1:PORT", f"https://{PROXY_NAME}:PORT"


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordingUpstream]:
    with RecordingUpstream(tmp_path_factory.mktemp("upstream"), HOST, "not-ai.example") as running:
        yield running


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("people") / "people.yaml"
    with changing(path) as data:
        add_person(data, "mara", ("radiology",), SECRET)
        data["attempts"] = {"wrong": 10_000}
    return path


@pytest.fixture(scope="module")
def gateway(
    tmp_path_factory: pytest.TempPathFactory, upstream: RecordingUpstream, people: Path
) -> Iterator[GatewayProcess]:
    state = tmp_path_factory.mktemp("gateway") / "state"
    with GatewayProcess(state, upstream, "--people", str(people), "--name", "hospital.example") as running:
        yield running


@pytest.fixture(autouse=True)
def _forget(upstream: RecordingUpstream) -> None:
    upstream.clear()


def curl(gateway: GatewayProcess, proxy: str, *more: str, url: str = URL) -> tuple[int, int, str]:
    """The status of the proxy's answer to CONNECT, the status of the answer, and its text."""
    port = gateway.proxy.rpartition(":")[2]
    done = subprocess.run(
        ["curl", "-s", "-m", "30", "--cacert", gateway.ca, "--proxy-cacert", gateway.ca, "--proxy",
         proxy.replace("PORT", port), "--resolve", f"*:{port}:127.0.0.1", "-H", "content-type: application/json",
         "--data-binary", BODY, "-w", "\n%{http_connect} %{http_code}", *more, url],
        capture_output=True, check=False, text=True, timeout=60,
    )  # fmt: skip
    text, _, codes = done.stdout.rpartition("\n")
    connect, code = codes.split()
    return int(connect), int(code), text


def newest(gateway: GatewayProcess) -> dict[str, object]:
    return gateway.entries()[0]


def token_for(people: Path, name: str, *, host: bool = False) -> Given:
    with changing(people) as data:
        add_person(data, name, (), None)
        return add_token(data, name, host=host, label="", until=None, within=())


@pytest.mark.parametrize(("proxy", "version"), [(PLAIN, "--http1.1"), (TLS, "--http2")])
def test_a_name_and_a_password_let_chat_through_and_stand_in_the_record(
    gateway: GatewayProcess, upstream: RecordingUpstream, proxy: str, version: str
) -> None:
    assert curl(gateway, proxy, "--proxy-user", f"Mara:{SECRET}", version)[:2] == (200, 200)
    (head,) = upstream.headers
    assert not [name for name, _ in head if b"proxy" in name.lower() or b"leadglass" in name.lower()]
    assert newest(gateway)["user"] == "mara"
    assert SECRET not in gateway.log.read_text()


@pytest.mark.parametrize("proxy", [PLAIN, TLS])
def test_a_stranger_is_asked_who_it_is_and_nothing_is_sent(
    gateway: GatewayProcess, upstream: RecordingUpstream, proxy: str
) -> None:
    before = len(gateway.entries())
    assert curl(gateway, proxy)[0] == 407
    assert upstream.received == b""
    assert len(gateway.entries()) == before  # being asked is not an upload


def test_a_client_that_waits_to_be_asked_answers_on_the_same_connection(
    gateway: GatewayProcess, upstream: RecordingUpstream
) -> None:
    assert curl(gateway, TLS, "--proxy-anyauth", "--proxy-user", f"mara:{SECRET}")[:2] == (200, 200)


@pytest.mark.parametrize(
    "header",
    [
        "Basic " + base64.b64encode(b"mara:wrong password").decode(),
        "Basic " + base64.b64encode(b"nobody:" + SECRET.encode()).decode(),
        "Basic " + base64.b64encode(b"mara:").decode(),
        "Basic " + base64.b64encode(b"token:").decode(),
        "Basic bm8gY29sb24=",
        "Basic not base64",
        "Bearer lgdaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "Bearer a.b.c",
        "Negotiate abc",
        "",
    ],
)
def test_a_wrong_answer_is_asked_again_and_recorded_without_it(
    gateway: GatewayProcess, upstream: RecordingUpstream, header: str
) -> None:
    sent = f"Proxy-Authorization: {header}" if header else "Proxy-Authorization;"
    connect, _, _ = curl(gateway, PLAIN, "--proxy-header", sent)
    assert connect == 407
    assert upstream.received == b""


def test_wrong_answers_stand_in_the_record(gateway: GatewayProcess) -> None:
    assert curl(gateway, PLAIN, "--proxy-user", "mara:wrong password")[0] == 407
    entry = newest(gateway)
    assert (entry["action"], entry["reason_code"], entry["user"]) == ("block", "not-identified", "")


def test_two_answers_at_once_are_none(gateway: GatewayProcess, upstream: RecordingUpstream) -> None:
    right = "Proxy-Authorization: Basic " + base64.b64encode(f"mara:{SECRET}".encode()).decode()
    assert curl(gateway, PLAIN, "--proxy-header", right, "--proxy-header", right)[0] == 407


def test_a_destination_that_is_not_inspected_asks_nobody(
    gateway: GatewayProcess, upstream: RecordingUpstream
) -> None:
    with httpx.Client(proxy=f"http://{gateway.proxy}", verify=upstream.context(), timeout=30) as client:
        assert client.post("https://not-ai.example/upload", content=b"x").status_code == 200


@pytest.mark.parametrize("user", ["token:{}", "nora:{}", "Nora:{}"])
def test_a_device_token_stands_for_a_password(
    gateway: GatewayProcess, people: Path, upstream: RecordingUpstream, user: str
) -> None:
    given = token_for(people, "nora")
    assert curl(gateway, TLS, "--proxy-user", user.format(given.token))[1] == 200
    assert newest(gateway)["user"] == "nora"


def test_a_token_given_with_another_name_is_refused(gateway: GatewayProcess, people: Path) -> None:
    given = token_for(people, "nora")
    assert curl(gateway, TLS, "--proxy-user", f"mara:{given.token}")[0] == 407


def test_a_device_token_can_be_sent_as_bearer(gateway: GatewayProcess, people: Path) -> None:
    given = token_for(people, "nora")
    assert curl(gateway, TLS, "--proxy-header", f"Proxy-Authorization: Bearer {given.token}")[1] == 200


def test_a_personal_proxy_name_needs_no_password(
    gateway: GatewayProcess, people: Path, upstream: RecordingUpstream
) -> None:
    given = token_for(people, "otto", host=True)
    assert curl(gateway, f"https://{given.token}.{PROXY_NAME}:PORT")[1] == 200
    assert newest(gateway)["user"] == "otto"
    # What others on the network can read is worth nothing elsewhere, and the other way round.
    assert curl(gateway, TLS, "--proxy-user", f"token:{given.token}")[0] == 407
    device = token_for(people, "otto")
    assert curl(gateway, f"https://{device.token}.{PROXY_NAME}:PORT")[0] == 407


def test_a_plain_proxy_request_is_asked_too_and_one_sender_is_not_the_next(
    gateway: GatewayProcess, upstream: RecordingUpstream
) -> None:
    connect, code, text = curl(gateway, PLAIN, "-D", "-", url=f"http://{HOST}/v1/models")
    assert (connect, code) == (0, 407)
    assert "Basic realm" in text
    assert "Sign in to the proxy" in text
    # The first request of one connection says who it is; the second, from whoever shares it, does not.
    known = base64.b64encode(f"mara:{SECRET}".encode()).decode()
    connection = http.client.HTTPConnection(gateway.proxy, timeout=30)
    statuses = []
    for extra in ({"Proxy-Authorization": f"Basic {known}"}, {}):
        connection.request("POST", URL, BODY, {"Host": HOST, "Content-Type": "application/json", **extra})
        answer = connection.getresponse()
        answer.read()
        statuses.append(answer.status)
    connection.close()
    assert statuses == [200, 407]
    assert known not in gateway.log.read_text()


@pytest.mark.parametrize("what", ["person", "token"])
@pytest.mark.parametrize("http2", [False, True])
def test_revocation_counts_on_an_open_connection(
    gateway: GatewayProcess, people: Path, upstream: RecordingUpstream, what: str, http2: bool
) -> None:
    given = token_for(people, "zoe")
    proxy = httpx.Proxy(f"http://{gateway.proxy}", auth=("token", given.token))
    with httpx.Client(proxy=proxy, verify=gateway.context(), timeout=30, http2=http2) as client:
        assert client.post(URL, content=BODY, headers={"content-type": "application/json"}).status_code == 200
        assert client.get(f"https://{HOST}/v1/models").status_code == 200
        with changing(people) as data:
            revoke(data, "zoe", None if what == "person" else given.id)
        upstream.clear()
        refused = client.post(URL, content=BODY, headers={"content-type": "application/json"})
        assert refused.status_code == 403
        assert "does not know who is sending it" in refused.json()["error"]["message"]
        assert "personal proxy address or token" in refused.json()["error"]["message"]
        assert client.get(f"https://{HOST}/v1/models").status_code == 403  # also what needs no body
    assert upstream.received == b""
    assert newest(gateway)["reason_code"] == "not-identified"


def test_a_people_file_that_breaks_makes_everybody_unknown_until_it_is_mended(
    gateway: GatewayProcess, people: Path, upstream: RecordingUpstream
) -> None:
    sound = people.read_text()
    with httpx.Client(
        proxy=httpx.Proxy(f"http://{gateway.proxy}", auth=("mara", SECRET)),
        verify=gateway.context(),
        timeout=30,
    ) as client:
        assert client.get(f"https://{HOST}/v1/models").status_code == 200
        people.write_text(sound + "\npeople: [")
        refused = client.get(f"https://{HOST}/v1/models")
        assert refused.status_code == 403
        assert "list of people could not be asked" in refused.text
        people.write_text(sound)
        assert client.get(f"https://{HOST}/v1/models").status_code == 200


def test_the_proxy_name_is_not_answered_with_another_protocol_inside(gateway: GatewayProcess) -> None:
    """CONNECT over HTTP/2 would let several people share one connection, whose memory is one person's."""
    context = gateway.context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    host, _, port = gateway.proxy.rpartition(":")
    with (
        socket.create_connection((host, int(port)), timeout=30) as plain,
        context.wrap_socket(plain, server_hostname=PROXY_NAME) as secure,
    ):
        assert secure.selected_alpn_protocol() == "http/1.1"


def test_in_reverse_mode_a_header_or_the_name_says_who_it_is(
    tmp_path: Path, upstream: RecordingUpstream
) -> None:
    people = tmp_path / "people.yaml"
    given, name = token_for(people, "nora"), token_for(people, "nora", host=True)
    with GatewayProcess(
        tmp_path / "state", upstream, "--reverse", f"https://{HOST}", "--name", "hospital.example", "--people", str(people)
    ) as gateway:  # fmt: skip
        port = gateway.proxy.rpartition(":")[2]
        context = ssl.create_default_context(cafile=gateway.ca)
        with httpx.Client(verify=context, timeout=30) as client:

            def post(label: str, **headers: str) -> httpx.Response:
                return client.post(
                    f"https://127.0.0.1:{port}/v1/chat/completions",
                    json={"model": "m"},
                    headers=headers,
                    extensions={"sni_hostname": f"{label}.hospital.example"},
                )

            refused = post("api")
            assert refused.status_code == 403
            assert "does not know who is sending it" in refused.json()["error"]["message"]
            assert upstream.received == b""
            assert post("api", **{"leadglass-authorization": f"Bearer {given.token}"}).status_code == 200
            assert b"leadglass-authorization" not in upstream.received.lower()
        with httpx.Client(verify=context, timeout=30) as client:
            assert post(name.token).status_code == 200
        assert [entry["user"] for entry in gateway.entries() if entry["action"] != "block"] == [
            "nora",
            "nora",
        ]


def test_a_client_certificate_says_who_it_is_also_when_the_session_is_resumed(
    tmp_path: Path, upstream: RecordingUpstream
) -> None:
    people, issuer = tmp_path / "people.yaml", Issuer()
    issuer.write(tmp_path / "people-ca.pem")
    people.write_text("people: {mara: {groups: [radiology]}}\ncertificates: {authority: people-ca.pem}\n")
    (tmp_path / "mara.pem").write_bytes(issuer.issue("mara", "mara@hospital.example").pem)
    (tmp_path / "other.pem").write_bytes(Issuer().issue("mara", "mara@hospital.example").pem)
    with GatewayProcess(
        tmp_path / "state", upstream, "--people", str(people), "--name", "hospital.example",
        "--record-names", "pseudonym",
    ) as gateway:  # fmt: skip
        shown = ("--proxy-cert", str(tmp_path / "mara.pem"))
        assert curl(gateway, TLS, *shown)[1] == 200
        assert re.fullmatch("p-[0-9a-f]{24}", str(newest(gateway)["user"]))
        assert len(gateway.entries("--user", "mara")) == len(gateway.entries("--action", "log")) == 1
        assert gateway.entries("--user", "nora") == []
        assert curl(gateway, TLS)[0] == 407
        assert curl(gateway, TLS, "--proxy-cert", str(tmp_path / "other.pem"))[0] == 407
        assert curl(gateway, PLAIN)[0] == 407
        context = gateway.context()
        context.maximum_version = ssl.TLSVersion.TLSv1_2  # whose session is there when the handshake ends
        context.load_cert_chain(str(tmp_path / "mara.pem"))
        session, answers = None, []
        host, _, port = gateway.proxy.rpartition(":")
        for _ in range(2):
            with (
                socket.create_connection((host, int(port)), timeout=30) as plain,
                context.wrap_socket(plain, server_hostname=PROXY_NAME, session=session) as secure,
            ):
                session = secure.session
                secure.sendall(f"CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}:443\r\n\r\n".encode())
                answers.append((secure.recv(4096).split()[1], secure.session_reused))
        assert [status for status, _ in answers] == [b"200", b"200"]
        with changing(people) as data:
            revoke(data, "mara", None)
        assert curl(gateway, TLS, *shown)[0] == 407


def test_a_revoked_person_is_not_heard_on_an_open_socket(
    gateway: GatewayProcess, people: Path, tmp_path: Path
) -> None:
    given = token_for(people, "ben")
    stand_in = SocketUpstream(tmp_path, HOST)
    with GatewayProcess(tmp_path / "state", stand_in, "--people", str(people)) as own:  # type: ignore[arg-type]  # same port and ca
        proxy = f"http://token:{given.token}@{own.proxy}"
        with Socket(f"wss://{HOST}/v1/realtime", proxy, own.ca) as socket:
            socket.send('{"hello": 1}')
            assert socket.recv() == "heard"
            with changing(people) as data:
                revoke(data, "ben", given.id)
            socket.send('{"hello": 2}')
            assert "does not know who is sending it" in str(socket.recv())
    stand_in.close()
    assert stand_in.messages == ['{"hello": 1}']


def test_a_front_desk_that_breaks_lets_nobody_in(tmp_path: Path, upstream: RecordingUpstream) -> None:
    people = tmp_path / "people.yaml"
    given = token_for(people, "nora")
    with GatewayThread(tmp_path / "state", upstream, people=people) as gateway:
        desk = gateway.gateway.addon.asking
        assert desk is not None

        async def broken(*_: object) -> Identified:
            raise RuntimeError("Doe^Jane")

        ca = ssl.create_default_context(cafile=str(tmp_path / "state" / "ca.pem"))
        proxy = httpx.Proxy(f"http://{gateway.proxy}", auth=("token", given.token))
        with httpx.Client(proxy=proxy, verify=ca, timeout=30) as client:
            assert client.get(f"https://{HOST}/v1/models").status_code == 200
            upstream.clear()
            desk.reception.identify = broken  # type: ignore[method-assign]
            refused = client.post(URL, json={"model": "m"})
            assert refused.status_code == 403
            assert "Doe" not in refused.text
        with (
            httpx.Client(proxy=proxy, verify=ca, timeout=30) as client,
            pytest.raises(httpx.ProxyError, match="403"),
        ):
            client.get(f"https://{HOST}/v1/models")
    assert upstream.received == b""
