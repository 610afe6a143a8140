"""Files with one invented patient planted in every place where a DICOM file can hold one; also run by the benchmark."""

import io
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
)

# Planted values are too long for their places on purpose; the gateway itself reads and writes with this setting.
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
pydicom.config.settings.writing_validation_mode = pydicom.config.IGNORE

NAME, PATIENT_ID, BORN = "Quillfeather^Marisol^Zoe^Dr.", "ZQ-7718249", "19470913"
ACCESSION, PLACE = "ACC9930417", "Thornbury Lakeside Infirmary"
DOCTOR, PHONE, ADDRESS = "Vandermeersch^Otho", "+49-555-7391846", "Kestrelweg 41, 99771 Oldenwick"
SPOKEN = "Marisol Quillfeather"
TRACES = (
    "Quillfeather", "Marisol", "7718249", "9930417", "19470913", "1947-09-13", "13.09.1947", "13 Sep 1947", "09/13/1947",
    "Thornbury", "Vandermeersch", "7391846", "Kestrelweg", "Oldenwick", "佐々木", "蓮司", "rehtaeflliuq",
)  # fmt: skip
"""What must not be found in the output, in any encoding or case."""
ENCODINGS = (
    "utf-8",
    "latin-1",
    "utf-16-le",
    "utf-16-be",
    "shift_jis",
    "euc_jp",
    "gb18030",
    "iso2022_jp",
    "utf-7",
)

CT, SC, SR, PDF, CDA, DX = (
    "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.7", "1.2.840.10008.5.1.4.1.1.88.33",
    "1.2.840.10008.5.1.4.1.1.104.1", "1.2.840.10008.5.1.4.1.1.104.2", "1.2.840.10008.5.1.4.1.1.1.1",
)  # fmt: skip

type Plant = Callable[[FileDataset], None]


@dataclass(frozen=True, slots=True)
class Case:
    """One planted file, and the options it is cleaned with."""

    name: str
    data: bytes
    options: tuple[str, ...] = ()


def traces_in(data: bytes) -> list[str]:
    """Which traces of the patient the bytes hold; deflated data sets are looked into as well."""
    seen = [data]
    if b"DICM" in data[:132] and DeflatedExplicitVRLittleEndian.encode() in data[:600]:
        import zlib

        start = 144 + struct.unpack_from("<I", data, 140)[0]
        seen.append(zlib.decompressobj(-15).decompress(data[start:]))
    lower = [piece.lower() for piece in seen]
    found = []
    for trace in TRACES:
        for encoding in ENCODINGS:
            try:
                needle = trace.lower().encode(encoding)
            except UnicodeEncodeError:
                continue
            if any(needle in piece for piece in lower):
                found.append(f"{trace} in {encoding}")
    return found


def base(sop_class: str = CT, *, pixels: bool = True, rows: int = 64, bits: int = 16) -> FileDataset:
    """An ordinary file of the patient, with every attribute that a scanner fills in."""
    ds = FileDataset("", {}, preamble=bytes(128))
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID, ds.SOPInstanceUID = sop_class, "1.2.826.0.1.3680043.8.498.7718249.1"
    ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = (
        sop_class,
        ds.SOPInstanceUID,
    )
    ds.StudyInstanceUID, ds.SeriesInstanceUID = "1.2.826.0.1.3680043.8.498.2", "1.2.826.0.1.3680043.8.498.3"
    ds.FrameOfReferenceUID = "1.2.826.0.1.3680043.8.498.4"
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.PatientName, ds.PatientID, ds.PatientBirthDate = NAME, PATIENT_ID, BORN
    ds.PatientSex, ds.PatientAge, ds.PatientWeight = "F", "076Y", "61.5"
    ds.AccessionNumber, ds.StudyID, ds.InstitutionName = ACCESSION, "ST7718249", PLACE
    ds.InstitutionAddress, ds.ReferringPhysicianName, ds.PerformingPhysicianName = ADDRESS, DOCTOR, DOCTOR
    ds.PatientTelephoneNumbers, ds.PatientAddress = PHONE, ADDRESS
    ds.StudyDate = ds.SeriesDate = ds.ContentDate = "20240229"
    ds.StudyTime = ds.SeriesTime = ds.ContentTime = "101112"
    ds.StudyDescription, ds.SeriesDescription = f"CT chest of {SPOKEN}", "Chest 2.0 mm lung kernel"
    ds.Modality, ds.Manufacturer, ds.ManufacturerModelName = "CT", "Acme Imaging", "Ring 9"
    ds.SeriesNumber, ds.InstanceNumber = "1", "7"
    ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.BodyPartExamined = "CHEST"
    if pixels:
        values = (
            np.random.default_rng(7).integers(0, 1 << min(bits, 11), (rows, rows)).astype(f"<u{bits // 8}")
        )
        ds.Rows = ds.Columns = rows
        ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
        ds.BitsAllocated = bits
        ds.BitsStored = min(bits, 12)
        ds.HighBit = ds.BitsStored - 1
        ds.PixelRepresentation = 0
        ds.PixelData = values.tobytes()
        ds["PixelData"].VR = "OW"
    return ds


