"""Numbers and probes for the people who run the gateway."""

from gateway.observe.server import Watch
from gateway.observe.traces import Traces

__all__ = ["Traces", "Watch"]
