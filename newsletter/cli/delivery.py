"""What the sending commands share: which issue is meant, the provider, signals, the question before it starts."""

import math
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime, timedelta
from types import FrameType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from newsletter.cli import output
from newsletter.cli.session import Session
from newsletter.config import Config
from newsletter.errors import BlockedError, IssueError, NewsletterError, NothingToDoError, UsageError
from newsletter.issues import Issue, check_issue_id, find_issue, issue_ids, load_build, load_builds, newest_issue
from newsletter.sender.deliver import Paused, Preview, Progress, Report
from newsletter.sender.desk import issues_in, known_issues, overview
from newsletter.sender.guards import too_old
from newsletter.sender.mark import missing_journal
from newsletter.sender.status import State, Status, people

if TYPE_CHECKING:
    from newsletter.sender.sendgrid import SendGrid

__all__ = [
    "begun_issues",
    "choose_issue",
    "choose_to_send",
    "confirmation",
    "counts",
    "in_log",
    "left_behind",
    "load_to_send",
    "obstacle",
    "patience",
    "pauses",
    "progress_bar",
    "provider_of",
    "require_issue",
    "require_yes",
    "say_problems",
]


_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def choose_issue(config: Config, name: str | None, *states: State) -> str:
    """Name the issue that is meant: `name`, else the first begun with somebody in one of `states`, else the newest.

    The newest is the newest of those whose sending has not begun, where there is one.
    """
    if name:
        return name
    begun = begun_issues(config, *states)
    if begun:
        return begun[0]
    fresh, _ = _not_begun(config)
    return fresh[-1] if fresh else newest_issue(config.issues, config.newsletter.slug)


def begun_issues(config: Config, *states: State) -> tuple[str, ...]:
    """List the newsletter's issues with somebody in one of `states`, the one begun first in front.

    An issue whose folder cannot be read may be of any newsletter, and is listed for each.
    """
    builds, _ = load_builds(config.issues)
    begun = issues_in(config, *states)
    return tuple(name for name in begun if name not in builds or builds[name].is_of(config.newsletter.slug))


def choose_to_send(session: Session, config: Config) -> str:
    """Name the issue that a bare `send` means: unfinished ones first, but for those that cannot go on any more.

    One of these would otherwise keep every later issue from leaving. It is told each time until a person decides, and
    is the error of a run that has nothing else to send.
    """
    found = {issue: obstacle(config, issue, session.now(config)) for issue in begun_issues(config, State.PENDING)}
    stuck = [_stuck(config, issue, reason) for issue, reason in found.items() if reason]
    fresh, lost = _not_begun(config)
    ready = [issue for issue, reason in found.items() if not reason] or fresh[-1:]
    for error in (*stuck, *lost) if ready else stuck[1:]:
        session.warn(f"warning: {error}")
        session.warn(f"hint: {error.hint}")
    if stuck and not ready:
        raise stuck[0]
    return ready[0] if ready else newest_issue(config.issues, config.newsletter.slug)


def _stuck(config: Config, issue: str, reason: NewsletterError) -> IssueError:
    """Make the error of an issue that is not finished and cannot go on, with the two ways out."""
    seen = overview(config, issue)
    message = f"{issue} is still to go to {people(seen.status.pending if seen else 0)}, but {reason}"
    return IssueError(message, hint=f"{reason.hint}: newsletter send {issue}; or end it: newsletter cancel {issue}")


def obstacle(config: Config, issue: str, now: datetime) -> NewsletterError | None:
    """Give why an issue cannot be sent any more at `now`, whoever is still to get it; None where it can."""
    try:
        period = load_build(config.issues / issue).outline.period
    except NewsletterError as error:
        return IssueError(f"its folder cannot be read: {error}", hint="to go on, bring its files back from a backup")
    reason = too_old(period.end, config, now)
    return BlockedError(reason, hint="to go on, raise max_age_days in [send]") if reason else None


def _not_begun(config: Config) -> tuple[list[str], list[BlockedError]]:
    """List the issues that the journal does not know, the newest last, and apart an error for each that it should."""
    known = known_issues(config)
    names = [name for name in issue_ids(config.issues, config.newsletter.slug) if name not in known]
    lost = {name: error for name in names if (error := missing_journal(config.issues / name, config.journal))}
    return [name for name in names if name not in lost], list(lost.values())


def left_behind(config: Config, now: datetime) -> tuple[str, ...]:
    """List the newsletter's issues whose period is over, but not long ago, and whose sending has not begun at `now`.

    The longest time is max_age_days, a week where that has no limit.
    """
    oldest = now - timedelta(days=config.send.max_age_days or 7)
    ends = {name: load_build(config.issues / name).outline.period.end for name in _not_begun(config)[0]}
    return tuple(name for name, end in ends.items() if oldest <= end <= now)


def require_issue(config: Config, name: str) -> str:
    """Give `name` back where there is such an issue, before anything else is asked for that sending needs."""
    with _being_sent(config, name):
        load_build(config.issues / check_issue_id(name))
    return name


def load_to_send(config: Config, name: str) -> Issue:
    """Load an issue with everything that is sent."""
    with _being_sent(config, name):
        return find_issue(config.issues, name)


@contextmanager
def _being_sent(config: Config, name: str) -> Iterator[None]:
    """Where an issue cannot be read that readers are getting, say that composing it again is no way out."""
    try:
        yield
    except (IssueError, NothingToDoError) as error:
        if name not in known_issues(config):
            raise
        hint = f"bring its files back from a backup, or end it: newsletter cancel {name}"
        raise IssueError(f"{name} is being sent, but its folder cannot be read: {error}", hint=hint) from error


