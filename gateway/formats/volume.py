"""Reads the heads of volume formats: shape, kind of scan, and fields that may name a person; never the voxels."""

import re
import struct
import zlib
from dataclasses import dataclass

from gateway.errors import FormatError
from gateway.model import Format

VOLUMES = frozenset(
    {Format.NIFTI, Format.ANALYZE, Format.NRRD, Format.META_IMAGE, Format.MINC, Format.MGH, Format.PAR_REC,
     Format.INTERFILE, Format.AFNI, Format.ECAT}
)  # fmt: skip
"""Formats that `open_volume` takes."""

_HEAD = 1 << 18
_INTERFILE_KEYS = ("patient name", "patient id", "patient dob", "patient sex", "study id", "institution", "operator", "study date")  # fmt: skip
_PERSONAL = re.compile(r"patient|birth|subject|operator|physician|institution|accession|study.?(?:id|date|time)|acquisition.?date|0010|0008[_,]?00[25389]", re.IGNORECASE)  # fmt: skip
_MODALITY_WORDS = (
    (re.compile(r"\bPET\b|\bPT\b|MET_MOD_PET|PET__|SUV", re.IGNORECASE), "pet"),
    (re.compile(r"\bNM\b|MET_MOD_NM|SPECT", re.IGNORECASE), "nuclear"),
    (re.compile(r"\bUS\b|MET_MOD_US|ultrasound", re.IGNORECASE), "ultrasound"),
    (re.compile(r"\bOCT\b|\bOPT\b", re.IGNORECASE), "oct"),
    (re.compile(r"\bMG\b|mammo", re.IGNORECASE), "mammogram"),
    (
        re.compile(
            r"\b(?:MRI?|DWMRI|FLAIR|BOLD|EPI|T1W?|T2W?|TE=|TR[:=])|MET_MOD_MR|MRI__|FSL|SPM", re.IGNORECASE
        ),
        "mri",
    ),
    (re.compile(r"\bCT\b|MET_MOD_CT|CT___|Hounsfield", re.IGNORECASE), "ct"),
    (re.compile(r"\b(?:CR|DX|XR|XA)\b|x-?ray", re.IGNORECASE), "xray"),
)


@dataclass(frozen=True, slots=True)
class Volume:
    """What the head of a volume says."""

    format: Format
    shape: tuple[int, ...]
    modality: str
    """One of the product's modalities; `other` where the format does not say."""
    personal: tuple[str, ...] = ()
    """Names of filled fields that may point at a person; never their values."""


def open_volume(data: bytes, form: Format) -> Volume:
    """Read the head. FormatError when it contradicts itself (the file is medical all the same)."""
    try:
        match form:
            case Format.NIFTI:
                return _nifti(_opened(data))
            case Format.ANALYZE:
                return _analyze(data)
            case Format.MGH:
                return _mgh(_opened(data))
            case Format.NRRD | Format.META_IMAGE:
                return _fields(data, form)
            case Format.MINC:
                return _minc(data)
            case Format.PAR_REC:
                return _par(data)
            case Format.INTERFILE | Format.AFNI:
                return _listed(data, form)
            case Format.ECAT:
                return _ecat(data)
            case _:
                raise FormatError("not a volume format")
    except (struct.error, ValueError, IndexError, zlib.error) as error:
        raise FormatError(f"the head of the volume does not parse: {type(error).__name__}") from None


def _opened(data: bytes) -> bytes:
    """The head, out of gzip where it is in one."""
    return (
        zlib.decompressobj(31).decompress(data[:_HEAD], 1 << 16)
        if data[:2] == b"\x1f\x8b"
        else data[: 1 << 16]
    )


def _nifti(head: bytes) -> Volume:
    order = "<" if head[0] in (0x5C, 0x1C) else ">"
    personal: list[str] = []
    names: tuple[tuple[str, bytes], ...]
    if head[:4] in (b"\x5c\x01\x00\x00", b"\x00\x00\x01\x5c"):
        dims = struct.unpack_from(order + "8h", head, 40)
        slope_end, description = 348, _text(head[148:228])
        low, intercept = (
            struct.unpack_from(order + "f", head, 128)[0],
            struct.unpack_from(order + "f", head, 116)[0],
        )
        names = (
            ("db_name", head[14:32]),
            ("descrip", head[148:228]),
            ("aux_file", head[228:252]),
            ("intent_name", head[328:344]),
        )
        offset = struct.unpack_from(order + "f", head, 108)[0]
    else:
        dims = struct.unpack_from(order + "8q", head, 16)
        slope_end, description = 540, _text(head[240:320])
        low, intercept = (
            struct.unpack_from(order + "d", head, 200)[0],
            struct.unpack_from(order + "d", head, 184)[0],
        )
        names = (("descrip", head[240:320]), ("aux_file", head[320:344]), ("intent_name", head[508:524]))
        offset = struct.unpack_from(order + "q", head, 168)[0]
    if not 1 <= dims[0] <= 7:
        raise FormatError("a NIfTI volume without dimensions")
    personal += [name for name, value in names if name == "db_name" and _text(value)]
    personal += [name for name, value in names if name != "db_name" and _PERSONAL.search(_text(value))]
    if len(head) > slope_end + 8 and head[slope_end] and offset > slope_end + 4:
        # Extension codes 2 (DICOM attributes), 4 (AFNI history), 6 (comment), 18 (workflow) hold free text.
        code = struct.unpack_from(order + "i", head, slope_end + 8)[0]
        personal.append(f"extension {code}" if 0 <= code < 100 else "extension")
    modality = _modality(description)
    if modality == "other":
        modality = (
            "ct" if intercept == -1024 or low <= -900 else "mri"
        )  # NIfTI was made for, and is used for, MRI
    return Volume(Format.NIFTI, tuple(int(d) for d in dims[1 : 1 + dims[0]]), modality, tuple(personal))


