"""Tells textual formats apart by their first and last characters: JSON, XML, HTML, e-mail, HL7, headers of volumes."""

import codecs
import re

from gateway.model import Format

HEAD = 8192
TAIL = 2048

CONTROLS = bytes(c for c in range(32) if c not in b"\t\n\x0b\x0c\r\x1b\x1c\x1d") + b"\x7f"
"""Bytes that text does not hold; \\x0b and \\x1c frame HL7 messages, \\x1b colours a terminal's output."""

_DICOM_KEY = re.compile(rb'"[0-9A-Fa-f]{8}"\s*:\s*\{\s*"(?:vr|Value|InlineBinary|BulkDataURI)"\s*:')
_DICOM_VR = re.compile(rb'"vr"\s*:\s*"[A-Z]{2}"')
_ROOT = re.compile(rb"<(?![?!])(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_ECG_ROOTS = frozenset((b"annotatedecg", b"restingecg", b"restingecgdata", b"cardiologyxml"))
"""Annotated ECG of HL7, and the resting-ECG exports of two makers."""
_DICOM_ROOTS = frozenset((b"nativedicommodel", b"dicomobject", b"dicomattribute"))
_HTML_TAG = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|div|span|p|table|h[1-6]|ul|ol|img|meta|script|style|a|br|b|i|section|article)[\s>/]",
    re.IGNORECASE,
)
_PNM = re.compile(rb"P[1-6]\s+(?:#[^\n]*\n\s*)*[0-9]+\s")
_PAM = re.compile(rb"P7\n(?:#[^\n]*\n)*(?:WIDTH|HEIGHT|DEPTH|MAXVAL|TUPLTYPE) |P[fF]\s+[0-9]+\s+[0-9]+\s")
_META = re.compile(rb"\s*(?:ObjectType|ObjectSubType|NDims|Comment|TransformType|Name|ID|BinaryData)\s*=")
_INTERFILE = re.compile(rb"\s*!?INTERFILE\s*:=", re.IGNORECASE)
_AFNI = re.compile(rb"\s*type\s*=\s*(?:string|integer|float)-attribute\s+name\s*=\s*\w+\s+count\s*=\s*\d")
_HL7 = re.compile(rb"\x0b?(?:MSH|FHS|BHS)[^\w\s]{4,5}[^\w]")
_HEADER_LINE = re.compile(rb"([A-Za-z][A-Za-z0-9-]{1,40}):[ \t]?[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n")
_MAIL = frozenset(
    b"mime-version from to subject date message-id received return-path delivered-to reply-to content-type cc".split()
)
_PICTURE_AS_TEXT = re.compile(rb"/\* XPM \*/|! XPM2|#define\s+\w+_width\s+\d|%!PS|%!Adobe|\xc5\xd0\xd3\xc6")
"""Pictures written as program text: known, drawn by nothing here, and therefore never claimed as harmless text."""


def volume_header(data: bytes) -> Format | None:
    """MetaImage, Philips PAR, Interfile, AFNI and portable bitmaps: textual heads that binary pixels may follow."""
    if data[:1] == b"P":
        if _PNM.match(data) or _PAM.match(data):
            return Format.PNM
        return None
    if data.startswith(b"# === DATA DESCRIPTION FILE ="):
        return Format.PAR_REC
    if _INTERFILE.match(data, 0, 64):
        return Format.INTERFILE
    if _AFNI.match(data, 0, 256):
        return Format.AFNI
    if _META.match(data, 0, 64):
        head = data[:HEAD]
        if b"NDims" in head and (b"ElementDataFile" in head or b"ElementType" in head):
            return Format.META_IMAGE
    return None


def textual(data: bytes) -> Format | None:
    """The textual format of bytes that look like text at head, middle and tail; None when they do not."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _family(_narrow(data[:HEAD]), _narrow(data[:2] + data[-TAIL - len(data) % 2 :]))
    head = data[3:HEAD] if data.startswith(codecs.BOM_UTF8) else data[:HEAD]
    tail = data[-TAIL:]
    if not (looks_like_text(head[:2048]) and looks_like_text(tail)):
        return None
    if len(data) > 2 * HEAD and not looks_like_text(data[len(data) // 2 : len(data) // 2 + 512]):
        return None
    return _family(head, tail)


def looks_like_text(sample: bytes) -> bool:
    """Whether a sample holds no control characters, and is UTF-8 but for its cut ends, or mostly ASCII."""
    if sample.translate(None, CONTROLS) != sample:
        return False
    if sample.isascii():
        return True
    try:
        sample.strip(bytes(range(0x80, 0x100))).decode()
    except UnicodeDecodeError:
        high = sum(byte > 0x7F for byte in sample)
        return high * 4 < len(sample)
    return True


def _narrow(data: bytes) -> bytes:
    """UTF-16 as UTF-8; what does not decode becomes a control character."""
    text = data[: len(data) & ~1].decode("utf-16", errors="replace")
    return text.encode("utf-8", errors="replace")


def _family(head: bytes, tail: bytes) -> Format:
    start = head.lstrip()
    first = start[:1]
    if first in (b"{", b"["):
        return _json(start, tail)
    if first == b"<":
        return _markup(start)
    if _HL7.match(head):
        return Format.HL7
    if _PICTURE_AS_TEXT.match(start):
        return Format.UNKNOWN
    if (first == b"F" and start.startswith(b"From ")) or _is_mail(head):
        return (
            Format.EMAIL
            if _is_mail(head.partition(b"\n")[2] if start.startswith(b"From ") else head)
            else Format.TEXT
        )
    return Format.TEXT


def _json(start: bytes, tail: bytes) -> Format:
    inner = start[1:64].lstrip()[:1]
    if (start[:1] == b"{" and inner not in (b'"', b"}")) or (
        start[:1] == b"[" and inner not in b'{["-0123456789tfn]'
    ):
        return Format.TEXT
    if tail.rstrip()[-1:] not in (b"}", b"]"):
        return Format.TEXT
    if _DICOM_KEY.search(start) and _DICOM_VR.search(start):
        return Format.DICOM_JSON
    if (b'"cells"' in start or b'"cells"' in tail) and (b'"nbformat"' in tail or b'"nbformat"' in start):
        return Format.NOTEBOOK
    return Format.JSON


def _markup(start: bytes) -> Format:
    match = _ROOT.search(start)
    root = match[1].lower() if match else b""
    if root == b"svg":
        return Format.SVG
    if root in _DICOM_ROOTS or (root in (b"file-format", b"data-set") and b"dicom" in start[:1024].lower()):
        return Format.DICOM_XML
    if root in _ECG_ROOTS:
        return Format.AECG
    if start[:5].lower() == b"<?xml":
        return Format.HTML if root == b"html" else Format.XML
    if _HTML_TAG.match(start) or root == b"html":
        return Format.HTML
    return Format.XML if match is not None and match.start() == 0 and b">" in start else Format.TEXT


def _is_mail(head: bytes) -> bool:
    """At least three header lines of an e-mail, one of them `From`, `Received` or `MIME-Version`."""
    at, known = 0, set[bytes]()
    for _ in range(40):
        line = _HEADER_LINE.match(head, at)
        if line is None:
            break
        name = line[1].lower()
        if name in _MAIL:
            known.add(name)
        at = line.end()
    return len(known) >= 3 and bool(known & {b"from", b"received", b"mime-version"})
