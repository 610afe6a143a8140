"""Files with one invented patient planted in every place where a DICOM file can hold one; also run by the benchmark."""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
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

from tests.redact.planted_places import (
    ACCESSION,
    ADDRESS,
    BORN,
    DOCTOR,
    NAME,
    PATIENT_ID,
    PHONE,
    PLACE,
    PLANTS,
    SPOKEN,
    deep,
    document,
    graphics,
    having,
    overlay,
    private,
    report,
    safe_private,
    visits,
)

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


def _compressed(syntax: str) -> bytes:
    ds = base(bits=8 if syntax == JPEGBaseline8Bit else 16)
    private(ds)
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
        ("encapsulated pdf", PDF, document("application/pdf")), ("encapsulated cda", CDA, document("text/XML")),
        ("model", "1.2.840.10008.5.1.4.1.1.104.3", document("model/stl")), ("report", SR, report),
    ):  # fmt: skip
        ds = base(sop_class, pixels=False)
        plant(ds)
        yield Case(name, written(ds))
        yield Case(f"{name} cleaned", written(ds), ("clean-structured-content", "clean-descriptors"))
    for syntax in (ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian):
        for name, plant in (("private", private), ("deep", deep), ("overlay", overlay)):
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
        (("clean-descriptors",), having(ProtocolName=f"Chest {SPOKEN}", RequestedProcedureDescription=SPOKEN)),
        (("clean-graphics",), graphics), (("clean-structured-content",), visits),
        (("retain-longitudinal-full-dates",), having(SoftwareVersions=f"{SPOKEN} 13.09.1947")),
        (("retain-longitudinal-modified-dates",), having(AcquisitionDateTime="20240229101112.0", DateOfLastCalibration="20240101")),
        (("retain-patient-characteristics",), having(Allergies=f"{SPOKEN} contrast", EthnicGroup="Marisol")),
        (("retain-device-identity",), having(GantryID=SPOKEN, CassetteID=PATIENT_ID)),
        (("retain-safe-private",), safe_private), (("retain-safe-private",), private),
        (("clean-descriptors", "retain-patient-characteristics", "retain-longitudinal-modified-dates"), deep),
    ):  # fmt: skip
        ds = base()
        plant(ds)
        yield Case(f"with {' '.join(options)}", written(ds), options)
