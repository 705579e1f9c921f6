"""What earlier issues tell about the next one: what readers already have, and what they were not shown."""

from datetime import datetime
from typing import TYPE_CHECKING

from newsletter.config import Config
from newsletter.documents import parse_period
from newsletter.issues import issue_ids, load_build
from newsletter.models import Period

if TYPE_CHECKING:
    from newsletter.selector.selection import Late

__all__ = ["earlier_issue", "last_end", "sending_has_begun", "submitted_articles"]


def sending_has_begun(config: Config, issue: str) -> bool:
    """Tell whether the journal knows an issue, which must then stay as it is."""
    if not _anything_was_sent(config):
        return False
    from newsletter.sender.desk import overview

    return overview(config, issue) is not None


def submitted_articles(config: Config) -> dict[str, str]:
    """Map the keys of the articles that went out to the issue that had them."""
    builds = {name: load_build(config.issues / name) for name in _submitted_issues(config)}
    return {entry["key"]: name for name, build in builds.items() for entry in build["entries"]}


def last_end(config: Config) -> datetime | None:
    """Give the end of the last submitted issue's period, None before the first."""
    names = _submitted_issues(config)
    return max((parse_period(load_build(config.issues / name)["period"]).end for name in names), default=None)


def earlier_issue(config: Config, period: Period) -> "Late | None":
    """Find the issue whose period ends where `period` begins, and what it saw; None where there is none."""
    from newsletter.selector.selection import Late

    for name in issue_ids(config.issues):
        build = load_build(config.issues / name)
        before = parse_period(build["period"])
        if before.end == period.start and before.kind == period.kind:
            return Late(period=before, seen=frozenset(build["seen"]))
    return None


def _submitted_issues(config: Config) -> tuple[str, ...]:
    """List the issues that the provider accepted for anybody, the earliest period first."""
    if not _anything_was_sent(config):
        return ()
    from newsletter.sender.desk import issues_in
    from newsletter.sender.status import State

    submitted = issues_in(config, State.SUBMITTED)
    return tuple(name for name in issue_ids(config.issues) if name in submitted)


def _anything_was_sent(config: Config) -> bool:
    """Tell whether there is a journal; without one the sender's rooms need not even be entered, which takes time."""
    return (config.root / config.send.journal).exists()
