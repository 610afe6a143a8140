"""What the options of the profile keep."""

import pytest

from gateway.errors import RedactionError
from tests.redact.cleaning import cleaned
from tests.redact.planted import base


def test_descriptions_keep_their_meaning_when_asked() -> None:
    ds = base()
    assert "StudyDescription" not in cleaned(ds)
    kept = cleaned(ds, "clean-descriptors")
    assert kept.StudyDescription == "CT chest of"
    assert kept.SeriesDescription == "Chest 2.0 mm lung kernel"


def test_options_retain_what_they_name() -> None:
    ds = base()
    ds.StationName, ds.DeviceSerialNumber = "CT9", "SERIAL1"
    assert cleaned(ds, "retain-institution-identity").InstitutionName == ds.InstitutionName
    assert cleaned(ds, "retain-device-identity").DeviceSerialNumber == "SERIAL1"
    assert cleaned(ds, "retain-patient-characteristics").PatientAge == "076Y"
    assert cleaned(ds, "retain-patient-characteristics").PatientSex == "F"
    assert cleaned(ds).PatientSex == ""


def test_uids_are_retained_on_request_unless_they_spell_an_identifier() -> None:
    ds = base()
    after = cleaned(ds, "retain-uids")
    assert after.StudyInstanceUID == ds.StudyInstanceUID
    assert after.SOPInstanceUID != ds.SOPInstanceUID  # its number is the patient's
    assert after.file_meta.MediaStorageSOPInstanceUID == after.SOPInstanceUID


def test_safe_private_numbers_are_retained_with_their_creator() -> None:
    ds = base()
    ds.private_block(0x0019, "GEMS_ACQU_01", create=True).add_new(0x23, "DS", "12.5")
    ds.private_block(0x0019, "SOMEBODY", create=True).add_new(0x23, "DS", "12.5")
    after = cleaned(ds, "retain-safe-private")
    assert after[0x0019, 0x0010].value == "GEMS_ACQU_01"
    assert float(after[0x0019, 0x1023].value) == 12.5
    assert (0x0019, 0x0011) not in after
    assert not [e for e in cleaned(ds) if e.tag.is_private]


def test_faces_cannot_be_promised_away() -> None:
    ds = base()
    with pytest.raises(RedactionError):
        cleaned(ds, "clean-recognizable-visual-features")
    ds.RecognizableVisualFeatures = "NO"
    assert (
        cleaned(ds, "clean-recognizable-visual-features").DeidentificationMethodCodeSequence[1].CodeValue
        == "113102"
    )


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(RedactionError):
        cleaned(base(), "retain-everything")