def written(ds: FileDataset) -> bytes:
    """The bytes of a file, as pydicom writes them."""
    syntax = ds.file_meta.TransferSyntaxUID
    out = io.BytesIO()
    pydicom.dcmwrite(out, ds, enforce_file_format=True, little_endian=syntax != ExplicitVRBigEndian, implicit_vr=syntax == ImplicitVRLittleEndian)  # fmt: skip
    return out.getvalue()


def _set(**values: Any) -> Plant:
    def plant(ds: FileDataset) -> None:
        for keyword, value in values.items():
            setattr(ds, keyword, value)

    return plant


def _add(tag: int, vr: str, value: Any) -> Plant:
    return lambda ds: ds.add_new(tag, vr, value)


def item(**values: Any) -> Dataset:
    """One item of a sequence."""
    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def code(value: str, scheme: str, meaning: str) -> Dataset:
    """One item of a code sequence."""
    return item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


def _private(ds: FileDataset) -> None:
    block = ds.private_block(0x0029, f"ACME {SPOKEN}", create=True)
    block.add_new(0x10, "LO", f"Patient {SPOKEN}")
    block.add_new(0x11, "OB", PATIENT_ID.encode() * 3)
    block.add_new(0x12, "UN", SPOKEN.encode("utf-16-le"))


def _private_nested(ds: FileDataset) -> None:
    inner = item(PatientName=NAME)
    inner.private_block(0x0019, "DEEP", create=True).add_new(1, "LT", SPOKEN)
    ds.private_block(0x0019, "OUTER", create=True).add_new(2, "SQ", Sequence([inner]))


def _safe_private(ds: FileDataset) -> None:
    block = ds.private_block(0x0019, "GEMS_ACQU_01", create=True)
    block.add_new(0x23, "DS", "12.5")
    block.add_new(0x24, "LO", SPOKEN)
    block.add_new(0x30, "LO", SPOKEN)


def _deep(ds: FileDataset) -> None:
    inner = item(PatientName=NAME, ReasonForStudy=SPOKEN, CommentsOnThePerformedProcedureStep=PHONE)
    for _ in range(7):
        inner = item(ReferencedSeriesSequence=Sequence([inner]), StationName=PLACE)
    ds.ReferencedSeriesSequence = Sequence([inner])


def _overlay(ds: FileDataset) -> None:
    ds.add_new(0x60000010, "US", 64)
    ds.add_new(0x60000011, "US", 64)
    ds.add_new(0x60000022, "LO", SPOKEN)
    ds.add_new(0x60001500, "LO", NAME)
    ds.add_new(0x60003000, "OW", (SPOKEN.encode() * 26)[:512])
    ds.add_new(0x60004000, "LT", SPOKEN)


def _icon(ds: FileDataset) -> None:
    icon = item(
        Rows=8, Columns=8, SamplesPerPixel=1, PhotometricInterpretation="MONOCHROME2", BitsAllocated=8
    )
    icon.PixelData = (SPOKEN.encode() * 4)[:64]
    icon["PixelData"].VR = "OB"
    ds.IconImageSequence = Sequence([icon])


