"""Examinations in processes that may be killed: a dead, slow or lying worker is a refusal of that upload alone."""

from gateway.workers.pool import Workers

__all__ = ["Workers"]
