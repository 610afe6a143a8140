import re
from pathlib import Path

import pytest

from gateway.audit import EVENTS, OUTCOMES
from gateway.audit.canonical import ALLOWED
from gateway.audit.export import EXPORTS
from gateway.audit.report import FAULTS
from gateway.audit.seen import BASES

PAGE = (Path(__file__).parents[2] / "docs" / "audit.md").read_text("utf-8")
WRITTEN = set(re.findall(r"[\w-]+", " ".join(re.findall(r"`([^`]+)`", PAGE))))


@pytest.mark.parametrize(
    "words", [EVENTS, OUTCOMES, BASES, FAULTS, tuple(EXPORTS), *(tuple(sorted(f)) for f in ALLOWED.values())]
)
def test_every_closed_list_is_written_down(words: tuple[str, ...]) -> None:
    assert set(words) - WRITTEN - {"type"} == set()
