"""Examine, record, then release: the order of the steps, in one place."""

from gateway.gatekeeper.gatekeeper import Gatekeeper
from gateway.gatekeeper.ruling import Examiner, Ruling

__all__ = ["Examiner", "Gatekeeper", "Ruling"]
