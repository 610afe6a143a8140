"""Every rule set that was ever in force, kept under its digest: the record names rules by digest, and people want to read them.

A text proves itself: its SHA-256 is its name, and the same digest stands in the signed record.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from gateway.durable import write_whole
from gateway.errors import RuleError
from gateway.policy.load import load_rules
from gateway.policy.rules import RuleSet

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def load_and_keep(directory: Path | None, account_key: bytes, state: Path) -> RuleSet:
    """As `load_rules`, and the text is kept before the rules count. RuleError where it cannot be."""
    rules = load_rules(directory, account_key)
    keep(state, rules)
    return rules


def keep(state: Path, rules: RuleSet) -> None:
    """Keep the text of a rule set; what is kept already stays. RuleError where it cannot be written."""
    path = _path(state, rules.digest)
    if path.exists():
        return
    try:
        write_whole(path, rules.text.encode("ascii"))
    except OSError as error:
        raise RuleError(f"the rules cannot be kept under {path.parent} ({type(error).__name__})") from None


def kept(state: Path, digest: str) -> Mapping[str, Any] | None:
    """The rules (`rules`) and catalogue (`catalogue`) of a digest; None where they are not kept, or not those."""
    if not _DIGEST.fullmatch(digest):
        return None
    try:
        text = _path(state, digest).read_bytes()
        if hashlib.sha256(text).hexdigest() != digest:
            return None
        content: Mapping[str, Any] = json.loads(text)
    except (OSError, ValueError):
        return None
    return content


def _path(state: Path, digest: str) -> Path:
    return state / "rules" / f"{digest}.json"
