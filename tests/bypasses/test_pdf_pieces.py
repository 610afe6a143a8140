"""A scan cut into pieces, or into black dots, and shown small on a page of a PDF is seen from nearby."""

import io
import zlib

import pikepdf
import pytest
from pikepdf import Dictionary, Name
from PIL import Image

from gateway import pipeline
from gateway.limits import Limits
from gateway.model import Action, Kind, Look, Transfer
from gateway.policy import decide
from tests.evasion.pictures import medical, ordinary
from tests.fuzz.compositions import rules

SIDE = 4
STEP = 16


def decided(body: bytes) -> tuple[Action, dict[str, Kind]]:
    place = rules().catalogue.destination("api.openai.com", 443, "POST", "/v1/files")
    transfer = Transfer(place, path="/v1/files", body=body)
    seen = pipeline.examine(transfer, Limits(), Look.MEDICAL)
    return decide(rules(), transfer, seen).action, {one.path[-1]: one.kind for one in seen.findings}


def tiles(data: bytes) -> list[tuple[Image.Image, int, int]]:
    with Image.open(io.BytesIO(data)) as image:
        grey = image.convert("L")
    return [
        (grey.crop((x * STEP, y * STEP, (x + 1) * STEP, (y + 1) * STEP)), x, SIDE - 1 - y)
        for y in range(SIDE)
        for x in range(SIDE)
    ]


def document(steps: bytes, resources: Dictionary, pdf: pikepdf.Pdf, turned: int = 0) -> bytes:
    pdf.add_blank_page(page_size=(595, 842))
    pdf.pages[0].Resources, pdf.pages[0].Contents = resources, pdf.make_stream(steps)
    pdf.pages[0].obj.Rotate = turned
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def at(x: float, y: float, side: float, gap: float = 0) -> bytes:
    return b"%f 0 0 %f %f %f cm" % (side, side, 100 + x * side * (1 + gap), 300 + y * side * (1 + gap))


def mosaic(data: bytes, turned: int = 0, gap: float = 0) -> bytes:
    pdf = pikepdf.new()
    named, steps = Dictionary(), list[bytes]()
    for number, (tile, x, y) in enumerate(tiles(data)):
        named[f"/I{number}"] = pdf.make_stream(
            zlib.compress(tile.tobytes()), Type=Name.XObject, Subtype=Name.Image, Width=STEP, Height=STEP,
            BitsPerComponent=8, ColorSpace=Name.DeviceGray, Filter=Name.FlateDecode,
        )  # fmt: skip
        steps.append(b"q %b /I%d Do Q" % (at(x, y, 16, gap), number))
    return document(b" ".join(steps), Dictionary(XObject=named), pdf, turned)


def inline(data: bytes) -> bytes:
    steps = [
        b"q %b BI /W 16 /H 16 /BPC 8 /CS /G /F /AHx ID %b> EI Q"
        % (at(x, y, 16), tile.tobytes().hex().encode())
        for tile, x, y in tiles(data)
    ]
    return document(b"\n".join(steps), Dictionary(), pikepdf.new())


def dots(data: bytes) -> bytes:
    """As a fax machine sends it."""
    with Image.open(io.BytesIO(data)) as image:
        large = image.convert("L").resize((512, 512), Image.Resampling.BICUBIC).convert("1")
    fax = io.BytesIO()
    large.save(fax, "TIFF", compression="group4", strip_size=1 << 20)
    with Image.open(io.BytesIO(fax.getvalue())) as tiff:
        (start,), (length,) = tiff.tag_v2[273], tiff.tag_v2[279]  # type: ignore[attr-defined]
        black = tiff.tag_v2[262] == 1  # type: ignore[attr-defined]
    pdf = pikepdf.new()
    picture = pdf.make_stream(
        fax.getvalue()[start : start + length], Type=Name.XObject, Subtype=Name.Image, Width=512, Height=512,
        BitsPerComponent=1, ColorSpace=Name.DeviceGray, Filter=Name.CCITTFaxDecode,
        DecodeParms=Dictionary(K=-1, Columns=512, Rows=512, BlackIs1=black),
    )  # fmt: skip
    return document(b"q %b /I Do Q" % at(0, 0, 64), Dictionary(XObject=Dictionary(I=picture)), pdf)


CASES = {
    "pieces": mosaic,
    "pieces with gaps": lambda data: mosaic(data, gap=0.1),
    "pieces on a turned page": lambda data: mosaic(data, turned=90),
    "pieces on a page upside down": lambda data: mosaic(data, turned=180),
    "pieces inside the drawing": inline,
    "black dots": dots,
}


@pytest.mark.parametrize("name", CASES)
def test_a_scan_in_pieces_or_dots_is_stopped_and_another_picture_goes_on(name: str) -> None:
    action, seen = decided(CASES[name](medical()))
    assert action is Action.BLOCK
    assert seen["page 1 from nearby 1"] is Kind.MEDICAL_IMAGE
    action, seen = decided(CASES[name](ordinary()))
    assert action is Action.LOG
    assert seen["page 1 from nearby 1"] is Kind.ORDINARY_IMAGE


def test_of_many_mosaics_none_goes_unseen() -> None:
    pdf = pikepdf.new()
    tile = pdf.make_stream(
        bytes(STEP * STEP), Type=Name.XObject, Subtype=Name.Image, Width=STEP, Height=STEP,
        BitsPerComponent=8, ColorSpace=Name.DeviceGray,
    )  # fmt: skip
    steps = [
        b"q 4 0 0 4 %d %d cm /I Do Q" % (60 * column + 4 * x, 700 - 60 * row + 4 * y)
        for row in range(3)
        for column in range(3)
        for x in range(3)
        for y in range(3)
    ]
    place = rules().catalogue.destination("api.openai.com", 443, "POST", "/v1/files")
    body = document(b" ".join(steps), Dictionary(XObject=Dictionary(I=tile)), pdf)
    seen = pipeline.examine(Transfer(place, path="/v1/files", body=body), Limits(), Look.MEDICAL)
    assert any(one.kind is Kind.OVER_LIMIT and one.detail == "too-many-frames" for one in seen.findings)
