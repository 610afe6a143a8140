"""Writes `docs/evasion.md` from the tables: `python -m tests.evasion.page`."""

from collections.abc import Iterator
from pathlib import Path

from tests.evasion import (
    family_a_framing,
    family_b_http2,
    family_k_pieces,
    family_l_sockets,
    family_m_destinations,
)
from tests.evasion.case import WAYS
from tests.evasion.catalogue import FAMILIES
from tests.evasion.why import Why, why

PAGE = Path(__file__).parents[2] / "docs" / "evasion.md"
TITLES = {
    "A": "HTTP/1 framing", "B": "HTTP/2 frames and pseudo-headers", "C": "Multipart", "D": "Content codings", "E": "Labels", "F": "JSON",
    "G": "Base64 and data URIs", "H": "Pictures in pictures, scans in every format", "I": "Archives", "J": "Documents, mail, films",
    "K": "Pieces over several requests", "L": "WebSocket frames", "M": "Destinations", "N": "Places: path, headers, forms, binary trees, dumps",
    "O": "Bombs",
}  # fmt: skip
INTRODUCTION = """# Ways around the gateway, and what becomes of them

Every case below is a test: a medical picture dressed up so that it might get past, sent by a client made of sockets through the real gateway to a
server that records every byte. Afterwards an oracle that knows nothing of the gateway's code undoes whatever anybody could undo (thirty decoders,
five deep) and looks for the picture in what arrived. Nothing of it may, the sender must be told no or be cut off, and the record must hold the decision.

Each case has a benign twin around a picture of a beach, which has to arrive byte for byte, and does. Where the wrapper is seen through, the twin is the
same wrapper. Some wrappers are refused whatever is in them, *by form*: their twin is the legal form of the same traffic (a body with one length, JSON with
each name once, a zip that is whole), and each says why it is refused. Those with the last reason, *not read*, a client could send in its ordinary work,
and would be refused because nobody here can look into them: they are counted apart, and are no part of the claim above. The tests hold all of them to
it: one that is understood one day has to move.

Run the cases with `python -m pytest tests/evasion`, and search for ways that nobody has thought of with `make fuzz`: compositions of up to four
wrappers around a picture, and every parser under atheris.
"""
LIMITS_OF_IT = """## What this does not show

- A picture that is encrypted, or hidden in the pixels of another one (steganography), so that nothing tells it from noise: sealed bodies and long sealed
  texts are refused as such, short ones are not, and the pixels of an ordinary picture are what they are.
- Grey values without a head in a place that may hold anything: the samples of a sound, a private chunk, the packed rows of a PNG beyond its last.
- A single frame of a long film between those that are looked at (sixteen, and where all together have at most 200 million pixels the first 160 that differ from each other).
- A picture drawn in letters, or described in words.
- Slices below a thousand letters, each sent alone among other words, by somebody at the other end who collects them.
- Wrappers deeper than four guesses inside one another, where no wrapper says what it is.
"""


def written() -> str:
    """The page."""
    return "\n".join(_lines())


def tables() -> dict[str, list[tuple[str, bool, tuple[str, ...]]]]:
    """Every case by family: its name, whether it is refused by form, and the ways it travels."""
    found = {
        letter: [(case.name, case.form, case.ways) for case in table] for letter, table in FAMILIES.items()
    }
    found["A"] = [(case.name, case.form, ("raw",)) for case in family_a_framing.CASES]
    found["B"] = [(case.name, case.form, ("raw",)) for case in family_b_http2.CASES]
    found["K"] = [(case.name, case.form, ("length", "h2")) for case in family_k_pieces.CASES]
    found["L"] = [(case.name, case.form, ("raw",)) for case in family_l_sockets.CASES]
    found["M"] = [(case.name, case.form, ("raw",)) for case in family_m_destinations.CASES]
    return dict(sorted(found.items()))


def _lines() -> Iterator[str]:
    yield INTRODUCTION
    yield "| | family | cases | seen through | refused by form | of these not read | runs with a medical picture |"
    yield "|---|---|--:|--:|--:|--:|--:|"
    total = [0, 0, 0, 0, 0]
    for letter, rows in tables().items():
        form = sum(by_form for _, by_form, _ in rows)
        unread = sum(by_form and why(letter, name) is Why.NOT_READ for name, by_form, _ in rows)
        numbers = [len(rows), len(rows) - form, form, unread, sum(len(ways) for *_, ways in rows)]
        total = [old + new for old, new in zip(total, numbers, strict=True)]
        yield f"| {letter} | {TITLES[letter]} | " + " | ".join(map(str, numbers)) + " |"
    yield "| | **all** | " + " | ".join(f"**{number}**" for number in total) + " |"
    yield f"\nFamilies C to J, N and O travel over {len(WAYS)} ways: HTTP/1 with a length, HTTP/1 in chunks, HTTP/2; what is in files goes one way, in turn.\n"
    for letter, rows in tables().items():
        yield f"## {letter} - {TITLES[letter]}\n"
        passed = [name for name, by_form, _ in rows if not by_form]
        refused = [name for name, by_form, _ in rows if by_form]
        if passed:
            yield "Seen through: " + "; ".join(passed) + ".\n"
        for reason in Why:
            if names := [name for name in refused if why(letter, name) is reason]:
                yield f"Refused, for {reason}: " + "; ".join(names) + ".\n"
    yield LIMITS_OF_IT


if __name__ == "__main__":
    PAGE.write_text(written(), "utf-8")
