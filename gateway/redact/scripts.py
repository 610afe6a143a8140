"""How a name with accents, or in another alphabet, stands in bytes: small, large or as in a passport, in every code page.

Letters without accents are searched elsewhere, without regard to case. A byte that is no ASCII letter has no case of
its own, so each way of writing is a search of its own here.
"""

import re
import unicodedata
from collections.abc import Container, Iterable, Iterator
from itertools import pairwise
from typing import Final

EASTERN: Final = (
    "utf-8",
    "latin-1",
    "utf-16-le",
    "utf-16-be",
    "shift_jis",
    "euc_jp",
    "euc_kr",
    "gb18030",
    "iso2022_jp",
)
WESTERN: Final = (
    "utf-8", "latin-1", "iso8859-2", "iso8859-3", "iso8859-4", "iso8859-5", "iso8859-7", "iso8859-9",
    "cp1250", "cp1251", "cp1253", "koi8-r",
)  # fmt: skip
"""Latin 1, Polish, Maltese, Baltic, Cyrillic, Greek and Turkish, by ISO 8859 (PS3.5 6.1.2) and as Windows has them."""
WIDE: Final = ("utf-16-le", "utf-16-be")
SHORTEST_MIXED: Final = 4
"""Letters of two bytes each with plain ones among them: zeros and letters in turn do not come up by chance."""
SHORTEST_FOREIGN: Final = 6
"""The same without plain ones: Cyrillic letters are the numbers that soft tissue has in a CT slice."""
SHORTEST_PIECE: Final = 3
_BETWEEN: Final = re.compile(r"[\s^=,;./\\()\-_]+")


def spelled_with_accents(identifier: str, unsaid: Container[str]) -> Iterator[str]:
    """The parts of a name that plain letters do not spell, and the short ones with their neighbours, in small letters."""
    small = unicodedata.normalize("NFC", identifier).lower()
    pieces = [piece for piece in _BETWEEN.split(small) if piece and not piece.isdigit()]
    own = [piece for piece in pieces if piece not in unsaid]
    yield from (piece for piece in own if not piece.isascii() and len(piece) >= SHORTEST_PIECE)
    for one, other in pairwise(pieces):
        if not f"{one}{other}".isascii():
            yield from (f"{a}{between}{b}" for a, b in ((one, other), (other, one)) for between in " ^")


def accented_bytes(names: Iterable[str], shortest: int) -> frozenset[bytes]:
    """Every way in which names stand in bytes whose ASCII letters have been made small.

    `shortest` is the number of bytes below which a spelling would be found by chance.
    """
    return frozenset(
        spelled
        for name in names
        for written in _written(name)
        for spelled in (*_narrow(written, shortest), *_wide(written))
    )


def in_encodings(text: str, encodings: Iterable[str]) -> Iterator[bytes]:
    """A text in the encodings named, where they have its letters."""
    for encoding in encodings:
        try:
            yield text.encode(encoding).lower()
        except UnicodeEncodeError:
            continue


def _written(name: str) -> Iterator[str]:
    for cased in {name, name.upper(), name.title()}:
        yield from {cased, unicodedata.normalize("NFD", cased)}


def _narrow(text: str, shortest: int) -> Iterator[bytes]:
    return (spelled for spelled in in_encodings(text, WESTERN) if len(spelled) >= shortest)


def _wide(text: str) -> Iterator[bytes]:
    plain = any(letter.isascii() and letter.isalpha() for letter in text)
    if len(text) >= (SHORTEST_MIXED if plain else SHORTEST_FOREIGN):
        yield from (text.encode(wide).lower() for wide in WIDE)
