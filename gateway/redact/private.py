"""Private attributes: which of them PS3.15 calls safe, told by the name of their creator."""

from gateway.formats.dicom_elements import DataSet, Element
from gateway.redact import kept


def creators(dataset: DataSet) -> dict[int, str]:
    """Group and block to the name of the private creator (PS3.5 section 7.8.1)."""
    return {
        element.tag: bytes(element.value).decode("latin-1").strip(" \0")
        for element in dataset
        if element.tag >> 16 & 1 and 0x10 <= element.tag & 0xFFFF <= 0xFF and element.items is None
    }


def kept_private(element: Element, owners: dict[int, str]) -> Element | None:
    """A private attribute that may be kept: only from the standard's list, and only if it is a number."""
    if element.items is not None:
        return None
    group, number = element.tag >> 16, element.tag & 0xFFFF
    safe = kept.SAFE_PRIVATE.get((owners.get(group << 16 | number >> 8, ""), group))
    if number < 0x100:
        known = kept.SAFE_PRIVATE.get((owners.get(group << 16 | number, ""), group))
        return element if known else None
    vr = None if safe is None else safe.get(number & 0xFF)
    value = bytes(element.value)
    if vr is None or element.vr not in (vr, "UN") or len(value) > kept.LONGEST_PRIVATE:
        return None
    if vr in ("IS", "DS"):
        return element if kept.DECIMAL.fullmatch(value) else None
    return None if len(value) % kept.SIZES[vr] else element
