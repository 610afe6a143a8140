"""Archives that are known and opened by nothing here."""

from collections.abc import Iterator, Mapping

from gateway.errors import RedactionError
from gateway.limits import Limits
from gateway.model import Kind, Part
from gateway.unpack.counter import Counter
from gateway.unpack.member import Member, Trouble


class Sealed:
    """One finding and no members."""

    writable = False

    def members(self, part: Part, counter: Counter) -> Iterator[Member | Trouble]:
        """That it stays closed."""
        del part, counter
        yield Trouble(Kind.UNREADABLE, "unknown-coding")

    def write(self, part: Part, new: Mapping[int, bytes], limits: Limits) -> bytes:
        """RedactionError always."""
        del part, new, limits
        raise RedactionError("an archive that nothing here opens")


SEALED = Sealed()
