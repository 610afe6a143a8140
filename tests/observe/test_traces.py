"""Spans as a collector receives them: names and times, and nothing of an upload."""

import http.server
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from gateway.errors import SettingsError
from gateway.observe import Traces
from tests.support.gateways import GatewayProcess
from tests.support.upstream import RecordingUpstream


@contextmanager
def collector() -> Iterator[tuple[str, list[bytes]]]:
    bodies: list[bytes] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/traces", bodies
        finally:
            server.shutdown()


def test_each_stage_of_an_upload_is_one_span_without_a_word_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with collector() as (endpoint, bodies), RecordingUpstream(tmp_path, "api.openai.com") as upstream:
        with (
            GatewayProcess(tmp_path / "state", upstream, "--traces", endpoint) as gateway,
            gateway.client() as client,
        ):
            url = "https://api.openai.com/v1/chat/completions"
            chat = {"messages": [{"role": "user", "content": "quicksilver"}]}
            assert client.post(url, json=chat).status_code == 200
            hidden = {"quicksilver": "iVBORw0KGgo" + "A" * 4000}
            assert client.post(url, json=hidden).status_code == 403
        groups = [
            group for body in bodies for group in ExportTraceServiceRequest.FromString(body).resource_spans
        ]
    spans = [span for group in groups for scope in group.scope_spans for span in scope.spans]
    uploads = {span.span_id for span in spans if span.name == "upload"}
    stages = [span for span in spans if span.name != "upload"]
    assert len(uploads) == 2
    assert sorted(span.name for span in stages) == ["examine", "examine", "record", "record"]
    assert {span.parent_span_id for span in stages} == uploads
    assert all(span.end_time_unix_nano >= span.start_time_unix_nano > 0 for span in spans)
    assert not any(span.attributes or span.events or span.status.message for span in spans)
    assert not any(word in body for body in bodies for word in (b"quicksilver", b"openai.com", b"127.0.0.1"))


def test_without_the_extra_the_start_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(SettingsError, match="pip install"):
        Traces("http://127.0.0.1:9/v1/traces", "gateway-1")
