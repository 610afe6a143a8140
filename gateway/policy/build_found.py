"""From the words under `found` to what has to be seen."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from gateway.model import MODALITIES, NOT_UNDERSTOOD, Format, Kind
from gateway.policy import schema, words
from gateway.policy.conditions import PICTURES, Found, Span
from gateway.policy.mistakes import Mistakes, Place, Source


def build_found(
    specs: list[schema.Found] | None, place: Place, source: Source, mistakes: Mistakes
) -> tuple[Found, ...]:
    """The alternatives under `found`; none when it is not given. Words that mean nothing are mistakes."""
    built: list[Found] = []
    for at, spec in enumerate(specs or ()):
        here = (*place, at)
        if not spec.model_fields_set:
            mistakes.add(source, here, "nothing is named here; say `anything` if that is meant")
        elif spec.any is not None and spec.model_fields_set != {"any"}:
            mistakes.add(
                source, here, "say `any` alone, or `kind`, `format`, `modality`, `detail` and `score`"
            )
        elif spec.any is not None:
            built += _mixed(spec.any, (*here, "any"), source, mistakes)
        else:
            built.append(_exact(spec, here, source, mistakes))
    return tuple(built)


def _mixed(found: Iterable[str], place: Place, source: Source, mistakes: Mistakes) -> list[Found]:
    """Words of several lists: any of them. Each list becomes one alternative."""
    seen = Found()
    kinds, formats, modalities = set[Kind](), set[Format](), set[str]()
    everything = False
    for at, word in enumerate(found):
        if word == words.ANYTHING:
            everything = True
        elif word in words.KINDS:
            kinds.add(words.KINDS[word])
        elif word in words.FORMATS:
            formats.add(words.FORMATS[word])
        elif word in MODALITIES:
            modalities.add(word)
        else:
            _unknown(word, (*place, at), source, mistakes, words.seen_words(), "something that can be found")
    if everything:
        return [seen]
    alternatives = []
    if kinds:
        alternatives.append(replace(seen, kinds=frozenset(kinds)))
    if formats:
        alternatives.append(replace(seen, formats=frozenset(formats)))
    if modalities:
        alternatives.append(replace(seen, modalities=frozenset(modalities)))
    return alternatives


def _exact(spec: schema.Found, place: Place, source: Source, mistakes: Mistakes) -> Found:
    def chosen[T](key: str, given: list[str] | None, known: Mapping[str, T], what: str) -> frozenset[T]:
        for at, word in enumerate(given or ()):
            if word not in known:
                _unknown(word, (*place, key, at), source, mistakes, known, what)
        return frozenset(known[word] for word in given or () if word in known)

    kinds = chosen("kind", spec.kind, words.KINDS, "a kind of finding")
    modalities = chosen("modality", spec.modality, {name: name for name in MODALITIES}, "a modality")
    if kinds and modalities and Kind.MEDICAL_IMAGE not in kinds:
        mistakes.add(source, (*place, "modality"), "only a `medical-image` has a modality")
    if kinds and spec.score is not None and not kinds & PICTURES:
        mistakes.add(source, (*place, "score"), "only `medical-image` and `ordinary-image` have a score")
    return Found(
        kinds,
        chosen("format", spec.format, words.FORMATS, "a format"),
        modalities,
        frozenset(spec.detail or ()),
        _score(spec.score, lambda sentence: mistakes.add(source, (*place, "score"), sentence)),
    )


def _score(spec: schema.Score | None, wrong: Callable[[str], None]) -> Span | None:
    if spec is None:
        return None
    if spec.at_least is None and spec.below is None:
        wrong("this range has no end; say `at_least` or `below`")
    elif spec.at_least is not None and spec.below is not None and spec.at_least >= spec.below:
        wrong("nothing lies in this range")
    return Span(spec.at_least or 0.0, 2.0 if spec.below is None else spec.below)


def _unknown(
    word: str, place: Place, source: Source, mistakes: Mistakes, known: Iterable[str], what: str
) -> None:
    if word in words.FAILURES or word in {kind.value for kind in NOT_UNDERSTOOD}:
        mistakes.add(
            source, place, f"`{word}` is a failure to understand; answer it in a rule with `on_failure`"
        )
    else:
        mistakes.add_unknown(source, place, word, known, what)
