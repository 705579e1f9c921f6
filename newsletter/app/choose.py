"""Which issue a command means: the named one, else one whose sending is not finished, else the newest."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from newsletter.app.events import Events
from newsletter.app.operations import issues_in, known_issues, overview
from newsletter.build import Build
from newsletter.config import Config
from newsletter.errors import BlockedError, IssueError, NewsletterError, NothingToDoError
from newsletter.issues import Issue, check_issue_id, find_issue, load_build, load_builds, no_issue
from newsletter.marks import SentElsewhere, is_superseded, read_mark
from newsletter.sender.guards import too_old
from newsletter.sender.sent_marker import missing_journal
from newsletter.sender.status import State, people

__all__ = ["IssueIndex", "load_index", "load_to_send", "require_issue"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueIndex:
    """The composed issues below `issues/`, read once a run; `builds` are sorted by the end of their period."""

    config: Config
    builds: Mapping[str, Build]

    @property
    def own(self) -> tuple[str, ...]:
        """Return the names of the newsletter's own issues, the earliest period first."""
        return tuple(name for name, build in self.builds.items() if build.belongs_to(self.config.newsletter.slug))

    def newest(self) -> str:
        """Return the newsletter's issue with the latest period; raise `no_issue` if there is none."""
        if not self.own:
            raise no_issue(self.config.issues)
        return self.own[-1]

    def begun(self, *states: State) -> tuple[str, ...]:
        """Return the newsletter's issues with a recipient in one of `states`, ordered by the start of their sending.

        An issue whose folder cannot be read may belong to any newsletter, and is listed for each.
        """
        return tuple(name for name in issues_in(self.config, *states) if name not in self.builds or name in self.own)

    def choose(self, name: str | None, *states: State) -> str:
        """Return `name`, else the first begun issue with a recipient in one of `states`, else the newest.

        The newest is the newest of those whose sending has not begun, if there are any.
        """
        if name:
            return check_issue_id(name)
        if begun := self.begun(*states):
            return begun[0]
        fresh, _ = self.not_begun()
        return fresh[-1] if fresh else self.newest()

    def choose_to_send(self, now: datetime, events: Events) -> str:
        """Return the issue for a bare `send`: unfinished ones first, except those that cannot be resumed.

        One of these would otherwise block every later issue. Each run warns of it until a person decides;
        a run that has nothing else to send fails with it.
        """
        found = {issue: self.obstacle(issue, now) for issue in self.begun(State.PENDING)}
        stuck = [_stuck(self.config, issue, reason) for issue, reason in found.items() if reason]
        fresh, lost = self.not_begun()
        newer = fresh and (fresh[-1] == self.newest() or not self.obstacle(fresh[-1], now))
        ready = [issue for issue, reason in found.items() if not reason] or (fresh[-1:] if newer else [])
        for error in (*stuck, *lost) if ready else stuck[1:]:
            events.warn(f"warning: {error}")
            events.warn(f"hint: {error.hint}")
        if stuck and not ready:
            raise stuck[0]
        return ready[0] if ready else self.newest()

    def obstacle(self, issue: str, now: datetime) -> NewsletterError | None:
        """Return why an issue with pending recipients can no longer be sent at `now`; None if it can."""
        try:
            build = self.builds.get(issue) or load_build(self.config.issues / issue)
        except NewsletterError as error:
            return IssueError(
                f"its folder cannot be read: {error}", hint="to resume it, restore its files from a backup"
            )
        reason = too_old(build.outline.period.end, self.config, now)
        return BlockedError(reason, hint="to resume it, raise max_age_days in [send]") if reason else None

    def left_behind(self, now: datetime) -> tuple[str, ...]:
        """Return the issues whose period ended recently and whose sending has not begun at `now`.

        Recently means within max_age_days, or within a week if that has no limit.
        """
        oldest = now - timedelta(days=self.config.send.max_age_days or 7)
        ends = {name: self.builds[name].outline.period.end for name in self.not_begun()[0]}
        return tuple(name for name, end in ends.items() if oldest <= end <= now)

    def not_begun(self) -> tuple[list[str], list[BlockedError]]:
        """Return the issues without a record in the journal, newest last, and errors for those that should have one."""
        known = known_issues(self.config)
        names = [name for name in self.own if name not in known and not self._is_settled(name)]
        found = {name: missing_journal(self.config.issues / name, self.config.journal) for name in names}
        lost = [error for error in found.values() if error]
        return [name for name, error in found.items() if not error], lost

    def _is_settled(self, name: str) -> bool:
        """Return whether an issue that was never begun here is not to be sent any more."""
        folder = self.config.issues / name
        return is_superseded(folder) or read_mark(folder, SentElsewhere) is not None


def load_index(config: Config) -> IssueIndex:
    """Read the build.json of every issue; damaged ones are passed over."""
    return IssueIndex(config=config, builds=load_builds(config.issues)[0])


def _stuck(config: Config, issue: str, reason: NewsletterError) -> IssueError:
    """Return the error for an unfinished issue that cannot be resumed, with the two ways to proceed."""
    seen = overview(config, issue)
    message = f"{issue} is not finished ({people(seen.status.pending if seen else 0)} pending), but {reason}"
    return IssueError(message, hint=f"{reason.hint}: newsletter send {issue}; or cancel it: newsletter cancel {issue}")


def require_issue(config: Config, name: str) -> str:
    """Return `name` if the issue exists, before checking anything else that sending needs."""
    with _being_sent(config, name):
        load_build(config.issues / check_issue_id(name))
    return name


def load_to_send(config: Config, name: str) -> Issue:
    """Load an issue with everything that is sent."""
    with _being_sent(config, name):
        return find_issue(config.issues, name)


@contextmanager
def _being_sent(config: Config, name: str) -> Iterator[None]:
    """Replace the error of an unreadable issue that is being sent: composing it again would not help."""
    try:
        yield
    except (IssueError, NothingToDoError) as error:
        if name not in known_issues(config):
            raise
        hint = f"restore its files from a backup, or cancel it: newsletter cancel {name}"
        raise IssueError(f"{name} is being sent, but its folder cannot be read: {error}", hint=hint) from error
