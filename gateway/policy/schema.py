"""The words of a rules file, as types. Only what crosses this border is turned into rules.

A field's description is its documentation: the JSON Schema for editors is made from here.
"""

from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

NAME = r"^[a-z0-9][a-z0-9-]{0,79}$"

_ONE_OR_MORE = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}


def _listed(value: object) -> object:
    return value if isinstance(value, list) else [value]


def _alternatives(value: object) -> object:
    """A list of words is one alternative, a list with mappings several."""
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return value
    return [value]


def one_answer(value: object) -> object:
    """`yes` or `no`, which YAML reads as true and false, as a word again."""
    return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value


def _answers(value: object) -> object:
    return [one_answer(item) for item in value] if isinstance(value, list) else [one_answer(value)]


type Words = Annotated[list[str], BeforeValidator(_listed), Field(min_length=1), WithJsonSchema(_ONE_OR_MORE)]
type Text = Annotated[str, Field(min_length=1, max_length=600)]
type Answers = Annotated[
    list[Literal["yes", "no", "depends", "unknown"]],
    BeforeValidator(_answers),
    Field(min_length=1),
    WithJsonSchema({"description": "yes, no, depends or unknown, or a list of them"}),
]
type Number = Annotated[float, Field(ge=0, allow_inf_nan=False)]
type Size = Annotated[
    int | str, Field(description="bytes, or a number with kB, MB, GB (thousands) or KiB, MiB, GiB")
]


class Strict(BaseModel):
    """Unknown keys are mistakes; a shorthand stands for the key named in `short`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    short: ClassVar[str] = ""

    @model_validator(mode="before")
    @classmethod
    def _spell_out(cls, value: object) -> object:
        if cls.short and isinstance(value, str | list):
            return {cls.short: value}
        return value

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """A mapping, or the shorthand."""
        whole = handler.resolve_ref_schema(handler(core))
        return {"anyOf": [whole, *_ONE_OR_MORE["anyOf"]]} if cls.short else whole


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
    found: Annotated[list[Seen], BeforeValidator(_listed)] | None = Field(
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


class RuleSpec(Strict):
    """One sentence of the organisation."""

    name: str | None = Field(None, pattern=NAME, description="the file's name when not given")
    because: Text = Field(description="why, in words for the person whose upload it is")
    instead: Text | None = Field(None, description="the organisation's approved way")
    to: To | None = None
    who: Who | None = Field(None, alias="from")
    size: SizeRange | None = None
    when: When | None = None
    found: Annotated[list[Found], BeforeValidator(_alternatives), Field(min_length=1)] | None = None
    on_failure: Words | None = Field(None, description="reason codes of what could not be examined, or `any`")
    unless: Annotated[list[Unless], BeforeValidator(_listed), Field(min_length=1)] | None = None
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
