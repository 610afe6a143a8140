"""Traces as OpenTelemetry has them: one span an upload and one a stage, with names and times and nothing else."""

from contextlib import AbstractContextManager
from typing import Self

from gateway.errors import SettingsError


class Traces:
    """Sends spans to a collector (OTLP over HTTP) from a thread of its own while it is entered."""

    def __init__(self, endpoint: str, gateway_id: str) -> None:
        """SettingsError where the packages of the extra `traces` are missing."""
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - an extra
                OTLPSpanExporter,
            )
            from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - an extra
            from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - an extra
            from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - an extra
        except ImportError:
            raise SettingsError("traces need more packages: pip install 'leadglass[traces]'") from None
        who = Resource.create({"service.name": "leadglass", "service.instance.id": gateway_id})
        self._provider = TracerProvider(resource=who, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
        self._tracer = self._provider.get_tracer("leadglass")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._provider.shutdown()

    def span(self, name: str) -> AbstractContextManager[object]:
        """A span around what is done inside; an exception's words are not taken down."""
        return self._tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False)
