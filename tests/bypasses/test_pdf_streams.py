"""Pictures in streams of a PDF that promise to be something else: forms, drawings, fonts, colour profiles."""

import base64
from collections.abc import Callable

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import ImageCms

from gateway import pipeline
from gateway.formats.pdf import Role
from gateway.limits import Limits
from gateway.model import Action, Look, Transfer
from gateway.policy import decide
from gateway.unpack.pdf_streams import explained
from tests.evasion.pictures import medical, ordinary
from tests.fuzz.compositions import rules
from tests.unpack import pdfs

LIMITS = Limits()
WORDS = b"BT /F 12 Tf 10 10 Td (Jane) Tj ET\n"


def profile() -> bytes:
    """A colour profile as programs put it into their documents."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def drawn(content: bytes) -> bytes:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(200, 200))
    pdf.pages[0].Contents = pdf.make_stream(WORDS + content)
    return pdfs.written(pdf)


def beside(content: bytes) -> bytes:
    """A stream that nothing on the page uses, as the parts of a form (XFA) are."""
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(200, 200))
    pdf.Root.AcroForm = Dictionary(Fields=Array([]), XFA=pdf.make_indirect(pdf.make_stream(content)))
    return pdfs.written(pdf)


def coloured(content: bytes) -> bytes:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(200, 200))
    space = Array([Name.ICCBased, pdf.make_indirect(pdf.make_stream(content, N=3))])
    pdf.pages[0].Resources = Dictionary(ColorSpace=Dictionary(C=space))
    return pdfs.written(pdf)


def lettered(content: bytes) -> bytes:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(200, 200))
    described = Dictionary(
        Type=Name.FontDescriptor, FontName=Name.A, FontFile=pdf.make_indirect(pdf.make_stream(content))
    )
    font = Dictionary(
        Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.A, FontDescriptor=pdf.make_indirect(described)
    )
    pdf.pages[0].Resources = Dictionary(Font=Dictionary(F=pdf.make_indirect(font)))
    return pdfs.written(pdf)


def short_lines(data: bytes) -> bytes:
    text = base64.b64encode(data)
    return b"\n".join(text[at : at + 20] for at in range(0, len(text), 20))


def action(body: bytes) -> Action:
    place = rules().catalogue.destination("api.openai.com", 443, "POST", "/v1/files")
    transfer = Transfer(place, path="/v1/files", body=body)
    return decide(rules(), transfer, pipeline.examine(transfer, LIMITS, Look.MEDICAL)).action


SEEN: dict[str, Callable[[bytes], bytes]] = {
    "a picture of a form": lambda d: beside(b"<xdp><image>" + base64.encodebytes(d) + b"</image></xdp>"),
    "JSON": lambda d: beside(b'{"a": "' + base64.b64encode(d) + b'"}'),
    "hexadecimal in a note": lambda d: beside(b"note " + d.hex().encode()),
    "short lines": lambda d: beside(short_lines(d)),
    "a letter in front": lambda d: beside(b"x" + base64.b64encode(d)),
    "a comment of a drawing": lambda d: drawn(b"%" + base64.b64encode(d)),
    "comments in short lines": lambda d: drawn(b"%" + short_lines(d).replace(b"\n", b"\n%")),
    "a string of a drawing": lambda d: drawn(b"(" + base64.b64encode(d) + b") pop"),
    "digits in a drawing": lambda d: drawn(b"/X <" + d.hex().encode() + b"> DP"),
    "digits behind a digit": lambda d: drawn(b"/X <a" + d.hex().encode() + b"> DP"),
    "digits behind a byte": lambda d: drawn(b"/X <41" + d.hex().encode() + b"> DP"),
    "letters for a font": lambda d: lettered(base64.b64encode(d)),
}
REFUSED: dict[str, Callable[[bytes], bytes]] = {
    "behind a drawing": drawn,
    "behind the mark of a colour profile": lambda d: coloured(bytes(36) + b"acsp" + d),
    "base64 behind that mark": lambda d: coloured(bytes(36) + b"acsp" + base64.b64encode(d)),
    "behind a colour profile": lambda d: coloured(profile() + d),
    "in the comment of a font": lambda d: lettered(b"%!PS-AdobeFont-1.0\n%" + base64.b64encode(d)),
    "behind the mark of a font": lambda d: lettered(b"%!PS\n" + d),
}


@pytest.mark.parametrize("kind", ["png", "dicom", "scan"])
@pytest.mark.parametrize("name", [*SEEN, *REFUSED])
def test_a_medical_picture_in_it_is_stopped(name: str, kind: str) -> None:
    assert action((SEEN | REFUSED)[name](medical(kind))) is Action.BLOCK


@pytest.mark.parametrize("name", SEEN)
def test_an_ordinary_one_passes(name: str) -> None:
    assert action(SEEN[name](ordinary())) in (Action.LOG, Action.ALLOW)


def test_honest_streams_pass() -> None:
    assert action(coloured(profile())) in (Action.LOG, Action.ALLOW)
    assert action(coloured(profile() + bytes(3))) in (Action.LOG, Action.ALLOW)
    codes = b"<" + b"0041004200430020" * 40 + b"> Tj\n"
    assert action(drawn(b"BT " + codes * 20 + b"ET % made by hand")) in (Action.LOG, Action.ALLOW)
    table = b"/CIDInit /ProcSet findresource begin begincmap\n" + b"<0003> <0020>\n" * 900 + b"endcmap"
    assert action(beside(table)) in (Action.LOG, Action.ALLOW)


def test_a_colour_profile_needs_a_true_table() -> None:
    whole = profile()
    assert explained(Role.OTHER, whole)
    longer = whole + b"\x07" * 8192
    assert not explained(Role.OTHER, longer)
    assert not explained(Role.OTHER, len(longer).to_bytes(4) + longer[4:])  # what no tag explains


@pytest.mark.parametrize("count", [0, 0xFFFFFFFF, 257])
def test_a_colour_profile_needs_a_true_number_of_tags(count: int) -> None:
    longer = profile() + b"\x07" * 8192
    assert not explained(
        Role.OTHER, len(longer).to_bytes(4) + longer[4:128] + count.to_bytes(4) + longer[132:]
    )
