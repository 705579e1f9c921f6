"""Send an issue, once to each recipient, or do everything except the delivery.

    freeze the audience ─► guards ─► confirm ─► batch by batch to the provider ─► status

A dry run, a test and a sandbox run take the same path with a temporary journal.
"""

import itertools
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from operator import itemgetter
from pathlib import Path

from newsletter.config import Config
from newsletter.errors import BlockedError, StorageError
from newsletter.issues import Issue
from newsletter.sender.claim import prepare_claim, publish_claim
from newsletter.sender.context import Confirm, ConfirmationPrompt, Paused, Progress, SendContext, SendResult
from newsletter.sender.dispatch import Dispatcher, Pace, StopReason
from newsletter.sender.envelope import Schedule, content_digest, envelope
from newsletter.sender.guards import (
    REAL_RUN,
    check_recipient,
    guards,
    lost_suppressions,
    missing_journal_blockers,
    other_audience,
    restored_journal_blockers,
    resume_blockers,
    reuse_blockers,
    to_error,
)
from newsletter.sender.journal import Batch, IssueRow, Journal, open_journal, read_journal, temporary_journal
from newsletter.sender.lock import locked
from newsletter.sender.membership import Membership
from newsletter.sender.provider import LiveProvider, Outcome, Provider, Recorder, Refused
from newsletter.sender.quota import Quota, complete_at
from newsletter.sender.recipients import Recipient, columns_of, load_recipients
from newsletter.sender.reconcile import reconcile
from newsletter.sender.sent_marker import write_marker
from newsletter.sender.status import Mode, State, Status, WouldBlock
from newsletter.sender.suppressions import Suppressions

__all__ = [
    "Confirm",
    "ConfirmationPrompt",
    "Paused",
    "Progress",
    "SendContext",
    "SendResult",
    "dry_run",
    "sandbox",
    "send",
    "send_report",
    "send_test",
]


def send(
    load: Callable[[], Issue], config: Config, run: SendContext, *, provider: LiveProvider, confirm: Confirm
) -> SendResult:
    """Deliver the issue returned by `load` to everybody who has not got it, and record the results in the journal.

    It is loaded under the project's lock, which is held to the end: what is confirmed is what is on the disk. The
    first time, the audience is read from `run.recipients` and frozen; after that the journal's is used. Raises
    BlockedError for a guard or when `confirm` says no, LockedError when another run is in progress, RecipientsError and
    StorageError before anything is sent, UncertainError when results could not be recorded.
    """
    with locked(config.journal, holder=str(config.path)), open_journal(config.journal) as journal:
        journal.mark_orphans_uncertain()
        issue = load()
        delivery = _Delivery(journal, issue, config, run, provider)
        tokens = prepare_claim(journal, run.claim, issue) if run.claim else ""
        row, found = journal.find(issue.id), 0
        if resumed := row is not None:
            run.on_recipients_ignored(issue.id)
            found, _ = reconcile(journal, row, provider)  # the key may lack the permission: then a person decides
            status = journal.status(row)
            delivery.admit(row, status, confirm, resumed=True)
            if not status.pending:
                return replace(_report(journal, row, status), found=found, resumed=True)
            if run.claim:
                run.claim.take(issue, tokens)
        else:
            with journal.transaction():
                row = delivery.freeze()
                status = journal.status(row)
                delivery.admit(row, status, confirm, resumed=False)
                delivery.note_suppressions()
                if run.claim:
                    run.claim.take(issue, tokens)
                if config.send.undo_minutes:
                    row = journal.schedule(row.key, provider.schedule(), config.send.undo_minutes)
        delivery.mark(row)
        duplicates = 0 if resumed else delivery.duplicates(status)
        try:
            return replace(delivery.deliver(row, status), found=found, resumed=resumed, duplicates=duplicates)
        finally:
            with suppress(StorageError):  # what was said before counts more, and the next run marks it again
                delivery.mark(row)
                if run.claim:
                    publish_claim(journal, run.claim, issue, journal.status(row))


