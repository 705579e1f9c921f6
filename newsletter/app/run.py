"""The one command for cron: finish what is open, compose the period's issue, send all that is ready, say what waits.

    look up ─► supersede ─► compose (catching up) ─► approval ─► before_send ─► send, the oldest first ─► what waits

The project's lock is held to the end, so that two runs never do half of the work each.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from newsletter.app.approve import is_approved, report_for_approval
from newsletter.app.campaign import campaigns_of, context_of, report_campaign, send_campaign
from newsletter.app.choose import IssueIndex, load_index, load_to_send
from newsletter.app.claim import make_claim, settle_claims
from newsletter.app.compose import ComposeOptions, compose_issue
from newsletter.app.events import DeliveryEvents, Events
from newsletter.app.history import History, Seen, sending_has_begun, sent_elsewhere
from newsletter.app.hook import run_before_send
from newsletter.app.operations import (
    claim_tokens,
    give_up_rest,
    is_quota_used,
    issues_in,
    known_issues,
    look_up,
    note_sent_elsewhere,
)
from newsletter.app.options import FilterOptions, PeriodOptions
from newsletter.app.place import refuse_forgetful_place
from newsletter.app.published import require_published
from newsletter.app.select import Request, make_request, select_articles
from newsletter.app.send import check_files, dry_run_issue, provider_of, refuse_choice, send_live, send_to_report
from newsletter.app.site_files import has_page, lacks_page
from newsletter.app.waiting import Waiting, list_waiting
from newsletter.config import Config
from newsletter.errors import BlockedError, ClaimedError, NewsletterError, NothingToDoError
from newsletter.issues import OUTLINE, Issue, find_issue, issue_id, read_outline
from newsletter.marks import Superseded, is_superseded, write_mark
from newsletter.models import Selection, Severity
from newsletter.sender.campaign import Campaigns
from newsletter.sender.deliver import SendResult
from newsletter.sender.guards import Expected, parse_expected
from newsletter.sender.lock import locked
from newsletter.sender.provider import LiveProvider
from newsletter.sender.status import State
from newsletter.sender.where import EVERYBODY, Where
from newsletter.settings import parse_hours, parse_span
from newsletter.wording import counted

__all__ = ["RunRequest", "RunResult", "run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """What a run is asked for: the issue of a period, at the time `now`; with `dry_run` nothing is sent or written.

    `where` chooses the audience of the issues that it begins to send.
    """

    asked: PeriodOptions
    now: datetime
    dry_run: bool = False
    where: Where = EVERYBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What a run did: the issues it sent, what went wrong, and what waits for a person.

    `errors` has all that went wrong, `blocked` those that kept an issue from being sent. `found` is how many uncertain
    batches the log settled. `nothing`: why there is nothing for the period's issue, "" where there is.
    """

    issue: str
    sent: tuple[SendResult, ...] = ()
    errors: tuple[NewsletterError, ...] = ()
    blocked: Mapping[str, NewsletterError] = field(default_factory=dict)
    waiting: tuple[Waiting, ...] = ()
    superseded: tuple[str, ...] = ()
    found: int = 0
    log_error: str = ""
    nothing: str = ""


def run(
    config: Config, request: RunRequest, environ: Mapping[str, str], events: Events, delivery: DeliveryEvents
) -> RunResult:
    """Do all that a regular run does; what goes wrong with one issue never stops another one.

    Raises LockedError where another run of the newsletter is at work, BlockedError in a place that forgets.
    """
    refuse_choice(config, request.where)
    if not request.dry_run:
        refuse_forgetful_place(config, environ)
    with locked(config.journal, holder=str(config.path)):
        return _Run(config, request, environ, events, delivery).go()


