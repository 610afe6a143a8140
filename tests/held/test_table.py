"""What is held, for whom, how much of it, and for how long."""

import pytest

from gateway.held import HeldError
from tests.held.made import ANNA, Held, Purse, complete, google, part


def test_pieces_and_the_decision_share_an_id() -> None:
    held = Held()
    first = held.keep(google("upload", 0, b"abc"))
    joined = held.join(google("upload, finalize", 3, b"d"))
    assert first.matter == joined.matter
    assert held.ended == []


def test_a_whole_is_held_until_its_sender_has_the_answer() -> None:
    held = Held()
    held.keep(google("upload", 0, b"abc"))
    joined = held.join(google("upload, finalize", 3, b"d"))
    assert sorted(held.purse.held.values()) == [3, 4]
    held.table.done(joined.number)
    assert (held.table.count, held.purse.held) == (0, {})


def test_a_whole_that_did_not_arrive_can_be_completed_again_under_another_id() -> None:
    held = Held()
    held.keep(google("upload", 0, b"abc"))
    joined = held.join(google("upload, finalize", 3, b"d"))
    held.table.again(joined.number)
    assert list(held.purse.held.values()) == [3]
    second = held.join(google("upload, finalize", 3, b"d"))
    assert second.whole.transfer.body == joined.whole.transfer.body
    assert second.matter != joined.matter


def test_an_upload_that_is_cancelled_is_forgotten_and_written_down() -> None:
    held = Held()
    kept = held.keep(google("upload", 0, b"abc"))
    assert held.take(google("cancel", None, b"")) is None
    assert [(end.matter, end.bytes, end.why) for end in held.ended] == [(kept.matter, 3, "cancelled")]
    assert held.purse.held == {}


def test_an_upload_that_stops_half_way_is_forgotten_and_written_down() -> None:
    held = Held(held_seconds=60)
    kept = held.keep(google("upload", 0, b"abc"))
    held.now = 59.9
    held.table.sweep()
    assert held.table.count == 1
    held.now = 60.0
    held.table.sweep()
    assert [(end.matter, end.why, end.about.sender, end.about.body) for end in held.ended] == [
        (kept.matter, "expired", ANNA, b"")
    ]
    assert (held.table.count, held.table.bytes, held.purse.held) == (0, 0, {})


def test_whatever_is_held_at_the_end_is_written_down() -> None:
    held = Held()
    held.keep(google("upload", 0, b"abc"))
    held.keep(google("upload", 0, b"abc", "u2"))
    held.table.sweep(everything=True)
    assert [end.why for end in held.ended] == ["stopped", "stopped"]


def test_a_refused_piece_ends_its_upload_and_names_it() -> None:
    held = Held()
    kept = held.keep(google("upload", 0, b"abc"))
    with pytest.raises(HeldError) as caught:
        held.keep(google("upload", 9, b"abc"))
    assert caught.value.matter == kept.matter
    assert (held.table.count, held.purse.held) == (0, {})


def test_the_gateways_own_budget_counts_too() -> None:
    held = Held(Purse(5))
    held.keep(google("upload", 0, b"abc"))
    with pytest.raises(HeldError) as caught:
        held.keep(google("upload", 0, b"abc", "u2"))
    assert caught.value.reason == "too-many-held"
    with pytest.raises(HeldError) as caught:
        held.join(google("upload, finalize", 3, b"d"))
    assert caught.value.reason == "too-many-held"
    assert held.purse.held == {}


def test_parts_that_are_not_named_do_not_go_along() -> None:
    held = Held()
    first, _, third = held.send_parts(b"ab", b"XX", b"cd")
    joined = held.join(complete([first, third]))
    assert joined.whole.transfer.body == b"abcd"


def test_nothing_held_is_shown() -> None:
    held = Held()
    held.keep(part(b"secret-bytes"))
    assert "secret-bytes" not in repr(held.table)
