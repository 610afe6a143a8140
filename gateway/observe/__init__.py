"""Numbers and probes for the people who run the gateway."""

from gateway.observe.server import Watch

__all__ = ["Watch"]
