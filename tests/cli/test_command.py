"""What holds for every command: an example in its help, and errors of one line with exit code 2."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from gateway.cli.command import COMMANDS, leadglass


def commands(group: click.Group = leadglass, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*before, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*before, name))


def test_the_list_is_whole() -> None:
    assert {path[0] for path in commands()} == set(COMMANDS)


@pytest.mark.parametrize("path", [(), *commands()], ids=" ".join)
def test_every_help_has_an_example(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(leadglass, [*path, "--help"])
    assert result.exit_code == 0
    assert "Example" in result.stdout
    assert " ".join(("leadglass", *path)) in result.stdout.split("Example", 1)[1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nonsense",), "nonsense"),
        (("inspect",), "PATHS"),
        (("inspect", "no/such/file"), "no/such/file"),
        (("inspect", "--nonsense", "x"), "--nonsense"),
        (("serve", "--rules", "no/such/folder"), "no/such/folder"),
        (("doctor", "--ca", "no/such/file"), "no/such/file"),
        (("enrol", "ca", "--state", "no/such/folder"), "leadglass serve --state"),
        (("enrol", "pac", "--rules", "no/such/folder"), "rules"),
        (("audit", "list", "--state", "no/such/folder"), "--state"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_errors_are_one_line_that_says_what_is_wrong(
    arguments: tuple[str, ...], says: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gateway", *arguments],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("leadglass: ")
    assert len(done.stderr.splitlines()) == 1
    assert says in done.stderr
