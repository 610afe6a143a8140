"""What may stay written in a picture: marks that say where and how it was taken, and nothing about whom.

A line is allowed when all of it is made of the words below. Anything else, and anything read without confidence, is
text that goes.
"""

import re

from gateway.formats.reading import Reading

CONFIDENCE = 0.7
"""Below this a line counts as unread."""
LONGEST = 40
"""No allowed line has more characters; longer ones are not even read."""

SIDES = ("L", "R", "LT", "RT", "LEFT", "RIGHT")
"""Which side is which."""

VIEWS = (
    "AP", "PA", "LAT", "LATERAL", "OBL", "OBLIQUE", "SUPINE", "PRONE", "ERECT", "UPRIGHT", "SITTING", "STANDING",
    "DECUB", "PORTABLE", "MOBILE", "CC", "MLO", "ML", "LM", "XCCL", "LCC", "RCC", "LMLO", "RMLO", "LML", "RML",
    "AXIAL", "AX", "SAG", "SAGITTAL", "COR", "CORONAL", "OD", "OS", "ANT", "POST", "INSP", "EXP",
)  # fmt: skip
"""How the patient stood, and from where the picture was taken."""

UNITS = (
    "MM", "CM", "KV", "KVP", "MA", "MAS", "MS", "S", "MGY", "MHZ", "HZ", "DB", "FPS", "CM/S", "M/S", "KPA", "%", "X",
    "BPM", "HU", "T", "DEG", "°",
)  # fmt: skip

SETTINGS = (
    "W", "C", "WL", "WW", "WC", "L", "TE", "TR", "TI", "FA", "ET", "FOV", "NEX", "THK", "ST", "SL", "SP", "MI", "TIS",
    "TIB", "TIC", "GAIN", "GN", "DR", "FR", "PRF", "WF", "ZOOM", "DEPTH", "D", "FREQ", "KV", "KVP", "MA", "MAS", "IM",
    "IMG", "SCALE", "MAG",
)  # fmt: skip
"""What the device was set to; each is followed by a number."""

_NUMBER = r"[-+]?\d{1,4}(?:[.,]\d{1,3})?"
_SMALL = r"[-+]?\d{1,2}(?:[.,]\d{1,2})?"


def _either(words: tuple[str, ...]) -> str:
    return "(?:" + "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) + ")"


_PIECE = "|".join(
    (
        rf"{_either(SETTINGS)} ?[:=]? ?{_NUMBER}(?: ?{_either(UNITS)})?",
        rf"{_NUMBER} ?{_either(UNITS)}",
        rf"{_NUMBER} ?[X*] ?{_NUMBER}(?: ?{_either(UNITS)})?",
        _either(SIDES),
        _either(VIEWS),
        _either(UNITS),
        r"(?:[RL][AP]?[HFSI]?|[AP][RL]?[HFSI]?|[HFSI][RL]?|[HFSI][AP])",
        r"[X\u00d7] ?\d{1,2}(?:[.,]\d{1,2})?",
        r"\d{1,3} ?/ ?\d{1,3}",
    )
)
_LINE = re.compile(rf"(?:(?:{_PIECE})(?:[ ,;]+(?:{_PIECE}))*|{_SMALL})")
"""A bare number of up to two digits is the tick of a scale; larger ones, and several in a row (a date without its
points), need their unit or setting beside them."""


def is_allowed_text(text: str) -> bool:
    """Whether a line consists of allowed marks only."""
    plain = " ".join(text.upper().split()).strip(" .:;|")
    return 0 < len(plain) <= LONGEST and _LINE.fullmatch(plain) is not None


def is_allowed_mark(reading: Reading) -> bool:
    """Whether a line was read well enough, and says nothing about a person."""
    return reading.whole and reading.confidence >= CONFIDENCE and is_allowed_text(reading.text)
