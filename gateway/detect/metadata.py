"""Finds what a picture's metadata may say about a person: place, names, notes, devices, dates of its taking."""

import re
from collections.abc import Iterator

from gateway.formats.picture_metadata import PictureMetadata, picture_metadata
from gateway.formats.raster import PICTURES
from gateway.limits import Limits
from gateway.model import Finding, Kind, Look, Part

_EXIF = {
    0x010E: ("EXIF ImageDescription", "note", 0.6), 0x010D: ("EXIF DocumentName", "note", 0.6),
    0x011D: ("EXIF PageName", "note", 0.5), 0x013B: ("EXIF Artist", "person", 0.9),
    0x013C: ("EXIF HostComputer", "device", 0.5), 0x8298: ("EXIF Copyright", "person", 0.5),
    0x9286: ("EXIF UserComment", "note", 0.6), 0x927C: ("EXIF MakerNote", "device", 0.5),
    0xA420: ("EXIF ImageUniqueID", "device", 0.4), 0xA430: ("EXIF CameraOwnerName", "person", 1.0),
    0xA431: ("EXIF BodySerialNumber", "device", 0.7), 0xA435: ("EXIF LensSerialNumber", "device", 0.5),
    0x9C9B: ("EXIF XPTitle", "note", 0.6), 0x9C9C: ("EXIF XPComment", "note", 0.6), 0x9C9D: ("EXIF XPAuthor", "person", 0.9),
    0x9C9E: ("EXIF XPKeywords", "note", 0.6), 0x9C9F: ("EXIF XPSubject", "note", 0.6), 0xA436: ("EXIF Title", "note", 0.6),
    0xA437: ("EXIF Photographer", "person", 0.9), 0xA438: ("EXIF ImageEditor", "person", 0.9),
}  # fmt: skip
"""Tag: where, what sort, and how sure a filled field tells of a person (EXIF 3.0, TIFF 6.0)."""

_BOILERPLATE = re.compile(
    rb"\s*(?:ASCII|UNICODE|JIS)?[\x00\s]*(?:OLYMPUS DIGITAL CAMERA|SONY DSC|SAMSUNG|DCIM\w*|DIGITAL CAMERA|Screenshot|"
    rb"Created with (?:GIMP|Inkscape)[^\x00]{0,40}|default|none|unknown|\{\"shape\".*|[\x00\s]*)[\x00\s]*",
    re.IGNORECASE,
)
"""What cameras and programs write without knowing anybody."""

_XMP = (
    (re.compile(rb"dicom:(?:Patient|Physician|Referring|Study|Series|Institution|Accession)\w*\s*(?:=\s*[\"'][^\"']|>\s*[^<\s])", re.IGNORECASE), "XMP dicom", "person", 1.0),
    (re.compile(rb"dc:creator\b[^>]*>\s*(?:<rdf:(?:Seq|Bag)>\s*<rdf:li[^>]*>)?\s*[^<\s]", re.IGNORECASE), "XMP dc:creator", "person", 0.9),
    (re.compile(rb"dc:(?:description|title|subject)\b[^>]*>\s*(?:<rdf:(?:Alt|Bag|Seq)>\s*<rdf:li[^>]*>)?\s*[^<\s]", re.IGNORECASE), "XMP dc:description", "note", 0.6),
    (re.compile(rb"exif:GPS(?:Latitude|Longitude)\s*(?:=\s*[\"'][^\"']|>\s*[^<\s])", re.IGNORECASE), "XMP exif:GPS", "location", 1.0),
    (re.compile(rb"(?:photoshop:(?:City|Credit|Headline|CaptionWriter|AuthorsPosition|Instructions)|Iptc4xmp\w+:(?:PersonInImage|CreatorContactInfo|Location)|aux:OwnerName|xmp:Author|pdf:Author)\s*(?:=\s*[\"'][^\"']|\b[^>]*>)", re.IGNORECASE), "XMP owner", "person", 0.8),
    (re.compile(rb"mwg-rs:Name|MPReg:PersonDisplayName", re.IGNORECASE), "XMP face region", "person", 0.9),
)  # fmt: skip

_IPTC = {
    5: ("IPTC object name", "note"), 25: ("IPTC keywords", "note"), 40: ("IPTC instructions", "note"), 80: ("IPTC by-line", "person"),
    85: ("IPTC by-line title", "person"), 90: ("IPTC city", "location"), 92: ("IPTC sub-location", "location"),
    105: ("IPTC headline", "note"), 110: ("IPTC credit", "person"), 115: ("IPTC source", "person"), 116: ("IPTC copyright", "person"),
    118: ("IPTC contact", "person"), 120: ("IPTC caption", "note"), 122: ("IPTC caption writer", "person"),
}  # fmt: skip
"""Data sets of record 2 (IIM 4.2, chapter 6)."""

_TEXT_KEYS = {"author": "person", "artist": "person", "copyright": "person", "description": "note", "comment": "note", "title": "note",
              "disclaimer": "note", "warning": "note", "source": "device", "raw profile type exif": "note",
              "raw profile type iptc": "note", "raw profile type xmp": "note", "creation time": "date"}  # fmt: skip
