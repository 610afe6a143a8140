"""Reading answers questions and keeps what it read."""

import os
import subprocess
import sys

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from gateway.formats.reading import answers


def line(text: str) -> NDArray[np.uint8]:
    image = Image.new("L", (600, 60), 10)
    ImageDraw.Draw(image).text((10, 12), text, fill=240, font=ImageFont.load_default(30))
    return np.asarray(image)


def test_yes_and_no() -> None:
    pixels = np.vstack([line("120 kV"), line("MUELLER")])
    boxes = [(0, 0, 200, 60), (0, 60, 300, 60)]
    assert answers(pixels, boxes, lambda r: r.text.upper() == "120 KV") == (True, False)
    assert answers(pixels, boxes, lambda r: "MUELLER" in r.text) == (False, True)


def test_turned_lines_are_read() -> None:
    pixels = np.ascontiguousarray(np.rot90(line("MUELLER")[:, :300]))
    assert answers(pixels, [(0, 0, 60, 300)], lambda r: "MUELLER" in r.text) == (True,)


def test_an_empty_box_says_nothing() -> None:
    assert answers(line("L"), [(700, 90, 10, 10)], lambda r: bool(r.text)) == (False,)


def test_the_text_is_not_shown_by_accident() -> None:
    shown: list[str] = []
    answers(line("MUELLER"), [(0, 0, 300, 60)], lambda r: bool(shown.append(repr(r))))
    assert shown
    assert "MUELLER" not in shown[0]


def test_without_language_data_every_answer_is_no() -> None:
    code = (
        "import gateway.formats.reading as r, numpy as np; r.DATA_FOLDERS = ();"
        "print(r.answers(np.zeros((40, 40), np.uint8), [(0, 0, 40, 40)], lambda _: True))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ.copy()
    )
    assert done.stdout.strip() == "(False,)"
