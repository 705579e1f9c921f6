"""What earlier issues mean for the next one: which articles were sent, and which were not seen."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from newsletter.build import ArticleRecord, Build
from newsletter.config import Config
from newsletter.errors import IssueError, NewsletterError
from newsletter.issues import BUILD, issue_id, load_builds
from newsletter.marks import HandedOver, SentElsewhere, handed_over, has_mark, read_mark
from newsletter.models import Options, OutlineEntry, Period, PeriodKind

if TYPE_CHECKING:
    from newsletter.selector.duplicates import Had
    from newsletter.selector.selection import PreviousIssues

__all__ = ["History", "Seen", "load_history", "sending_has_begun", "sent_elsewhere"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What an issue had that any machine may have sent: the keys of its articles and of those left out."""

    issue: str
    kind: PeriodKind
    start: datetime
    end: datetime
    articles: frozenset[str]
    left_out: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The newsletter's issues, sorted by the end of their period, and which of them were sent.

    `damaged` are those whose build.json cannot be read, so that their contents are unknown. `lost` is the last sent
    issue, if its folder is missing. With `catch_up` what came late is looked for back to the first issue, and
    comes where it is not older than that (rule 2 of ``run``); `since` is then when the first issue of each kind began.
    """

    slug: str
    builds: Mapping[str, Build]
    submitted: Set[str]
    damaged: tuple[NewsletterError, ...] = ()
    lost: str = ""
    catch_up: timedelta | None = None
    since: Mapping[str, datetime] = field(default_factory=dict)
    elsewhere: tuple[Seen, ...] = ()

    def catching_up(
        self, span: timedelta, *, spent: Set[str], open_: Set[str], elsewhere: tuple[Seen, ...] = ()
    ) -> "History":
        """Return the history that a run goes by: nobody has, or will get, the issues that are `spent`.

        Those that are `open_` will be sent, or may have been: they count as if they were, as do those of `elsewhere`.
        """
        since = dict(self.since)
        periods = [build.outline.period for build in self.builds.values()]
        for kind, start in [*((one.kind, one.start) for one in periods), *((one.kind, one.start) for one in elsewhere)]:
            since[kind] = min(start, since.get(kind, start))
        builds = {name: build for name, build in self.builds.items() if name not in spent}
        submitted = builds.keys() & (self.submitted | open_)
        return replace(self, builds=builds, catch_up=span, since=since, submitted=submitted, elsewhere=elsewhere)

    def without(self, issue: str) -> "History":
        """Return the history for composing `issue` again: without that issue."""
        return replace(self, builds={name: build for name, build in self.builds.items() if name != issue})

    def submitted_articles(self) -> "dict[str, Had]":
        """Map the keys and fingerprints of the articles that were sent to their record."""
        keys: dict[str, Had] = {}
        marks: dict[str, Had] = {}
        for seen in self.elsewhere:
            keys |= dict.fromkeys(seen.articles, _had_elsewhere(seen))
        for name, build in self.builds.items():
            if name in self.submitted:
                used = {one.key: one for one in build.articles}
                keys |= {entry.key: _had(name, build, used.get(entry.key)) for entry in build.outline.entries}
                marks |= {one.mark: _had(name, build, one) for one in build.articles if one.mark}
        return keys | marks

    def reported(self) -> frozenset[str]:
        """Return the paths of the files that could not be read when an issue was composed, and were reported then."""
        return frozenset(path for build in self.builds.values() for path in build.choice.broken)

    def last_end(self) -> datetime | None:
        """Return the end of the last submitted issue's period, None before the first."""
        ends = [self.builds[name].outline.period.end for name in self.submitted]
        return max([*ends, *(one.end for one in self.elsewhere)], default=None)

    def earlier(self, period: Period, options: Options, first_weekday: int) -> "PreviousIssues | None":
        """Return the time before `period` and the articles seen of it; None if there is no earlier issue.

        Articles of an earlier issue were seen. Those that it left out were seen by the issues that continue it, which
        an issue of `period` with the command line's filters `options` may be.
        """
        from newsletter.selector.selection import PreviousIssues

        past = {name: build for name, build in self.builds.items() if self._is_before(name, build, period)}
        line = self._line(past, options)
        if not (line or (self.catch_up and period.kind in self.since)):
            return None
        before = self._time_before(period, line, first_weekday)
        had = frozenset(entry.key for build in past.values() for entry in build.outline.entries)
        held = had.union(*(one.articles for one in self.elsewhere))  # free again where that issue is given up
        choices = [build.choice for build in line if build.outline.period.meets(before)]
        return PreviousIssues(
            period=before,
            seen=had.union(*(choice.seen for choice in choices), *self._seen_elsewhere()),
            waiting={key: path for key, path in _waiting(line).items() if key not in held},
            broken=frozenset(path for choice in choices for path in choice.broken),
            had=_marks(past),
            claimed=_claimed(past),
            reach=period.start - self.catch_up if self.catch_up is not None else None,
        )

    def _seen_elsewhere(self) -> Iterable[frozenset[str]]:
        return (keys for one in self.elsewhere for keys in (one.articles, one.left_out))

    def _time_before(self, period: Period, line: Iterable[Build], first_weekday: int) -> Period:
        if self.catch_up is not None:
            return replace(period, start=min(self.since.get(period.kind, period.start), period.start), end=period.start)
        return _time_before(period, [build.outline.period for build in line], first_weekday)

    def _is_before(self, name: str, build: Build, period: Period) -> bool:
        """Return whether an issue precedes that of `period`; one with its name is the same issue, composed earlier."""
        return build.outline.period.start < period.start and name != issue_id(self.slug, period)

    def _line(self, past: Mapping[str, Build], options: Options) -> list[Build]:
        """List the issues that one with the filters `options` continues.

        These are the issues with the same filters and, for times that none of them covers, those that are named after
        their period: an extra issue takes nothing away from the next regular one.
        """
        same = {name for name, build in past.items() if _scope(build.choice.options) == _scope(options)}
        times = [past[name].outline.period for name in same]

        def fills_in(name: str, period: Period) -> bool:
            return name == issue_id(self.slug, period) and not any(map(period.meets, times))

        return [build for name, build in past.items() if name in same or fills_in(name, build.outline.period)]


