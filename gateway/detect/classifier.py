"""Tells a medical image from an ordinary picture, also when it is a pane in a screenshot, a slide or a page.

A small convolutional network (EfficientNet-lite0, Liu et al. 2020, https://arxiv.org/abs/1905.11946, fine-tuned by
`training/`) looks at the whole picture, squashed to a square, and at a few rectangles that stand out from the
picture's flat background. Where it is not sure that a view is ordinary, a second network is asked, which shares its
first blocks, kept the rest as ImageNet left it, and sees what the first made of the view: it makes other mistakes on
pictures from sources that neither has seen. The most suspicious view decides. `docs/model-card.md` says what they were trained on, what they reach and where
they fail.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from gateway.detect.panes import SKETCH, Box, Pixels, find_panes, reduced, scaled

WEIGHTS: Final = Path(__file__).with_name("weights")
LONGEST: Final = (
    2048  # pixels of the longer side that panes are cut from; more detail never reaches the network
)
SURE: Final = (
    4.2  # log odds of a whole picture (a score of 0.985) from which its panes could not change the answer
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one picture was taken for."""

    score: float
    """0..1, the calibrated probability that this picture, or a pane in it, is a medical image."""
    modality: str | None
    """One of the modalities of the product's closed list; None when the score is below the shipped threshold."""
    box: Box | None
    """x, y, width, height of the pane that decided, in the pixels of the array given; None for the whole picture."""


class Classifier:
    """The networks, their labels and their operating point; load once per process, they are not small.

    Holds onnxruntime sessions with one thread each, so that workers do not fight over cores.
    """

    def __init__(self, first: Any, second: Any, card: dict[str, Any]) -> None:
        self._first, self._second = first, second
        self._medical = np.array([label != "ordinary" for label in card["classes_of"]], dtype=np.bool_)
        self._class_of: tuple[str, ...] = tuple(card["classes_of"])
        self._side = int(card["side"])
        self._slope, self._offset = float(card["calibration"]["slope"]), float(card["calibration"]["offset"])
        self._pane_handicap, self._pane_context = (
            float(card["pane"]["handicap"]),
            float(card["pane"]["context"]),
        )
        self._doubt, self._trust = float(card["second"]["asked_from"]), float(card["second"]["weight"])
        self.threshold = float(card["threshold"])
        self.version = str(card["version"])

    @classmethod
    def load(cls, weights: Path = WEIGHTS) -> "Classifier":
        """Read the shipped networks; OSError or ValueError if the installation is incomplete."""
        card = json.loads((weights / "classifier.json").read_text(encoding="utf-8"))
        return cls(_session(weights / "classifier.onnx"), _session(weights / "second_opinion.onnx"), card)

    def judge(self, pixels: Pixels) -> Verdict:
        """Score one picture: HxWx3 uint8 RGB or HxW uint8 gray, upright.

        Best given with its longer side between 900 and 1,600 pixels: enough for panes in a screenshot, and no more
        than a decoder's own scaled decoding delivers cheaply. Larger is reduced here; smaller is taken as it is.
        ValueError when the array has another shape or type, or no pixels.
        """
        if pixels.dtype != np.uint8 or pixels.size == 0:
            raise ValueError("a picture is a non-empty uint8 array")
        if pixels.ndim == 2:
            pixels = np.repeat(pixels[:, :, None], 3, axis=2)
        if pixels.ndim != 3 or pixels.shape[2] != 3:
            raise ValueError("a picture is HxW or HxWx3")
        cut_from = reduced(pixels, LONGEST)
        sketch = reduced(cut_from, SKETCH)
        odds, likely = self._opinions(square(sketch, self._side)[None])
        panes: tuple[Box, ...] = ()
        if self._slope * odds[0] + self._offset < SURE:
            panes = find_panes(cut_from, sketch)
        if panes:
            views = [square(cut_from[y : y + h, x : x + w], self._side) for x, y, w, h in panes]
            of_panes, likely_of_panes = self._opinions(np.stack(views))
            odds = np.append(odds, in_context(odds[0], of_panes, self._pane_handicap, self._pane_context))
            likely = np.concatenate([likely, likely_of_panes])
        evidence = self._slope * odds + self._offset
        best = int(np.argmax(evidence))
        score = 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, float(evidence[best])))))
        modality = self._modality(likely[best]) if score >= self.threshold else None
        return Verdict(score, modality, None if best == 0 else scaled(panes[best - 1], pixels, cut_from))

    def odds(self, batch: Pixels) -> NDArray[np.float64]:
        """Log odds of medical against ordinary for NxSxSx3 uint8 squares, both networks heard, before any calibration."""
        return self._opinions(batch)[0]

    def _opinions(self, batch: Pixels) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """N log odds and NxC log probabilities; a weighted mean of both networks where the first leaves a doubt."""
        logits, planes, found = self._first.run(["logits", "planes", "found"], {"pixels": batch})
        likely = _normalised(logits)
        odds = self._odds(likely)
        asked = np.flatnonzero(odds >= self._doubt)
        if len(asked):
            (others,) = self._second.run(["logits"], {"planes": planes[asked], "found": found[asked]})
            theirs = _normalised(others)
            odds[asked] += self._trust * (self._odds(theirs) - odds[asked])
            likely[asked] += self._trust * (theirs - likely[asked])
        return odds, likely

    def _odds(self, likely: NDArray[np.float64]) -> NDArray[np.float64]:
        """Medical classes together against ordinary classes together."""
        return _logsumexp(likely[:, self._medical]) - _logsumexp(likely[:, ~self._medical])

    def _modality(self, likely: NDArray[np.float64]) -> str:
        """The likeliest medical label of one view."""
        return self._class_of[int(np.argmax(np.where(self._medical, likely, -np.inf)))]


def in_context(
    whole: float, panes: NDArray[np.float64], handicap: float, context: float
) -> NDArray[np.float64]:
    """What the log odds of panes count beside those of the whole picture that they were cut from.

    More looks mean more chances for a false alarm. A pane counts as the mean of itself and the whole, which weighs
    `context`, or as itself less `handicap`, whichever is more: the one for a viewer's window, which looks like one as a
    whole too, the other for a small scan on a large page.
    """
    return np.maximum((1 - context) * panes + context * whole, panes - handicap)


def _session(path: Path) -> Any:
    """One network on one thread."""
    runtime: Any = onnxruntime  # exports its names in a way that type checkers do not follow
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def square(pixels: Pixels, side: int) -> Pixels:
    """Squashed to side x side; the network was trained on squashed pictures too."""
    how = cv2.INTER_AREA if max(pixels.shape[:2]) > side else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, (side, side), interpolation=how), dtype=np.uint8)


def _normalised(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Row-wise log probabilities."""
    wide = logits.astype(np.float64)
    return wide - _logsumexp(wide)[:, None]


def _logsumexp(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Row-wise log of the sum of exponentials, without overflow."""
    top = values.max(axis=1, keepdims=True)
    total: NDArray[np.float64] = top[:, 0] + np.log(np.exp(values - top).sum(axis=1))
    return total
