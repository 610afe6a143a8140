"""What is wrong with a rules file, where, and what was probably meant; all of it at once."""

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAliasType, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gateway.errors import RuleError

type Place = tuple[str | int, ...]
"""Where something stands inside a file: keys and positions, outermost first."""


@dataclass(frozen=True, slots=True)
class Source:
    """One YAML file as it was read: its data, and the line of everything in it."""

    name: str
    data: Any
    lines: Mapping[Place, int]

    def line(self, place: Place) -> int:
        """The line of a place, or of the nearest thing around it that was written down.

        Steps that a shorthand leaves out (the first of a list of one, `any`) are passed over.
        """
        steps: Place = ()
        for step in place:
            if (*steps, step) in self.lines:
                steps = (*steps, step)
            elif step not in (0, "any", "word"):
                break
        return self.lines.get(steps, 1)


@dataclass(slots=True)
class Mistakes:
    """A growing list of mistakes; nothing is used while it is not empty."""

    found: list[tuple[str, int, str]] = field(default_factory=list)

    def add(self, source: Source, place: Place, words: str) -> None:
        """Write down one mistake."""
        self.found.append((source.name, source.line(place), words))

    def add_unknown(
        self, source: Source, place: Place, word: object, known: Iterable[str], what: str
    ) -> None:
        """Write down a word that is not in a list, with the nearest one that is."""
        self.add(source, place, f"`{word}` is not {what}{suggestion(word, known)}")

    def add_validation(
        self, source: Source, place: Place, error: ValidationError, keys_at: Callable[[Place], Iterable[str]]
    ) -> None:
        """Write down everything that a schema did not accept."""
        for detail in error.errors(include_url=False, include_input=True):
            at = (*place, *detail["loc"])
            self.add(source, at, _sentence(detail, keys_at))

    def raise_any(self) -> None:
        """Raise RuleError with all mistakes, one a line, ordered by file and line."""
        if self.found:
            raise RuleError(
                "\n".join(f"{name}:{line}: {words}" for name, line, words in sorted(set(self.found)))
            )


def suggestion(word: object, known: Iterable[str]) -> str:
    """`; did you mean ...?`, or the whole list where it is short, or nothing."""
    choices = sorted(set(known))
    near = difflib.get_close_matches(str(word).lower().replace("_", "-"), choices, n=1, cutoff=0.6) or (
        difflib.get_close_matches(str(word).lower().replace("-", "_"), choices, n=1, cutoff=0.6)
    )
    if near:
        return f"; did you mean `{near[0]}`?"
    return f"; choose from {', '.join(choices)}" if 0 < len(choices) <= 12 else ""


def _sentence(detail: ErrorDetails, keys_at: Callable[[Place], Iterable[str]]) -> str:
    last = detail["loc"][-1] if detail["loc"] else "this"
    match detail["type"]:
        case "extra_forbidden":
            return f"there is no key `{last}` here{suggestion(last, keys_at(detail['loc'][:-1]))}"
        case "missing":
            return f"the key `{last}` is missing"
        case "enum" | "literal_error":
            choices = detail["ctx"]["expected"].replace(" or ", ", ").replace("'", "").split(", ")
            return f"`{_spelled(detail)}` cannot stand under `{_key(detail['loc'])}`{suggestion(detail['input'], choices)}"
        case "value_error":
            return str(detail["ctx"]["error"])
        case "string_too_short":
            return f"`{_key(detail['loc'])}` is empty"
        case "too_short":
            return f"`{_key(detail['loc'])}` needs at least one"
        case "model_type" | "model_attributes_type" | "dict_type":
            return f"`{_spelled(detail)}` stands where keys with values belong"
        case "bool_type" | "bool_parsing":
            return f"`{_spelled(detail)}` cannot stand under `{_key(detail['loc'])}`; choose from yes, no"
        case "string_type":
            return f"`{_spelled(detail)}` is not a text; put it in quotes if it is meant as one"
        case "string_pattern_mismatch" if _key(detail["loc"]) == "name":
            return f"`{_spelled(detail)}` cannot be a name: lower-case letters, digits and hyphens"
        case "less_than_equal" | "greater_than_equal":
            ((_, bound),) = detail["ctx"].items()
            least = "least" if detail["type"].startswith("greater") else "most"
            return f"`{_key(detail['loc'])}` must be at {least} {bound:g}"
        case _:
            pass
    return f"`{_key(detail['loc'])}`: {detail['msg'][:1].lower()}{detail['msg'][1:]}"


def _key(location: tuple[int | str, ...]) -> str:
    if location[-1:] == ("[key]",):  # it is the key that is wrong, and it stands under another
        location = location[:-2]
    # `any` is the short form spelled out: most who are told about it have not written it.
    named = (str(step) for step in reversed(location) if isinstance(step, str) and step != "any")
    return next(named, "a rule")


def _spelled(detail: ErrorDetails) -> str:
    """A value as it was probably written: YAML reads a bare `no` as a switch."""
    found = detail["input"]
    return {True: "yes", False: "no"}[found] if isinstance(found, bool) else str(found)[:60]


def keys_at(model: type[BaseModel], place: Place) -> tuple[str, ...]:
    """The keys that may stand at a place inside a model, for saying what was probably meant."""
    for step in place:
        if isinstance(step, str):
            inner = next((f for name, f in model.model_fields.items() if step in (name, f.alias)), None)
            found = _model_in(inner.annotation) if inner is not None else None
            model = found or model
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that a field holds, alone, in a list, in a mapping, or as a choice beside None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if isinstance(annotation, TypeAliasType):
        return _model_in(annotation.__value__)
    return next((found for inner in get_args(annotation) if (found := _model_in(inner)) is not None), None)