def _scope(options: Options) -> Options:
    """Return the filters among a command line's options; options that name single articles are not filters."""
    return replace(options, include=(), exclude=())


def _time_before(period: Period, earlier: Iterable[Period], first_weekday: int) -> Period:
    """Return the time before `period` that belongs to it; empty if there is no earlier issue of that kind.

    It begins with the last issue's period, which need not touch `period`. After a gap of two periods or more, it is
    only the period just before, because nobody wants a backlog after a pause.
    """
    from newsletter.selector.period import previous

    last = max((one for one in earlier if one.kind == period.kind), key=lambda one: one.end, default=None)
    if last is None:
        return replace(period, end=period.start)
    before = previous(period, first_weekday=first_weekday)
    pause = previous(before, first_weekday=first_weekday)
    return replace(before, start=last.start) if last.end > pause.start else before


def _waiting(line: Iterable[Build]) -> dict[str, str]:
    """Map the keys of articles that these issues saw unpublished, and none included later, to their paths."""
    waiting: dict[str, str] = {}
    for build in line:
        waiting = {key: path for key, path in waiting.items() if key not in build.choice.seen}
        waiting |= build.choice.waiting
    return waiting


def _had(issue: str, build: Build, used: ArticleRecord | None) -> "Had":
    """Return the record of one article of an issue."""
    from newsletter.selector.duplicates import Had

    end = build.outline.period.end
    return Had(issue=issue, end=end, path=used.path, source=used.source) if used else Had(issue=issue, end=end)


