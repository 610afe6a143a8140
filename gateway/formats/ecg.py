"""Reads the heads of electrocardiogram files and says which of their fields name the patient."""

import re
import struct
from dataclasses import dataclass

from gateway.errors import FormatError
from gateway.model import Format

ECGS = frozenset({Format.SCP_ECG, Format.AECG, Format.EDF})
"""Formats that `personal_fields` takes; ECGs kept as DICOM waveforms are DICOM."""

_SCP_TAGS = {
    0: "last name", 1: "first name", 2: "patient id", 3: "second last name", 5: "date of birth", 20: "referring physician",
    21: "latest physician", 22: "technician", 25: "date of acquisition", 30: "free text", 31: "sequence number",
}  # fmt: skip
"""Tags of section 1 that may identify (EN 1064:2005, 5.4.3)."""
_XML_FIELDS = (
    (re.compile(rb"<(?:\w+:)?(?:family|given|PatientLastName|PatientFirstName|lastname|firstname|name)\b[^>]*>\s*[^<\s]", re.IGNORECASE), "name"),
    (re.compile(rb"<(?:\w+:)?birthTime\b[^>]*value=\"\d|<(?:\w+:)?(?:DateofBirth|dateofbirth|PatientAge)\b[^>]*>\s*\d", re.IGNORECASE), "date of birth"),
    (re.compile(rb"<(?:\w+:)?(?:PatientID|patientid|uniquepatientid)\b[^>]*>\s*[^<\s]|<(?:\w+:)?(?:trialSubject|subject)\b.{0,400}?\bextension=\"[^\"]", re.IGNORECASE | re.DOTALL), "patient id"),
    (re.compile(rb"<(?:\w+:)?effectiveTime\b", re.IGNORECASE), "date of acquisition"),
)  # fmt: skip
_HEAD = 1 << 18


@dataclass(frozen=True, slots=True)
class Ecg:
    """What the head of an ECG says: names of filled fields that may identify, never their values."""

    format: Format
    personal: tuple[str, ...]


def open_ecg(data: bytes, form: Format) -> Ecg:
    """Read the head. FormatError when its sections do not lie where they should (it is an ECG all the same)."""
    if form is Format.AECG:
        head = data[:_HEAD]
        if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
            head = head.decode("utf-16", errors="replace").encode()
        return Ecg(form, tuple(name for pattern, name in _XML_FIELDS if pattern.search(head)))
    if form is Format.SCP_ECG:
        return Ecg(form, _scp_fields(data))
    if form is Format.EDF:
        return Ecg(form, _edf_fields(data))
    raise FormatError("not an ECG format")


def _scp_fields(data: bytes) -> tuple[str, ...]:
    """Walk the pointers of section 0 to section 1 and its tags (EN 1064:2005, 5.3 and 5.4)."""
    try:
        (length,) = struct.unpack_from("<I", data, 10)
        for at in range(22, min(6 + length, 22 + 10 * 64), 10):
            section, size, index = struct.unpack_from("<HII", data, at)
            if section == 1 and size > 16 and index >= 1:
                return _tags(data[index - 1 + 16 : index - 1 + size])
    except struct.error:
        raise FormatError("the head of the ECG is cut short") from None
    return ()


def _edf_fields(data: bytes) -> tuple[str, ...]:
    """The patient and the recording, 80 characters each; EDF+ writes `X` for what is not told."""
    if len(data) < 256:
        raise FormatError("the head of the recording is cut short")
    fields = (("patient", data[8:88]), ("recording", data[88:168]))
    return tuple(name for name, field in fields if set(field.split()) - {b"X", b"Startdate"})


def _tags(section: bytes) -> tuple[str, ...]:
    found: list[str] = []
    at = 0
    while at + 3 <= len(section) and section[at] != 255:
        tag, size = section[at], int.from_bytes(section[at + 1 : at + 3], "little")
        if tag in _SCP_TAGS and section[at + 3 : at + 3 + size].strip(b"\x00 "):
            found.append(_SCP_TAGS[tag])
        at += 3 + size
    return tuple(dict.fromkeys(found))
