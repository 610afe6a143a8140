"""The seal on a cleaned file: who holds the key knows it again, to the last byte, and does not clean it twice.

It stands as the last value of (0012,0063) De-identification Method and covers the data set, the transfer syntax and
the options.
"""

import hmac
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from gateway.errors import RedactionError
from gateway.formats.dicom_dictionary import tag_named
from gateway.formats.dicom_elements import DicomFile, Element
from gateway.formats.dicom_write import assembled, encode_data_set, put_together
from gateway.redact.dicom_clean import PIXELS
from gateway.redact.pseudonyms import seal_of

METHOD: Final = tag_named("DeidentificationMethod")
SEAL: Final = "seal "
BLANK_SEAL: Final = SEAL + "0" * 32


def written_sealed(
    file: DicomFile, options: frozenset[str], secret: bytes, spells: Callable[[bytes], bool]
) -> bytes:
    """The sealed file. RedactionError where its header, as it is written, still spells an identifier."""
    split = next((i for i, e in enumerate(file.dataset) if e.tag in PIXELS), len(file.dataset))
    head = encode_data_set(file.dataset[:split], file.syntax)
    tail = encode_data_set(file.dataset[split:], file.syntax)
    if spells(head) or head.count(BLANK_SEAL.encode()) != 1:
        raise RedactionError("an identifier is still in the file")
    seal = SEAL + _mark_of(options, file.syntax, secret, head, tail)
    return assembled(file.meta, head.replace(BLANK_SEAL.encode(), seal.encode()) + tail, file.syntax)


def with_seal(file: DicomFile, options: frozenset[str], secret: bytes) -> DicomFile:
    """The file with the seal that its contents have now."""
    blank = _sealed_as(file, BLANK_SEAL)
    return _sealed_as(blank, SEAL + _mark(blank, options, secret))


def is_sealed(file: DicomFile, data: bytes, options: frozenset[str], secret: bytes) -> bool:
    """Whether this very file was written here with this key and these options, to the last byte."""
    return has_seal(file, options, secret) and put_together(file) == data


def has_seal(file: DicomFile, options: frozenset[str], secret: bytes) -> bool:
    """Whether the elements of a file are the ones that were sealed here with this key and these options."""
    method = next((e for e in file.dataset if e.tag == METHOD), None)
    if method is None:
        return False
    seal = bytes(method.value).decode("latin-1").strip().split("\\")[-1]
    if not seal.startswith(SEAL) or len(seal) != len(BLANK_SEAL):
        return False
    true = SEAL + _mark(_sealed_as(file, BLANK_SEAL), options, secret)
    return hmac.compare_digest(true.encode(), seal.encode("latin-1"))


def _sealed_as(file: DicomFile, seal: str) -> DicomFile:
    def with_seal(element: Element) -> Element:
        head, _, _ = bytes(element.value).decode("latin-1").strip().rpartition("\\")
        return element._replace(value=f"{head}\\{seal}".encode("latin-1"))

    return replace(file, dataset=tuple(with_seal(e) if e.tag == METHOD else e for e in file.dataset))


def _mark(file: DicomFile, options: frozenset[str], secret: bytes) -> str:
    return _mark_of(options, file.syntax, secret, encode_data_set(file.dataset, file.syntax))


def _mark_of(options: frozenset[str], syntax: str, secret: bytes, *body: bytes) -> str:
    return seal_of(secret, ",".join(sorted(options)).encode(), b"\0", syntax.encode(), *body)
