"""How far the receivers of the record are behind, for Prometheus; served by the process that sends it to them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.errors import AuditError, SettingsError
from gateway.forwarding import Stream
from gateway.observe.metrics import PREFIX


class ReceiversCollector(Collector):
    """Asks the streams when it is asked, since a receiver that is away tells nobody anything."""

    def __init__(self, streams: Sequence[Stream]) -> None:
        self._streams = streams

    def collect(self) -> Iterator[Metric]:
        """The metrics of `docs/operations.md` that have the label `receiver`."""
        behind = GaugeMetricFamily(
            PREFIX + "receiver_behind", "Entries a receiver does not have yet.", labels=("receiver",)
        )
        failing = GaugeMetricFamily(
            PREFIX + "receiver_failing", "1 while a receiver takes nothing.", labels=("receiver",)
        )
        for stream in self._streams:
            name = (stream.spec.name,)
            failing.add_metric(name, bool(stream.fault))
            try:
                behind.add_metric(name, stream.behind())
            except (
                AuditError
            ):  # the record cannot be read: then nothing is sent either, and the gauge goes away
                continue
        yield behind
        yield failing


@contextmanager
def watched(address: str, streams: Sequence[Stream]) -> Iterator[str]:
    """Serve `/metrics` at `HOST:PORT` while entered; gives the address. SettingsError where it cannot be used."""
    host, _, port = address.rpartition(":")
    registry = CollectorRegistry()
    registry.register(ReceiversCollector(streams))
    try:
        server, thread = start_http_server(int(port), host.strip("[]"), registry)
    except (ValueError, OSError) as error:
        raise SettingsError(f"metrics cannot be served at {address} ({type(error).__name__})") from None
    try:
        yield f"{host}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
