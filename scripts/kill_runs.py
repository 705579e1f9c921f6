"""Kill sending runs at random, many times: ``python -m scripts.kill_runs [KILLS] [--seed N]``.

Each round is one issue to 3,500 people: its run is killed one to three times, at a random commit, stage of a request
or moment, and then completed. After every step the journal is compared with the fake SendGrid's ledger.
"""

import argparse
import random
import shutil
import tempfile
import time
from pathlib import Path

from tests.conftest import Project
from tests.sender.conftest import make_project
from tests.sender.killing import COMMITS, REQUESTS, Point, kill_and_resume


def random_point(chance: random.Random) -> Point:
    """Choose where a run is killed."""
    when = chance.choice([*COMMITS, *REQUESTS, "time", "time"])
    most = {"time": 900, **dict.fromkeys(COMMITS, 12)}.get(when, 4)
    return Point(number=chance.randrange(most), when=when)


def main() -> None:
    """Kill runs until there were enough; the first broken guarantee ends it with a traceback."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kills", nargs="?", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    kills = rounds = 0
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        composed = make_project(Path(folder) / "composed", 3500)
        while kills < options.kills:
            points = [random_point(chance) for _ in range(chance.randint(1, 3))]
            root = Path(folder) / "round"
            shutil.copytree(composed.root, root)
            kills += kill_and_resume(Project(root=root, env=composed.env), points)
            shutil.rmtree(root)
            rounds += 1
            if rounds % 25 == 0:
                print(f"{kills} kills in {rounds} rounds, {time.monotonic() - began:.0f} s", flush=True)
    took = time.monotonic() - began
    print(f"{kills} kills in {rounds} rounds, {took:.0f} s, seed {options.seed}: nobody twice, nobody lost")


if __name__ == "__main__":
    main()
