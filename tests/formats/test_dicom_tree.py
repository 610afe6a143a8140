"""A file taken apart and put together is the same file; what does not add up is refused."""

import io
import struct
import zlib
from pathlib import Path

import pydicom
import pydicom.data
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import FormatError, GatewayError, LimitReached
from gateway.formats.dicom_elements import DEFLATED, EXPLICIT, IMPLICIT, DicomFile, Element
from gateway.formats.dicom_tree import take_apart
from gateway.formats.dicom_write import assembled, put_together
from gateway.limits import Limits
from tests.support.scans import dicom

LIMITS = Limits()
META = (Element(0x00020010, "UI", EXPLICIT.encode()),)


def shipped() -> list[Path]:
    """Every Part 10 file that comes with pydicom, but for those made to be broken."""
    broken = {
        "winter.dcm",
        "MR_truncated.dcm",
        "SC_rgb_jpeg.dcm",
        "rtplan_truncated.dcm",
        "DICOMDIR-nooffset",
    }
    root = Path(str(pydicom.data.__file__)).parent
    files = (path for path in sorted(root.rglob("*")) if path.is_file() and path.name not in broken)
    return [path for path in files if path.read_bytes()[128:132] == b"DICM"]


def plain(data: bytes) -> pydicom.Dataset:
    dataset = pydicom.dcmread(io.BytesIO(data), force=True)
    dataset.remove_private_tags()
    for element in list(dataset):
        if element.tag.element == 0:
            del dataset[element.tag]
    return dataset


def test_many_files_are_shipped() -> None:
    assert len(shipped()) >= 60


@pytest.mark.filterwarnings("ignore")
def test_every_shipped_file_says_the_same_afterwards() -> None:
    for path in shipped():
        data = path.read_bytes()
        once = put_together(take_apart(data, LIMITS))
        assert plain(once) == plain(data), path.name
        assert put_together(take_apart(once, LIMITS)) == once, path.name


def made(*elements: Element, syntax: str = EXPLICIT) -> bytes:
    return put_together(DicomFile((Element(0x00020010, "UI", syntax.encode()),), elements, syntax))


def test_deflated_data_sets_are_inflated_within_bounds() -> None:
    element = Element(0x00100010, "PN", b"A^B ")
    assert take_apart(made(element, syntax=DEFLATED), LIMITS).dataset == (element,)
    machine = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = machine.compress(bytes(500_000_000)) + machine.flush()
    data = assembled((Element(0x00020010, "UI", DEFLATED.encode()),), b"", EXPLICIT) + bomb
    with pytest.raises(LimitReached):
        take_apart(data, LIMITS)


def nested(levels: int, *, undefined: bool) -> bytes:
    item = b""
    for _ in range(levels):
        if undefined:
            body = (
                struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
                + item
                + struct.pack("<HHI", 0xFFFE, 0xE00D, 0)
            )
            end = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
            item = struct.pack("<HH2sHI", 0x0040, 0xA730, b"SQ", 0, 0xFFFFFFFF) + body + end
        else:
            body = struct.pack("<HHI", 0xFFFE, 0xE000, len(item)) + item
            item = struct.pack("<HH2sHI", 0x0040, 0xA730, b"SQ", 0, len(body)) + body
    return assembled(META, b"", EXPLICIT) + item


@pytest.mark.parametrize("undefined", [False, True])
def test_depth_is_bounded(undefined: bool) -> None:
    assert take_apart(nested(20, undefined=undefined), LIMITS).dataset
    with pytest.raises(LimitReached):
        take_apart(nested(2000, undefined=undefined), LIMITS)


@pytest.mark.parametrize(
    "tail",
    [
        b"\x10\x00\x10\x00PN\xff\x00",  # longer than the file
        b"\x10\x00\x10\x00LT\x00",  # half an element's head is all there is
        b"\x10\x00\x10\x00OB\0\0\xff\xff\xff\xff",  # no length, and not pixels
        b"\x08\x00\x40\x11SQ\0\0\x08\0\0\0\x10\x00\x10\x00\0\0\0\0",  # no item
        b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\0\0\0\0",  # no end
        b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\0\0\0",  # a fragment that is cut short
        b"\x10\x00\x10\x00PN\x02\0A \x10\x00\x10\x00PN\x02\0B ",  # twice
        b"\xfe\xff\x00\xe0UN\0\0\0\0\0\0",  # an item outside
    ],
)
def test_what_does_not_add_up_is_refused(tail: bytes) -> None:
    head = Element(0x00080060, "CS", b"CT")
    with pytest.raises(FormatError):
        take_apart(made(head) + tail, LIMITS)


def test_a_private_transfer_syntax_is_refused() -> None:
    data = assembled((Element(0x00020010, "UI", b"1.2.840.113619.5.2"),), b"", EXPLICIT)
    with pytest.raises(FormatError):
        take_apart(data, LIMITS)


def test_bytes_after_the_pixels_belong_to_nothing() -> None:
    pixels = Element(0x7FE00010, "OW", b"\1\2")
    for tail in (b"rest of a name", b"\0" * 512, b"\x10\x00\x10\x00PN\x02\0A "):
        assert take_apart(made(pixels) + tail, LIMITS).dataset[-1].tag == 0x7FE00010
        assert len(take_apart(made(pixels) + tail, LIMITS).dataset) == 1


def test_a_value_without_known_representation_is_read_by_the_dictionary() -> None:
    hidden = Element(0x00100010, "UN", b"A^B ")
    assert take_apart(made(hidden), LIMITS).dataset[0].vr == "PN"
    implicit = take_apart(made(Element(0x00100010, "PN", b"A^B "), syntax=IMPLICIT), LIMITS)
    assert implicit.dataset[0].vr == "PN"


@settings(max_examples=300)
@given(st.integers(0, 6000), st.binary(max_size=12), st.booleans())
def test_damage_raises_nothing_but_our_own_errors(at: int, change: bytes, cut: bool) -> None:
    good = dicom("CT_small.dcm")
    data = good[:at] if cut else good[:at] + change + good[at + len(change) :]
    try:
        file = take_apart(data, LIMITS)
        assert take_apart(put_together(file), LIMITS).dataset == file.dataset
    except GatewayError:
        pass
