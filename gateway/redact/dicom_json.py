"""Cleans headers in the JSON model of DICOM by the same table as files: what web services for images answer with."""

from gateway.errors import RedactionError
from gateway.formats.dicom_elements import EXPLICIT, DataSet, DicomFile
from gateway.formats.dicom_json import read_objects, written_objects
from gateway.formats.dicom_write import encode_data_set
from gateway.limits import Limits
from gateway.model import Finding, Format, Kind, Part, RedactionOptions
from gateway.redact import profile
from gateway.redact.dicom_clean import PIXELS
from gateway.redact.dicom_tags import cleaner_for, stated
from gateway.redact.net import Net
from gateway.redact.seal import has_seal, with_seal


class DicomJson:
    """The redactor of DICOM JSON."""

    name = "dicom-json"
    removes = frozenset({Kind.IDENTIFIER_IN_METADATA})

    def claims(self, part: Part) -> bool:
        """DICOM JSON; the XML model is not rewritten."""
        return part.format is Format.DICOM_JSON

    def redact(
        self,
        part: Part,
        findings: tuple[Finding, ...],
        options: RedactionOptions,
        limits: Limits,
        secret: bytes,
        identifiers: tuple[str, ...],
    ) -> Part:
        """The same data sets without their patients; pictures in them are refused, for nobody has looked at them."""
        del findings
        chosen = frozenset(options.profile)
        if (
            chosen - profile.OPTIONS.keys()
            or "clean-recognizable-visual-features" in chosen
            or options.keep_length
        ):
            raise RedactionError("an option that is not possible for this format")
        before = read_objects(part.data, limits)
        net = Net(identifiers)
        if all(_is_done(one, net, chosen, secret) for one in before):
            return part
        cleaned = tuple(_cleaned(one, chosen, secret, identifiers) for one in before)
        written = written_objects(part.data, before, cleaned)
        # The seal is on what is read from the text, where padding is gone and numbers are written anew.
        again = read_objects(written, limits)
        sealed = tuple(with_seal(DicomFile((), one, EXPLICIT), chosen, secret).dataset for one in again)
        return part.with_data(written_objects(written, again, sealed))


DICOM_JSON = DicomJson()


def _cleaned(
    dataset: DataSet, options: frozenset[str], secret: bytes, identifiers: tuple[str, ...]
) -> DataSet:
    if any(element.tag in PIXELS for element in dataset):
        raise RedactionError("a picture written as text, which is not rewritten")
    cleaner, net = cleaner_for(dataset, options, secret, identifiers)
    cleaned = stated(cleaner.data_set(dataset), options, painted=False)
    if net.in_text_bytes(encode_data_set(cleaned, EXPLICIT)):
        raise RedactionError("an identifier is still in the data set")
    return cleaned


def _is_done(dataset: DataSet, net: Net, options: frozenset[str], secret: bytes) -> bool:
    file = DicomFile((), dataset, EXPLICIT)
    return has_seal(file, options, secret) and not net.in_text_bytes(encode_data_set(dataset, EXPLICIT))
