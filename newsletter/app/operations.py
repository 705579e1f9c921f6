"""Operations between two runs: show the status, resolve batches, cancel, update the suppressions."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from newsletter.config import Config
from newsletter.errors import BlockedError, ConfigError, NothingToDoError, UsageError
from newsletter.figures import Figures
from newsletter.issues import check_issue_id, load_build
from newsletter.marks import HandedOver, SentElsewhere, Superseded, handed_over, read_mark, write_mark
from newsletter.sender.hand_over import CANCELLED, state_of, status_of
from newsletter.sender.journal import BatchRow, IssueRow, Journal, open_journal, read_journal
from newsletter.sender.lock import is_locked, locked
from newsletter.sender.provider import Canceller, Log, Suppressor
from newsletter.sender.quota import Quota, complete_at
from newsletter.sender.reconcile import LOOKED_UP, reconcile
from newsletter.sender.sent_marker import generation, has_marker, missing_journal, write_marker
from newsletter.sender.status import State, Status, summarise
from newsletter.sender.suppressions import Added, Suppressions, add_suppressions

__all__ = [
    "IssueOverview",
    "campaign_overview",
    "cancel",
    "claim_tokens",
    "give_up_rest",
    "is_quota_used",
    "issues_in",
    "known_issues",
    "last_audience",
    "look_up",
    "note_sent_elsewhere",
    "note_suppressions",
    "overview",
    "pull_suppressions",
    "resolve",
    "sent_by_mail",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueOverview:
    """An issue's status and its batches, for display.

    `cancelled` is the time of the cancellation, or ""; `called_back`: early enough to deliver nothing; `held`: the
    provider still holds it back; `running`: a run is in progress, so that *submitting* batches are being sent;
    `refused` are the addresses refused by name and `refusals` the reasons; `failed` are those of each batch that
    failed, by its number, and `to_look_up` some of each uncertain one;
    `decided` is the number of batches settled now, `found` the number of those found in the log, `log_error` why it
    could not be read, or "". `campaign` is what was last seen of an issue that goes out as a campaign, with the
    provider's `figures` of it.
    """

    status: Status
    batches: tuple[BatchRow, ...] = ()
    cancelled: str = ""
    called_back: bool = False
    held: bool = False
    running: bool = False
    refused: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    to_look_up: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    failed: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    decided: int = 0
    found: int = 0
    log_error: str = ""
    campaign: HandedOver | None = None
    figures: Figures | None = None


def issues_in(config: Config, *states: State) -> tuple[str, ...]:
    """List the issues that have a recipient in one of `states`, in the order in which their sending began.

    Those that go out as campaigns come last, in their order.
    """
    marks = handed_over(config.issues)
    campaigns = tuple(name for name, mark in marks.items() if state_of(mark.stage) in states)
    journal = read_journal(config.journal)
    if journal is None:
        return campaigns
    with journal:
        return (*(name for name in journal.issues(*states) if name not in campaigns), *campaigns)


def known_issues(config: Config) -> frozenset[str]:
    """Return the issues whose sending has begun."""
    campaigns = frozenset(handed_over(config.issues))
    journal = read_journal(config.journal)
    if journal is None:
        return campaigns
    with journal:
        return journal.known() | campaigns


def overview(config: Config, issue: str) -> IssueOverview | None:
    """Read the record of an issue; None if its sending has not begun. Writes nothing."""
    if mark := read_mark(config.issues / issue, HandedOver):
        return campaign_overview(issue, mark)
    journal = read_journal(config.journal)
    if journal is None:
        return None
    with journal:
        row = journal.find(issue)
        if row is None:
            return None
        found = _overview(journal, row, running=is_locked(config.journal))
        status = replace(found.status, complete_at=complete_at(journal, config, found.status))
        return replace(found, status=status)


def sent_by_mail(config: Config, issue: str) -> bool:
    """Return whether the journal has an issue, whose recipients are sent to one by one."""
    journal = read_journal(config.journal)
    if journal is None:
        return False
    with journal:
        return journal.find(issue) is not None


def campaign_overview(issue: str, mark: HandedOver) -> IssueOverview:
    """Return what the mark of an issue says that goes out as a campaign."""
    status = status_of(issue, mark.digest, mark.contacts, mark.stage)
    return IssueOverview(status=status, campaign=mark, called_back=mark.stage == CANCELLED)


def resolve(
    config: Config, issue: str, number: int | None, *, submitted: bool, log: Callable[[], Log] | None = None
) -> IssueOverview:
    """Record a person's decision about one uncertain batch, or about all of them (`number` is None).

    Batches resolved as not submitted become pending (skipped, if the issue was cancelled). If a `log` is given, it
    is read first: batches that it shows become submitted, whatever the decision. Raises UsageError for a batch that
    is not uncertain.
    """
    with locked(config.journal, holder=str(config.path)), open_journal(config.journal) as journal:
        journal.mark_orphans_uncertain()
        row = _row(journal, config, issue)
        before = _uncertain(journal, row)
        if number is not None and number not in before:
            raise UsageError(
                f"batch {number} is not uncertain", hint=f"'newsletter status {issue}' lists those that are"
            )
        found, log_error = _ask(log, journal, row) if log and before else (0, "")
        left = _uncertain(journal, row)
        decided = [each for each in left if number in (None, each)]
        with journal.transaction():
            for each in decided:
                state = State.SUBMITTED if submitted else State.PENDING
                journal.resolve(row.key, each, state, "decided by a person")
            if row.cancelled:
                journal.cancel(row.key)
        return replace(_overview(journal, row), decided=found + len(decided), found=found, log_error=log_error)


def _uncertain(journal: Journal, row: IssueRow) -> list[int]:
    return [batch.number for batch in journal.batches(row.key) if batch.state is State.UNCERTAIN]


def _ask(log: Callable[[], Log], journal: Journal, row: IssueRow) -> tuple[int, str]:
    """Settle the batches that the log shows (see `reconcile`); if it cannot be read, only the decision counts."""
    try:
        asked = log()
    except ConfigError as error:
        return 0, str(error)
    return reconcile(journal, row, asked)


def look_up(config: Config, issues: Iterable[str], log: Callable[[], Log]) -> tuple[int, str]:
    """Ask the provider's log about all that is uncertain in `issues`; see `reconcile` for what is returned.

    The `log` is made only where there is something to look up; why it could not be is returned as well.
    """
    if not config.journal.exists():
        return 0, ""
    found, problem = 0, ""
    with locked(config.journal, holder=str(config.path)), open_journal(config.journal) as journal:
        journal.mark_orphans_uncertain()
        rows = [row for issue in issues if (row := journal.find(issue)) and _uncertain(journal, row)]
        for row in rows:
            number, problem = _ask(log, journal, row)
            found += number
            if problem:
                break
    return found, problem


def cancel(config: Config, issue: str, provider: Callable[[], Canceller]) -> IssueOverview:
    """Cancel the pending recipients of an issue; within its undo window, also call back what was submitted.

    One that was composed and never begun is marked as given up. What is uncertain stays so, but is skipped once
    somebody knows that it was not submitted.
    The `provider` is created only if there is something to call back. Raises BlockedError if nothing can be
    cancelled any more, ProviderError when the provider refuses.
    """
    with locked(config.journal, holder=str(config.path)), open_journal(config.journal) as journal:
        journal.mark_orphans_uncertain()
        if journal.find(check_issue_id(issue)) is None and not has_marker(config.issues / issue):
            return _give_up(config, issue)
        row = _row(journal, config, issue)
        if journal.is_held(row.key):
            provider().cancel(row.schedule_id)
        elif not row.cancelled and not ((status := journal.status(row)).pending or status.uncertain):
            hint = f"only undo_minutes, set in [send] before, lets {config.provider.name} hold back what it was given"
            raise BlockedError(f"nothing of {issue} is left to cancel", hint=hint)
        journal.cancel(row.key)
        _mark(journal, config, row)
        return _overview(journal, _row(journal, config, issue))


def _give_up(config: Config, issue: str) -> IssueOverview:
    """Mark a composed issue that was never begun: it is not sent any more, and its articles are free."""
    build = load_build(config.issues / issue)
    write_mark(config.issues / issue, Superseded())
    return IssueOverview(status=summarise(issue, (), batches=0, digest=build.digest))


def note_sent_elsewhere(config: Config, issue: str, articles: tuple[str, ...], submitted: int) -> None:
    """Note that another machine has sent an issue: whatever is still to be sent of it here is not."""
    write_mark(config.issues / issue, SentElsewhere(articles=articles, submitted=submitted))
    if config.journal.exists():
        with open_journal(config.journal) as journal:
            journal.note_claim(issue, "")
            if row := journal.find(issue):
                journal.cancel(row.key)
                _mark(journal, config, row)


def give_up_rest(config: Config, issue: str) -> None:
    """Skip whoever is still to get an issue from here."""
    with open_journal(config.journal) as journal:
        if row := journal.find(issue):
            journal.cancel(row.key)
            _mark(journal, config, row)


def _mark(journal: Journal, config: Config, row: IssueRow) -> None:
    """Record in the mark of the issue's folder that it ended: an older journal would go on with it."""
    directory = config.issues / row.id
    number = journal.advance(row.key, beyond=generation(directory))
    if has_marker(directory):
        write_marker(directory, journal=config.journal, began=row.frozen, generation=number)


