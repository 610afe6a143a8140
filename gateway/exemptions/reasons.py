"""Reasons in people's own words. They may name a patient, so they are kept apart from the record, briefly, and can be erased."""

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.errors import ExemptionError

LONGEST: Final = 300
"""Characters of a reason in one's own words."""
_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class ReasonStore:
    """One file for each, readable by the gateway's user alone; the record holds only a keyed digest of it."""

    folder: Path
    days: int = 30
    """After so many days they are erased."""

    def keep(self, decision_id: str, text: str) -> None:
        """Keep a text beside its decision. ExemptionError where it is too long, or cannot be kept."""
        if len(text) > LONGEST:
            raise ExemptionError(f"a reason has at most {LONGEST} characters")
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._path(decision_id), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
        except (OSError, UnicodeError) as error:
            raise ExemptionError(f"the reason cannot be kept ({type(error).__name__})") from None

    def read(self, decision_id: str) -> str:
        """The text beside a decision; empty where there is none, or none any more."""
        try:
            return self._path(decision_id).read_text("utf-8")
        except (OSError, UnicodeError):
            return ""

    def erase(self, decision_id: str) -> None:
        """Forget the text beside a decision; the record keeps that there was one."""
        self._path(decision_id).unlink(missing_ok=True)

    def erase_old(self) -> None:
        """Forget what is older than it may become."""
        limit = time.time() - self.days * _DAY
        with contextlib.suppress(OSError):
            for path in self.folder.iterdir():
                if path.stat().st_mtime < limit:
                    path.unlink(missing_ok=True)

    def _path(self, decision_id: str) -> Path:
        if not decision_id.isascii() or not decision_id.isalnum():
            raise ExemptionError("this is not the id of a decision")
        return self.folder / decision_id
