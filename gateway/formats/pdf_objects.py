"""What a page refers to, and what notes say: walks over the objects of a document."""

from typing import Any, Final

import pikepdf

from gateway.errors import LimitReached

MOST_NESTING: Final = 12
"""Forms inside forms; real documents stay below four."""


def collect(resources: Any, found: dict[int, Any], room: int) -> None:
    """Pictures and forms of a resource dictionary, of its patterns and Type 3 fonts, and of forms inside forms."""
    if not isinstance(resources, pikepdf.Dictionary):
        return
    for group in ("/XObject", "/Pattern"):
        named = resources.get(group)
        if isinstance(named, pikepdf.Dictionary):
            for key in named.keys():  # noqa: SIM118 - not a dict: iterating it yields other things
                collect_any(named[key], found, room)
    fonts = resources.get("/Font")
    if isinstance(fonts, pikepdf.Dictionary):
        for key in fonts.keys():  # noqa: SIM118 - not a dict: iterating it yields other things
            collect(get(fonts[key], "/Resources"), found, room - 1) if room > 0 else None


def collect_any(one: Any, found: dict[int, Any], room: int) -> None:
    """A picture or form, or a dictionary of them, and what they refer to. LimitReached beyond `room` levels."""
    if isinstance(one, pikepdf.Dictionary) and not isinstance(one, pikepdf.Stream):
        for key in one.keys():  # noqa: SIM118 - not a dict: iterating it yields other things
            collect_any(one[key], found, room - 1) if room > 0 else None
    if not isinstance(one, pikepdf.Stream) or one.objgen[0] in found:
        return
    if room <= 0:
        raise LimitReached("forms inside forms beyond the limit", reason="too-deep")
    found[one.objgen[0]] = one
    for mask in ("/SMask", "/Mask"):
        collect_any(one.get(mask), found, room - 1)
    collect(one.get("/Resources"), found, room - 1)


def get(one: Any, key: str) -> Any:
    """What stands under a key, where there are keys."""
    return one.get(key) if isinstance(one, pikepdf.Dictionary | pikepdf.Stream) else None


def items(value: Any) -> list[Any]:
    """An array's items, or the one thing that stands in its place."""
    if value is None:
        return []
    return list(value) if isinstance(value, pikepdf.Array) else [value]


def spoken(note: Any) -> list[str]:
    """What a note, field or bookmark says."""
    values = (get(note, key) for key in ("/T", "/TU", "/V", "/DV", "/Contents", "/RC", "/Title", "/Subj"))
    return [str(value) for value in values if isinstance(value, pikepdf.String | str)]