def claim_tokens(config: Config, issue: str) -> str:
    """Return what says that the claim of an issue is this machine's; "" where it has none."""
    journal = read_journal(config.journal)
    if journal is None:
        return ""
    with journal:
        return journal.tokens(issue)


def last_audience(config: Config, own: Collection[str], issue: str, where: tuple[str, ...] = ()) -> int:
    """Return how many recipients the last of the newsletter's `own` issues before `issue` had; 0 without one.

    Only audiences that were chosen alike, by `where`, compare.
    """
    marks = [mark for name, mark in handed_over(config.issues).items() if name in own and name != issue]
    if config.provider.campaigns:
        return next((mark.contacts for mark in reversed(marks) if state_of(mark.stage) is State.SUBMITTED), 0)
    journal = read_journal(config.journal)
    if journal is None:
        return 0
    with journal:
        names = [name for name in journal.latest() if name in own and name != issue]
        rows = (row for name in names if (row := journal.find(name)) and row.where == where)
        row = next(rows, None)
        return journal.status(row).recipients if row else 0


def is_quota_used(config: Config) -> bool:
    """Return whether this day or this hour has had the share of recipients that [send] allows."""
    journal = read_journal(config.journal)
    if journal is None:
        return False
    with journal:
        return Quota(journal, config).room() == 0


