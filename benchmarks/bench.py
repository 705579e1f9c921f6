"""Measure every figure that the project sets itself, in one table: goal, result, and where the others are better.

    python -m benchmarks.bench [--mjml PROGRAM] [--only NAME …] [--write docs/benchmarks.md]

Peers that are not installed are left out, and said to be. The same machine runs both sides, in turns; ratios count.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import compose, select_speed, send
from benchmarks.measure import run

ROOT = Path(__file__).parent.parent
WEEKS = 37


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table; `met` is None for what was not measured, or has no goal."""

    what: str
    against: str
    goal: str
    result: str
    met: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A temporary folder, the program of MJML, "" where it is not installed, and how long the largest list is."""

    folder: Path
    mjml: str
    largest: int

    def project(self) -> Path:
        """Return the project for sending, made once."""
        root = self.folder / "project"
        if not root.exists():
            send.make_project(root)
        return root


def select(place: Place) -> Iterator[Figure]:
    """Compare the selection of a week with grep and Hugo."""
    found = select_speed.speed(place.folder / "speed", 100_000)
    shutil.rmtree(place.folder / "speed")
    what = "`select --week` over 100,000 articles, wall time"
    grep = "`find … \\| xargs grep -l` over the same files"
    yield ratio(what, grep, found["grep"], 0.9)
    yield ratio(f"{what}, links of a Hugo site", grep, found["grep with a site"], 1.0)
    hugo = found.get("hugo list all")
    yield (
        ratio(what, "`hugo list all`", hugo, 1.0) if hugo else absent(what, "`hugo list all`", "Hugo is not installed")
    )


def growth(place: Place) -> Iterator[Figure]:
    """Compare the memory of two archives."""
    grown = select_speed.memory(place.folder / "memory")
    goal = "≤ 15 MB more"
    yield Figure(
        what="`select --week`, memory over 1,000,000 articles",
        against="10,000 articles",
        goal=goal,
        result=f"{grown:.1f} MB more",
        met=grown <= 15,
    )


def letter(place: Place) -> Iterator[Figure]:
    """Compare composing with MJML."""
    goals = (("wall time", 0.7), ("memory", 0.4), ("bytes of HTML", 0.4))
    if not place.mjml:
        yield absent("`compose` of 20 articles", "MJML compiling the same letter", "MJML is not installed")
        return
    for (name, goal), found in zip(goals, compose.measure(place.mjml, 5), strict=True):
        yield ratio(f"`compose` of 20 articles, whole process: {name}", "MJML compiling the same letter", found, goal)


def version(place: Place) -> Iterator[Figure]:
    """Compare the shortest run with Python's."""
    ours = [str(Path(sys.executable).with_name("newsletter")), "--version"]
    python = [sys.executable, "-c", "pass"]
    pairs = [(run(ours, place.folder).seconds, run(python, place.folder).seconds) for _ in range(15)]
    more = 1000 * statistics.median(one - other for one, other in pairs)
    yield Figure(
        what="`newsletter --version`",
        against="`python -c pass`",
        goal="≤ 40 ms more",
        result=f"{more:.0f} ms more",
        met=more <= 40,
    )


def scale(place: Place) -> Iterator[Figure]:
    """Measure the dry run for one million recipients and for the largest list."""
    numbers = (1_000_000, place.largest)
    for number, speed, most in zip(numbers, *send.scale(place.project(), numbers), strict=True):
        yield Figure(
            what=f"dry run for {number:,} recipients",
            against="-",
            goal="≥ 100,000 a second, < 80 MB",
            result=f"{speed:,.0f} a second, {most:.0f} MB",
            met=speed >= 100_000 and most < 80,
        )


def live(place: Place) -> Iterator[Figure]:
    """Compare sending with a plain loop."""
    found = send.live(place.project())
    yield Figure(
        what="live send to a loopback server, 100,000 recipients, with the journal on the disk: rate",
        against="a serial loop over the helpers of the `sendgrid` package, without a journal",
        goal="≥ 1.8 times",
        result=f"{found:.2f} times",
        met=found >= 1.8,
    )