def dry_run(issue: Issue, config: Config, run: SendContext, *, provider: Recorder) -> SendResult:
    """Have `provider` record the exact requests that sending would make.

    In the status, everybody who would get it is pending; `would_block` has every guard that would stop a real run. An
    issue whose sending has begun resumes as in a real run. Raises RecipientsError for recipients that cannot be used.
    """
    with temporary_journal() as journal, provider:
        delivery = _Delivery(journal, issue, config, run, provider)
        row = _taken_over(journal, config, issue.id)
        report = delivery.go_on_dry(row) if row else _rehearse(delivery, "dry-run")
        if not report.stopped:
            provider.keep(report.status)
    return report


def sandbox(issue: Issue, config: Config, run: SendContext, *, provider: Provider) -> SendResult:
    """Have the provider validate every request without delivering any (it does see the recipients).

    Raises BlockedError, before the first request, for any guard that would stop a real run.
    """
    with temporary_journal() as journal:
        return _rehearse(_Delivery(journal, issue, config, run, provider), "sandbox")


def send_test(
    issue: Issue, config: Config, run: SendContext, *, provider: Provider, addresses: Iterable[str]
) -> SendResult:
    """Deliver `issue`, with its subject marked, only to `addresses`; merge fields show their own names.

    Raises BlockedError, before the first request, for any problem of the issue or its sender.
    """
    whom = tuple(dict.fromkeys(addresses))
    run = replace(run, expected=None, explicit=True)  # the guards about a real run's audience and time
    with temporary_journal() as journal:
        return _rehearse(_Delivery(journal, issue, config, run, provider, whom), "test")


def send_report(issue: Issue, config: Config, run: SendContext, *, provider: Provider, address: str) -> SendResult:
    """Deliver `issue` to one address for a person to judge, as a test, whatever would stop a real run."""
    with temporary_journal() as journal:
        delivery = _Delivery(journal, issue, config, run, provider, (address,))
        with journal.transaction():
            row = delivery.freeze()
        return delivery.deliver(row, journal.status(row, "test"))


def _taken_over(journal: Journal, config: Config, issue: str) -> IssueRow | None:
    """Copy the project journal's record of an issue, as a run would find it; None if its sending has not begun."""
    kept = read_journal(config.journal)
    if kept is None:
        return None
    with kept:
        row = kept.find(issue)
        if row:
            journal.take_over(kept, row)
            journal.mark_orphans_uncertain()
        return row


def _rehearse(delivery: "_Delivery", mode: Mode) -> SendResult:
    with delivery.journal.transaction():
        row = delivery.freeze()
    status = delivery.journal.status(row, mode)
    foreseen = delivery.foresee(status.recipients)
    if mode != "dry-run" and (found := delivery.forbidden(mode, status.recipients, foreseen)):
        raise to_error(row.id, found)
    report = delivery.deliver(row, replace(status, would_block=foreseen))
    return replace(report, duplicates=delivery.duplicates(status))


def _report(journal: Journal, row: IssueRow, status: Status, stopped: StopReason | None = None) -> SendResult:
    refusals = journal.answers(row.key, State.FAILED) if status.failed else ()
    doubts = journal.answers(row.key, State.UNCERTAIN) if status.uncertain else ()
    return SendResult(status=status, stopped=stopped, refusals=refusals, doubts=doubts)


