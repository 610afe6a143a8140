"""Whatever breaks, wherever: no byte of an upload reaches the destination.

A faulty addon is planted in front of the gateway's own, raising every kind of exception in every hook, in HTTP/1
and HTTP/2, and the recording upstream must never see the upload. Hooks that carry nothing may let a sound request
through afterwards; the upload here is a medical one, so it must not pass in any case.
"""

import asyncio
import contextlib
import os
import signal
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pydicom.data
import pytest
from mitmproxy import exceptions

from gateway.errors import AuditError
from gateway.proxy.addon import GatewayAddon
from gateway.proxy.guard import Guard
from gateway.proxy.layers import LayerChoice
from gateway.proxy.tls import GatewayTls
from tests.support import http2
from tests.support.gateways import GatewayThread
from tests.support.upstream import RecordingUpstream

HOST = "api.openai.com"
SCAN = Path(str(pydicom.data.get_testdata_file("CT_small.dcm", download=False))).read_bytes()
HOOKS = (
    "requestheaders",
    "request",
    "http_connect",
    "http_connected",
    "next_layer",
    "tls_clienthello",
    "server_connect",
)
OUR_HOOKS = (
    (GatewayAddon, "client_connected"),
    (GatewayAddon, "http_connect"),
    (GatewayAddon, "request"),
    (GatewayAddon, "responseheaders"),
    (GatewayAddon, "unexamined"),
    (GatewayTls, "tls_start_client"),
    (LayerChoice, "next_layer"),
    (Guard, "release"),
)
KINDS = (
    ValueError,
    MemoryError,
    RecursionError,
    TimeoutError,
    asyncio.CancelledError,
    exceptions.AddonHalt,
    exceptions.OptionsError,
    SystemExit,
)


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordingUpstream]:
    with RecordingUpstream(tmp_path_factory.mktemp("upstream"), HOST, "other.example") as running:
        yield running


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, upstream: RecordingUpstream) -> Iterator[GatewayThread]:
    with GatewayThread(tmp_path_factory.mktemp("gateway") / "state", upstream) as running:
        yield running


@pytest.fixture(autouse=True)
def _forget(upstream: RecordingUpstream) -> None:
    upstream.clear()


def faulty(hook: str, kind: type[BaseException], *, asynchronous: bool) -> object:
    """An addon that raises in one hook."""

    def raises(_self: object, *_: Any) -> None:
        raise kind

    async def raises_later(_self: object, *_: Any) -> None:
        await asyncio.sleep(0)
        raise kind

    return type("Faulty", (), {"name": "faulty", hook: raises_later if asynchronous else raises})()


@contextlib.contextmanager
def planted(gateway: GatewayThread, addon: object, *, last: bool = False) -> Iterator[None]:
    chain = gateway.gateway.master.addons.chain
    gateway.call(lambda: chain.insert(len(chain) if last else 0, addon))
    try:
        yield
    finally:
        gateway.call(lambda: chain.remove(addon))


def upload(gateway: GatewayThread, protocol: str, body: bytes = SCAN) -> int:
    """Status of the answer, 0 where there was none."""
    try:
        if protocol == "h2":
            ca = str(gateway.settings.state / "ca.pem")
            return http2.post(gateway.proxy, ca, HOST, "/v1/files", body, timeout=5)[0]
        with gateway.client() as client:
            return client.post(f"https://{HOST}/v1/files", content=body).status_code
    except (httpx.HTTPError, OSError, ssl.SSLError):
        return 0


@pytest.mark.parametrize("protocol", ["h1", "h2"])
@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_that_raises_lets_nothing_out(
    gateway: GatewayThread,
    upstream: RecordingUpstream,
    hook: str,
    kind: type[BaseException],
    asynchronous: bool,
    protocol: str,
) -> None:
    with planted(gateway, faulty(hook, kind, asynchronous=asynchronous)):
        assert upload(gateway, protocol) in (0, 403)
    assert upstream.received == b""
    assert upload(gateway, protocol, b'{"after": "the fault"}') == 200


