"""Draws X-rays that the corpus has from one source only: teeth and limbs. HxWx3 uint8 RGB."""

import cv2
import numpy as np
from corpus import Pixels
from drawing import Plane, Random, fog, gray


def _soft(plane: Plane, sigma: float) -> Plane:
    """Blurred."""
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma), np.float32)


def _film(random: Random, plane: Plane) -> Pixels:
    """Grain, tone and side marks of a radiograph; now and then printed the other way round."""
    height, width = plane.shape
    plane = np.clip(plane, 0, 1.2) ** random.uniform(0.7, 1.3) + random.normal(
        0, random.uniform(0.005, 0.03), plane.shape
    )
    picture = gray((1 - plane if random.random() < 0.06 else plane).astype(np.float32))
    if random.random() < 0.5:
        at = (int(random.choice([6, width - 26])), int(random.uniform(0.08, 0.95) * height))
        cv2.putText(
            picture,
            str(random.choice(["R", "L"])),
            at,
            cv2.FONT_HERSHEY_SIMPLEX,
            0.7,
            (240,) * 3,
            2,
            cv2.LINE_AA,
        )
    return picture


def _tooth(
    random: Random, plane: Plane, at: tuple[float, float], size: tuple[float, float], way: int
) -> None:
    """A crown, roots and a pulp; `way` is 1 for the upper jaw, whose roots point up."""
    (x, y), (wide, long) = at, size
    layer = np.zeros_like(plane)
    lean = float(random.normal(0, 5))
    cv2.ellipse(
        layer,
        (int(x), int(y)),
        (max(2, int(wide * 0.48)), max(2, int(long * 0.24))),
        lean,
        0,
        360,
        0.5,
        -1,
        cv2.LINE_AA,
    )
    for root in [0.0] if random.random() < 0.5 else [-0.25, 0.25]:
        tip = (int(x + root * wide * 1.3), int(y - way * long * 0.72))
        foot = np.array([[x - wide * 0.42, y], [x + wide * 0.42, y], tip], np.int32)
        cv2.fillConvexPoly(layer, foot, 0.34, cv2.LINE_AA)
    cv2.line(
        layer,
        (int(x), int(y)),
        (int(x), int(y - way * long * 0.5)),
        0.2,
        max(1, int(wide * 0.1)),
        cv2.LINE_AA,
    )
    if random.random() < 0.15:
        cv2.ellipse(
            layer,
            (int(x), int(y + way * long * 0.1)),
            (int(wide * 0.4), int(long * 0.16)),
            lean,
            0,
            360,
            0.95,
            -1,
        )
    np.maximum(plane, _soft(layer, 0.9) + (layer > 0) * plane * 0.6, out=plane)


def teeth(random: Random) -> Pixels:
    """A panoramic view of both jaws, or a small film with a few teeth."""
    if random.random() < 0.6:
        height, width = int(random.integers(170, 230)), int(random.integers(320, 400))
        count, curve, tooth = int(random.integers(12, 17)), random.uniform(0.05, 0.25), 0.85 * width / 18
    else:
        height, width = int(random.integers(200, 300)), int(random.integers(220, 384))
        count, curve, tooth = int(random.integers(3, 6)), 0.02, 0.0
        tooth = width / count
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    centre = (xs - width / 2) / (width / 2)
    plane = 0.16 + 0.28 * fog(random, height, width, random.uniform(30, 120), 5)
    bite = height * random.uniform(0.42, 0.56) + curve * height * (0.5 - centre**2)
    plane += 0.18 * np.exp(-(((ys - bite) / (height * 0.3)) ** 2)).astype(np.float32)
    plane *= 0.7 + 0.3 * (np.abs(ys - bite) > 3)
    if tooth < width / 8:
        jaw = np.abs(ys - bite - height * 0.33 * (1 - 0.5 * centre**2)) < height * 0.04
        plane += _soft(jaw.astype(np.float32), 4) * 0.25
        for side in (-1, 1):
            cv2.line(
                plane,
                (int(width / 2 + side * width * 0.4), int(height * 0.15)),
                (int(width / 2 + side * width * 0.36), int(height * 0.75)),
                0.5,
                16,
            )
        plane = _soft(plane, 2.5)
        plane += 0.2 * np.exp(-((centre / 0.06) ** 2))
    plane = np.ascontiguousarray(plane, np.float32)
    for index in range(count):
        x = width / 2 + (index - (count - 1) / 2) * tooth
        line = float(bite[0, min(width - 1, max(0, int(x)))])
        long = tooth * random.uniform(1.6, 2.4) if tooth < width / 8 else height * 0.34
        for way in (1, -1):
            if random.random() < 0.92:
                _tooth(
                    random,
                    plane,
                    (x + random.normal(0, 1.5), line - way * long * 0.32),
                    (tooth * random.uniform(0.8, 1), long),
                    way,
                )
    return _film(random, plane)


