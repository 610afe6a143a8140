"""What programs ask of the record, and what they are told."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

MOST: Final = 200
"""Decisions in one answer."""
DAY: Final = r"^([0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]))?$"

type Word = Annotated[str, Field(max_length=200)]
type Day = Annotated[str, Field(pattern=DAY)]


class Problem(BaseModel):
    """What went wrong, in one sentence."""

    error: str


class Period(BaseModel):
    """From day to day, both included, UTC; empty: without that end."""

    model_config = ConfigDict(extra="forbid")
    since: Day = ""
    until: Day = ""


class Asked(Period):
    """Which decisions are wanted, newest first; `before` is the `next` of the answer before."""

    person: Word = ""
    department: Word = ""
    search: Word = ""
    action: Word = ""
    rule: Word = ""
    host: Word = ""
    provider: Word = ""
    exposure: Word = ""
    modality: Word = ""
    format: Word = ""
    reason: Word = ""
    seen: Word = ""
    would: Word = ""
    before: int | None = Field(default=None, ge=0, lt=1 << 62)
    limit: int = Field(default=50, ge=1, le=MOST)


class Decision(BaseModel):
    """One decision: kinds, counts and keyed digests, never what was in an upload."""

    id: str
    time: str
    gateway: str
    place: int
    action: str
    would: str
    rule: str
    reason: str
    host: str
    path: str
    provider: str
    exposure: str
    user: str
    client: str
    groups: list[str]
    medical: bool
    modality: str
    score: str
    format: str
    bytes: int
    findings: dict[str, int]
    content: str
    outcome: str
    rules_digest: str


class Decisions(BaseModel):
    """Some decisions; `next` is where the following answer begins, null at the end."""

    decisions: list[Decision]
    next: int | None
    unsorted: int
    """Entries of the record that are not in the index yet, and so not in this answer."""


class Overview(BaseModel):
    """Counts of a period: by action, by the words of each facet, and events."""

    actions: dict[str, int]
    facets: dict[str, dict[str, int]]
    events: dict[str, int]
    unsorted: int


class RuleSet(BaseModel):
    """A rule set that decisions name, and when."""

    digest: str
    first: str
    last: str
    kept: bool


class RuleSets(BaseModel):
    """All of them, newest first."""

    rule_sets: list[RuleSet]


class Check(BaseModel):
    """The last full check of a record on this machine."""

    time: str
    size: int
    faults: int
    anchored: int


class Pruned(BaseModel):
    """A stretch that was emptied after its time: what was emptied stands before `below`, from before the day `until`."""

    below: int
    until: str
    days: int
    time: str


class Tree(BaseModel):
    """One gateway's record: what was signed, and whether what is stored is that."""

    gateway: str
    state: Literal["good", "late", "wrong"]
    why: str
    size: int
    signed: int
    root: str
    time: str
    anchored: int
    verified: Check | None
    prunings: list[Pruned]


class Integrity(BaseModel):
    """Every record."""

    records: list[Tree]


class Said(BaseModel):
    """The last word of one reviewer on one decision."""

    id: str
    verdict: str
    person: str
    time: str


class Verdicts(BaseModel):
    """All of them, oldest first."""

    verdicts: list[Said]
