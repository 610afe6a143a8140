import base64
import io
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from gateway.detect import DETECTORS, inspect
from gateway.detect.detector import Detector
from gateway.detect.medical_raster import CERTAIN, MEDICAL_RASTER, SOURCE_SCORE, MedicalRaster
from gateway.formats.pictures import Pixels
from gateway.formats.sniff import sniff
from gateway.limits import Limits
from gateway.model import NOT_UNDERSTOOD, Box, Finding, Kind, Look, Part
from tests.formats import made


@dataclass
class Seen:
    score: float
    modality: str | None = None
    box: Box | None = None


@dataclass
class ByBrightness:
    """A judge that takes bright pictures for scans, and remembers what it was shown."""

    threshold: float = 0.5
    shown: list[Pixels] = field(default_factory=list)

    def judge(self, pixels: Pixels) -> Seen:
        self.shown.append(pixels)
        score = float(pixels.mean()) / 255
        return Seen(
            score,
            "xray" if score >= self.threshold else None,
            (0, 0, pixels.shape[1], pixels.shape[0]) if score > 0.9 else None,
        )


def part(data: bytes, name: str = "") -> Part:
    return Part(("file",), data, sniff(data), filename=name)


def found(
    data: bytes, look: Look = Look.MEDICAL, detectors: Sequence[Detector] = DETECTORS, name: str = ""
) -> list[Finding]:
    return list(inspect(part(data, name), detectors, Limits(), look))


def kinds(findings: list[Finding]) -> set[Kind]:
    return {finding.kind for finding in findings}


def bright(value: int, size: tuple[int, int] = (64, 48)) -> Image.Image:
    return Image.new("RGB", size, (value, value, value))


def judged(data: bytes) -> list[Finding]:
    return found(data, detectors=(MedicalRaster(ByBrightness, "test"),))


def test_the_worst_frame_speaks() -> None:
    frames = [bright(20), bright(30), bright(200), bright(10)]
    (one,) = judged(made.saved("PNG", frames[0], save_all=True, append_images=frames[1:]))
    assert (one.kind, one.where, one.detail) == (Kind.MEDICAL_IMAGE, "frame 2", "xray")
    assert one.confidence == pytest.approx(200 / 255, abs=0.01)
    assert one.by == "medical-raster test"


def test_below_the_threshold_the_score_is_still_said() -> None:
    (one,) = judged(made.saved("PNG", bright(40)))
    assert (one.kind, one.detail, one.box) == (Kind.ORDINARY_IMAGE, "", None)
    assert one.confidence == pytest.approx(40 / 255, abs=0.01)


def test_a_certain_frame_ends_the_search() -> None:
    judge = ByBrightness()
    frames = [bright(255)] + [bright(n) for n in range(1, 9)]
    findings = found(
        made.saved("PNG", frames[0], save_all=True, append_images=frames[1:]),
        detectors=(MedicalRaster(lambda: judge, "test"),),
    )
    assert findings[0].confidence >= CERTAIN
    assert len(judge.shown) == 1


def test_the_box_is_in_stored_pixels() -> None:
    (one,) = judged(made.saved("PNG", bright(250, (3000, 1500))))
    assert one.box == (0, 0, 3000, 1500)
    exif = Image.Exif()
    exif[274] = 6
    (turned,) = judged(made.saved("JPEG", bright(250, (300, 150)), exif=exif))
    assert turned.box is None


def test_what_alpha_hides_is_judged() -> None:
    hidden = Image.fromarray(
        np.random.default_rng(1).integers(200, 255, (64, 64, 3), dtype=np.uint8)
    ).convert("RGBA")
    hidden.putalpha(0)
    judge = ByBrightness()
    found(made.saved("PNG", hidden), detectors=(MedicalRaster(lambda: judge, "test"),))
    assert any(200 < view.mean() < 250 for view in judge.shown)


