"""The closed lists: what can happen, what can be found, what a file can be, where it can go, how far is looked."""

from enum import IntEnum, StrEnum


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
    INTERFILE = "interfile"  # nuclear medicine and PET, the text half
    AFNI = "afni"  # brain MRI, the text half
    ECAT = "ecat"  # PET
    EDF = "edf"  # signals of heart and brain, with the patient's name
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


class Look(IntEnum):
    """How far an examination goes; each step includes the ones before it."""

    FORMAT = 0
    MEDICAL = 1
    TEXT = 2
