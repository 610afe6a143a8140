"""Whether a written line may name a person: holds a known identifier, a date, or a long number."""

import re

from gateway.formats.reading import Reading

CONFIDENCE = 0.75
"""A line read with less confidence may say anything, and goes."""
LONGEST_NUMBER = 4
"""Digits that a line may hold together; record, accession and telephone numbers are longer."""

_LOOKALIKES = str.maketrans("01258|!ILOSZB", "OIZSBIIIIOSZB")
"""Characters that readers of small print take for one another."""
_DATE = re.compile(r"\d{1,4}[.,/\- ]\d{1,2}[.,/\- ]\d{1,4}")
_YEAR = re.compile(r"(?<!\d)(?:18|19|20)\d\d(?!\d)")
_AGE = re.compile(r"(?<![A-Z0-9])\d{1,3} ?[YMWD](?![A-Z0-9])")


def may_name_a_person(reading: Reading, identifiers: tuple[str, ...]) -> bool:
    """True for everything that is not surely harmless; identifiers are the ones harvested from the same upload."""
    text = reading.text.upper()
    if not reading.whole or reading.confidence < CONFIDENCE or not text.strip():
        return True
    if _DATE.search(text) or _YEAR.search(text) or _AGE.search(text):
        return True
    if max((len(run) for run in re.findall(r"\d+", text)), default=0) > LONGEST_NUMBER:
        return True
    line = _folded(text)
    return any(piece in line for identifier in identifiers for piece in _pieces(identifier))


def _pieces(identifier: str) -> list[str]:
    """The words of an identifier that are long enough to mean something, and the whole of it."""
    words = re.split(r"[^\w]+|\^", identifier.upper())
    return [folded for word in (*words, identifier.upper()) if len(folded := _folded(word)) >= 2]


def _folded(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).translate(_LOOKALIKES)
