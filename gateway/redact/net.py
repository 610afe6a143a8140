"""The search for known identifiers in everything that stays, in every spelling, script, order and encoding."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cached_property
from typing import Final

from gateway.redact.descriptors import VOCABULARY
from gateway.redact.near import Near, is_harmless
from gateway.redact.scripts import EASTERN, accented_bytes, in_encodings, spelled_with_accents
from gateway.redact.spellings import dates_in, day_of, folded, squeezed

SHORTEST_WORD: Final = 3
"""Letters of a name that are searched as a word; `Li` alone is in every sentence, `Li Wei` together is searched."""
SHORTEST_RUN: Final = 5
"""Letters and digits of a number that are searched inside longer runs; shorter ones only as a word of their own."""
LONG_NAME: Final = 7
"""Letters of a name that are found inside longer words too; shorter ones are parts of ordinary words."""
SHORTEST_TEXT: Final = 2
"""Characters of a text in which anything is searched; two are a name in Chinese."""
SHORTEST_BYTES: Final = 6
"""Bytes that are searched in pixels and other binary values, where short ones occur by chance."""
SHORTEST_WIDE: Final = 4
"""Letters of two bytes each that are searched there; the last one's zero may be missing."""
FEW_PLACES: Final = 64
"""Up to so many places are looked at one by one; a picture that has more is searched from end to end."""
type Needles = tuple[tuple[bytes, ...], tuple[bytes, ...], tuple[bytes, ...]]
"""Bytes that follow one another, letters with a zero between each two, and all that plain letters do not spell."""
_TITLES: Final = frozenset(
    "dr prof med md mrs mr ms miss phd von van der den del des the and of st jr sr iii".split()
)
PLACES: Final = frozenset(
    """hospital hospitals clinic clinics klinik klinikum krankenhaus university universitat medical center centre central
    radiology radiologie department imaging institute institut health healthcare general regional national street strasse
    road avenue city county hopital ospedale centro clinica""".split()
)
_MARKS: Final = bytes(2 if 32 <= b < 127 or b > 160 or b == 27 else int(b > 0) for b in range(256))
"""Of every byte: 2 for what texts are made of, 0 for zero, 1 for the rest."""
_SIX_LETTERS: Final = b"\2" * SHORTEST_BYTES
_FOUR_WIDE: Final = b"\2\0\2\0\2\0\2"
_DIGIT: Final = re.compile(r"\d")
_CORES: Final = re.compile(r"\d{5,}")
_RUNS: Final = re.compile(r"[^\W\d_]+|\d+")
SEPARATORS: Final = re.compile(r"[\s^=,;./\\()\-_\x00-\x1f\ufffd]+")


