"""Applies the confidentiality profile to the elements of one DICOM file: the loop over table E.1-1.

One decision an element: what the table says; where it says nothing, what the kind of value allows; and whatever stays
is searched for the identifiers of this very file.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from gateway.errors import RedactionError
from gateway.formats.dicom_dictionary import DUMMIES, REMOVED, decoded, encodings, is_known, tag_named
from gateway.formats.dicom_elements import PIXEL_DATA, DataSet, Element
from gateway.redact import kept, structured
from gateway.redact.descriptors import cleaned_description, may_stay
from gateway.redact.documents import blank_document
from gateway.redact.identifiers import CHARACTER_SET
from gateway.redact.net import Net
from gateway.redact.profile import Action, Plan
from gateway.redact.pseudonyms import shifted, uid_pseudonym

PIXELS: Final = frozenset({0x7FE00008, 0x7FE00009, PIXEL_DATA})
MIME_TYPE: Final = tag_named("MIMETypeOfEncapsulatedDocument")
DOCUMENT: Final = tag_named("EncapsulatedDocument")
DOCUMENT_LENGTH: Final = tag_named("EncapsulatedDocumentLength")
PATIENT_ID: Final = tag_named("PatientID")
TEXT_OBJECTS: Final = tag_named("TextObjectSequence")
CONTENT: Final = frozenset(
    tag_named(word)
    for word in (
        "ContentSequence", "AcquisitionContextSequence", "SpecimenPreparationSequence", "WaveformAnnotationSequence",
        "SpecimenPreparationStepContentItemSequence",
    )
)  # fmt: skip
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

    def data_set(
        self, dataset: DataSet, *, parent: int = 0, names: tuple[str, ...] = DEFAULT, strip: bool = False
    ) -> DataSet:
        """The elements that stay. With `strip` every text in them is replaced: the whole sequence had to be."""
        creators = _creators(dataset) if any(element.tag >> 16 & 1 for element in dataset) else {}
        scheme = _public_scheme(dataset) if parent else True
        cleaned = []
        actions = self.plan.actions
        for element in dataset:
            action = actions.get(element.tag)
            if action is Action.REMOVE:
                continue
            if action is Action.EMPTY and element.items is None:
                cleaned.append(Element(element.tag, element.vr))
                continue
            if element.tag == CHARACTER_SET:
                names = encodings(bytes(element.value).decode("latin-1").strip(" \0"))
            kept_element = self._element(element, parent, names, creators, strip=strip, scheme=scheme)
            if kept_element is not None:
                cleaned.append(kept_element)
        return tuple(self._documents(cleaned)) if parent == 0 else tuple(cleaned)

    def _element(
        self,
        element: Element,
        parent: int,
        names: tuple[str, ...],
        creators: dict[int, str],
        *,
        strip: bool,
        scheme: bool,
    ) -> Element | None:
        tag = element.tag
        if tag >> 16 & 1:
            return self._private(element, creators)
        if tag in kept.ALWAYS_REMOVED or (parent == 0 and tag in kept.REWRITTEN):
            return None
        action = self.plan.action(tag, parent, self.sop_class)
        if action is None:
            return self._unnamed(element, parent, names, strip=strip, scheme=scheme)
        return self._apply(action, element, parent, names)

    def _apply(self, action: Action, element: Element, parent: int, names: tuple[str, ...]) -> Element | None:
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
                return self._kept(element, names, parent)

    # -- the actions

    def _replaced(self, element: Element, names: tuple[str, ...]) -> Element | None:
        if element.items is not None:
            if element.tag in CONTENT:
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
        return element._replace(value=value.encode("latin-1"))

    def _standard(self, uid: str) -> bool:
        """Whether a UID is defined by the standard, or empty; one that spells an identifier only looks like it."""
        return not uid or (uid.startswith(kept.STANDARD_ROOT.decode()) and not self.net.in_uid(uid))

    def _clean(self, element: Element, names: tuple[str, ...]) -> Element | None:
        if element.items is not None:
            if element.tag in CONTENT:
                cleaned = (self._content_item(item, element.tag, names) for item in element.items)
                return element._replace(items=tuple(item for item in cleaned if item is not None))
            items = tuple(
                self.data_set(
                    tuple(e for e in item if e.tag != TEXT_OBJECTS), parent=element.tag, names=names
                )
                for item in element.items
            )
            return element._replace(items=items)
        if element.vr in kept.TEMPORAL:
            return self._moved(element)
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

    def _moved(self, element: Element) -> Element | None:
        if MODIFIED_DATES not in self.plan.options:
            return None
        if element.vr == "TM":
            return element
        values = [
            shifted(value, self.days) for value in bytes(element.value).split(b"\\") if value.strip(b" \0")
        ]
        if any(value is None for value in values):
            return element._replace(value=DUMMIES[element.vr])
        return element._replace(value=b"\\".join(value for value in values if value is not None))

    # -- what stays

    def _kept(self, element: Element, names: tuple[str, ...], parent: int) -> Element | None:
        """An attribute that an option retains: as it is, but for what identifies the patient beyond it."""
        if element.items is not None:
            items = tuple(self.data_set(item, parent=element.tag, names=names) for item in element.items)
            return element._replace(items=items)
        retained = element.tag in RETAINED_NAMES
        if (
            element.vr in kept.TEXTS
            and not retained
            and self.net.catches(decoded(bytes(element.value), names))
        ):
            return element._replace(value=REMOVED.encode())
        if element.vr == "PN":
            return element._replace(value=b"")
        if element.vr == "UI" and self.net.in_uid(bytes(element.value).decode("latin-1").rstrip("\0 ")):
            return self._renamed(element, names)
        if element.vr in kept.TEMPORAL or element.vr == "UI" or retained:
            return element
        return self._unnamed(element, parent, names, strip=False, scheme=True, listed=True)

    def _unnamed(
        self,
        element: Element,
        parent: int,
        names: tuple[str, ...],
        *,
        strip: bool,
        scheme: bool,
        listed: bool = False,
    ) -> Element | None:
        """An attribute that the table does not name."""
        tag, vr = element.tag, element.vr
        if element.items is not None:
            if not is_known(tag):
                return None
            items = tuple(self.data_set(i, parent=tag, names=names, strip=strip) for i in element.items)
            return element._replace(items=items)
        if tag in PIXELS:
            return (
                element if parent == 0 else None
            )  # a picture inside the header is a copy nobody has looked at
        if not (listed or is_known(tag)):
            return None
        value = bytes(element.value)
        if not value or vr in kept.NUMBERS:
            return element
        if vr in ("IS", "DS"):
            return self._number(element, value)
        if vr == "CS":
            return self._word(element, value)
        if vr == "UI":
            return self._uid(element, value, names)
        if vr in kept.TEXTS:
            return self._text(element, value, names, strip=strip, scheme=scheme, listed=listed)
        if vr in kept.TEMPORAL:
            return self._undated(element)
        if vr in kept.BULK:
            if self.net.in_text_bytes(value) if len(value) <= SMALL else self.net.in_bytes(value):
                raise RedactionError("an identifier is written in a binary value")
            return element
        return element if vr == "AS" and listed else None  # names, addresses, titles, unknown

    def _number(self, element: Element, value: bytes) -> Element | None:
        if kept.DECIMAL.fullmatch(value) is None:
            raise RedactionError("a number that is no number")
        if any(self.net.is_number(part) for part in value.decode("ascii").split("\\")):
            return self._gone(element)
        return element

    def _word(self, element: Element, value: bytes) -> Element | None:
        text = value.decode("latin-1").strip(" \0")
        if not self.net.catches(text) and (
            kept.WORDS.fullmatch(value) or element.tag in kept.STRUCTURAL or _closed(text)
        ):
            return element
        if element.tag in kept.STRUCTURAL and all(
            may_stay(w) or len(w) < 3 for w in text.replace("\\", " ").split()
        ):
            return element
        return self._gone(element)

    def _gone(self, element: Element) -> Element:
        """The attribute without its value. What a reader cannot do without is not emptied; then the file is refused."""
        if element.tag >> 16 == kept.STRUCTURAL_GROUP or element.tag in kept.ESSENTIAL:
            raise RedactionError("an identifier is written where the picture is described")
        return element._replace(value=b"")

    def _uid(self, element: Element, value: bytes, names: tuple[str, ...]) -> Element:
        if element.tag in kept.CLASSES and not self.net.in_uid(value.decode("latin-1").rstrip("\0 ")):
            return element
        return self._renamed(element, names)

    def _text(
        self,
        element: Element,
        value: bytes,
        names: tuple[str, ...],
        *,
        strip: bool,
        scheme: bool,
        listed: bool,
    ) -> Element | None:
        if strip or (element.tag in kept.CODE and not scheme):
            return element._replace(value=REMOVED.encode())
        text = decoded(value, names)
        if self.net.catches(text):
            return element._replace(value=REMOVED.encode())
        if listed or element.tag in kept.TECHNICAL:
            return element
        if element.tag >> 16 == kept.STRUCTURAL_GROUP or all(may_stay(word) for word in text.split()):
            return element
        return element._replace(value=REMOVED.encode())

    def _undated(self, element: Element) -> Element | None:
        if MODIFIED_DATES in self.plan.options:
            return self._moved(element)
        return element if FULL_DATES in self.plan.options else None

    def _private(self, element: Element, creators: dict[int, str]) -> Element | None:
        """A private attribute: kept only on request, only from the standard's list, and only if it is a number."""
        if self.plan.private != Action.CLEAN or element.items is not None:
            return None
        group, number = element.tag >> 16, element.tag & 0xFFFF
        safe = kept.SAFE_PRIVATE.get((creators.get(group << 16 | number >> 8, ""), group))
        if number < 0x100:
            known = kept.SAFE_PRIVATE.get((creators.get(group << 16 | number, ""), group))
            return element if known else None
        if safe is None or number & 0xFF not in safe:
            return None
        if element.vr in kept.NUMBERS or (
            element.vr in ("IS", "DS") and kept.DECIMAL.fullmatch(bytes(element.value))
        ):
            return element
        return None

    def _documents(self, cleaned: list[Element]) -> Iterator[Element]:
        """An encapsulated document is replaced by an empty one of its kind, and its length by the true one."""
        tags = {element.tag: element for element in cleaned}
        if DOCUMENT not in tags:
            yield from cleaned
            return
        mime = bytes(tags[MIME_TYPE].value).decode("latin-1").strip(" \0") if MIME_TYPE in tags else ""
        blank = blank_document(mime)
        for element in cleaned:
            if element.tag == DOCUMENT:
                yield element._replace(value=blank)
            elif element.tag != DOCUMENT_LENGTH:
                yield element


