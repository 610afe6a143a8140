"""Applies the confidentiality profile to the elements of one DICOM file: the loop over table E.1-1.

One decision an element: what the table says; where it says nothing, what the kind of value allows; and whatever stays
is searched for the identifiers of this very file.
"""

from dataclasses import dataclass, field
from typing import Final

from gateway.errors import RedactionError
from gateway.formats.dicom_dictionary import DUMMIES, REMOVED, ROOM, decoded, encodings, is_known, is_of
from gateway.formats.dicom_elements import PIXEL_DATA, DataSet, Element
from gateway.redact import kept, structured, values
from gateway.redact.descriptors import cleaned_description
from gateway.redact.documents import without_documents
from gateway.redact.identifiers import CHARACTER_SET
from gateway.redact.net import Net
from gateway.redact.private import creators, kept_private
from gateway.redact.profile import Action, Plan
from gateway.redact.pseudonyms import uid_pseudonym

PIXELS: Final = frozenset({0x7FE00008, 0x7FE00009, PIXEL_DATA})
DEFAULT: Final = encodings("")
SMALL: Final = 1 << 16
"""Bytes of a binary value that are searched in any case, without asking first whether they look like text."""
FULL_DATES, MODIFIED_DATES = "retain-longitudinal-full-dates", "retain-longitudinal-modified-dates"


