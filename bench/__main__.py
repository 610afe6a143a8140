"""`python -m bench [--data DIR] [--quick] [NAME ...]`: every benchmark, one table."""

import argparse
import importlib
import sys
from pathlib import Path

from bench.table import Options, Row

HERE = Path(__file__).parent


def main() -> int:
    """Run the named benchmarks, or all of them; exit 0 when every bar that has a target was met."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", help="benchmarks to run, e.g. wire audit; all when none is named")
    parser.add_argument("--data", type=Path, help="folder of the picture corpus (with manifest.csv)")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    arguments = parser.parse_args()
    options = Options(data=arguments.data, quick=arguments.quick)
    names = arguments.names or sorted(p.stem.removeprefix("bench_") for p in HERE.glob("bench_*.py"))
    missed = 0
    print(f"{'figure':58} {'value':>12} {'unit':8} {'ratio':>8}  {'peer or limit':34} {'target':14} met")
    for name in names:
        module = importlib.import_module(f"bench.bench_{name}")
        for row in module.rows(options):
            print(line(row), flush=True)
            missed += row.met is False
    print(f"bench: {missed} target(s) missed")
    return 0


def line(row: Row) -> str:
    """One row as people read it."""
    ratio = "" if row.ratio is None else f"{row.ratio:8.3f}"
    peer = row.peer if row.peer_value is None else f"{row.peer} = {row.peer_value:.4g}"
    met = {True: "yes", False: "NO", None: "-"}[row.met]
    note = f"  ({row.note})" if row.note else ""
    return f"{row.name:58} {row.value:12.4g} {row.unit:8} {ratio:>8}  {peer:34} {row.target:14} {met}{note}"


if __name__ == "__main__":
    sys.exit(main())
