"""The words of a rules file, as types. Only what crosses this border is turned into rules.

A field's description is its documentation: the JSON Schema for editors is made from here.
"""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from gateway.policy.spelling import NAME, Answers, Size, Strict, Text, Words, alternatives, listed


class Retention(Strict):
    """How many days a service keeps uploads at most, as far as it is known."""

    at_least: Annotated[int, Field(ge=0)] | None = None
    below: Annotated[int, Field(ge=1)] | None = None
    unknown: bool = Field(default=False, description="also services of which it is not known")


class To(Strict):
    """Where an upload is meant to go. In short: hosts, classes and providers, any of them."""

    short = "any"
    any: Words | None = Field(None, description="hosts, `*.suffix`, classes or providers, mixed")
    host: Words | None = Field(None, description="exact names, or `*.suffix`")
    exposure: Words | None = Field(None, alias="class", description="public, baa, storage or unlisted")
    provider: Words | None = Field(None, description="names of providers in the catalogue")
    operation: Words | None = Field(
        None, description="names of operations in the catalogue, e.g. files.create"
    )
    trains_on_uploads: Answers | None = Field(None, description="what is known of the service's terms")
    opt_out: Answers | None = Field(None, description="what is known of the service's terms")
    baa_available: Answers | None = Field(None, description="what is known of the service's terms")
    shared_with_affiliates: Answers | None = Field(None, description="what is known of the service's terms")
    retention_days: Retention | None = Field(
        None, description="how long uploads are kept, as far as it is known"
    )


class Who(Strict):
    """Who is asking."""

    user: Words | None = Field(None, description="names of people")
    group: Words | None = Field(None, description="names of groups; one of them is enough")
    network: Words | None = Field(
        None, description="client networks, e.g. 10.20.0.0/16, or their names in organisation.yaml"
    )
    identified: bool | None = Field(None, description="whether the sender is known by name")


class Score(Strict):
    """A range of the medical score, 0 to 1."""

    at_least: Annotated[float, Field(ge=0, le=1)] | None = None
    below: Annotated[float, Field(ge=0, le=1)] | None = None


class SizeRange(Strict):
    """A range of the size of the whole upload."""

    at_least: Size | None = None
    below: Size | None = None


class Found(Strict):
    """What is seen. In short: kinds, formats and modalities, any of them, or `anything`."""

    short = "any"
    any: Words | None = Field(None, description="kinds, formats and modalities, mixed; or `anything`")
    kind: Words | None = Field(None, description="kinds of finding")
    format: Words | None = Field(None, description="formats of the file, told by content")
    modality: Words | None = Field(None, description="sorts of medical image")
    detail: Words | None = Field(None, description="the finding's own word, e.g. `internal` for a reference")
    score: Score | None = None


class When(Strict):
    """A time window, on the clock of `timezone`."""

    days: Words | None = Field(None, description="mon to sun, `mon-fri`, `weekdays`, `weekend`")
    hours: str | None = Field(None, description="`HH:MM-HH:MM`; may span midnight")
    timezone: str = Field("UTC", description="e.g. Europe/Vienna")
    since: date | None = Field(None, description="first day")
    until: date | None = Field(None, description="last day")


class Unless(Who):
    """Circumstances in which the rule does not speak; all that are given must hold."""

    to: To | None = None
    when: When | None = None


class With(Strict):
    """How the action is done."""

    profile: Words | None = Field(None, description="redact: DICOM attributes that are kept (PS3.15 options)")
    text: Literal["all", "identifiers"] | None = Field(
        None, description="redact: which writing is painted over"
    )
    keep_length: bool | None = Field(None, description="redact: keep the file's length")
    reasons: Words | None = Field(None, description="coach: the reasons a person can choose from")


class Seen(Strict):
    """One finding of a case. In short: one word of `found`, or a reason code."""

    short = "word"
    word: str | None = None
    kind: str | None = None
    format: str | None = None
    modality: str | None = None
    detail: str | None = None
    score: Annotated[float, Field(ge=0, le=1)] | None = None


class CaseSpec(Strict):
    """An example with the answer that the whole rule set must give."""

    expect: Literal["allow", "log", "coach", "redact", "block"]
    would: Literal["log", "coach", "redact", "block"] | None = Field(
        None, description="what a monitored rule would do"
    )
    by: str | None = Field(None, description="a rule that must be among those that spoke")
    to: str = Field(description="a host")
    exposure: Literal["public", "baa", "storage"] | None = Field(
        None, alias="class", description="instead of the catalogue's"
    )
    operation: str | None = None
    found: Annotated[list[Seen], BeforeValidator(listed)] | None = Field(
        None, description="what is seen, in the words of `found`, or a reason code"
    )
    user: str = ""
    group: Words | None = None
    identified: bool | None = Field(
        None, description="`no`: the gateway asks who is sending, and nobody is known"
    )
    client: str = ""
    size: Size | None = None
    at: datetime | None = Field(None, description="when; with its zone, else UTC")


class Translation(Strict):
    """A rule's words in another language."""

    because: Annotated[str, Field(max_length=600)] = Field(default="", description="as the rule's own")
    instead: Annotated[str, Field(max_length=600)] = Field(default="", description="as the rule's own")


class RuleSpec(Strict):
    """One sentence of the organisation."""

    name: str | None = Field(None, pattern=NAME, description="the file's name when not given")
    because: Text = Field(description="why, in words for the person whose upload it is")
    instead: Text | None = Field(None, description="the organisation's approved way")
    translations: dict[Literal["en", "de", "es"], Translation] | None = Field(
        None, description="`because` and `instead` in other languages that refusals are told in"
    )
    to: To | None = None
    who: Who | None = Field(None, alias="from")
    size: SizeRange | None = None
    when: When | None = None
    found: Annotated[list[Found], BeforeValidator(alternatives), Field(min_length=1)] | None = None
    on_failure: Words | None = Field(None, description="reason codes of what could not be examined, or `any`")
    unless: Annotated[list[Unless], BeforeValidator(listed), Field(min_length=1)] | None = None
    do: Literal["allow", "log", "coach", "redact", "block"]
    options: With | None = Field(None, alias="with")
    mode: Literal["enforce", "monitor"] = "enforce"
    cases: list[CaseSpec] | None = None

    @model_validator(mode="after")
    def _one_subject(self) -> Self:
        if self.found is not None and self.on_failure is not None:
            raise ValueError(
                "a rule speaks of what is found or of failures (`on_failure`), not of both; write two rules"
            )
        return self


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a rules file: one rule, or several under `rules`."""
    rule = RuleSpec.model_json_schema(by_alias=True)
    definitions = {**rule.pop("$defs", {}), "RuleSpec": rule}
    for owner, key in (("RuleSpec", "found"), ("RuleSpec", "unless"), ("CaseSpec", "found")):
        _allow_single(definitions[owner]["properties"][key])
    several = {
        "type": "object",
        "properties": {"rules": {"type": "array", "items": {"$ref": "#/$defs/RuleSpec"}, "minItems": 1}},
        "required": ["rules"],
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Leadglass rules",
        "anyOf": [{"$ref": "#/$defs/RuleSpec"}, several],
        "$defs": definitions,
    }


def _allow_single(field: dict[str, Any]) -> None:
    """A list of one may be written without its brackets."""
    field["anyOf"] += [choice["items"] for choice in field["anyOf"] if choice.get("type") == "array"]
