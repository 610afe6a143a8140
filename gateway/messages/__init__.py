"""The texts that people see, in their languages: one file for each language, the same keys in all of them.

English is complete by definition; a test fails where another language lacks a key, or names other placeholders.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from gateway import reasons

LANGUAGES: Final = ("en", "de", "es")
"""Languages by their ISO 639-1 code."""
DEFAULT: Final = "en"
_RANGE: Final = re.compile(r"\s*([A-Za-z]{1,8}|\*)(?:-[A-Za-z0-9-]*)?\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?")
_RANGES: Final = 20
"""Entries of an Accept-Language header that are read."""


@dataclass(frozen=True, slots=True)
class Messages:
    """All texts of one language, by key: `refusal.stopped`."""

    language: str
    texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key with its placeholders filled. KeyError where there is no such key."""
        text = self.texts[key]
        return text.format_map(values) if values else text

    def reason(self, code: str) -> str:
        """The words of a reason code; a code that is not known says that the upload was not examined."""
        return self.texts[f"reason.{code if code in reasons.REASONS else 'not-examined'}"]

    def advice(self, code: str) -> str:
        """What the sender can do about a reason, where anything is known to help; else empty."""
        remedy = reasons.REMEDIES.get(code, "")
        return self.texts.get(f"advice.{code}", "") or self.texts.get(f"remedy.{remedy}", "")

    def listed(self, things: list[str]) -> str:
        """Several things in one phrase."""
        if len(things) < 2:
            return "".join(things)
        return self("seen.and", first=", ".join(things[:-1]), last=things[-1])


@cache
def messages(language: str) -> Messages:
    """The texts of a language, English where it is not known."""
    known = language if language in LANGUAGES else DEFAULT
    data = tomllib.loads((Path(__file__).parent / f"{known}.toml").read_text("utf-8"))
    texts = dict(_flat(data, ""))
    if known == DEFAULT:
        texts |= {f"reason.{code}": words for code, words in reasons.REASONS.items()}
        texts |= {f"advice.{code}": words for code, words in reasons.ADVICE.items()}
    return Messages(known, MappingProxyType(texts))


def language_of(accept: str) -> str:
    """The language that an Accept-Language header (RFC 9110, 12.5.4) asks for; empty where it asks for none of ours."""
    best, chosen = 0.0, ""
    for text in accept.split(",")[:_RANGES]:
        match = _RANGE.fullmatch(text)
        if match and match[1].lower() in LANGUAGES:
            weight = float(match[2] or 1)
            if weight > best:
                best, chosen = weight, match[1].lower()
    return chosen


def _flat(data: Mapping[str, Any], before: str) -> Iterator[tuple[str, str]]:
    for key, value in data.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield before + key, str(value)