def _signature(ds: FileDataset) -> None:
    ds.DigitalSignaturesSequence = Sequence(
        [item(DigitalSignatureUID="1.2.3.7718249", CertificateOfSigner=f"CN={SPOKEN}".encode())]
    )
    ds.MACParametersSequence = Sequence([item(MACIDNumber=1, MACAlgorithm="SHA256")])


def _originals(ds: FileDataset) -> None:
    ds.OriginalAttributesSequence = Sequence(
        [
            item(
                SourceOfPreviousValues=PLACE,
                AttributeModificationDateTime="20240101",
                ModifyingSystem=SPOKEN,
                ModifiedAttributesSequence=Sequence([item(PatientName=NAME, PatientID=PATIENT_ID)]),
            )
        ]
    )


def _document(mime: str) -> Plant:
    def plant(ds: FileDataset) -> None:
        ds.MIMETypeOfEncapsulatedDocument = mime
        body = f"%PDF-1.4 <recordTarget>{SPOKEN} {PATIENT_ID}</recordTarget>".encode()
        ds.EncapsulatedDocument = body + b" " * (len(body) % 2)
        ds.DocumentTitle, ds.Modality = SPOKEN, "DOC"

    return plant


def _report(ds: FileDataset) -> None:
    ds.Modality, ds.ValueType = "SR", "CONTAINER"
    ds.ConceptNameCodeSequence = Sequence([code("18748-4", "LN", "Diagnostic imaging report")])
    ds.ContentSequence = Sequence(
        [
            item(RelationshipType="CONTAINS", ValueType="TEXT", TextValue=f"{SPOKEN} has a small nodule",
                 ConceptNameCodeSequence=Sequence([code("121071", "DCM", "Finding")])),
            item(RelationshipType="HAS OBS CONTEXT", ValueType="PNAME", PersonName=DOCTOR,
                 ConceptNameCodeSequence=Sequence([code("121008", "DCM", "Person Observer Name")])),
            item(RelationshipType="CONTAINS", ValueType="CODE",
                 ConceptNameCodeSequence=Sequence([code("121071", "DCM", "Finding")]),
                 ConceptCodeSequence=Sequence([code("77-1", "99HOSP", SPOKEN)])),
        ]
    )  # fmt: skip


def _curve(ds: FileDataset) -> None:
    ds.add_new(0x50000005, "US", 2)
    ds.add_new(0x50000022, "LO", SPOKEN)
    ds.add_new(0x50003000, "OW", SPOKEN.encode())


def _graphics(ds: FileDataset) -> None:
    ds.GraphicAnnotationSequence = Sequence(
        [item(GraphicLayer="LAYER1", TextObjectSequence=Sequence([item(UnformattedTextValue=SPOKEN)]))]
    )


def _meta(ds: FileDataset) -> None:
    ds.file_meta.SourceApplicationEntityTitle = "QUILLFEATHER"
    ds.file_meta.ImplementationVersionName = "QUILLFEATHER1"
    ds.file_meta.PrivateInformationCreatorUID = "1.2.3.7718249"
    ds.file_meta.PrivateInformation = SPOKEN.encode()
    ds.preamble = (SPOKEN.encode() * 10)[:128]


def _visits(ds: FileDataset) -> None:
    ds.RequestAttributesSequence = Sequence(
        [item(RequestedProcedureID="7718249", ScheduledProcedureStepDescription=SPOKEN,
              ScheduledProtocolCodeSequence=Sequence([code("X", "99LOCAL", SPOKEN)]))]
    )  # fmt: skip
    ds.OtherPatientIDsSequence = Sequence([item(PatientID=PATIENT_ID, IssuerOfPatientID=PLACE)])
    ds.ReferencedPatientSequence = Sequence([item(ReferencedSOPInstanceUID="1.2.7718249.5")])


def _other_script(ds: FileDataset) -> None:
    ds.PatientName = "Sasaki^Renji=佐々木^蓮司=ささき^れんじ"
    ds.PatientID = "ZQ-7718249"
    ds.SoftwareVersions = "for 佐々木 蓮司"
    ds.FilterType = "蓮司"


def _japanese(ds: FileDataset) -> None:
    _other_script(ds)
    ds.SpecificCharacterSet = ["", "ISO 2022 IR 87"]


