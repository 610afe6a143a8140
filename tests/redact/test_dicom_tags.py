"""What a cleaned file keeps and says."""

import numpy as np
import pydicom
import pytest
from pydicom.uid import JPEGBaseline8Bit, RLELossless

from gateway.errors import GatewayError, RedactionError
from gateway.model import Finding, Format, Kind, Part, RedactionOptions
from gateway.redact import REDACTORS, harvest_file, redact
from gateway.redact.dicom_tags import DICOM_TAGS
from gateway.redact.pseudonyms import is_own, shift_days, shifted, uid_pseudonym
from tests.redact.cleaning import FULL, LIMITS, MODIFIED, SECRET, clean, cleaned, opened
from tests.redact.planted import base, written
from tests.redact.planted_places import ACCESSION, NAME, SPOKEN, code, item
from tests.support.scans import dicom


def test_the_order_of_redactors_is_visible() -> None:
    assert [redactor.name for redactor in REDACTORS][:3] == ["first-bytes", "pixels", "dicom-tags"]
    assert DICOM_TAGS.removes == {Kind.IDENTIFIER_IN_METADATA}


def test_the_picture_stays_useful() -> None:
    ds = opened(clean(dicom()))
    assert (ds.Modality, ds.Rows, ds.SliceThickness, ds.PatientPosition) == ("CT", 128, 5, "FFS")
    assert ds.PixelSpacing == [0.661468, 0.661468]
    assert ds.ConvolutionKernel == "STANDARD"
    assert np.array_equal(ds.pixel_array, opened(dicom()).pixel_array)
    assert ds.PixelData == opened(dicom()).PixelData


def test_compressed_frames_keep_their_bytes() -> None:
    ds = base()
    ds.compress(RLELossless, generate_instance_uid=False)
    assert cleaned(ds).PixelData == ds.PixelData


def test_uids_stay_consistent_over_files_and_apart_over_organisations() -> None:
    one, two = base(), base()
    two.SOPInstanceUID = two.file_meta.MediaStorageSOPInstanceUID = "1.2.3.99"
    two.ReferencedImageSequence = [
        item(ReferencedSOPClassUID=one.SOPClassUID, ReferencedSOPInstanceUID=one.SOPInstanceUID)
    ]
    first, second = cleaned(one), cleaned(two)
    assert first.StudyInstanceUID == second.StudyInstanceUID
    assert first.SOPInstanceUID != second.SOPInstanceUID
    other = cleaned(one, secret=b"x" * 32)
    assert other.StudyInstanceUID != first.StudyInstanceUID
    assert first.StudyInstanceUID.startswith("2.25.")
    assert first.SOPClassUID == one.SOPClassUID


def test_a_pseudonym_is_known_again_and_only_by_its_key() -> None:
    uid = uid_pseudonym(SECRET, "1.2.3")
    assert uid_pseudonym(SECRET, uid) == uid
    assert is_own(SECRET, uid)
    assert not is_own(b"x" * 32, uid)
    assert len({uid_pseudonym(SECRET, f"1.2.{n}") for n in range(2000)}) == 2000
    assert all(len(uid_pseudonym(SECRET, f"1.2.{n}")) <= 64 for n in range(50))
    for not_ours in ("", "2.25.", "2.25.x", "2.25.1", "2.25." + "9" * 39, "2.25.²"):
        assert not is_own(SECRET, not_ours)


def test_dates_go_or_stay_or_move_together() -> None:
    ds = base()
    ds.AcquisitionDate, ds.ContentDate = "20240301", "20240229"
    removed = cleaned(ds)
    assert removed.StudyDate == "" or "StudyDate" not in removed
    assert removed.LongitudinalTemporalInformationModified == "REMOVED"
    full = cleaned(ds, FULL)
    assert (full.StudyDate, full.LongitudinalTemporalInformationModified) == ("20240229", "UNMODIFIED")
    assert full.PatientBirthDate == ""
    moved = cleaned(ds, MODIFIED)
    assert moved.LongitudinalTemporalInformationModified == "MODIFIED"
    days = shift_days(SECRET, b"ZQ-7718249")
    assert moved.StudyDate.encode() == shifted(b"20240229", days)
    assert moved.AcquisitionDate.encode() == shifted(b"20240301", days)
    assert moved.StudyTime == "101112"
    other = base()
    other.PatientID = "SOMEBODY-ELSE"
    assert cleaned(other, MODIFIED).StudyDate != moved.StudyDate


def test_what_is_no_date_does_not_stay_as_one() -> None:
    ds = base()
    ds.StudyDate = "2024Feb"
    assert cleaned(ds, MODIFIED).StudyDate == "19000101"


