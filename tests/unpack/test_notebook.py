"""Notebooks: pictures among outputs and attachments, as one string or a list of lines."""

import base64
import json
from typing import Any

import pytest

from gateway.model import Format
from tests.unpack import made
from tests.unpack.made import PNG

CODED = base64.encodebytes(PNG).decode()


def notebook(value: Any, **more: Any) -> bytes:
    output = {
        "output_type": "display_data",
        "data": {"image/png": value, "text/plain": ["<Figure>"]},
        "metadata": {},
    }
    cell = {
        "cell_type": "code",
        "source": ["x = 1\n", "y = 2"],
        "outputs": [output],
        "execution_count": 1,
        "metadata": {},
        **more,
    }
    return json.dumps(
        {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1
    ).encode()


SHAPES = {
    "one line": notebook(CODED.replace("\n", "")),
    "escaped lines": notebook(CODED),
    "list of lines": notebook(CODED.splitlines(keepends=True)),
    "attachment": notebook("", attachments={"a.png": {"image/png": CODED}}),
    "markdown": notebook("", note=f"![x](data:image/png;base64,{CODED})".replace("\n", "")),
}


@pytest.mark.parametrize("name", SHAPES)
def test_pictures_are_found_and_replaced(name: str) -> None:
    data = SHAPES[name]
    assert made.parts(data)[0].format is Format.NOTEBOOK
    assert made.findings(data) == []
    path = next(part.path[1:] for part in made.parts(data) if part.data == PNG)
    new = made.replaced(data, {path: made.OTHER_PNG})
    assert made.holds(new, made.OTHER_PNG)
    assert json.loads(new)["cells"][0]["source"] == ["x = 1\n", "y = 2"]


def test_a_notebook_without_pictures_is_one_part() -> None:
    assert len(made.parts(notebook("words"))) == 1


def test_base64_in_any_json_file_is_a_part() -> None:
    data = json.dumps({"a": "short", "file": base64.b64encode(PNG).decode()}).encode()
    assert made.holds(data)
    new = made.replaced(data, {("string 1",): made.OTHER_PNG})
    assert json.loads(new) == {"a": "short", "file": base64.b64encode(made.OTHER_PNG).decode()}
