from typing import Any

from gateway.policy import json_schema
from gateway.policy.schema import RuleSpec


def test_every_reference_in_the_schema_leads_somewhere() -> None:
    schema = json_schema()
    references = list(_references(schema))
    assert references
    assert {reference.removeprefix("#/$defs/") for reference in references} <= schema["$defs"].keys()


def test_the_schema_knows_the_words_as_they_are_written() -> None:
    rule = json_schema()["$defs"]["RuleSpec"]
    assert {"from", "with", "because", "on_failure"} <= rule["properties"].keys()
    assert rule["additionalProperties"] is False
    assert set(rule["required"]) == {"because", "do"}
    assert rule["properties"].keys() == {field.alias or name for name, field in RuleSpec.model_fields.items()}


def test_shorthands_are_in_the_schema() -> None:
    definitions = json_schema()["$defs"]
    for name in ("To", "Found", "Seen"):
        assert {"type": "string"} in definitions[name]["anyOf"]
    assert {"$ref": "#/$defs/Found"} in definitions["RuleSpec"]["properties"]["found"]["anyOf"]


def _references(value: Any) -> Any:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref":
                yield inner
            else:
                yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)