def test_painted_pixels_are_said_to_be_clean() -> None:
    data = written(base())
    finding = Finding(Kind.TEXT_IN_PIXELS, ("file",), "frame 0", box=(4, 4, 20, 8))
    part = Part(("file",), data, Format.DICOM)
    after = opened(redact(part, (finding,), RedactionOptions(), LIMITS, SECRET, ()).data)
    assert [one.CodeValue for one in after.DeidentificationMethodCodeSequence] == ["113100", "113101"]
    assert after.BurnedInAnnotation == "NO"
    assert not after.pixel_array[4:12, 4:24].any()
    assert "BurnedInAnnotation" not in cleaned(base())


def test_codes_of_published_schemes_stay() -> None:
    ds = base()
    ds.AnatomicRegionSequence = [
        code("51185008", "SCT", "Chest"),
        code("X1", "99HOSPITAL", "Ward of Vandermeersch"),
    ]
    public, own = cleaned(ds).AnatomicRegionSequence
    assert (public.CodeValue, public.CodeMeaning) == ("51185008", "Chest")
    assert (own.CodeValue, own.CodeMeaning) == ("REMOVED", "REMOVED")


def test_identifiers_from_elsewhere_in_the_upload_are_searched_too() -> None:
    ds = base()
    ds.SoftwareVersions = "built for Zebrowski"
    assert cleaned(ds).SoftwareVersions == "built for Zebrowski"
    assert cleaned(ds, identifiers=("Zebrowski^Ada",)).SoftwareVersions == "REMOVED"
    once = clean(written(ds))
    assert b"Zebrowski" not in clean(once, identifiers=("Zebrowski^Ada",))


def test_an_identifier_in_pixel_values_is_refused() -> None:
    ds = base(bits=8)
    ds.BitsStored, ds.HighBit = 8, 7
    pixels = bytearray(ds.PixelData)
    pixels[100 : 100 + len(SPOKEN)] = SPOKEN.encode()
    ds.PixelData = bytes(pixels)
    with pytest.raises(RedactionError):
        cleaned(ds)


def test_an_overlay_among_the_bits_of_the_pixels_is_taken_out() -> None:
    ds = base()
    pixels = ds.pixel_array.copy()
    pixels[10:20, 10:20] |= 1 << 13
    ds.PixelData = pixels.tobytes()
    ds.add_new(0x60000010, "US", 64)
    ds.add_new(0x60000100, "US", 16)
    ds.add_new(0x60000102, "US", 13)
    after = cleaned(ds)
    assert not (after.pixel_array & (1 << 13)).any()
    assert np.array_equal(after.pixel_array, pixels & ~np.uint16(1 << 13))


def test_only_a_seal_of_the_same_key_options_and_bytes_is_believed() -> None:
    once = clean(written(base()))
    assert clean(once) == once
    assert clean(once, secret=b"x" * 32) != once
    forged = once.replace(b"Acme Imaging", f"{NAME[:12]}".encode())
    assert forged != once
    assert NAME[:12].encode() not in clean(forged, identifiers=(NAME,))


def test_the_length_is_kept_by_padding_or_refused() -> None:
    data = written(base())
    padded = clean(data, keep_length=True)
    assert len(padded) == len(data)
    assert opened(padded).DataSetTrailingPadding.strip(b"\0") == b""
    assert clean(padded, keep_length=True) == padded
    small = base(pixels=False)
    for keyword in ("InstitutionAddress", "PatientAddress", "StudyDescription", "PatientTelephoneNumbers"):
        delattr(small, keyword)
    with pytest.raises(RedactionError) as refused:
        clean(written(small), keep_length=True)
    assert refused.value.reason == "length-changed"


def test_every_shipped_kind_of_file_is_cleaned() -> None:
    names = ("MR_small.dcm", "MR_small_bigendian.dcm", "rtplan.dcm", "rtstruct.dcm", "test-SR.dcm", "waveform_ecg.dcm",
             "image_dfl.dcm", "JPEG2000.dcm", "examples_palette.dcm", "examples_ybr_color.dcm", "liver_1frame.dcm")  # fmt: skip
    done = 0
    for name in names:
        if pydicom.data.get_testdata_file(name, download=False) is None:
            continue
        try:
            data = clean(dicom(name))
        except GatewayError as error:
            raise AssertionError(name) from error
        assert clean(data) == data, name
        assert opened(data).PatientIdentityRemoved == "YES"
        done += 1
    assert done >= 8


def test_what_was_harvested_is_passed_on() -> None:
    assert {NAME, ACCESSION} <= {text for _, text in harvest_file(written(base()), LIMITS)}


def test_a_jpeg_comment_goes_without_the_pixels() -> None:
    ds = base(bits=8)
    ds.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    from pydicom.encaps import encapsulate, generate_frames

    plain = b"\xff\xd8\xff\xda\0\x02\1\2\3\xff\xd9"
    frame = b"\xff\xd8\xff\xfe" + (len(SPOKEN) + 2).to_bytes(2) + SPOKEN.encode() + plain[2:]
    ds.PixelData = encapsulate([frame])
    ds["PixelData"].VR = "OB"
    after = cleaned(ds)
    assert next(generate_frames(after.PixelData, number_of_frames=1)).rstrip(b"\0") == plain