class Net:
    """A search for identifiers in all their spellings."""

    def __init__(self, identifiers: Iterable[str]) -> None:
        self.identifiers = tuple(identifiers)
        self.words: set[str] = set()
        self.runs: set[str] = set()
        self.days: set[tuple[int, int, int]] = set()
        self.literal: set[str] = set()
        self.accented: set[str] = set()
        for identifier in self.identifiers:
            self._learn(identifier)

    def _learn(self, identifier: str) -> None:
        day = day_of(identifier)
        if day is not None:
            self.days.add(day)
            return
        if not identifier.isascii():
            self.accented.update(spelled_with_accents(identifier, _TITLES | PLACES | VOCABULARY))
        for plain in folded(identifier):
            pieces = [piece for piece in SEPARATORS.split(plain) if piece]
            whole = squeezed(plain)
            if not whole:
                continue
            if _DIGIT.search(whole) is not None:
                self._learn_number(identifier, whole)
                self._learn_name([p for p in pieces if p.isalpha()], named="^" in identifier)
            elif is_ideographic(whole):
                self.runs.update(piece for piece in (*pieces, whole) if len(piece) >= 2)
                self.literal.update(piece for piece in (*pieces, whole) if len(piece) >= 2)
            else:
                self._learn_name(pieces, named="^" in identifier or len(pieces) == 1)

    def _learn_number(self, identifier: str, whole: str) -> None:
        cores = _CORES.findall(whole) + _CORES.findall(identifier)
        for number in {whole, whole.lstrip("0"), *cores, *(core.lstrip("0") for core in cores)}:
            if len(number) >= SHORTEST_RUN:
                self.runs.add(number)
            elif len(number) >= SHORTEST_WORD:
                self.words.add(number)
        # Whatever spells the identifier spells the digits in it.
        self.literal.update(cores or (identifier.strip().lower(),))

    def _learn_name(self, pieces: list[str], *, named: bool) -> None:
        if not pieces:
            return
        shortest, told = (SHORTEST_WORD, _TITLES) if named else (5, PLACES)
        own = [p for p in pieces if len(p) >= shortest and p not in told and p not in VOCABULARY]
        self.words.update(own)
        self.literal.update(own)
        self.runs.update(piece for piece in own if len(piece) >= LONG_NAME)
        if len(pieces) == 1:
            return
        spoken = [piece for piece in pieces if piece not in _TITLES]
        pairs = {tuple(pieces), tuple(reversed(pieces)), tuple(spoken[:2]), tuple(reversed(spoken[:2]))}
        self.runs.update(run for pair in pairs if len(pair) > 1 and len(run := "".join(pair)) >= SHORTEST_RUN)
        if all(len(piece) < SHORTEST_BYTES for piece in own):
            # Short names by themselves occur by chance; first and last together do not.
            self.literal.update(s.join(pair) for pair in pairs if len(pair) > 1 for s in (" ", "^"))

    @property
    def empty(self) -> bool:
        """Whether there is nothing to search for."""
        return not (self.words or self.runs or self.days)

    def catches(self, text: str) -> bool:
        """Whether a text holds an identifier, in whatever order, case, script or punctuation."""
        if not text or self.empty:
            return False
        for plain in folded(text):
            if not self.words.isdisjoint(SEPARATORS.split(plain)) or not self.words.isdisjoint(
                _RUNS.findall(plain)
            ):
                return True
            run = squeezed(plain)
            if len(run) >= SHORTEST_TEXT:
                both = f"{run} {run[::-1]}"  # also letters written backwards
                size = len(run)
                for known in self._by_length:
                    if len(known) > size:
                        break
                    if known in both:
                        return True
        return (
            bool(self.days) and _DIGIT.search(text) is not None and not self.days.isdisjoint(dates_in(text))
        )

    def resembles(self, text: str) -> bool:
        """Whether a text holds what is nearly an identifier; words of imaging are none."""
        return not is_harmless(text) and self._near.catches(text)

    @cached_property
    def _near(self) -> Near:
        """What is nearly one of the identifiers, in a file whose header is damaged."""
        return Near(self.identifiers, self.words | self.runs, self.days)

    def is_number(self, text: str) -> bool:
        """Whether a numeric text is, as a whole, one of the identifiers."""
        run = squeezed(text.casefold())
        return len(run) >= SHORTEST_RUN and (run in self.runs or run.lstrip("0") in self.runs)

    def in_uid(self, uid: str) -> bool:
        """Whether a component of a UID is, or holds, an identifying number."""
        for part in uid.split("."):
            if len(part) >= SHORTEST_RUN:
                for run in self._by_length:
                    if run in part:
                        return True
        return False

    @cached_property
    def _by_length(self) -> tuple[str, ...]:
        """Runs, the shortest first: most texts are shorter than most of them."""
        return tuple(sorted(self.runs, key=len))

    @cached_property
    def needles(self) -> Needles:
        """Spellings as bytes, lower case, in the encodings that files use; for binary values and the finished file."""
        narrow: set[bytes] = set()
        wide: set[bytes] = set()
        mixed: set[bytes] = set()
        for text in self.literal:
            if text.isascii():
                spelled = text.encode("ascii")
                if len(spelled) >= SHORTEST_BYTES:
                    narrow.add(spelled)
                # The zeros between the letters are the same in either order of bytes.
                if len(spelled) >= SHORTEST_WIDE:
                    (wide if text.isprintable() else mixed).add(text.encode("utf-16-le")[:-1])
            else:
                for spelled in in_encodings(text, EASTERN):
                    if len(spelled) >= SHORTEST_BYTES:
                        (mixed if b"\0" in spelled else narrow).add(spelled)
        mixed |= accented_bytes(self.accented, SHORTEST_BYTES)
        return tuple(narrow), tuple(wide), tuple(mixed)

    def in_bytes(self, data: bytes | memoryview) -> bool:
        """Whether binary data spell an identifier, in upper or lower case."""
        if not self.literal or len(data) < SHORTEST_BYTES:
            return False
        plain = bytes(data)
        # Most scans hold neither six letters in a row nor four of two bytes. It costs a tenth of the search to know.
        marks = plain.translate(_MARKS)
        return (_SIX_LETTERS in marks and self._in_narrow(plain.lower())) or self._in_wide(plain, marks)

    def in_text_bytes(self, data: bytes) -> bool:
        """The same for bytes that hold text for certain."""
        return self._in_narrow(data.lower()) or self._in_wide(data, data.translate(_MARKS))

    def _in_narrow(self, lower: bytes) -> bool:
        for needle in self.needles[0]:
            if needle in lower and (not needle.isdigit() or _stands_alone(lower, needle)):
                return True
        return False

    def _in_wide(self, data: bytes, marks: bytes) -> bool:
        """Whether letters with a zero beside each spell an identifier; looked at only where four of them stand."""
        _, wide, mixed = self.needles
        place = marks.find(_FOUR_WIDE) if wide else -1
        if place < 0 and not mixed:
            return False
        lower = data.lower()
        if any(needle in lower for needle in mixed):
            return True
        if place < 0:
            return False
        for _ in range(FEW_PLACES):
            if lower.startswith(wide, place):
                return True
            place = marks.find(_FOUR_WIDE, place + 1)
            if place < 0:
                return False
        return any(needle in lower for needle in wide)


def _stands_alone(data: bytes, number: bytes) -> bool:
    """Whether a number is found that no digit continues; long runs of digits hold every short one."""
    at = data.find(number)
    while at >= 0:
        if not (
            data[at + len(number) : at + len(number) + 1].isdigit() or data[max(0, at - 1) : at].isdigit()
        ):
            return True
        at = data.find(number, at + 1)
    return False


def is_ideographic(text: str) -> bool:
    """Whether a text holds letters of a script without capitals: Chinese, Japanese, Korean, Arabic, Thai."""
    return not text.isascii() and any(unicodedata.category(character) == "Lo" for character in text)
