"""Laws of containers: nothing replaced means nothing changed, what was replaced is there, and nothing ever escapes."""

import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import GatewayError
from gateway.limits import Limits
from gateway.model import Finding, Part
from gateway.unpack import repack, unpack
from tests.unpack import made, pdfs
from tests.unpack.test_email import TWO
from tests.unpack.test_markup import DRESSES
from tests.unpack.test_notebook import SHAPES

LIMITS = Limits()
NAMES = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\"), min_size=1, max_size=12
)
MEMBERS = st.dictionaries(NAMES, st.binary(min_size=1, max_size=300), min_size=1, max_size=5)
SEEDS = {
    "zip": made.zipped(made.FILES), "streamed zip": made.streamed_zip(wide=True), "lzma zip": made.zipped(made.FILES, zipfile.ZIP_LZMA),
    "tar": made.taped(), "7z": made.seven_zip(made.FILES), "pdf": pdfs.with_picture("jpeg", pdfs.TEXT), "flate pdf": pdfs.with_picture("indexed"),
    "attached pdf": pdfs.attached("a.png", made.PNG), "email": TWO, "html": DRESSES["html"].encode(), "notebook": SHAPES["list of lines"],
    "ole": made.compound({"Pictures": made.PNG + bytes(5000)}), "rtf": b"{\\rtf1 {\\pict\\pngblip " + made.PNG.hex().encode() + b"}}",
}  # fmt: skip


def _repeatable(data: bytes) -> list[Part]:
    return [seen for seen in unpack(Part(("f",), data), LIMITS) if isinstance(seen, Part)]


@settings(deadline=None, max_examples=60)
@given(MEMBERS, st.sampled_from(["zip", "tar"]), st.data())
def test_what_is_replaced_is_there_and_everything_else_is_as_it_was(
    members: dict[str, bytes], kind: str, choose: st.DataObject
) -> None:
    data = made.zipped(members) if kind == "zip" else made.taped(members)
    before = made.contents(data)
    chosen = choose.draw(st.sampled_from([path for path in before if len(path) == 1]))
    content = choose.draw(st.binary(min_size=1, max_size=400))
    after = {
        part.path[1:]: part.data
        for part in _repeatable(made.replaced(data, {chosen: content}))
        if len(part.path) == 2
    }
    assert after == {**{path: old for path, old in before.items() if len(path) == 1}, chosen: content}


@settings(deadline=None, max_examples=40)
@given(st.binary(max_size=2000))
def test_any_bytes_are_parts_or_findings(data: bytes) -> None:
    seen = [*unpack(Part(("f",), data), LIMITS)]
    assert isinstance(seen[0], Part)
    assert seen[0].data == data


@pytest.mark.parametrize("name", SEEDS)
@settings(deadline=None, max_examples=60)
@given(st.integers(0, 1 << 16), st.binary(min_size=1, max_size=6), st.integers(0, 1 << 16))
def test_damage_anywhere_raises_nothing_and_is_never_lost(name: str, at: int, noise: bytes, cut: int) -> None:
    whole = SEEDS[name]
    at %= len(whole)
    damaged = (whole[:at] + noise + whole[at + len(noise) :])[
        : len(whole) - cut % len(whole) if cut % 3 == 0 else None
    ]
    seen = [*unpack(Part(("f",), damaged), LIMITS)]
    assert isinstance(seen[0], Part)
    assert all(isinstance(one, Part | Finding) for one in seen)
    assert [repr(one) for one in seen] == [repr(one) for one in unpack(Part(("f",), damaged), LIMITS)]


@pytest.mark.parametrize("name", SEEDS)
@settings(deadline=None, max_examples=15)
@given(st.integers(0, 1 << 16), st.integers(0, 1 << 16))
def test_writing_into_a_damaged_container_says_no_or_does_it(name: str, at: int, choice: int) -> None:
    whole = bytearray(SEEDS[name])
    whole[at % len(whole)] ^= 0x55
    parts = _repeatable(bytes(whole))[1:]
    if not parts:
        return
    path = parts[choice % len(parts)].path
    try:
        new = repack(Part(("f",), bytes(whole)), {path: Part(path, made.OTHER_PNG)}, LIMITS).data
    except GatewayError:
        return
    assert new != bytes(whole)


@pytest.mark.parametrize("name", SEEDS)
def test_the_seeds_are_whole(name: str) -> None:
    assert made.findings(SEEDS[name]) == []
    assert len(_repeatable(SEEDS[name])) > 1
    assert repack(Part(("f",), SEEDS[name]), {}, LIMITS).data == SEEDS[name]
