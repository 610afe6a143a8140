"""Pictures on an open WebSocket, frame by frame: nothing of a medical one arrives, in whatever kind of frame."""

import contextlib
import ssl
from collections.abc import Iterator

import pytest
from websockets.frames import Frame
from websockets.server import ServerProtocol

from tests.evasion import oracle
from tests.evasion.bench import canaries
from tests.evasion.family_l_sockets import CASES, TEXT, Frames, frame, legal
from tests.evasion.pictures import medical, ordinary
from tests.evasion.senders import tunnel
from tests.support.gateways import GatewayProcess
from tests.support.sockets import SocketUpstream

EACH = [pytest.param(case, id=f"L-{case.name}") for case in CASES]
FORMS = [pytest.param(case, id=f"L-{case.name}") for case in CASES if case.form]
HANDSHAKE = (
    b"GET /v1/realtime?model=m HTTP/1.1\r\nHost: api.openai.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SocketUpstream]:
    running = SocketUpstream(tmp_path_factory.mktemp("upstream"), "api.openai.com")
    yield running
    running.close()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, upstream: SocketUpstream) -> Iterator[GatewayProcess]:
    with GatewayProcess(tmp_path_factory.mktemp("gateway") / "state", upstream) as running:  # type: ignore[arg-type]  # same port and ca
        yield running


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch, upstream: SocketUpstream) -> list[bytes]:
    """Everything the destination's side of the socket receives, control frames included."""
    upstream.messages.clear()
    found: list[bytes] = []
    original = ServerProtocol.recv_frame

    def record(self: ServerProtocol, received: Frame) -> None:
        found.append(bytes(received.data))
        original(self, received)

    monkeypatch.setattr(ServerProtocol, "recv_frame", record)
    return found


def send(gateway: GatewayProcess, frames: bytes, answers: int = 1) -> None:
    """Open a socket, send the frames and one harmless message, and read until so many answers or the end."""
    with tunnel(gateway.proxy, gateway.ca, "http/1.1") as tls, contextlib.suppress(OSError, ssl.SSLError):
        tls.sendall(HANDSHAKE)
        head = b""
        while b"\r\n\r\n" not in head:
            head += (piece := tls.recv(4096))
            assert piece
        assert b" 101 " in head
        tls.sendall(frames)
        tls.settimeout(3 if answers > 1 else 1)  # nothing is owed to what is refused by form
        tls.sendall(frame(TEXT, b'{"type": "session.update"}'))
        heard = b""
        while heard.count(b"heard") < answers and (piece := tls.recv(4096)):
            heard += piece


def arrived(seen: list[bytes]) -> bool:
    """Whether the ordinary picture did."""
    return any(oracle.shows(one, oracle.canaries(ordinary())) for one in (b"".join(seen), *seen))


@pytest.mark.parametrize("case", EACH)
def test_nothing_of_a_medical_picture_arrives(
    gateway: GatewayProcess, seen: list[bytes], case: Frames
) -> None:
    send(gateway, case.send(medical()))
    assert not oracle.shows(b"".join(seen), canaries("png"))
    assert not any(oracle.shows(one, canaries("png")) for one in seen)


@pytest.mark.parametrize("case", EACH)
def test_the_benign_twin(gateway: GatewayProcess, seen: list[bytes], case: Frames) -> None:
    send(gateway, legal(case).send(ordinary()), 2)
    assert arrived(seen)


@pytest.mark.parametrize("case", FORMS)
def test_what_is_refused_by_form_is_refused_with_an_ordinary_picture_too(
    gateway: GatewayProcess, seen: list[bytes], case: Frames
) -> None:
    send(gateway, case.send(ordinary()))
    assert not arrived(seen)
