"""The nouns everybody speaks: what travelled, what was found, what was decided.

All of them are frozen. Bodies, paths and names are kept out of `repr`, so that no log line can hold a patient.
"""

import hashlib
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum

from gateway.terms import NO_TERMS, Terms

type PartPath = tuple[str, ...]
"""Where a part was found, outermost first: `("file", "study.zip", "IM/0001.dcm")`. May hold names: never logged."""

type Box = tuple[int, int, int, int]
"""x, y, width, height in pixels of the stored frame, origin top left."""

type Headers = tuple[tuple[bytes, bytes], ...]

type Identifier = tuple[int, str]
"""What names a patient, as it is spelled in a medical file, and the tag of the attribute it stood in."""


class Action(IntEnum):
    """What happens to an upload, mildest first, so that the stricter of two is `max`."""

    ALLOW = 0
    LOG = 1
    COACH = 2
    REDACT = 3
    BLOCK = 4

    @property
    def word(self) -> str:
        """The action as rules, ledger and people write it."""
        return self.name.lower()


class Kind(StrEnum):
    """The closed list of things a detector can find."""

    MEDICAL_IMAGE = "medical-image"  # confidence is the score, detail the modality
    ORDINARY_IMAGE = "ordinary-image"  # a picture below the threshold; confidence is still the medical score
    TEXT_IN_PIXELS = "text-in-pixels"
    CODE_IN_PIXELS = "code-in-pixels"  # QR and bar codes
    IDENTIFIER_IN_METADATA = "identifier-in-metadata"
    IDENTIFIER_IN_TEXT = "identifier-in-text"
    IDENTIFIER_IN_NAME = "identifier-in-name"
    REFERENCE = "reference"  # an address the service is asked to fetch; detail says `internal` or `external`
    FIRST_BYTES = "first-bytes"  # of a file, sent ahead of it where the catalogue says so: too few to judge
    UNREADABLE = "unreadable"  # detail is the reason code
    OVER_LIMIT = "over-limit"
    ENCRYPTED = "encrypted"
    UNCLAIMED = "unclaimed"  # no detector knows what this is


NOT_UNDERSTOOD = frozenset({Kind.UNREADABLE, Kind.OVER_LIMIT, Kind.ENCRYPTED, Kind.UNCLAIMED})


class Format(StrEnum):
    """The closed list of file formats that are told apart by their content."""

    UNKNOWN = "unknown"
    EMPTY = "empty"
    TEXT = "text"
    JSON = "json"
    XML = "xml"
    HTML = "html"
    SVG = "svg"
    RTF = "rtf"
    DICOM = "dicom"
    DICOM_JSON = "dicom-json"
    DICOM_XML = "dicom-xml"
    NIFTI = "nifti"
    ANALYZE = "analyze"
    NRRD = "nrrd"
    META_IMAGE = "metaimage"
    MINC = "minc"
    MGH = "mgh"  # FreeSurfer
    PAR_REC = "par-rec"  # Philips, the text half
    SCP_ECG = "scp-ecg"
    AECG = "aecg"
    HL7 = "hl7"
    JPEG = "jpeg"
    PNG = "png"
    GIF = "gif"
    WEBP = "webp"
    BMP = "bmp"
    TIFF = "tiff"
    ICO = "ico"
    PNM = "pnm"
    HEIF = "heif"
    AVIF = "avif"
    JPEG2000 = "jpeg2000"
    JPEG_LS = "jpeg-ls"
    JPEG_XL = "jpeg-xl"
    PSD = "psd"
    PDF = "pdf"
    OFFICE = "office"
    OLE = "ole"
    EMAIL = "email"
    NOTEBOOK = "notebook"
    ZIP = "zip"
    TAR = "tar"
    GZIP = "gzip"
    BZIP2 = "bzip2"
    XZ = "xz"
    ZSTD = "zstd"
    SEVEN_ZIP = "7z"
    RAR = "rar"
    MP4 = "mp4"
    AVI = "avi"
    WEBM = "webm"
    AUDIO = "audio"
    FONT = "font"
    EXECUTABLE = "executable"
    METAFILE = "metafile"  # EMF and WMF: drawings of Windows programs, pictures among them


MODALITIES = (
    "xray", "ct", "mri", "ultrasound", "pet", "nuclear", "mammogram", "fundus", "oct", "histology", "dermatology",
    "endoscopy", "ecg", "dental", "document", "other",
)  # fmt: skip


class Exposure(StrEnum):
    """What the organisation's agreement with a destination allows."""

    PUBLIC = "public"
    BAA = "baa"
    STORAGE = "storage"
    UNLISTED = "unlisted"  # an AI service by its name that the catalogue does not know: not inspected
    NONE = "none"  # not inspected: tunnelled by name


@dataclass(frozen=True, slots=True)
class OpaqueField:
    """A provider's own sealed string that is let through unread: where it stands, how it may look, how long."""

    path: str  # e.g. `input[*].encrypted_content`
    alphabet: str = "base64"
    max_bytes: int = 1 << 20
    operation: str = ""  # only there; everywhere else the field is a string like any other


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an upload is meant to go, as the catalogue of destinations knows it."""

    host: str
    port: int = 443
    provider: str = "unknown"
    exposure: Exposure = Exposure.PUBLIC
    shape: str = "generic"  # the error shape its clients understand: `gateway.refusal`
    operation: str = ""
    template: str = ""  # the catalogue's path template; the only form of a path that may be logged
    agreement: str = ""
    opaque: tuple[OpaqueField, ...] = ()
    signed: bool = False  # the body is covered by a signature, so it cannot be rewritten
    title: str = field(default="", compare=False)  # its name for people
    terms: Terms = field(default=NO_TERMS, compare=False)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who is asking."""

    user: str = ""
    client: str = ""  # address
    groups: tuple[str, ...] = ()
    doubt: str = ""
    """Why nobody is known here although the gateway asks: a reason code. Empty where it does not ask, or knows."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """One thing that wants to leave: a request, or one message on an open socket."""

    destination: Destination
    sender: Sender = Sender()
    method: str = "POST"
    path: str = field(default="/", repr=False)  # with its query, as it travelled
    headers: Headers = field(default=(), repr=False)
    trailers: Headers = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    direction: str = "request"  # or `message`
    searched: tuple[str, ...] | None = field(default=None, repr=False)
    """Of a rewritten transfer: the identifiers of the original, none of which may be left. Only ever in memory."""

    @property
    def digest(self) -> str:
        """SHA-256 of the body in hex: what a release is bound to. Never written down (a plain hash can be guessed)."""
        return hashlib.sha256(self.body).hexdigest()

    def header(self, name: bytes) -> bytes | None:
        """The only value of a header, or None; names are compared without case."""
        wanted = name.lower()
        for key, value in self.headers:
            if key.lower() == wanted:
                return value
        return None


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


class Look(IntEnum):
    """How far an examination goes; each step includes the ones before it."""

    FORMAT = 0
    MEDICAL = 1
    TEXT = 2


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
