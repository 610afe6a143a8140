"""What a redactor promises: which kinds of finding it can remove, and from what."""

from typing import Protocol

from gateway.limits import Limits
from gateway.model import Finding, Kind, Part, RedactionOptions


class Redactor(Protocol):
    """Writes a part again without what was found in it."""

    name: str
    removes: frozenset[Kind]

    def claims(self, part: Part) -> bool:
        """Whether this redactor can write such a part."""
        ...

    def redact(
        self,
        part: Part,
        findings: tuple[Finding, ...],
        options: RedactionOptions,
        limits: Limits,
        secret: bytes,
        identifiers: tuple[str, ...],
    ) -> Part:
        """The part without the findings of the kinds it removes. Raises RedactionError; there is no half way."""
        ...
