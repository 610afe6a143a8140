"""Findings for what is written in pictures: everything but the marks that say how they were taken."""

from io import BytesIO

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from gateway.detect.burned_in_text import BURNED_IN_TEXT, FRAMES_ONE_BY_ONE, CloserLook, summed_up
from gateway.limits import Limits
from gateway.model import Box, Finding, Format, Kind, Part, RedactionOptions
from gateway.redact.pixels import PIXELS, to_paint
from tests.layouts import BACKGROUNDS, layout
from tests.support.pictures import saved

LIMITS = Limits()


def part_of(pixels: NDArray[np.uint8], form: Format = Format.PNG) -> Part:
    return Part(("file",), saved(Image.fromarray(pixels), form), form)


def found(part: Part) -> list[Finding]:
    return list(BURNED_IN_TEXT.inspect(part, LIMITS))


def written(text: str, at: tuple[int, int] = (40, 40), size: int = 28) -> NDArray[np.uint8]:
    image = Image.fromarray(layout("US", 31, text=False).pixels)
    ImageDraw.Draw(image).text(at, text, fill="white", font=ImageFont.load_default(size))
    return np.asarray(image)


def test_a_name_is_a_finding_with_its_place() -> None:
    findings = found(part_of(written("MUELLER, Anna 01.02.1950")))
    texts = [f for f in findings if f.kind is Kind.TEXT_IN_PIXELS]
    assert texts
    assert all(f.where == "frame 0" and f.detail == "text" and f.path == ("file",) for f in texts)
    x, y, width, height = max((f.box for f in texts if f.box), key=lambda box: box[2])
    assert x <= 42
    assert x + width >= 320
    assert y <= 48
    assert y + height >= 60


def test_what_was_read_is_nowhere_in_a_finding() -> None:
    text = repr(found(part_of(written("MUELLER, Anna 01.02.1950"))))
    assert "UELLER" not in text.upper()
    assert "1950" not in text


@pytest.mark.parametrize("mark", ["120 kV", "200 mAs", "LAT", "10 cm", "ERECT"])
def test_allowed_marks_are_no_finding(mark: str) -> None:
    assert not [f for f in found(part_of(written(mark))) if f.kind is Kind.TEXT_IN_PIXELS]


def test_a_mark_read_out_of_a_longer_line_is_a_finding() -> None:
    # Here Tesseract reads two letters of a name that runs over a bright bone, and is sure of them.
    picture = layout("CT", 77)
    found_boxes = [f.box for f in found(part_of(picture.pixels)) if f.box]
    mask = np.zeros(picture.pixels.shape[:2], np.bool_)
    for x, y, width, height in found_boxes:
        mask[y : y + height, x : x + width] = True
    words = [mask[y : y + h, x : x + w].mean() for x, y, w, h in (word.box for word in picture.words)]
    assert min(words) > 0.5
    assert np.mean(words) > 0.95


@pytest.mark.parametrize("name", ["CT", "US"])
def test_text_free_pictures_give_few_findings(name: str) -> None:
    assert len(found(part_of(layout(name, 32, text=False).pixels))) <= 2


def test_codes_are_findings() -> None:
    pixels = layout("CR", 33, text=False).pixels.copy()
    code = cv2.resize(
        cv2.QRCodeEncoder.create().encode("MRN 4711"), None, fx=5, fy=5, interpolation=cv2.INTER_NEAREST
    )
    pixels[100 : 100 + len(code), 100 : 100 + len(code)] = code
    assert [f for f in found(part_of(pixels)) if f.kind is Kind.CODE_IN_PIXELS]


@pytest.mark.parametrize("name", BACKGROUNDS)
def test_after_painting_next_to_nothing_is_found(name: str) -> None:
    picture = layout(name, 34)
    part = part_of(picture.pixels)
    for _ in range(3):
        findings = tuple(BURNED_IN_TEXT.inspect(part, LIMITS))
        if not findings:
            break
        part = PIXELS.redact(part, findings, RedactionOptions(), LIMITS, b"", ())
    assert not list(BURNED_IN_TEXT.inspect(part, LIMITS))


