"""The status of one issue's delivery, as one document: a pure function of the journal's rows."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, Literal

from newsletter.errors import ExitStatus
from newsletter.wording import counted

__all__ = ["Mode", "State", "Status", "WouldBlock", "document", "exit_status", "people", "summarise"]

Mode = Literal["live", "dry-run", "sandbox", "test"]


class State(StrEnum):
    """The states of a batch, and of a recipient (where *submitting* counts as *uncertain*)."""

    PENDING = "pending"
    SUBMITTING = "submitting"
    SUBMITTED = "submitted"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class WouldBlock:
    """One guard that blocks a real run: a stable code, what it found, and the solution."""

    code: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The number of recipients in each state: audience = submitted + failed + uncertain + pending + skipped.

    `recipients` is the audience without the skipped, `batches` the number of their requests. `where` are the
    conditions by which the audience was chosen. `complete_at` is when the last one is submitted where the
    configuration limits how many are in a day or an hour, as ISO 8601, else "".
    """

    issue: str
    mode: Mode
    audience: int
    recipients: int
    batches: int
    submitted: int
    failed: int
    uncertain: int
    pending: int
    skipped: int
    would_block: tuple[WouldBlock, ...]
    digest: str
    where: tuple[str, ...] = ()
    complete_at: str = ""


def summarise(
    issue: str,
    tallies: Iterable[tuple[State, int]],
    *,
    batches: int,
    digest: str,
    mode: Mode = "live",
    would_block: tuple[WouldBlock, ...] = (),
    where: tuple[str, ...] = (),
) -> Status:
    """Add up `tallies`, pairs of a state and a number of recipients; a state may occur several times."""
    count = dict.fromkeys(State, 0)
    for state, number in tallies:
        count[state] += number
    audience = sum(count.values())
    return Status(
        issue=issue,
        mode=mode,
        audience=audience,
        recipients=audience - count[State.SKIPPED],
        batches=batches,
        submitted=count[State.SUBMITTED],
        failed=count[State.FAILED],
        uncertain=count[State.UNCERTAIN] + count[State.SUBMITTING],
        pending=count[State.PENDING],
        skipped=count[State.SKIPPED],
        would_block=would_block,
        digest=digest,
        where=where,
    )


def people(number: int) -> str:
    """Return a number of recipients in words."""
    return counted(number, "recipient")


def document(status: Status) -> Mapping[str, Any]:
    """Return the JSON document of `send` and `status`."""
    values = {field.name: getattr(status, field.name) for field in fields(Status)}
    blocks = [asdict(guard) for guard in status.would_block]
    return {**values, "would_block": blocks, "where": list(status.where)}


def exit_status(status: Status, *, resting: bool = False) -> ExitStatus:
    """Return the exit status for a status: uncertain has precedence over failed or unfinished.

    `resting`: what is pending is so because the limit of the day or the hour was reached.
    """
    if status.mode == "dry-run":
        return ExitStatus.DONE
    if status.uncertain:
        return ExitStatus.UNCERTAIN
    if status.failed or (status.pending and not resting):
        return ExitStatus.FAILED
    return ExitStatus.DONE
