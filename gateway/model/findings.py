"""What an upload is made of, and what was seen in it."""

from dataclasses import dataclass, field, replace

from gateway.model.kinds import Format, Kind

type PartPath = tuple[str, ...]
"""Where a part was found, outermost first: `("file", "study.zip", "IM/0001.dcm")`. May hold names: never logged."""

type Box = tuple[int, int, int, int]
"""x, y, width, height in pixels of the stored frame, origin top left."""


type Identifier = tuple[int, str]
"""What names a patient, as it is spelled in a medical file, and the tag of the attribute it stood in."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file, field or payload of an upload, decoded to the bytes that a person would call the file."""

    path: PartPath
    data: bytes = field(repr=False)
    format: Format = Format.UNKNOWN
    declared_type: str = field(default="", repr=False)  # a hint from the wire, never trusted
    filename: str = field(default="", repr=False)
    rewritable: bool = True  # False inside a container that can be read but not written
    text: bool = False  # the wire says this is text a person or program wrote, not a file
    sealed: bool = False  # text that nobody here can read: unknown, however much it looks like text
    opened: bool = False  # a container all of whose contents follow as parts or findings of their own
    begun: bool = False  # the first bytes of a file that is sent later, by the catalogue: not to be opened
    view: bool = False  # a picture of how other parts look together (a page); it changes when they do

    def with_data(self, data: bytes) -> "Part":
        """The same part holding other bytes."""
        return replace(self, data=data)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was seen, with its place; kinds, places and closed words only, never content."""

    kind: Kind
    path: PartPath = field(default=(), repr=False)
    where: str = ""  # inside the part: `frame 0`, `(0010,0010)`, `EXIF GPS`
    detail: str = ""  # from a closed list: a modality, a reason code
    confidence: float = 1.0
    box: Box | None = None
    by: str = ""  # detector and version
    redactable: bool = True


@dataclass(frozen=True, slots=True)
class PartReport:
    """What was made of one part."""

    path: PartPath = field(repr=False)
    format: Format
    bytes: int
    score: float | None = None  # None where the question does not arise (text)
    modality: str | None = None
    digest: str = field(default="", repr=False)
    """SHA-256 of its bytes in hex: what an exemption recognises it by. Never written down."""


@dataclass(frozen=True, slots=True)
class Examination:
    """What was seen in one transfer, bound to the bytes that were looked at."""

    digest: str  # SHA-256 in hex: what a release is bound to; compared, never written down
    parts: tuple[PartReport, ...] = ()
    findings: tuple[Finding, ...] = ()
    identifiers: tuple[Identifier, ...] = field(default=(), repr=False)
    """Read from the headers of medical files, to be searched in everything sent with them. Only ever in memory."""

    @property
    def medical(self) -> bool:
        """Whether any part is a medical image."""
        return any(f.kind is Kind.MEDICAL_IMAGE for f in self.findings)

    @property
    def worst(self) -> PartReport | None:
        """The part with the highest medical score; else the largest one."""
        return max(self.parts, key=lambda p: (-1.0 if p.score is None else p.score, p.bytes), default=None)