def test_writing_in_the_last_frame_of_a_long_film_is_found() -> None:
    plain = layout("CT", 35, text=False).pixels
    marked = plain.copy()
    drawn = written("PETROV 12345678")[..., 0][:100, :400]
    marked[:100, :400] = np.maximum(marked[:100, :400], drawn)
    frames = [Image.fromarray(np.roll(plain, i, 1)) for i in range(FRAMES_ONE_BY_ONE + 8)] + [
        Image.fromarray(marked)
    ]
    data = saved(frames[0], Format.TIFF, save_all=True, append_images=frames[1:])
    part = Part(("file",), data, Format.TIFF)
    boxes = [f.box for f in found(part) if f.box]
    assert any(box[0] < 60 and box[1] < 60 and box[2] > 100 for box in boxes)


def test_a_group_shows_its_brightest_and_darkest() -> None:
    frames = [np.full((4, 4, 3), 100, np.uint8) for _ in range(20)]
    frames[1][0, 0], frames[19][3, 3] = 255, 0
    shown = list(summed_up(enumerate(frames), len(frames)))
    assert any(pixels[0, 0].max() == 255 for _, pixels in shown)
    assert any(pixels[3, 3].min() == 0 for _, pixels in shown)
    assert len(shown) < len(frames) * 3


def test_identifiers_only_leaves_harmless_words() -> None:
    pixels = written("MUELLER ANNA", (40, 30)).copy()
    second = written("CONTRAST PHASE", (40, 700))
    pixels[680:] = second[680:]
    part = part_of(pixels)
    findings = tuple(found(part))
    assert len(findings) >= 2
    some = to_paint(part, findings, RedactionOptions(text="identifiers"), LIMITS, ("Mueller^Anna",))
    assert some
    assert len(some) < len(findings)
    assert all(f.box is not None and f.box[1] < 100 for f in some)
    assert to_paint(part, findings, RedactionOptions(text="identifiers"), LIMITS, ()) == findings


def test_the_closer_look_has_another_name() -> None:
    assert BURNED_IN_TEXT.name != CloserLook().name
    assert CloserLook().claims(part_of(layout("CT", 1).pixels))
    assert not BURNED_IN_TEXT.claims(Part((), b"text", Format.TEXT))


def boxes_of(findings: list[Finding]) -> list[Box]:
    return [finding.box for finding in findings if finding.box is not None]


@pytest.mark.parametrize("name", BACKGROUNDS)
def test_what_the_closer_look_adds_makes_the_proof_pass_at_once(name: str) -> None:
    part = part_of(layout(name, 36).pixels)
    first = found(part)
    more = list(CloserLook(boxes_of(first)).inspect(part, LIMITS))
    painted = PIXELS.redact(part, (*first, *more), RedactionOptions(), LIMITS, b"", ())
    assert not found(painted)


def test_the_closer_look_says_only_what_is_new() -> None:
    part = part_of(layout("US", 37).pixels)
    first = found(part)
    for finding in CloserLook(boxes_of(first)).inspect(part, LIMITS):
        x, y, width, height = finding.box or (0, 0, 0, 0)
        mask = np.zeros(layout("US", 37).pixels.shape[:2], np.bool_)
        for left, top, across, down in boxes_of(first):
            mask[top : top + down, left : left + across] = True
        assert not mask[y : y + height, x : x + width].all()


def redacted(part: Part) -> Part:
    findings = found(part)
    more = list(CloserLook(boxes_of(findings)).inspect(part, LIMITS))
    return PIXELS.redact(part, (*findings, *more), RedactionOptions(), LIMITS, b"", ())


@pytest.mark.parametrize("seed", [38, 39])
def test_redaction_ends_and_then_changes_nothing(seed: int) -> None:
    part = part_of(layout("secondary-capture", seed).pixels)
    for _ in range(3):
        part = redacted(part)
        if not found(part):
            break
    assert not found(part)
    assert PIXELS.redact(part, (), RedactionOptions(), LIMITS, b"", ()) == part


def test_redaction_changes_nothing_outside_its_boxes() -> None:
    pixels = layout("viewer-screenshot", 40).pixels
    part = part_of(pixels)
    findings = found(part)
    findings += CloserLook(boxes_of(findings)).inspect(part, LIMITS)
    after = np.asarray(Image.open(BytesIO(redacted(part).data)))
    kept = np.ones(pixels.shape[:2], np.bool_)
    for x, y, width, height in boxes_of(findings):
        kept[y : y + height, x : x + width] = False
    np.testing.assert_array_equal(after[kept], pixels[kept])
    assert not after[~kept].any()
    assert kept.mean() > 0.6
