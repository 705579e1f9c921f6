"""What one run of sending needs, what it asks a person, and how it ended."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from newsletter.sender.campaign import Campaign
from newsletter.sender.claim import Claim
from newsletter.sender.dispatch import Pace, StopReason
from newsletter.sender.guards import Expected
from newsletter.sender.status import Status
from newsletter.sender.where import EVERYBODY, Where

__all__ = ["Confirm", "ConfirmationPrompt", "Paused", "Progress", "SendContext", "SendResult"]

Progress = Callable[[int, int], None]  # (recipients settled in this run, of how many)
Paused = Callable[[str, float], None]  # (why nothing is sent for now, for how many seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationPrompt:
    """What a person confirms before anything is sent; this many `recipients` of `source` are still to get it.

    `resumed`: the source is the journal, where the audience was frozen when sending began.
    """

    issue: str
    subject: str
    sender: str
    source: str
    recipients: int
    resumed: bool


Confirm = Callable[[ConfirmationPrompt], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class SendResult:
    """How a run ended: the issue's status, and why it stopped early, or None.

    `refusals` and `doubts` are the provider's answers for failed and for uncertain batches; `found` is the number of
    uncertain batches that its log had; `resumed`: the audience is that of the journal, else `duplicates` is the number
    of lines whose address was there before. `gone` counts who left by what a column of the recipients file says, and
    `unknown` the values of such columns that are not understood. `resting`: the limit of a day or an hour was reached.
    """

    status: Status
    stopped: StopReason | None = None
    refusals: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    found: int = 0
    resumed: bool = False
    duplicates: int = 0
    gone: Mapping[str, int] = field(default_factory=dict)
    unknown: Mapping[tuple[str, str], int] = field(default_factory=dict)
    campaign: Campaign | None = None
    resting: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SendContext:
    """What one run of sending needs: the recipients file, the time that decides, and the callbacks.

    `stopping` is entered while batches are under way and yields a function that returns whether to stop. `pace`
    replaces the configuration's. `explicit`: a person named the issue. `on_recipients_ignored` is called with the
    issue's id when `recipients` is not read, because the audience was frozen before. `last_audience` is how many
    recipients the newsletter's last issue had, 0 without one. `claim` is where several machines claim the issue.
    `where` chooses the audience out of `recipients`.
    """

    recipients: Path
    now: datetime
    where: Where = EVERYBODY
    expected: Expected | None = None
    progress: Progress = lambda settled, total: None
    paused: Paused = lambda reason, seconds: None
    stopping: Callable[[], AbstractContextManager[Callable[[], bool]]] = lambda: nullcontext(lambda: False)
    pace: Pace | None = None
    explicit: bool = True
    on_recipients_ignored: Callable[[str], None] = lambda issue: None
    last_audience: int = 0
    claim: Claim | None = None
