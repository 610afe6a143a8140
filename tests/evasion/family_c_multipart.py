"""C: multipart bodies that one parser reads and another does not."""

import base64
import json
import quopri
from collections.abc import Callable

from tests.evasion.case import FORM, JSON, OCTETS, URLENCODED, Build, Case, Upload, cases

HEAD = b'Content-Disposition: form-data; name="file"; filename="a.png"'
TYPE = b"Content-Type: image/png"


def good(data: bytes) -> bytes:
    """The form as every client sends it: one field, one file."""
    field = b'--BOUND\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nvision\r\n'
    return field + b"--BOUND\r\n" + HEAD + b"\r\n" + TYPE + b"\r\n\r\n" + data + b"\r\n--BOUND--\r\n"


def _swap(old: bytes, new: bytes, count: int = -1) -> Build:
    def build(data: bytes) -> Upload:
        marked = good(b"<picture>")
        assert old in marked, old
        return Upload(marked.replace(old, new, count).replace(b"<picture>", data), FORM)

    return build


def _head(*lines: bytes) -> Build:
    return _swap(HEAD, b"\r\n".join((HEAD, *lines)))


def _body(make: Callable[[bytes], bytes], label: bytes | None = FORM) -> Build:
    return lambda data: Upload(make(data), label)


def _label(label: bytes | None) -> Build:
    return lambda data: Upload(good(data), label)


def _without_last(data: bytes, cut: int) -> bytes:
    return good(data)[:-cut]


def _inner(data: bytes) -> bytes:
    inner = (
        b'--IN\r\nContent-Disposition: file; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
        + data
        + b"\r\n--IN--\r\n"
    )
    return (
        b'--BOUND\r\nContent-Disposition: form-data; name="files"\r\nContent-Type: multipart/mixed; boundary=IN\r\n\r\n'
        + inner
        + b"\r\n--BOUND--\r\n"
    )


