"""Tells a medical image from an ordinary picture, also when it is a pane in a screenshot, a slide or a page.

A small convolutional network (EfficientNet-lite0, Liu et al. 2020, https://arxiv.org/abs/1905.11946, fine-tuned by
`training/`) looks at the whole picture, squashed to a square, and at a few rectangles that stand out from the
picture's flat background. The most suspicious view decides. `docs/model-card.md` says what it was trained on, what
it reaches and where it fails.
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
    """The network, its labels and its operating point; load once per process, it is not small.

    Holds one onnxruntime session with one thread, so that workers do not fight over cores.
    """

    def __init__(self, session: Any, card: dict[str, Any]) -> None:
        self._session = session
        self._medical = np.array([label != "ordinary" for label in card["classes_of"]], dtype=np.bool_)
        self._class_of: tuple[str, ...] = tuple(card["classes_of"])
        self._side = int(card["side"])
        self._slope, self._offset = float(card["calibration"]["slope"]), float(card["calibration"]["offset"])
        self._pane_handicap = float(card["calibration"]["pane_handicap"])
        self.threshold = float(card["threshold"])
        self.version = str(card["version"])

    @classmethod
    def load(cls, weights: Path = WEIGHTS) -> "Classifier":
        """Read the shipped network; OSError or ValueError if the installation is incomplete."""
        card = json.loads((weights / "classifier.json").read_text(encoding="utf-8"))
        runtime: Any = onnxruntime  # exports its names in a way that type checkers do not follow
        options = runtime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        session = runtime.InferenceSession(
            str(weights / "classifier.onnx"), options, providers=["CPUExecutionProvider"]
        )
        return cls(session, card)

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
        panes = find_panes(cut_from, sketch)
        views = [sketch, *(cut_from[y : y + h, x : x + w] for x, y, w, h in panes)]
        logits = self._logits(np.stack([square(view, self._side) for view in views]))
        evidence = self._evidence(logits)
        best = int(np.argmax(evidence))
        score = 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, float(evidence[best])))))
        modality = self._modality(logits[best]) if score >= self.threshold else None
        return Verdict(score, modality, None if best == 0 else scaled(panes[best - 1], pixels, cut_from))

    def _logits(self, batch: Pixels) -> NDArray[np.float32]:
        """Run the network on NxSxSx3 uint8: NxC logits, one column per label."""
        (logits,) = self._session.run(None, {"pixels": batch})
        return np.asarray(logits, dtype=np.float32)

    def _evidence(self, logits: NDArray[np.float32]) -> NDArray[np.float64]:
        """Log odds of medical against ordinary for each view, calibrated (Platt 1999); panes carry a handicap.

        More looks at a picture mean more chances for a false alarm; the handicap was set so that they cost nothing.
        """
        evidence = self._slope * self._odds(logits) + self._offset
        evidence[1:] -= self._pane_handicap
        return evidence

    def odds(self, batch: Pixels) -> NDArray[np.float64]:
        """Log odds of medical against ordinary for NxSxSx3 uint8 squares, before any calibration."""
        return self._odds(self._logits(batch))

    def _odds(self, logits: NDArray[np.float32]) -> NDArray[np.float64]:
        """Medical classes together against ordinary classes together."""
        wide = logits.astype(np.float64)
        return _logsumexp(wide[:, self._medical]) - _logsumexp(wide[:, ~self._medical])

    def _modality(self, logits: NDArray[np.float32]) -> str:
        """The likeliest medical label of one view."""
        return self._class_of[int(np.argmax(np.where(self._medical, logits, -np.inf)))]


def square(pixels: Pixels, side: int) -> Pixels:
    """Squashed to side x side; the network was trained on squashed pictures too."""
    how = cv2.INTER_AREA if max(pixels.shape[:2]) > side else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, (side, side), interpolation=how), dtype=np.uint8)


def _logsumexp(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Row-wise log of the sum of exponentials, without overflow."""
    top = values.max(axis=1, keepdims=True)
    total: NDArray[np.float64] = top[:, 0] + np.log(np.exp(values - top).sum(axis=1))
    return total
