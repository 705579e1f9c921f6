"""Deliver an issue, or do everything except the delivery."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.app.campaign import campaigns_of, context_of, rehearse_campaign, send_campaign
from newsletter.app.choose import IssueIndex, load_index, load_to_send, require_issue
from newsletter.app.claim import make_claim
from newsletter.app.events import DeliveryEvents, Events
from newsletter.app.operations import last_audience, look_up
from newsletter.app.published import require_published
from newsletter.app.waiting import Waiting, list_waiting
from newsletter.config import ENV, Config
from newsletter.errors import UsageError
from newsletter.files import is_public
from newsletter.providers import find_account, find_provider
from newsletter.sender.claim import Claim
from newsletter.sender.deliver import Progress, SendContext, SendResult, dry_run, sandbox, send, send_report, send_test
from newsletter.sender.guards import Expected
from newsletter.sender.status import Mode, State
from newsletter.sender.where import EVERYBODY, Where
from newsletter.toml_binding import shown_path
from newsletter.wording import counted

if TYPE_CHECKING:
    from newsletter.issues import Issue
    from newsletter.sender.provider import LiveProvider, Recorder, Suppressor

__all__ = [
    "Delivered",
    "SendRequest",
    "check_files",
    "dry_run_issue",
    "provider_of",
    "refuse_choice",
    "send_issue",
    "send_live",
    "send_to_report",
    "suppressor_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRequest:
    """A request to send `issue` (None: choose it) to everybody in `recipients` (None: the configured file).

    `addresses` are those of a test; `expected` is the expected number of recipients, `where` chooses them; `at` is when
    an issue goes out that the provider sends by itself (ISO 8601, or ``now``).
    """

    mode: Mode
    now: datetime
    issue: str | None = None
    addresses: tuple[str, ...] = ()
    recipients: Path | None = None
    expected: Expected | None = None
    at: str = "now"
    where: Where = EVERYBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """How a run ended, and what of other issues waits for a person (of a run that names no issue)."""

    report: SendResult
    left_behind: tuple[str, ...] = ()
    waiting: tuple[Waiting, ...] = ()


def send_issue(
    config: Config, request: SendRequest, environ: Mapping[str, str], events: Events, delivery: DeliveryEvents
) -> Delivered:
    """Deliver the requested issue in `request.mode`; see `newsletter.sender.deliver` for the errors raised."""
    if config.provider.campaigns:
        return _hand_over(config, request, environ, events, delivery)
    _refuse_time(request)
    _check_delivery(config, events)
    index = load_index(config)
    name = require_issue(config, request.issue) if request.issue else index.choose_to_send(request.now, events)
    live = request.mode == "live"
    provider = (
        None if request.mode == "dry-run" else provider_of(config, environ, events, sandbox=request.mode == "sandbox")
    )
    if live:
        delivery.require_answer()
    people_file = request.recipients or config.recipients
    _warn_of_public(config, people_file, events)
    if live and not request.issue:
        _look_up_others(config, index, name, provider, events)
    with delivery.progress() as progress:
        run = SendContext(
            recipients=people_file,
            now=request.now,
            expected=request.expected,
            progress=progress,
            paused=delivery.paused,
            stopping=delivery.stopping,
            explicit=request.issue is not None,
            on_recipients_ignored=partial(_warn_unread, request, events),
            last_audience=last_audience(config, index.own, name, request.where.texts),
            where=request.where,
            claim=make_claim(config, request.now) if live else None,
        )
        report = _deliver(config, name, request, run, provider, delivery)
    if not live or request.issue:
        return Delivered(report=report)
    uncertain = [one for one in list_waiting(index, request.now) if one.kind == "uncertain" and one.issue != name]
    return Delivered(report=report, left_behind=index.left_behind(request.now), waiting=tuple(uncertain))


def _refuse_time(request: SendRequest) -> None:
    if request.at != "now":
        hint = "undo_minutes in [send] holds an issue back; --at is for a provider that sends to lists of its own"
        raise UsageError("--at cannot be used with this delivery", hint=hint)


def _hand_over(
    config: Config, request: SendRequest, environ: Mapping[str, str], events: Events, delivery: DeliveryEvents
) -> Delivered:
    """Hand the requested issue over to a provider that sends it by itself."""
    if request.recipients:
        raise UsageError("--recipients cannot be used: the provider has the lists", hint="name them in [marketing]")
    refuse_choice(config, request.where)
    index = load_index(config)
    name = require_issue(config, request.issue) if request.issue else index.choose_to_send(request.now, events)
    explicit = request.issue is not None
    if request.mode == "dry-run":
        report = rehearse_campaign(config, name, request.now, explicit=explicit, expected=request.expected)
        return Delivered(report=report)
    if request.mode == "live":
        delivery.require_answer()
        _require_published(config, name)
    run = context_of(config, name, request.now, explicit=explicit, expected=request.expected)
    campaigns = campaigns_of(config, environ, events)
    report = send_campaign(
        config, name, run, campaigns, delivery, mode=request.mode, addresses=request.addresses, at=request.at
    )
    left = load_index(config).left_behind(request.now) if request.mode == "live" and not explicit else ()
    return Delivered(report=report, left_behind=left)


def refuse_choice(config: Config, where: Where) -> None:
    """Raise UsageError where recipients are chosen, and the provider has them."""
    if where.conditions and config.provider.campaigns:
        raise UsageError("--where cannot be used: the provider has the lists", hint="name a segment in [marketing]")


def check_files(config: Config, events: Events) -> None:
    """Warn of what is not as it should be with the files of people, and of what everybody can read."""
    if config.provider.campaigns:
        return
    _check_delivery(config, events)
    _warn_of_public(config, config.recipients, events)


def send_live(
    config: Config,
    name: str,
    provider: "LiveProvider",
    now: datetime,
    expected: Expected | None,
    delivery: DeliveryEvents,
    claim: Claim | None = None,
    where: Where = EVERYBODY,
) -> SendResult:
    """Deliver an issue that a run chose; nobody is asked."""
    with delivery.progress() as progress:
        run = replace(_chosen_by_run(config, name, now, expected, delivery, progress, where), claim=claim)
        return send(partial(load_to_send, config, name), config, run, provider=provider, confirm=delivery.confirm)


def send_to_report(config: Config, issue: "Issue", address: str, provider: "LiveProvider", now: datetime) -> SendResult:
    """Mail an issue to the person who is to judge it."""
    run = SendContext(recipients=config.recipients, now=now)
    return send_report(issue, config, run, provider=provider, address=address)


def dry_run_issue(
    config: Config,
    name: str,
    now: datetime,
    expected: Expected | None,
    delivery: DeliveryEvents,
    where: Where = EVERYBODY,
) -> SendResult:
    """Rehearse what a run would send of an issue."""
    if config.provider.campaigns:
        return rehearse_campaign(config, name, now, explicit=False, expected=expected)
    issue = load_to_send(config, name)
    with delivery.progress() as progress:
        run = _chosen_by_run(config, name, now, expected, delivery, progress, where)
        return dry_run(issue, config, run, provider=_recorder_of(config, issue))


def _chosen_by_run(
    config: Config,
    name: str,
    now: datetime,
    expected: Expected | None,
    delivery: DeliveryEvents,
    progress: Progress,
    where: Where,
) -> SendContext:
    """Return the context of an issue that a run chose, and no person."""
    return SendContext(
        recipients=config.recipients,
        now=now,
        expected=expected,
        progress=progress,
        paused=delivery.paused,
        stopping=delivery.stopping,
        explicit=False,
        last_audience=last_audience(config, load_index(config).own, name, where.texts),
        where=where,
    )


def _look_up_others(
    config: Config, index: IssueIndex, name: str, provider: "LiveProvider | None", events: Events
) -> None:
    """Ask the log about the uncertain batches of the other issues, which this run does not touch otherwise."""
    others = [other for other in index.begun(State.UNCERTAIN, State.SUBMITTING) if other != name]
    if others and provider:
        found, _ = look_up(config, others, lambda: provider)
        if found:
            events.note(f"found {counted(found, 'uncertain batch')} in {config.provider.name}'s log")


def _warn_of_public(config: Config, recipients: Path, events: Events) -> None:
    """Warn of files with addresses or the key that every user of the machine can read."""
    files = (recipients, config.suppressions, config.root / ENV, config.journal)
    for path in dict.fromkeys(filter(is_public, files)):
        events.warn(f"warning: {shown_path(path)}: every user of this machine can read it")
        events.warn(f"hint: chmod 600 {shlex.quote(shown_path(path))}")


def provider_of(config: Config, environ: Mapping[str, str], events: Events, *, sandbox: bool = False) -> "LiveProvider":
    """Return the provider with the key from `environ`; ConfigError if that is missing or malformed."""
    provider = find_provider(config.send.delivery).connect(config, environ, sandbox=sandbox)
    events.detail(f"requests go to {provider.where}")
    return provider


def suppressor_of(config: Config, environ: Mapping[str, str], events: Events) -> "Suppressor":
    """Return the provider, of whichever kind, as what knows who is suppressed; ConfigError as above."""
    provider = find_account(config.send.delivery).connect(config, environ)
    events.detail(f"requests go to {provider.where}")
    return provider


def _recorder_of(config: Config, issue: "Issue") -> "Recorder":
    """Return the provider that writes the requests of `issue` into its folder."""
    from newsletter.providers.dry_run import DryRun

    return DryRun(issue, find_provider(config.send.delivery).prepare, config.provider.tags.values())


def _check_delivery(config: Config, events: Events) -> None:
    find_provider(config.send.delivery)  # there must be one, whatever the mode
    if config.send.suppressions and not config.suppressions.exists():
        events.warn(
            f"warning: {shown_path(config.suppressions)}: [send] suppressions names this file, but it does not exist"
        )
        events.warn("hint: nobody is suppressed: restore the file, or create one with the header 'email'")


def _deliver(
    config: Config,
    name: str,
    request: SendRequest,
    run: SendContext,
    provider: "LiveProvider | None",
    delivery: DeliveryEvents,
) -> SendResult:
    if provider is None:
        issue = load_to_send(config, name)
        return dry_run(issue, config, run, provider=_recorder_of(config, issue))
    if request.mode == "sandbox":
        return sandbox(load_to_send(config, name), config, run, provider=provider)
    if request.mode == "test":
        return send_test(load_to_send(config, name), config, run, provider=provider, addresses=request.addresses)
    _require_published(config, name)
    return send(partial(load_to_send, config, name), config, run, provider=provider, confirm=delivery.confirm)


def _require_published(config: Config, name: str) -> None:
    """Raise CommandError unless the pictures that before_send publishes can be loaded; else a check has proved it."""
    if config.run.before_send:
        require_published(config, load_to_send(config, name).message)


def _warn_unread(request: SendRequest, events: Events, issue: str) -> None:
    """Warn that a recipients file that was given is ignored."""
    if request.recipients:
        file = shown_path(request.recipients)
        events.warn(f"warning: {file} is not read: the audience was frozen when the sending of {issue} began")
