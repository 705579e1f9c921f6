"""Code that the sending commands share: a delivery on a terminal, and messages about its result."""

import math
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from types import FrameType

from newsletter.app.waiting import Waiting
from newsletter.cli import output
from newsletter.cli.session import Session
from newsletter.config import Config
from newsletter.errors import UsageError
from newsletter.marks import HandedOver
from newsletter.sender.campaign import Campaign
from newsletter.sender.deliver import ConfirmationPrompt, Progress, SendResult
from newsletter.sender.status import Status, people
from newsletter.wording import counted

__all__ = [
    "DeliveryTerminal",
    "campaign_document",
    "campaign_line",
    "completion",
    "counts",
    "in_log",
    "say_membership",
    "say_problems",
    "say_stop",
    "waiting_line",
]


_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryTerminal:
    """Show a delivery on a terminal, and ask for confirmation; `yes` skips the question."""

    session: Session
    yes: bool

    def progress(self) -> AbstractContextManager[Progress]:
        """Return a callback that draws a progress bar on a terminal; it draws nothing elsewhere."""
        seen = self.session.sees_progress
        return output.bar("recipients") if seen else nullcontext(lambda settled, total: None)

    def paused(self, reason: str, seconds: float) -> None:
        """Show on a terminal why the run pauses; the result is reported everywhere at the end."""
        if self.session.sees_progress:
            output.interrupt(f"{reason}: trying again in {math.ceil(seconds)} s")

    @contextmanager
    def stopping(self) -> Iterator[Callable[[], bool]]:
        """Let the first Ctrl-C, SIGTERM or SIGHUP wait for the requests in progress; yield whether it came.

        The second one ends the run at once. A signal that is ignored (nohup, a background job) stays ignored.
        """
        came: list[int] = []

        def note(number: int, frame: FrameType | None) -> None:
            came.append(number)
            for name in before:
                signal.signal(name, signal.SIG_DFL)
            self.session.note("stopping after the requests in progress (press Ctrl-C again to quit now)")

        names = [name for name in _STOPPING if signal.getsignal(name) is not signal.SIG_IGN]
        before = {name: signal.getsignal(name) for name in names}
        for name in names:
            signal.signal(name, note)
        try:
            yield lambda: bool(came)
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)

    def require_answer(self) -> None:
        """Refuse to start if nobody can be asked."""
        if not self.yes and not output.somebody_to_ask():
            raise UsageError("there is no terminal to ask for confirmation", hint="use --yes to send without asking")

    def confirm(self, preview: ConfirmationPrompt) -> bool:
        """Show what is about to be sent, and ask."""
        if self.yes:
            return True
        output.warn(f"issue       {preview.issue}", f"subject     {preview.subject}", f"from        {preview.sender}")
        output.warn(f"recipients  {preview.recipients:,} of {preview.source}")
        return output.ask("Send it now?")


def counts(status: Status, *, under_way: int = 0, called_back: bool = False) -> str:
    """Return a status as one line; `under_way` of the uncertain are being submitted by a run in progress."""
    numbers = {
        "called back" if called_back else "submitted": status.submitted,
        "failed": status.failed,
        "uncertain": status.uncertain - under_way,
        "pending": status.pending,
        "skipped": status.skipped,
        "under way": under_way,
    }
    said = [f"{number:,} {name}" for name, number in numbers.items() if number]
    where = f", where {' and '.join(status.where)}" if status.where else ""
    return f"{status.issue}: {', '.join(said) or 'nobody'} of {status.audience:,}{where}"


def completion(status: Status, config: Config) -> list[str]:
    """Return the line that says when an issue is complete, none without a limit of [send] or with nobody pending."""
    if not status.complete_at:
        return []
    limits = ((config.send.max_per_day, "a day"), (config.send.max_per_hour, "an hour"))
    most = " and ".join(f"{limit:,} {span}" for limit, span in limits if limit)
    moment = datetime.fromisoformat(status.complete_at).isoformat(" ", "minutes")
    return [f"at most {most}: the same command goes on with it; complete on {moment} at the earliest"]


def campaign_line(seen: Campaign | HandedOver, issue: str, contacts: int, provider: str) -> str:
    """Return how far an issue is that the provider sends by itself, as one line."""
    when = f" for {seen.send_at}" if seen.stage == "scheduled" and seen.send_at else ""
    who = f", to {counted(contacts, 'contact')}" if contacts else ""
    return f"{issue}: {seen.stage or 'not there yet'}{when} at {provider}{who}"


