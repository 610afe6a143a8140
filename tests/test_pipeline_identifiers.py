"""Whom a medical file names is looked for in everything that was sent with it, and taken out of it."""

import base64
import gzip
import io
import json
import tarfile
import zipfile
from urllib.parse import parse_qs, quote, urlencode

import pydicom
import pytest
from PIL import Image, ImageDraw

from gateway import pipeline
from gateway.errors import GatewayError, RedactionError
from gateway.limits import Limits
from gateway.model import Destination, Examination, Headers, Kind, Look, RedactionOptions, Transfer
from tests.redact.planted import base, traces_in, written
from tests.redact.planted_places import ACCESSION, PATIENT_ID, SPOKEN

LIMITS, SECRET, PLAIN = Limits(), b"k" * 32, RedactionOptions()
JSON: Headers = ((b"Content-Type", b"application/json"),)
FORM: Headers = ((b"Content-Type", b"multipart/form-data; boundary=b"),)
BINARY: Headers = ((b"Content-Type", b"application/octet-stream"),)
SCAN = written(base(rows=16))
PROMPT = f"Compare with {SPOKEN}, MRN 7718249, born 13 Sep 1947 ({ACCESSION}). Is the nodule of 5 mm new?"


def redacted(transfer: Transfer, options: RedactionOptions = PLAIN) -> bytes:
    """What would leave, proven; RedactionError where nothing may."""
    seen = pipeline.examine(transfer, LIMITS, Look.TEXT)
    for _ in range(pipeline.REDACTION_PASSES):
        outcome = pipeline.rewrite(transfer, seen, options, LIMITS, SECRET)
        transfer = pipeline.rewritten(transfer, outcome, seen, options)
        seen = pipeline.examine(transfer, LIMITS, Look.TEXT)
        if pipeline.is_clean(seen, options):
            return transfer.body
    raise RedactionError("something is left")


def sent(body: bytes, headers: Headers, **more: str) -> Transfer:
    return Transfer(Destination("api.openai.com"), body=body, headers=headers, **more)  # type: ignore[arg-type]


def form(**fields: bytes) -> bytes:
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.dcm"\r\n\r\n' + SCAN + b"\r\n"
    lines = (
        b'--b\r\nContent-Disposition: form-data; name="' + n.encode() + b'"\r\n\r\n' + v + b"\r\n"
        for n, v in fields.items()
    )
    return head + b"".join(lines) + b"--b--\r\n"


