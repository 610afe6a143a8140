"""Notices a second file hidden in the bytes of the first."""

from collections.abc import Iterator

from gateway.formats.sniff import others
from gateway.limits import Limits
from gateway.model import Finding, Format, Kind, Look, Part

TILED = frozenset({Format.ZIP, Format.OFFICE, Format.TAR})
"""Containers whose every byte the unpacker accounts for: what lies between their members is its finding."""


class Polyglot:
    """Speaks only when something is hidden, so it never makes an unknown part look known."""

    name = "polyglot"
    version = "1"
    look = Look.FORMAT

    def claims(self, part: Part) -> bool:
        """Parts that are two things at once; a member stored as it is does not make its archive a second file."""
        if part.opened and part.format in TILED:
            return False
        return bool(others(part.data, part.format))

    def inspect(self, part: Part, limits: Limits) -> Iterator[Finding]:
        """One finding for each hidden format; `where` names it."""
        del limits
        for form in others(part.data, part.format):
            detail = "trailing-data" if form is Format.UNKNOWN else "polyglot"
            yield Finding(
                Kind.UNREADABLE,
                part.path,
                form.value,
                detail,
                by=f"{self.name} {self.version}",
                redactable=False,
            )


POLYGLOT = Polyglot()
