"""What letters a text is made of: cheap tests, in C speed, for whether a payload could hide in it.

Base64, base64url, hex, base32 and their like have two marks that prose and program text do not share: long runs
without a space, and many capitals and digits. A payload of `RUN` letters (48 bytes as base64) or more shows at least
one of them; anything shorter cannot hold a picture.
"""

import math
import re
from collections import Counter

RUN = 64
"""Letters in a row from which a run is decoded. The smallest valid PNG (67 bytes) is 92 letters of base64."""
OPAQUE = 1024
"""Letters from which a string that decodes to nothing known is itself reported. Tokens and ids stay below."""
SEQUENCE = 4096
"""Letters of a run of at most four different ones, as in a gene, that may be text: a kilobyte at two bits each."""
_DISGUISED = re.compile(
    rb"(?:\xef\xbc[\x90-\x99\xa1-\xba]|\xef\xbd[\x81-\x9a]|\xf0\x9d[\x90-\x9f][\x80-\xbf]|\xe2\x92[\xb6-\xbf]|\xe2\x93[\x80-\xa9]){64}"
)
"""Full-width, mathematical and circled letters in a row: Unicode's compatibility forms of the plain ones."""
_WINDOW = 128
_STEP = 64
_STRETCH = 256
_DENSE = 36
"""Capitals and digits among 128 letters. Base64 of random bytes has 73 +- 6, a slice of 96 letters 55; prose has 3-8,
program text 5-25; tables of numbers and shouting have more and are looked at closely for nothing."""
_ENTROPY = 5.9
"""Bits per letter in a thousand. English is 4.2, minified JavaScript up to 5.8, base64 6.0, base85 6.3."""

_HEAD = 4096  # a payload that fills its string shows it here already

_SPACE = b" \t\r\n"
_BETWEEN = _SPACE + bytes(range(128, 256))  # no encoding uses them, so they only stand between its letters
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-=%\\"
_DENSE_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
# `%` and `\` count as letters: percent-encoding and JSON escapes must not cut a run in two.
_RUNS = bytes(65 if c in _LETTERS else 32 for c in range(256))
_DENSITY = bytes(66 if c in _DENSE_LETTERS else 97 for c in range(256))
_ALPHABET_SIZE = 128
_SYLLABLES = frozenset((0x12, *range(0x30, 0xA5), *range(0xAC, 0xD8), 0xF9, 0xFA, *range(0x200, 0x324)))
"""Blocks of Unicode, by their upper bytes, whose scripts have a letter for each syllable or word."""
_LONG = b"A" * RUN

_ALPHABET = re.compile(rb"[A-Za-z0-9+/_=-]+")
_BLOCK = re.compile(
    rb"[A-Za-z0-9+/_-]{16,}(?:[ \t]*\r?\n[ \t]*[A-Za-z0-9+/_-]{16,})*"  # lines of a wrapped block
    rb"(?:\r?\n[ \t]*[A-Za-z0-9+/_-]{1,15}(?==|\s*\Z))?(?:={1,2}(?:[A-Za-z0-9+/_-]{2,}={0,2})*)?"
)


FORM = re.compile(rb"(?:[A-Za-z0-9*._+~!$'()@:/?,;\[\]\"{}|\\^`<>-]++|%[0-9A-Fa-f]{2}|[&=])*+\r?\n?")
"""The letters of application/x-www-form-urlencoded as browsers and careless programs write it."""
_NAMED = re.compile(rb"[A-Za-z][A-Za-z0-9_.\[\]-]{0,63}=")


def is_form(text: bytes) -> bool:
    """Whether a text is the fields of a form with percent signs, whatever it is called."""
    return _NAMED.match(text) is not None and b"%" in text and FORM.fullmatch(text) is not None


def has_run(text: bytes) -> bool:
    """Whether letters of an encoding stand in a row for as long as a payload needs."""
    return (len(text) > 2 * _HEAD and _LONG in text[:_HEAD].translate(_RUNS)) or _LONG in text.translate(
        _RUNS
    )


