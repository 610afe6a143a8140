"""A folder of YAML files to a rule set: whole, or not at all with every mistake of every file."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from gateway.errors import RuleError
from gateway.policy import schema
from gateway.policy.build import Builder
from gateway.policy.build_catalogue import CatalogueBuilder
from gateway.policy.cases import Case, build_case
from gateway.policy.catalogue import Catalogue
from gateway.policy.catalogue_schema import CatalogueSpec
from gateway.policy.mistakes import Mistakes, Place, Source, keys_at
from gateway.policy.reading import read
from gateway.policy.rules import Rule, RuleSet

SHIPPED: Final = Path(__file__).parent / "shipped"
"""The rules that come with the gateway. In a checkout this is the top-level folder `rules`."""
DESTINATIONS: Final = "destinations.yaml"
"""A catalogue in place of the shipped one."""
ORGANISATION: Final = "organisation.yaml"
"""The organisation's agreements, and destinations beside those of the catalogue."""
LANGUAGE: Final = 1


@dataclass(frozen=True, slots=True)
class Loaded:
    """A rule set, and the examples that it must satisfy."""

    rules: RuleSet
    cases: tuple[Case, ...]


def load_rules(directory: Path | None = None, account_key: bytes = b"") -> RuleSet:
    """The rule set of a folder, the shipped one when none is given.

    `account_key` recognises the accounts of API keys that agreements name. Raises RuleError listing every mistake of
    every file, each with file and line.
    """
    return load(directory, account_key).rules


def load(directory: Path | None = None, account_key: bytes = b"") -> Loaded:
    """The rule set of a folder with its cases; see `load_rules`."""
    # A link that is set to another folder meanwhile changes nothing: one folder is read.
    folder = (SHIPPED if directory is None else directory).resolve()
    before = _state_of(folder)
    loaded = _load(folder, [path for path, *_ in before], account_key)
    if _state_of(folder) != before:
        raise RuleError(f"the rules in {folder} were changed while they were read; load them again")
    return loaded


def _state_of(folder: Path) -> list[tuple[Path, int, int, int]]:
    """The files of a folder with what changes when somebody writes to them."""
    try:
        files = sorted(
            path for path in folder.iterdir() if path.suffix in (".yaml", ".yml") and path.is_file()
        )
        seen = [(path, path.stat()) for path in files]
    except OSError as error:
        raise RuleError(
            f"the rules folder {folder} cannot be read ({type(error).__name__}); name one with --rules"
        ) from None
    return [(path, stat.st_ino, stat.st_size, stat.st_mtime_ns) for path, stat in seen]


def _load(folder: Path, files: list[Path], account_key: bytes) -> Loaded:
    mistakes = Mistakes()
    catalogue, catalogue_specs = _catalogue(folder, mistakes, account_key)
    rules: dict[str, tuple[Rule, schema.RuleSpec]] = {}
    cases: list[Case] = []
    counts: list[tuple[str, int]] = []
    for path in files:
        if path.name in (DESTINATIONS, ORGANISATION):
            continue
        source = read(path, path.name, mistakes)
        specs = () if source is None else tuple(_rule_specs(source, mistakes))
        counts.append((path.name, len(specs)))
        for spec, place in specs:
            assert source is not None
            rule = Builder(source, catalogue, mistakes).rule(spec, place, path.stem)
            if rule.name in rules:
                mistakes.add(
                    source,
                    (*place, "name"),
                    f"the rule `{rule.name}` is there already; every rule has its own name",
                )
            rules.setdefault(rule.name, (rule, spec))
            cases += [
                build_case(case, rule.name, (*place, "cases", at), source, catalogue, mistakes)
                for at, case in enumerate(spec.cases or ())
            ]
    if not rules and not mistakes.found:
        raise RuleError(f"there is no rule in {folder}; copy the shipped rules there and change them")
    _check_names(cases, rules.keys(), mistakes)
    mistakes.raise_any()
    ordered = sorted(rules)
    text = _canonical({name: rules[name][1] for name in ordered}, catalogue_specs)
    digest = hashlib.sha256(text.encode()).hexdigest()
    rule_set = RuleSet(tuple(rules[name][0] for name in ordered), catalogue, digest, tuple(counts), text)
    return Loaded(rule_set, tuple(cases))


def _catalogue(folder: Path, mistakes: Mistakes, key: bytes) -> tuple[Catalogue, list[CatalogueSpec]]:
    own = folder / DESTINATIONS
    paths = [own if own.exists() else SHIPPED / DESTINATIONS]
    if (folder / ORGANISATION).exists():
        paths.append(folder / ORGANISATION)
    builder = CatalogueBuilder(mistakes)
    specs = []
    for path in paths:
        source = read(path, path.name, mistakes)
        spec = None if source is None else _validated(CatalogueSpec, source, (), source.data, mistakes)
        if source is None or spec is None:
            mistakes.raise_any()  # without its destinations, nothing true can be said about the rules
            continue
        builder.add(spec, source)
        specs.append(spec)
    return builder.catalogue(key), specs


def _rule_specs(source: Source, mistakes: Mistakes) -> Iterator[tuple[schema.RuleSpec, Place]]:
    """The rules of one file: the file itself, or the list under `rules`."""
    data = source.data
    if isinstance(data, dict) and "rules" in data:
        for key in data.keys() - {"rules"}:
            mistakes.add(source, (key,), f"`{key}` cannot stand beside `rules`")
        listed = data["rules"]
        if not isinstance(listed, list) or not listed:
            mistakes.add(source, ("rules",), "`rules` is a list of at least one rule")
            return
        named: list[tuple[Place, Any]] = [(("rules", at), one) for at, one in enumerate(listed)]
        for place, one in named:
            if isinstance(one, dict) and "name" not in one:
                mistakes.add(source, place, "a rule in a list needs a `name`")
    else:
        named = [((), data)]
    for place, one in named:
        spec = _validated(schema.RuleSpec, source, place, one, mistakes)
        rest = spec or _rest(one)
        if rest is not None:
            yield rest, place


def _rest(data: Any) -> schema.RuleSpec | None:
    """What of a rule can still be looked at after its schema found mistakes, so that all of them are told at once."""
    if not isinstance(data, dict):
        return None
    sound = {"because": "-", "do": "block"}
    for key, value in data.items():
        try:
            schema.RuleSpec.model_validate({**sound, key: value})
        except ValidationError:
            continue
        sound[key] = value
    if sound["do"] != data.get("do"):
        sound.pop(
            "with", None
        )  # what it says about an action that is not known would be held against the wrong one
    return schema.RuleSpec.model_validate(sound)


def _validated[T: BaseModel](
    model: type[T], source: Source, place: Place, data: Any, mistakes: Mistakes
) -> T | None:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        mistakes.add_validation(source, place, error, lambda at: keys_at(model, at))
        return None


def _check_names(cases: Iterable[Case], names: Iterable[str], mistakes: Mistakes) -> None:
    known = set(names)
    for case in cases:
        if case.by and case.by not in known:
            source = Source(case.file, None, {(): case.line})
            mistakes.add_unknown(source, (), case.by, known, "a rule")


def _canonical(rules: dict[str, schema.RuleSpec], catalogue: list[CatalogueSpec]) -> str:
    """Everything that can change a decision; comments, order and cases do not."""
    content = {
        "language": LANGUAGE,
        "rules": {
            name: rule.model_dump(mode="json", exclude={"cases", "name"}) for name, rule in rules.items()
        },
        "catalogue": [spec.model_dump(mode="json") for spec in catalogue],
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
