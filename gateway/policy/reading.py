"""Reads YAML so that every value remembers its line, and nothing is silently overwritten."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from gateway.policy.mistakes import Mistakes, Place, Source, keys_at

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same language, ten times as fast where the library was built with it."""

DEPTH = 24
"""Nesting of a rules file. The deepest that the language needs is 6; a file that refers to itself has no end."""
VALUES = 500_000
"""Values in one file, references counted each time: a file of ten lines can ask for billions."""
SIZE = 4 << 20
"""Bytes of one file. Ten thousand rules fit."""


def read_model[M: BaseModel](path: Path, model: type[M]) -> M:
    """A YAML file as a model. RuleError with every mistake, each with its line; no value of the file is repeated."""
    mistakes = Mistakes()
    source = read(path, path.name, mistakes)
    mistakes.raise_any()
    assert source is not None
    try:
        return model.model_validate(source.data)
    except ValidationError as error:
        mistakes.add_validation(source, (), error, lambda at: keys_at(model, at))
        mistakes.raise_any()
        raise


def read(path: Path, name: str, mistakes: Mistakes) -> Source | None:
    """The data of one file, or None after writing down why there is none."""
    empty = Source(name, None, {})
    try:
        text = path.read_bytes()
        if len(text) > SIZE:
            mistakes.add(empty, (), f"the file is larger than {SIZE >> 20} MB")
            return None
        loader = Loader(text.decode("utf-8"))
        node = loader.get_single_node()
    except UnicodeDecodeError:
        mistakes.add(empty, (), "the file is not UTF-8 text")
        return None
    except OSError as error:
        mistakes.add(empty, (), f"the file cannot be read ({type(error).__name__})")
        return None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = Source(name, None, {(): mark.line + 1 if mark else 1})
        mistakes.add(
            place, (), f"this is not YAML: {getattr(error, 'problem', None) or type(error).__name__}"
        )
        return None
    if node is None:
        mistakes.add(empty, (), "the file is empty")
        return None
    builder = _Builder(name, loader, mistakes)
    data = builder.value(node, (), 0)
    return Source(name, data, builder.lines)


class _Builder:
    def __init__(self, name: str, loader: Any, mistakes: Mistakes) -> None:
        self.name = name
        self.loader = loader
        self.mistakes = mistakes
        self.lines: dict[Place, int] = {}

    def value(self, node: yaml.Node, place: Place, depth: int) -> Any:
        self.lines[place] = node.start_mark.line + 1
        if depth > DEPTH or len(self.lines) > VALUES:
            self._mistake(place[:1], "this is nested too deeply, or repeats itself too often")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*place, at), depth + 1) for at, child in enumerate(node.value)]
        try:
            return self.loader.construct_object(node)
        except (yaml.YAMLError, ValueError):
            self._mistake(
                place,
                "this value cannot be read; a date is written like 2026-01-31, and other words may need quotes",
            )
            return None

    def _mapping(self, node: yaml.MappingNode, place: Place, depth: int) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
            at = (*place, key)
            if key in data:
                self.lines[at] = key_node.start_mark.line + 1
                self._mistake(at, f"the key `{key}` is given twice")
                continue
            data[key] = self.value(value_node, at, depth + 1)
            self.lines[at] = key_node.start_mark.line + 1
        return data

    def _mistake(self, place: Place, words: str) -> None:
        self.mistakes.add(Source(self.name, None, self.lines), place, words)
