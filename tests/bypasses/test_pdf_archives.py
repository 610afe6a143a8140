"""An archive attached to a PDF is no second file in it; one that stands in it any other way is still seen."""

import struct
import zipfile
import zlib

import pytest

from gateway import pipeline
from gateway.formats.sniff import others
from gateway.limits import Limits
from gateway.model import Action, Format, Look, Transfer
from gateway.policy import decide
from tests.evasion.family_j_pdf import READ
from tests.evasion.pictures import medical, ordinary
from tests.fuzz.compositions import rules
from tests.unpack import made

LIMITS = Limits()
ATTACHED = READ["PDF with an attachment"]


def action(body: bytes) -> Action:
    place = rules().catalogue.destination("api.openai.com", 443, "POST", "/v1/files")
    transfer = Transfer(place, path="/v1/files", body=body)
    return decide(rules(), transfer, pipeline.examine(transfer, LIMITS, Look.MEDICAL)).action


def archive(data: bytes) -> bytes:
    return made.zipped({"a.png": data}, zipfile.ZIP_STORED)


def stored(data: bytes) -> bytes:
    """Deflated into one stored block."""
    size = len(data)
    return (
        b"\x78\x01\x01"
        + struct.pack("<HH", size, size ^ 0xFFFF)
        + data
        + struct.pack(">I", zlib.adler32(data))
    )


def with_object(content: bytes, words: bytes = b"", behind: bytes = b"\n") -> bytes:
    """A PDF with one more object, which its table does not list, before the table."""
    plain = READ["PDF with flate"](ordinary()).body
    at = plain.rindex(b"startxref")
    xref = int(plain[at + 9 :].split()[0])
    added = b"99 0 obj\n<< /Length %d %b >>\nstream\n%b%bendstream\nendobj\n" % (
        len(content),
        words,
        content,
        behind,
    )
    return plain[:xref] + added + plain[xref:at] + b"startxref\n%d\n%%%%EOF\n" % (xref + len(added))


def test_an_attached_archive_is_opened_and_is_no_second_file() -> None:
    body = ATTACHED(archive(ordinary())).body
    assert action(body) is Action.LOG
    assert action(ATTACHED(archive(medical())).body) is Action.BLOCK


@pytest.mark.parametrize(
    "body",
    [
        with_object(archive(medical())),
        with_object(stored(archive(medical())), b"/Filter /FlateDecode"),
        with_object(zlib.compress(b"") + archive(medical()), b"/Filter /FlateDecode"),
        with_object(zlib.compress(b"") + archive(medical()), b"/Filter /Crypt"),
        with_object(archive(medical()), b"/Filter /FlateDecode"),
        with_object(stored(archive(medical()))[:-9] + b"garbage\n\n", b"/Filter /FlateDecode"),
        READ["PDF with flate"](ordinary()).body + archive(medical()),
        READ["PDF with flate"](ordinary()).body + b"stream\n" + archive(medical()) + b"endstream\n",
        b"stream\n".join((READ["PDF with flate"](ordinary()).body, archive(medical()))) + b"\nendstream\n%%EOF\n",
    ],
    ids=["unlisted", "unlisted, stored block", "behind an empty deflate", "behind another filter", "not deflated at all", "checksum cut", "behind the end",
         "behind the end, as a stream", "behind the end, then an end"],
)  # fmt: skip
def test_an_archive_anywhere_else_is_seen(body: bytes) -> None:
    assert action(body) is Action.BLOCK


def test_only_the_whole_of_a_stream_is_no_second_file() -> None:
    data = archive(ordinary())
    begin = b"%PDF-1.7\n1 0 obj\n<<>>\nstream\n"
    assert others(begin + data + b"\nendstream\nendobj\n", Format.PDF) == ()
    assert others(begin + stored(data) + b"\nendstream\nendobj\n", Format.PDF) == ()
    for before, behind in ((b"x", b"\n"), (b"", b"x"), (b"\x78\x01\x01\x00\x00\xff\xff", b"\n")):
        assert others(begin + before + data + behind + b"endstream\nendobj\n", Format.PDF) == (Format.ZIP,)
