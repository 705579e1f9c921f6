"""Measure `newsletter select --week` beside grep and Hugo, over generated articles, with and without a site.

    python -m benchmarks.select_speed                    speed over 100,000 articles, memory from 10,000 to 1,000,000
    python -m benchmarks.select_speed --articles 20000   a quick look
    python -m benchmarks.select_speed --skip-memory

With a site, the articles are those of a Hugo site, whose configuration is read and decides each link. Articles are
2.6 kB each, in one flat folder of a temporary place, about 950 of them in the week asked for. Each tool
runs once to warm the cache; then they take turns, and the medians of five runs each are compared. The program is
compiled before, as an installation does. For memory most files are hard links to a few: names and sizes of a million
articles without their four gigabytes. Select reads with two processes; the reported peak is that of the larger one.
"""

import argparse
import compileall
import os
import random
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import newsletter
from benchmarks.measure import run

WEEK = "2025-W42"
MONDAY = datetime(2025, 10, 13, tzinfo=UTC)
IN_WEEK = 950
ROUNDS = 5
_TEXT = """
    market company energy report launch growth partner season product global network study health science water data
    cloud city first open local river north plan small early music field line paper house light road
"""
WORDS = _TEXT.split()
CONFIG = """\
[newsletter]
name = "Benchmark"
base_url = "https://news.example.org"
"""
HUGO = """\
baseURL = "https://news.example.org"
title = "Benchmark"
timeZone = "UTC"
ignoreFiles = ["\\\\.tmp$"]
[permalinks]
posts = "/:year/:month/:slug/"
[[cascade]]
draft = true
[cascade.target]
path = "/private/**"
"""
SITE = f"""\
{CONFIG}
[site]
folder = "."
sections = [""]
"""
CONFIGS = {"": CONFIG, "with a site": SITE}


def main() -> None:
    """Run the requested comparisons, and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--skip-memory", action="store_true")
    parser.add_argument("--folder", type=Path, help="where to put the archives for the time being")
    options = parser.parse_args()
    compileall.compile_dir(Path(newsletter.__file__).parent, quiet=1)
    with tempfile.TemporaryDirectory(prefix="newsletter-benchmark-", dir=options.folder) as place:
        speed(Path(place) / "speed", options.articles)
        if not options.skip_memory:
            memory(Path(place) / "memory")


def speed(root: Path, articles: int) -> dict[str, float]:
    """Compare wall times; return the ratios by the names of the rivals."""
    write_project(root)
    for number, (stamp, text) in enumerate(make_articles(articles)):
        (root / "content" / f"{stamp:%Y-%m-%d}-{number}.md").write_text(text, encoding="utf-8")
    print(f"{articles:,} articles, {total_size(root) / articles:,.0f} bytes each, {IN_WEEK} in {WEEK}")
    pattern = '^date = "2025-10-1[3-9]T'
    rivals = {"grep": ["sh", "-c", f"find content -name '*.md' -print0 | xargs -0 grep -l '{pattern}'; true"]}
    if shutil.which("hugo"):
        rivals["hugo list all"] = ["hugo", "list", "all"]
    else:
        print("hugo is not installed: left out")
    return {
        f"{name} {kind}".strip(): compare(name, one, root, kind) for name, one in rivals.items() for kind in CONFIGS
    }


def compare(name: str, rival: Sequence[str], root: Path, kind: str) -> float:
    """Run a rival and the program in turns, print the ratios of wall and processor time, and return the first."""
    (root / "newsletter.toml").write_text(CONFIGS[kind], encoding="utf-8")
    run(rival, root)
    run(select_command(), root)
    pairs = [(run(select_command(), root), run(rival, root)) for _ in range(ROUNDS)]
    ours = statistics.median(mine.seconds for mine, _ in pairs)
    theirs = statistics.median(other.seconds for _, other in pairs)
    ratio = statistics.median(mine.seconds / other.seconds for mine, other in pairs)
    busy = statistics.median(mine.busy / other.busy for mine, other in pairs)
    said = f"{name:14} {theirs:6.2f} s   select {kind:11} {ours:5.2f} s   ratio {ratio:.3f}"
    print(f"{said}, of processor time {busy:.3f}; {1 / ratio:.1f} times as fast")
    return ratio


def memory(root: Path) -> float:
    """Compare peak memory over archives that differ only in the articles of other weeks; return the growth in MB."""
    peaks = {}
    for articles in (10_000, 1_000_000):
        project = root / str(articles)
        write_project(project)
        write_linked(project / "content", articles)
        done = run(select_command(), project)
        peaks[articles] = done.peak
        print(f"{articles:9,} files   {done.peak:6.1f} MB at the peak   {done.seconds:6.2f} s")
        shutil.rmtree(project)
    small, large = peaks.values()
    print(f"growth {large - small:.1f} MB")
    return large - small


def write_linked(content: Path, articles: int) -> None:
    """Write the week's articles and a thousand others, then links to these up to the number wanted."""
    others = []
    for number, (stamp, text) in enumerate(make_articles(IN_WEEK + 1000)):
        path = content / f"{stamp:%Y-%m-%d}-{number}.md"
        path.write_text(text, encoding="utf-8")
        if number >= IN_WEEK:
            others.append(path)
    for number in range(IN_WEEK + len(others), articles):
        os.link(others[number % len(others)], content / f"linked-{number}.md")


def write_project(root: Path) -> None:
    """Make a newsletter and a Hugo site of one empty content folder."""
    (root / "content").mkdir(parents=True)
    (root / "newsletter.toml").write_text(CONFIG, encoding="utf-8")
    (root / "config.toml").write_text(HUGO, encoding="utf-8")


def make_articles(number: int) -> Iterator[tuple[datetime, str]]:
    """Make articles of two years: first those of the week, then the others."""
    chance = random.Random(number)
    for index in range(number):
        if index < IN_WEEK:
            stamp = MONDAY + timedelta(seconds=chance.randrange(7 * 86_400))
        else:
            stamp = MONDAY - timedelta(seconds=chance.randrange(1, 730 * 86_400))
        yield stamp, make_article(stamp, index, chance)


def make_article(stamp: datetime, number: int, chance: random.Random) -> str:
    """Write one article of about 2.6 kB with the keys that the real ones have."""
    words = chance.choices(WORDS, k=330)
    title, slug = " ".join(words[:9]).title(), f"{stamp:%Y-%m-%d}-{'-'.join(words[:9])}-{number}"
    paragraphs = "".join(f"<p>{' '.join(words[start : start + 45])}.</p>" for start in range(60, 330, 45))
    return f"""+++
title = "{title}"
date = "{stamp:%Y-%m-%dT%H:%M:%SZ}"
draft = false
summary = "{" ".join(words[9:39])}"
description = "{" ".join(words[39:60])}"
source_link = "https://press.example.com/{slug}"
enclosure = "https://cdn.example.com/banners/{words[0]}-{number % 9}.jpg"
article_id = {number}
feed_item_id = {number * 7}
url = "{slug}"
qrcode = "https://cdn.example.com/qrcode/{number}.webp"
source = "Example Wire"
+++

{paragraphs}
"""


def total_size(root: Path) -> int:
    """Add up the sizes of the articles."""
    with os.scandir(root / "content") as entries:
        return sum(entry.stat().st_size for entry in entries)


def select_command() -> list[str]:
    """Return the command as a cron job runs it."""
    return [
        sys.executable,
        "-m",
        "newsletter",
        "--now",
        "2025-10-21T08:00:00Z",
        "-q",
        "select",
        "--week",
        WEEK,
        "--json",
    ]


if __name__ == "__main__":
    main()