def is_dense(text: bytes) -> bool:
    """Whether some stretch has as many capitals and digits as a payload cut up by spaces or marks would have."""
    if len(text) > 2 * _HEAD and is_dense(text[:_HEAD]):
        return True
    marks = text.translate(_DENSITY, _BETWEEN)
    if marks.count(b"B") < _DENSE:
        return False
    for start in range(0, len(marks), _STRETCH):
        # Where even a longer stretch has too few, none of the windows that begin in it can have enough.
        if marks.count(b"B", start, start + _STRETCH - _STEP + _WINDOW) >= _DENSE:
            for at in range(start, start + _STRETCH, _STEP):
                if marks.count(b"B", at, at + _WINDOW) >= _DENSE:
                    return True
    return False


def blocks(text: bytes) -> list[tuple[int, int]]:
    """Where runs of at least `RUN` letters stand, wrapped lines taken together."""
    return [
        _trimmed(text, *match.span()) for match in _BLOCK.finditer(text) if match.end() - match.start() >= RUN
    ]


def _trimmed(text: bytes, start: int, end: int) -> tuple[int, int]:
    """A block without the word after it that only looks like its last line."""
    line = text.rfind(b"\n", start, end)
    letters = len(text[start:end].translate(None, _SPACE + b"="))
    ruled = end - line <= 16 and monotonous(text[start:line])  # a ruler, and a word below it
    return (start, line) if line >= start and (letters % 4 == 1 or ruled) else (start, end)


def monotonous(text: bytes) -> bool:
    """Whether a text is made of at most four different letters: a ruler of dashes, not a payload."""
    few = set(text[:256])
    return len(few) <= 4 and not text.translate(None, bytes(few))


def is_letters(text: bytes) -> bool:
    """Whether a string is written in nothing but the letters of base64 and its relatives."""
    return _ALPHABET.fullmatch(text) is not None


def is_mixed(text: bytes) -> bool:
    """Whether a run looks like base64 rather than like a path: capitals and digits are a third of it."""
    head = text[:4096]
    return 3 * len(head.translate(None, _DENSE_LETTERS)) <= 2 * len(head)


def is_opaque(text: bytes) -> bool:
    """Whether a whole string of `OPAQUE` letters or more is sealed: written in some alphabet nobody reads.

    A string beyond ASCII is judged by how seldom its characters repeat; base64 blocks by their alphabet.
    """
    if len(text) < OPAQUE:
        return False
    if not text.isascii():
        if _DISGUISED.search(text):
            return True
        letters = text.decode(errors="ignore")
        return any(_strange(letters[at : at + OPAQUE]) for at in range(0, len(letters), OPAQUE))
    return any(_sealed(text[at : at + OPAQUE]) for at in range(0, len(text) - OPAQUE + 1, OPAQUE // 2))


_CONTROLS = bytes(code for code in range(32) if code not in b"\t\r\n\x0b\x0c\x1b")


def _strange(letters: str) -> bool:
    """Whether letters repeat more seldom than those of any script, or are control characters."""
    if len(letters) < OPAQUE // 4:
        return False
    distinct = set(letters)
    if 10 * len(distinct) > 6 * len(letters):
        return True
    controls = [
        letter
        for letter in distinct
        if (letter < " " and letter not in "\t\r\n") or "\x7f" <= letter < "\xa0"
    ]
    if controls and 20 * sum(map(letters.count, controls)) > len(letters):
        return True
    # No alphabet has as many letters in one block of Unicode; Chinese, Korean and Ethiopic have, and so have the
    # bytes of a file that were written as emoji or braille.
    blocks = Counter(ord(letter) >> 8 for letter in distinct)
    return any(count > _ALPHABET_SIZE and block not in _SYLLABLES for block, count in blocks.items())


def _sealed(window: bytes) -> bool:
    total = len(window)
    if 50 * (total - len(window.translate(None, _SPACE))) > total:
        return 20 * (total - len(window.translate(None, _CONTROLS))) > total
    if 20 * (total - len(window.translate(None, _CONTROLS))) > total:
        return True
    return -sum(n / total * math.log2(n / total) for n in Counter(window).values()) > _ENTROPY
