"""Files with flipped bits are refused, or hold nothing of the patient: the damage hides nobody."""

import random

import pytest

from gateway.errors import GatewayError
from tests.redact.cleaning import clean
from tests.redact.planted import Case, cases, traces_in

CASES = tuple(cases())
FLIPS = (1, 1, 1, 2, 3, 8)
ROUNDS = 12
"""Damaged copies of each of the planted files; `bench redact_headers` does fifty times as many."""


def damaged(data: bytes, dice: random.Random) -> bytes:
    """A copy with a few bits turned over, nearly all of them in the header."""
    copy = bytearray(data)
    for _ in range(dice.choice(FLIPS)):
        end = min(len(copy), 3500) if dice.random() < 0.9 else len(copy)
        copy[dice.randrange(128 if end > 200 else 0, end)] ^= 1 << dice.randrange(8)
    return bytes(copy)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_flipped_bits_hide_nobody(case: Case) -> None:
    dice = random.Random(case.name)
    for _ in range(ROUNDS):
        try:
            after = clean(damaged(case.data, dice), *case.options)
        except GatewayError:
            continue
        assert not traces_in(after)


DAMAGE = {
    "a letter of the name": (b"PN\x1c\x00Quillfeather", b"PN\x1c\x00Quillgeather"),
    "no letter any more": (b"PN\x1c\x00Quillfeather", b"PN\x1c\x00Quill\x86eather"),
    "two names in one": (b"feather^Marisol^Zoe", b"featherZMarisol^Zoe"),
    "a digit of the birth date": (b"DA\x08\x0019470913", b"DA\x08\x0019470917"),
    "the birth date is none": (b"DA\x08\x0019470913", b"DA\x08\x0019473913"),
    "the tag of the name": (b"\x10\x00\x10\x00PN", b"\x10\x00\x12\x00PN"),
    "the tag of the birth date": (b"\x10\x00\x30\x00DA", b"\x18\x00\x30\x00DA"),
    "the tag of the institution": (b"\x08\x00\x80\x00LO", b"\x28\x00\x80\x00LO"),
    "a time that swallows": (b"\x08\x00\x31\x00TM\x06\x00", b"\x08\x00\x31\x00TM\x86\x00"),
    "a number that swallows": (b"\x28\x00\x02\x00US\x02\x00", b"\x28\x00\x02\x00US\x02\x20"),
}


@pytest.mark.parametrize(
    "options", [(), ("retain-longitudinal-modified-dates",), ("retain-patient-characteristics",)]
)
@pytest.mark.parametrize("name", DAMAGE)
def test_known_damage_hides_nobody(name: str, options: tuple[str, ...]) -> None:
    before, after = DAMAGE[name]
    tried = 0
    for case in CASES:
        if before in case.data:
            tried += 1
            try:
                cleaned = clean(case.data.replace(before, after, 1), *options)
            except GatewayError:
                continue
            assert not traces_in(cleaned), case.name
    assert tried > 20
