"""Exemptions: one person, one content, one destination, for a while; everything about them is in the record."""

from gateway.exemptions.desk import Desk, ask_desk, desk_path
from gateway.exemptions.exemption import CATEGORIES, Exemption, State
from gateway.exemptions.following import Following
from gateway.exemptions.history import read_exemptions
from gateway.exemptions.office import Office, excused
from gateway.exemptions.reasons import ReasonStore
from gateway.exemptions.subject import subject_of

__all__ = [
    "CATEGORIES",
    "Desk",
    "Exemption",
    "Following",
    "Office",
    "ReasonStore",
    "State",
    "ask_desk",
    "desk_path",
    "excused",
    "read_exemptions",
    "subject_of",
]