@pytest.mark.parametrize("protocol", ["h1", "h2"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize(
    ("owner", "hook"), OUR_HOOKS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_hook_of_ours_that_raises_lets_nothing_out(
    gateway: GatewayThread,
    upstream: RecordingUpstream,
    owner: type,
    hook: str,
    kind: type[BaseException],
    protocol: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def raises(*_: object) -> None:
        raise kind

    with monkeypatch.context() as patch:
        patch.setattr(owner, hook, raises)
        assert upload(gateway, protocol) in (0, 403)
    assert upstream.received == b""


@pytest.mark.parametrize("protocol", ["h1", "h2"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_examination_that_raises_is_a_refusal(
    gateway: GatewayThread,
    upstream: RecordingUpstream,
    kind: type[BaseException],
    protocol: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def raises(*_: object) -> None:
        raise kind

    with monkeypatch.context() as patch:
        patch.setattr(type(gateway.gateway.workers), "examine", raises)
        assert upload(gateway, protocol) == 403
    assert upstream.received == b""


def test_a_killed_worker_is_a_refusal_of_that_upload_alone(
    gateway: GatewayThread, upstream: RecordingUpstream
) -> None:
    for pid in gateway.gateway.workers.pids:
        os.kill(pid, signal.SIGSTOP)  # it takes the job and will never answer
    with gateway.client(headers={"content-type": "application/octet-stream"}) as client:
        import threading

        answers: list[int] = []
        thread = threading.Thread(
            target=lambda: answers.append(client.post(f"https://{HOST}/v1/files", content=SCAN).status_code)
        )
        thread.start()
        thread.join(0.5)
        for pid in gateway.gateway.workers.pids:
            os.kill(pid, signal.SIGKILL)
        thread.join(20)
    assert answers == [403]
    assert upstream.received == b""
    assert upload(gateway, "h1", SCAN) == 403
    assert upload(gateway, "h1", b'{"next": "one"}') == 200


@pytest.mark.parametrize("protocol", ["h1", "h2"])
def test_a_ledger_that_cannot_write_refuses_everything(
    gateway: GatewayThread, upstream: RecordingUpstream, protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> int:
        raise AuditError("read-only")

    with monkeypatch.context() as patch:
        patch.setattr(type(gateway.gateway.gatekeeper.ledger), "append_async", broken)
        assert upload(gateway, protocol, b'{"ordinary": "chat"}') == 403
        assert upload(gateway, protocol) == 403
    assert upstream.received == b""


def test_rules_that_are_gone_refuse(gateway: GatewayThread, upstream: RecordingUpstream) -> None:
    keeper = gateway.gateway.gatekeeper
    rules = keeper.rules
    keeper.rules = None  # type: ignore[assignment]
    try:
        assert upload(gateway, "h1", b'{"ordinary": "chat"}') in (0, 403)
    finally:
        keeper.rules = rules
    assert upstream.received == b""


def test_an_addon_that_changes_the_body_after_the_examination_takes_the_release_away(
    gateway: GatewayThread, upstream: RecordingUpstream
) -> None:
    class Swapper:
        name = "swapper"

        def request(self, flow: Any) -> None:
            flow.request.raw_content = SCAN

    with planted(gateway, Swapper(), last=True):
        assert upload(gateway, "h1", b'{"ordinary": "chat"}') == 403
    assert upstream.received == b""


@pytest.mark.parametrize("attribute", ["path", "host", "method"])
def test_an_addon_that_changes_the_envelope_takes_the_release_away(
    gateway: GatewayThread, upstream: RecordingUpstream, attribute: str
) -> None:
    class Swapper:
        name = "swapper"

        def request(self, flow: Any) -> None:
            setattr(flow.request, attribute, "elsewhere")

    with planted(gateway, Swapper(), last=True):
        assert upload(gateway, "h1", b'{"ordinary": "chat"}') == 403
    assert upstream.received == b""


def test_an_addon_that_streams_the_body_gets_the_connection_cut(
    gateway: GatewayThread, upstream: RecordingUpstream
) -> None:
    class Streamer:
        name = "streamer"

        def requestheaders(self, flow: Any) -> None:
            flow.request.stream = True

    with planted(gateway, Streamer()):
        assert upload(gateway, "h1") in (0, 403, 502)
        assert upload(gateway, "h2") in (0, 403, 502)
    assert upstream.received == b""


def test_bytes_that_are_not_http_are_not_carried_to_an_inspected_destination(
    gateway: GatewayThread, upstream: RecordingUpstream
) -> None:
    address, _, port = gateway.proxy.rpartition(":")
    with socket.create_connection((address, int(port)), 5) as plain:
        plain.sendall(f"CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}:443\r\n\r\n".encode())
        assert b" 200 " in plain.recv(4096)
        plain.sendall(b"SSH-2.0-canary\r\n" + SCAN)
        plain.settimeout(2)
        with contextlib.suppress(OSError):
            while plain.recv(4096):
                pass
    assert b"canary" not in upstream.received
