"""Draws pictures that the corpus lacks: thin medical kinds, and ordinary ones that could be mistaken for them.

Every function takes a random generator and returns one HxWx3 uint8 RGB picture of 200 to 400 pixels. They are
caricatures, good enough to teach a network what an ECG sheet is *not* (a share price on graph paper), and no
substitute for real pictures: the model card counts them separately.
"""

from collections.abc import Callable, Iterator

import cv2
import numpy as np
from corpus import Picture, Pixels
from numpy.typing import NDArray

Random = np.random.Generator
Plane = NDArray[np.float32]


def fog(random: Random, height: int, width: int, coarse: float, octaves: int = 4) -> Plane:
    """Smooth noise in 0..1: octaves of random grids, each twice as fine and half as strong."""
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        rows, columns = (max(2, round(n / coarse * 2**octave)) for n in (height, width))
        grid = random.random((rows, columns), np.float32)
        total += cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC) * 0.5**octave
    low, high = float(total.min()), float(total.max())
    return (total - low) / max(high - low, 1e-6)


def _gray(values: Plane) -> Pixels:
    """0..1 to an RGB picture without colour."""
    return np.repeat((np.clip(values, 0, 1) * 255).astype(np.uint8)[:, :, None], 3, axis=2)


def _paper(random: Random, height: int, width: int) -> Pixels:
    """White, tinted or ruled paper; medical and other curves are drawn on the same kinds."""
    style = random.integers(5)
    base = np.full((height, width, 3), random.integers(236, 256, 3), np.uint8)
    if style == 0:
        return base
    tint = [(250, 190, 190), (250, 205, 170), (180, 225, 190), (205, 205, 205)][style - 1]
    step = int(random.integers(4, 9))
    for every, weight in ((step, 0.45), (step * 5, 1.0)):
        colour = tuple(int(255 - (255 - c) * weight * random.uniform(0.7, 1.2)) for c in tint)
        base[::every] = colour
        base[:, ::every] = colour
    return base


def _line(random: Random, canvas: Pixels, values: Plane, box: tuple[int, int, int, int], ink: tuple[int, ...]) -> None:
    """A curve with values in about -1..1 across a box x, y, width, height."""
    left, top, width, height = box
    xs = np.linspace(left, left + width - 1, len(values))
    ys = top + height / 2 - values * height * 0.45
    points = np.stack([xs, ys], axis=1).round().astype(np.int32)
    cv2.polylines(canvas, [points], isClosed=False, color=ink, thickness=int(random.integers(1, 3)), lineType=cv2.LINE_AA)


def _heartbeats(random: Random, beats: float, samples: int) -> Plane:
    """A lead of an ECG: P, Q, R, S and T as Gaussian bumps (after McSharry et al. 2003), wander and noise."""
    t = np.linspace(0, beats, samples, dtype=np.float32) + random.random(dtype=np.float32)
    jitter = 0.06 * np.sin(t * random.uniform(0.5, 2))
    phase = (t + jitter) % 1.0
    sign = random.choice([1.0, 1.0, 1.0, -1.0])
    waves = [(0.18, 0.025, 0.12), (0.27, 0.008, -0.12), (0.30, 0.010, 1.0), (0.33, 0.009, -0.3), (0.55, 0.045, 0.25)]
    total = np.zeros(samples, np.float32)
    for centre, spread, high in waves:
        total += sign * high * random.uniform(0.4, 1.4) * np.exp(-(((phase - centre) / (spread * random.uniform(0.8, 1.4))) ** 2))
    wander = 0.08 * np.sin(np.linspace(0, random.uniform(2, 9), samples)) * random.random()
    return (0.7 * total + wander + random.normal(0, 0.012, samples)).astype(np.float32)


