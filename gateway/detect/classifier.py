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

type Pixels = NDArray[np.uint8]
type Box = tuple[int, int, int, int]

WEIGHTS: Final = Path(__file__).with_name("weights")
LONGEST: Final = (
    1024  # pixels of the longer side that panes are cut from; more detail never reaches the network
)
SKETCH: Final = 320  # pixels of the longer side on which panes are searched
MOST_PANES: Final = 4  # bounds the time: each pane costs as much as the whole picture


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
        reduced = _reduced(pixels, LONGEST)
        sketch = _reduced(reduced, SKETCH)
        panes = find_panes(reduced, sketch)
        views = [sketch, *(reduced[y : y + h, x : x + w] for x, y, w, h in panes)]
        logits = self._logits(np.stack([_square(view, self._side) for view in views]))
        evidence = self._evidence(logits)
        best = int(np.argmax(evidence))
        score = 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, float(evidence[best])))))
        modality = self._modality(logits[best]) if score >= self.threshold else None
        return Verdict(score, modality, None if best == 0 else _scaled(panes[best - 1], pixels, reduced))

    def _logits(self, batch: Pixels) -> NDArray[np.float32]:
        """Run the network on NxSxSx3 uint8: NxC logits, one column per label."""
        (logits,) = self._session.run(None, {"pixels": batch})
        return np.asarray(logits, dtype=np.float32)

    def _evidence(self, logits: NDArray[np.float32]) -> NDArray[np.float64]:
        """Log odds of medical against ordinary for each view, calibrated (Platt 1999); panes carry a handicap.

        More looks at a picture mean more chances for a false alarm; the handicap was set so that they cost nothing.
        """
        wide = logits.astype(np.float64)
        odds = _logsumexp(wide[:, self._medical]) - _logsumexp(wide[:, ~self._medical])
        evidence = self._slope * odds + self._offset
        evidence[1:] -= self._pane_handicap
        return evidence

    def _modality(self, logits: NDArray[np.float32]) -> str:
        """The likeliest medical label of one view."""
        return self._class_of[int(np.argmax(np.where(self._medical, logits, -np.inf)))]


def find_panes(pixels: Pixels, sketch: Pixels | None = None) -> tuple[Box, ...]:
    """Rectangles that may hold a picture within the picture, largest first, at most `MOST_PANES`.

    Screens, slides and pages have large areas of one flat colour; what is left after taking those colours away, and
    after wiping out thin things such as text and rules, are their pictures. A photograph has no flat colour, so it
    has no panes and costs no extra time. `sketch` is the same picture made small, if the caller has it already.
    """
    sketch = _reduced(pixels, SKETCH) if sketch is None else sketch
    height, width = sketch.shape[:2]
    if min(height, width) < 64:
        return ()
    content = _content(sketch)
    if content is None:
        return ()
    closed = cv2.morphologyEx(content, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    solid = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((11, 11), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(solid, connectivity=4)
    boxes: list[Box] = []
    for left, top, w, h, filled in stats[1:count].tolist():
        share = w * h / (width * height)
        if (
            min(w, h) >= 24
            and 0.012 <= share <= 0.80
            and filled >= 0.4 * w * h
            and max(w, h) <= 5 * min(w, h)
        ):
            boxes.append((left, top, w, h))
    boxes.sort(key=lambda box: -box[2] * box[3])
    return tuple(_scaled(box, pixels, sketch) for box in boxes[:MOST_PANES])


def _content(sketch: Pixels) -> Pixels | None:
    """255 where a pixel has none of the picture's flat colours; None when there is no flat colour."""
    coarse = (sketch >> 4).astype(np.int32)
    bins = (coarse[:, :, 0] << 8) | (coarse[:, :, 1] << 4) | coarse[:, :, 2]
    counts = np.bincount(bins.ravel(), minlength=4096)
    flat = np.zeros(bins.shape, np.uint8)
    for colour in np.argsort(counts)[::-1][:3]:
        if counts[colour] < 0.08 * bins.size:
            break
        mean = sketch[bins == colour].mean(axis=0)
        low, high = np.clip(mean - 14, 0, 255), np.clip(mean + 14, 0, 255)
        flat = np.asarray(cv2.bitwise_or(flat, cv2.inRange(sketch, low, high)), dtype=np.uint8)
    if not flat.any():
        return None
    return np.asarray(cv2.bitwise_not(flat), dtype=np.uint8)


def _reduced(pixels: Pixels, longest: int) -> Pixels:
    """The same picture with its longer side at most `longest`."""
    height, width = pixels.shape[:2]
    scale = longest / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _square(pixels: Pixels, side: int) -> Pixels:
    """Squashed to side x side; the network was trained on squashed pictures too."""
    how = cv2.INTER_AREA if max(pixels.shape[:2]) > side else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, (side, side), interpolation=how), dtype=np.uint8)


def _scaled(box: Box, target: Pixels, source: Pixels) -> Box:
    """A box on `source` in the pixels of `target`, clipped to it."""
    across, down = target.shape[1] / source.shape[1], target.shape[0] / source.shape[0]
    left, top = int(box[0] * across), int(box[1] * down)
    right = min(target.shape[1], math.ceil((box[0] + box[2]) * across))
    bottom = min(target.shape[0], math.ceil((box[1] + box[3]) * down))
    return left, top, right - left, bottom - top


def _logsumexp(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Row-wise log of the sum of exponentials, without overflow."""
    top = values.max(axis=1, keepdims=True)
    total: NDArray[np.float64] = top[:, 0] + np.log(np.exp(values - top).sum(axis=1))
    return total
