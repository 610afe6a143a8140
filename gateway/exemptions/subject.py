"""What an exemption is bound to: the files at issue, by keyed digests of their bytes.

Not the body: a program that sends the same file again writes another boundary, another prompt or another order
around it. What is new around it is examined and decided like everything else.
"""

import hmac
from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from gateway import reasons
from gateway.model import Decision, Examination, PartPath, Transfer
from gateway.policy import Excuse

MOST: Final = 32
"""Files at issue that are named one by one; more are recognised only all together."""
_LETTERS: Final = 32
"""128 bits in hex."""


def subject_of(
    key: bytes, transfer: Transfer, examination: Examination, decision: Decision
) -> tuple[str, ...]:
    """The keyed digests of what is at issue, sorted; empty where nothing can be bound, so that nobody can ask.

    What could not be examined cannot be excused: nobody knows what it is.
    """
    if decision.reason_code != reasons.RULE:
        return ()
    digests: dict[PartPath, set[str]] = {}
    for part in examination.parts:
        # A short text that was proven plain was not taken apart: its one part is the body.
        digest = part.digest or (transfer.digest if len(examination.parts) == 1 else "")
        digests.setdefault(part.path, set()).add(digest)
    paths = decision.about or tuple(digests)
    found = set[str]().union(*(digests.get(path, {""}) for path in paths))
    if not found or "" in found:
        return ()
    if not decision.about:
        return (_keyed(key, b"whole", sorted(found)),)
    if len(found) > MOST:
        return (_keyed(key, b"many", sorted(found)),)
    return tuple(sorted(_keyed(key, b"file", (digest,)) for digest in found))


def excuse_of(decision_id: str, decision: Decision) -> Excuse:
    """What an exemption for this decision takes out of the rules' answers."""
    return Excuse(decision_id, decision.action, frozenset(decision.about) if decision.about else None)


def note_digest(key: bytes, text: str) -> str:
    """The keyed digest of a reason in free words."""
    return _keyed(key, b"note", (text,))


def _keyed(key: bytes, what: bytes, words: Iterable[str]) -> str:
    message = b"leadglass exemption\x00" + what + b"\x00" + "\x00".join(words).encode()
    return hmac.new(key, message, sha256).hexdigest()[:_LETTERS]
