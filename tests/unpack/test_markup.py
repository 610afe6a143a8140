"""Data URIs in every dress."""

import base64
import urllib.parse

import pytest

from gateway.model import Format
from tests.unpack import made
from tests.unpack.made import PNG

CODED = base64.b64encode(PNG).decode()
FOLDED = "\n".join(CODED[at : at + 76] for at in range(0, len(CODED), 76))
QUOTED = urllib.parse.quote(PNG, safe="")
SVG = f'<svg xmlns="http://www.w3.org/2000/svg"><image href="data:image/png;base64,{CODED}"/></svg>'

DRESSES = {
    "html": f'<html><body><p>Hi</p><img src="data:image/png;base64,{CODED}"></body></html>',
    "single quotes": f"<html><img src='data:image/png;base64,{CODED}'></html>",
    "no quotes": f"<html><img src=data:image/png;base64,{CODED}></html>",
    "markdown": f"# Finding\n\n![x](data:image/png;base64,{CODED})\n\nmore words",
    "css": f"<html><style>a{{background:url(data:image/png;base64,{CODED})}}</style></html>",
    "svg": SVG,
    "xml": f'<?xml version="1.0"?><a b="data:image/png;base64,{CODED}"/>',
    "upper case": f'<html><img src="DATA:IMAGE/PNG;BASE64,{CODED}"></html>',
    "parameters": f'<html><img src="data:image/png;charset=utf-8;x=y;base64,{CODED}"></html>',
    "no type": f'<html><img src="data:;base64,{CODED}"></html>',
    "type of text": f'<html><img src="data:text/plain;base64,{CODED}"></html>',
    "folded lines": f'<html><img src="data:image/png;base64,{FOLDED}"></html>',
    "url alphabet": f'<html><img src="data:image/png;base64,{base64.urlsafe_b64encode(PNG).decode()}"></html>',
    "no padding": f'<html><img src="data:image/png;base64,{CODED.rstrip("=")}"></html>',
    "percent in base64": f'<html><img src="data:image/png;base64,{urllib.parse.quote(CODED, safe="")}"></html>',
    "entities in base64": f'<html><img src="data:image/png;base64,{CODED.replace("+", "&#43;").replace("/", "&#x2f;")}"></html>',
    "percent-encoded": f'<html><img src="data:image/png,{QUOTED}"></html>',
    "svg inside": f'<html><img src="data:image/svg+xml,{urllib.parse.quote(SVG, safe="")}"></html>',
    "svg inside in base64": f'<html><img src="data:image/svg+xml;base64,{base64.b64encode(SVG.encode()).decode()}"></html>',
    "plain text": f"look: data:image/png;base64,{CODED} there",
}  # fmt: skip


@pytest.mark.parametrize("name", DRESSES)
def test_a_picture_is_found_in_every_dress(name: str) -> None:
    assert made.findings(DRESSES[name].encode()) == []
    assert made.holds(DRESSES[name].encode())


@pytest.mark.parametrize("name", DRESSES)
def test_it_is_replaced_in_place_and_nothing_else_changes(name: str) -> None:
    data = DRESSES[name].encode()
    path = next(part.path[1:] for part in made.parts(data) if part.data == PNG)
    new = made.replaced(data, {path: made.OTHER_PNG})
    assert made.holds(new, made.OTHER_PNG)
    assert not made.holds(new)
    assert new[:20] == data[:20]
    assert new[-2:] == data[-2:]


def test_the_text_around_is_a_part_of_its_own() -> None:
    found = made.parts(DRESSES["html"].encode())
    assert found[0].opened
    assert found[-1].data == DRESSES["html"].replace(CODED, "").encode()
    assert (found[-1].format, found[-1].opened) == (Format.HTML, False)


HARMLESS = {
    "words": "The data: this, that, and more.",
    "a text uri": "<html><a href='data:text/plain,hello%20world'>x</a></html>",
    "no uri": "<html><p>metadata</p></html>",
    "css colour": "<html><style>a{background:url(data:,)}</style></html>",
}


@pytest.mark.parametrize("name", HARMLESS)
def test_words_stay_one_part(name: str) -> None:
    (part,) = made.parts(HARMLESS[name].encode())
    assert not part.opened
    assert made.findings(HARMLESS[name].encode()) == []


def test_junk_in_base64_is_a_finding_and_what_it_may_be_is_looked_at() -> None:
    data = DRESSES["html"].replace("iVBORw", "iVB*ORw").encode()
    assert ("unreadable", "undecodable") in made.findings(data)
    assert made.holds(data)


def test_utf_16_is_searched_too() -> None:
    data = DRESSES["html"].encode("utf-16")
    assert made.holds(data)


def test_html_inside_json_strings() -> None:
    import json

    data = json.dumps({"html": DRESSES["html"], "note": "x"}).encode()
    assert made.findings(data) == []
    new = made.replaced(data, {next(p.path[1:] for p in made.parts(data) if p.data == PNG): made.OTHER_PNG})
    assert json.loads(new)["note"] == "x"
    assert base64.b64encode(made.OTHER_PNG).decode() in json.loads(new)["html"]