@dataclass(frozen=True, slots=True)
class Cleaner:
    """The profile, the key and the search, ready for one file."""

    plan: Plan
    net: Net = field(repr=False)
    secret: bytes = field(repr=False)
    days: int = field(repr=False)  # how far this patient's dates go back
    sop_class: str
    doubtful: bool  # only what is harmless by itself stays

    def data_set(
        self, dataset: DataSet, *, parent: int = 0, names: tuple[str, ...] = DEFAULT, strip: bool = False
    ) -> DataSet:
        """The elements that stay. With `strip` every text in them is replaced: the whole sequence had to be."""
        owners = creators(dataset) if (private := self.plan.private == Action.CLEAN) else {}
        scheme = structured.public_scheme(dataset) if parent else True
        cleaned = []
        actions = self.plan.actions
        for element in dataset:
            tag, vr = element.tag, element.vr
            action = actions.get(tag)
            if action is Action.REMOVE or (tag >> 16 & 1 and not private):
                continue
            if action is Action.EMPTY and element.items is None:
                cleaned.append(Element(tag, vr))
                continue
            if (
                action is None
                and tag >> 16 == kept.STRUCTURAL_GROUP
                and vr in kept.NUMBERS
                and len(element.value) <= ROOM.get(tag, 0)
            ):
                cleaned.append(element)
                continue
            if tag == CHARACTER_SET:
                names = encodings(bytes(element.value).decode("latin-1").strip(" \0"))
            if tag >> 16 & 1:
                left = kept_private(element, owners)
            else:
                left = self._element(element, action, parent, names, strip=strip, scheme=scheme)
            if left is not None:
                cleaned.append(left)
        return tuple(without_documents(cleaned)) if parent == 0 else tuple(cleaned)

    def _element(
        self,
        element: Element,
        asked: Action | str | None,
        parent: int,
        names: tuple[str, ...],
        *,
        strip: bool,
        scheme: bool,
    ) -> Element | None:
        tag = element.tag
        if tag in kept.ALWAYS_REMOVED or (parent == 0 and tag in kept.REWRITTEN):
            return None
        action = asked if isinstance(asked, Action) else self.plan.action(tag, parent, self.sop_class)
        if self.doubtful and not is_of(tag, element.vr) and is_known(tag):
            return values.out_of_place(element, action)
        if action is None:
            return self._unnamed(element, parent, names, strip=strip, scheme=scheme)
        return self._apply(action, element, names)

    def _apply(self, action: Action, element: Element, names: tuple[str, ...]) -> Element | None:
        match action:
            case Action.REMOVE:
                return None
            case Action.EMPTY:
                return Element(element.tag, element.vr, b"", () if element.items is not None else None)
            case Action.REPLACE:
                return self._replaced(element, names)
            case Action.PSEUDONYM:
                return self._renamed(element, names)
            case Action.CLEAN:
                return self._clean(element, names)
            case Action.KEEP:
                return self._kept(element, names)

    # -- the actions

    def _replaced(self, element: Element, names: tuple[str, ...]) -> Element | None:
        if element.items is not None:
            if element.tag in structured.CONTENT:
                return element._replace(items=structured.PLACEHOLDER)
            items = tuple(
                self.data_set(i, parent=element.tag, names=names, strip=True) for i in element.items
            )
            return element._replace(items=items)
        if element.vr == "UI":
            return self._renamed(element, names)
        if element.fragments is not None or element.vr not in DUMMIES:
            return None
        return Element(element.tag, element.vr, DUMMIES[element.vr])

    def _renamed(self, element: Element, names: tuple[str, ...]) -> Element:
        if element.items is not None:
            items = tuple(self.data_set(item, parent=element.tag, names=names) for item in element.items)
            return element._replace(items=items)
        if element.vr != "UI":
            raise RedactionError("a UID that is no UID")
        uids = bytes(element.value).decode("latin-1").rstrip("\0 ").split("\\")
        value = "\\".join(uid if self._standard(uid) else uid_pseudonym(self.secret, uid) for uid in uids)
        return Element(element.tag, element.vr, value.encode("latin-1"))

    def _standard(self, uid: str) -> bool:
        """Whether a UID is defined by the standard, or empty; one that spells an identifier only looks like it."""
        return not uid or (uid.startswith(kept.STANDARD_ROOT.decode()) and not self.net.in_uid(uid))

    def _clean(self, element: Element, names: tuple[str, ...]) -> Element | None:
        if element.items is not None:
            if element.tag in structured.CONTENT:
                cleaned = (self._content_item(item, element.tag, names) for item in element.items)
                return element._replace(items=tuple(item for item in cleaned if item is not None))
            items = tuple(
                self.data_set(
                    tuple(e for e in item if e.tag != structured.TEXT_OBJECTS),
                    parent=element.tag,
                    names=names,
                )
                for item in element.items
            )
            return element._replace(items=items)
        if element.vr in kept.TEMPORAL:
            return values.moved(element, self.days) if MODIFIED_DATES in self.plan.options else None
        if element.vr in kept.TEXTS:
            text = cleaned_description(decoded(bytes(element.value), names))
            if self.net.catches(text):
                text = ""
            return element._replace(value=(text or REMOVED).encode("ascii"))
        return None if element.vr not in DUMMIES else element._replace(value=DUMMIES[element.vr])

    def _content_item(self, item: DataSet, parent: int, names: tuple[str, ...]) -> DataSet | None:
        action = structured.action_for(item, self.plan)
        if action is Action.REMOVE:
            return None
        content = self.data_set(item, parent=parent, names=names)
        if action is Action.CLEAN:
            content = structured.with_described(content, item, names, self.net)
        return content

    # -- what stays

    def _kept(self, element: Element, names: tuple[str, ...]) -> Element | None:
        """An attribute that an option retains: as it is, but for what identifies the patient beyond it."""
        if element.items is not None:
            items = tuple(self.data_set(item, parent=element.tag, names=names) for item in element.items)
            return element._replace(items=items)
        retained = element.tag in kept.RETAINED_NAMES
        if not values.is_sound(element, bytes(element.value)):
            return values.replaced(element)
        if element.vr == "PN":
            return element._replace(value=b"")
        if element.vr == "UI" and self.net.in_uid(bytes(element.value).decode("latin-1").rstrip("\0 ")):
            return self._renamed(element, names)
        if element.vr in kept.TEMPORAL or element.vr == "UI" or retained:
            return element
        return self._leaf(element, names, unknown=False, listed=True)

    def _unnamed(
        self, element: Element, parent: int, names: tuple[str, ...], *, strip: bool, scheme: bool
    ) -> Element | None:
        """An attribute that the table does not name."""
        tag = element.tag
        if element.items is not None:
            if not is_known(tag):
                return None
            items = tuple(self.data_set(i, parent=tag, names=names, strip=strip) for i in element.items)
            return element._replace(items=items)
        if tag in PIXELS:
            # A picture inside the header is a copy that nobody has looked at.
            return None if parent else element
        if not is_known(tag):
            return None
        return self._leaf(element, names, unknown=strip or (tag in kept.CODE and not scheme), listed=False)

    def _leaf(
        self, element: Element, names: tuple[str, ...], *, unknown: bool, listed: bool
    ) -> Element | None:
        """A single value, by what kind of value it is."""
        vr, value = element.vr, bytes(element.value)
        if not value:
            return element
        if vr in kept.NUMBERS:
            return values.numbers(element, value, self.net)
        if vr in ("IS", "DS"):
            return values.number(element, value, self.net, doubtful=self.doubtful)
        if vr == "CS" and value.rstrip(b" ") in values.DEFINED:
            return element
        if not values.is_sound(element, value):
            return values.replaced(element)
        if vr == "CS":
            return values.word(element, value, self.net, doubtful=self.doubtful)
        if vr == "UI":
            return self._uid(element, value, names)
        if vr in kept.TEXTS:
            return values.text(
                element, names, self.net, unknown=unknown, listed=listed, trusted=not self.doubtful
            )
        if vr in kept.TEMPORAL:
            return self._undated(element)
        if vr in kept.BULK:
            if self.net.in_text_bytes(value) if len(value) <= SMALL else self.net.in_bytes(value):
                raise RedactionError("an identifier is written in a binary value")
            return element
        return element if vr == "AS" and listed else None  # names, addresses, titles, unknown

    def _uid(self, element: Element, value: bytes, names: tuple[str, ...]) -> Element:
        known = element.tag in kept.CLASSES and not self.doubtful
        spells = known and self.net.in_uid(value.decode("latin-1").rstrip("\0 "))
        return element if known and not spells else self._renamed(element, names)

    def _undated(self, element: Element) -> Element | None:
        if MODIFIED_DATES in self.plan.options:
            return values.moved(element, self.days)
        return element if FULL_DATES in self.plan.options else None
