"""Office files, drawings and mails that are mostly definitions, or go round in circles."""

import base64
import io
import zipfile

from tests.bombs.bomb import MIB, OVER, Bomb, file
from tests.bombs.documents import BAD
from tests.evasion.case import Upload

CONTENT_TYPES = (
    b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    b'<Default Extension="xml" ContentType="application/xml"/></Types>'
)
PLAIN = b'<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body/></w:document>'


def _word(document: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", CONTENT_TYPES)
        archive.writestr("word/document.xml", document)
    return out.getvalue()


def _laughs(root: bytes, inside: bytes = b"") -> bytes:
    """Entities that stand for ten of the one before, nine times over (Billion laughs, 2002)."""
    entities = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    return b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY l0 "lol">%s]><%s>&l9;%s</%s>' % (
        entities,
        root,
        inside,
        root.split()[0],
    )


def _blowup() -> bytes:
    """One long entity, used often: quadratic."""
    return b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "%s">]><svg xmlns="http://www.w3.org/2000/svg"><text>%s</text></svg>' % (
        b"a" * 100_000, b"&a;" * 50_000,
    )  # fmt: skip


SVG = b'svg xmlns="http://www.w3.org/2000/svg"'


def _nested_svg(depth: int) -> bytes:
    return b"<" + SVG + b">" + b"<g>" * depth + b"</g>" * depth + b"</svg>"


def _filters() -> bytes:
    blurs = (
        b'<feTurbulence baseFrequency="9" numOctaves="9999"/><feGaussianBlur stdDeviation="99999"/>' * 2_000
    )
    return (
        b"<"
        + SVG
        + b' width="99999999" height="99999999"><filter id="f">'
        + blurs
        + b'</filter><rect filter="url(#f)"/></svg>'
    )


def _svg_uses(depth: int) -> bytes:
    uses = b"".join(
        b'<g id="g%d">%s</g>' % (n, b'<use href="#g%d"/>' % (n - 1) * 10) for n in range(1, depth)
    )
    return (
        b"<"
        + SVG
        + b'><defs><g id="g0"><rect/></g>'
        + uses
        + b'</defs><use href="#g%d"/></svg>' % (depth - 1)
    )


def _svg_in_svg(depth: int) -> bytes:
    data = b"<" + SVG + b"/>"
    for _ in range(depth):
        data = (
            b"<" + SVG + b'><image href="data:image/svg+xml;base64,' + base64.b64encode(data) + b'"/></svg>'
        )
    return data


def _mail(depth: int) -> bytes:
    head, foot = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n", b""
    for number in range(depth):
        head += b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (number, number)
        foot = b"\r\n--b%d--\r\n" % number + foot
    return head + b"Content-Type: text/plain\r\n\r\nhello" + foot


def _mail_in_mail(depth: int) -> bytes:
    head = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
    return (head + b"Content-Type: message/rfc822\r\n\r\n") * depth + head + b"\r\nhello\r\n"


def _office_flat() -> bytes:
    return _word(b"<a>" + b" " * (64 * MIB) + b"</a>")


def _rtf(depth: int) -> bytes:
    return b"{\\rtf1 " + b"{\\b " * depth + b"x" + b"}" * depth + b"}"


def _simple_svg() -> bytes:
    return b"<" + SVG + b'><g><rect width="9" height="9"/></g></svg>'


BOMBS: tuple[Bomb, ...] = (
    Bomb("Word: entities of entities", file(lambda: _word(_laughs(b"l"))), file(lambda: _word(PLAIN)), frozenset()),
    Bomb("Word: a document of 64 MiB of blanks", file(_office_flat), file(lambda: _word(PLAIN))),
    Bomb("SVG: entities of entities", file(lambda: _laughs(SVG)), file(_simple_svg), frozenset()),
    Bomb("SVG: one long entity, often", file(_blowup), file(_simple_svg), frozenset()),
    Bomb("SVG: 100,000 groups inside one another", file(lambda: _nested_svg(100_000)), file(lambda: _nested_svg(20)), frozenset()),
    Bomb("SVG: filters", file(_filters), file(_simple_svg), frozenset()),
    Bomb("SVG: uses of uses", file(lambda: _svg_uses(30)), file(lambda: _svg_uses(2)), frozenset()),
    Bomb("SVG: pictures in pictures, thirty deep", file(lambda: _svg_in_svg(30)), file(lambda: _svg_in_svg(2)), OVER | BAD),
    Bomb("mail: 1,000 multiparts inside one another", lambda: Upload(_mail(1_000), b"message/rfc822"), lambda: Upload(_mail(3), b"message/rfc822"), OVER | BAD),
    Bomb("mail: 500 mails inside one another", lambda: Upload(_mail_in_mail(500), b"message/rfc822"), lambda: Upload(_mail_in_mail(2), b"message/rfc822"), OVER | BAD),
    Bomb("RTF: 100,000 groups inside one another", file(lambda: _rtf(100_000)), file(lambda: _rtf(20)), frozenset()),
)  # fmt: skip
