"""Hand an issue over to a provider that sends it by itself, once, or do everything except that.

    find ─► guards ─► confirm ─► mark the folder ─► settle ─► mark it again

The provider's state decides what happens; the mark in the issue's folder is what was last seen of it.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from newsletter.config import Config
from newsletter.email_addresses import parse_address
from newsletter.errors import BlockedError, ClaimedError, NewsletterError
from newsletter.issues import Issue
from newsletter.marks import HandedOver, has_mark, read_mark, remove_mark, write_mark
from newsletter.sender.campaign import Campaign, Campaigns, Draft, Stage, Target, is_of, name_of, title_of
from newsletter.sender.context import Confirm, ConfirmationPrompt, SendContext, SendResult
from newsletter.sender.envelope import Envelope, content_digest, envelope
from newsletter.sender.guards import REAL_RUN, issue_guards, listed_guards, to_error
from newsletter.sender.journal import read_journal
from newsletter.sender.lock import locked
from newsletter.sender.sent_marker import has_marker
from newsletter.sender.settle import Handover, begun_of, call_off, find_all, settle, winner_of
from newsletter.sender.status import Mode, State, Status, WouldBlock, summarise

__all__ = [
    "CANCELLED",
    "Prepare",
    "cancel",
    "hand_over",
    "rehearse",
    "send_report",
    "send_test",
    "state_of",
    "status_of",
]

CANCELLED = "cancelled"
"""The stage of an issue that was called off, in the mark of its folder."""

Prepare = Callable[[Config, Envelope], Draft]
Keep = Callable[[Iterable[bytes], Status], None]  # (requests, status)
_NOBODY = Target(lists=(), segments=(), contacts=0, address="", columns=frozenset())
_STATES = {"": State.PENDING, Stage.DRAFT: State.PENDING, CANCELLED: State.SKIPPED}


def hand_over(
    load: Callable[[], Issue],
    config: Config,
    run: SendContext,
    *,
    prepare: Prepare,
    campaigns: Campaigns,
    confirm: Confirm,
    at: str = "now",
) -> SendResult:
    """Have the issue returned by `load` sent at the time `at` (ISO 8601, or ``now``), unless somebody has done that.

    Raises BlockedError for a guard or when `confirm` says no, ClaimedError where another content of the issue is sent,
    LockedError when another run is in progress here, ProviderError and UncertainError as `settle` does. Each of them
    may be followed by the same command.
    """
    with locked(config.journal, holder=str(config.path)):
        issue = load()
        try:
            return _HandingOver(issue, config, run, campaigns, prepare(config, envelope(issue, config))).go(confirm, at)
        except ClaimedError as error:
            error.articles = tuple(entry.key for entry in issue.outline.entries)  # those of the other one are unknown
            raise


def rehearse(issue: Issue, config: Config, run: SendContext, *, prepare: Prepare, keep: Keep) -> SendResult:
    """Have `keep` write the requests that would be made. What only the provider knows is no guard here."""
    draft = prepare(config, envelope(issue, config, mode="dry-run"))
    digest = content_digest(issue)
    mark = read_mark(issue.directory, HandedOver)
    found = (*_other_way(issue, config), *_guards(issue, config, run, draft, None))
    contacts = mark.contacts if mark else 0
    status = status_of(issue.id, digest, contacts, mark.stage if mark else "", mode="dry-run")
    status = replace(status, would_block=found)
    keep(draft.requests(name_of(title_of(config, issue.id), digest), "now"), status)
    return SendResult(status=status)


def send_test(
    issue: Issue,
    config: Config,
    run: SendContext,
    *,
    prepare: Prepare,
    campaigns: Campaigns,
    addresses: Sequence[str],
) -> SendResult:
    """Send `issue`, with its subject marked, only to `addresses`; BlockedError for a problem of the issue."""
    draft = prepare(config, envelope(issue, config, mode="test"))
    found = _guards(issue, config, replace(run, expected=None, explicit=True), draft, None)
    if stopped := tuple(guard for guard in found if guard.code not in REAL_RUN):
        raise to_error(issue.id, stopped)
    return send_report(issue, config, prepare=prepare, campaigns=campaigns, addresses=addresses)


def send_report(
    issue: Issue, config: Config, *, prepare: Prepare, campaigns: Campaigns, addresses: Sequence[str]
) -> SendResult:
    """Send an issue to somebody who is to judge it, as a test, whatever would stop a real run."""
    draft = prepare(config, envelope(issue, config, mode="test"))
    campaigns.test(draft.content(campaigns.look_up()), addresses)
    sent = [(State.SUBMITTED, len(addresses))]
    return SendResult(status=summarise(issue.id, sent, batches=1, digest=content_digest(issue), mode="test"))


def cancel(issue: Issue, config: Config, *, prepare: Prepare, campaigns: Campaigns) -> SendResult:
    """Call an issue off for every machine, as long as it was not triggered; BlockedError after that."""
    with locked(config.journal, holder=str(config.path)):
        digest = content_digest(issue)
        mark = read_mark(issue.directory, HandedOver)
        mark = mark or HandedOver(name=name_of(title_of(config, issue.id), digest), began="", digest=digest)
        content = prepare(config, envelope(issue, config)).content(_NOBODY)
        back = call_off(campaigns, title_of(config, issue.id), replace(content, html="", text=""), _pause(config))
        write_mark(issue.directory, replace(mark, stage=CANCELLED))
        return SendResult(status=status_of(issue.id, digest, mark.contacts, CANCELLED), campaign=back)


def status_of(issue: str, digest: str, contacts: int, stage: str, *, mode: Mode = "live") -> Status:
    """Return the status of an issue that goes to this many `contacts` as a campaign in a `stage`."""
    return summarise(issue, [(state_of(stage), contacts)], batches=1, digest=digest, mode=mode)


def state_of(stage: str) -> State:
    """Return the state that everybody is in whom a campaign in a `stage` goes to."""
    return _STATES.get(stage, State.SUBMITTED)


def _pause(config: Config) -> Callable[[], None]:
    return lambda: time.sleep(config.marketing.settle)


class _HandingOver:
    """One issue on its way to the provider."""

    def __init__(self, issue: Issue, config: Config, run: SendContext, campaigns: Campaigns, draft: Draft) -> None:
        self._issue, self._config, self._run = issue, config, run
        self._campaigns, self._draft = campaigns, draft
        self._digest = content_digest(issue)
        self._title = title_of(config, issue.id)
        self._name = name_of(self._title, self._digest)

    def go(self, confirm: Confirm, at: str) -> SendResult:
        if found := _other_way(self._issue, self._config):
            raise to_error(self._issue.id, found)
        self._refuse_other_name()
        listed = find_all(self._campaigns, self._title)
        winner_of(listed, self._title, self._name)
        if begun := begun_of(listed):
            return self._keep(begun, self._contacts())
        self._check(None)
        target = self._campaigns.look_up()
        self._check(target)
        self._ask(confirm, target)
        self._mark(contacts=target.contacts)
        what = Handover(title=self._title, digest=self._digest, content=self._draft.content(target), at=at)
        try:
            done = settle(self._campaigns, what, _pause(self._config))
        except NewsletterError as error:
            self._take_back(error)
            raise
        return self._keep(done, target.contacts)

    def _refuse_other_name(self) -> None:
        """Raise BlockedError for an issue that has begun under another name, by which it would have to be found."""
        mark = read_mark(self._issue.directory, HandedOver)
        if mark and mark.name and not is_of(mark.name, self._title):
            hint = "change name and slug in [newsletter] back until this issue is done"
            raise BlockedError(f"it has begun as {mark.name!r}", hint=hint, place=self._issue.id)

    def _check(self, target: Target | None) -> None:
        if found := _guards(self._issue, self._config, self._run, self._draft, target):
            raise to_error(self._issue.id, found)

    def _ask(self, confirm: Confirm, target: Target) -> None:
        settings = self._config.marketing
        preview = ConfirmationPrompt(
            issue=self._issue.id,
            subject=self._issue.message.subject,
            sender=self._config.send.from_,
            source=", ".join((*settings.lists, *settings.segments)),
            recipients=target.contacts,
            resumed=False,
        )
        if not confirm(preview):
            raise BlockedError("not confirmed: nothing was sent", hint="run it again to send it")

    def _contacts(self) -> int:
        """Return how many people it went to, as far as that is known."""
        mark = read_mark(self._issue.directory, HandedOver)
        if mark and mark.contacts:
            return mark.contacts
        with suppress(NewsletterError):
            return self._campaigns.look_up().contacts
        return 0

    def _keep(self, seen: Campaign, contacts: int) -> SendResult:
        self._mark(contacts=contacts, id=seen.id, stage=seen.stage.value, send_at=seen.send_at)
        return SendResult(status=status_of(self._issue.id, self._digest, contacts, seen.stage), campaign=seen)

    def _mark(self, **values: object) -> None:
        """Record in the issue's folder how far it is; from the first mark on, the issue is not composed again."""
        new = HandedOver(name=self._name, began=self._run.now.isoformat(), digest=self._digest)
        mark = read_mark(self._issue.directory, HandedOver) or new
        write_mark(self._issue.directory, replace(mark, **values))  # type: ignore[arg-type]

    def _take_back(self, error: NewsletterError) -> None:
        """Remove the mark where the provider surely has nothing of this content, or another one was sent."""
        with suppress(NewsletterError):
            ours = any(one.name == self._name for one in find_all(self._campaigns, self._title))
            if not ours or (isinstance(error, ClaimedError) and error.done):
                remove_mark(self._issue.directory, HandedOver)


