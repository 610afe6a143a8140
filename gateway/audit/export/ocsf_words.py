"""The words and numbers of OCSF 1.5 that the record is told in."""

from typing import Final, NamedTuple

VERSION: Final = "1.5.0"
PROFILE: Final = "security_control"

UNKNOWN, OTHER = 0, 99
SUCCESS, FAILURE = 1, 2
INFORMATIONAL, LOW, MEDIUM, HIGH = 1, 2, 3, 4
CAPTIONS: Final = {INFORMATIONAL: "Informational", LOW: "Low", MEDIUM: "Medium", HIGH: "High"}


class OcsfClass(NamedTuple):
    """A class of events with those of its activities that occur here."""

    uid: int
    name: str
    category_uid: int
    category_name: str
    activities: dict[int, str]


HTTP: Final = OcsfClass(
    4002, "HTTP Activity", 4, "Network Activity",
    {1: "Connect", 2: "Delete", 3: "Get", 4: "Head", 5: "Options", 6: "Post", 7: "Put", 8: "Trace"},
)  # fmt: skip
FINDING: Final = OcsfClass(2006, "Data Security Finding", 2, "Findings", {1: "Create"})
AUTHENTICATION: Final = OcsfClass(3002, "Authentication", 3, "Identity & Access Management", {1: "Logon"})
USE: Final = OcsfClass(
    6003, "API Activity", 6, "Application Activity", {1: "Create", 2: "Read", 3: "Update", 4: "Delete"}
)
LIFECYCLE: Final = OcsfClass(
    6002, "Application Lifecycle", 6, "Application Activity", {3: "Start", 4: "Stop", 8: "Update"}
)

EVENTS: Final[dict[str, tuple[OcsfClass, int]]] = {
    "start": (LIFECYCLE, 3),
    "stop": (LIFECYCLE, 4),
    "rules-loaded": (LIFECYCLE, 8),
    "sign-in": (AUTHENTICATION, 1),
    "sign-in-failed": (AUTHENTICATION, 1),
    "sign-in-asked": (AUTHENTICATION, OTHER),
    "record-read": (USE, 2),
    "record-exported": (USE, 2),
    "review-decision": (USE, 1),
    "exemption-asked": (USE, 1),
    "exemption-granted": (USE, 3),
    "exemption-declined": (USE, 3),
    "break-glass": (USE, 1),
    "evidence-opened": (USE, 2),
    "evidence-erased": (USE, 4),
}
"""What is not here is `Application Lifecycle: Other`, called as we call it."""
FAILED: Final = ("reload-failed", "sign-in-failed", "evidence-not-kept", "protocol-reject")
CONTROLS: Final = {
    "allow": (INFORMATIONAL, 1, "Allowed", 1, "Allowed"),
    "log": (LOW, 1, "Allowed", 17, "Logged"),
    "redact": (MEDIUM, 4, "Modified", OTHER, "Redacted"),
    "coach": (MEDIUM, 2, "Denied", 2, "Blocked"),
    "block": (HIGH, 2, "Denied", 2, "Blocked"),
}
"""By our action: severity_id, action_id with its caption, disposition_id with its caption."""
TITLES: Final = {"redact": "Upload redacted", "coach": "Upload held back", "block": "Upload stopped"}
"""What a finding is called."""
