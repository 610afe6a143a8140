"""Everything that can be written into a people file, and every command about people, stands in the documentation."""

import re
from pathlib import Path

import click
import pytest
from pydantic import BaseModel

from gateway import reasons
from gateway.cli.enrol_user import user
from gateway.people import schema
from gateway.people.book import load_book
from gateway.policy import load_rules
from tests.policy.made import LOG, write

ROOT = Path(__file__).parents[2]
PEOPLE = (ROOT / "docs" / "people.md").read_text("utf-8")
MODELS = [
    value
    for value in vars(schema).values()
    if isinstance(value, type) and issubclass(value, BaseModel) and value.__module__ == schema.__name__
]


@pytest.mark.parametrize("key", sorted({name for model in MODELS for name in model.model_fields}))
def test_every_key_of_the_people_file_is_documented(key: str) -> None:
    assert f"`{key}`" in PEOPLE


@pytest.mark.parametrize("command", sorted(user.commands))
def test_every_command_about_people_is_documented_and_has_an_example(command: str) -> None:
    assert f"| `leadglass enrol user {command}" in PEOPLE
    found = user.commands[command]
    assert found.help
    assert "Example" in (found.epilog or "")
    assert all(option.help for option in found.params if isinstance(option, click.Option))


@pytest.mark.parametrize("code", sorted(reasons.ADVICE))
def test_every_reason_to_doubt_is_documented_and_says_what_to_do(code: str) -> None:
    assert f"`{code}`" in PEOPLE
    assert code in reasons.PATH
    assert reasons.ADVICE[code][0].isupper()


def test_the_examples_can_be_loaded(tmp_path: Path) -> None:
    file, rule = re.findall(r"```yaml\n(.*?)```", PEOPLE, re.DOTALL)
    (tmp_path / "people.yaml").write_text(file)
    assert load_book(tmp_path / "people.yaml").spec.ldap
    organisation = "networks: {laboratory: [10.20.0.0/16]}\n"
    assert load_rules(write(tmp_path / "r", example=rule, log=LOG, organisation=organisation)).rule("example")
