"""`python -m tests.fuzz`: compositions of wrappers, then every parser of ours under atheris."""

import argparse
import sys
import time

from tqdm import tqdm

from tests.fuzz.compositions import bypass, drawn, false_refusal, rules
from tests.fuzz.parsers import run_all


def compositions(count: int, minutes: float, seed: int) -> int:
    """Try compositions; says which of them break a law, and how many did."""
    rules()
    started, broken, refused, twins = time.monotonic(), 0, 0, 0
    stop = started + 60 * minutes if minutes else float("inf")
    for number, how in enumerate(tqdm(drawn(seed), total=count, unit="", mininterval=5)):
        if number >= count or time.monotonic() > stop:
            break
        if bypass(how):
            broken += 1
            print(f"BYPASS {how}", flush=True)
        if how.understood:
            twins += 1
            if false_refusal(how):
                refused += 1
                print(f"REFUSED {how}", flush=True)
    print(f"compositions: {number}, bypasses: {broken}, benign: {twins}, benign refused: {refused}")
    return broken


def main() -> int:
    """Run what was asked for; 1 where a law was broken or a parser failed."""
    ask = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    ask.add_argument("--count", type=int, default=20_000, help="compositions at most")
    ask.add_argument("--minutes", type=float, default=0, help="minutes for the compositions at most")
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--seconds", type=int, default=20, help="for each parser; 0 leaves the parsers out")
    given = ask.parse_args()
    broken = compositions(given.count, given.minutes, given.seed)
    failed = run_all(given.seconds) if given.seconds else 0
    return int(bool(broken or failed))


if __name__ == "__main__":
    sys.exit(main())
