"""Whether the header of a file is sound enough that what names the patient stands where it should.

A damaged tag or value takes a name out of the attribute it is known by, and nobody can search for it any more. In such
a file only what is harmless by itself is kept: words of imaging and small numbers.
"""

import re
from typing import Final

from gateway.formats.dicom_dictionary import decoded, encodings, is_of, tag_named
from gateway.formats.dicom_elements import DataSet
from gateway.redact.identifiers import CHARACTER_SET, SOURCES

ALWAYS_THERE: Final = frozenset(
    tag_named(word) for word in ("PatientName", "PatientID", "PatientBirthDate", "AccessionNumber")
)
"""Of type 2 in every object of a patient (PS3.3 C.7.1.1, C.7.2.1): empty perhaps, but not missing."""
REPEATING: Final = frozenset({0x50, 0x60})
LONGEST: Final = {"LO": 64, "SH": 16, "DA": 26}
_DAMAGED: Final = re.compile(r"[\x00-\x09\x0b\x0e-\x1a\x1c-\x1f\x7f-\x9f\ufffd]")


def is_doubtful(dataset: DataSet) -> bool:
    """Whether an attribute that names the patient may be lost, or what it says is damaged."""
    tags = {element.tag for element in dataset}
    return not tags >= ALWAYS_THERE or _is_damaged(dataset, encodings(""))


def _is_damaged(dataset: DataSet, names: tuple[str, ...]) -> bool:
    for tag, vr, value, items, _ in dataset:
        if tag >> 16 & 1 or tag >> 24 in REPEATING:
            continue
        if not is_of(tag, vr) and tag & 0xFFFF and items is None:
            return True
        if items is not None:
            if any(_is_damaged(item, names) for item in items):
                return True
        elif tag == CHARACTER_SET:
            names = encodings(bytes(value).decode("latin-1").strip(" \0"))
        elif vr == "PN" or tag in SOURCES:
            text = decoded(bytes(value), names).rstrip("\0 ")
            if _DAMAGED.search(text) or any(len(v) > LONGEST.get(vr, 1 << 16) for v in text.split("\\")):
                return True
    return False
