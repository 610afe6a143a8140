"""How a word, a list, a size or a shorthand may be written in any of our YAML files."""

from typing import Annotated, ClassVar, Literal

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


def listed(value: object) -> object:
    """One word is a list of one."""
    return value if isinstance(value, list) else [value]


def alternatives(value: object) -> object:
    """A list of words is one alternative, a list with mappings several."""
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return value
    return [value]


def one_answer(value: object) -> object:
    """`yes` or `no`, which YAML reads as true and false, as a word again."""
    return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value


def _answers(value: object) -> object:
    return [one_answer(item) for item in value] if isinstance(value, list) else [one_answer(value)]


type Words = Annotated[list[str], BeforeValidator(listed), Field(min_length=1), WithJsonSchema(_ONE_OR_MORE)]
type Text = Annotated[str, Field(min_length=1, max_length=600)]
type Answers = Annotated[
    list[Literal["yes", "no", "depends", "unknown"]],
    BeforeValidator(_answers),
    Field(min_length=1),
    WithJsonSchema({"description": "yes, no, depends or unknown, or a list of them"}),
]
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