def _with_thumbnail(picture: Image.Image, thumbnail: bytes) -> bytes:
    """A JPEG whose EXIF block has a second directory with a thumbnail (EXIF 3.0, 4.6.4)."""
    ifd0 = b"\x00\x01" + b"\x01\x12\x00\x03\x00\x00\x00\x01\x00\x01\x00\x00" + b"\x00\x00\x00\x1a"
    ifd1 = (
        b"\x00\x02"
        b"\x02\x01\x00\x04\x00\x00\x00\x01"
        + (56).to_bytes(4)
        + b"\x02\x02\x00\x04\x00\x00\x00\x01"
        + len(thumbnail).to_bytes(4)
        + bytes(4)
    )
    block = b"Exif\x00\x00MM\x00*\x00\x00\x00\x08" + ifd0 + ifd1 + thumbnail
    return made.saved("JPEG", picture, exif=block)


def test_a_thumbnail_that_shows_something_else_is_judged() -> None:
    (one,) = judged(_with_thumbnail(bright(10), made.saved("JPEG", bright(230))))
    assert (one.kind, one.where) == (Kind.MEDICAL_IMAGE, "EXIF thumbnail")
    judge = ByBrightness()
    found(
        _with_thumbnail(bright(230), made.saved("JPEG", bright(230))),
        detectors=(MedicalRaster(lambda: judge, "test"),),
    )
    assert len(judge.shown) == 1


def test_films_and_motion_photos_are_judged(tmp_path: Path) -> None:
    film = made.film(tmp_path, "mp4", "mp4v")
    (one,) = judged(film)
    assert (one.kind, one.where) == (Kind.MEDICAL_IMAGE, "frame 29")
    (two,) = judged(made.saved("JPEG", bright(5)) + film)
    assert (two.kind, two.where) == (Kind.MEDICAL_IMAGE, "motion photo frame 29")


def test_what_was_seen_is_said_before_the_failure() -> None:
    frames = [bright(200), bright(30), bright(20)]
    whole = made.saved(
        "GIF", frames[0].convert("P"), save_all=True, append_images=[one.convert("P") for one in frames[1:]]
    )
    findings = judged(whole[: len(whole) - 40])
    assert {Kind.MEDICAL_IMAGE, Kind.UNREADABLE} <= kinds(findings)


@pytest.mark.parametrize(
    ("key", "value"),
    [("Software", "OsiriX 12"), ("Comment", "StudyInstanceUID 1.2.3"), ("dicom", "exported from DICOM")],
)
def test_metadata_of_a_radiology_program_is_evidence(key: str, value: str) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text(key, value)
    one = judged(made.saved("PNG", bright(20), pnginfo=info))[0]
    assert (one.kind, one.where, one.confidence) == (Kind.MEDICAL_IMAGE, "metadata", SOURCE_SCORE)


def test_the_shipped_classifier_is_asked() -> None:
    findings = found(made.saved("JPEG", Image.fromarray(made.ramp(400, 300))))
    scores = [one for one in findings if one.kind in (Kind.MEDICAL_IMAGE, Kind.ORDINARY_IMAGE)]
    assert len(scores) == 1
    assert 0 <= scores[0].confidence <= 1
    assert scores[0].by == f"medical-raster {MEDICAL_RASTER.version}"


@pytest.mark.parametrize(
    "name", [name for name, (_, form) in made.SCANS.items() if not form.value.startswith("dicom")]
)
def test_scans_by_structure_are_certain(name: str) -> None:
    data, _ = made.SCANS[name]
    one = found(data, Look.FORMAT)[0]
    assert (one.kind, one.confidence) == (Kind.MEDICAL_IMAGE, 1.0)


@pytest.mark.parametrize("name", [name for name, (_, form) in made.pictures().items()])
def test_no_picture_is_unclaimed_at_any_look(name: str) -> None:
    data = made.pictures()[name][0]
    for look in Look:
        assert not kinds(found(data, look)) & NOT_UNDERSTOOD
    assert kinds(found(data)) & {Kind.MEDICAL_IMAGE, Kind.ORDINARY_IMAGE}


