"""Other names for UIDs and other days for dates: always the same ones for the same key, and no table is kept.

A UID's pseudonym carries a mark made with the key, so that it is known again and not renamed a second time.
"""

import hmac
import re
from datetime import date, timedelta
from hashlib import blake2b
from typing import Final

NAME, MARK = 9, 6
"""Bytes: 72 bits make two of a billion UIDs collide with a chance of one in ten thousand; 48 bits mark our own."""
ROOT: Final = "2.25."
VERSION: Final = 8  # of the UUID: a custom one (RFC 9562 section 5.8)
LONGEST_SHIFT: Final = 3650
"""Days. Dates go back by one to ten years; the season may change, which is the point."""

_LOW = (1 << 62) - 1
_DATE = re.compile(rb"(\d{4})(\d{2})(\d{2})(.*)", re.DOTALL)


def uid_pseudonym(secret: bytes, uid: str) -> str:
    """The UID that stands for this one: `2.25.` and a number (PS3.5 B.2). A pseudonym of this key stays itself."""
    if is_own(secret, uid):
        return uid
    name = _keyed(secret, b"uid", uid.encode())[:NAME]
    number = int.from_bytes(name + _keyed(secret, b"mark", name)[:MARK]) << 2
    high, middle, low = number >> 74, number >> 62 & 0xFFF, number & _LOW
    return ROOT + str(high << 80 | VERSION << 76 | middle << 64 | 0b10 << 62 | low)


def is_own(secret: bytes, uid: str) -> bool:
    """Whether a UID was made here with this key."""
    digits = uid.removeprefix(ROOT)
    if digits == uid or not digits.isascii() or not digits.isdigit() or len(digits) > 39:
        return False
    number = int(digits)
    if number >> 128 or number >> 76 & 0xF != VERSION or number >> 62 & 0b11 != 0b10:
        return False
    packed = (number >> 80 << 74 | (number >> 64 & 0xFFF) << 62 | number & _LOW) >> 2
    whole = packed.to_bytes(NAME + MARK)
    name, mark = whole[:NAME], whole[NAME:]
    return hmac.compare_digest(mark, _keyed(secret, b"mark", name)[:MARK])


def shift_days(secret: bytes, patient: bytes) -> int:
    """How many days the dates of one patient go back."""
    return 1 + int.from_bytes(_keyed(secret, b"days", patient)[:8]) % LONGEST_SHIFT


def shifted(value: bytes, days: int) -> bytes | None:
    """A date or date with time moved back; None where it is no date, which then cannot stay."""
    match = _DATE.fullmatch(value.strip(b" \0"))
    if match is None:
        return None
    try:
        moved = date(int(match[1]), int(match[2]), int(match[3])) - timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    return moved.strftime("%Y%m%d").rjust(8, "0").encode() + match[4]


def seal_of(secret: bytes, *pieces: bytes) -> str:
    """The mark on a cleaned file by which it is known again: 32 hexadecimal digits that say nothing without the key."""
    machine = blake2b(key=secret, person=b"seal", digest_size=16)
    for piece in pieces:
        machine.update(piece)
    return machine.hexdigest()


def _keyed(secret: bytes, purpose: bytes, value: bytes) -> bytes:
    """BLAKE2b with a key and a purpose (RFC 7693): a keyed hash at half the price of HMAC for something so short."""
    return blake2b(value, key=secret, person=purpose, digest_size=16).digest()
