"""The nouns everybody speaks: what travelled, what was found, what was decided.

All of them are frozen. Bodies, paths and names are kept out of `repr`, so that no log line can hold a patient.
"""

from gateway.model.decision import (
    Decision,
    Forward,
    ForwardRewritten,
    Outcome,
    RedactionOptions,
    Refuse,
    Said,
)
from gateway.model.findings import Box, Examination, Finding, Identifier, Part, PartPath, PartReport
from gateway.model.kinds import MODALITIES, NOT_UNDERSTOOD, Action, Exposure, Format, Kind, Look
from gateway.model.transfer import Destination, Headers, OpaqueField, Sender, Transfer

__all__ = [
    "MODALITIES",
    "NOT_UNDERSTOOD",
    "Action",
    "Box",
    "Decision",
    "Destination",
    "Examination",
    "Exposure",
    "Finding",
    "Format",
    "Forward",
    "ForwardRewritten",
    "Headers",
    "Identifier",
    "Kind",
    "Look",
    "OpaqueField",
    "Outcome",
    "Part",
    "PartPath",
    "PartReport",
    "RedactionOptions",
    "Refuse",
    "Said",
    "Sender",
    "Transfer",
]
