"""Headers as JSON lose their patient by the same table as files do."""

import io
import json

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from gateway.errors import GatewayError
from gateway.formats.dicom_json import read_objects, written_objects
from gateway.model import Format, Kind, Look, Part, RedactionOptions
from gateway.redact import redact
from tests.redact.cleaning import LIMITS, MODIFIED, SECRET, cleaned
from tests.redact.planted import base, traces_in, written
from tests.redact.planted_places import PLANTS, SPOKEN, item
from tests.test_pipeline_identifiers import JSON, redacted, sent


def as_json(ds: Dataset) -> bytes:
    ds = pydicom.dcmread(io.BytesIO(written(ds)))
    del ds.PixelData
    return json.dumps([ds.to_json_dict()]).encode()


def clean(data: bytes, *options: str, secret: bytes = SECRET) -> bytes:
    part = Part(("file",), data, Format.DICOM_JSON)
    return redact(part, (), RedactionOptions(profile=options), LIMITS, secret, ()).data


def opened(data: bytes) -> Dataset:
    return Dataset.from_json(json.loads(data)[0])


@pytest.mark.parametrize(("name", "plant"), PLANTS, ids=lambda value: value if isinstance(value, str) else "")
def test_nothing_of_the_patient_is_left(name: str, plant: object) -> None:
    assert callable(plant)
    ds = base()
    plant(ds)
    try:
        after = clean(as_json(ds))
    except GatewayError:
        assert name  # refused is as good; how many are is counted below
        return
    assert not traces_in(after)
    assert clean(after) == after


def test_hardly_any_planted_header_is_refused() -> None:
    refused = 0
    for _, plant in PLANTS:
        ds = base()
        plant(ds)
        try:
            clean(as_json(ds))
        except GatewayError:
            refused += 1
    assert refused <= 2


@pytest.mark.parametrize(
    "options", [(), (MODIFIED,), ("retain-patient-characteristics", "clean-descriptors")]
)
def test_a_header_says_the_same_as_json_and_as_a_file(options: tuple[str, ...]) -> None:
    ds = base()
    ds.ReferencedStudySequence = Sequence([item(ReferencedSOPInstanceUID="1.2.3", StudyID="ST7718249")])
    one, other = opened(clean(as_json(ds), *options)), cleaned(ds, *options)
    del (
        other.PixelData,
        other.DeidentificationMethod,
        one.DeidentificationMethod,
        other.SpecificCharacterSet,
        one.SpecificCharacterSet,
    )
    assert one.to_json_dict() == other.to_json_dict()
    assert clean(clean(as_json(ds), *options), *options) == clean(as_json(ds), *options)


def test_what_did_not_change_is_written_as_it_was() -> None:
    before = b'{"00080060":{"vr":"CS","Value":["CT"]},"00180050":{"vr":"DS","Value":[2.50]},"00100010":{"vr":"PN","Value":[{"Alphabetic":"A^B"}]}}'
    objects = read_objects(before, LIMITS)
    assert json.loads(written_objects(before, objects, objects))["00180050"] == {"vr": "DS", "Value": [2.5]}


@pytest.mark.parametrize(
    "data",
    [
        b"[]", b"{", b"[1]", b'{"00100010":{"Value":[]}}', b'{"0010":{"vr":"PN"}}', b'{"00280010":{"vr":"US","Value":["x"]}}',
        b'{"00280010":{"vr":"US","Value":[70000]}}', b'{"00100010":{"vr":"PN","InlineBinary":"AA=="}}',
        b'{"00420011":{"vr":"OB","InlineBinary":"*"}}', b'{"00100010":[]}', b'{"00100010":{"vr":"PN","Value":"A"}}',
        b'{"7FE00010":{"vr":"OW","InlineBinary":"AAAA"}}', b'{"00100010":{"vr":"PN"},"00100010":{"vr":"PN"},"0010001o":{"vr":"LO"}}',
    ],
)  # fmt: skip
def test_bad_input_is_refused(data: bytes) -> None:
    with pytest.raises(GatewayError):
        clean(data)


def test_an_address_of_values_goes() -> None:
    after = clean(
        b'[{"00080060":{"vr":"CS","Value":["CT"]},"00420011":{"vr":"OB","BulkDataURI":"https://pacs/Quillfeather"}}]'
    )
    assert b"pacs" not in after


def test_a_header_sent_as_json_goes_on_clean() -> None:
    after = redacted(sent(as_json(base()), JSON))
    assert not traces_in(after)
    assert opened(after).PatientIdentityRemoved == "YES"


def test_whom_a_header_as_json_names_is_searched_beside_it() -> None:
    from tests.test_pipeline_identifiers import FORM

    body = (
        b'--b\r\nContent-Disposition: form-data; name="meta"; filename="a.json"\r\nContent-Type: application/dicom+json\r\n\r\n'
        + as_json(base())
        + b'\r\n--b\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nIs '
        + SPOKEN.encode()
        + b" well?\r\n--b--\r\n"
    )
    after = redacted(sent(body, FORM))
    assert b"Is REMOVED well?" in after
    assert not traces_in(after)


def test_what_names_somebody_is_found() -> None:
    from gateway import pipeline

    seen = pipeline.examine(sent(as_json(base()), JSON), LIMITS, Look.MEDICAL)
    assert {Kind.MEDICAL_IMAGE, Kind.IDENTIFIER_IN_METADATA} <= {finding.kind for finding in seen.findings}
    assert any(finding.where == "(0010,0010)" for finding in seen.findings)
