"""Where something was found in the pictures of the last uploads that did not go through unchanged. Kept in memory alone."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from gateway.model import Box, Examination

UPLOADS: Final = 500
BOXES: Final = 200
"""In one upload."""


@dataclass(slots=True)
class Places:
    """Boxes without what is in them, by the id of the decision; the record holds none, so a restart forgets them."""

    _known: OrderedDict[str, tuple[tuple[Box, ...], ...]] = field(default_factory=OrderedDict)

    def keep(self, audit_id: str, examination: Examination) -> None:
        """Remember where something was found; the oldest upload is forgotten for it."""
        found = boxes_of(examination)
        if found:
            self._known[audit_id] = found
            while len(self._known) > UPLOADS:
                self._known.popitem(last=False)

    def of(self, audit_id: str) -> tuple[tuple[Box, ...], ...]:
        """The boxes of an upload, by picture; none where they are not known any more."""
        return self._known.get(audit_id, ())


def boxes_of(examination: Examination) -> tuple[tuple[Box, ...], ...]:
    """The boxes of all findings that have one, by the picture they are in."""
    pictures: dict[tuple[tuple[str, ...], str], list[Box]] = {}
    for finding in examination.findings[:BOXES]:
        if finding.box is not None:
            pictures.setdefault((finding.path, finding.where), []).append(finding.box)
    return tuple(tuple(boxes) for boxes in pictures.values())
