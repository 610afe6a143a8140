"""The search for identifiers in what people and programs write: prompts, form fields, file names, notes.

A header is short, and whatever looks like an identifier in it may go. A text is long: here a match has to begin and
end with a word, so that the rest stays readable, and what is found is replaced where it stands.
"""

import html
import itertools
import re
import unicodedata
import urllib.parse
from collections.abc import Iterable, Iterator
from functools import cache

from gateway.formats.dicom_dictionary import REMOVED
from gateway.redact.net import LONG_NAME, PLACES, Net
from gateway.redact.protocol import is_protocol
from gateway.redact.spellings import days_in, folded

GAP = 3
"""Characters that may stand between the pieces of one identifier."""
_BLOBS = re.compile(r"[A-Za-z0-9+/=_-]{64,}")
"""Encoded files: short words are in all of them by chance."""
_TOKENS = re.compile(r"[^\s^=,;./\\()\-_\x00-\x1f\ufffd]+")
_RUNS = re.compile(r"[^\W\d_]+|\d+")
_SOLID = re.compile(r"[^\W_]")
_TAGS = re.compile(r"<[^<>]{0,2000}>")
_ESCAPES = re.compile(r"\\u([0-9a-fA-F]{4})")

type Span = tuple[int, int]


class Wording:
    """Finds identifiers in text and takes them out of it."""

    def __init__(self, identifiers: Iterable[str]) -> None:
        self.net = Net(identifiers)
        self._words = frozenset(self.net.words - PLACES)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to search for."""
        return self.net.empty

    def catches(self, data: bytes) -> bool:
        """Whether a text holds an identifier, as it stands or once its escapes are undone."""
        return any(self._spans(reading) for reading in _readings(_text(data)[0]))

    def without(self, data: bytes) -> bytes:
        """The text with `REMOVED` in the place of every identifier, in its own encoding; otherwise as it was.

        What can only be read once escapes are undone may still be there: `catches` tells.
        """
        text, encoding = _text(data)
        for _ in range(GAP):
            spans = self._spans(text)
            if not spans:
                break
            text = _cut(text, spans)
        return text.encode(encoding, "replace")

    def replaced(self, data: bytes) -> bytes:
        """The text without identifiers in any reading: where they cannot be taken out one by one, nothing of it stays."""
        cleaned = self.without(data)
        if not self.catches(cleaned):
            return cleaned
        return b"" if self.catches(REMOVED.encode()) else REMOVED.encode()

    def _spans(self, text: str) -> list[Span]:
        if not self.net.catches(text):
            return []
        lines = text.split("\n")
        if any(map(is_protocol, lines)):
            # Blanked, not dropped, so that places stay what they are.
            text = "\n".join(" " * len(line) if is_protocol(line) else line for line in lines)
        prose = _BLOBS.sub(lambda blob: " " * len(blob[0]), text)
        found = [(start, end) for start, end, day in days_in(prose) if day in self.net.days]
        for plain, places in _foldings(prose):
            found += self._words_in(plain, places)
            found += self._runs_in(plain, places, 0)
        if prose != text:
            for plain, places in _foldings(text):
                found += self._runs_in(plain, places, LONG_NAME)
        return sorted(found)

    def _words_in(self, plain: str, places: list[int]) -> Iterator[Span]:
        for pattern in (_TOKENS, _RUNS):
            for match in pattern.finditer(plain):
                if match[0] in self._words:
                    yield places[match.start()], places[match.end() - 1] + 1

    def _runs_in(self, plain: str, places: list[int], shortest: int) -> Iterator[Span]:
        solid = [match.start() for match in _SOLID.finditer(plain)]
        run = "".join(map(plain.__getitem__, solid))
        for known in (run for run in self.net.runs if len(run) >= shortest):
            for wanted in {known, known[::-1]} if len(known) >= LONG_NAME else {known}:
                at = run.find(wanted)
                while at >= 0:
                    if _is_one(plain, solid[at : at + len(wanted)], wanted):
                        yield places[solid[at]], places[solid[at + len(wanted) - 1]] + 1
                    at = run.find(wanted, at + 1)


def _is_one(plain: str, at: list[int], known: str) -> bool:
    """Whether letters that spell an identifier belong together, and are not a piece of something else."""
    gaps = [after - before - 1 for before, after in itertools.pairwise(at)]
    if any(gap > GAP for gap in gaps):
        return False
    if len(known) >= LONG_NAME or not known.isascii():
        return True
    if known.isdigit() and any(gaps):
        return False
    before, after = plain[at[0] - 1 : at[0]], plain[at[-1] + 1 : at[-1] + 2]
    return not _continues(before, plain[at[0]]) and not _continues(plain[at[-1]], after)


def _continues(left: str, right: str) -> bool:
    return (left.isalpha() and right.isalpha()) or (left.isdigit() and right.isdigit())


def _cut(text: str, spans: list[Span]) -> str:
    pieces, done = list[str](), 0
    for start, end in spans:
        if start >= done:
            pieces += (text[done:start], REMOVED)
        done = max(done, end)
    return "".join((*pieces, text[done:]))


def _readings(text: str) -> Iterator[str]:
    """A text, and what a reader makes of it that knows entities, tags, percent signs or escapes."""
    yield text
    if "&" in text:
        yield html.unescape(text)
    if "<" in text and ">" in text:
        yield html.unescape(_TAGS.sub("", text))
    if "%" in text:
        yield urllib.parse.unquote(text)
    if "\\u" in text:
        yield _ESCAPES.sub(lambda match: chr(int(match[1], 16)), text)


def _text(data: bytes) -> tuple[str, str]:
    """Text and the encoding it is in: UTF-16 by its mark, UTF-8, else the one that reads anything."""
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return data.decode(encoding, "replace"), encoding
    try:
        return data.decode(), "utf-8"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"


def _foldings(text: str) -> Iterator[tuple[str, list[int]]]:
    """What `folded` makes of a text, with the place in the text of every character of it."""
    if text.isascii():
        places = [at for at, letter in enumerate(text) if letter != "'"]
        yield text.lower().replace("'", ""), places
        return
    text = unicodedata.normalize("NFC", text) if unicodedata.is_normalized("NFC", text) else text
    ways = max((len(_letter(letter)) for letter in set(text)), default=1)
    for way in range(ways):
        plain, places = [], []
        for at, letter in enumerate(text):
            forms = _letter(letter)
            for small in forms[min(way, len(forms) - 1)]:
                plain.append(small)
                places.append(at)
        yield "".join(plain), places


@cache
def _letter(letter: str) -> tuple[str, ...]:
    return tuple(folded(letter)) or ("",)
