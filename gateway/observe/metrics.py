"""A gateway's numbers as Prometheus reads them."""

from collections.abc import Iterator
from itertools import accumulate

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from gateway.vitals import SECONDS, Answered, Durations, Vitals

PREFIX = "leadglass_"


class VitalsCollector(Collector):
    """Reads the numbers when it is asked for them, so that counting costs an upload next to nothing."""

    def __init__(self, vitals: Vitals) -> None:
        self._vitals = vitals

    def collect(self) -> Iterator[Metric]:
        """Every metric of `docs/operations.md`."""
        decisions = CounterMetricFamily(
            PREFIX + "decisions", "Decisions on uploads and messages.", labels=Answered._fields
        )
        for answered, count in dict(self._vitals.tally.decisions).items():
            decisions.add_metric(answered, count)
        yield decisions
        stages = HistogramMetricFamily(
            PREFIX + "stage_seconds", "What a stage of a decision took.", labels=("stage",)
        )
        for stage, durations in self._vitals.tally.stages.items():
            stages.add_metric((stage,), _buckets(durations), durations.total)
        yield stages
        for gauge in self._vitals.gauges():
            family = CounterMetricFamily if gauge.rising else GaugeMetricFamily
            yield family(PREFIX + gauge.name, gauge.help, value=gauge.value)


def _buckets(durations: Durations) -> list[tuple[str, float]]:
    bounds = (*map(str, SECONDS), "+Inf")
    return list(zip(bounds, map(float, accumulate(list(durations.classes))), strict=True))
