"""The JSON model of DICOM (PS3.18 annex F) to data sets and back; what did not change is written as it was."""

import base64
import binascii
import struct
from collections.abc import Mapping
from typing import Any, Final

import orjson

from gateway.errors import FormatError, LimitReached
from gateway.formats.dicom_dictionary import decoded, encodings
from gateway.formats.dicom_elements import DEPTH, DataSet, Element
from gateway.limits import Limits

type Entry = Mapping[str, Any]

CHARACTER_SET: Final = 0x00080005
UNICODE: Final = Element(CHARACTER_SET, "CS", b"ISO_IR 192")
UTF8: Final = encodings("ISO_IR 192")
_NUMBERS: Final = {"FD": "d", "FL": "f", "SL": "i", "SS": "h", "SV": "q", "UL": "I", "US": "H", "UV": "Q"}
_TEXTS: Final = frozenset("AE AS CS DA DS DT IS LO LT SH ST TM UC UI UR UT".split())
_BINARY: Final = frozenset("OB OD OF OL OV OW UN".split())
_NAMES: Final = ("Alphabetic", "Ideographic", "Phonetic")
_TAG: Final = 8


def read_objects(data: bytes, limits: Limits) -> tuple[DataSet, ...]:
    """The data sets of a JSON text, one or a list of them, all texts in UTF-8. Raises FormatError, LimitReached."""
    return tuple(_data_set(one, min(limits.json_depth, DEPTH)) for one in _objects(data))


def written_objects(data: bytes, before: tuple[DataSet, ...], after: tuple[DataSet, ...]) -> bytes:
    """The JSON text with other data sets. `before` is what `read_objects` made of it."""
    made = [
        _json_of(new, {element.tag: element for element in old}, one)
        for one, old, new in zip(_objects(data), before, after, strict=True)
    ]
    return orjson.dumps(made if data.lstrip()[:1] == b"[" else made[0])


def _objects(data: bytes) -> list[Entry]:
    try:
        tree = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise FormatError("a JSON text that is none") from None
    found = tree if isinstance(tree, list) else [tree]
    if not found or not all(isinstance(one, dict) for one in found):
        raise FormatError("a JSON text that holds no data sets")
    return found


def _data_set(entries: Entry, room: int) -> DataSet:
    if room <= 0:
        raise LimitReached("sequences are nested beyond the limit", reason="too-deep")
    found = [_element(key, entry, room) for key, entry in entries.items()]
    kept = [element for element in found if element is not None and element.tag != CHARACTER_SET]
    if len({element.tag for element in found if element is not None}) < len(kept):
        raise FormatError("an attribute that stands in a data set twice")
    return tuple(sorted((UNICODE, *kept), key=lambda element: element.tag))


def _element(key: str, entry: Any, room: int) -> Element | None:
    """One attribute; None where its value is elsewhere, at an address that names the study."""
    try:
        tag, vr = int(key, 16), str(entry["vr"])
        if (
            len(key) != _TAG
            or not isinstance(entry, dict)
            or set(entry) - {"vr", "Value", "InlineBinary", "BulkDataURI"}
        ):
            raise FormatError("a JSON text that is no data set")
        if "BulkDataURI" in entry:
            return None
        values = entry.get("Value", [])
        if vr == "SQ":
            return Element(tag, vr, b"", tuple(_data_set(one or {}, room - 1) for one in values))
        return Element(tag, vr, _value(vr, entry, values))
    except (KeyError, TypeError, ValueError, AttributeError, struct.error, binascii.Error):
        raise FormatError("a JSON text that is no data set") from None


def _value(vr: str, entry: Entry, values: list[Any]) -> bytes:
    if "InlineBinary" in entry:
        if vr not in _BINARY:
            raise FormatError("binary where text should be")
        return base64.b64decode(entry["InlineBinary"], validate=True)
    if vr == "PN":
        return "\\".join(
            "=".join(one.get(n, "") for n in _NAMES).rstrip("=") if one else "" for one in values
        ).encode()
    if vr == "AT":
        return b"".join(struct.pack("<HH", int(one[:4], 16), int(one[4:], 16)) for one in values)
    if vr in _NUMBERS:
        return struct.pack(f"<{len(values)}{_NUMBERS[vr]}", *values)
    if vr in _TEXTS:
        return "\\".join("" if one is None else str(one) for one in values).encode()
    if values:
        raise FormatError("a value of a kind that JSON does not have")
    return b""


def _json_of(dataset: DataSet, before: Mapping[int, Element], source: Entry) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for element in dataset:
        key = f"{element.tag:08X}"
        known = source.get(key, source.get(key.lower()))
        old = before.get(element.tag)
        made[key] = known if known is not None and old == element else _entry(element, old, known)
    return made


def _entry(element: Element, old: Element | None, known: Any) -> dict[str, Any]:
    _tag, vr, value, items, _ = element
    if items is not None:
        was = old.items if old is not None and old.items is not None and len(old.items) == len(items) else ()
        sources = known["Value"] if was and isinstance(known, dict) else ()
        return {"vr": "SQ", "Value": [
            _json_of(item, {e.tag: e for e in was[at]} if was else {}, sources[at] if was else {}) for at, item in enumerate(items)
        ]}  # fmt: skip
    data = bytes(value)
    if not data.strip(b"\0 "):
        return {"vr": vr}
    if vr in _NUMBERS:
        return {
            "vr": vr,
            "Value": list(
                struct.unpack(f"<{len(data) // struct.calcsize(_NUMBERS[vr])}{_NUMBERS[vr]}", data)
            ),
        }
    if vr == "AT":
        pairs = struct.unpack(f"<{len(data) // 2}H", data)
        return {"vr": vr, "Value": [f"{a:04X}{b:04X}" for a, b in zip(pairs[::2], pairs[1::2], strict=True)]}
    if vr not in _TEXTS and vr != "PN":
        return {"vr": vr, "InlineBinary": base64.b64encode(data).decode()}
    texts = decoded(data, UTF8).rstrip("\0 ").split("\\")
    if vr == "PN":
        return {"vr": vr, "Value": [dict(zip(_NAMES, text.split("="), strict=False)) for text in texts]}
    if vr in ("IS", "DS"):
        return {"vr": vr, "Value": [float(text) if vr == "DS" else int(text) for text in texts]}
    return {"vr": vr, "Value": texts}
