"""The planning figures on the page are those that the script computes, and move as they should."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.sizing import Costs, Habits, plan, table

PAGE = (Path(__file__).parents[2] / "docs" / "sizing.md").read_text("utf-8")


def test_the_page_shows_what_the_script_computes() -> None:
    assert "\n".join(table()) in PAGE


@pytest.mark.parametrize("name", ["request", "connection", "photo", "scan"])
def test_every_cost_counts(name: str) -> None:
    dearer = replace(Costs(), **{name: getattr(Costs(), name) * 2})
    assert plan(10_000, dearer, Habits()).cores > plan(10_000, Costs(), Habits()).cores


def test_one_host_may_always_fail() -> None:
    for people in (1, 1_000, 100_000):
        found = plan(people, Costs(), Habits())
        assert found.hosts >= 2
        assert (found.hosts - 1) * Habits().host >= found.cores
