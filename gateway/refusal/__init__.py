"""What the sender is told, in the shape the sender can read."""

from gateway.reasons import REASONS
from gateway.refusal.answer import cors, not_examined, refusal, socket_error
from gateway.refusal.shapes import SHAPES

__all__ = ["REASONS", "SHAPES", "cors", "not_examined", "refusal", "socket_error"]
