"""Writes a PDF again without what was removed: pictures replaced, and the text of pages that carried them gone.

Other pages keep their drawings and text as they are. Written anew from its live objects, the file holds no earlier
revision and no object that nothing refers to.
"""

from collections.abc import Mapping
from io import BytesIO
from typing import Any, Final

import pikepdf

from gateway.formats.pdf import Pdf, guarded
from gateway.formats.pdf_pictures import put_picture

_SPEAKING: Final = frozenset({"Tj", "TJ", "'", '"'})
_PAGE_KEYS: Final = (
    "/Annots",
    "/Metadata",
    "/PieceInfo",
    "/Thumb",
    "/AA",
    "/StructParents",
    "/LastModified",
    "/B",
    "/AF",
)
_ROOT_KEYS: Final = (
    "/Outlines", "/AcroForm", "/OpenAction", "/AA", "/PieceInfo", "/StructTreeRoot", "/MarkInfo", "/Threads", "/SpiderInfo", "/Perms",
    "/Legal", "/DSS", "/URI", "/Dests",
)  # fmt: skip
_SPOKEN_KEYS: Final = ("/ActualText", "/Alt", "/E", "/Contents")


def replace_pictures(pdf: Pdf, new: Mapping[int, bytes]) -> None:
    """Other pictures in the place of some, by object number, and what their pages say removed with them."""
    for stream in pdf.streams():
        if stream.number in new:
            put_picture(stream.object, new[stream.number])
    silence(pdf, pdf.carrying(set(new)))


def replace_files(pdf: Pdf, new: Mapping[int, bytes]) -> None:
    """Other contents for embedded files, by object number."""
    for stream in pdf.streams():
        if stream.number in new:
            with guarded():
                stream.object.write(new[stream.number])
                for key in ("/Params",):
                    if key in stream.object:
                        del stream.object[key]  # size, dates and checksum of the old one


def silence(pdf: Pdf, pages: set[int]) -> None:
    """Remove text layer, notes, thumbnails and descriptions of these pages (from 0), and what the document says of itself."""
    with guarded():
        for index in sorted(pages):
            _silence_page(pdf, index)
        if pages:
            forget(pdf)
            root = pdf.document.Root
            for key in _ROOT_KEYS:
                if key in root:
                    del root[key]
            names = root.get("/Names")
            if isinstance(names, pikepdf.Dictionary):
                for key in [key for key in names.keys() if key != "/EmbeddedFiles"]:  # noqa: SIM118 - not a dict
                    del names[key]


def forget(pdf: Pdf) -> None:
    """Remove the document's information and metadata."""
    with guarded():
        if "/Info" in pdf.document.trailer:
            del pdf.document.trailer["/Info"]
        if "/Metadata" in pdf.document.Root:
            del pdf.document.Root["/Metadata"]


def saved(pdf: Pdf) -> bytes:
    """The document as a file; the same input gives the same bytes."""
    out = BytesIO()
    with guarded():
        pdf.document.save(out, static_id=True, encryption=False, fix_metadata_version=False)
    return out.getvalue()


def _silence_page(pdf: Pdf, index: int) -> None:
    page = pdf.leaves[index]
    for key in _PAGE_KEYS:
        if key in page.obj:
            del page.obj[key]
    for form in pdf.used_by(index).values():
        for key in ("/Metadata", "/PieceInfo", "/AF"):
            if key in form:
                del form[key]
        if form.get("/Subtype") != "/Image":
            form.write(_silent(form))
    page.obj.Contents = pdf.document.make_stream(_silent(page))
    _forget_spoken(page.obj.get("/Resources"))


def _silent(source: Any) -> bytes:
    """Drawing steps without those that show letters or carry their meaning."""
    kept: list[Any] = []
    for step in pikepdf.parse_content_stream(source):
        operator = str(step.operator)
        if operator in _SPEAKING:
            continue
        if operator in {"BDC", "DP"} and isinstance(step.operands[1], pikepdf.Dictionary):
            kept.append(([step.operands[0]], pikepdf.Operator("BMC" if operator == "BDC" else "MP")))
            continue
        kept.append(step)
    return bytes(pikepdf.unparse_content_stream(kept))


def _forget_spoken(resources: Any) -> None:
    """Remove the words behind marked content from a page's list of properties."""
    named = resources.get("/Properties") if isinstance(resources, pikepdf.Dictionary) else None
    if isinstance(named, pikepdf.Dictionary):
        for key in named.keys():  # noqa: SIM118 - not a dict: iterating it yields other things
            for spoken in _SPOKEN_KEYS:
                if isinstance(named[key], pikepdf.Dictionary) and spoken in named[key]:
                    del named[key][spoken]
