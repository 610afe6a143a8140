"""Requests that name more than one destination: nothing of the picture arrives anywhere."""

import contextlib
import socket
import ssl

import pytest

from tests.evasion import oracle
from tests.evasion.bench import Bench, canaries
from tests.evasion.family_m_destinations import CASES, Names, legal
from tests.evasion.pictures import medical, ordinary

EACH = [pytest.param(case, id=f"M-{case.name}") for case in CASES]
FORMS = [pytest.param(case, id=f"M-{case.name}") for case in CASES if case.form]


def send(bench: Bench, case: Names, picture: bytes) -> bytes:
    """The first bytes of the answer; none where the connection ended."""
    address, _, port = bench.gateway.proxy.rpartition(":")
    request = b"POST /v1/files HTTP/1.1\r\nHost: " + case.host.encode() + b"\r\nContent-Type: image/png\r\n"
    request += b"Content-Length: %d\r\n\r\n" % len(picture) + picture
    with socket.create_connection((address, int(port)), 3) as plain, contextlib.suppress(OSError):
        plain.sendall(
            f"CONNECT {case.connect} HTTP/1.1\r\nHost: {case.connect_host or case.connect}\r\n\r\n".encode()
        )
        opened = plain.recv(4096)
        if b" 200 " not in opened:
            return opened
        if case.plain:
            plain.sendall(request)
            return plain.recv(4096)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = (
            False,
            ssl.CERT_NONE,
        )  # whom it trusts is not in question
        with context.wrap_socket(plain, server_hostname=case.sni) as tls:
            tls.sendall(request)
            return tls.recv(4096)
    return b""


@pytest.mark.parametrize("case", EACH)
def test_nothing_of_a_medical_picture_arrives(bench: Bench, case: Names) -> None:
    answer = send(bench, case, medical())
    assert b" 200 " not in answer
    assert not oracle.shows(bench.upstream.received, canaries("png"))


@pytest.mark.parametrize("case", EACH)
def test_the_benign_twin(bench: Bench, case: Names) -> None:
    answer = send(bench, legal(case), ordinary())
    assert b" 200 " in answer
    assert bench.upstream.requests[-1][2] == ordinary()


@pytest.mark.parametrize("case", FORMS)
def test_what_is_refused_by_form_is_refused_with_an_ordinary_picture_too(bench: Bench, case: Names) -> None:
    send(bench, case, ordinary())
    assert bench.upstream.requests == []
