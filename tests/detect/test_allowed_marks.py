"""The marks that may stay, and the words that must not pass for one."""

import pytest

from gateway.detect.allowed_marks import is_allowed_mark, is_allowed_text
from gateway.formats.reading import Reading

MARKS = ("L", "R", "RPF", "A", "AP", "LAT", "120 kV", "200 mAs", "5 cm", "10 mm", "W 400 L 40", "W: 350 C: 40", "TE 90",
         "FOV 350", "MI 1.2", "0.9", "10", "ERECT", "kV 120 mA 200", "12/40", "R MLO", "x 1.5", "LCC.", "Im 3")  # fmt: skip
PEOPLE = ("MUELLER", "12345678", "01.02.1950", "LI WEI", "45Y", "M", "F 45", "1950", "L. Smith", "ID 5", "12.05.23", "A1234",
          "L 12345", "RIGHTON", "11/12/1950", "12/1950", "01 02 50", "", " ", "Anna", "*19.04.2000")  # fmt: skip


@pytest.mark.parametrize("mark", MARKS)
def test_marks_stay(mark: str) -> None:
    assert is_allowed_text(mark)


@pytest.mark.parametrize("words", PEOPLE)
def test_what_may_be_a_person_goes(words: str) -> None:
    assert not is_allowed_text(words)


def test_an_unsure_reading_is_no_mark() -> None:
    assert is_allowed_mark(Reading("L", 0.9))
    assert not is_allowed_mark(Reading("L", 0.3))
    assert not is_allowed_mark(Reading("L", 0.9, whole=False))
