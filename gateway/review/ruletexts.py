"""Rules as they were, as text that a person reads and compares."""

import difflib
from collections.abc import Mapping
from typing import Any

import yaml

from gateway.audit import Entry


def rule_texts(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The rules of a set by name, each as YAML without what is not said."""
    return [(name, _text(rule)) for name, rule in sorted(content["rules"].items())]


def spoken(content: Mapping[str, Any] | None, entry: Entry) -> list[tuple[str, str]]:
    """The rules that spoke in a decision, each with its text at that time; an empty text where it was not kept."""
    rules = content["rules"] if content else {}
    return [(name, _text(rules[name]) if name in rules else "") for name in entry.spoke]


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What changed from one set to another, line by line as `diff -u` writes it; catalogue and rules."""
    old, new = _lines(before), _lines(after)
    return [line.rstrip("\n") for line in difflib.unified_diff(old, new, "before", "after", n=2)][2:]


def _lines(content: Mapping[str, Any]) -> list[str]:
    text = _text({"rules": content["rules"], "catalogue": content["catalogue"]})
    return text.splitlines(keepends=True)


def _text(value: Any) -> str:
    return str(
        yaml.safe_dump(_said(value), sort_keys=True, allow_unicode=True, default_flow_style=False, width=100)
    )


def _said(value: Any) -> Any:
    """A value without fields that say nothing."""
    if isinstance(value, dict):
        return {name: _said(item) for name, item in value.items() if item not in (None, [], {}, "")}
    return [_said(item) for item in value] if isinstance(value, list) else value
