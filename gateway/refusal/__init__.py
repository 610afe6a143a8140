"""What the sender is told, in the shape the sender can read."""

from gateway.reasons import REASONS
from gateway.refusal.answer import not_examined, refusal, socket_error
from gateway.refusal.shapes import SHAPES

__all__ = ["REASONS", "SHAPES", "not_examined", "refusal", "socket_error"]