def _analyze(head: bytes) -> Volume:
    order = "<" if head[0] == 0x5C else ">"
    dims = struct.unpack_from(order + "8h", head, 40)
    fields = (("db_name", head[14:32]), ("generated", head[263:273]), ("scannum", head[273:283]), ("patient_id", head[283:293]), ("exp_date", head[293:303]))  # fmt: skip
    personal = tuple(name for name, value in fields if _text(value))
    return Volume(Format.ANALYZE, tuple(dims[1 : 1 + dims[0]]), _modality(_text(head[148:228])), personal)


def _mgh(head: bytes) -> Volume:
    return Volume(Format.MGH, struct.unpack_from(">4i", head, 4), "mri")


def _fields(data: bytes, form: Format) -> Volume:
    """NRRD and MetaImage: lines of `key: value`, `key:=value`, `key = value`."""
    head = data[:_HEAD]
    if form is Format.NRRD:
        head = re.split(rb"\r?\n\r?\n", head, maxsplit=1)[0]
    else:
        head = re.split(rb"ElementDataFile\s*=[^\n]*\n", head, maxsplit=1)[0]
    personal, shape, hints = [], tuple[int, ...](), []
    for line in head.decode("latin-1").splitlines()[:2000]:
        key, mark, value = (
            re.split(r"(\s*:=|\s*:|\s*=)", line, maxsplit=1)[:3]
            if re.search(r"[:=]", line)
            else (line, "", "")
        )
        key, value = key.strip(), value.strip()
        if not mark or not value or key.startswith("#"):
            continue
        if key.lower() in ("sizes", "dimsize"):
            shape = tuple(int(number) for number in value.split()[:16])
        if re.search(r"modality|0008_?,?0060|content|scan", key, re.IGNORECASE) or key.startswith("DWMRI"):
            hints.append(f"{key} {value}" if key.startswith("DWMRI") else value)
        if _PERSONAL.search(key) or key in ("content", "Comment", "Name", "ID"):
            personal.append(_key_name(key))
    return Volume(form, shape, _modality(" ".join(hints)), tuple(dict.fromkeys(personal)))


def _key_name(key: str) -> str:
    """A key as a place: known words and tags as they are, anything else, which a person may have typed, as `field`."""
    return key if re.fullmatch(r"[A-Z]{2,5}_[0-9A-Fa-f]{4}_?[0-9A-Fa-f]{4}(?:_\w{1,40})?|content|Comment|Name|ID|[A-Za-z]{0,12}(?:Patient|Subject)[A-Za-z]{0,16}", key) else "field"  # fmt: skip


def _minc(data: bytes) -> Volume:
    head = data[:_HEAD]
    text = b" ".join(re.findall(rb"(?:PET|MRI|CT|SPECT|NM|US)_{1,3}", head)).decode()
    personal = ("patient",) if b"patient" in head and b"full_name" in head else ()
    return Volume(Format.MINC, (), _modality(text.replace("_", " ")) if text else "mri", personal)


def _par(data: bytes) -> Volume:
    found = re.search(rb"Patient name\s*:[ \t]*([^\r\n]*)", data[:_HEAD])
    return Volume(Format.PAR_REC, (), "mri", ("Patient name",) if found and found[1].strip() else ())


def _listed(data: bytes, form: Format) -> Volume:
    """Interfile 3.3: lines of `key := value`. AFNI: attributes of which the notes and the history are free text."""
    head = data[:_HEAD]
    if form is Format.AFNI:
        notes = re.search(rb"name\s*=\s*(?:HISTORY_NOTE|NOTE_NUMBER_\d+|IDCODE_DATE)", head)
        return Volume(form, (), "mri", ("notes",) if notes else ())
    fields = dict(re.findall(rb"^\s*!?([^:\r\n]{1,80}?)\s*:=[ \t]*([^\r\n]+)", head, re.MULTILINE))
    named = {key.decode("latin-1").lower(): value for key, value in fields.items() if value.strip()}
    personal = tuple(key for key in _INTERFILE_KEYS if key in named)
    kind = named.get("imaging modality", b"").lower() + named.get("pet data type", b"").lower()
    return Volume(form, (), "pet" if b"pt" in kind or "pet data type" in named else "nuclear", personal)


def _ecat(data: bytes) -> Volume:
    """ECAT 7: 512 bytes, among them the patient's number and name, the physician and the operator."""
    fields = (("patient id", data[166:182]), ("patient name", data[182:214]), ("physician", data[232:264]), ("operator", data[264:296]))  # fmt: skip
    return Volume(Format.ECAT, (), "pet", tuple(name for name, value in fields if _text(value)))


def _modality(text: str) -> str:
    return next((name for words, name in _MODALITY_WORDS if words.search(text)), "other")


def _text(field: bytes) -> str:
    return field.split(b"\x00", 1)[0].decode("latin-1").strip()