def _bone(
    random: Random, plane: Plane, start: tuple[float, float], end: tuple[float, float], wide: float
) -> None:
    """A long bone: bright rims, darker marrow, thick ends."""
    a, b = (int(start[0]), int(start[1])), (int(end[0]), int(end[1]))
    outer, inner = np.zeros_like(plane), np.zeros_like(plane)
    cv2.line(outer, a, b, 1.0, max(2, int(wide)), cv2.LINE_AA)
    cv2.line(inner, a, b, 1.0, max(1, int(wide * 0.5)), cv2.LINE_AA)
    for end_of in (a, b):
        cv2.ellipse(
            outer,
            end_of,
            (max(2, int(wide * random.uniform(0.6, 0.85))), max(2, int(wide * 0.55))),
            float(random.uniform(0, 180)),
            0,
            360,
            1.0,
            -1,
        )
    plane += _soft(outer, max(0.8, wide * 0.06)) * random.uniform(0.3, 0.45)
    plane -= _soft(inner, max(0.8, wide * 0.15)) * random.uniform(0.08, 0.2)


def limb(random: Random) -> Pixels:
    """A hand, a forearm, a knee, a foot or a spine by X-ray."""
    height, width = int(random.integers(280, 400)), int(random.integers(180, 340))
    flesh, bones = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    middle = width * random.uniform(0.4, 0.6)
    match int(random.integers(3)):
        case 0:
            palm = (middle, height * 0.62)
            cv2.ellipse(
                flesh, (int(palm[0]), int(palm[1])), (int(width * 0.26), int(height * 0.2)), 0, 0, 360, 1, -1
            )
            cv2.line(flesh, (int(palm[0]), int(palm[1])), (int(palm[0]), height), 1, int(width * 0.3))
            for finger in range(5):
                turn = (finger - 2) * random.uniform(0.2, 0.3) + random.normal(0, 0.03)
                at, way = (
                    np.array(palm) + np.array([(finger - 2) * width * 0.06, 0.0]),
                    np.array([np.sin(turn), -np.cos(turn)]),
                )
                long = height * random.uniform(0.14, 0.18)
                for joint in range(4 if finger else 3):
                    to = at + way * long
                    cv2.line(flesh, at.astype(int).tolist(), to.astype(int).tolist(), 1, int(width * 0.085))
                    _bone(random, bones, tuple(at), tuple(to - way * 4), width * (0.05 - 0.006 * joint))
                    at, long = to, long * 0.68
            for _ in range(8):
                at = (int(palm[0] + random.normal(0, width * 0.07)), int(height * random.uniform(0.66, 0.76)))
                cv2.circle(bones, at, int(width * 0.045), 0.35, -1, cv2.LINE_AA)
            for side in (-1, 1):
                _bone(
                    random,
                    bones,
                    (palm[0] + side * width * 0.06, height * 0.79),
                    (palm[0] + side * width * 0.07, height),
                    width * 0.075,
                )
        case 1:
            joint = height * random.uniform(0.4, 0.6)
            wide = width * random.uniform(0.13, 0.24)
            cv2.line(flesh, (int(middle), 0), (int(middle), height), 1, int(wide * random.uniform(2, 3)))
            shift = random.normal(0, width * 0.05)
            _bone(random, bones, (middle + shift, -30), (middle, joint - wide * 0.6), wide)
            _bone(random, bones, (middle, joint + wide * 0.6), (middle - shift, height + 30), wide * 0.9)
            if random.random() < 0.6:
                _bone(
                    random,
                    bones,
                    (middle + wide * 0.9, joint + wide),
                    (middle + wide, height + 30),
                    wide * 0.35,
                )
        case _:
            cv2.rectangle(flesh, (int(middle - width * 0.4), 0), (int(middle + width * 0.4), height), 1, -1)
            count = int(random.integers(5, 9))
            for index in range(count):
                at = np.array(
                    [middle + width * 0.08 * np.sin(index / count * 3), (index + 0.5) * height / count]
                )
                half = np.array([width * random.uniform(0.12, 0.15), height / count * 0.38])
                cv2.rectangle(
                    bones, (at - half).astype(int).tolist(), (at + half).astype(int).tolist(), 0.32, -1
                )
                cv2.rectangle(
                    bones, (at - half).astype(int).tolist(), (at + half).astype(int).tolist(), 0.5, 2
                )
                cv2.line(
                    bones,
                    (at - np.array([half[0] * 2, 0])).astype(int).tolist(),
                    (at + np.array([half[0] * 2, 0])).astype(int).tolist(),
                    0.25,
                    7,
                )
            bones = _soft(bones, 2)
    plane = _soft(flesh, 5) * random.uniform(0.2, 0.4) * (0.8 + 0.4 * fog(random, height, width, 60, 3))
    plane += bones * (0.85 + 0.3 * fog(random, height, width, random.uniform(3, 9), 2))
    turned = cv2.getRotationMatrix2D((width / 2, height / 2), random.normal(0, 15), random.uniform(0.9, 1.3))
    return _film(random, cv2.warpAffine(plane, turned, (width, height)) + random.uniform(0, 0.08))