DATES_IN_TEXT = (
    "1947-09-13",
    "13.09.1947",
    "13 Sep 1947",
    "September 13, 1947",
    "09/13/1947",
    "130947",
    "13-SEP-47",
)

PLANTS: tuple[tuple[str, Plant], ...] = (
    ("nothing more", lambda _: None),
    ("comments", _set(PatientComments=SPOKEN, ImageComments=PHONE, StudyComments=ADDRESS)),
    ("private block", _private), ("private nested", _private_nested), ("deep sequences", _deep),
    ("overlay", _overlay), ("curve", _curve), ("icon", _icon), ("signature", _signature), ("originals", _originals),
    ("graphics", _graphics), ("file meta and preamble", _meta), ("visits", _visits),
    ("software versions", _set(SoftwareVersions=SPOKEN)), ("filter", _set(FilterType="Quillfeather")),
    ("kernel with id", _set(ConvolutionKernel="7718249")), ("manufacturer", _set(Manufacturer=f"{PLACE} workshop")),
    ("coil", _set(ReceiveCoilName="for Otho Vandermeersch")), ("sequence name", _set(SequenceName="*marisol")),
    ("reversed order", _set(ReconstructionMethod="Quillfeather, Marisol")),
    ("joined", _set(ReconstructionMethod="MARISOLQUILLFEATHER_12")),
    ("backwards", _set(ReconstructionMethod="rehtaefllIuQ"[::1].lower() + "losiram")),
    ("phone in text", _set(AttenuationCorrectionMethod="call 0049 555 7391846")),
    ("coded word", _set(PatientOrientation=["A", "F"], ScanOptions="QUILLFEATHER")),
    ("image type", _set(ContentQualification="PRODUCT", AcquisitionType="MARISOL")),
    ("number", _set(AcquisitionNumber="7718249")), ("decimal", _set(TableHeight="7718249")),
    ("uid with number", _set(ReferencedFrameOfReferenceUID="1.2.7718249.1", IrradiationEventUID="1.2.7718249.4")),
    ("address of a resource", _set(RetrieveURL=f"https://pacs.example/{PATIENT_ID}", RetrieveURI="http://x/7718249")),
    ("titles", _set(StationAETitle="QUILLFEATHER", RetrieveAETitle="MARISOL")),
    ("unknown public", _add(0x00091234 - 0x00010000, "LO", SPOKEN)), ("unknown public 2", _add(0x002055AA, "UT", SPOKEN)),
    ("unknown public sequence", _add(0x0020F0F0, "SQ", Sequence([item(PatientName=NAME)]))),
    ("wrong representation", _add(0x00104000, "OB", SPOKEN.encode())),
    ("two bytes a letter", _set(PatientComments="x", AcquisitionDeviceProcessingCode="Q\0u\0i\0l\0l\0")),
    ("trial", _set(ClinicalTrialSubjectID=PATIENT_ID, ClinicalTrialSponsorName=PLACE, ClinicalTrialSiteName=PLACE)),
    ("operators", _set(OperatorsName=[DOCTOR, NAME], PhysiciansOfRecord=DOCTOR, NameOfPhysiciansReadingStudy=DOCTOR)),
    ("relatives", _set(PatientMotherBirthName=NAME, ResponsiblePerson=DOCTOR, OtherPatientNames=[NAME, DOCTOR])),
    ("history", _set(AdditionalPatientHistory=SPOKEN, Allergies=SPOKEN, MedicalAlerts=SPOKEN, Occupation=PLACE)),
    ("device", _set(DeviceSerialNumber="SN7718249", StationName="THORNBURY-CT", DetectorID=PATIENT_ID)),
    ("contrast", _set(ContrastBolusAgent=SPOKEN, RequestedContrastAgent=SPOKEN)),
    ("laser labels", _set(FilmSessionLabel=SPOKEN, PrinterName=PLACE, OwnerID=PATIENT_ID)),
    ("segment", _set(SegmentSequence=Sequence([item(SegmentLabel=SPOKEN, SegmentDescription=SPOKEN, SegmentNumber=1)]))),
    ("structure", _set(StructureSetROISequence=Sequence([item(ROIName=SPOKEN, ROINumber="1", ROIDescription=SPOKEN)]))),
    ("beam", _set(BeamSequence=Sequence([item(BeamName=SPOKEN, BeamDescription=SPOKEN, TreatmentMachineName=PLACE)]))),
    ("waveform note", _set(WaveformAnnotationSequence=Sequence([item(UnformattedTextValue=SPOKEN)]))),
    ("binary table", _set(ProtocolName=SPOKEN)), ("language", _other_script), ("japanese shift", _japanese),
    *((f"date {index}", _set(SoftwareVersions=f"born {text}")) for index, text in enumerate(DATES_IN_TEXT)),
)  # fmt: skip


