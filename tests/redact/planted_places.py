"""The places where a DICOM file can hold its patient; one invented patient for all of them."""

from collections.abc import Callable
from typing import Any

import pydicom
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence

# Planted values are too long for their places on purpose; the gateway itself reads and writes with this setting.
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
pydicom.config.settings.writing_validation_mode = pydicom.config.IGNORE

NAME, PATIENT_ID, BORN = "Quillfeather^Marisol^Zoe^Dr.", "ZQ-7718249", "19470913"
ACCESSION, PLACE = "ACC9930417", "Thornbury Lakeside Infirmary"
DOCTOR, PHONE, ADDRESS = "Vandermeersch^Otho", "+49-555-7391846", "Kestrelweg 41, 99771 Oldenwick"
SPOKEN = "Marisol Quillfeather"

type Plant = Callable[[FileDataset], None]


def having(**values: Any) -> Plant:
    def plant(ds: FileDataset) -> None:
        for keyword, value in values.items():
            setattr(ds, keyword, value)

    return plant


def adding(tag: int, vr: str, value: Any) -> Plant:
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


def private(ds: FileDataset) -> None:
    block = ds.private_block(0x0029, f"ACME {SPOKEN}", create=True)
    block.add_new(0x10, "LO", f"Patient {SPOKEN}")
    block.add_new(0x11, "OB", PATIENT_ID.encode() * 3)
    block.add_new(0x12, "UN", SPOKEN.encode("utf-16-le"))


def private_nested(ds: FileDataset) -> None:
    inner = item(PatientName=NAME)
    inner.private_block(0x0019, "DEEP", create=True).add_new(1, "LT", SPOKEN)
    ds.private_block(0x0019, "OUTER", create=True).add_new(2, "SQ", Sequence([inner]))


def safe_private(ds: FileDataset) -> None:
    block = ds.private_block(0x0019, "GEMS_ACQU_01", create=True)
    block.add_new(0x23, "DS", "12.5")
    block.add_new(0x24, "LO", SPOKEN)
    block.add_new(0x30, "LO", SPOKEN)


def deep(ds: FileDataset) -> None:
    inner = item(PatientName=NAME, ReasonForStudy=SPOKEN, CommentsOnThePerformedProcedureStep=PHONE)
    for _ in range(7):
        inner = item(ReferencedSeriesSequence=Sequence([inner]), StationName=PLACE)
    ds.ReferencedSeriesSequence = Sequence([inner])


def overlay(ds: FileDataset) -> None:
    ds.add_new(0x60000010, "US", 64)
    ds.add_new(0x60000011, "US", 64)
    ds.add_new(0x60000022, "LO", SPOKEN)
    ds.add_new(0x60001500, "LO", NAME)
    ds.add_new(0x60003000, "OW", (SPOKEN.encode() * 26)[:512])
    ds.add_new(0x60004000, "LT", SPOKEN)


def icon(ds: FileDataset) -> None:
    icon = item(
        Rows=8, Columns=8, SamplesPerPixel=1, PhotometricInterpretation="MONOCHROME2", BitsAllocated=8
    )
    icon.PixelData = (SPOKEN.encode() * 4)[:64]
    icon["PixelData"].VR = "OB"
    ds.IconImageSequence = Sequence([icon])


def signature(ds: FileDataset) -> None:
    ds.DigitalSignaturesSequence = Sequence(
        [item(DigitalSignatureUID="1.2.3.7718249", CertificateOfSigner=f"CN={SPOKEN}".encode())]
    )
    ds.MACParametersSequence = Sequence([item(MACIDNumber=1, MACAlgorithm="SHA256")])


def originals(ds: FileDataset) -> None:
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


def document(mime: str) -> Plant:
    def plant(ds: FileDataset) -> None:
        ds.MIMETypeOfEncapsulatedDocument = mime
        body = f"%PDF-1.4 <recordTarget>{SPOKEN} {PATIENT_ID}</recordTarget>".encode()
        ds.EncapsulatedDocument = body + b" " * (len(body) % 2)
        ds.DocumentTitle, ds.Modality = SPOKEN, "DOC"

    return plant


def report(ds: FileDataset) -> None:
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


def curve(ds: FileDataset) -> None:
    ds.add_new(0x50000005, "US", 2)
    ds.add_new(0x50000022, "LO", SPOKEN)
    ds.add_new(0x50003000, "OW", SPOKEN.encode())


def graphics(ds: FileDataset) -> None:
    ds.GraphicAnnotationSequence = Sequence(
        [item(GraphicLayer="LAYER1", TextObjectSequence=Sequence([item(UnformattedTextValue=SPOKEN)]))]
    )


def meta(ds: FileDataset) -> None:
    ds.file_meta.SourceApplicationEntityTitle = "QUILLFEATHER"
    ds.file_meta.ImplementationVersionName = "QUILLFEATHER1"
    ds.file_meta.PrivateInformationCreatorUID = "1.2.3.7718249"
    ds.file_meta.PrivateInformation = SPOKEN.encode()
    ds.preamble = (SPOKEN.encode() * 10)[:128]


