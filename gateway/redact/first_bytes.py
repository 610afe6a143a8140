"""The first bytes of a file, sent ahead of it, without what they tell of its content."""

from gateway.formats.signature import without_content
from gateway.limits import Limits
from gateway.model import Finding, Kind, Part, RedactionOptions


class FirstBytes:
    """Leaves the signature, from which a service tells texts from pictures, and writes zeros over everything else."""

    name = "first-bytes"
    removes = frozenset({Kind.FIRST_BYTES, Kind.IDENTIFIER_IN_METADATA})

    def claims(self, part: Part) -> bool:
        """Whatever the catalogue says is the beginning of a file."""
        return part.begun

    def redact(
        self,
        part: Part,
        findings: tuple[Finding, ...],
        options: RedactionOptions,
        limits: Limits,
        secret: bytes,
        identifiers: tuple[str, ...],
    ) -> Part:
        """As many bytes as before."""
        del findings, options, limits, secret, identifiers
        return part.with_data(without_content(part.data))


FIRST_BYTES = FirstBytes()
