"""The ways in which one name or one day can be written."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

_GERMAN: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"})
_APOSTROPHES: Final = str.maketrans("", "", "'`´’ʼ")
_MONTHS: Final = {
    name: index % 12 + 1
    for index, name in enumerate(
        (
            "jan feb mar apr may jun jul aug sep oct nov dec "
            "january february march april mai june july august september october november december "
            "januar februar maerz april mai juni juli august september oktober november dezember "
            "janv fevr mars avril mai juin juil aout sept octobre novembre decembre"
        ).split()
    )
}
_NEITHER: Final = re.compile(r"[\W_]+")
_NUMBERS: Final = re.compile(r"(?<!\d)(\d{1,4})[.,/\-\s年]{1,2}(\d{1,2})[.,/\-\s月]{1,2}(\d{2,4})(?!\d)")
_RUN: Final = re.compile(r"(?<!\d)\d{6}(?:\d{2})?(?!\d)|(?<!\d)\d{8}(?=\d{6}(?!\d))")
_NAMED: Final = re.compile(r"(?<!\d)(\d{1,2})[.\s\-]*([^\W\d_]{3,9})[.\s\-,]*(\d{4}|\d{2})(?!\d)")
_NAMED_FIRST: Final = re.compile(
    r"([^\W\d_]{3,9})[.\s\-]*(\d{1,2})(?:st|nd|rd|th)?[.\s\-,]+(\d{4}|\d{2})(?!\d)"
)

type Day = tuple[int, int, int]
"""Year without its century, month, day: a two-digit year is as telling as a whole one."""


def folded(text: str) -> Iterator[str]:
    """A text in small letters without accents and apostrophes; then, where it has umlauts, with `ae` for `ä` and so on."""
    if text.isascii():
        yield text.lower().replace("'", "")
        return
    small = unicodedata.normalize("NFKC", text).casefold().translate(_APOSTROPHES)
    yield _unaccented(small)
    spelled = small.translate(_GERMAN)
    if spelled != small:
        yield _unaccented(spelled)


def _unaccented(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def squeezed(text: str) -> str:
    """Letters and digits only."""
    return text if text.isalnum() else _NEITHER.sub("", text)


@lru_cache(maxsize=256)  # bounded: these are dates of patients
def day_of(identifier: str) -> Day | None:
    """The day that a DICOM date (YYYYMMDD, or with dots) names; None for everything else."""
    match = re.fullmatch(r"(\d{4})\.?(\d{2})\.?(\d{2})", identifier.strip())
    return _day(match[1], match[2], match[3]) if match else None


def dates_in(text: str) -> Iterator[Day]:
    """Every day that a text may mean, in the orders and spellings of people."""
    return (day for _, _, day in days_in(text))


def days_in(text: str) -> Iterator[tuple[int, int, Day]]:
    """The same with the places where each begins and ends."""
    for match in _NUMBERS.finditer(text):
        yield from ((*match.span(), day) for day in _orders(match[1], match[2], match[3]))
    for match in _RUN.finditer(text):
        run = match[0]
        if len(run) == 8:
            yield from ((*match.span(), day) for day in _orders(run[:4], run[4:6], run[6:]))
            yield from ((*match.span(), day) for day in _orders(run[:2], run[2:4], run[4:]))
        else:
            yield from ((*match.span(), day) for day in _orders(run[:2], run[2:4], run[4:]))
    for match in _NAMED.finditer(text):
        yield from ((*match.span(), day) for day in _with_month(match[3], match[2], match[1]))
    for match in _NAMED_FIRST.finditer(text):
        yield from ((*match.span(), day) for day in _with_month(match[3], match[1], match[2]))


def _with_month(year: str, word: str, day: str) -> Iterator[Day]:
    plain = next(folded(word))
    month = _MONTHS.get(plain) or _MONTHS.get(plain[:3])
    found = _day(year, str(month or 0), day)
    if found is not None:
        yield found


def _orders(first: str, second: str, third: str) -> Iterator[Day]:
    for year, month, day in ((first, second, third), (third, second, first), (third, first, second)):
        found = _day(year, month, day)
        if found is not None:
            yield found


def _day(year: str, month: str, day: str) -> Day | None:
    if len(year) not in (2, 4) or not 1 <= int(month) <= 12 or not 1 <= int(day) <= 31:
        return None
    return int(year) % 100, int(month), int(day)