def _had_elsewhere(seen: Seen) -> "Had":
    from newsletter.selector.duplicates import Had

    return Had(issue=seen.issue, end=seen.end)


def _claimed(past: Mapping[str, Build]) -> dict[str, set[tuple[str, str | None]]]:
    """Map each key to the (path, source) of the articles that issues saw under it."""
    claimed: dict[str, set[tuple[str, str | None]]] = {}
    for build in past.values():
        used = [(one.key, one.path, one.source) for one in build.articles]
        for key, path, source in used + build.choice.claims:
            claimed.setdefault(key, set()).add((path, source))
    return claimed


def _marks(past: Mapping[str, Build]) -> "dict[tuple[str, str], Had]":
    """Map the sources and texts of the issues' articles to the last issue with them."""
    return {
        (what, value): _had(name, build, article)
        for name, build in past.items()
        for article in build.articles
        for what, value in (("source_link", article.source_link), ("text", article.text))
        if value
    }


def load_history(config: Config) -> History:
    """Read the history of the configured newsletter from the issue folders and the journal.

    Raises IssueError if a sent issue is damaged: its contents and its newsletter are unknown.
    """
    slug = config.newsletter.slug
    found, damaged = load_builds(config.issues)
    builds = {name: build for name, build in found.items() if build.belongs_to(slug)}
    elsewhere = _sent_elsewhere(config, builds)
    builds |= elsewhere
    submitted = tuple(name for name in _submitted_issues(config) if name in builds or name not in found)
    for name in submitted:
        if name not in found and (config.issues / name).is_dir():
            hint = "restore it from a backup, or remove the folder (its articles may then be selected again)"
            problem = "cannot be read, and this issue has been sent"
            raise IssueError(problem, place=str(config.issues / name / BUILD), hint=hint)
    lost = submitted[-1] if submitted and submitted[-1] not in builds else ""
    return History(
        slug=slug, builds=builds, damaged=damaged, submitted=builds.keys() & {*submitted, *elsewhere}, lost=lost
    )


def _sent_elsewhere(config: Config, builds: Mapping[str, Build]) -> dict[str, Build]:
    """Return the issues that another machine has sent, with the articles that they had there."""
    marks = {name: read_mark(config.issues / name, SentElsewhere) for name in builds}
    return {name: _as_sent(builds[name], mark.articles) for name, mark in marks.items() if mark}


def _as_sent(build: Build, keys: tuple[str, ...]) -> Build:
    composed = {entry.key for entry in build.outline.entries}
    outline = replace(build.outline, entries=tuple(OutlineEntry(key=key) for key in keys))
    choice = replace(build.choice, seen=(build.choice.seen - composed).union(keys))
    articles = tuple(one for one in build.articles if one.key in keys)
    return replace(build, outline=outline, choice=choice, articles=articles)


def sent_elsewhere(config: Config, issue: str) -> bool:
    """Return whether it is noted that another machine has sent an issue."""
    return read_mark(config.issues / issue, SentElsewhere) is not None


def sending_has_begun(config: Config, issue: str) -> bool:
    """Return whether an issue's sending has begun, after which it must not change; a marker shows it as well."""
    from newsletter.sender.sent_marker import has_marker

    folder = config.issues / issue
    if has_marker(folder) or has_mark(folder, HandedOver) or read_mark(folder, SentElsewhere):
        return True
    if not _has_journal(config):
        return False
    from newsletter.app.operations import known_issues

    return issue in known_issues(config)


def _submitted_issues(config: Config) -> tuple[str, ...]:
    """Return the issues that the provider accepted for any recipient, in the order of their sending."""
    if not (_has_journal(config) or handed_over(config.issues)):
        return ()
    from newsletter.app.operations import issues_in
    from newsletter.sender.status import State

    return issues_in(config, State.SUBMITTED)


def _has_journal(config: Config) -> bool:
    """Return whether there is a journal; without one, the slow import of `sender` is avoided."""
    return config.journal.exists()
