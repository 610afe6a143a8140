"""Everything that can be written into a rule, and every word that can come out, stands in the documentation."""

import ast
import re
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from gateway import reasons
from gateway.model import MODALITIES, Format, Kind
from gateway.policy import catalogue_schema, schema, words
from gateway.policy.build_catalogue import SHAPES
from gateway.policy.load import load_rules
from gateway.policy.verdict import GATEWAY_NAMES
from tests.policy.made import LOG, write

ROOT = Path(__file__).parents[2]
RULES = (ROOT / "docs" / "rules.md").read_text("utf-8")
DESTINATIONS = (ROOT / "docs" / "destinations.md").read_text("utf-8")


def keys(module: object) -> set[str]:
    models = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, BaseModel) and value is not BaseModel
    ]
    assert models
    return {
        field.alias or name
        for model in models
        if model.__module__ == getattr(module, "__name__", "")
        for name, field in model.model_fields.items()
    }


@pytest.mark.parametrize("key", sorted(keys(schema)))
def test_every_key_of_a_rule_is_documented(key: str) -> None:
    assert f"`{key}`" in RULES


@pytest.mark.parametrize("key", sorted(keys(catalogue_schema)))
def test_every_key_of_the_catalogue_is_documented(key: str) -> None:
    assert f"`{key}`" in DESTINATIONS


@pytest.mark.parametrize(
    "word",
    sorted({*Kind, *Format, *MODALITIES, *reasons.REASONS, *words.CLASSES, *words.RETAINED, *GATEWAY_NAMES}),
)
def test_every_word_of_a_closed_list_is_documented(word: str) -> None:
    assert f"`{word}`" in RULES


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_documented(shape: str) -> None:
    assert f"`{shape}`" in DESTINATIONS


@pytest.mark.parametrize("code", sorted(reasons.REASONS))
def test_the_words_of_a_reason_code_are_the_documented_ones(code: str) -> None:
    assert f"| `{code}` | {reasons.REASONS[code]} |" in RULES


def test_every_example_in_the_documentation_can_be_loaded(tmp_path: Path) -> None:
    examples = re.findall(r"```yaml\n(.*?)```", RULES, re.DOTALL)
    assert len(examples) >= 4
    for number, example in enumerate(examples):
        assert load_rules(write(tmp_path / str(number), example=example, log=LOG)).rule("example") is not None
    (organisation,) = re.findall(r"```yaml\n(.*?)```", DESTINATIONS, re.DOTALL)
    catalogue = load_rules(write(tmp_path / "o", log=LOG, organisation=organisation)).catalogue
    assert set(yaml.safe_load(organisation)["providers"]) <= catalogue.providers.keys()


def test_words_mean_one_thing() -> None:
    lists = ([*words.KINDS], [*words.FORMATS], [*MODALITIES], [words.ANYTHING])
    flat = [word for one in lists for word in one]
    assert len(flat) == len(set(flat))
    assert reasons.CONTENT.keys().isdisjoint(reasons.PATH)


def test_every_reason_code_in_the_program_is_in_the_list() -> None:
    """A code that is missing belongs into gateway/reasons.py and docs/rules.md."""
    used: dict[str, str] = {}
    for path in sorted((ROOT / "gateway").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            used |= dict.fromkeys(_codes(node), str(path.relative_to(ROOT)))
    assert len(used) > 20
    assert {code: path for code, path in used.items() if code not in reasons.REASONS} == {}


def _codes(node: ast.AST) -> list[str]:
    """Reason codes as errors and findings spell them."""
    if isinstance(node, ast.Assign | ast.AnnAssign):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        return _texts([node.value]) if isinstance(target, ast.Name) and target.id == "reason" else []
    if not isinstance(node, ast.Call):
        return []
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    named = {keyword.arg: keyword.value for keyword in node.keywords}
    if name.endswith(("Error", "Reached")):
        return _texts([named.get("reason")])
    spelled = [named.get("doubt"), named.get("reason_code")]
    if any(spelled):
        return _texts(spelled)
    kind = getattr(node.args[0], "attr", "") if name == "Finding" and node.args else ""
    if kind in ("UNREADABLE", "OVER_LIMIT", "ENCRYPTED", "UNCLAIMED"):
        return _texts([named.get("detail"), *node.args[3:4]])
    return []


def _texts(values: list[ast.expr | None]) -> list[str]:
    return [
        value.value
        for value in values
        if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value
    ]