def _compressed(syntax: str) -> bytes:
    ds = base(bits=8 if syntax == JPEGBaseline8Bit else 16)
    _private(ds)
    if syntax != JPEGBaseline8Bit:
        ds.compress(syntax, generate_instance_uid=False)
        return written(ds)
    from PIL import Image

    picture = Image.fromarray(np.random.default_rng(1).integers(0, 255, (64, 64), np.uint8))
    out = io.BytesIO()
    picture.save(out, "JPEG", comment=SPOKEN.encode())
    ds.file_meta.TransferSyntaxUID = syntax
    ds.PixelData = encapsulate([out.getvalue()])
    ds["PixelData"].VR = "OB"
    return written(ds)


def cases() -> Iterator[Case]:
    """More than 90 files; the same ones every time."""
    for name, plant in PLANTS:
        ds = base()
        plant(ds)
        yield Case(name, written(ds))
    for name, sop_class, plant in (
        ("encapsulated pdf", PDF, _document("application/pdf")), ("encapsulated cda", CDA, _document("text/XML")),
        ("model", "1.2.840.10008.5.1.4.1.1.104.3", _document("model/stl")), ("report", SR, _report),
    ):  # fmt: skip
        ds = base(sop_class, pixels=False)
        plant(ds)
        yield Case(name, written(ds))
        yield Case(f"{name} cleaned", written(ds), ("clean-structured-content", "clean-descriptors"))
    for syntax in (ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian):
        for name, plant in (("private", _private), ("deep", _deep), ("overlay", _overlay)):
            ds = base()
            ds.file_meta.TransferSyntaxUID = syntax
            plant(ds)
            yield Case(f"{name} in {syntax.name}", written(ds))
    for syntax in (RLELossless, JPEG2000Lossless, JPEGLSLossless, JPEGBaseline8Bit):
        yield Case(f"compressed as {syntax.name}", _compressed(syntax))
    whole = written(base())
    yield Case("no preamble", whole[132:])
    ds = base()
    ds.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    bare = written(ds)
    yield Case("data set alone", bare[144 + struct.unpack_from("<I", bare, 140)[0] :])
    yield Case("bytes after the end", whole + SPOKEN.encode() * 5)
    ds = base()
    ds.PixelData += SPOKEN.encode() * 6
    yield Case("bytes after the pixels", written(ds))
    ds = base()
    ds.add_new(0xFFFCFFFC, "OB", SPOKEN.encode())
    yield Case("trailing padding", written(ds))
    yield from _with_options()


def _with_options() -> Iterator[Case]:
    for options, plant in (
        (("clean-descriptors",), _set(ProtocolName=f"Chest {SPOKEN}", RequestedProcedureDescription=SPOKEN)),
        (("clean-graphics",), _graphics), (("clean-structured-content",), _visits),
        (("retain-longitudinal-full-dates",), _set(SoftwareVersions=f"{SPOKEN} 13.09.1947")),
        (("retain-longitudinal-modified-dates",), _set(AcquisitionDateTime="20240229101112.0", DateOfLastCalibration="20240101")),
        (("retain-patient-characteristics",), _set(Allergies=f"{SPOKEN} contrast", EthnicGroup="Marisol")),
        (("retain-device-identity",), _set(GantryID=SPOKEN, CassetteID=PATIENT_ID)),
        (("retain-safe-private",), _safe_private), (("retain-safe-private",), _private),
        (("clean-descriptors", "retain-patient-characteristics", "retain-longitudinal-modified-dates"), _deep),
    ):  # fmt: skip
        ds = base()
        plant(ds)
        yield Case(f"with {' '.join(options)}", written(ds), options)
