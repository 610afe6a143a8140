"""What is nearly an identifier: a damaged file spells its patient wrongly in one place and rightly in another."""

import re
from typing import Final

from gateway.redact.descriptors import VOCABULARY
from gateway.redact.spellings import Day, dates_in, folded

SHORTEST: Final = 6
"""Letters of a name that is known again with one of them wrong; shorter ones are too much like other words."""
WINDOW: Final = 8
"""So many letters in a row that two texts share them only if both name the same one."""
_SPACES: Final = re.compile(r"[\s^=\\]+")
_MARKS: Final = re.compile(r"[\s^=\\+\-./,()]+")
_ODD: Final = re.compile(r"[^\w\s^=\\+\-./,()]|\w[+\-./,()]\w")
_NEITHER: Final = re.compile(r"[\W_]")
_RUNS: Final = re.compile(r"[^\W\d_]{6,}|\d{6,}")
_DATES: Final = re.compile(r"\d{2}.*\d{2}|\d.*\d{3}")
_DIGIT: Final = re.compile(r"\d")


def is_harmless(text: str) -> bool:
    """Whether a text has neither dates nor long words but those of imaging, so that nothing in it is nearly a name."""
    if not text.isascii() or _DATES.search(text) is not None:
        return False
    return all(word in VOCABULARY for word in _RUNS.findall(text.lower().replace("'", "")))


class Near:
    """Names, numbers and days as they are, written backwards, and with one sign wrong, missing or left open."""

    def __init__(self, identifiers: tuple[str, ...], known: set[str], days: set[Day]) -> None:
        words = set(known)
        for plain in (plain for identifier in identifiers for plain in folded(identifier)):
            words.update(_MARKS.split(plain))
            if _ODD.search(plain) is not None:
                # What is no letter any more leaves its place open.
                words.update(
                    _NEITHER.sub("?", p) for pieces in (_SPACES, _MARKS) for p in pieces.split(plain)
                )
        self._days = days
        self._all = "|".join(word for word in words if len(word) >= SHORTEST)
        # Of two words that differ in one place, either the first halves or the second halves are the same.
        self._halves: dict[tuple[int, int, str], list[str]] = {}
        for word in words:
            length = len(word)
            if length >= SHORTEST - 1:
                self._halves.setdefault((length, 0, word[: length // 2]), []).append(word)
                self._halves.setdefault((length, 1, word[length // 2 :]), []).append(word)

    def catches(self, text: str) -> bool:
        """Whether a text holds a name, number or date that differs from a known one in a single sign, or a part of one."""
        for plain in folded(text):
            for word in _RUNS.findall(plain):
                if self._is_near(word) or self._is_near(word[::-1]):
                    return True
        if not self._days or _DIGIT.search(text) is None:
            return False
        return any(_differences(day, known) == 1 for day in dates_in(text) for known in self._days)

    def _is_near(self, word: str) -> bool:
        if word in self._all:
            return True
        if (
            any(word[at : at + WINDOW] in self._all for at in range(len(word) - WINDOW + 1))
            and not word.isdigit()
        ):
            return True
        length = len(word)
        for less in (0, 1):
            half, size = (length - less) // 2, length - less
            for key in ((size, 0, word[:half]), (size, 1, word[half + less :])):
                if any(_differ_once(known, word) for known in self._halves.get(key, ())):
                    return True
        return False


def _differ_once(known: str, word: str) -> bool:
    """Whether at most one sign is another, or missing in the known one."""
    if len(known) == len(word):
        return sum(a != b for a, b in zip(known, word, strict=True)) <= 1
    at = next((at for at, (a, b) in enumerate(zip(known, word, strict=False)) if a != b), len(known))
    return known[at:] == word[at + 1 :]


def _differences(day: Day, known: Day) -> int:
    """In how many digits two days differ."""
    one, other = ("{:02}{:02}{:02}".format(*date) for date in (day, known))
    return sum(a != b for a, b in zip(one, other, strict=True))
