"""Containers: what opening costs beside the libraries, what a page costs, and what bombs cost before they are refused."""

import gzip
import io
import random
import statistics
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import numpy as np
import pikepdf
from PIL import Image

from bench.table import Options, Row
from gateway.formats.sniff import sniff
from gateway.limits import MIB, Limits
from gateway.model import Finding, Kind, Part, PartPath
from gateway.unpack import repack, unpack

LIMITS: Final = Limits()
_PAGES: Final = 4


def rows(options: Options) -> Iterator[Row]:
    rounds = 3 if options.quick else 9
    yield from _leaves(rounds)
    yield from _archives(rounds)
    yield from _documents(rounds)
    yield from _bombs()


def _milliseconds(work: Callable[[], object], rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - start))
    return statistics.median(taken)


def _opened(data: bytes) -> list[Part | Finding]:
    return list(unpack(Part(("f",), data), LIMITS))


def _leaves(rounds: int) -> Iterator[Row]:
    """What holds nothing must cost no more than being named."""
    photo = _photo(1)
    words = b"The patient was seen today and is well. " * 50_000
    for name, data in (("1 MP JPEG", photo), ("2 MB of text", words)):
        own = _milliseconds(partial(_opened, data), rounds * 5)
        peer = _milliseconds(partial(sniff, data), rounds * 5)
        yield Row(
            f"unpack: {name}, nothing inside", own, "ms", "naming the format", peer, "<= 3 ms", own <= 3
        )


def _archives(rounds: int) -> Iterator[Row]:
    noise = random.Random(7)
    members = {f"IM/{n:04}.dcm": noise.randbytes(64 * 1024) + bytes(192 * 1024) for n in range(100)}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    data = out.getvalue()
    own = _milliseconds(lambda: _opened(data), rounds)
    peer = _milliseconds(lambda: _by_zipfile(data), rounds)
    yield Row("unpack: zip of 100 files, 25 MB", own, "ms", "zipfile", peer, "<= 1.5x", own <= 1.5 * peer)
    new: dict[PartPath, Part] = {("f", "IM/0050.dcm"): Part(("f", "IM/0050.dcm"), b"x" * 1000)}
    whole = Part(("f",), data)
    own = _milliseconds(lambda: repack(whole, new, LIMITS), rounds)
    peer = _milliseconds(lambda: _rewritten(data), 1)
    yield Row(
        "unpack: one of 100 files replaced", own, "ms", "zipfile, all packed again", peer, "< 1x", own < peer
    )


def _by_zipfile(data: bytes) -> int:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return sum(len(archive.read(one)) for one in archive.infolist())


def _rewritten(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for one in archive.infolist():
            new.writestr(one.filename, archive.read(one))
    return out.getvalue()


def _photo(megapixels: float) -> bytes:
    side = int((megapixels * 1e6) ** 0.5)
    noise = np.random.default_rng(1).integers(0, 255, (side // 8, side // 8, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).resize((side, side)).save(out, "JPEG", quality=85)
    return out.getvalue()


def _document() -> bytes:
    photo = _photo(1)
    pdf = pikepdf.Pdf.new()
    with Image.open(io.BytesIO(photo)) as image:
        width, height = image.size
    for _ in range(_PAGES):
        kind = pikepdf.Dictionary(
            Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=width, Height=height, BitsPerComponent=8,
            ColorSpace=pikepdf.Name.DeviceRGB, Filter=pikepdf.Name.DCTDecode,
        )  # fmt: skip
        page = pdf.add_blank_page(page_size=(595, 842))
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(P=pikepdf.Stream(pdf, photo, kind)))
        page.Contents = pdf.make_stream(b"q 500 0 0 500 40 300 cm /P Do Q")
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def _documents(rounds: int) -> Iterator[Row]:
    data = _document()
    peer = _milliseconds(lambda: _by_pikepdf(data), rounds)
    own = _milliseconds(lambda: _opened(data), rounds)
    yield Row(
        f"unpack: PDF, {_PAGES} pages, a 1 MP photo each",
        own,
        "ms",
        "pikepdf, raw pictures",
        peer,
        "<= 400 ms",
        own <= 400,
    )
    found = _opened(data)
    views = sum(isinstance(one, Part) and one.view for one in found)
    yield Row(
        "unpack: one page as a person sees it",
        (own - peer) / views,
        "ms",
        target="<= 100 ms",
        met=(own - peer) / views <= 100,
    )


def _by_pikepdf(data: bytes) -> int:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return sum(len(one.read_raw_bytes()) for one in pdf.objects if isinstance(one, pikepdf.Stream))


def _bombs() -> Iterator[Row]:
    zeros = gzip.compress(bytes(400 * MIB))
    nested = _zip({"zeros": bytes(MIB)})
    for _ in range(4):
        nested = _zip({f"{n}.zip": nested for n in range(16)})
    for name, data in (("gzip of 400 MiB", zeros), ("65,536 MiB in zips in zips", nested)):
        tracemalloc.start()
        start = time.perf_counter()
        refused = any(
            isinstance(one, Finding) and one.kind is Kind.OVER_LIMIT
            for one in unpack(Part(("f",), data), LIMITS)
        )
        taken = 1000 * (time.perf_counter() - start)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        yield Row(
            f"unpack: bomb, {name}: time",
            taken,
            "ms",
            target="<= 5,000 ms, refused",
            met=refused and taken <= 5000,
        )
        yield Row(
            f"unpack: bomb, {name}: memory", peak / MIB, "MiB", target="<= 200 MiB", met=peak <= 200 * MIB
        )


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()
