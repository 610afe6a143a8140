"""Host names as they are compared, and finding the one entry that a name belongs to.

A pattern is an exact name, `*.suffix` (anything below, never the suffix itself), or a name with `{placeholders}`
that each stand for letters, digits and hyphens inside one label. A suffix counts only at a label border:
`*.openai.com` is not `notopenai.com`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import idna

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_NAME = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
_SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "gov", "net", "org"})


def normal_name(host: str) -> str:
    """A host as it is compared: lower case, IDNA A-labels (RFC 5891 with UTS 46 mapping), no trailing dot, no brackets.

    A name that cannot be encoded is given back unlike any name that can.
    """
    name = host.lower()
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode("ascii").lower()
        except UnicodeError:  # idna's own errors are among these
            return f"invalid:{len(host)}"
    if name.endswith("."):
        name = name.rstrip(".")
    return name[1:-1] if name.startswith("[") else name


def is_pattern(text: str) -> bool:
    """Whether a text is a host pattern that can be matched."""
    name = normal_name(text).removeprefix("*.")
    plain = _PLACEHOLDER.sub("x", name)
    return "." in plain and _NAME.fullmatch(plain) is not None


def fixed_suffix(pattern: str) -> str:
    """The part of a pattern after its last wild label: `{region}.amazonaws.com` ends in `amazonaws.com`."""
    labels = pattern.split(".")
    wild = [at for at, label in enumerate(labels) if label == "*" or "{" in label]
    return ".".join(labels[wild[-1] + 1 :]) if wild else pattern


def registrable(name: str) -> str:
    """The domain that somebody has registered, as far as its shape tells: `a.b.co.uk` lies in `b.co.uk`."""
    labels = name.split(".")
    keep = 3 if len(labels[-1]) == 2 and len(labels) > 2 and labels[-2] in _SECOND_LEVEL else 2
    return ".".join(labels[-keep:])


@dataclass(frozen=True, slots=True)
class _Wild[T]:
    """What is known below one suffix."""

    below: T | None = None
    shaped: tuple[tuple[re.Pattern[str], T], ...] = ()


@dataclass(frozen=True, slots=True)
class HostIndex[T]:
    """Names to entries; the most exact pattern wins. One dictionary look-up for each label of the name."""

    exact: Mapping[str, T]
    wild: Mapping[str, _Wild[T]]

    @classmethod
    def of(cls, entries: Iterable[tuple[str, T]]) -> "HostIndex[T]":
        """An index of patterns; of two equal patterns the first one counts (the loader refuses them before)."""
        exact: dict[str, T] = {}
        below: dict[str, T] = {}
        shaped: dict[str, list[tuple[re.Pattern[str], T]]] = {}
        for pattern, entry in entries:
            if "{" in pattern:
                shape = _PLACEHOLDER.sub("\x00", pattern.removeprefix("*."))
                text = re.escape(shape).replace("\x00", "[a-z0-9-]+")
                prefix = r"[a-z0-9_.-]+\." if pattern.startswith("*.") else ""
                shaped.setdefault(fixed_suffix(pattern), []).append((re.compile(prefix + text), entry))
            elif pattern.startswith("*."):
                below.setdefault(pattern[2:], entry)
            else:
                exact.setdefault(pattern, entry)
        suffixes = below.keys() | shaped.keys()
        wild = {suffix: _Wild(below.get(suffix), tuple(shaped.get(suffix, ()))) for suffix in suffixes}
        return cls(exact, wild)

    def find(self, name: str) -> T | None:
        """The entry of a normalised name."""
        entry = self.exact.get(name)
        if entry is not None:
            return entry
        dot = name.find(".")
        while dot >= 0:
            wild = self.wild.get(name[dot + 1 :])
            if wild is not None:
                for shape, shaped in wild.shaped:
                    if shape.fullmatch(name):
                        return shaped
                if wild.below is not None and dot > 0:
                    return wild.below
            dot = name.find(".", dot + 1)
        return None
