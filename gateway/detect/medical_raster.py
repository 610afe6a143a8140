"""Looks at ordinary picture and film files, and says whether they show a scan."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Protocol

import numpy as np

from gateway.detect.classifier import WEIGHTS, Classifier
from gateway.detect.shown import Shown
from gateway.errors import FormatError, GatewayError
from gateway.formats.endings import end_of, film_after, has_end
from gateway.formats.picture_metadata import names_a_medical_source, picture_metadata
from gateway.formats.pictures import Pixels, from_afar
from gateway.formats.raster import PICTURES, Raster, open_raster
from gateway.formats.video import FILMS, film_views
from gateway.limits import Limits
from gateway.model import Box, Finding, Format, Kind, Look, Part

LONGEST = 1024
"""Pixels of the longer side that the classifier gains from."""
CERTAIN = 0.985
"""A frame with this score ends the search: the rest of the picture cannot make the answer worse."""
SOURCE_SCORE = 0.95
"""What a picture scores at least when its metadata name DICOM, a radiology viewer or a scanner."""
SHORT_FILM = 200_000_000
"""Pixels of all frames together up to which every frame of a film is decoded, and not only some."""
MOST_OF_FILM = 160
"""Frames of a film that are judged, of those that differ."""
UNLIKE = 30.0
"""Mean difference, of 255, from which a thumbnail shows something else than its picture and is looked at too."""


class Verdict(Protocol):
    """What a judge says about one picture."""

    @property
    def score(self) -> float:
        """0..1."""
        ...

    @property
    def modality(self) -> str | None:
        """One of the product's modalities."""
        ...

    @property
    def box(self) -> Box | None:
        """The pane that decided, in the pixels given."""
        ...


class Judge(Protocol):
    """Scores pixels; `gateway.detect.classifier.Classifier` is the one that ships."""

    threshold: float

    def judge(self, pixels: Pixels) -> Verdict:
        """One HxWx3 uint8 picture."""
        ...


@dataclass(frozen=True, slots=True)
class _Best:
    """The most suspicious thing seen so far."""

    score: float = -1.0
    modality: str | None = None
    where: str = ""
    box: Box | None = None


@cache
def shipped_judge() -> Judge:
    """The classifier of the package, loaded once for the process."""
    return Classifier.load()


