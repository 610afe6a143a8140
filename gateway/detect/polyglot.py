"""Notices a second file hidden in the bytes of the first."""

from collections.abc import Iterator

from gateway.formats.raster import PICTURES
from gateway.formats.sniff import others
from gateway.limits import Limits
from gateway.model import Finding, Format, Kind, Look, Part

TILED = frozenset({Format.ZIP, Format.OFFICE, Format.TAR})
"""Containers whose every byte the unpacker accounts for: what lies between their members is its finding."""
_LETTERS = 16
"""Letters beyond ASCII that no binary file has by chance without one broken letter among them."""


class Polyglot:
    """Speaks only when something is hidden, so it never makes an unknown part look known."""

    name = "polyglot"
    version = "1"
    look = Look.FORMAT

    def claims(self, part: Part) -> bool:
        """Parts that are two things at once; a member stored as it is does not make its archive a second file."""
        if part.opened and part.format in TILED:
            return False
        return bool(others(part.data, part.format)) or _respelled(part)

    def inspect(self, part: Part, limits: Limits) -> Iterator[Finding]:
        """One finding for each hidden format; `where` names it."""
        del limits
        if _respelled(part):
            yield Finding(
                Kind.UNREADABLE,
                part.path,
                "letters",
                "polyglot",
                by=f"{self.name} {self.version}",
                redactable=False,
            )
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


def _respelled(part: Part) -> bool:
    """Whether a binary file is UTF-8 from end to end: its bytes were written as letters, and are another file."""
    if part.format not in PICTURES or part.data.isascii():
        return False
    try:
        letters = part.data.decode()
    except UnicodeDecodeError:
        return False
    return len(part.data) - len(letters) >= _LETTERS


POLYGLOT = Polyglot()
