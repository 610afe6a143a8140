"""What was decided, and what the sender gets."""

from dataclasses import dataclass, field

from gateway.model.findings import PartPath
from gateway.model.kinds import Action
from gateway.model.transfer import Headers


@dataclass(frozen=True, slots=True)
class RedactionOptions:
    """How a rule wants its redaction done."""

    profile: tuple[str, ...] = ()  # PS3.15 options, e.g. `retain-patient-characteristics`
    text: str = "all"  # `all` outside the allow-list, or `identifiers`
    keep_length: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """The organisation's own words in one more language; empty where it has none."""

    language: str
    because: str = ""
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rules say, and which of them said it."""

    action: Action
    rules: tuple[str, ...]  # names of the rules that spoke for this action
    because: str  # the organisation's own words
    reason_code: str = "rule"
    instead: str = ""  # the organisation's approved way
    would: Action | None = None  # what a monitored rule would have done
    redaction: RedactionOptions = RedactionOptions()
    translations: tuple[Said, ...] = field(default=(), compare=False, repr=False)
    about: tuple[PartPath, ...] = field(default=(), repr=False)
    """The parts at issue, where the upload is held or stopped; none where the upload as a whole is."""
    exemption: str = ""
    """The decisions whose exemptions were used, separated by spaces."""


@dataclass(frozen=True, slots=True)
class Forward:
    """The upload goes on, byte for byte."""


@dataclass(frozen=True, slots=True)
class ForwardRewritten:
    """The upload goes on without what was removed."""

    body: bytes = field(repr=False)
    headers: Headers = field(default=(), repr=False)
    """All headers to send; lengths and checksums already true."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """The sender is told no, in the shape the sender can read."""

    status: int
    headers: Headers = field(repr=False)
    body: bytes = field(repr=False)


type Outcome = Forward | ForwardRewritten | Refuse