RETAINED_NAMES: Final = frozenset(
    tag_named(word)
    for word in (
        "InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName", "ClinicalTrialSiteID",
        "ClinicalTrialSiteName", "ClinicalTrialCoordinatingCenterName", "ClinicalTrialProtocolEthicsCommitteeName",
        "StationName", "DeviceSerialNumber", "PatientAge", "TimezoneOffsetFromUTC",
    )
)  # fmt: skip
"""What an option retains although it is itself among the identifiers that are searched for."""


def _creators(dataset: DataSet) -> dict[int, str]:
    """Group and block to the name of the private creator (PS3.5 section 7.8.1)."""
    return {
        element.tag: bytes(element.value).decode("latin-1").strip(" \0")
        for element in dataset
        if element.tag >> 16 & 1 and 0x10 <= element.tag & 0xFFFF <= 0xFF and element.items is None
    }


def _public_scheme(dataset: DataSet) -> bool:
    for element in dataset:
        if element.tag == kept.CODING_SCHEME:
            return bytes(element.value).decode("latin-1").strip(" \0") in kept.PUBLIC_SCHEMES
    return all(element.tag not in kept.CODE for element in dataset)


def _closed(text: str) -> bool:
    return all(may_stay(word) for word in text.replace("\\", " ").split())
