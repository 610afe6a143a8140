"""Content items of structured reports: which of them stay, by the concept they answer (PS3.15 table E.3.4-1)."""

from typing import Final

from gateway.formats.dicom_dictionary import REMOVED, decoded, tag_named
from gateway.formats.dicom_elements import DataSet, Element
from gateway.redact import kept
from gateway.redact.descriptors import cleaned_description
from gateway.redact.net import Net
from gateway.redact.profile import Action, Plan, resolved

VALUE_TYPE: Final = tag_named("ValueType")
CONCEPT: Final = tag_named("ConceptNameCodeSequence")
TEXT_VALUE: Final = tag_named("TextValue")
CODE_VALUE, SCHEME, MEANING = (tag_named(n) for n in ("CodeValue", "CodingSchemeDesignator", "CodeMeaning"))
TEXT_OBJECTS: Final = tag_named("TextObjectSequence")
CONTENT: Final = frozenset(
    tag_named(word)
    for word in (
        "ContentSequence", "AcquisitionContextSequence", "SpecimenPreparationSequence", "WaveformAnnotationSequence",
        "SpecimenPreparationStepContentItemSequence",
    )
)  # fmt: skip

PLACEHOLDER: Final[tuple[DataSet, ...]] = (
    (
        Element(tag_named("RelationshipType"), "CS", b"CONTAINS"),
        Element(VALUE_TYPE, "CS", b"TEXT"),
        Element(
            CONCEPT,
            "SQ",
            b"",
            (
                (
                    Element(CODE_VALUE, "SH", b"121106"),
                    Element(SCHEME, "SH", b"DCM"),
                    Element(MEANING, "LO", b"Comment"),
                ),
            ),
        ),
        Element(TEXT_VALUE, "UT", REMOVED.encode()),
    ),
)
"""One valid item that says nothing, for content that had to be replaced."""


def action_for(item: DataSet, plan: Plan) -> Action:
    """What happens to a content item: by its concept, else free text is cleaned and the rest follows the attributes."""
    kind = _word(item, VALUE_TYPE)
    concept = next((e.items[0] for e in item if e.tag == CONCEPT and e.items), ())
    asked = plan.content.get((_word(concept, SCHEME), _word(concept, CODE_VALUE)))
    if asked is None:
        return Action.CLEAN if kind == "TEXT" else Action.KEEP
    return Action(asked) if len(asked) == 1 else resolved(asked, 0, CONCEPT, "")


def with_described(content: DataSet, original: DataSet, names: tuple[str, ...], net: Net) -> DataSet:
    """A cleaned item whose text says again what of it may be said."""
    text = next((decoded(bytes(e.value), names) for e in original if e.tag == TEXT_VALUE), "")
    described = cleaned_description(text)
    if not described or net.catches(described):
        return content
    return tuple(e._replace(value=described.encode()) if e.tag == TEXT_VALUE else e for e in content)


def _word(dataset: DataSet, tag: int) -> str:
    return next((bytes(e.value).decode("latin-1").strip(" \0") for e in dataset if e.tag == tag), "")


def public_scheme(dataset: DataSet) -> bool:
    """Whether the codes of an item are published ones; a site's own scheme may code anything."""
    for element in dataset:
        if element.tag == kept.CODING_SCHEME:
            return bytes(element.value).decode("latin-1").strip(" \0") in kept.PUBLIC_SCHEMES
    return all(element.tag not in kept.CODE for element in dataset)