@pytest.mark.parametrize(
    "data", [b"hello there", b'{"a": 1}', b"def f():\n    return 1\n", made.MP3, b"<p>hi</p>", b""]
)
def test_harmless_formats_are_claimed(data: bytes) -> None:
    assert found(data, Look.TEXT) == []


@pytest.mark.parametrize(
    ("data", "kind", "detail"),
    [
        (bytes(range(256)) * 8, Kind.UNCLAIMED, "unclaimed"),
        (b"\x7fELF" + bytes(99), Kind.UNCLAIMED, "unclaimed"),
        (b"/* XPM */\nstatic char *scan[] = {", Kind.UNCLAIMED, "unclaimed"),
        (b"words " * 4000 + bytes(9000) + b"words " * 400, Kind.UNREADABLE, "not-text"),
        (
            base64.b64encode(made.saved("PNG", Image.fromarray(made.ramp(400, 300)))),
            Kind.UNREADABLE,
            "hidden-file",
        ),
        (b"ID3\x04\x00\x00\x00\x00\x02\x00APIC\x00\x00" + bytes(300), Kind.UNREADABLE, "embedded-picture"),
        (made.saved("JPEG")[:-300], Kind.UNREADABLE, "truncated"),
        (made.saved("JPEG") + made.zipped(), Kind.UNREADABLE, "polyglot"),
        (made.saved("PNG") + bytes(range(1, 250)), Kind.UNREADABLE, "trailing-data"),
    ],
)
def test_what_is_not_understood_is_a_finding(data: bytes, kind: Kind, detail: str) -> None:
    assert (kind, detail) in {(one.kind, one.detail) for one in found(data)}


def test_a_container_is_known_only_once_it_was_opened() -> None:
    closed = part(made.zipped())
    assert kinds(list(inspect(closed, DETECTORS, Limits(), Look.TEXT))) == {Kind.UNCLAIMED}
    assert list(inspect(replace(closed, opened=True), DETECTORS, Limits(), Look.TEXT)) == []


def test_an_attachment_in_a_closed_mail_is_seen() -> None:
    picture = base64.encodebytes(made.saved("PNG", Image.fromarray(made.ramp(400, 300))))
    mail = made.ORDINARY["mail"][0] + b"\r\n--x\r\nContent-Transfer-Encoding: base64\r\n\r\n" + picture
    assert [(one.kind, one.detail) for one in found(mail)] == [(Kind.UNREADABLE, "hidden-file")]


def test_a_file_of_no_bytes_is_a_finding_and_an_empty_field_is_none() -> None:
    assert [(one.kind, one.detail) for one in found(b"", name="scan.jpg")] == [(Kind.UNREADABLE, "empty")]
    assert found(b"") == []


def test_metadata_are_named_and_never_quoted() -> None:
    exif = Image.Exif()
    exif[0x010E], exif[0x013B] = "Nobody At All, born 1950", "Dr Nobody"
    exif.get_ifd(0x8825)[2] = (48.0, 8.0, 0.0)
    exif.get_ifd(0x8769)[0xA430] = "Nobody"
    xmp = b'<x:xmpmeta xmlns:dicom="http://ns.adobe.com/DICOM/"><rdf:Description dicom:PatientName="Nobody"/></x:xmpmeta>'
    data = made.saved("JPEG", exif=exif, comment=b"Nobody was here", xmp=xmp)
    findings = [one for one in found(data) if one.kind is Kind.IDENTIFIER_IN_METADATA]
    assert {one.where for one in findings} == {
        "EXIF ImageDescription", "EXIF Artist", "EXIF GPS", "EXIF CameraOwnerName", "comment", "XMP dicom",
    }  # fmt: skip
    assert not any("Nobody" in str(one) for one in findings)


