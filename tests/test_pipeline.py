"""The whole journey: whatever a scan is wrapped in, it is seen; what is rewritten holds nothing of it any more."""

import base64
import gzip
import io
import json
import zipfile

import pytest
from PIL import Image, ImageDraw

from gateway import pipeline
from gateway.limits import Limits
from gateway.model import Destination, Examination, Format, Headers, Kind, Look, RedactionOptions, Transfer
from tests.support.scans import ct_png, dicom, encoded, landscape

LIMITS = Limits()
BINARY: Headers = ((b"Content-Type", b"application/octet-stream"),)


def transfer(body: bytes, headers: Headers = BINARY) -> Transfer:
    return Transfer(Destination("api.openai.com"), body=body, headers=headers)


def examine(body: bytes, look: Look = Look.MEDICAL) -> Examination:
    return pipeline.examine(transfer(body), LIMITS, look)


def zipped(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


def stored(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


def in_json(data: bytes) -> bytes:
    return json.dumps({"picture": "data:image/png;base64," + base64.b64encode(data).decode()}).encode()


WRAPPINGS = {
    "bare": lambda data: data,
    "zip": lambda data: zipped("a.bin", data),
    "stored zip": lambda data: stored("a.bin", data),
    "zip in zip": lambda data: zipped("b.zip", zipped("a.bin", data)),
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "json": in_json,
    "json in zip": lambda data: zipped("export.json", in_json(data)),
    "zip in json": lambda data: in_json(zipped("a.bin", data)),
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@pytest.mark.parametrize("picture", [dicom, ct_png], ids=["dicom", "png"])
def test_a_scan_is_seen_in_every_wrapping(picture: object, wrapping: str) -> None:
    assert callable(picture)
    assert examine(WRAPPINGS[wrapping](picture())).medical


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_an_ordinary_picture_is_nothing_but_ordinary_in_every_wrapping(wrapping: str) -> None:
    kinds = {finding.kind for finding in examine(WRAPPINGS[wrapping](landscape())).findings}
    assert kinds == {Kind.ORDINARY_IMAGE}


def test_a_stored_member_does_not_make_its_archive_two_files_at_once() -> None:
    assert Kind.UNREADABLE not in {finding.kind for finding in examine(stored("scan.dcm", dicom())).findings}
    tail = examine(ct_png() + stored("scan.dcm", dicom()))
    assert Kind.UNREADABLE in {finding.kind for finding in tail.findings}


def test_the_worst_member_speaks_for_the_whole() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("beach.jpg", landscape())
        archive.writestr("scan.dcm", dicom())
    worst = examine(buffer.getvalue()).worst
    assert worst is not None
    assert (worst.format, worst.modality, worst.path[-1]) == (Format.DICOM, "ct", "scan.dcm")


def test_a_body_that_cannot_be_read_is_a_finding() -> None:
    broken = pipeline.examine(transfer(b"{", ((b"Content-Type", b"application/json"),)), LIMITS, Look.MEDICAL)
    assert broken.findings


def labelled() -> bytes:
    """A CT slice with a name written into the picture, as a viewer burns it in."""
    image = Image.open(io.BytesIO(ct_png())).convert("L")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 512, 40), fill=0)
    draw.text((12, 8), "DOE^JANE 1970-03-12", fill=255, font_size=24)
    return encoded(image, "PNG")


def test_a_rewrite_paints_over_what_was_written_and_nothing_else() -> None:
    upload = transfer(labelled())
    seen = pipeline.examine(upload, LIMITS, Look.TEXT)
    assert Kind.TEXT_IN_PIXELS in {finding.kind for finding in seen.findings}
    done = pipeline.rewrite(upload, seen, RedactionOptions(), LIMITS, b"secret")
    again = pipeline.examine(pipeline.rewritten(upload, done, seen, RedactionOptions()), LIMITS, Look.TEXT)
    assert Kind.TEXT_IN_PIXELS not in {finding.kind for finding in again.findings}
    assert again.medical
    before, after = (
        Image.open(io.BytesIO(labelled())).convert("L"),
        Image.open(io.BytesIO(done.body)).convert("L"),
    )
    assert before.crop((0, 128, 512, 512)).tobytes() == after.crop((0, 128, 512, 512)).tobytes()


def test_a_rewritten_scan_loses_its_file_name_and_keeps_its_ending() -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="DOE_JANE.png"\r\nContent-Type: image/png\r\n\r\n'
    body = head + labelled() + b"\r\n--b--\r\n"
    upload = transfer(body, ((b"Content-Type", b"multipart/form-data; boundary=b"),))
    seen = pipeline.examine(upload, LIMITS, Look.TEXT)
    done = pipeline.rewrite(upload, seen, RedactionOptions(), LIMITS, b"secret")
    assert b"DOE" not in done.body
    assert b'filename="upload.png"' in done.body