REFUSED_BODIES: dict[str, Build] = {
    "bare line feeds (LF)": _body(lambda d: good(b"<p>").replace(b"\r\n", b"\n").replace(b"<p>", d)),
    "line feed after the boundary": _swap(b"--BOUND\r\n", b"--BOUND\n"),
    "blank after the boundary": _swap(b"--BOUND\r\n", b"--BOUND \t\r\n"),
    "bare carriage return in a head": _swap(HEAD, HEAD + b"\rX: y"),
    "data before the first boundary (DB)": _body(lambda d: d + b"\r\n" + good(b"x")),
    "data after the last boundary (DA)": _body(lambda d: good(b"x") + d),
    "part after the end": _body(lambda d: good(b"x") + good(d)),
    "line before the first boundary": _swap(
        b'--BOUND\r\nContent-Disposition: form-data; name="purpose"',
        b'\r\n--BOUND\r\nContent-Disposition: form-data; name="purpose"',
    ),
    "no end": _body(lambda d: _without_last(d, 13)),
    "half an end": _body(lambda d: _without_last(d, 4)),
    "no disposition": _swap(HEAD + b"\r\n", b""),
    "disposition twice, file second": _swap(HEAD, b'Content-Disposition: form-data; name="x"\r\n' + HEAD),
    "disposition twice, file first": _head(b'Content-Disposition: form-data; name="x"'),
    "type twice": _swap(TYPE, TYPE + b"\r\nContent-Type: text/plain"),
    "name twice": _swap(b'name="file"', b'name="note"; name="file"'),
    "file name twice": _swap(b'filename="a.png"', b'filename="a.txt"; filename="a.png"'),
    "file name and extended file name": _swap(
        b'filename="a.png"', b"filename=\"a.txt\"; filename*=UTF-8''a.png"
    ),
    "file name in continuations": _swap(b'filename="a.png"', b'filename*0="a"; filename*1=".png"'),
    "file name in an encoded word": _swap(
        b'filename="a.png"', b"filename=\"a.png\"; filename*0*=UTF-8''a.png"
    ),
    "single quotes (IQ)": _swap(b'filename="a.png"', b"filename='a.png'"),
    "escaped quote": _swap(b'filename="a.png"', b'filename="a\\".png"'),
    "unclosed quote": _swap(b'filename="a.png"', b'filename="a.png'),
    "invalid part (IP)": _swap(b'; name="file"', b'; name="file"; =x'),
    "comma for a semicolon (SM)": _swap(b'name="file";', b'name="file",'),
    "semicolon missing (SM)": _swap(b'form-data; name="file"', b'form-data name="file"'),
    "no name": _swap(b' name="file";', b""),
    "attachment for form-data": _swap(b'form-data; name="file"', b'attachment; name="file"'),
    "header folding (HF)": _swap(b"; filename", b";\r\n filename"),
    "header folding with a tab (IH)": _swap(b"; filename", b";\r\n\tfilename"),
    "space before the colon": _swap(b"Content-Type: image", b"Content-Type : image"),
    "space before the header": _swap(TYPE, b" " + TYPE),
    "header without a colon": _head(b"nonsense"),
    "NUL in a file name": _swap(b"a.png", b"a\x00.png"),
    "NUL in a header": _swap(TYPE, TYPE + b"\x00"),
    "header name beyond ASCII": _head(b"X-\xc3\xa9: y"),
    "file name not in UTF-8": _swap(b"a.png", b"\xff\xfe.png"),
    "transfer encoding quoted-printable": _body(
        lambda d: (
            good(b"<p>")
            .replace(HEAD, HEAD + b"\r\nContent-Transfer-Encoding: quoted-printable")
            .replace(b"<p>", quopri.encodestring(d))
        )
    ),
    "transfer encoding twice": _head(
        b"Content-Transfer-Encoding: binary", b"Content-Transfer-Encoding: base64"
    ),
    "content encoding of a part": _head(b"Content-Encoding: gzip"),
    "charset of a part": _swap(TYPE, b"Content-Type: text/plain; charset=utf-7"),
    "nested multipart/mixed": _body(_inner),
    "charset in a field": _swap(b'name="purpose"\r\n\r\nvision', b'name="_charset_"\r\n\r\nutf-7'),
    "part header of 9 KB": _head(b"X-Long: " + b"a" * 9000),
    "boundary inside the data, after a line feed": _body(lambda d: good(b"x\n--BOUND\n\n" + d)),
    "first boundary longer by a letter (BX)": _swap(b"--BOUND\r\n", b"--BOUNDX\r\n", 1),
    "part with headers alone": _swap(b"\r\n\r\n<picture>", b"\r\n<picture>"),
    "ten thousand parts": _body(
        lambda d: (
            b"".join(
                b'--BOUND\r\nContent-Disposition: form-data; name="p%d"\r\n\r\nx\r\n' % n
                for n in range(10_000)
            )
            + good(d)
        )
    ),
}

REFUSED_LABELS: dict[str, Build] = {
    "two boundaries, true one first": _label(FORM + b"; boundary=OTHER"),
    "two boundaries, true one last": _label(b"multipart/form-data; boundary=OTHER; boundary=BOUND"),
    "extended boundary": _label(b"multipart/form-data; boundary*=utf-8''BOUND"),
    "boundary in continuations": _label(b"multipart/form-data; boundary*0=BO; boundary*1=UND"),
    "boundary with an escape (BQ)": _label(b'multipart/form-data; boundary="BO\\UND"'),
    "boundary half quoted": _label(b'multipart/form-data; boundary="BOUND'),
    "boundary in single quotes": _label(b"multipart/form-data; boundary='BOUND'"),
    "no boundary": _label(b"multipart/form-data"),
    "empty boundary": _label(b"multipart/form-data; boundary="),
    "comma after the type": _label(b"multipart/form-data, boundary=BOUND"),
    "no semicolon after the type": _label(b"multipart/form-data boundary=BOUND"),
    "blanks around the equals sign (BW)": _label(b"multipart/form-data; boundary = BOUND"),
    "another boundary": _label(b"multipart/form-data; boundary=OTHER"),
    "charset utf-7": _label(FORM + b"; charset=utf-7"),
    "multipart called JSON": _label(JSON),
    "multipart called urlencoded": _label(URLENCODED),
    "multipart called octets": _label(OCTETS),
    "multipart without a label": _label(None),
    "x-mixed-replace": _label(b"multipart/x-mixed-replace; boundary=BOUND"),
    "boundary of 71 letters": lambda d: Upload(
        good(d).replace(b"BOUND", b"B" * 71), b"multipart/form-data; boundary=" + b"B" * 71
    ),
    "JSON called multipart": lambda d: Upload(json.dumps({"a": base64.b64encode(d).decode()}).encode(), FORM),
    "picture called multipart": lambda d: Upload(d, FORM),
}