def test_texts_of_a_png_are_found_before_and_after_its_pixels() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", "Nobody")
    info.add_itxt("Patient Nobody", "secret")

    info.add_text("Software", "gnuplot 6")
    wheres = {
        one.where for one in found(made.saved("PNG", pnginfo=info)) if one.kind is Kind.IDENTIFIER_IN_METADATA
    }
    assert {"PNG Author", "PNG text"} <= wheres
    assert not any("Nobody" in where for where in wheres)


def test_iptc_and_profile_names_are_found() -> None:
    record = b"\x1c\x02\x50\x00\x06Nobody\x1c\x02\x78\x00\x04hush"
    resource = (
        b"Photoshop 3.0\x008BIM\x04\x04\x00\x00"
        + len(record).to_bytes(4)
        + record
        + (b"\x00" if len(record) % 2 else b"")
    )
    jpeg = made.saved("JPEG")
    data = jpeg[:2] + b"\xff\xed" + (len(resource) + 2).to_bytes(2) + resource + jpeg[2:]
    assert {"IPTC by-line", "IPTC caption"} <= {one.where for one in found(data)}

    name = b"Nobody's screen\x00"
    profile = (
        bytes(128)
        + (1).to_bytes(4)
        + b"desc"
        + (144).to_bytes(4)
        + (12 + len(name)).to_bytes(4)
        + b"desc"
        + bytes(4)
        + len(name).to_bytes(4)
        + name
    )
    assert "ICC description" in {one.where for one in found(made.saved("PNG", icc_profile=profile))}


def test_a_picture_without_metadata_has_none() -> None:
    for kind in ("JPEG", "PNG", "WEBP", "GIF", "AVIF"):
        assert not [one for one in found(made.saved(kind)) if one.kind is Kind.IDENTIFIER_IN_METADATA]


def test_damaged_exif_is_said() -> None:
    data = made.saved("JPEG", exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\xff\xff" + b"Nobody" * 20)
    assert ("EXIF", "damaged") in {(one.where, one.detail) for one in found(data)}


def test_boxes_and_kinds_of_hl7_and_ecg() -> None:
    assert kinds(found(made.ORDINARY["hl7"][0])) == {Kind.IDENTIFIER_IN_TEXT}
    findings = found(made.scp_ecg())
    assert [(one.kind, one.detail or one.where) for one in findings][:1] == [(Kind.MEDICAL_IMAGE, "ecg")]
    assert Kind.IDENTIFIER_IN_METADATA in kinds(findings)


EVERYTHING = {**made.SCANS, **made.ORDINARY, **made.pictures()}


@settings(deadline=None, max_examples=120)
@given(st.sampled_from(sorted(EVERYTHING)), st.integers(0, 600), st.binary(max_size=12), st.integers(0, 300))
def test_nothing_crashes_a_detector_and_nothing_passes_unseen(
    name: str, at: int, patch: bytes, cut: int
) -> None:
    data = EVERYTHING[name][0]
    spoilt = (data[:at] + patch + data[at + len(patch) :])[: max(1, len(data) - cut)]
    fake = MedicalRaster(ByBrightness, "test")
    detectors = tuple(fake if one is MEDICAL_RASTER else one for one in DETECTORS)
    began = time.process_time()
    findings = list(inspect(part(spoilt), detectors, Limits(), Look.MEDICAL))
    assert time.process_time() - began < 5  # a bound on runaway decoding, far above any honest file
    # A detector that meets the unforeseen leaves the foreign type's name in `where`; ours are all foreseen.
    assert not [
        one
        for one in findings
        if one.kind is Kind.UNREADABLE
        and one.where in ("IndexError", "KeyError", "TypeError", "AttributeError", "error")
    ]
    if sniff(spoilt) in {form for _, form in made.pictures().values()}:
        assert findings


def test_the_reader_of_a_bomb_says_over_the_limit() -> None:
    huge = io.BytesIO()
    Image.new("1", (12_000, 11_000)).save(huge, "PNG")
    assert Kind.OVER_LIMIT in kinds(found(huge.getvalue()))
