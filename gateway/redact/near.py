"""What is nearly an identifier: a damaged file spells its patient wrongly in one place and rightly in another."""

import re
from collections.abc import Iterator
from typing import Final

from gateway.redact.spellings import Day, dates_in, folded

SHORTEST: Final = 6
"""Letters of a name that is known again with one of them wrong; shorter ones are too much like other words."""
WINDOW: Final = 8
"""So many letters in a row that two texts share them only if both name the same one."""
_PIECES: Final = (re.compile(r"[\s^=\\]+"), re.compile(r"[\s^=\\+\-./,()]+"))
_NEITHER: Final = re.compile(r"[\W_]")
_RUNS: Final = re.compile(r"[^\W\d_]+|\d+")


class Near:
    """Names, numbers and days as they are, written backwards, and with one sign wrong, missing or left open."""

    def __init__(self, identifiers: tuple[str, ...], known: set[str], days: set[Day]) -> None:
        words = set(known)
        for plain in (plain for identifier in identifiers for plain in folded(identifier)):
            # What is no letter any more leaves its place open.
            words |= {_NEITHER.sub("?", piece) for pieces in _PIECES for piece in pieces.split(plain)}
        words = {word for word in words if len(word) >= SHORTEST}
        words |= {word[::-1] for word in words}
        self._whole = frozenset(words)
        self._open = frozenset(near for word in words for near in (word, *_with_one_open(word)))
        self._windows = frozenset(w for word in words for w in _windows(word) if not w.isdigit())
        self._days = frozenset(days)

    def catches(self, text: str) -> bool:
        """Whether a text holds a name, number or date that differs from a known one in a single sign, or a part of one."""
        for plain in folded(text):
            if any(len(word) >= SHORTEST and self._is_near(word) for word in _RUNS.findall(plain)):
                return True
        return any(_differences(day, known) == 1 for day in dates_in(text) for known in self._days)

    def _is_near(self, word: str) -> bool:
        return (
            not self._open.isdisjoint(_with_one_open(word))
            or not self._open.isdisjoint(_with_one_less(word))
            or not self._windows.isdisjoint(_windows(word))
            or any(word in known for known in self._whole)
        )


def _with_one_open(word: str) -> Iterator[str]:
    return (f"{word[:at]}?{word[at + 1 :]}" for at in range(len(word)))


def _with_one_less(word: str) -> Iterator[str]:
    return (word[:at] + word[at + 1 :] for at in range(len(word)))


def _windows(word: str) -> Iterator[str]:
    return (word[at : at + WINDOW] for at in range(len(word) - WINDOW + 1))


def _differences(day: Day, known: Day) -> int:
    """In how many digits two days differ."""
    one, other = ("{:02}{:02}{:02}".format(*date) for date in (day, known))
    return sum(a != b for a, b in zip(one, other, strict=True))
