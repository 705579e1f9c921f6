"""What earlier issues tell about the next one: what readers already have, and what they were not shown."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from newsletter.build import Build
from newsletter.config import Config
from newsletter.errors import IssueError, NewsletterError
from newsletter.issues import BUILD, load_builds
from newsletter.models import Period

if TYPE_CHECKING:
    from newsletter.selector.selection import Late

__all__ = ["History", "load_history", "sending_has_begun"]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The project's issues, the one whose period ends first in front, and which of them readers have.

    `damaged` are those whose build.json cannot be read: what they held is not known. `lost` is the last one that
    readers have, where its folder is gone.
    """

    builds: Mapping[str, Build]
    submitted: Set[str]
    damaged: tuple[NewsletterError, ...] = ()
    lost: str = ""

    def submitted_articles(self) -> dict[str, str]:
        """Map the keys and the marks of the articles that went out to the issue that had them."""
        sent = {name: build for name, build in self.builds.items() if name in self.submitted}
        keys = {entry.key: name for name, build in sent.items() for entry in build.outline.entries}
        marks = {one.mark: name for name, build in sent.items() for one in build.articles if one.mark}
        return keys | marks

    def reported(self) -> frozenset[str]:
        """Give the paths of the files that could not be read when an issue was composed, and were reported then."""
        return frozenset(path for build in self.builds.values() for path in build.choice.broken)

    def last_end(self) -> datetime | None:
        """Give the end of the last submitted issue's period, None before the first."""
        return max((self.builds[name].outline.period.end for name in self.submitted), default=None)

    def earlier(self, period: Period, first_weekday: int) -> "Late | None":
        """Give the period before `period` and what its issues saw; None where no issue came before.

        A period of days has no regular one before it: there it is that of the issue which ends where it begins.
        """
        from newsletter.selector.period import previous
        from newsletter.selector.selection import Late

        periods = [build.outline.period for build in self.builds.values()]
        if period.kind == "days":
            before = next((one for one in periods if one.end == period.start), None)
        else:
            running = any(one.kind == period.kind and one.end <= period.start for one in periods)
            before = previous(period, first_weekday=first_weekday) if running else None
        if before is None:
            return None
        meeting = [build.choice for build in self.builds.values() if build.outline.period.meets(before)]
        seen = frozenset(key for choice in meeting for key in choice.seen)
        broken = frozenset(path for choice in meeting for path in choice.broken)
        return Late(period=before, seen=seen, waiting=self._waiting(period), broken=broken)

    def _waiting(self, period: Period) -> dict[str, str]:
        """Map the keys of what issues before `period` saw unpublished, and no later one of them published, to paths."""
        waiting: dict[str, str] = {}
        for build in self.builds.values():
            if build.outline.period.start < period.start:
                waiting = {key: path for key, path in waiting.items() if key not in build.choice.seen}
                waiting |= build.choice.waiting
        return waiting


def load_history(config: Config) -> History:
    """Read what the issue folders and the journal know; IssueError where readers have an issue that is damaged."""
    builds, damaged = load_builds(config.issues)
    submitted = _submitted_issues(config)
    for name in submitted:
        if name not in builds and (config.issues / name).is_dir():
            hint = "bring it back from a backup; or remove the folder, and what readers got may come again"
            problem = "cannot be read, and readers have this issue"
            raise IssueError(problem, place=str(config.issues / name / BUILD), hint=hint)
    lost = submitted[-1] if submitted and submitted[-1] not in builds else ""
    return History(builds=builds, damaged=damaged, submitted=builds.keys() & submitted, lost=lost)


def sending_has_begun(config: Config, issue: str) -> bool:
    """Tell whether the journal knows an issue, which must then stay as it is."""
    if not _has_journal(config):
        return False
    from newsletter.sender.desk import known_issues

    return issue in known_issues(config)


def _submitted_issues(config: Config) -> tuple[str, ...]:
    """Name the issues that the provider accepted for anybody, the first one in front."""
    if not _has_journal(config):
        return ()
    from newsletter.sender.desk import issues_in
    from newsletter.sender.status import State

    return issues_in(config, State.SUBMITTED)


def _has_journal(config: Config) -> bool:
    """Tell whether there is a journal; without one the sender's rooms need not even be entered, which takes time."""
    return config.journal.exists()