def note_suppressions(config: Config) -> None:
    """Record in the journal how many people are in the suppression file, so that it is missed should it get lost."""
    if config.journal.exists():
        with open_journal(config.journal) as journal:
            journal.note_suppressions(config.suppressions, sum(1 for _ in Suppressions(config.suppressions).load()))


def pull_suppressions(config: Config, provider: Suppressor) -> Added:
    """Add the addresses that the provider suppresses to the suppression file.

    It has its own lock, so that addresses can be added during a run, which checks the file before each
    batch. Two concurrent pulls would lose each other's lines.
    """
    with locked(config.journal.with_name("suppressions")):
        added = add_suppressions(config.suppressions, provider.suppressions())
    note_suppressions(config)
    return added


def _row(journal: Journal, config: Config, issue: str) -> IssueRow:
    """Return the journal's row of an issue; raise an error if its sending has not begun."""
    row = journal.find(check_issue_id(issue))
    if row is None:
        directory = config.issues / issue
        load_build(directory)
        hint = f"nothing has been sent; run 'newsletter send {issue}' to send it"
        raise missing_journal(directory, config.journal) or NothingToDoError(
            f"the sending of {issue} has not begun", hint=hint
        )
    return row


def _overview(journal: Journal, row: IssueRow, *, running: bool = False) -> IssueOverview:
    batches = journal.batches(row.key)
    uncertain = [batch.number for batch in batches if batch.state in (State.UNCERTAIN, State.SUBMITTING)]
    return IssueOverview(
        status=journal.status(row),
        batches=batches,
        cancelled=row.cancelled,
        called_back=row.called_back,
        held=journal.is_held(row.key),
        running=running,
        refused=journal.refused(row.key),
        refusals=journal.refusals(row.key),
        failed={
            batch.number: journal.sample(row.key, batch.number, batch.recipients)
            for batch in batches
            if batch.state is State.FAILED
        },
        to_look_up={number: journal.sample(row.key, number, LOOKED_UP) for number in uncertain},
    )
