"""Every delivery has a durable decision, however the gateway ends."""

from pathlib import Path

from tests.support.kill_loop import kill_loop

ROUNDS = 20  # 200 in `make bench`, more by LEADGLASS_BENCH_KILLS


def test_what_arrived_was_recorded_before_it_left(tmp_path: Path) -> None:
    report = kill_loop(tmp_path, ROUNDS)
    assert report.delivered > ROUNDS
    assert report.unrecorded == 0
    assert report.open_decisions == 0
    assert report.recorded >= report.delivered
