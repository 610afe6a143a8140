"""Opens DICOM within limits; the only door to pydicom.

The deflated transfer syntax is inflated here under a cap, since pydicom would inflate all of it before anything else;
nested sequences that exhaust the stack are a limit, not a crash; a file set is never opened (it names other files).
"""

import io
import warnings
import zlib
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom import config
from pydicom.dataset import Dataset, FileDataset
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi_lut
from pydicom.pixels.utils import pixel_array
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

from gateway.errors import FormatError, GatewayError, LimitReached
from gateway.formats.sniff_dicom import bare_data_set, displaced_data_set
from gateway.limits import MIB, Limits

# What a file says of itself is looked at by us; pydicom's own opinion of a value would only print it.
config.settings.reading_validation_mode = config.IGNORE
config.settings.writing_validation_mode = config.IGNORE

PREAMBLE: Final = 132
PIXELS: Final = (0x7FE00008, 0x7FE00009, 0x7FE00010)

MODALITIES: Final = {
    "CR": "xray", "DX": "xray", "RF": "xray", "XA": "xray", "RG": "xray", "RTIMAGE": "xray", "BMD": "xray",
    "CT": "ct", "MR": "mri", "MS": "mri", "US": "ultrasound", "IVUS": "ultrasound", "BDUS": "ultrasound",
    "PT": "pet", "NM": "nuclear", "ST": "nuclear", "MG": "mammogram",
    "OP": "fundus", "OPT": "oct", "OCT": "oct", "IVOCT": "oct", "OPTENF": "oct",
    "SM": "histology", "GM": "histology", "DMS": "dermatology", "DERM": "dermatology", "XC": "dermatology",
    "ES": "endoscopy", "ECG": "ecg", "HD": "ecg", "EPS": "ecg", "IO": "dental", "PX": "dental",
    "SR": "document", "DOC": "document", "KO": "document",
}  # fmt: skip
"""(0008,0060) Modality, defined terms of PS3.3 C.7.3.1.1.1, in our words; everything else is `other`."""


@dataclass(frozen=True, slots=True)
class Dicom:
    """One opened file."""

    dataset: FileDataset = field(repr=False)
    limits: Limits
    whole: bool  # False where reading stopped before the pixels

    @property
    def modality(self) -> str:
        """What kind of image the file says it is, in our words; `other` where it does not say."""
        return MODALITIES.get(_text(self.dataset, "Modality"), "other")

    @property
    def transfer_syntax(self) -> str:
        """UID of the encoding; empty where the file does not name it."""
        return str(getattr(self.dataset.file_meta, "TransferSyntaxUID", ""))

    @property
    def photometric(self) -> str:
        """(0028,0004) Photometric Interpretation."""
        return _text(self.dataset, "PhotometricInterpretation")

    @property
    def frame_count(self) -> int:
        """How many pictures there are; 0 for a report, a plan, a waveform."""
        if not any(tag in self.dataset for tag in PIXELS):
            return 0
        count = getattr(self.dataset, "NumberOfFrames", 1) or 1
        return int(count)

    def frame(self, index: int) -> NDArray[Any]:
        """Stored values of one frame, HxW or HxWx3, channels last. Raises FormatError, LimitReached."""
        self._check_size()
        return _guarded(lambda: np.asarray(pixel_array(self.dataset, index=index, raw=True)))

    def display(self, index: int) -> NDArray[np.uint8]:
        """One frame as a viewer shows it: HxWx3, 8 bit. Raises FormatError, LimitReached."""
        self._check_size()
        return _guarded(lambda: self._shown(index))

    def _shown(self, index: int) -> NDArray[np.uint8]:
        values = np.asarray(pixel_array(self.dataset, index=index))
        if self.photometric == "PALETTE COLOR":
            values = apply_color_lut(values, self.dataset)
        if values.ndim == 3:
            return _to_bytes(values) if values.dtype != np.uint8 else np.ascontiguousarray(values)
        grey = apply_voi_lut(apply_modality_lut(values, self.dataset), self.dataset)
        shown = _to_bytes(grey)
        if self.photometric == "MONOCHROME1":
            shown = 255 - shown
        return np.repeat(shown[:, :, None], 3, axis=2)

    def _check_size(self) -> None:
        rows, columns = (
            int(getattr(self.dataset, "Rows", 0) or 0),
            int(getattr(self.dataset, "Columns", 0) or 0),
        )
        if rows * columns > self.limits.pixels:
            raise LimitReached("a frame is larger than the limit", reason="too-many-pixels")
        if self.frame_count > self.limits.frames:
            raise LimitReached("more frames than the limit", reason="too-many-frames")


