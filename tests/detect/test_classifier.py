"""The classifier on pictures drawn here; what it reaches on real ones stands in docs/model-card.md."""

import hashlib
import json
import subprocess
import sys

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detect.classifier import WEIGHTS, Classifier, in_context
from gateway.model import MODALITIES


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.load()


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    rough = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
    return np.asarray(cv2.GaussianBlur(rough, (0, 0), 3), np.uint8)


def chest(side: int = 360) -> np.ndarray:
    """A caricature of a chest X-ray: two dark lungs with ribs in a light body."""
    picture = np.full((side, side), 25, np.uint8)
    half = side // 2
    cv2.ellipse(picture, (half, int(side * 0.62)), (int(side * 0.44), int(side * 0.52)), 0, 0, 360, 175, -1)
    for sign in (-1, 1):
        centre = (half + sign * side // 5, int(side * 0.52))
        cv2.ellipse(picture, centre, (side // 8, side // 3), sign * 6, 0, 360, 60, -1)
        for rib in range(6):
            at = (centre[0], int(side * (0.3 + 0.09 * rib)))
            cv2.ellipse(picture, at, (side // 7, side // 16), sign * 14, 180, 360, 120, 3)
    cv2.ellipse(picture, (half + side // 12, int(side * 0.66)), (side // 8, side // 7), 20, 0, 360, 205, -1)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 3), np.uint8)


def test_weights_are_the_ones_their_card_describes_and_small_enough_to_ship() -> None:
    card = json.loads((WEIGHTS / "classifier.json").read_text())
    networks = {path.name: path.read_bytes() for path in WEIGHTS.glob("*.onnx")}
    assert {name: hashlib.sha256(data).hexdigest() for name, data in networks.items()} == card["sha256"]
    assert sum(map(len, networks.values())) <= 20 * 10**6
    assert {label for label in card["classes_of"] if label != "ordinary"} <= set(MODALITIES)
    assert (WEIGHTS / "NOTICE").is_file()


def test_a_score_is_a_probability_and_the_modality_goes_with_it(classifier: Classifier) -> None:
    assert 0 < classifier.threshold < 1
    for pixels in (noise(300, 400), chest(), np.zeros((50, 50, 3), np.uint8)):
        verdict = classifier.judge(pixels)
        assert 0 <= verdict.score <= 1
        assert (verdict.modality is None) == (verdict.score < classifier.threshold)
        assert verdict.modality is None or verdict.modality in MODALITIES


def test_gray_and_its_colour_copy_are_the_same_picture(classifier: Classifier) -> None:
    gray = chest()
    assert classifier.judge(gray) == classifier.judge(np.repeat(gray[:, :, None], 3, axis=2))


def test_the_same_picture_gets_the_same_verdict(classifier: Classifier) -> None:
    assert classifier.judge(chest()) == classifier.judge(chest())


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (4000, 1), (7, 5), (64, 64), (3000, 2000)])
def test_any_size_is_judged(classifier: Classifier, size: tuple[int, int]) -> None:
    assert 0 <= classifier.judge(noise(*size)).score <= 1


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((0, 5, 3), np.uint8),
        np.zeros((5, 5, 4), np.uint8),
        np.zeros((5,), np.uint8),
        np.zeros((5, 5, 3), np.float32),
    ],
)
def test_what_is_not_a_picture_is_an_error_not_a_verdict(classifier: Classifier, pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match="a picture is"):
        classifier.judge(pixels)


class Network:
    """Stands for an onnxruntime session: gives each view the logits of its grey level, and counts the views."""

    def __init__(self, medical_at: int) -> None:
        self.views = 0
        self.medical_at = medical_at

    def run(self, names: list[str], given: dict[str, np.ndarray]) -> list[np.ndarray]:
        values = given["pixels"] if "pixels" in given else given["planes"]
        self.views += len(values)
        level = values.reshape(len(values), -1).mean(axis=1)
        odds = np.where(level >= self.medical_at, 6.0, -6.0)
        logits = np.stack([np.zeros_like(odds), odds], axis=1).astype(np.float32)
        return [logits, values.astype(np.float32), logits][: len(names)]


def with_networks(first: Network, second: Network) -> Classifier:
    card = {
        "version": "0",
        "side": 8,
        "classes_of": ["ordinary", "xray"],
        "calibration": {"slope": 1.0, "offset": 0.0},
        "pane": {"handicap": 3.0, "context": 0.6},
        "second": {"asked_from": -2.0, "weight": 0.5},
        "threshold": 0.9,
    }
    return Classifier(first, second, card)


def page_with_a_pane() -> np.ndarray:
    page = np.full((300, 300, 3), 10, np.uint8)
    page[40:160, 40:160] = np.random.default_rng(3).integers(200, 256, (120, 120, 3))
    return page


def test_the_second_network_is_asked_only_where_the_first_leaves_a_doubt() -> None:
    first, second = Network(100), Network(100)
    with_networks(first, second).odds(
        np.stack([np.full((8, 8, 3), level, np.uint8) for level in (0, 50, 200)])
    )
    assert (first.views, second.views) == (3, 1)


def test_a_network_that_disagrees_halves_the_evidence() -> None:
    light = np.full((1, 8, 8, 3), 200, np.uint8)
    assert with_networks(Network(100), Network(100)).odds(light) == pytest.approx([6.0])
    assert with_networks(Network(100), Network(255)).odds(light) == pytest.approx([0.0])


def test_panes_are_not_looked_for_once_the_whole_picture_is_sure() -> None:
    first = Network(5)
    verdict = with_networks(first, Network(5)).judge(page_with_a_pane())
    assert (first.views, verdict.box) == (1, None)
    assert verdict.modality == "xray"


def test_a_pane_is_found_in_a_page_that_is_ordinary_as_a_whole() -> None:
    first = Network(150)
    verdict = with_networks(first, Network(150)).judge(page_with_a_pane())
    assert first.views > 1
    assert verdict.box is not None
    assert verdict.score == pytest.approx(1 / (1 + np.exp(-3)), abs=1e-3)  # 6, less the handicap


@given(
    whole=st.floats(-20, 20),
    panes=st.lists(st.floats(-20, 20), min_size=1, max_size=4),
    more=st.floats(0, 5),
)
def test_a_more_medical_pane_or_whole_never_counts_less(
    whole: float, panes: list[float], more: float
) -> None:
    odds = np.array(panes)
    before = in_context(whole, odds, 3.0, 0.6)
    assert (in_context(whole + more, odds, 3.0, 0.6) >= before).all()
    assert (in_context(whole, odds + more, 3.0, 0.6) >= before).all()
    assert (before >= odds - 3.0).all()


def test_one_classifier_fits_a_worker() -> None:
    program = (
        "import numpy as np; from gateway.detect.classifier import Classifier;"
        "Classifier.load().judge(np.random.default_rng(0).integers(0, 256, (1000, 1500, 3), np.uint8));"
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    kilobytes = int(subprocess.run([sys.executable, "-c", program], check=True, capture_output=True).stdout)
    assert kilobytes < 350 * 1024
