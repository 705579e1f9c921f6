"""What waits for a person: read from the journal and the issue folders, so that no run can forget it."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from newsletter.app.choose import IssueIndex
from newsletter.app.operations import IssueOverview, overview
from newsletter.errors import NewsletterError, RecipientsError
from newsletter.marks import Approval, read_mark
from newsletter.sender.recipients import load_recipients
from newsletter.sender.status import State

__all__ = ["Waiting", "list_waiting"]

Kind = Literal["uncertain", "pending", "stuck", "composed", "blocked", "approval"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One thing that waits for a person.

    `people` is how many it is about, None where that is unknown; `hint` is what to do first, "" where typing is
    enough; until `until` the same command helps (None: it does not help); `commands` are what to type, each with what
    it does.
    """

    issue: str
    kind: Kind
    people: int | None
    reason: str
    until: datetime | None
    commands: tuple[tuple[str, str], ...]
    hint: str = ""


def list_waiting(
    index: IssueIndex, now: datetime, blocked: Mapping[str, NewsletterError] | None = None
) -> tuple[Waiting, ...]:
    """List what waits at `now`, the issue begun first in front; `blocked` is why one could not be sent."""
    errors = blocked or {}
    begun = index.begun(State.PENDING, State.UNCERTAIN, State.SUBMITTING)
    found = [one for name in begun for one in _begun(index, name, now, errors.get(name))]
    fresh, lost = index.not_begun()
    found += [_lost(error) for error in lost]
    found += [one for name in fresh for one in _fresh(index, name, now, errors.get(name))]
    return tuple(found)


def _begun(index: IssueIndex, name: str, now: datetime, error: NewsletterError | None) -> Iterable[Waiting]:
    found = overview(index.config, name)
    assert found is not None
    if found.status.uncertain:
        yield _uncertain(index, name, found)
    if found.status.pending and (obstacle := index.obstacle(name, now)):
        yield _stuck(name, found.status.pending, f"still to be sent, but {obstacle}", obstacle.hint)
    elif found.status.pending:
        why = _why(name, error) or _answer(found, State.PENDING)
        yield Waiting(
            issue=name,
            kind="blocked" if error else "pending",
            people=found.status.pending,
            reason=f"still to be sent ({_got(found.status.submitted)}){why}",
            until=_last_moment(index, name),
            commands=((f"newsletter send {name}", "to go on"), (f"newsletter cancel {name}", "to give it up")),
            hint=error.hint if error else "",
        )


def _uncertain(index: IssueIndex, name: str, found: IssueOverview) -> Waiting:
    """Describe uncertain batches: the log is asked by every run, as long as it can show them."""
    began = [batch.began for batch in found.batches if batch.state in (State.UNCERTAIN, State.SUBMITTING)]
    days = index.config.provider.log_days
    until = datetime.fromisoformat(max(began)) + timedelta(days=days) if days and any(began) else None
    decide = f"newsletter resolve {name} --all --as submitted"
    return Waiting(
        issue=name,
        kind="uncertain",
        people=found.status.uncertain,
        reason=f"uncertain whether {index.config.provider.name} accepted them{_answer(found, State.UNCERTAIN)}",
        until=until,
        commands=(
            (f"newsletter -v status {name}", "addresses to look up"),
            (decide, "or not-submitted, which sends it to them again"),
        ),
    )


def _stuck(name: str, people: int | None, reason: str, hint: str) -> Waiting:
    ways = ((f"newsletter send {name}", "to go on"), (f"newsletter cancel {name}", "to give it up"))
    return Waiting(issue=name, kind="stuck", people=people, reason=reason, until=None, commands=ways, hint=hint)


def _lost(error: NewsletterError) -> Waiting:
    commands = (("newsletter status", error.hint),)
    return Waiting(issue=error.place, kind="stuck", people=None, reason=error.message, until=None, commands=commands)


def _fresh(index: IssueIndex, name: str, now: datetime, error: NewsletterError | None) -> Iterable[Waiting]:
    """Describe an issue that was composed and not begun, once its period is over; `error` may come earlier."""
    build, config = index.builds[name], index.config
    if build.outline.period.end > now and not error:
        return
    people = _listed(index)
    if obstacle := index.obstacle(name, now):
        yield _stuck(name, people, f"composed and never sent, and {obstacle}", obstacle.hint)
        return
    give_up = (f"newsletter cancel {name}", "to give it up")
    approval = read_mark(config.issues / name, Approval) or Approval()
    asked = config.run.require_approval and approval.approved != build.digest and not error
    yield Waiting(
        issue=name,
        kind="approval" if asked else "blocked" if error else "composed",
        people=people,
        reason="composed, and waits for approval" if asked else f"composed, but not sent{_why(name, error)}",
        until=_last_moment(index, name),
        commands=((f"newsletter {'approve' if asked else 'send'} {name}", ""), give_up),
        hint=error.hint if error else "",
    )


def _why(name: str, error: NewsletterError | None) -> str:
    if error is None:
        return ""
    return f": {str(error).removeprefix(f'{name}: ')}"


def _got(people: int) -> str:
    return "1 has it" if people == 1 else f"{people:,} have it" if people else "nobody has it yet"


def _answer(found: IssueOverview, state: State) -> str:
    """Quote what was last heard of what is in a state."""
    answers = [batch.answer for batch in found.batches if batch.state is state and batch.answer]
    return f": {answers[0]}" if answers else ""


def _last_moment(index: IssueIndex, name: str) -> datetime | None:
    """Return when an issue becomes too old to be sent; None where nothing makes it so."""
    build, most = index.builds.get(name), index.config.send.max_age_days
    return build.outline.period.end + timedelta(days=most) if build and most else None


def _listed(index: IssueIndex) -> int | None:
    """Count who is in the recipients file; None where it cannot be read, or the provider has the lists."""
    if index.config.provider.campaigns:
        return None
    with suppress(RecipientsError):
        return len({one.email.casefold() for one in load_recipients(index.config.recipients)})
    return None
