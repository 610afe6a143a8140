import base64
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire import shape

NOISE = random.Random(1).randbytes(3000)
PROSE = b"The nurse asked the model to write a kind letter. " * 60
CODE = b"def f(x):\n    return {k: v for k, v in x.items() if k.startswith('a')}\n" * 40


@given(st.lists(st.tuples(st.sampled_from([b"A", b"a", b" "]), st.integers(1, 90)), max_size=60))
def test_dense_is_what_any_window_says(runs: list[tuple[bytes, int]]) -> None:
    text = b"".join(letter * count for letter, count in runs)
    marks = text.replace(b" ", b"")
    windows = (marks[at : at + 128] for at in range(0, len(marks), 64))
    assert shape.is_dense(text) == any(window.count(b"A") >= 36 for window in windows)


def test_runs() -> None:
    assert shape.has_run(base64.b64encode(NOISE))
    assert shape.has_run(b"x " + base64.b64encode(NOISE)[:64])
    assert not shape.has_run(PROSE)
    assert not shape.has_run(base64.b64encode(NOISE)[:63])


@pytest.mark.parametrize("mark", [b" ", b"\n", b". ", b", ", b"\xe2\x80\x8b"])
def test_cut_up_letters_are_dense(mark: bytes) -> None:
    text = base64.b64encode(NOISE[:70])
    assert shape.is_dense(PROSE + mark.join(text[at : at + 5] for at in range(0, len(text), 5)) + PROSE)
    assert not shape.is_dense(PROSE)
    assert not shape.is_dense(CODE)


@pytest.mark.parametrize(
    "text",
    [
        base64.b64encode(NOISE),
        base64.b85encode(NOISE),
        PROSE + base64.b85encode(NOISE) + PROSE,
        NOISE.decode("latin-1").encode(),
    ],
)
def test_sealed(text: bytes) -> None:
    assert shape.is_opaque(text)


@pytest.mark.parametrize(
    "text",
    [PROSE, CODE, ("这是一份没有异常的报告,请用简单的语言解释。" * 90).encode(), b"short", b"=" * 4000],
)
def test_not_sealed(text: bytes) -> None:
    assert not shape.is_opaque(text)


def test_blocks_take_wrapped_lines_together() -> None:
    text = b"before\n" + base64.encodebytes(NOISE[:300]) + b"after"
    ((start, end),) = shape.blocks(text)
    assert base64.b64decode(text[start:end]) == NOISE[:300]


def test_rulers_and_paths() -> None:
    assert shape.monotonous(b"-=" * 500)
    assert not shape.monotonous(b"-=" * 500 + b"abc")
    assert shape.is_mixed(base64.b64encode(NOISE))
    assert not shape.is_mixed(b"/workspace/project/very/long/path/with/many/parts")