def open_dicom(data: bytes, limits: Limits, *, header_only: bool = False) -> Dicom:
    """Open a file, with or without preamble, in any transfer syntax; `header_only` stops before the pixels.

    Raises FormatError where it is not sound DICOM, LimitReached where it unfolds beyond the limits.
    """

    def read() -> Dicom:
        if data[128:132] != b"DICM" and not (bare_data_set(data) or displaced_data_set(data)):
            raise FormatError("no DICOM file begins here")
        plain = _inflated(data, limits)
        dataset = pydicom.dcmread(io.BytesIO(plain), force=True, stop_before_pixels=header_only)
        if len(dataset) == 0:
            raise FormatError("a DICOM file without a single element")
        return Dicom(dataset, limits, not header_only)

    return _guarded(read)


def _inflated(data: bytes, limits: Limits) -> bytes:
    """The same file with its data set inflated, where it is deflated (PS3.5 A.5)."""
    if data[128:132] != b"DICM" or DeflatedExplicitVRLittleEndian.encode() not in data[:4096]:
        return data
    meta, start = _file_meta(data)
    if getattr(meta, "TransferSyntaxUID", None) != DeflatedExplicitVRLittleEndian:
        return data
    room = min(limits.decoded_bytes, max(MIB, limits.expansion_ratio * len(data)))
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    body = machine.decompress(data[start:], room)
    if machine.unconsumed_tail or not machine.eof:
        raise LimitReached("a deflated data set is truncated or unfolds beyond the limit", reason="expansion")
    # Same length, so that no length in the file meta group changes.
    named = DeflatedExplicitVRLittleEndian.encode()
    plain = ExplicitVRLittleEndian.encode().ljust(len(named) + len(named) % 2, b"\0")[: len(named)]
    return data[:start].replace(named, plain, 1) + body


def _file_meta(data: bytes) -> tuple[Dataset, int]:
    stream = io.BytesIO(data)
    stream.seek(PREAMBLE)
    meta = pydicom.filereader._read_file_meta_info(stream)  # noqa: SLF001 - the public one takes a path only
    return meta, stream.tell()


def _guarded[T](work: Any) -> T:  # type: ignore[type-var]  # the result is whatever the work gives
    """Foreign failures as ours, without their words, which quote the file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result: T = work()
            return result
    except GatewayError:
        raise
    except RecursionError:
        raise LimitReached("sequences are nested beyond the limit", reason="too-deep") from None
    except MemoryError:
        raise LimitReached("a file needs more memory than there is", reason="memory") from None
    except Exception as error:  # noqa: BLE001 - the border to pydicom and its decoders
        raise FormatError(f"a DICOM file cannot be read ({type(error).__name__})") from None


def _to_bytes(values: NDArray[Any]) -> NDArray[np.uint8]:
    numbers = values.astype(np.float32)
    low, high = float(numbers.min()), float(numbers.max())
    scaled: NDArray[np.uint8] = ((numbers - low) * (255.0 / ((high - low) or 1.0))).astype(np.uint8)
    return scaled


def _text(dataset: Dataset, keyword: str) -> str:
    value = getattr(dataset, keyword, None)
    return str(value).strip().upper() if value is not None else ""