def ecg(random: Random) -> Pixels:
    """A 12-lead sheet, a strip, or a bedside monitor."""
    width, height = int(random.integers(260, 400)), int(random.integers(110, 300))
    monitor = random.random() < 0.15
    canvas = np.zeros((height, width, 3), np.uint8) if monitor else _paper(random, height, width)
    inks = [(0, 255, 80), (255, 220, 0), (80, 200, 255)] if monitor else [(0, 0, 0), (20, 20, 60), (40, 40, 40), (120, 0, 20)]
    rows, columns = [(3, 4), (4, 4), (6, 2), (12, 1), (1, 1), (2, 1), (3, 1)][random.integers(7)]
    head = int(height * random.choice([0.0, 0.15]))
    if head:
        scribble(random, canvas, (4, 2, width // 2, head))
    cell_w, cell_h = (width - 8) // columns, (height - head) // rows
    ink = inks[random.integers(len(inks))]
    for row in range(rows):
        for column in range(columns):
            box = (4 + column * cell_w, head + row * cell_h, cell_w, cell_h)
            _line(random, canvas, _heartbeats(random, random.uniform(1.5, 11) / columns + 1, 600), box, ink)
            if random.random() < 0.6:
                name = ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"][(row + column * rows) % 12]
                cv2.putText(canvas, name, (box[0] + 1, box[1] + 9), cv2.FONT_HERSHEY_SIMPLEX, 0.3, ink, 1)
    return canvas


def curves(random: Random) -> Pixels:
    """Share prices, sound, seismograms, sines and steps, on the same papers as the ECGs."""
    width, height = int(random.integers(260, 400)), int(random.integers(110, 300))
    canvas = np.full((height, width, 3), 12, np.uint8) if random.random() < 0.15 else _paper(random, height, width)
    rows = int(random.choice([1, 1, 2, 3, 4, 6]))
    for row in range(rows):
        t = np.linspace(0, 1, 500, dtype=np.float32)
        values = [
            lambda: np.cumsum(random.normal(0, 1, 500)),
            lambda: random.normal(0, 1, 500) * fog(random, 1, 500, 60)[0] ** 2,
            lambda: random.normal(0, 1, 500) * np.exp(-((t - 0.4) ** 2) / 0.02),
            lambda: np.sin(t * random.uniform(5, 90) + random.random()),
            lambda: np.sign(np.sin(t * random.uniform(5, 60))),
            lambda: (t * random.uniform(3, 20)) % 1,
            lambda: np.exp(t * 4) + random.normal(0, 1, 500),
            lambda: -np.sin(t * 20) * np.exp(-t * random.uniform(1, 8)),
        ][random.integers(8)]().astype(np.float32)
        values = values - values.mean()
        values /= max(float(np.abs(values).max()), 1e-6)
        ink = tuple(int(c) for c in random.integers(0, 200, 3)) if canvas.mean() > 99 else (90, 230, 120)
        box = (int(width * 0.06), row * height // rows, int(width * 0.9), height // rows)
        _line(random, canvas, values, box, ink)
        if random.random() < 0.5:
            cv2.line(canvas, (box[0], box[1] + box[3] - 4), (box[0] + box[2], box[1] + box[3] - 4), (90, 90, 90), 1)
            cv2.line(canvas, (box[0], box[1] + 3), (box[0], box[1] + box[3] - 4), (90, 90, 90), 1)
    return canvas


def scribble(random: Random, canvas: Pixels, box: tuple[int, int, int, int]) -> None:
    """Lines of small print in a box x, y, width, height."""
    left, top, width, height = box
    size = float(random.uniform(0.28, 0.45))
    tone = int(canvas[max(0, top), max(0, left)].mean())
    ink = (int(random.integers(0, 90)),) * 3 if tone > 120 else (int(random.integers(150, 256)),) * 3
    for y in range(top + 9, top + height, int(28 * size) + 2):
        letters = random.integers(97, 123, int(random.integers(3, max(4, width / (18 * size)))))
        text = "".join(" " if random.random() < 0.15 else chr(c) for c in letters)
        cv2.putText(canvas, text, (left, y), cv2.FONT_HERSHEY_SIMPLEX, size, ink, 1, cv2.LINE_AA)


def stained_tissue(random: Random) -> Pixels:
    """Haematoxylin and eosin under the microscope: purple nuclei in a pink ground with pale gaps."""
    side = int(random.integers(224, 360))
    ground = fog(random, side, side, random.uniform(20, 90), 5)[:, :, None]
    eosin = np.array([random.uniform(205, 240), random.uniform(120, 185), random.uniform(170, 220)])
    pale = np.array([random.uniform(225, 248), random.uniform(205, 240), random.uniform(222, 245)])
    picture = eosin * (1 - ground) + pale * ground
    gaps = fog(random, side, side, random.uniform(25, 100), 3) > random.uniform(0.65, 1.0)
    picture[gaps] = pale * 0.3 + 175
    blue = np.array([random.uniform(70, 125), random.uniform(40, 95), random.uniform(115, 165)])
    radius = random.uniform(2.2, 9)
    crowd = fog(random, side, side, random.uniform(40, 160), 2)
    layer = np.zeros((side, side), np.float32)
    for _ in range(int(side * side / (radius * radius * random.uniform(3.5, 30)))):
        x, y = random.integers(0, side, 2).tolist()
        if random.random() > crowd[y, x] or gaps[y, x]:
            continue
        axes = (max(1, round(radius * random.uniform(0.6, 1.3))), max(1, round(radius * random.uniform(0.5, 1.1))))
        cv2.ellipse(layer, (x, y), axes, float(random.uniform(0, 180)), 0, 360, float(random.uniform(0.5, 1)), -1, cv2.LINE_AA)
    layer = cv2.GaussianBlur(layer, (0, 0), random.uniform(0.5, 1.4)) * (0.65 + 0.35 * fog(random, side, side, 4, 2))
    picture = picture * (1 - layer[:, :, None]) + blue * layer[:, :, None]
    return np.clip(picture + random.normal(0, 4, picture.shape), 0, 255).astype(np.uint8)


def mammogram(random: Random) -> Pixels:
    """A breast from the side or from above, on black, with fibrous density."""
    height, width = int(random.integers(300, 400)), int(random.integers(200, 320))
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    depth = width * random.uniform(0.55, 0.9)
    middle = height * random.uniform(0.42, 0.6)
    shape = 1 - (xs / depth) ** random.uniform(1.7, 2.4) - (np.abs(ys - middle) / (height * random.uniform(0.36, 0.5))) ** 2.2
    tissue = np.clip(shape * 4, 0, 1) * (0.25 + 0.25 * np.clip(shape, 0, 1))
    dense = fog(random, height, width, random.uniform(50, 120), 6) ** random.uniform(1, 3)
    tissue += np.clip(shape, 0, 1) * dense * random.uniform(0.4, 1.1)
    if random.random() < 0.5:
        tissue[(xs + ys * random.uniform(0.4, 0.9)) < width * random.uniform(0.2, 0.45)] += 0.35
    picture = _gray(tissue)
    cv2.putText(picture, random.choice(["R CC", "L CC", "R MLO", "L MLO"]), (width - 70, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (230,) * 3, 1)
    return picture if random.random() < 0.5 else np.ascontiguousarray(picture[:, ::-1])


def pet(random: Random) -> Pixels:
    """Uptake in a torso: dark on white, or a hot colour scale on black."""
    height, width = int(random.integers(300, 400)), int(random.integers(150, 260))
    layer = np.zeros((height, width), np.float32)
    centre = width // 2

    def spot(x: float, y: float, rx: float, ry: float, heat: float) -> None:
        one = np.zeros_like(layer)
        cv2.ellipse(one, (int(x), int(y)), (max(1, int(rx)), max(1, int(ry))), 0, 0, 360, heat, -1)
        np.maximum(layer, one, out=layer)

    spot(centre, height * 0.6, width * random.uniform(0.26, 0.36), height * 0.34, random.uniform(0.1, 0.25))
    spot(centre, height * 0.12, width * 0.15, height * 0.09, random.uniform(0.5, 1))
    spot(centre + width * 0.07, height * 0.42, width * 0.07, height * 0.04, random.uniform(0.2, 1))
    spot(centre - width * 0.1, height * 0.52, width * 0.13, height * 0.06, random.uniform(0.25, 0.45))
    for side in (-1, 1):
        spot(centre + side * width * 0.13, height * 0.6, width * 0.04, height * 0.035, random.uniform(0.4, 1))
    spot(centre, height * 0.88, width * 0.07, height * 0.04, random.uniform(0.6, 1))
    for _ in range(int(random.integers(0, 9))):
        spot(centre + random.normal(0, width * 0.13), random.uniform(0.15, 0.9) * height, 4, 4, random.uniform(0.4, 1))
    layer = cv2.GaussianBlur(layer, (0, 0), random.uniform(2, 5)) * (0.8 + 0.4 * fog(random, height, width, 12, 3))
    if random.random() < 0.6:
        return _gray(1 - layer)
    scale = random.choice([cv2.COLORMAP_HOT, cv2.COLORMAP_INFERNO, cv2.COLORMAP_JET])
    return np.ascontiguousarray(cv2.applyColorMap((np.clip(layer, 0, 1) * 255).astype(np.uint8), int(scale))[:, :, ::-1])


def sector_ultrasound(random: Random) -> Pixels:
    """A fan of speckle on black, as a curved or phased probe shows it, with small print around it."""
    height, width = int(random.integers(260, 360)), int(random.integers(300, 400))
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    apex_y = -height * random.uniform(0.0, 0.35)
    dx, dy = xs - width / 2, ys - apex_y
    radius, angle = np.hypot(dx, dy), np.arctan2(dx, dy)
    far = height * random.uniform(0.85, 0.98) - apex_y
    near = -apex_y + height * random.uniform(0.02, 0.1)
    fan = (np.abs(angle) < random.uniform(0.45, 0.75)) & (radius < far) & (radius > near)
    tissue = fog(random, height, width, random.uniform(40, 110), 4) ** random.uniform(1, 2.5)
    tissue *= np.exp(-radius / far * random.uniform(0.2, 1.3)) * 1.6
    for _ in range(int(random.integers(1, 5))):
        hole = np.zeros((height, width), np.float32)
        at = (int(random.uniform(0.3, 0.7) * width), int(random.uniform(0.25, 0.8) * height))
        cv2.ellipse(hole, at, (int(random.uniform(10, 60)), int(random.uniform(8, 45))), float(random.uniform(0, 180)), 0, 360, 1.0, -1)
        tissue *= 1 - random.uniform(0.5, 0.95) * cv2.GaussianBlur(hole, (0, 0), 3)
    speckle = cv2.GaussianBlur(random.rayleigh(1.0, (height, width)).astype(np.float32), (0, 0), random.uniform(0.7, 1.4))
    picture = _gray(tissue * speckle * fan * 0.9)
    scribble(random, picture, (4, 2, width // 3, int(random.integers(12, 60))))
    return picture


def speckle_field(random: Random) -> Pixels:
    """Radar: speckle with one bright target and its shadow."""
    side = int(random.integers(200, 320))
    scene = 0.15 + 0.35 * fog(random, side, side, random.uniform(30, 150), 3)
    x, y = (random.uniform(0.35, 0.65, 2) * side).astype(int).tolist()
    for _ in range(int(random.integers(2, 14))):
        cv2.circle(scene, (x + int(random.normal(0, 9)), y + int(random.normal(0, 6))), int(random.integers(1, 5)), float(random.uniform(1, 3)), -1)
    cv2.ellipse(scene, (x + 6, y - 18), (22, 12), 0, 0, 360, 0.05, -1)
    grain = cv2.GaussianBlur(random.rayleigh(0.8, (side, side)).astype(np.float32), (0, 0), random.uniform(0.3, 1.2))
    return _gray(scene * grain)


def circuit(random: Random) -> Pixels:
    """Tracks, pads and holes of a circuit board."""
    side = int(random.integers(220, 360))
    ground, copper = [((20, 90, 50), (90, 160, 90)), ((0, 0, 0), (255, 255, 255)), ((25, 40, 90), (190, 170, 90)),
                      ((240, 240, 240), (20, 20, 20)), ((60, 60, 60), (170, 170, 170))][random.integers(5)]  # fmt: skip
    canvas = np.full((side, side, 3), ground, np.uint8)
    for _ in range(int(random.integers(8, 30))):
        at = random.integers(0, side, 2)
        width = int(random.integers(2, 9))
        for _ in range(int(random.integers(1, 5))):
            step = np.array([(1, 0), (0, 1), (1, 1), (1, -1)][random.integers(4)]) * int(random.integers(-90, 90))
            cv2.line(canvas, at.tolist(), (at + step).tolist(), copper, width)
            at = at + step
        cv2.circle(canvas, at.tolist(), width + 4, copper, -1)
        cv2.circle(canvas, at.tolist(), max(1, width - 1), ground, -1)
    return canvas


def ridges(random: Random) -> Pixels:
    """Finger prints, wood grain, contour maps: bent parallel lines."""
    side = int(random.integers(220, 340))
    bend = fog(random, side, side, random.uniform(90, 260), 2) * random.uniform(6, 22)
    lines = 0.5 + 0.5 * np.sin(bend * random.uniform(2, 7) + 0.2 * random.normal(0, 1, (side, side)))
    if random.random() < 0.5:
        ys, xs = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
        lines = np.where(xs**2 * 1.6 + ys**2 < 0.8, lines, 1.0)
    picture = _gray(lines.astype(np.float32))
    return picture if random.random() < 0.7 else np.asarray(picture * random.uniform(0.4, 1, 3), np.uint8)


def terrain(random: Random) -> Pixels:
    """Land from above: fields, water, roads, clouds; in colour or gray."""
    side = int(random.integers(240, 384))
    height = fog(random, side, side, random.uniform(60, 200), 6)
    colours = random.integers(20, 220, (6, 3)).astype(np.float32)
    picture = colours[np.minimum(5, (height * 6).astype(int))] * (0.7 + 0.5 * fog(random, side, side, 8, 3)[:, :, None])
    for _ in range(int(random.integers(0, 6))):
        ends = random.integers(0, side, 4).tolist()
        cv2.line(picture, ends[:2], ends[2:], random.uniform(90, 240, 3).tolist(), int(random.integers(1, 5)))
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    return _gray(picture.mean(axis=2) / 255) if random.random() < 0.4 else picture


def glow(random: Random) -> Pixels:
    """Dark gradients and soft blobs of light: night, stages, screens, lamps, galaxies."""
    height, width = int(random.integers(200, 384)), int(random.integers(200, 384))
    layer = np.zeros((height, width, 3), np.float32)
    for _ in range(int(random.integers(1, 7))):
        one = np.zeros((height, width), np.float32)
        at = (int(random.integers(0, width)), int(random.integers(0, height)))
        cv2.ellipse(one, at, (int(random.integers(5, 140)), int(random.integers(5, 140))), float(random.uniform(0, 180)), 0, 360, 1.0, -1)
        colour = random.uniform(60, 255, 3) if random.random() < 0.5 else np.full(3, random.uniform(60, 255))
        layer += cv2.GaussianBlur(one, (0, 0), random.uniform(2, 50))[:, :, None] * colour.astype(np.float32)
    layer *= 0.7 + 0.3 * fog(random, height, width, random.uniform(5, 60), 4)[:, :, None]
    return np.clip(layer + random.normal(0, random.uniform(0, 9), layer.shape), 0, 255).astype(np.uint8)


def handwriting(random: Random) -> Pixels:
    """Loops of a pen on plain or ruled paper."""
    height, width = int(random.integers(180, 340)), int(random.integers(260, 384))
    canvas = _paper(random, height, width)
    ink = [(10, 10, 10), (20, 30, 120), (90, 90, 90)][random.integers(3)]
    for top in range(14, height - 14, int(random.integers(18, 34))):
        n = int(random.integers(60, 240))
        xs = np.linspace(8, width * random.uniform(0.5, 0.97), n) + 4 * np.sin(np.linspace(0, n * random.uniform(0.4, 0.9), n))
        ys = top + np.convolve(random.normal(0, 9, n), np.ones(3) / 3, "same")
        for part in np.array_split(np.stack([xs, ys], axis=1).astype(np.int32), max(1, n // 22)):
            cv2.polylines(canvas, [part], isClosed=False, color=ink, thickness=1, lineType=cv2.LINE_AA)
    return canvas


MEDICAL: dict[str, Callable[[Random], Pixels]] = {
    "ecg": ecg, "histopathology": stained_tissue, "mammogram": mammogram, "pet": pet, "ultrasound": sector_ultrasound,
}  # fmt: skip
ORDINARY: dict[str, Callable[[Random], Pixels]] = {
    "chart": curves, "radar": speckle_field, "texture_circuit": circuit, "texture_ridges": ridges,
    "texture_terrain": terrain, "texture_glow": glow, "document_page": handwriting,
}  # fmt: skip


def drawn(each: int, seed: int) -> Iterator[Picture]:
    """`each` pictures of every drawable kind."""
    random = np.random.default_rng(seed)
    for medical, makers in ((True, MEDICAL), (False, ORDINARY)):
        for kind, make in makers.items():
            for _ in range(each):
                yield Picture(f"drawn:{make.__name__}", kind, medical, "drawn here", pixels=make(random))
