"""An archive to write articles into, and a short way to select from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from newsletter.config import Config
from newsletter.models import Article, Filters, Period, Selection
from newsletter.selector import period as periods
from newsletter.selector.archive import File
from newsletter.selector.article import Candidate, Reader, Unreadable
from newsletter.selector.duplicates import Had
from newsletter.selector.selection import PreviousIssues, select
from newsletter.settings import ComposeSettings, NewsletterSettings, SelectSettings

NOW = datetime.fromisoformat("2025-05-20T08:00:00+00:00")


def config(
    *, newsletter: Mapping[str, Any] | None = None, labels: Mapping[str, str] | None = None, **select: Any
) -> Config:
    """Make a configuration: `newsletter` and `select` are keys of those tables."""
    return Config(
        path=Path("/nowhere/newsletter.toml"),
        newsletter=NewsletterSettings(**{"name": "Test", "base_url": "https://news.example.org", **(newsletter or {})}),
        select=SelectSettings(**select),
        compose=ComposeSettings(labels=labels or {}),
    )


def week(when: str = "2025-W20", zone: str = "UTC") -> Period:
    """Return a week."""
    return periods.week(when, now=NOW, zone=ZoneInfo(zone))


def had(issue: str, path: str = "", source: str | None = None) -> Had:
    """Describe what an issue of the week before had; without `source` as an older issue says it."""
    return Had(issue=issue, end=week("2025-W19").end, path=path, source=source)


def toml(body: str = "<p>A text of its own.</p>", **fields: str) -> str:
    """Write an article in TOML: `fields` are keys with TOML values; title and date have defaults, None leaves out."""
    values = {"title": '"A story"', "date": '"2025-05-15T10:00:00Z"', **fields}
    lines = [f"{key} = {value}" for key, value in values.items() if value]
    return "+++\n" + "\n".join(lines) + f"\n+++\n\n{body}\n"


def read(content: str | bytes, path: str = "story.md", settings: Config | None = None) -> Candidate | Unreadable:
    """Read one file, whatever its date."""
    data = content.encode() if isinstance(content, str) else content
    found = Reader(settings or config()).read(File(path, data), archive=0, wanted=lambda when: True)
    assert found is not None
    return found


def article(content: str | bytes, path: str = "story.md", settings: Config | None = None) -> Article:
    """Read one file that is an article."""
    found = read(content, path, settings)
    assert isinstance(found, Candidate), found
    return found.article


def problem(content: str | bytes, path: str = "story.md") -> tuple[int, str]:
    """Read one file that is no article, and give (line, message)."""
    found = read(content, path)
    assert isinstance(found, Unreadable), found
    return found.invalid.line, found.invalid.message


@dataclass
class Site:
    """An archive on disk."""

    root: Path
    number: int = field(default=0)

    def write(self, path: str, content: str | bytes) -> Path:
        """Write a file below the archive."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def add(self, path: str = "", **fields: str) -> str:
        """Write an article with a text of its own in TOML, and give its path."""
        self.number += 1
        path = path or f"story-{self.number}.md"
        self.write(path, toml(body=f"<p>Text number {self.number} of {path}.</p>", **fields))
        return path

    def select(
        self,
        period: Period | None = None,
        *,
        settings: Config | None = None,
        filters: Mapping[str, Any] | None = None,
        now: datetime = NOW,
        submitted: Mapping[str, Had] | None = None,
        earlier: PreviousIssues | None = None,
        prescreen: bool = True,
    ) -> Selection:
        """Select from the archive; without a period it is the week of 12 May 2025, without filters no limit."""
        return select(
            [self.root],
            period or week(),
            filters=replace(Filters(limit=0), **(filters or {})),
            config=settings or config(),
            now=now,
            submitted=submitted,
            earlier=earlier,
            prescreen=prescreen,
        )


def paths(selection: Selection) -> list[str]:
    """List the paths of the selected articles, in reading order."""
    return [one.path for one in selection.articles]


def reasons(selection: Selection) -> dict[str, str]:
    """Map the paths of the skipped articles to their reasons."""
    return {one.path: one.reason.value for one in selection.skipped}