def visits(ds: FileDataset) -> None:
    ds.RequestAttributesSequence = Sequence(
        [item(RequestedProcedureID="7718249", ScheduledProcedureStepDescription=SPOKEN,
              ScheduledProtocolCodeSequence=Sequence([code("X", "99LOCAL", SPOKEN)]))]
    )  # fmt: skip
    ds.OtherPatientIDsSequence = Sequence([item(PatientID=PATIENT_ID, IssuerOfPatientID=PLACE)])
    ds.ReferencedPatientSequence = Sequence([item(ReferencedSOPInstanceUID="1.2.7718249.5")])


def other_script(ds: FileDataset) -> None:
    ds.PatientName = "Sasaki^Renji=佐々木^蓮司=ささき^れんじ"
    ds.PatientID = "ZQ-7718249"
    ds.SoftwareVersions = "for 佐々木 蓮司"
    ds.FilterType = "蓮司"


def japanese(ds: FileDataset) -> None:
    other_script(ds)
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
    ("comments", having(PatientComments=SPOKEN, ImageComments=PHONE, StudyComments=ADDRESS)),
    ("private block", private), ("private nested", private_nested), ("deep sequences", deep),
    ("overlay", overlay), ("curve", curve), ("icon", icon), ("signature", signature), ("originals", originals),
    ("graphics", graphics), ("file meta and preamble", meta), ("visits", visits),
    ("software versions", having(SoftwareVersions=SPOKEN)), ("filter", having(FilterType="Quillfeather")),
    ("kernel with id", having(ConvolutionKernel="7718249")), ("manufacturer", having(Manufacturer=f"{PLACE} workshop")),
    ("coil", having(ReceiveCoilName="for Otho Vandermeersch")), ("sequence name", having(SequenceName="*marisol")),
    ("reversed order", having(ReconstructionMethod="Quillfeather, Marisol")),
    ("joined", having(ReconstructionMethod="MARISOLQUILLFEATHER_12")),
    ("backwards", having(ReconstructionMethod="rehtaefllIuQ"[::1].lower() + "losiram")),
    ("phone in text", having(AttenuationCorrectionMethod="call 0049 555 7391846")),
    ("coded word", having(PatientOrientation=["A", "F"], ScanOptions="QUILLFEATHER")),
    ("image type", having(ContentQualification="PRODUCT", AcquisitionType="MARISOL")),
    ("number", having(AcquisitionNumber="7718249")), ("decimal", having(TableHeight="7718249")),
    ("uid with number", having(ReferencedFrameOfReferenceUID="1.2.7718249.1", IrradiationEventUID="1.2.7718249.4")),
    ("address of a resource", having(RetrieveURL=f"https://pacs.example/{PATIENT_ID}", RetrieveURI="http://x/7718249")),
    ("titles", having(StationAETitle="QUILLFEATHER", RetrieveAETitle="MARISOL")),
    ("unknown public", adding(0x00091234 - 0x00010000, "LO", SPOKEN)), ("unknown public 2", adding(0x002055AA, "UT", SPOKEN)),
    ("unknown public sequence", adding(0x0020F0F0, "SQ", Sequence([item(PatientName=NAME)]))),
    ("wrong representation", adding(0x00104000, "OB", SPOKEN.encode())),
    ("two bytes a letter", having(PatientComments="x", AcquisitionDeviceProcessingCode="Q\0u\0i\0l\0l\0")),
    ("trial", having(ClinicalTrialSubjectID=PATIENT_ID, ClinicalTrialSponsorName=PLACE, ClinicalTrialSiteName=PLACE)),
    ("operators", having(OperatorsName=[DOCTOR, NAME], PhysiciansOfRecord=DOCTOR, NameOfPhysiciansReadingStudy=DOCTOR)),
    ("relatives", having(PatientMotherBirthName=NAME, ResponsiblePerson=DOCTOR, OtherPatientNames=[NAME, DOCTOR])),
    ("history", having(AdditionalPatientHistory=SPOKEN, Allergies=SPOKEN, MedicalAlerts=SPOKEN, Occupation=PLACE)),
    ("device", having(DeviceSerialNumber="SN7718249", StationName="THORNBURY-CT", DetectorID=PATIENT_ID)),
    ("contrast", having(ContrastBolusAgent=SPOKEN, RequestedContrastAgent=SPOKEN)),
    ("laser labels", having(FilmSessionLabel=SPOKEN, PrinterName=PLACE, OwnerID=PATIENT_ID)),
    ("segment", having(SegmentSequence=Sequence([item(SegmentLabel=SPOKEN, SegmentDescription=SPOKEN, SegmentNumber=1)]))),
    ("structure", having(StructureSetROISequence=Sequence([item(ROIName=SPOKEN, ROINumber="1", ROIDescription=SPOKEN)]))),
    ("beam", having(BeamSequence=Sequence([item(BeamName=SPOKEN, BeamDescription=SPOKEN, TreatmentMachineName=PLACE)]))),
    ("waveform note", having(WaveformAnnotationSequence=Sequence([item(UnformattedTextValue=SPOKEN)]))),
    ("binary table", having(ProtocolName=SPOKEN)), ("language", other_script), ("japanese shift", japanese),
    *((f"date {index}", having(SoftwareVersions=f"born {text}")) for index, text in enumerate(DATES_IN_TEXT)),
)  # fmt: skip