def archive(**members: bytes | str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("IM/1.dcm", SCAN)
        for name, content in members.items():
            made.writestr(name, content)
    return out.getvalue()


def prompt_with_scan(**more: object) -> bytes:
    content = [
        {"type": "text", "text": PROMPT},
        {
            "type": "file",
            "file": {"filename": "Quillfeather_Marisol.dcm", "file_data": base64.b64encode(SCAN).decode()},
        },
    ]
    return json.dumps(
        {"model": "gpt-4o", "max_tokens": 300, "messages": [{"role": "user", "content": content}], **more}
    ).encode()


def test_a_prompt_beside_a_scan_loses_the_name_and_keeps_its_question() -> None:
    after = redacted(sent(prompt_with_scan(mrn=7718249, tag=[PATIENT_ID]), JSON))
    assert not traces_in(after)
    told = json.loads(after)
    question, file = told["messages"][0]["content"]
    assert (
        question["text"]
        == "Compare with REMOVED, MRN REMOVED, born REMOVED (REMOVED). Is the nodule of 5 mm new?"
    )
    assert file["file"]["filename"] == "REMOVED.dcm"
    assert (told["model"], told["max_tokens"], told["mrn"], told["tag"]) == ("gpt-4o", 300, 0, ["REMOVED"])
    assert not traces_in(base64.b64decode(file["file"]["file_data"]))


def test_words_of_the_interface_are_no_names() -> None:
    ds = base(rows=16)
    ds.PatientName, ds.ReferringPhysicianName = "User^Max", "Claude^Gpt"
    body = {"model": "claude-3-5-sonnet", "max_tokens": 5, "messages": [{"role": "user", "content": [
        {"type": "text", "text": "How is Max User?"}, {"type": "file", "data": base64.b64encode(written(ds)).decode()}]}]}  # fmt: skip
    told = json.loads(redacted(sent(json.dumps(body).encode(), JSON)))
    assert (told["model"], told["max_tokens"], told["messages"][0]["role"]) == (
        "claude-3-5-sonnet",
        5,
        "user",
    )
    assert told["messages"][0]["content"][0]["text"] == "How is REMOVED?"


def test_json_inside_a_string_and_letters_as_escapes() -> None:
    inner = json.dumps({"patient": SPOKEN, "age": 76})
    after = redacted(sent(prompt_with_scan(note=inner, name="佐々木", also="Qu\u00edllfeather"), JSON))
    assert json.loads(json.loads(after)["note"]) == {"patient": "REMOVED", "age": 76}
    assert json.loads(after)["also"] == "REMOVED"


def test_form_fields_and_the_name_of_the_file() -> None:
    body = form(prompt=PROMPT.encode(), meta=json.dumps({"id": PATIENT_ID, "n": 2}).encode())
    after = redacted(sent(body, FORM))
    assert not traces_in(after)
    assert b'{"id": "REMOVED", "n": 2}' in after
    assert b'filename="upload.dcm"' in after


def test_the_name_of_a_file_without_a_picture() -> None:
    note = (
        b'--b\r\nContent-Disposition: form-data; name="f2"; filename="Quillfeather report.txt"\r\n\r\nA note on '
        + SPOKEN.encode()
        + b".\r\n"
    )
    after = redacted(sent(note + form(), FORM))
    assert b'filename="REMOVED report.txt"' in after
    assert b"A note on REMOVED." in after
    assert not traces_in(after)


def test_fields_of_a_form_in_one_line() -> None:
    body = urlencode(
        {"file": "data:application/dicom;base64," + base64.b64encode(SCAN).decode(), "who": SPOKEN, "n": "7"}
    ).encode()
    after = redacted(sent(body, ((b"Content-Type", b"application/x-www-form-urlencoded"),)))
    fields = parse_qs(after.decode())
    assert (fields["who"], fields["n"]) == (["REMOVED"], ["7"])


def test_a_field_named_after_the_patient_is_refused() -> None:
    with pytest.raises(GatewayError):
        redacted(sent(form(Quillfeather=b"1"), FORM))


@pytest.mark.parametrize("where", ["path", "header"])
def test_what_stands_beside_the_body_is_refused(where: str) -> None:
    transfer = sent(SCAN, (*BINARY, *(((b"X-File", quote(SPOKEN).encode()),) if where == "header" else ())))
    if where == "path":
        transfer = sent(SCAN, BINARY, path=f"/upload/{quote(SPOKEN)}.dcm")
    with pytest.raises(RedactionError):
        redacted(transfer)
    assert redacted(sent(SCAN, BINARY, path="/upload/1.dcm"))


def test_names_in_archives_are_replaced_and_endings_kept() -> None:
    body = archive(
        **{
            "Quillfeather^Marisol/2.dcm": SCAN,
            "Quillfeather^Marisol/": "",
            "q.zip": archive(**{f"{PATIENT_ID}.dcm": SCAN}),
        }
    )
    after = redacted(sent(body, BINARY))
    assert not traces_in(after)
    with zipfile.ZipFile(io.BytesIO(after)) as made:
        assert made.testzip() is None
        assert sorted(made.namelist()) == ["IM/1.dcm", "REMOVED/", "REMOVED/2.dcm", "q.zip"]
        with zipfile.ZipFile(io.BytesIO(made.read("q.zip"))) as inner:
            assert sorted(inner.namelist()) == ["IM/1.dcm", "REMOVED.dcm"]
            assert not traces_in(inner.read("REMOVED.dcm"))


def test_two_members_that_would_get_one_name_get_two() -> None:
    after = redacted(sent(archive(**{"Quillfeather.dcm": SCAN, "Marisol.dcm": SCAN}), BINARY))
    with zipfile.ZipFile(io.BytesIO(after)) as made:
        assert sorted(made.namelist()) == ["IM/1.dcm", "REMOVED-2.dcm", "REMOVED.dcm"]


def test_names_in_a_tar_and_in_the_head_of_a_gzip() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as made:
        for name, content in (("Quillfeather/1.dcm", SCAN), ("notes.txt", PROMPT.encode())):
            info = tarfile.TarInfo(name)
            info.size, info.uname = len(content), "marisol"
            made.addfile(info, io.BytesIO(content))
    packed = io.BytesIO()
    with gzip.GzipFile("Quillfeather.tar", "wb", fileobj=packed, mtime=0) as stream:
        stream.write(out.getvalue())
    after = gzip.decompress(redacted(sent(packed.getvalue(), BINARY)))
    assert not traces_in(after)
    with tarfile.open(fileobj=io.BytesIO(after)) as made:
        assert made.getnames() == ["REMOVED/1.dcm", "notes.txt"]
        notes = made.extractfile("notes.txt")
        assert notes is not None
        assert b"nodule of 5 mm" in notes.read()


@pytest.mark.parametrize(
    ("name", "content", "kept"),
    [
        ("notes.txt", PROMPT.encode(), b"nodule of 5 mm"),
        ("old.txt", f"Größe von {SPOKEN}".encode("latin-1"), "Größe von".encode("latin-1")),
        ("list.csv", f"id,name\n{PATIENT_ID},{SPOKEN}\n2,Other\n".encode(), b"2,Other"),
        ("wide.txt", ("\ufeff" + SPOKEN + " is well").encode("utf-16-le"), "is well".encode("utf-16-le")),
        ("a.json", json.dumps({"n": SPOKEN, "id": 7718249, "k": 5}).encode(), b'"k": 5'),
        ("a.html", f"<html><body><p>{SPOKEN}</p><p>well</p></body></html>".encode(), b"<p>well</p>"),
        ("a.xml", f"<?xml version='1.0'?><r><n>{SPOKEN}</n><k>5</k></r>".encode(), b"<k>5</k>"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_texts_beside_a_scan_lose_the_name_only(name: str, content: bytes, kept: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(redacted(sent(archive(**{name: content}), BINARY)))) as made:
        after = made.read(name)
    assert not traces_in(after)
    assert kept in after
    if name.endswith("json"):
        assert json.loads(after) == {"n": "REMOVED", "id": 0, "k": 5}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("split.html", b"<html><body>Quill<b>feather</b> Marisol</body></html>"),
        ("entities.html", b"<html><body>&#81;uillfeather</body></html>"),
        ("scan.nii", b"\0" * 4),
    ],
)
def test_what_cannot_be_taken_out_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(GatewayError):
        redacted(sent(archive(**{name: content}), BINARY))


def test_two_patients_in_one_archive_are_searched_in_both_files() -> None:
    ds = base(rows=16)
    ds.PatientName, ds.PatientID, ds.SoftwareVersions = "Underhill^Bram", "9912345", f"after {SPOKEN}"
    other = base(rows=16)
    other.SoftwareVersions = "before Bram Underhill"
    after = redacted(sent(archive(**{"a.dcm": written(ds), "b.dcm": written(other)}), BINARY))
    with zipfile.ZipFile(io.BytesIO(after)) as made:
        for name in ("a.dcm", "b.dcm"):
            data = made.read(name)
            assert not traces_in(data)
            assert b"Underhill" not in data


def test_what_an_option_retains_may_be_said() -> None:
    body = prompt_with_scan(site="Thornbury Lakeside Infirmary", seen="2024-02-29")
    keeping = RedactionOptions(profile=("retain-institution-identity", "retain-longitudinal-full-dates"))
    told = json.loads(redacted(sent(body, JSON), keeping))
    assert (told["site"], told["seen"]) == ("Thornbury Lakeside Infirmary", "2024-02-29")
    told = json.loads(redacted(sent(body, JSON)))
    assert (told["site"], told["seen"]) == ("REMOVED", "REMOVED")


def test_a_transfer_without_a_medical_file_is_not_searched() -> None:
    seen = pipeline.examine(sent(json.dumps({"text": PROMPT}).encode(), JSON), LIMITS, Look.TEXT)
    assert (seen.findings, seen.identifiers) == ((), ())


@pytest.mark.parametrize(
    "options", [PLAIN, RedactionOptions(profile=("retain-longitudinal-modified-dates",))]
)
@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (SCAN, BINARY), (prompt_with_scan(), JSON), (form(prompt=PROMPT.encode()), FORM), (gzip.compress(SCAN, mtime=0), BINARY),
        (archive(**{"Quillfeather/2.dcm": SCAN, "notes.txt": PROMPT, "a.json": json.dumps({"id": 7718249})}), BINARY),
    ],
    ids=["file", "json", "form", "gzip", "zip"],
)  # fmt: skip
def test_redacting_twice_changes_nothing(body: bytes, headers: Headers, options: RedactionOptions) -> None:
    once = redacted(sent(body, headers), options)
    assert redacted(sent(once, headers), options) == once


