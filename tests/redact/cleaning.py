"""What the tests of DICOM redaction share: a file in, the cleaned one out."""

import io
from typing import Any

import pydicom
from pydicom.dataset import FileDataset

from gateway.limits import Limits
from gateway.model import Format, Part, RedactionOptions
from gateway.redact import redact
from tests.redact.planted import written

LIMITS, SECRET = Limits(), b"k" * 32
FULL, MODIFIED = "retain-longitudinal-full-dates", "retain-longitudinal-modified-dates"


def clean(
    data: bytes, *options: str, secret: bytes = SECRET, identifiers: tuple[str, ...] = (), **more: Any
) -> bytes:
    """The bytes of a file without its patient."""
    chosen = RedactionOptions(profile=options, **more)
    return redact(Part(("file",), data, Format.DICOM), (), chosen, LIMITS, secret, identifiers).data


def opened(data: bytes) -> FileDataset:
    """A file as pydicom reads it."""
    return pydicom.dcmread(io.BytesIO(data))


def cleaned(ds: FileDataset, *options: str, **more: Any) -> FileDataset:
    """A data set without its patient, read again."""
    return opened(clean(written(ds), *options, **more))