class MedicalRaster:
    """Every picture and film is decoded small, frame by frame, and judged; the worst frame speaks."""

    name = "medical-raster"
    look = Look.MEDICAL

    def __init__(self, judge: Callable[[], Judge] = shipped_judge, version: str | None = None) -> None:
        self._judge = judge
        self._version = version

    @cached_property
    def version(self) -> str:
        """The version of the weights, read from their card so that naming it does not load them."""
        if self._version is not None:
            return self._version
        return str(json.loads((WEIGHTS / "classifier.json").read_text(encoding="utf-8"))["version"])

    def claims(self, part: Part) -> bool:
        """Pictures and films."""
        return part.format in PICTURES or part.format in FILMS

    def inspect(self, part: Part, limits: Limits) -> Iterator[Finding]:
        """One `medical-image` or `ordinary-image` with the score, and what could not be seen.

        FormatError or LimitReached when something does not decode; what was seen before is said first.
        """
        best = _Best()
        failure: GatewayError | None = None
        try:
            for seen in self._seen(part, limits):
                best = max(best, seen, key=lambda one: one.score)
        except GatewayError as error:
            failure = error
        best = self._with_source(part, best)
        if best.score >= 0:
            yield self._finding(part, best)
        if has_end(part.format) and end_of(part.data, part.format) is None:
            yield self._unread(part, "truncated")
        if failure is not None:
            raise failure

    def _seen(self, part: Part, limits: Limits) -> Iterator[_Best]:
        """The best of each frame, until one is certain."""
        if part.format in FILMS:
            yield from self._film(part.data, limits, "")
            return
        raster = open_raster(part.data, limits, part.format)
        yield from self._frames(raster, part)
        if raster.hidden:
            raise FormatError("pages that cannot be reached", reason="hidden-pages")
        film = film_after(part.data, part.format)
        if film:
            yield from self._film(film, limits, "motion photo ")

    def _frames(self, raster: Raster, part: Part) -> Iterator[_Best]:
        shown = Shown()
        first = raster.sampled()
        for wanted in (first, tuple(sorted(raster.reachable() - set(first)))):
            for number, views in raster.views(wanted, LONGEST) if wanted else ():
                if not shown.news(views) and wanted is not first:
                    continue
                where = f"frame {number}" if raster.frames > 1 else ""
                best = _Best()
                for view in views:
                    best = max(best, self._judged(view, where, raster), key=lambda one: one.score)
                yield best
                if best.score >= CERTAIN:
                    return
                if number == 0:
                    yield from self._thumbnail(part, views[0], raster.limits)

    def _film(self, data: bytes, limits: Limits, prefix: str) -> Iterator[_Best]:
        shown, judged = Shown(), 0
        for number, views in film_views(data, limits, LONGEST, SHORT_FILM):
            if not shown.news(views) or judged >= MOST_OF_FILM:
                continue
            judged += 1
            best = self._judged(views[0], f"{prefix}frame {number}", None)
            yield best
            if best.score >= CERTAIN:
                return

    def _judged(self, view: Pixels, where: str, raster: Raster | None) -> _Best:
        seen = from_afar(view)
        verdict = max((self._judge().judge(one) for one in seen), key=lambda verdict: verdict.score)
        view = seen[0]
        box = None
        if verdict.box is not None and raster is not None and raster.upright and min(raster.size) > 0:
            across, down = raster.size[0] / view.shape[1], raster.size[1] / view.shape[0]
            x, y, w, h = verdict.box
            box = (int(x * across), int(y * down), round(w * across), round(h * down))
        return _Best(verdict.score, verdict.modality, where, box)

    def _thumbnail(self, part: Part, picture: Pixels, limits: Limits) -> Iterator[_Best]:
        """The small picture inside EXIF, when it is not the large one made small: editors forget it."""
        if part.format not in (Format.JPEG, Format.HEIF, Format.WEBP, Format.TIFF):
            return
        try:
            block = picture_metadata(part.data, part.format).thumbnail
            small = open_raster(block, limits).pixels() if block else None
        except GatewayError:
            return  # the metadata detector reports damaged metadata; a thumbnail that does not decode shows nothing
        if small is not None and _unlike(picture, small):
            yield self._judged(small, "EXIF thumbnail", None)

    def _with_source(self, part: Part, best: _Best) -> _Best:
        """The evidence of metadata: what a radiology program exported counts as medical whatever it shows."""
        if part.format not in PICTURES or best.score >= SOURCE_SCORE:
            return best
        try:
            named = names_a_medical_source(picture_metadata(part.data, part.format))
        except GatewayError:
            return best
        return _Best(SOURCE_SCORE, best.modality or "other", "metadata", best.box) if named else best

    def _finding(self, part: Part, best: _Best) -> Finding:
        medical = best.score >= self._judge().threshold
        return Finding(
            Kind.MEDICAL_IMAGE if medical else Kind.ORDINARY_IMAGE,
            part.path,
            where=best.where,
            detail=(best.modality or "other") if medical else "",
            confidence=round(best.score, 4),
            box=best.box if medical else None,
            by=f"{self.name} {self.version}",
        )

    def _unread(self, part: Part, detail: str) -> Finding:
        return Finding(Kind.UNREADABLE, part.path, detail=detail, by=f"{self.name} {self.version}")


MEDICAL_RASTER = MedicalRaster()


def _unlike(picture: Pixels, small: Pixels) -> bool:
    """Whether a thumbnail shows something else: compared on 16 x 16 samples of both."""
    rows = [np.linspace(0, side - 1, 16).astype(int) for side in (*picture.shape[:2], *small.shape[:2])]
    large = picture[np.ix_(rows[0], rows[1])].astype(np.int16)
    return float(np.abs(large - small[np.ix_(rows[2], rows[3])]).mean()) > UNLIKE
