"""Addresses without bytes: the service is asked to fetch a picture, or to use one it already has."""

import ipaddress
import re
from urllib.parse import urlsplit

from gateway.model import Finding, Kind, PartPath

_ADDRESS = re.compile(r"\s*(?:https?|gs|s3|ftp|ftps|file|abfss?|wasbs?|smb)://\S{1,4096}\s*", re.IGNORECASE)
ID_KEYS = frozenset(
    (
        "file_id",
        "fileId",
        "file_ids",
        "fileIds",
        "asset_pointer",
        "image_asset_pointer",
        "attachment_id",
        "attachment_ids",
    )
)
"""Names under which services take the id of a file they already have."""
_INTERNAL = (
    ".local",
    ".internal",
    ".lan",
    ".intranet",
    ".corp",
    ".home",
    ".home.arpa",
    ".localdomain",
    ".test",
    ".private",
)

_WHOLE_ADDRESS = re.compile(rb'"\s*[A-Za-z0-9]{2,6}:(?://|\\/)')
_ID_TOKENS = frozenset(key.encode() for key in ID_KEYS)


def may_refer(body: bytes, strings: list[bytes], colons: int) -> bool:
    """Whether some string of a JSON text could be a reference; `colons` is how many stand inside its strings."""
    return (colons > 0 and _WHOLE_ADDRESS.search(body) is not None) or any(
        text in _ID_TOKENS for text in strings if len(text) < 24
    )


def reference(value: str, key: str, path: PartPath) -> Finding | None:
    """The finding for a whole string that is an address or the id of a stored file, or None."""
    if _ADDRESS.fullmatch(value):
        detail = "internal" if is_internal(value.strip()) else "external"
    elif key in ID_KEYS and value:
        detail = "external"
    else:
        return None
    return Finding(Kind.REFERENCE, path, detail=detail, by="wire")


def is_internal(address: str) -> bool:
    """Whether an address points into the organisation: private, loopback or link-local, or a name without a public end."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return True  # an address nobody can read is not one that leads outside
    if parts.scheme in ("file", "smb"):
        return True
    if parts.scheme not in ("http", "https", "ftp", "ftps"):
        return False  # a bucket's name
    host = host.rstrip(".").lower()
    try:
        return not ipaddress.ip_address(_whole_number(host)).is_global
    except ValueError:
        return "." not in host or host.endswith(_INTERNAL)


def _whole_number(host: str) -> str | int:
    """`2130706433`, `0x7f000001` and `0177.0.0.1` are ways to write an address that resolvers accept."""
    parts = host.split(".")
    if len(parts) > 4 or not all(part and part[0].isdigit() for part in parts):
        return host
    try:
        numbers = [
            int(p, 16) if p.startswith("0x") else int(p, 8) if p.startswith("0") and p != "0" else int(p)
            for p in parts
        ]
    except ValueError:
        return host
    *heads, last = numbers
    if any(head > 255 for head in heads) or last >= 256 ** (5 - len(numbers)):
        return host
    return sum(head << 8 * (3 - at) for at, head in enumerate(heads)) + last