READ: dict[str, Build] = {
    "extended file name": _swap(b'filename="a.png"', b"filename*=UTF-8''a.png"),
    "transfer encoding base64": _body(
        lambda d: (
            good(b"<p>")
            .replace(HEAD, HEAD + b"\r\nContent-Transfer-Encoding: base64")
            .replace(b"<p>", base64.encodebytes(d))
        )
    ),
    "the plain form": _label(FORM),
    "file name and the same extended": _swap(b'filename="a.png"', b"filename=R.png; filename*=utf-8''R.png"),
    "file name in an encoded word, and extended": _swap(
        b'filename="a.png"', b"filename=\"=?utf-8?B?UsO2LnBuZw==?=\"; filename*=utf-8''R%C3%B6.png"
    ),
    "boundary in quotes": _label(b'multipart/form-data; boundary="BOUND"'),
    "type in capitals": _label(b"Multipart/Form-Data; BOUNDARY=BOUND"),
    "no line at the end": _body(lambda d: _without_last(d, 2)),
    "picture in a field without a file name": _swap(b'; filename="a.png"\r\n' + TYPE, b""),
    "picture called text": _swap(TYPE, b"Content-Type: text/plain"),
    "picture without a type": _swap(b"\r\n" + TYPE, b""),
    "transfer encoding binary": _head(b"Content-Transfer-Encoding: binary"),
    "file name beyond ASCII": _swap(b"a.png", "Röntgen.png".encode()),
    "file name of a harmless kind": _swap(b"a.png", b"notes.txt"),
    "file name before name": _swap(b'name="file"; filename="a.png"', b'filename="a.png"; name="file"'),
    "type before disposition": _swap(HEAD + b"\r\n" + TYPE, TYPE + b"\r\n" + HEAD),
    "name without quotes": _swap(b'name="file"', b"name=file"),
    "two files under one name": _swap(b'name="purpose"', b'name="file"'),
    "multipart/related": lambda d: Upload(
        b'--BOUND\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{"file":{"displayName":"x"}}\r\n'
        b"--BOUND\r\nContent-Type: image/png\r\n\r\n" + d + b"\r\n--BOUND--",
        b"multipart/related; boundary=BOUND",
    ),
    "base64 in a field": lambda d: Upload(good(b"x").replace(b"vision", base64.b64encode(d)), FORM),
    "JSON in a field": lambda d: Upload(
        good(b"x").replace(b"vision", json.dumps({"image": base64.b64encode(d).decode()}).encode()), FORM
    ),
    "base64 in a file called text": lambda d: Upload(
        good(base64.b64encode(d)).replace(b"a.png", b"a.txt").replace(b"image/png", b"text/plain"), FORM
    ),
}

CASES: tuple[Case, ...] = (
    *cases(REFUSED_BODIES, form=True, twin=_label(FORM)),
    *cases(REFUSED_LABELS, form=True, twin=_label(FORM)),
    *cases(READ),
)