def test_identifiers_are_in_no_repr() -> None:
    seen = pipeline.examine(sent(prompt_with_scan(), JSON), LIMITS, Look.TEXT)
    assert seen.identifiers
    assert {Kind.IDENTIFIER_IN_TEXT} <= {finding.kind for finding in seen.findings}
    after = pipeline.rewritten(
        sent(SCAN, BINARY), pipeline.rewrite(sent(SCAN, BINARY), seen, PLAIN, LIMITS, SECRET), seen, PLAIN
    )
    assert after.searched
    for thing in (seen, after, seen.findings):
        assert "Quill" not in repr(thing)
    assert isinstance(seen, Examination)


def test_harmless_writing_stays_where_only_identifiers_have_to_go() -> None:
    image = Image.new("L", (512, 160), 90)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 512, 90), fill=0)
    draw.text((12, 8), "QUILLFEATHER MARISOL", fill=255, font_size=24)
    draw.text((12, 50), "CHEST LUNG KERNEL", fill=255, font_size=24)
    ds = base(rows=16)
    ds.Rows, ds.Columns, ds.BitsAllocated, ds.BitsStored, ds.HighBit = 160, 512, 8, 8, 7
    ds.PixelData = image.tobytes()
    after = pydicom.dcmread(
        io.BytesIO(redacted(sent(written(ds), BINARY), RedactionOptions(text="identifiers")))
    ).pixel_array
    assert after[5:35, :400].max() == 0
    assert after[48:80, :400].max() == 255
    everything = pydicom.dcmread(io.BytesIO(redacted(sent(written(ds), BINARY)))).pixel_array
    assert everything[5:80, :400].max() == 0