def _guards(
    issue: Issue, config: Config, run: SendContext, draft: Draft, target: Target | None
) -> tuple[WouldBlock, ...]:
    """List what blocks handing an issue over; without a `target`, what can be known of it without asking."""
    contacts = target.contacts if target else None
    return (
        *issue_guards(issue, config, now=run.now, explicit=run.explicit, recipients=contacts, expected=run.expected),
        *listed_guards(
            (("limits", problem, "change the issue and compose it again") for problem in draft.content_problems()),
            (("limits", problem, "change it in newsletter.toml") for problem in draft.setting_problems()),
            _halved(run, target) if target else (),
            _addressed(issue, config, target) if target else (),
        ),
    )


def _halved(run: SendContext, target: Target) -> Iterator[tuple[str, str, str]]:
    if not run.expected and 0 < target.contacts * 2 < run.last_audience:
        message = (
            f"the lists have {target.contacts:,} contacts, less than half of the last issue's {run.last_audience:,}"
        )
        hint = f"check the lists; if the number is right, confirm it: --expect-recipients {target.contacts}"
        yield "halved", message, f"{hint} (or expect_recipients in [run])"


def _addressed(issue: Issue, config: Config, target: Target) -> Iterator[tuple[str, str, str]]:
    """Find a sender that is another one, and merge fields that contacts do not have."""
    draft = envelope(issue, config)
    address = parse_address(draft.sender)[1].lower()
    if target.address != address:
        hint = "name that sender's id in [marketing], or set from in [send] to its address"
        yield "from", f"sender_id is {target.address}, but from in [send] is {address}", hint
    for name in draft.fields:
        if name not in target.columns and name not in draft.defaults:
            hint = f"fix the name in the issue's texts, add the field there, or set {name} in [send.defaults]"
            yield "merge-fields", f"the provider's contacts have no field {name!r}", hint


def _other_way(issue: Issue, config: Config) -> tuple[WouldBlock, ...]:
    """Find whether the issue's sending has begun recipient by recipient, which is then the way to finish it."""
    journal, known = read_journal(config.journal), False
    if journal:
        with journal:
            known = journal.find(issue.id) is not None
    if not known and not (has_marker(issue.directory) and not has_mark(issue.directory, HandedOver)):
        return ()
    message = "its sending has begun with another delivery, recipient by recipient"
    hint = f"set delivery in [send] back to finish it, or end it: newsletter cancel {issue.id}"
    return (WouldBlock(code="journal", message=message, hint=hint),)
