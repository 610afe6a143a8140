"""The search for known identifiers in everything that stays, in every spelling, script, order and encoding."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final

import numpy as np

from gateway.redact.descriptors import VOCABULARY
from gateway.redact.near import Near, is_harmless
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
WIDE: Final = 7
"""Bytes of four letters of two bytes, without the last one's zero."""
FEW_PLACES: Final = 64
"""Up to so many places are looked at one by one; a picture that has more is searched from end to end."""
type Places = np.ndarray[tuple[int, ...], np.dtype[np.intp]]
NOWHERE: Final[Places] = np.empty(0, np.intp)
_TITLES: Final = frozenset(
    "dr prof med md mrs mr ms miss phd von van der den del des the and of st jr sr iii".split()
)
PLACES: Final = frozenset(
    """hospital hospitals clinic clinics klinik klinikum krankenhaus university universitat medical center centre central
    radiology radiologie department imaging institute institut health healthcare general regional national street strasse
    road avenue city county hopital ospedale centro clinica""".split()
)
EASTERN: Final = ("shift_jis", "euc_jp", "euc_kr", "gb18030", "iso2022_jp")
_TEXT_BYTES: Final = bytes(32 <= byte < 127 or byte > 160 or byte == 27 for byte in range(256))
_SIX: Final = b"\1" * SHORTEST_BYTES
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
        for identifier in self.identifiers:
            self._learn(identifier)

    def _learn(self, identifier: str) -> None:
        day = day_of(identifier)
        if day is not None:
            self.days.add(day)
            return
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
                for known in self.runs:
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
        return any(
            len(part) >= SHORTEST_RUN and any(run in part for run in self.runs) for part in uid.split(".")
        )

    @cached_property
    def needles(self) -> tuple[bytes, ...]:
        """Spellings as bytes, lower case, in the encodings that files use; for binary values and the finished file."""
        found: set[bytes] = set()
        for text in self.literal:
            if text.isascii():
                # The zeros between the letters are the same in either order of bytes.
                spelled = [text.encode("ascii"), text.encode("utf-16-le")[:-1]]
            else:
                spelled = list(_in_encodings(text))
            found.update(spelling for spelling in spelled if len(spelling) >= SHORTEST_BYTES)
        return tuple(sorted(found))

    def in_bytes(self, data: bytes | memoryview) -> bool:
        """Whether binary data spell an identifier, in upper or lower case."""
        if not self.needles:
            return False
        narrow, places = may_spell(data)
        if narrow:
            return self.in_text_bytes(bytes(data))
        if not places.size:
            return False
        even, other = self._wide
        lower = bytes(data).lower()
        if places.size > FEW_PLACES:
            return any(needle in lower for needle in (*even, *other))
        return any(lower.startswith(even, place) for place in places.tolist()) or any(n in lower for n in other)

    @cached_property
    def _wide(self) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
        """Needles of two bytes a letter: those whose every second byte is zero, from their first letter on; the others."""
        even, other = set(), set()
        for needle in (needle for needle in self.needles if b"\0" in needle):
            bare = needle.strip(b"\0")
            aligned = not any(bare[1::2]) and all(bare[::2].translate(_TEXT_BYTES))
            if aligned and len(bare) >= WIDE:
                even.add(bare)
            else:
                other.add(needle)
        return tuple(even), tuple(other)

    def in_text_bytes(self, data: bytes) -> bool:
        """The same for bytes that hold text for certain."""
        lower = data.lower()
        for needle in self.needles:
            if needle in lower and (not needle.isdigit() or _stands_alone(lower, needle)):
                return True
        return False


def may_spell(data: bytes | memoryview) -> tuple[bool, Places]:
    """Whether six bytes of text follow one another anywhere; if not, where four letters of two bytes do.

    Most scans hold neither. It is asked first because it costs a tenth of the search. Letters of two bytes that are
    not Latin hold no zero, and are found among the first kind.
    """
    if len(data) < SHORTEST_BYTES:
        return False, NOWHERE
    marks = bytes(data).translate(_TEXT_BYTES)
    if _SIX in marks:
        return True, NOWHERE
    text, zero = np.frombuffer(marks, np.bool_), np.frombuffer(data, np.uint8) == 0
    wide = text[:-6] & zero[1:-5] & text[2:-4] & zero[3:-3] & text[4:-2] & text[6:]
    return False, wide.nonzero()[0]


def _in_encodings(text: str) -> Iterator[bytes]:
    for encoding in ("utf-8", "latin-1", "utf-16-le", "utf-16-be", *EASTERN):
        try:
            yield text.encode(encoding).lower()
        except UnicodeEncodeError:
            continue


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