_HARMLESS_KEYS = re.compile(r"(?:software|date:\w+|gamma|chroma|png:.*|exif:.*size.*|signature|thumb::(?:image::|mimetype|size|mtime).*|pdf:version|jpeg:.*|icc:.*|svg:base-uri|label|unit.*)", re.IGNORECASE)  # fmt: skip
_PROGRAM = re.compile(rb"[\x00\s]*(?:Matplotlib|ImageMagick|GIMP|Adobe|Inkscape|gnuplot|Created with|LEAD Technologies|CREATOR: |File (?:source|written)|Optimized|Compressed by|Lavc|libjpeg|Processed By|JPEG|AppleMark|XnView|IrfanView|xv|Software)[^\x00]{0,160}\s*", re.IGNORECASE)  # fmt: skip
_PROFILES = re.compile(rb"s ?RGB|Adobe ?RGB|P3|Rec\.? ?(?:709|2020)|ITU|ProPhoto|ROMM|Dot Gain|Gr[ae]y|FOGRA|SWOP|GRACoL|Japan Color|Generic|Linear|c2|uRGB|Artifex|GIMP|Adobe|Camera RGB|Apple|ColorMatch|XYZ|Lab|CMYK|Calibrated|ISO|PSO|Perceptual|Embedded|Nikon|Canon|Sony|built-in|EPSON|HP|ECI|Google|skia|Facebook|Wide Gamut", re.IGNORECASE)  # fmt: skip


class Metadata:
    """Looks at every picture's metadata; the pixels are somebody else's."""

    name = "metadata"
    version = "1"
    look = Look.MEDICAL

    def claims(self, part: Part) -> bool:
        """Pictures that can be opened."""
        return part.format in PICTURES

    def inspect(self, part: Part, limits: Limits) -> Iterator[Finding]:
        """One finding for each place that is filled: where it stands, what sort it is, never what it says."""
        del limits
        metadata = picture_metadata(part.data, part.format)
        by = f"{self.name} {self.version}"
        for block in metadata.damaged:
            # What a damaged block says is unknown; it is metadata, not a picture, and redaction removes it whole.
            yield Finding(Kind.IDENTIFIER_IN_METADATA, part.path, block, "damaged", 0.5, by=by)
        seen = set[str]()
        for where, detail, confidence in _places(metadata):
            if where not in seen:
                seen.add(where)
                yield Finding(Kind.IDENTIFIER_IN_METADATA, part.path, where, detail, confidence, by=by)


METADATA = Metadata()


def _places(metadata: PictureMetadata) -> Iterator[tuple[str, str, float]]:
    if metadata.located:
        yield "EXIF GPS", "location", 1.0
    for tag, value in metadata.tags:
        if tag in _EXIF and not _BOILERPLATE.fullmatch(value[:4096]):
            yield _EXIF[tag]
    if metadata.thumbnail:
        yield "EXIF thumbnail", "thumbnail", 0.3
    for pattern, where, detail, confidence in _XMP:
        if pattern.search(metadata.xmp):
            yield where, detail, confidence
    yield from ((where, detail, 0.8) for where, detail in _iptc_places(metadata.iptc))
    yield from _text_places(metadata.texts)
    if any(not _PROGRAM.fullmatch(comment) for comment in metadata.comments):
        yield "comment", "note", 0.6
    name = _profile_name(metadata.icc)
    if name and not _PROFILES.search(name):
        yield "ICC description", "device", 0.3


def _text_places(texts: tuple[tuple[str, bytes], ...]) -> Iterator[tuple[str, str, float]]:
    """PNG's keyed texts: known keys by name, unknown ones, which a person may have typed, as `PNG text`."""
    for key, value in texts:
        name = key.strip()
        sort = _TEXT_KEYS.get(name.lower())
        if (
            (sort is None and _HARMLESS_KEYS.fullmatch(name))
            or not value.strip(b"\x00 ")
            or _PROGRAM.fullmatch(value)
        ):
            continue
        yield ("PNG text", "note", 0.6) if sort is None else (f"PNG {name.title()}", sort, 0.6)


def _iptc_places(record: bytes) -> Iterator[tuple[str, str]]:
    at = 0
    while at + 5 <= len(record) and record[at] == 0x1C:
        size = int.from_bytes(record[at + 3 : at + 5])
        place = _IPTC.get(record[at + 2]) if record[at + 1] == 2 else None
        if place is not None and record[at + 5 : at + 5 + size].strip(b"\x00 "):
            yield place
        at += 5 + (size if size < 0x8000 else len(record))


def _profile_name(profile: bytes) -> bytes:
    """The description of a colour profile (ICC.1:2022, 7.2 and 9.2.41): monitors are named after their owners."""
    for index in range(min(int.from_bytes(profile[128:132]), 64)):
        entry = profile[132 + 12 * index : 144 + 12 * index]
        if entry[:4] == b"desc":
            start, size = int.from_bytes(entry[4:8]), int.from_bytes(entry[8:12])
            value = profile[start : start + min(size, 4096)]
            return (
                value[12:].split(b"\x00", 1)[0] if value[:4] == b"desc" else value[28:].replace(b"\x00", b"")
            )
    return b""