def _not_made(number: int, error: Exception) -> Refused:
    """Return the message for a request that cannot be built: the error's place, not its text, which may name people."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).name}:{place.lineno}"
    reason = f"the request of batch {number} cannot be built: {type(error).__name__} in {where}"
    return Refused(scope="account", reason=reason, hint="report it; 'newsletter send --dry-run' may show more")


class _Delivery:
    """One issue on its way through one run."""

    def __init__(
        self,
        journal: Journal,
        issue: Issue,
        config: Config,
        run: SendContext,
        provider: Provider,
        addresses: tuple[str, ...] | None = None,
    ) -> None:
        self.journal, self._issue, self._config, self._run = journal, issue, config, run
        self._provider, self._addresses = provider, addresses
        self._suppressions = Suppressions(config.suppressions)
        self._envelope = envelope(issue, config)
        self._requests = provider.prepare(self._envelope)
        self._columns: set[str] | None = None  # of the recipients file, if it was read
        self._read = itertools.count()  # the current position, advanced with each recipient
        self._in_file = 0  # how many people the suppression file has
        self._membership = Membership(lambda email: journal.suppress([email]))
        self._refresh()

    def freeze(self) -> IssueRow:
        """Write the audience to the journal, within the caller's transaction."""
        draft = self._requests
        where = self._run.where.texts if self._addresses is None else ()
        return self.journal.freeze(self._issue, self._people(), self._envelope.fields, draft.fits, draft.most, where)

    def note_suppressions(self) -> None:
        """Record how many people are in the suppression file, so that it is missed should it get lost."""
        self.journal.note_suppressions(self._config.suppressions, self._in_file)

    def mark(self, row: IssueRow) -> None:
        """Count another generation, first in the journal, in its one file, and then in the issue's folder."""
        generation = self.journal.advance(row.key)
        self.journal.checkpoint()  # so that also a copy of the one file knows that this issue has begun
        began, journal = row.frozen, self._config.journal
        write_marker(self._issue.directory, journal=journal, began=began, generation=generation)

    def duplicates(self, status: Status) -> int:
        """Return the number of recipients left out of the audience as duplicates when it was frozen."""
        return next(self._read) - status.audience

    def _people(self) -> Iterable[Recipient]:
        return map(itemgetter(0), zip(self._named(), self._read, strict=False))  # which ends with the recipients

    def _named(self) -> Iterable[Recipient]:
        draft = self._envelope
        if self._addresses is not None:
            fields = {name: standard or name for name, standard in draft.fields.items()}
            self._columns = columns_of(self._run.recipients, draft.fields)
            return (Recipient(email=email, fields=fields, line=n) for n, email in enumerate(self._addresses, 1))
        self._columns = set()
        check = partial(check_recipient, draft, self._requests)
        return load_recipients(
            self._run.recipients,
            fields=draft.fields,
            needed=draft.needed,
            check=check,
            columns=self._columns,
            membership=self._membership,
            where=self._run.where,
        )

    def _refresh(self) -> None:
        """Read the suppression file if it changed: somebody may unsubscribe at any time."""
        if self._addresses is None and self._suppressions.changed():
            self.journal.suppress(self._suppressions.load())
            self._in_file = self.journal.suppressed()

    def foresee(self, recipients: int) -> tuple[WouldBlock, ...]:
        """List what would stop a real run to these recipients or, for an issue in the journal, resuming it."""
        kept = read_journal(self._config.journal)
        if kept is None:
            return self._to_begin(recipients, None)
        with kept:
            row = kept.find(self._issue.id)
            return self._to_go_on(kept, row, kept.status(row)) if row else self._to_begin(recipients, kept)

    def forbidden(self, mode: Mode, recipients: int, foreseen: tuple[WouldBlock, ...]) -> tuple[WouldBlock, ...]:
        """List what blocks the requests of a test or a sandbox run: some that are `foreseen` for a real one, and more.

        If nothing of an issue is pending, no guard stops a real run; here, requests are sent anyway.
        """
        same = content_digest(self._issue) == self._issue.digest
        issue = replace(self._issue, changed=()) if same else self._issue
        found = dict.fromkeys((*foreseen, *self._guards(issue, recipients, self._columns)))
        return tuple(guard for guard in found if mode == "sandbox" or guard.code not in REAL_RUN)

    def _to_begin(self, recipients: int, journal: Journal | None) -> tuple[WouldBlock, ...]:
        """List what blocks starting a real run to this number of recipients; `journal` is the project's."""
        return (
            *missing_journal_blockers(self._issue, self._config),
            *(self._lost_suppressions(journal) if journal else ()),
            *self._guards(self._issue, recipients, self._columns),
        )

    def _to_go_on(self, journal: Journal, row: IssueRow, status: Status) -> tuple[WouldBlock, ...]:
        """List what blocks resuming a real run with the record in `journal`."""
        others = other_audience(row, self._run.where.texts)
        if not (status.pending or row.cancelled):
            return (*reuse_blockers(self._issue, row), *others)
        found = (
            *others,
            *restored_journal_blockers(self._issue, self._config, row),
            *self._lost_suppressions(journal),
            *resume_blockers(self._issue, self._envelope, self._requests, row, journal.waiting(row.key)),
        )
        issue = replace(self._issue, changed=())  # files that are not sent, such as issue.toml, no longer matter
        return (*found, *(self._guards(issue, status.recipients, None) if status.pending else ()))

    def _lost_suppressions(self, journal: Journal) -> tuple[WouldBlock, ...]:
        """Find whether the suppression file has lost all the people whom `journal` knows of."""
        slug = self._config.newsletter.slug
        before = journal.known_suppressed(self._config.suppressions, f"{slug}-" if slug else "")
        return lost_suppressions(self._config, before, self._in_file)

    def _guards(self, issue: Issue, recipients: int, columns: set[str] | None) -> tuple[WouldBlock, ...]:
        return guards(
            issue,
            self._config,
            self._envelope,
            self._requests,
            recipients=recipients,
            now=self._run.now,
            expected=self._run.expected,
            columns=columns,
            explicit=self._run.explicit,
            last=0 if columns is None else self._run.last_audience,
        )

    def go_on_dry(self, row: IssueRow) -> SendResult:
        """Rehearse what a real run would resume; no message can be built for recipients without the values it needs."""
        self._run.on_recipients_ignored(row.id)
        status = self.journal.status(row, "dry-run")
        status = replace(status, would_block=self._to_go_on(self.journal, row, status))
        if any(guard.code == "audience" for guard in status.would_block):
            return SendResult(status=status, resumed=True)
        return replace(self.deliver(row, status), resumed=True)

    def admit(self, row: IssueRow, status: Status, confirm: Confirm, *, resumed: bool) -> None:
        """Confirm a run that begins with `status`, or raise BlockedError; do not ask if nothing is pending."""
        found = (
            self._to_go_on(self.journal, row, status) if resumed else self._to_begin(status.recipients, self.journal)
        )
        if found:
            raise to_error(row.id, found)
        if not status.pending:
            return
        preview = ConfirmationPrompt(
            issue=row.id,
            subject=self._issue.message.subject,
            sender=self._config.send.from_,
            source=f"the audience in {self.journal.path}" if resumed else str(self._run.recipients),
            recipients=status.pending,
            resumed=resumed,
        )
        if not confirm(preview):
            raise BlockedError("not confirmed: nothing was sent", hint="run it again to send it")

    def deliver(self, row: IssueRow, before: Status) -> SendResult:
        """Submit every pending batch, beginning with the status `before`."""
        schedule = Schedule(batch_id=row.schedule_id, send_at=row.schedule_at) if row.schedule_id else None
        draft = self._provider.prepare(envelope(self._issue, self._config, mode=before.mode, schedule=schedule))
        settled = 0

        def submit(batch: Batch) -> Outcome:
            try:
                request = draft.build(batch.recipients, batch=batch.number, attempt=batch.attempt)
            except Exception as error:  # whatever happened, nothing was sent: the batch is not uncertain
                if before.mode == "dry-run":
                    raise  # errors are shown as they are: nothing can get lost
                return _not_made(batch.number, error)
            return self._provider.submit(request)

        def progress(number: int) -> None:
            nonlocal settled
            settled += number
            self._run.progress(settled, before.pending)

        with self._run.stopping() as stop:
            dispatcher = Dispatcher(
                self.journal,
                row.key,
                submit,
                self._run.pace or self._pace(before.mode),
                before=self._refresh,
                progress=progress,
                paused=self._run.paused,
                stop=stop,
                quota=Quota(self.journal, self._config) if before.mode == "live" else None,
            )
            stopped = dispatcher.run()
        status = self.journal.status(row, before.mode, before.would_block)
        if before.mode == "live":
            status = replace(status, complete_at=complete_at(self.journal, self._config, status))
        report = replace(_report(self.journal, row, status, stopped), resting=dispatcher.resting)
        return replace(report, gone=self._membership.gone, unknown=self._membership.unknown)

    def _pace(self, mode: Mode) -> Pace:
        if mode == "dry-run":
            return Pace()
        settings = self._config.send
        return Pace(concurrency=settings.concurrency, rate=settings.rate, retries=settings.retries)
