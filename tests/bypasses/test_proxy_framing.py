"""Framing that mitmproxy passes on, or gives up at, and the gateway does not."""

from collections.abc import Iterator

import pytest

from tests.evasion.bench import Bench, bench_in
from tests.evasion.case import JSON, Upload
from tests.evasion.family_a_framing import CASES as FRAMINGS
from tests.evasion.pictures import medical


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bench_in(tmp_path_factory.mktemp("framing")) as running:
        yield running


@pytest.fixture(autouse=True)
def _forget(bench: Bench) -> None:
    bench.upstream.clear()
    bench.http1.close()


def test_a_body_without_a_length_in_http2_is_no_second_request_in_http1(bench: Bench) -> None:
    hidden = b"GET /v1/models HTTP/1.1\r\nhost: api.openai.com\r\n\r\n"
    for body in (b'{"model": "m"}', hidden):
        bench.upstream.clear()
        bench.http2.send(Upload(body, b"text/plain", path=b"/v1/files"))
        assert [request[2] for request in bench.upstream.requests] in ([body], [])


def test_trailers_in_http1_end_the_connection_and_are_recorded(bench: Bench) -> None:
    start = bench.reader.size()
    upload = Upload(b"{}", JSON, trailers=((b"x-note", b"a"),))
    assert bench.http1.send(upload, chunked=True).status == 0
    assert bench.upstream.received == b""
    assert {decision["action"] for decision in bench.decisions(start)} == {"block"}


@pytest.mark.parametrize(
    "name", ["header without a colon", "http in small letters", "picture as the version"]
)
def test_a_head_that_cannot_be_read_is_recorded(bench: Bench, name: str) -> None:
    start = bench.reader.size()
    (case,) = (case for case in FRAMINGS if case.name == name)
    assert bench.http1.raw(case.raw(medical())).status in (0, 400)
    assert bench.upstream.received == b""
    assert [decision["action"] for decision in bench.decisions(start)] == ["block"]


def test_a_picture_as_the_name_of_a_header_is_seen(bench: Bench) -> None:
    (case,) = (case for case in FRAMINGS if case.name == "picture as a header's name")
    assert bench.http1.raw(case.raw(medical())).status == 403
    assert bench.upstream.received == b""
