"""Simulate years of regular runs: ``python -m tests.simulation --seed 1 --cadence weekly --machines 2 --days 730``."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.simulation.world import simulate


def main() -> int:
    """Print what each seed came to; 1 where a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--cadence", choices=["weekly", "daily"], default="weekly")
    parser.add_argument("--machines", type=int, default=1)
    parser.add_argument("--days", type=int, default=730)
    given = parser.parse_args()
    broken = 0
    for seed in given.seed:
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            report = simulate(Path(folder) / "world", seed, given.cadence, given.machines, given.days)
        took = time.monotonic() - began
        bad = [*report.twice_people, *report.twice_articles, *report.lost, *report.silent]
        lines = [f"seed {seed}, {given.cadence}, machines: {given.machines}, {took:.0f} s"]
        lines += [f"  {line}" for line in report.lines()] + [f"  ! {line}" for line in bad[:20]]
        sys.stdout.write("\n".join([*lines, ""]))
        sys.stdout.flush()
        broken += bool(bad)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
