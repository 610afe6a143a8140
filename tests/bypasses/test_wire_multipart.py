"""Multipart bodies that one parser reads and another does not: each is refused, and its benign twin is not."""

import base64

import pytest

from gateway import wire
from gateway.errors import GatewayError
from gateway.limits import Limits
from tests.property.strategies import CANARY, form_data, transfer

LIMITS = Limits()
GOOD = form_data(CANARY, "scan.png", "image/png")
HEAD = b'Content-Disposition: form-data; name="file"; filename="scan.png"'
BASE64 = b"\r\nContent-Transfer-Encoding: base64"
LABEL = b"multipart/form-data; boundary=BOUND"

BODIES = {
    "bare line feeds": GOOD.replace(b"\r\n", b"\n"),
    "line feed after the boundary": GOOD.replace(b"--BOUND\r\n", b"--BOUND\n"),
    "bare carriage return in a head": GOOD.replace(HEAD, HEAD + b"\rX: y"),
    "blank after the boundary": GOOD.replace(b"--BOUND\r\n", b"--BOUND \r\n"),
    "preamble": b"hello\r\n" + GOOD,
    "preamble with a picture": CANARY + b"\r\n" + GOOD,
    "line before the first boundary": b"\r\n" + GOOD,
    "epilogue": GOOD + b"more",
    "epilogue with a picture": GOOD + CANARY,
    "part after the end": GOOD + GOOD,
    "no end": GOOD[:-11],
    "half an end": GOOD[:-4],
    "no disposition": GOOD.replace(HEAD + b"\r\n", b""),
    "disposition twice": GOOD.replace(HEAD, HEAD + b"\r\n" + HEAD),
    "name twice": GOOD.replace(b'name="file"', b'name="a"; name="file"'),
    "filename twice": GOOD.replace(b'filename="scan.png"', b'filename="a.txt"; filename="scan.png"'),
    "filename star in another character set": GOOD.replace(
        b'filename="scan.png"', b"filename*=utf-16''scan.png"
    ),
    "filename star twice": GOOD.replace(
        b'filename="scan.png"', b"filename*=utf-8''scan.png; filename*=utf-8''scan.png"
    ),
    "filename and filename star": GOOD.replace(
        b'filename="scan.png"', b"filename=\"a\"; filename*=utf-8''scan.png"
    ),
    "filename continued": GOOD.replace(b'filename="scan.png"', b'filename*0="scan"; filename*1=".png"'),
    "single quotes": GOOD.replace(b'name="file"', b"name='file'"),
    "backslash in a name": GOOD.replace(b'name="file"', b'name="fi\\"le"'),
    "no name": GOOD.replace(b' name="file";', b""),
    "attachment": GOOD.replace(b'form-data; name="file"', b'attachment; name="file"'),
    "no semicolon": GOOD.replace(b'form-data; name="file"', b'form-data name="file"'),
    "comma": GOOD.replace(b'name="file";', b'name="file",'),
    "NUL in a name": GOOD.replace(b"scan.png", b"scan\x00.png"),
    "NUL in a head": GOOD.replace(b"image/png", b"image/png\x00"),
    "space before the colon": GOOD.replace(b"Content-Disposition:", b"Content-Disposition :", 2),
    "space before the name": GOOD.replace(b"Content-Type: image/png", b" Content-Type: image/png"),
    "folded head": GOOD.replace(b"; filename", b";\r\n filename"),
    "head without colon": GOOD.replace(HEAD, HEAD + b"\r\nnonsense"),
    "non-ASCII head name": GOOD.replace(HEAD, HEAD + b"\r\nX-\xc3\xa9: y"),
    "base64 that is none": GOOD.replace(HEAD, HEAD + b"\r\nContent-Transfer-Encoding: base64"),
    "base64 with other letters": GOOD.replace(HEAD, HEAD + BASE64).replace(
        CANARY, b"!" + base64.encodebytes(CANARY)
    ),
    "transfer encoding quoted": GOOD.replace(HEAD, HEAD + b"\r\nContent-Transfer-Encoding: quoted-printable"),
    "transfer encoding twice": GOOD.replace(
        HEAD, HEAD + b"\r\nContent-Transfer-Encoding: binary\r\nContent-Transfer-Encoding: base64"
    ),
    "content coding of a part": GOOD.replace(HEAD, HEAD + b"\r\nContent-Encoding: gzip"),
    "charset of a part": GOOD.replace(b"image/png", b"text/plain; charset=utf-7"),
    "nested multipart": GOOD.replace(b"image/png", b"multipart/mixed; boundary=inner"),
    "length of a part that lies": GOOD.replace(HEAD, HEAD + b"\r\nContent-Length: 3"),
    "charset field": GOOD.replace(b'name="purpose"', b'name="_charset_"'),
    "boundary inside the data": form_data(b"x\n--BOUND\nContent-Disposition: y\n\n" + CANARY),
    "boundary as a prefix": GOOD.replace(b"--BOUND\r\n", b"--BOUNDX\r\n", 1),
    "long head": GOOD.replace(HEAD, HEAD + b"\r\nX-Long: " + b"a" * 9000),
    "many heads": GOOD.replace(HEAD, HEAD + b"".join(b"\r\nX-%d: y" % n for n in range(20))),
    "not utf-8 in a name": GOOD.replace(b"scan.png", b"sc\xffn.png"),
    "only a boundary": b"--BOUND",
    "empty": b"\r\n",
    "raw picture": CANARY,
}