def hostile(place: Place) -> Iterator[Figure]:
    """Measure the dearest hostile article."""
    folder = place.folder / "hostile"
    folder.mkdir()
    command = [sys.executable, "-m", "tests.cost.measure", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    seconds, most = max(one["seconds"] for one in found), max(one["megabytes"] for one in found)
    yield Figure(
        what=f"one hostile article of up to 1 MB, the worst of {len(found)}",
        against="the same issue without it",
        goal="≤ 2 s of CPU and 200 MB more",
        result=f"{seconds:.1f} s, {most:.0f} MB more",
        met=seconds <= 2 and most <= 200,
    )


def cron(place: Place) -> Iterator[Figure]:
    """Simulate runs with faults."""
    command = [sys.executable, "-m", "tests.simulation", "--seed", "1", "--days", str(7 * WEEKS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    broken = sum("  ! " in line for line in done.stdout.splitlines())
    yield Figure(
        what=f"{WEEKS} weeks of cron with faults",
        against="a ledger of articles and people",
        goal="every article in one issue or named, nobody twice",
        result=f"{broken} promises broken" if broken or not done.returncode else "the simulation failed",
        met=not done.returncode,
    )


def elsewhere(place: Place) -> Iterator[Figure]:
    """Say what this command cannot measure."""
    yield absent(
        "links over 29 real sites", "the generator's own list", "needs these sites; `tests/site` has crafted ones"
    )
    yield absent("contacts pushed to a marketing list", "-", "no command of this version measures it")


FIGURES: dict[str, Callable[[Place], Iterable[Figure]]] = {
    "elsewhere": elsewhere,
    "cron": cron,
    "select": select,
    "growth": growth,
    "compose": letter,
    "version": version,
    "scale": scale,
    "live": live,
    "hostile": hostile,
}


def ratio(what: str, against: str, found: float, goal: float) -> Figure:
    """Return a figure whose result is a share of the peer's."""
    return Figure(what=what, against=against, goal=f"≤ {goal:g} of it", result=f"{found:.2f} of it", met=found <= goal)


def absent(what: str, against: str, why: str) -> Figure:
    """Return a figure that was not measured."""
    return Figure(what=what, against=against, goal="-", result=f"not measured: {why}")


def table(figures: Iterable[Figure]) -> str:
    """Return the figures as a table in Markdown."""
    marks = {True: "yes", False: "**no**", None: "-"}
    rows = ["| what | against | goal | result | reached |", "| --- | --- | --- | --- | --- |"]
    rows += [f"| {one.what} | {one.against} | {one.goal} | {one.result} | {marks[one.met]} |" for one in figures]
    return "\n".join(rows)


def page(figures: list[Figure]) -> str:
    """Return docs/benchmarks.md."""
    lost = [f"- {one.what}: {one.result}; the goal is {one.goal}." for one in figures if one.met is False]
    worse = "\n".join(lost) or "- In this run, nowhere."
    machine = (
        f"{os.cpu_count()} processors, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    )
    return f"""\
# Benchmarks

`make bench` measures all of this and writes this page. Both sides of a ratio run on the same machine, in turns, as
whole processes; the median counts. This run: {machine}.
Other work on the machine changes times, and ratios less.

{table(figures)}

## Where we lose

{worse}

Beyond these figures: grep finds any word in an archive, and `select` the articles of a week alone. Hugo builds the
site, and this program only reads its rules. MJML has components that these templates do not have, and editors. The
plain loop has no journal: a run that is interrupted starts again from the beginning, or not at all.
"""


def main() -> None:
    """Measure, print the table, and write the page if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mjml", default=shutil.which("mjml") or "")
    parser.add_argument("--only", nargs="+", choices=list(FIGURES), default=list(FIGURES))
    parser.add_argument("--largest", type=int, default=10_000_000, help="recipients of the largest list")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    mjml = options.mjml if options.mjml and Path(options.mjml).exists() else ""
    with tempfile.TemporaryDirectory(prefix="newsletter-bench-") as folder:
        place = Place(folder=Path(folder), mjml=mjml, largest=options.largest)
        figures = [figure for name in options.only for figure in FIGURES[name](place)]
    print(table(figures))
    if options.write:
        options.write.write_text(page(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