class _Run:
    """One run, under the project's lock."""

    def __init__(
        self,
        config: Config,
        request: RunRequest,
        environ: Mapping[str, str],
        events: Events,
        delivery: DeliveryEvents,
    ) -> None:
        self._config, self._request, self._environ = config, request, environ
        self._events, self._delivery = events, delivery
        self._provider: LiveProvider | None = None
        self._claim = None if request.dry_run else make_claim(config, request.now)
        self._elsewhere: tuple[Seen, ...] | None = None
        self._errors: list[NewsletterError] = []
        self._blocked: dict[str, NewsletterError] = {}
        self._sent: list[SendResult] = []
        self._superseded: list[str] = []
        self._nothing = ""
        self._outside_hours = self._resting = False
        self._issue = ""

    def go(self) -> RunResult:
        found, log_error = self._look_up()
        with self._kept():
            self._compose()
        self._send_ready(load_index(self._config))
        if self._claim:
            with self._kept():
                settle_claims(self._config, self._claim, partial(load_to_send, self._config))
        return RunResult(
            issue=self._issue,
            sent=tuple(self._sent),
            errors=tuple(self._errors),
            blocked=self._blocked,
            waiting=self._list_waiting(),
            superseded=tuple(self._superseded),
            found=found,
            log_error=log_error,
            nothing=self._nothing,
        )

    def _list_waiting(self) -> tuple[Waiting, ...]:
        """List what waits for a person; what waits for the hour alone does so once it is a day late."""
        now, index = self._request.now, load_index(self._config)
        found = list_waiting(index, now, self._blocked)
        found += tuple(
            _claimed(name, self._blocked[name]) for name in self._blocked.keys() - {one.issue for one in found}
        )
        if self._request.dry_run:
            good = {one.status.issue for one in self._sent if not one.status.would_block}
            found = tuple(one for one in found if one.kind != "composed" or one.issue not in good)
        if self._resting:  # the same line goes on with it, as long as it is not too old
            return tuple(one for one in found if one.kind not in ("pending", "composed"))
        if not self._outside_hours:
            return found
        soon = {name for name, build in index.builds.items() if build.outline.period.end > now - timedelta(days=1)}
        return tuple(one for one in found if one.kind not in ("pending", "composed") or one.issue not in soon)

    @contextmanager
    def _kept(self) -> Iterator[None]:
        """Keep what goes wrong with one step: the others are done all the same."""
        try:
            yield
        except NothingToDoError as error:
            self._nothing = str(error)
        except NewsletterError as error:
            self._errors.append(error)

    def _connect(self) -> LiveProvider:
        """Return the provider, made once."""
        self._provider = self._provider or provider_of(self._config, self._environ, self._events)
        return self._provider

    def _look_up(self) -> tuple[int, str]:
        """Ask the log about what is uncertain of the newsletter's issues."""
        if self._request.dry_run:
            return 0, ""
        names = load_index(self._config).begun(State.UNCERTAIN, State.SUBMITTING)
        return look_up(self._config, names, self._connect) if names else (0, "")

    def _compose(self) -> None:
        """Compose the period's issue where that is still to be done."""
        request = make_request(
            self._config, self._request.now, self._request.asked, FilterOptions(), self._events, self._catch_up
        )
        self._issue = issue_id(self._config.newsletter.slug, request.period)
        self._supersede(self._issue)
        request = replace(request, history=self._catch_up(request.history))
        if self._is_claimed(self._issue):
            return
        index = load_index(self._config)
        fresh = self._issue in index.not_begun()[0]
        if fresh and (taken := self._taken_by(index, self._issue)):
            if self._was_edited(index, self._issue):
                self._keep(self._issue, self._shared(self._issue, taken))
                return
            self._compose_issue(request, self._issue, reselect=True)
        elif self._needs_composing(self._issue):
            self._compose_issue(request, self._issue)

    def _compose_issue(self, request: Request, name: str, *, reselect: bool = False) -> None:
        if self._request.dry_run:
            self._foresee(request, name)
            return
        composed = compose_issue(request, ComposeOptions(name=name, reselect=reselect), self._events)
        if isinstance(composed, Selection):
            self._nothing = f"no articles to include for {composed.period.label}"
        else:
            self._events.report_findings(composed.findings, limit=5)

    def _foresee(self, request: Request, name: str) -> None:
        """Report what a real run would compose, or that there is nothing for it."""
        if (self._config.issues / name / OUTLINE).exists():
            self._events.note(f"{name} has changed: a real run composes it again")
        elif found := select_articles(request, self._events).articles:
            self._events.note(
                f"{name} is not composed yet: a real run composes it from {counted(len(found), 'article')}"
            )
        else:
            self._nothing = f"no articles to include for {request.period.label}"

    def _needs_composing(self, name: str) -> bool:
        """Return whether an issue is not there as it would be composed: missing, edited, or with errors to be fixed."""
        if sending_has_begun(self._config, name) or is_superseded(self._config.issues / name):
            return False
        try:
            issue = find_issue(self._config.issues, name)
        except NewsletterError:
            return True
        return (
            bool(issue.changed)
            or lacks_page(self._config, name)
            or any(finding.severity is Severity.ERROR for finding in issue.findings)
        )

    def _catch_up(self, history: History) -> History:
        """Let every issue count that somebody has or will get, and no other one."""
        span = parse_span(self._config.run.catch_up)
        assert span is not None
        begun = known_issues(self._config)
        held = set(issues_in(self._config, State.SUBMITTED, State.UNCERTAIN, State.SUBMITTING, State.PENDING))
        names = set(history.builds)
        spent = {name for name in names if is_superseded(self._config.issues / name)}
        spent |= {name for name in names & begun if name not in held and name not in history.submitted}
        if self._claim and self._elsewhere is None:
            self._elsewhere = self._claim.seen(self._config.newsletter.slug)
        return history.catching_up(span, spent=spent, open_=names - spent, elsewhere=self._elsewhere or ())

    def _supersede(self, by: str) -> None:
        """Mark what was composed, not edited and never begun, once it is too old or its articles were sent elsewhere.

        What is left of its articles goes to the next issue.
        """
        index = load_index(self._config)
        for name in index.not_begun()[0]:
            taken = self._taken_by(index, name)
            if name == by or not (taken or index.obstacle(name, self._request.now)):
                continue
            if taken and self._was_edited(index, name):
                self._keep(name, self._shared(name, taken))
            elif not self._was_edited(index, name) and not self._is_claimed(name):
                self._superseded.append(name)
                if not self._request.dry_run:
                    write_mark(self._config.issues / name, Superseded(by=by))
        for name in index.begun(State.PENDING):
            if name in index.builds and self._taken_by(index, name) and not self._holds_claim(name):
                give_up_rest(self._config, name)  # its claim was given back: nobody has got it from here

    def _holds_claim(self, name: str) -> bool:
        tokens = claim_tokens(self._config, name)
        return bool(self._claim and tokens and self._claim.holds(name, tokens))

    def _taken_by(self, index: IssueIndex, name: str) -> str:
        """Return the issue in which another machine has sent an article of one of ours; "" where none has."""
        if not self._config.select.exclude_submitted:
            return ""
        keys = {entry.key for entry in index.builds[name].outline.entries}
        others = (one.issue for one in self._elsewhere or () if one.issue != name and one.articles & keys)
        return next(others, "")

    def _shared(self, name: str, taken: str) -> BlockedError:
        hint = "take those articles out of its issue.toml and compose it again"
        return BlockedError(f"some of its articles were sent in {taken}", hint=hint, place=name)

    def _is_claimed(self, name: str) -> bool:
        """Return whether another machine has begun an issue; where it has sent it, that is noted."""
        claimed = self._claim.find(name, claim_tokens(self._config, name)) if self._claim else None
        if claimed:
            self._keep_claimed(name, claimed)
        return claimed is not None

    def _keep_claimed(self, name: str, claimed: ClaimedError) -> None:
        """Note that another machine has sent an issue, or keep why it is not sent from here."""
        if not claimed.done:
            self._keep(name, claimed)
            return
        self._events.note(str(claimed))
        if (self._config.issues / name).is_dir() and not sent_elsewhere(self._config, name):
            note_sent_elsewhere(self._config, name, claimed.articles, claimed.submitted)

    def _was_edited(self, index: IssueIndex, name: str) -> bool:
        """Return whether a person changed ``issue.toml``, or may have."""
        outline = read_outline(self._config.issues / name)
        return outline is None or hashlib.sha256(outline).hexdigest() != index.builds[name].choice.generated

    def _send_ready(self, index: IssueIndex) -> None:
        """Send every issue that is ready, the oldest period first; what stops one by the provider's doing stops all."""
        names = [name for name in self._ready(index) if self._may_be_sent(index, name)]
        if not names or not self._is_open() or self._has_to_rest():
            return
        check_files(self._config, self._events)
        with self._kept():
            if not self._request.dry_run:
                run_before_send(self._config, self._events)
            for name in names:
                if self._send(name):
                    return

    def _may_be_sent(self, index: IssueIndex, name: str) -> bool:
        """Return whether nobody has to approve an issue, or somebody did; else it is mailed to that person."""
        if sending_has_begun(self._config, name) or is_approved(self._config, name, index.builds[name].digest):
            return True
        if not self._request.dry_run and self._config.run.report_to:
            with self._kept():
                if report_for_approval(self._config, name, self._mail):
                    self._events.note(f"{name} was mailed to {self._config.run.report_to} for approval")
        return False

    def _mail(self, issue: Issue, address: str) -> SendResult:
        """Mail an issue to the person who is to judge it."""
        if self._config.provider.campaigns:
            return report_campaign(self._config, self._campaigns(), issue, address)
        return send_to_report(self._config, issue, address, self._connect(), self._request.now)

    def _campaigns(self) -> Campaigns:
        return campaigns_of(self._config, self._environ, self._events)

    def _is_open(self) -> bool:
        """Return whether it is an hour at which issues may be sent."""
        hours = parse_hours(self._config.run.hours)
        if hours is None:
            return True
        start, end = hours
        time = self._request.now.time()
        within = start <= time < end if start < end else time >= start or time < end
        if not within:
            self._events.note(f"it is {time:%H:%M}: issues are sent at {self._config.run.hours} (hours in [run])")
        self._outside_hours = not within
        return within

    def _has_to_rest(self) -> bool:
        """Return whether the share of this day or hour was sent before: what is ready goes on later."""
        self._resting = not self._request.dry_run and is_quota_used(self._config)
        if self._resting:
            self._events.note("the share of this day or this hour was sent (max_per_day, max_per_hour in [send])")
        return self._resting

    def _ready(self, index: IssueIndex) -> list[str]:
        """List what can be sent now: begun and not finished, or composed with a period that is over."""
        now = self._request.now
        begun = [name for name in index.begun(State.PENDING) if not index.obstacle(name, now)]
        fresh = [n for n in index.not_begun()[0] if n not in self._blocked and not index.obstacle(n, now)]
        over = [name for name in fresh if index.builds[name].outline.period.end <= now or name == self._issue]
        return sorted({*begun, *over}, key=lambda name: (index.builds[name].outline.period.end, name))

    def _sent_report(self, name: str, expected: Expected | None) -> SendResult:
        """Send one issue, or rehearse it, once what it needs of the site is published."""
        now, where = self._request.now, self._request.where
        if self._request.dry_run:
            return dry_run_issue(self._config, name, now, expected, self._delivery, where)
        page = self._config.page_address(name) if has_page(self._config, name) else ""
        require_published(self._config, load_to_send(self._config, name).message, page)
        if self._config.provider.campaigns:
            context = context_of(self._config, name, now, explicit=False, expected=expected)
            return send_campaign(self._config, name, context, self._campaigns(), self._delivery)
        return send_live(self._config, name, self._connect(), now, expected, self._delivery, self._claim, where)

    def _send(self, name: str) -> bool:
        """Send one issue; tell whether the next one would meet with the same trouble."""
        run = self._config.run
        expected = parse_expected(run.expect_recipients) if run.expect_recipients else None
        try:
            report = self._sent_report(name, expected)
        except ClaimedError as error:
            self._keep_claimed(name, error)
            return False
        except NewsletterError as error:
            return self._keep(name, error)
        self._sent.append(report)
        self._resting = report.resting
        return report.resting or report.stopped is not None

    def _keep(self, name: str, error: NewsletterError) -> bool:
        """Keep why an issue was not sent; another one may be all the same."""
        if name not in self._blocked:
            self._errors.append(error)
        self._blocked[name] = error
        return False


def _claimed(name: str, error: NewsletterError) -> Waiting:
    """Describe an issue that is not composed here, as another machine has claimed it."""
    reason = str(error).removeprefix(f"{name}: ")
    return Waiting(
        issue=name,
        kind="blocked",
        people=None,
        reason=reason,
        until=None,
        commands=(("newsletter run", "on that machine"),),
        hint=error.hint,
    )
