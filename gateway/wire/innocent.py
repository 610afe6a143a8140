"""Remembers which header values were searched before and held nothing: a client sends its key with every request.

The search of a value has the same answer every time, so nothing is lost. Only keyed digests are kept, never a value,
and the key lives as long as the process: nobody can ask the memory which tokens went by.
"""

import secrets
from hashlib import blake2b
from typing import Final

from gateway.limits import Limits

MOST: Final = 4096
"""Values remembered at once; beyond that all are forgotten, which costs time and nothing else."""
LONGEST: Final = 8192
"""Bytes of a value; longer ones are searched every time."""


class Innocent:
    """A bounded memory of values without anything in them, under the limits they were searched with."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._key = secrets.token_bytes(32)
        self._known: set[tuple[bytes, int, Limits]] = set()

    def mark(self, value: bytes, cap: int, limits: Limits) -> tuple[bytes, int, Limits] | None:
        """What a value is remembered by; None for one that is too long to be."""
        if len(value) > LONGEST:
            return None
        return blake2b(value, key=self._key, digest_size=32).digest(), cap, limits

    def knows(self, mark: tuple[bytes, int, Limits] | None) -> bool:
        """Whether this very value was searched under these limits, and held nothing."""
        return mark in self._known

    def learn(self, mark: tuple[bytes, int, Limits] | None) -> None:
        """Remember a value that was searched to its end, and held nothing."""
        if mark is None:
            return
        if len(self._known) >= self._most:
            self._known.clear()
        self._known.add(mark)
