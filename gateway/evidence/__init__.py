"""Sealed evidence: an upload that was stopped, kept so that only a reviewer's key can open it; off unless asked for."""

from gateway.evidence.envelope import Envelope, Identity, Recipients, read_identity, read_recipients
from gateway.evidence.register import EvidenceRegister
from gateway.evidence.store import EvidenceStore, Sealed

__all__ = [
    "Envelope",
    "EvidenceRegister",
    "EvidenceStore",
    "Identity",
    "Recipients",
    "Sealed",
    "read_identity",
    "read_recipients",
]
