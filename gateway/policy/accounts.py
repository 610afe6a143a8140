"""Whose account a request uses: what decides whether an agreement covers it.

An account is written as `header:VALUE`, `path:VALUE`, `host:NAME`, or `key:DIGEST`, the last one a keyed digest
(HMAC-SHA-256) of the API key; the key itself is never kept. Values of headers and paths are taken only where the
service itself refuses a value that does not belong to the key or session that travels beside it.
"""

import hmac
import re
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import parse_qs

from gateway.model import Headers

_VALUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}")
_CREDENTIAL = re.compile(r"Credential=([A-Z0-9]{16,128})/")


@dataclass(frozen=True, slots=True)
class AccountSource:
    """Where a provider's requests say whose they are. The first that is present counts."""

    headers: tuple[str, ...] = ()  # workspace or organisation headers, verified by the provider
    path: tuple[re.Pattern[str], ...] = ()  # one group: a project in the path
    host: bool = False  # the host name is the account: one's own resource
    keys: tuple[str, ...] = ()  # headers with the API key
    query: tuple[str, ...] = ()  # query fields with the API key


def account_of(headers: Headers, host: str, path: str, source: AccountSource, secret: bytes) -> str:
    """The account of a request, or "" when it cannot be told: two values that differ are no account.

    Without a `secret`, keys are not recognised: such requests belong to nobody.
    """
    for name in source.headers:
        values = _values(headers, name)
        if values:
            value = values.pop() if len(values) == 1 else ""
            return f"header:{value}" if _VALUE.fullmatch(value) else ""
    for pattern in source.path:
        match = pattern.match(path)
        if match:
            return f"path:{match[1]}" if _VALUE.fullmatch(match[1]) else ""
    if source.host:
        return f"host:{host}"
    if not secret:
        return ""
    found = {key for name in source.keys for key in map(_bare_key, _values(headers, name)) if key}
    if source.query and "?" in path:
        query = parse_qs(path.partition("?")[2], max_num_fields=100)
        found |= {value for name in source.query for value in query.get(name, ())}
    return f"key:{key_digest(found.pop(), secret)}" if len(found) == 1 else ""


def key_digest(key: str, secret: bytes) -> str:
    """The digest under which an API key is known, in hex; without the organisation's secret it cannot be guessed."""
    return hmac.new(secret, b"leadglass account\x00" + key.encode(), sha256).hexdigest()


def _values(headers: Headers, name: str) -> set[str]:
    wanted = name.encode()
    return {value.decode("latin-1").strip() for key, value in headers if key.lower() == wanted}


def _bare_key(value: str) -> str:
    """A key without what stands around it: `Bearer`, or the rest of an AWS signature."""
    if value.startswith("AWS4-"):
        match = _CREDENTIAL.search(value)
        return match[1] if match else ""
    scheme, _, key = value.partition(" ")
    return key.strip() if scheme.lower() in {"bearer", "token", "key", "basic"} and key else value
