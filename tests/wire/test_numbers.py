"""Numbers that are a picture are drawn; numbers that are none are left alone."""

import io
import json
import random
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from gateway import wire
from gateway.limits import Limits
from gateway.model import Format, Part
from gateway.wire import numbers
from tests.evasion.pictures import SIDE, medical_pixels
from tests.property.strategies import CANARY, transfer

LIMITS = Limits()
GREY = medical_pixels()
NOISE = np.random.default_rng(4)


def parts(value: object) -> list[Part]:
    request = transfer(json.dumps(value).encode(), b"application/json")
    return [part for part in wire.decode(request, LIMITS).parts if not part.text]


PICTURES: dict[str, object] = {
    "one list": {"pixels": GREY.ravel().tolist(), "width": SIDE},
    "rows": {"pixels": GREY.tolist()},
    "rows of colours": {"pixels": np.repeat(GREY[..., None], 3, 2).tolist()},
    "colours in one list": {"pixels": np.repeat(GREY[..., None], 3, 2).ravel().tolist()},
    "fractions": {"pixels": (GREY / 255).round(3).tolist()},
    "Hounsfield units": [int(value) * 8 - 1024 for value in GREY.ravel()],
    "objects": [{"v": int(value)} for value in GREY.ravel()],
    "rows under names": {f"row{n}": row for n, row in enumerate(GREY.tolist())},
    "text": {"csv": "\n".join(",".join(map(str, row)) for row in GREY.tolist())},
}


@pytest.mark.parametrize("shape", PICTURES)
def test_a_picture_in_numbers_is_drawn(shape: str) -> None:
    (part,) = parts(PICTURES[shape])
    assert part.format is Format.PNM
    with Image.open(io.BytesIO(part.data)) as image:
        assert image.width in (SIDE, 3 * SIDE)
        seen = np.asarray(image.resize((SIDE, SIDE)), float)
    assert np.corrcoef(seen.ravel(), GREY.ravel())[0, 1] > 0.8


def test_lines_of_json_are_rows_of_one_picture() -> None:
    body = "\n".join(json.dumps(row) for row in GREY.tolist()).encode()
    decoded = wire.decode(transfer(body, b"application/jsonl"), LIMITS)
    assert [part.format for part in decoded.parts if not part.text] == [Format.PNM]


def _track() -> list[list[float]]:
    steps = NOISE.normal(0, 0.001, (4000, 2)).cumsum(0)
    return (steps + np.array((52, 13))).round(6).tolist()


HARMLESS: dict[str, Callable[[], object]] = {
    "embeddings": lambda: NOISE.normal(0, 0.03, (20, 1536)).round(6).tolist(),
    "small embeddings": lambda: NOISE.normal(0, 30, (40, 384)).clip(-127, 127).astype(int).tolist(),
    "counts": lambda: NOISE.poisson(3, 9000).tolist(),
    "ages": lambda: NOISE.integers(18, 95, 6000).tolist(),
    "token ids": lambda: NOISE.integers(0, 50_000, 9000).tolist(),
    "a range": lambda: list(range(6000)),
    "sorted": lambda: sorted(NOISE.integers(0, 255, 6000).tolist()),
    "a table": lambda: [[n, n * 7 % 13, n / 3, n % 2] for n in range(2000)],
    "a track": _track,
    "zeros": lambda: [0] * 9000,
    "a mask": lambda: NOISE.integers(0, 2, 9000).tolist(),
    "objects": lambda: [{"id": n, "age": random.Random(n).randrange(90), "ok": True} for n in range(2000)],
}


@pytest.mark.parametrize("kind", HARMLESS)
def test_other_numbers_are_left_alone(kind: str) -> None:
    assert parts({"data": HARMLESS[kind]()}) == []


def test_compressed_bytes_in_a_list_are_reported() -> None:
    (part,) = parts({"data": list(random.Random(2).randbytes(4096))})
    assert part.format is Format.UNKNOWN


def test_a_file_behind_a_harmless_list_is_found() -> None:
    rows = [list(CANARY[at : at + 16]) for at in range(0, len(CANARY), 16)]
    (part,) = parts({"a": list(range(0, 200, 2)), "b": rows})
    assert part.data.startswith(CANARY[:-16])


def test_what_is_no_number_is_no_picture() -> None:
    assert numbers.drawn([None] * 4096) is None
    assert numbers.drawn([float("inf")] * 4096) is None
    assert numbers.drawn([10**400] * 4096) is None
