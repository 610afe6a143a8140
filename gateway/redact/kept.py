"""Which attributes outside the table of PS3.15 stay, and which values of them.

The table names what is known to identify. What it does not name is kept only where its kind of value says enough:
numbers, coded words, standard UIDs, pixel tables, and the technical texts listed here. Free text that nobody has
vouched for goes, and so does every attribute that the standard does not know.
"""

import re
from collections.abc import Mapping
from typing import Final

from gateway.formats.dicom_dictionary import tag_named

NUMBERS: Final = frozenset({"AT", "FD", "FL", "SL", "SS", "SV", "UL", "US", "UV"})
BULK: Final = frozenset({"OB", "OD", "OF", "OL", "OV", "OW"})
TEXTS: Final = frozenset({"LO", "LT", "SH", "ST", "UC", "UT"})
TEMPORAL: Final = frozenset({"DA", "DT", "TM"})

DECIMAL: Final = re.compile(rb"[0-9+\-.eE\\ \0]*")
WORDS: Final = re.compile(rb"[A-Z0-9_ \\\0]*")
STANDARD_ROOT: Final = b"1.2.840.10008."

_TEXT = """
Manufacturer CodeValue ExtendedCodeValue CodingSchemeDesignator CodingSchemeVersion CodeMeaning CodingSchemeRegistry
LongCodeValue MappingResourceName ManufacturerModelName ManufacturerRelatedModelGroup
SecondaryCaptureDeviceManufacturer SecondaryCaptureDeviceManufacturerModelName
SecondaryCaptureDeviceSoftwareVersions SoftwareVersions VideoImageFormatAcquired DigitalImageFormatAcquired
SequenceName Radiopharmaceutical ImagedNucleus ContrastBolusRoute TriggerSourceOrType CardiacFramingType
RadiopharmaceuticalRoute PVCRejection FilterType TypeOfFilters CollimatorGridName AcquisitionMode DoseModeName
ConvolutionKernel ReceiveCoilName TransmitCoilName PlateType PhosphorType AcquisitionDeviceProcessingCode TimeSource
OutputPower TransducerData ProcessingFunction DetectorMode DetectorManufacturerName DetectorManufacturerModelName
GridAbsorbingMaterial GridSpacingMaterial PulseSequenceName ReceiveCoilManufacturerName MultiCoilElementName
TransmitCoilManufacturerName ASLCrusherDescription ASLBolusCutoffTechnique ImageFilter ApplicationName
ApplicationVersion ApplicationManufacturer PositionReferenceIndicator StackID RescaleType WindowCenterWidthExplanation
LUTExplanation ModalityLUTType OpticalPathIdentifier EnergyWindowName AttenuationCorrectionMethod ReconstructionMethod
DetectorLinesOfResponseUsed ScatterCorrectionMethod SegmentAlgorithmName AlgorithmVersion AlgorithmName
MIMETypeOfEncapsulatedDocument ListOfMIMETypes FontName CSSFontName LUTLabel DimensionDescriptionLabel
PixelSpacingCalibrationDescription ViewName FluenceModeID SourceIsotopeName LuminanceResponseDescription
MaterialID EXIFVersion SpectralSensitivity IOLManufacturer ImageGeometryType HangingProtocolName
ReceiveCoilManufacturerName ApplicableSafetyStandardDescription ASLTechniqueDescription ImplantSize
"""
TECHNICAL: Final = frozenset(tag_named(word) for word in _TEXT.split())
"""Texts that devices write about themselves and their technique; they are searched for identifiers all the same."""

_WRITTEN_AFTER = """
PatientIdentityRemoved DeidentificationMethod DeidentificationMethodCodeSequence LongitudinalTemporalInformationModified
"""
REWRITTEN: Final = frozenset(tag_named(word) for word in _WRITTEN_AFTER.split())
"""Statements about the redaction itself: an earlier one is replaced by ours."""

ALWAYS_REMOVED: Final = frozenset(
    {
        0x00080001,  # Length to End, of a file that no longer has that length
        tag_named("IconImageSequence"),  # a small copy of the picture, with what is written in it
        tag_named("EncryptedAttributesSequence"),  # the original values, sealed
        tag_named("OriginalAttributesSequence"),
        tag_named("DigitalSignaturesSequence"),
        tag_named("MACParametersSequence"),
        tag_named("PrivateDataElementCharacteristicsSequence"),
        tag_named("PixelDataProviderURL"),
        tag_named("RecordKey"), tag_named("PriorRecordKey"), tag_named("HPGLDocument"), tag_named("Signature"),
        tag_named("EncryptedContent"), tag_named("DataSetTrailingPadding"),
    }
)  # fmt: skip
"""What speaks of the original file, copies it or seals it, whatever options are chosen."""

