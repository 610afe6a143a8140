"""Names with accents and in other alphabets are found in bytes as they are written, not only without their accents."""

import pytest

from gateway.errors import RedactionError
from gateway.redact.net import Net
from tests.redact.cleaning import clean
from tests.redact.planted import base, written

NAMES = (
    ("Müller^Jörg", "Müller", "latin-1"),
    ("Peña^Íñigo", "Peña^Íñigo", "latin-1"),
    ("Wiśniewska^Żaneta", "Wiśniewska", "iso8859-2"),
    ("Wiśniewska^Żaneta", "Wiśniewska", "cp1250"),
    ("Дмитриева^Ольга", "Дмитриева", "iso8859-5"),
    ("Дмитриева^Ольга", "Дмитриева", "koi8-r"),
    ("Παπαδοπούλου^Ελένη", "Παπαδοπούλου", "iso8859-7"),
)
UNICODE = ("utf-8", "utf-16-le", "utf-16-be")


@pytest.mark.parametrize(("name", "spelled", "page"), NAMES)
@pytest.mark.parametrize("unicode", [*UNICODE, None])
@pytest.mark.parametrize("cased", [str, str.upper, str.lower], ids=["as is", "large", "small"])
def test_as_they_are_written(
    name: str, spelled: str, page: str, unicode: str | None, cased: type[str]
) -> None:
    net = Net([name])
    around = bytes([1, 2, 0, 250])
    written_so = cased(spelled).encode(unicode or page)
    for search in (net.in_bytes, net.in_text_bytes):
        assert search(around + written_so + around)
        assert not search(around + written_so[:5] + around)


@pytest.mark.parametrize("encoding", UNICODE)
def test_a_letter_and_its_accent_apart(encoding: str) -> None:
    import unicodedata

    apart = unicodedata.normalize("NFD", "Müller")
    assert Net(["Müller^Jörg"]).in_bytes(b"\1" + apart.encode(encoding) + b"\1")


def test_numbers_of_soft_tissue_are_no_name() -> None:
    import numpy as np

    slice_ = np.random.default_rng(3).normal(1070, 12, (512, 512)).astype("<u2").tobytes()
    assert not Net(["Ким^Оля"]).in_bytes(slice_)


@pytest.mark.parametrize("encoding", [*UNICODE, "latin-1"])
def test_a_file_with_the_name_in_a_binary_value_is_refused(encoding: str) -> None:
    ds = base()
    ds.PatientName = "Müller^Jörg"
    clean(written(ds))
    ds.add_new(0x00281101, "US", [1, 0, 16])
    ds.add_new(0x00281201, "OW", ("..MÜLLER.." * 2).encode(encoding).ljust(64, b"\0"))
    with pytest.raises(RedactionError):
        clean(written(ds))
