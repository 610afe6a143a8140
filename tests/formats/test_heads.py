"""Heads of volumes, electrocardiograms, and what text carries."""

import base64
import contextlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import FormatError
from gateway.formats.ecg import ECGS, open_ecg
from gateway.formats.text import OPAQUE, Smuggled, is_text, smuggled
from gateway.formats.volume import VOLUMES, open_volume
from gateway.model import MODALITIES, Format
from tests.formats import made


@pytest.mark.parametrize("name", [name for name, (_, form) in made.SCANS.items() if form in VOLUMES])
def test_each_volume_has_a_modality_of_the_closed_list(name: str) -> None:
    data, form = made.SCANS[name]
    assert open_volume(data, form).modality in MODALITIES


@pytest.mark.parametrize(
    ("data", "form", "modality", "shape"),
    [
        (made.nifti1(), Format.NIFTI, "mri", (4, 5, 6)),
        (made.nifti1(big=True), Format.NIFTI, "mri", (4, 5, 6)),
        (made.nifti1(intercept=-1024), Format.NIFTI, "ct", (4, 5, 6)),
        (made.nifti1(description=b"PET of a phantom"), Format.NIFTI, "pet", (4, 5, 6)),
        (made.nifti2(), Format.NIFTI, "mri", (4, 5, 6)),
        (made.analyze(), Format.ANALYZE, "other", (4, 5, 6, 1)),
        (made.NRRD, Format.NRRD, "ct", (4, 5, 6)),
        (made.META_IMAGE, Format.META_IMAGE, "mri", (4, 5, 6)),
        (made.MINC1, Format.MINC, "pet", ()),
        (made.MGH, Format.MGH, "mri", (4, 5, 6, 1)),
        (made.PAR, Format.PAR_REC, "mri", ()),
        (made.INTERFILE, Format.INTERFILE, "nuclear", ()),
        (made.INTERFILE.replace(b"nucmed", b"PT"), Format.INTERFILE, "pet", ()),
        (made.AFNI, Format.AFNI, "mri", ()),
        (made.ECAT, Format.ECAT, "pet", ()),
    ],
)
def test_heads_are_read(data: bytes, form: Format, modality: str, shape: tuple[int, ...]) -> None:
    volume = open_volume(data, form)
    assert (volume.modality, volume.shape) == (modality, shape)


def test_fields_that_name_a_person_are_named_and_their_values_kept_back() -> None:
    assert open_volume(made.analyze(patient=b"12345"), Format.ANALYZE).personal == ("patient_id",)
    assert open_volume(made.analyze(), Format.ANALYZE).personal == ()
    assert open_volume(made.NRRD, Format.NRRD).personal == ("DICOM_0010_0010",)
    assert open_volume(made.PAR, Format.PAR_REC).personal == ("Patient name",)
    assert open_volume(made.INTERFILE, Format.INTERFILE).personal == ("patient name",)
    assert open_volume(made.AFNI, Format.AFNI).personal == ("notes",)
    assert open_volume(made.ECAT, Format.ECAT).personal == ("patient name",)
    assert open_ecg(made.EDF, Format.EDF).personal == ("patient",)
    assert (
        open_ecg(made.EDF.replace(b"1 M 01-JAN-1950 Nobody", b"X X X X".ljust(22)), Format.EDF).personal == ()
    )
    typed = made.META_IMAGE.replace(b"Modality", b"Patient John Smith")
    assert "John" not in str(open_volume(typed, Format.META_IMAGE))
    ecg = open_ecg(made.scp_ecg(), Format.SCP_ECG)
    assert ecg.personal == ("last name",)
    assert open_ecg(made.scp_ecg(b"\x00"), Format.SCP_ECG).personal == ()
    assert set(open_ecg(made.AECG, Format.AECG).personal) == {"name", "date of birth"}


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(sorted(made.SCANS)), st.integers(0, 300), st.binary(max_size=8), st.integers(0, 400))
def test_damaged_heads_raise_only_errors_of_ours(name: str, at: int, patch: bytes, cut: int) -> None:
    data, form = made.SCANS[name]
    spoilt = (data[:at] + patch + data[at + len(patch) :])[: max(0, len(data) - cut)]
    with contextlib.suppress(FormatError):
        if form in VOLUMES:
            assert open_volume(spoilt, form).modality in MODALITIES
        elif form in ECGS:
            assert open_ecg(spoilt, form).format is form


NOISE = random.Random(1).randbytes(12_000)
PNG = made.saved("PNG", made.Image.fromarray(made.ramp(400, 300)))


def test_text_is_text_to_its_last_byte() -> None:
    assert is_text("Grüße 漢字 \u200b\n".encode())
    assert is_text("\ufeffhi".encode("utf-16-le"))
    assert is_text("Größe der Läsion".encode("latin-1"))
    assert not is_text(b"text " * 1000 + b"\x00\x01")
    assert not is_text(b"\xff\xfe\x00\xd8")
    assert not is_text(bytes(range(128, 256)) * 4)


@pytest.mark.parametrize("width", [0, 64, 76, 40])
@pytest.mark.parametrize(
    "code", [base64.standard_b64encode, base64.urlsafe_b64encode, lambda data: data.hex().encode()]
)
def test_files_encoded_in_text_are_found(code: object, width: int) -> None:
    raw = code(PNG)  # type: ignore[operator] - one of three functions on bytes
    lines = [raw] if not width else [raw[at : at + width] for at in range(0, len(raw), width)]
    text = b"Here it is, please have a look:\n" + b"\n".join(lines) + b"\nthank you"
    blocks = list(smuggled(text))
    assert [(block.kind, block.format) for block in blocks] == [(Smuggled.FILE, Format.PNG)]


def test_a_data_uri_that_nobody_opened_is_found() -> None:
    assert [
        block.kind for block in smuggled(b'<img src="data:image/png;base64,' + base64.b64encode(PNG) + b'">')
    ] == [Smuggled.FILE]


def test_sealed_blocks_are_found() -> None:
    assert [block.kind for block in smuggled(b"x = '" + base64.b64encode(NOISE) + b"'")] == [Smuggled.OPAQUE]
    assert [block.kind for block in smuggled(NOISE.hex().encode())] == [Smuggled.OPAQUE]


@pytest.mark.parametrize(
    "text",
    [
        b"A plain sentence, then another one. " * 2000,
        b"".join(
            b'    "some_long_identifier_number_%d_of_many": SomeOtherVeryLongNameOfAType,\n' % n
            for n in range(500)
        ),
        b"\n".join(random.Random(n).randbytes(32).hex().encode() for n in range(400)),  # a list of digests
        b"ACGT" * 4000,
        b"=" * 9000 + b"-" * 9000 + b"a" * 9000,
        base64.b64encode(NOISE[: OPAQUE // 2]),  # a key, a token
        base64.b64encode(b"<saml:Assertion>" + b"<a>words and words</a>" * 900),  # text in base64 is text
        "漢字かな交じり文".encode() * 2000,
        b'<img src="data:image/png;base64,'
        + base64.b64encode(made.saved("PNG", made.Image.new("1", (1, 1))))
        + b'">',
        b"https://example.org/" + b"path-to-a-page/" * 400,
    ],
    ids=["prose", "code", "digests", "genes", "rules", "key", "saml", "han", "pixel", "address"],
)
def test_what_people_paste_into_chats_is_left_alone(text: bytes) -> None:
    assert list(smuggled(text)) == []
    assert is_text(text)
