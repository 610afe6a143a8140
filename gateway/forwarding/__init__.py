"""Sends the record on, as it grows, to the log hosts of the organisation; the gateway never waits for them."""

from gateway.forwarding.schema import ReceiverSpec, load_receivers
from gateway.forwarding.stream import Stream

__all__ = ["ReceiverSpec", "Stream", "load_receivers"]
