"""The counts over an archive of real articles are those of a plain loop over its files."""

import os
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
import tomli

from tests.conftest import Project

FOLDER = Path(os.environ.get("NEWSLETTER_REAL_ARTICLES", Path(__file__).parents[3] / "shared" / "articles"))

CONFIG = """\
[newsletter]
name = "Real"
base_url = "https://news.example.org"
archive = {archive}
"""


def week_of(path: Path) -> str:
    """Return the ISO week of a file's date, in UTC, by nothing but the TOML parser."""
    front = tomli.loads(path.read_text(encoding="utf-8").split("+++")[1])
    when = front["date"]
    year, week, _ = date.fromisoformat(when[:10]).isocalendar()
    assert when.endswith("Z")
    return f"{year}-W{week:02}"


@pytest.mark.skipif(not FOLDER.is_dir(), reason="no archive of real articles; name one in NEWSLETTER_REAL_ARTICLES")
def test_the_counts_are_those_of_a_plain_loop(project: Project) -> None:
    """Scanned, in the week, selected and left out: nothing is missing, nothing comes twice."""
    files = sorted(FOLDER.rglob("*.md"))
    weeks = Counter(week_of(path) for path in files)
    project.configure(CONFIG.format(archive=repr(str(FOLDER))))
    for week, limit in (("2025-W42", 20), ("2025-W40", 5)):
        done = project.run(
            "select", "--week", week, "--limit", str(limit), "--explain", "--json", now="2025-11-01T00:00:00Z"
        )
        document = done.document
        counts = document["counts"]
        assert counts["scanned"] == len(files)
        assert counts["in_period"] == weeks[week]
        assert counts["invalid"] == counts["undated"] == 0
        assert counts["articles"] == len(document["articles"]) == limit
        assert counts["skipped"] == len(document["skipped"]) == weeks[week] - limit
        paths = [one["path"] for one in document["articles"] + document["skipped"]]
        assert sorted(paths) == sorted(p.relative_to(FOLDER).as_posix() for p in files if week_of(p) == week)
        assert {one["reason"] for one in document["skipped"]} <= {"limit", "duplicate"}
