"""What two files must agree on is checked, not remembered."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from gateway.cli.command import COMMANDS, leadglass
from gateway.model import Format

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")
] + sorted((ROOT / "docs").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gateway", command, "--help"], capture_output=True, text=True, check=True
    )
    assert "Example" in done.stdout or "Commands" in done.stdout


def _leaves(command: click.Command, name: str) -> Iterator[str]:
    if not isinstance(command, click.Group):
        yield name
        return
    context = click.Context(command)
    for word in command.list_commands(context):
        inner = command.get_command(context, word)
        assert inner is not None
        yield from _leaves(inner, f"{name} {word}")


def test_every_command_is_documented() -> None:
    """A command that is missing belongs into README.md or a page under docs/."""
    told = "".join(page.read_text() for page in PAGES)
    names = list(_leaves(leadglass, "leadglass"))
    assert len(names) > 20
    assert [name for name in names if not re.search(rf"{re.escape(name)}\b(?!-)", told)] == []


def test_what_becomes_of_every_format_is_told() -> None:
    told = (ROOT / "docs" / "formats.md").read_text()
    assert [form.value for form in Format if f"`{form.value}`" not in told] == []


def test_the_readme_names_the_two_commands_first() -> None:
    text = (ROOT / "README.md").read_text()
    assert "make demo" in text
    assert "make test" in text


def test_no_page_speaks_of_a_registry_or_an_index() -> None:
    text = "".join(
        page.read_text() for page in [*PAGES, *(ROOT / "requirements").glob("*.txt"), ROOT / "pyproject.toml"]
    )
    assert not re.search(r"index-url|--find-links|pypi\.org|registry\.npmjs", text)


def test_the_architecture_page_names_every_room() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    rooms = {
        path.stem if path.is_file() else path.name
        for path in (ROOT / "gateway").iterdir()
        if not path.name.startswith("_") and path.suffix in ("", ".py")
    }
    assert {room for room in rooms if room not in text} == set()


def test_every_test_that_the_threat_model_names_is_there() -> None:
    named = re.findall(r"`(tests/[\w/.]+)::(\w+)`", (ROOT / "docs" / "threat-model.md").read_text())
    assert len(named) > 20
    assert [
        (file, test)
        for file, test in named
        if f"def {test}(" not in ((ROOT / file).read_text() if (ROOT / file).exists() else "")
    ] == []