CLASSES: Final = frozenset(
    tag_named(word)
    for word in (
        "SOPClassUID", "ReferencedSOPClassUID", "RelatedGeneralSOPClassUID", "OriginalSpecializedSOPClassUID",
        "SOPClassesInStudy", "SOPClassesSupported",
    )
)  # fmt: skip
"""UIDs that name a kind of object, also a private kind; a pseudonym would make the object unreadable."""

PUBLIC_SCHEMES: Final = frozenset(
    "ACR BI CD8 C4 C5 DC DCM FMA HCPCS I10 I10P I11 I9 I9C ICDO3 LN MA MDC MGI MSH MAYOASRG NCDR NCIt NDC NEU NYUMCCG PATHLEX "
    "POS RADELEMENT RADLEX RFC3066 RFC5646 RO RXNORM SCT SNM3 SRT SRTX UBERON UCUM UMLS UNS UO ISO3166_1 ISO5218_1 ISO639_2 ITIS_TSN".split()
)
"""Coding schemes whose codes and meanings are published; a site's own scheme may code anything (PS3.16 chapter 8)."""
CODE: Final = frozenset(
    tag_named(word) for word in ("CodeValue", "LongCodeValue", "CodeMeaning", "ExtendedCodeValue")
)
CODING_SCHEME: Final = tag_named("CodingSchemeDesignator")

STRUCTURAL_GROUP: Final = 0x0028
STRUCTURAL: Final = frozenset(
    tag_named(word)
    for word in (
        "SpecificCharacterSet", "ImageType", "Modality", "ConversionType", "PresentationIntentType", "ValueType",
        "RelationshipType", "ContinuityOfContent", "CompletionFlag", "VerificationFlag", "PatientPosition",
        "MIMETypeOfEncapsulatedDocument", "ScanOptions", "ScanningSequence", "SequenceVariant", "MRAcquisitionType",
        "PatientOrientation", "Laterality", "ImageLaterality", "FrameType", "PixelPresentation", "VolumetricProperties",
        "VolumeBasedCalculationTechnique", "AcquisitionContrast", "ComplexImageComponent", "QueryRetrieveLevel",
        "BodyPartExamined", "ViewPosition",
    )
)  # fmt: skip
"""Coded words from closed lists of the standard: a person called `HEAD` does not make them identifying."""

ESSENTIAL: Final = frozenset(
    tag_named(word)
    for word in (
        "SpecificCharacterSet",
        "Modality",
        "ValueType",
        "RelationshipType",
        "ContinuityOfContent",
        "ImageType",
    )
)
"""Those of them that no reader can do without."""

SAFE_PRIVATE: Final[Mapping[tuple[str, int], Mapping[int, str]]] = {
    ("GEMS_ACQU_01", 0x0019): {0x23: "DS", 0x24: "DS", 0x27: "DS"},  # table speed, mid scan time, rotation
    ("SIEMENS MR HEADER", 0x0019): {0x0C: "IS", 0x0E: "FD", 0x27: "FD"},  # diffusion: b, direction, matrix
    ("GEMS_SERS_01", 0x0025): {0x07: "SL"},  # images in the series
    ("GEMS_PARM_01", 0x0043): {0x39: "IS", 0x6F: "DS"},  # diffusion b, scanner table entry
    ("GEMS_HELIOS_01", 0x0045): {0x01: "SS", 0x02: "FL"},  # detector rows, their width
    ("ELSCINT1", 0x00E1): {0x21: "DS"},  # dose length product
    ("ELSCINT1", 0x01F1): {0x07: "DS", 0x26: "DS", 0x27: "DS"},  # table velocity, pitch, rotation time
    ("GEIIS PACS", 0x0903): {0x10: "US", 0x11: "US", 0x12: "US"},  # flags
    ("Philips Imaging DD 001", 0x2001): {0x03: "FL"},  # diffusion b
    ("Philips MR Imaging DD 001", 0x2005): {0x0D: "FL", 0x0E: "FL"},  # scale of the pixel values
    ("Philips PET Private Group", 0x7053): {0x00: "DS", 0x09: "DS"},  # uptake and activity factors
}
"""Private attributes that are kept on request, if they hold a number: the numeric rows of PS3.15 table E.3.10-1 that
two transcriptions of the table and pydicom's private dictionary agree on. Its other rows are not kept."""
SIZES: Final = {"US": 2, "SS": 2, "SL": 4, "FL": 4, "FD": 8}
LONGEST_PRIVATE: Final = 128
"""Bytes of such a value: a matrix of numbers, not a table with something in it."""

RETAINED_NAMES: Final = frozenset(
    tag_named(word)
    for word in (
        "InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName", "ClinicalTrialSiteID",
        "ClinicalTrialSiteName", "ClinicalTrialCoordinatingCenterName", "ClinicalTrialProtocolEthicsCommitteeName",
        "StationName", "DeviceSerialNumber", "PatientAge", "TimezoneOffsetFromUTC",
    )
)  # fmt: skip
"""What an option retains although it is itself among the identifiers that are searched for."""