def provider_of(session: Session, config: Config, *, sandbox: bool = False) -> "SendGrid":
    """Make the provider from the environment's key, and say at -v where requests go.

    Raises ConfigError where the key is missing, malformed or not for where it would go.
    """
    from newsletter.config import load_secrets
    from newsletter.sender.sendgrid import SendGrid

    secrets = load_secrets(config.root, os.environ, proxy=config.send.proxy)
    if session.verbose:
        proxy = urlsplit(config.send.proxy).netloc.rpartition("@")[2]
        session.note(
            f"requests go to {urlsplit(secrets.host).netloc}" + (f" through the proxy {proxy}" if proxy else "")
        )
    return SendGrid(secrets, config.send, sandbox=sandbox)


@contextmanager
def patience(session: Session) -> Iterator[Callable[[], bool]]:
    """While batches are under way, let the first Ctrl-C, SIGTERM or SIGHUP wait for them; this gives whether it came.

    The second one ends the run at once. One that is ignored (nohup, a shell's background) stays so.
    """
    came: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        came.append(number)
        for name in before:
            signal.signal(name, signal.SIG_DFL)
        session.note("stopping: waiting for the answers to what is under way; once more ends it at once")

    names = [name for name in _STOPPING if signal.getsignal(name) is not signal.SIG_IGN]
    before = {name: signal.getsignal(name) for name in names}
    for name in names:
        signal.signal(name, note)
    try:
        yield lambda: bool(came)
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def pauses(session: Session) -> Paused:
    """Give what tells a person at a terminal why nothing moves; what came of it is told to everybody in the end."""

    def show(reason: str, seconds: float) -> None:
        output.interrupt(f"{reason}: trying again in {math.ceil(seconds)} s")

    return show if session.sees_progress else lambda reason, seconds: None


def progress_bar(session: Session) -> AbstractContextManager[Progress]:
    """Return what draws a bar of the recipients on a terminal; it draws nothing where nobody would see it."""
    return output.bar("recipients") if session.sees_progress else nullcontext(lambda settled, total: None)


def confirmation(yes: bool, preview: Preview) -> bool:
    """Show what is about to leave and ask; `yes` answers for a person."""
    if yes:
        return True
    output.warn(f"issue       {preview.issue}", f"subject     {preview.subject}", f"from        {preview.sender}")
    output.warn(f"recipients  {preview.recipients:,} of {preview.source}")
    return output.ask("Send it now?")


def require_yes(yes: bool) -> None:
    """Refuse to start where nobody can be asked."""
    if not yes and not output.somebody_to_ask():
        raise UsageError("there is no terminal to ask on", hint="--yes says that it is meant")


def counts(status: Status, *, under_way: int = 0, called_back: bool = False) -> str:
    """Put a status into one line; of the uncertain so many are `under_way` while a run is at work."""
    numbers = {
        "called back" if called_back else "submitted": status.submitted,
        "failed": status.failed,
        "uncertain": status.uncertain - under_way,
        "pending": status.pending,
        "skipped": status.skipped,
        "under way": under_way,
    }
    said = [f"{number:,} {name}" for name, number in numbers.items() if number]
    return f"{status.issue}: {', '.join(said) or 'nobody'} of {status.audience:,}"


def in_log(batches: int) -> str:
    """Say that so many uncertain batches are not uncertain any more."""
    return f"SendGrid's log has {batches:,} uncertain batch{'' if batches == 1 else 'es'}: submitted"


def say_problems(report: Report) -> None:
    """Say on stderr, also when told to be quiet, what is not as it should be, and one way out: the most urgent one."""
    status, said = report.status, []
    if report.stopped:
        said.append((report.stopped.reason, report.stopped.hint))
    if status.uncertain:
        why = "" if report.stopped else _words(report.doubts)
        said.insert(0, (f"for {people(status.uncertain)} nobody knows whether it was accepted{why}", _way_out(status)))
    if status.failed:
        said.append(_refused(report))
    if status.pending and status.mode != "dry-run":
        said.append((f"it is still to go to {people(status.pending)}", "the same command goes on where it stopped"))
    output.warn(*(f"error: {message}" for message, _ in said))
    if hint := next((hint for _, hint in said if hint), ""):
        output.warn(f"hint: {hint}")


def _way_out(status: Status) -> str:
    """Say what to do about uncertain batches; the journal knows those of a real run only."""
    if status.mode == "sandbox":
        return "nothing is delivered in sandbox mode: run it again later"
    if status.mode == "test":
        return "look whether the test arrived; run it again later, and it may come twice"
    return (
        f"'newsletter -v status {status.issue}' lists the batches, with addresses to look up at SendGrid; then: "
        f"newsletter resolve {status.issue} BATCH --as submitted (or not-submitted)"
    )


def _refused(report: Report) -> tuple[str, str]:
    """Say that nothing brings this issue to the recipients who failed, and what is left to do."""
    why = _words(report.refusals)
    more = f"'newsletter -v status {report.status.issue}' tells more"
    live = f"this issue is over for them; mend the cause for the next one ({more})"
    hint = live if report.status.mode == "live" else "mend the cause before the real run"
    return f"SendGrid refused {people(report.status.failed)} for good{why}", hint


def _words(answers: Iterable[str]) -> str:
    """Put the provider's answers behind a message; the first two tell enough."""
    told = list(answers)[:2]
    return f": {'; '.join(told)}" if told else ""
