"""Tricks with pieces: none of them joins to something else than what was examined, or gets past without examination."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.held import HeldError
from gateway.model import Transfer
from tests.held.made import ANNA, BERT, Held, block, block_list, complete, google, headers, part, ranged


def refused(held: Held, transfer: Transfer) -> str:
    with pytest.raises(HeldError) as caught:
        held.take(transfer)
    return caught.value.reason


ORDER: dict[str, Callable[[], list[Transfer]]] = {
    "overlap": lambda: [google("upload", 0, b"abc"), google("upload", 2, b"xyz")],
    "gap": lambda: [google("upload", 0, b"abc"), google("upload", 4, b"xyz")],
    "repeated": lambda: [google("upload", 0, b"abc"), google("upload", 0, b"abc")],
    "repeated with other bytes": lambda: [google("upload", 0, b"abc"), google("upload", 0, b"xyz")],
    "backwards": lambda: [google("upload", 0, b"abc"), google("upload", 3, b"d"), google("upload", 1, b"x")],
    "no bytes": lambda: [google("upload", 0, b"abc"), google("upload", 3, b"")],
    "last one overlaps": lambda: [google("upload", 0, b"abc"), google("upload, finalize", 2, b"xyz")],
    "last one from the start": lambda: [google("upload", 0, b"abc"), google("upload, finalize", 0, b"xyz")],
    "promised more": lambda: [
        google("upload", 0, b"abc"),
        google("upload, finalize", 3, b"d", x_goog_upload_header_content_length=5),
    ],
    "promised less": lambda: [
        google("upload", 0, b"abc"),
        google("upload, finalize", 3, b"d", x_goog_upload_header_content_length=3),
    ],
    "range overlaps": lambda: [ranged(0, b"abcd", 9), ranged(3, b"xy", 9)],
    "range leaves a gap": lambda: [ranged(0, b"abcd", 9), ranged(5, b"xy", 9)],
    "range grows": lambda: [ranged(0, b"abcd", 9), ranged(4, b"ef", 12)],
    "range shrinks": lambda: [ranged(0, b"abcd", 9), ranged(4, b"ef", 6)],
    "range ends early": lambda: [ranged(0, b"abcd", "*"), ranged(0, b"", 3)],
    "range ends late": lambda: [ranged(0, b"abcd", "*"), ranged(0, b"", 5)],
    "block twice": lambda: [block(1, b"ab"), block(1, b"cd")],
    "block named twice": lambda: [block(1, b"ab"), block_list([1, 1])],
    "no blocks": lambda: [block(1, b"ab"), block_list([])],
}


@pytest.mark.parametrize("trick", ORDER)
def test_pieces_that_do_not_follow_each_other_are_refused(trick: str) -> None:
    held = Held()
    *before, last = ORDER[trick]()
    for transfer in before:
        held.keep(transfer)
    assert refused(held, last) == "pieces-mismatch"
    assert held.table.count == 0


UNKNOWN: dict[str, Transfer] = {
    "a later piece": google("upload", 8 << 20, b"abc"),
    "a last piece": google("upload, finalize", 8 << 20, b"abc"),
    "finalize without pieces": google("finalize", None, b""),
    "a later range": ranged(4, b"ef", 9),
    "a last range": ranged(4, b"ef", 6),
    "complete without parts": complete(["part_leadglass_0"]),
    "blocks that were never sent": block_list([1, 2]),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_a_piece_whose_beginning_is_not_here_is_refused(case: str) -> None:
    assert refused(Held(), UNKNOWN[case]) == "unknown-upload"


def test_two_uploads_of_one_sender_are_not_mixed() -> None:
    held = Held()
    held.keep(google("upload", 0, b"aaa", "u1"))
    held.keep(google("upload", 0, b"bbb", "u2"))
    held.keep(google("upload", 3, b"AAA", "u1"))
    assert held.join(google("upload, finalize", 3, b"B", "u2")).whole.transfer.body == b"bbbB"
    assert held.join(google("upload, finalize", 6, b"A", "u1")).whole.transfer.body == b"aaaAAAA"


@pytest.mark.parametrize("other", [BERT, replace(ANNA, client="10.0.0.3"), replace(ANNA, user="bert")])
def test_another_sender_cannot_add_to_an_upload_end_it_or_complete_it(other: object) -> None:
    held = Held()
    held.keep(google("upload", 0, b"abc", sender=ANNA))
    names = held.send_parts(b"ab")
    assert refused(held, google("upload", 3, b"xyz", sender=other)) == "unknown-upload"  # type: ignore[arg-type]
    assert held.take(google("cancel", None, b"", sender=other)) is None  # type: ignore[arg-type]
    assert refused(held, complete(names, sender=other)) == "unknown-upload"  # type: ignore[arg-type]
    assert held.join(google("upload, finalize", 3, b"d")).whole.transfer.body == b"abcd"
    assert held.join(complete(names)).whole.transfer.body == b"ab"


def test_another_account_or_destination_cannot_add_to_an_upload() -> None:
    held = Held()
    held.keep(google("upload", 0, b"abc"))
    later = google("upload, finalize", 3, b"d")
    assert (
        refused(held, replace(later, headers=(*later.headers, (b"Authorization", b"Bearer other"))))
        == "unknown-upload"
    )
    there = replace(later, destination=replace(later.destination, host="push.clients6.google.com"))
    assert refused(held, there) == "unknown-upload"


def test_parts_of_one_upload_do_not_complete_another() -> None:
    held = Held()
    names = held.send_parts(b"ab")
    held.keep(part(b"x", upload="upload_2"))
    assert refused(held, complete(names, upload="upload_2")) == "unknown-upload"


def test_a_part_of_the_services_own_does_not_go_into_a_whole() -> None:
    held = Held()
    names = held.send_parts(b"ab")
    assert refused(held, complete(["part_68b1c0ffee", *names])) == "unknown-upload"


def test_after_its_time_an_upload_cannot_be_continued() -> None:
    held = Held(held_seconds=60)
    held.keep(google("upload", 0, b"abc"))
    held.now = 61
    assert refused(held, google("upload, finalize", 3, b"d")) == "unknown-upload"
    assert [end.why for end in held.ended] == ["expired"]


def test_a_flood_of_uploads_fills_neither_memory_nor_the_share_of_others() -> None:
    held = Held(held_uploads=8)
    for number in range(4):
        held.keep(google("upload", 0, b"abc", f"u{number}"))
    assert refused(held, google("upload", 0, b"abc", "u4")) == "too-many-held"
    held.keep(google("upload", 0, b"abc", "u5", BERT))
    assert held.table.count == 5


def test_a_flood_of_bytes_fills_neither_memory_nor_the_share_of_others() -> None:
    held = Held(held_bytes=100)
    held.keep(google("upload", 0, bytes(40), "u1"))
    assert refused(held, google("upload", 0, bytes(20), "u2")) == "too-many-held"
    held.keep(google("upload", 0, bytes(50), "u3", BERT))
    assert refused(held, google("upload", 40, bytes(20), "u1")) == "too-many-held"
    assert held.table.bytes == 50


def test_one_upload_holds_no_more_than_one_body_may() -> None:
    held = Held(body_bytes=10)
    held.keep(google("upload", 0, bytes(8)))
    assert refused(held, google("upload", 8, bytes(8))) == "too-large"
    held.keep(google("upload", 0, bytes(8)))
    assert refused(held, google("upload, finalize", 8, bytes(8))) == "too-large"


def test_a_crowd_of_tiny_pieces_is_bounded() -> None:
    held = Held(parts=10)
    for at in range(10):
        held.keep(google("upload", at, b"a"))
    assert refused(held, google("upload", 10, b"a")) == "too-many-parts"


def test_what_a_client_writes_beside_its_parts_does_not_leave() -> None:
    held = Held()
    smuggled = replace(part(b"ab"), headers=(*part(b"ab").headers, (b"X-Note", b"canary")))
    held.keep(smuggled)
    names = held.send_parts(b"cd")
    send = held.join(complete(names)).whole.send
    assert send is not None
    assert b"canary" not in repr((send.headers, send.wrap(b""))).encode()


def test_a_signed_last_piece_cannot_carry_a_whole() -> None:
    held = Held()
    held.keep(google("upload", 0, b"abc"))
    signed = headers(authorization="AWS4-HMAC-SHA256 Credential=A/b, SignedHeaders=host, Signature=0")
    last = google("upload, finalize", 3, b"d")
    first = held.take(
        replace(google("upload", 0, b"abc"), headers=(*google("upload", 0, b"abc").headers, *signed))
    )
    assert first is not None
    assert refused(held, replace(last, headers=(*last.headers, *signed))) == "split-upload"