LABELS = {
    "two boundaries": LABEL + b"; boundary=OTHER",
    "two boundaries, other first": b"multipart/form-data; boundary=OTHER; boundary=BOUND",
    "boundary star": b"multipart/form-data; boundary*=utf-8''BOUND",
    "boundary continued": b"multipart/form-data; boundary*0=BO; boundary*1=UND",
    "boundary escaped": b'multipart/form-data; boundary="BO\\UND"',
    "boundary half quoted": b'multipart/form-data; boundary="BOUND',
    "boundary in single quotes": b"multipart/form-data; boundary='BOUND'",
    "boundary too long": b"multipart/form-data; boundary=" + b"B" * 71,
    "no boundary": b"multipart/form-data",
    "empty boundary": b"multipart/form-data; boundary=",
    "comma": b"multipart/form-data, boundary=BOUND",
    "no semicolon": b"multipart/form-data boundary=BOUND",
    "space around the equals sign": b"multipart/form-data; boundary = BOUND",
    "other boundary": b"multipart/form-data; boundary=OTHER",
    "charset": LABEL + b"; charset=utf-7",
    "two charsets": LABEL + b"; charset=utf-8; charset=utf-7",
    "json": b"application/json",
    "form": b"application/x-www-form-urlencoded",
    "text": b"text/plain",
    "octets": b"application/octet-stream",
    "nothing": b"",
    "mixed replace": b"multipart/x-mixed-replace; boundary=BOUND",
    "NUL": b"multipart/form-data; boundary=BOUND\x00",
}

TWINS = {
    "plain": (GOOD, LABEL),
    "quoted boundary": (GOOD, b'multipart/form-data; boundary="BOUND"'),
    "upper case": (GOOD, b"Multipart/Form-Data; Boundary=BOUND"),
    "no line at the end": (GOOD[:-2], LABEL),
    "type before disposition": (
        GOOD.replace(HEAD + b"\r\nContent-Type: image/png", b"Content-Type: image/png\r\n" + HEAD),
        LABEL,
    ),
    "binary transfer encoding": (GOOD.replace(HEAD, HEAD + b"\r\nContent-Transfer-Encoding: binary"), LABEL),
    "base64 transfer encoding": (
        GOOD.replace(HEAD, HEAD + BASE64).replace(CANARY, base64.encodebytes(CANARY).replace(b"\n", b"\r\n")),
        LABEL,
    ),
    "true length": (GOOD.replace(HEAD, HEAD + b"\r\nContent-Length: %d" % len(CANARY)), LABEL),
    "utf-8 name": (GOOD.replace(b"scan.png", "Röntgen.png".encode()), LABEL),
    "filename first": (
        GOOD.replace(b'name="file"; filename="scan.png"', b'filename="scan.png"; name="file"'),
        LABEL,
    ),
    "filename star": (GOOD.replace(b'filename="scan.png"', b"filename*=utf-8''scan.png"), LABEL),
    "both filenames": (
        GOOD.replace(b'filename="scan.png"', b"filename=\"scan.png\"; filename*=utf-8''scan.png"),
        LABEL,
    ),
    "token name": (GOOD.replace(b'name="file"', b"name=file"), LABEL),
    "same name twice": (GOOD.replace(b'name="purpose"', b'name="file"'), LABEL),
    "charset": (GOOD, LABEL + b"; charset=UTF-8"),
}


@pytest.mark.parametrize("case", sorted(BODIES))
def test_a_deviating_body_is_refused(case: str) -> None:
    with pytest.raises(GatewayError) as caught:
        wire.decode(transfer(BODIES[case], LABEL), LIMITS)
    assert caught.value.reason != "codec-failed"
    assert "scan" not in str(caught.value)


@pytest.mark.parametrize("case", sorted(LABELS))
def test_a_deviating_label_is_refused(case: str) -> None:
    with pytest.raises(GatewayError) as caught:
        wire.decode(transfer(GOOD, LABELS[case]), LIMITS)
    assert caught.value.reason != "codec-failed"


@pytest.mark.parametrize("case", sorted(TWINS))
def test_a_benign_twin_passes(case: str) -> None:
    body, label = TWINS[case]
    decoded = wire.decode(transfer(body, label), LIMITS)
    assert decoded.encode({}) == body
    assert any(part.data == CANARY for part in decoded.parts)