def campaign_document(seen: Campaign | HandedOver) -> dict[str, str]:
    """Return the document of an issue that the provider sends by itself."""
    return {"id": seen.id, "name": seen.name, "stage": str(seen.stage), "send_at": seen.send_at}


def say_membership(session: Session, report: SendResult) -> None:
    """Report how many recipients a column leaves out, and warn of values in it that are not understood."""
    for column, number in report.gone.items():
        session.note(f"{people(number)} left out: the column {column!r} of the recipients file says that they left")
    for (column, value), number in [*report.unknown.items()][:3]:
        session.warn(
            f"warning: the column {column!r} of the recipients file says {value!r} of {people(number)}, who get it"
        )
        session.warn("hint: remove people who have left from the file, or rename the column if it means something else")


def waiting_line(one: Waiting) -> str:
    """Put what waits for a person into one line: what, how many people, until when to wait, and what to type."""
    who = people(one.people) + ": " if one.people is not None else ""
    hint = f"; {one.hint}" if one.hint else ""
    later = "each run asks the log again" if one.kind == "uncertain" else "later runs can still send it"
    until = f"; {later} until {one.until.isoformat(' ', 'minutes')}" if one.until else ""
    ways = ", or ".join(f"{command} ({what})" if what else command for command, what in one.commands)
    return f"waiting: {one.issue}: {who}{one.reason}{hint}{until}; type: {ways}"


def in_log(provider: str, batches: int) -> str:
    """Return the message that N uncertain batches were found in the log."""
    return f"found {counted(batches, 'uncertain batch')} in {provider}'s log; marked as submitted"


def say_stop(report: SendResult, provider: str) -> None:
    """Write to stderr why a run stopped, and who was refused for good; waiting issues are reported elsewhere."""
    said = [(report.stopped.reason, report.stopped.hint)] if report.stopped else []
    said += [_refused(report, provider)] if report.status.failed else []
    for message, hint in said:
        output.warn(f"error: {report.status.issue}: {message}", *([f"hint: {hint}"] if hint else []))


def say_problems(report: SendResult, provider: str) -> None:
    """Report problems on stderr, also in quiet mode, with one hint: the most urgent one."""
    status, said = report.status, []
    if report.stopped:
        said.append((report.stopped.reason, report.stopped.hint))
    if status.uncertain:
        why = "" if report.stopped else _words(report.doubts)
        said.insert(
            0,
            (
                f"for {people(status.uncertain)} it is unknown whether the request was accepted{why}",
                _way_out(status, provider),
            ),
        )
    if status.failed:
        said.append(_refused(report, provider))
    if status.pending and status.mode != "dry-run" and not report.resting:
        said.append((f"{people(status.pending)} are still pending", "the same command resumes where it stopped"))
    output.warn(*(f"error: {message}" for message, _ in said))
    if hint := next((hint for _, hint in said if hint), ""):
        output.warn(f"hint: {hint}")


def _way_out(status: Status, provider: str) -> str:
    """Return a hint about uncertain batches; the journal has only those of a real run."""
    if status.mode == "sandbox":
        return "nothing is delivered in sandbox mode: run it again later"
    if status.mode == "test":
        return "check whether the test arrived; running it again may deliver it twice"
    return (
        f"'newsletter -v status {status.issue}' lists the batches, with addresses to look up at {provider}; then: "
        f"newsletter resolve {status.issue} BATCH --as submitted (or not-submitted)"
    )


def _refused(report: SendResult, provider: str) -> tuple[str, str]:
    """Report that failed recipients will not get this issue, and what to do."""
    why = _words(report.refusals)
    more = f"'newsletter -v status {report.status.issue}' shows more"
    live = f"they will not receive this issue; fix the cause before the next one ({more})"
    hint = live if report.status.mode == "live" else "fix the cause before the real run"
    return f"{provider} refused {people(report.status.failed)} permanently{why}", hint


def _words(answers: Iterable[str]) -> str:
    """Return the provider's first two answers, to be appended to a message."""
    told = list(answers)[:2]
    return f": {'; '.join(told)}" if told else ""
