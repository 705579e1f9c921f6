"""What commands do where the provider sends an issue by itself: hand it over, test it, follow it, call it off."""

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from newsletter.app.choose import load_index, load_to_send
from newsletter.app.events import DeliveryEvents, Events
from newsletter.app.operations import IssueOverview, campaign_overview, last_audience
from newsletter.config import Config
from newsletter.errors import BlockedError, ConfigError, NewsletterError
from newsletter.figures import Figures
from newsletter.issues import Issue, find_issue
from newsletter.marks import HandedOver, Superseded, has_mark, read_mark, write_mark
from newsletter.providers import find_campaigns
from newsletter.sender import hand_over
from newsletter.sender.campaign import Campaign, Campaigns, name_of, title_of
from newsletter.sender.context import SendContext, SendResult
from newsletter.sender.envelope import envelope
from newsletter.sender.guards import Expected
from newsletter.sender.settle import begun_of, find_all
from newsletter.sender.status import Mode, Status, summarise

__all__ = [
    "campaigns_of",
    "cancel_campaign",
    "context_of",
    "count_campaign",
    "follow",
    "rehearse_campaign",
    "report_campaign",
    "send_campaign",
]


def campaigns_of(config: Config, environ: Mapping[str, str], events: Events) -> Campaigns:
    """Return the account's campaigns, with the key from `environ`; ConfigError if that is missing or malformed."""
    found = find_campaigns(config.send.delivery).connect(config, environ)
    events.detail(f"requests go to {found.where}")
    return found


def send_campaign(
    config: Config,
    name: str,
    run: SendContext,
    campaigns: Campaigns,
    delivery: DeliveryEvents,
    *,
    mode: Mode = "live",
    addresses: Sequence[str] = (),
    at: str = "now",
) -> SendResult:
    """Hand an issue over, or send it to the `addresses` of a test."""
    prepare = find_campaigns(config.send.delivery).prepare
    if mode == "sandbox":
        raise ConfigError(f"{config.provider.name} has no sandbox for campaigns", hint="use --dry-run or --test ADDR")
    if mode == "test":
        issue = load_to_send(config, name)
        return hand_over.send_test(issue, config, run, prepare=prepare, campaigns=campaigns, addresses=addresses)
    load = functools.partial(load_to_send, config, name)
    return hand_over.hand_over(load, config, run, prepare=prepare, campaigns=campaigns, confirm=delivery.confirm, at=at)


def rehearse_campaign(
    config: Config, name: str, now: datetime, *, explicit: bool, expected: Expected | None = None
) -> SendResult:
    """Write the requests that would be made of an issue into its folder."""
    from newsletter.providers.dry_run import keep_campaign

    issue = load_to_send(config, name)
    shared = envelope(issue, config, mode="dry-run")

    def keep(requests: Iterable[bytes], status: Status) -> None:
        keep_campaign(issue, shared, config.provider.tags.values(), requests, status)

    run = context_of(config, name, now, explicit=explicit, expected=expected)
    return hand_over.rehearse(issue, config, run, prepare=find_campaigns(config.send.delivery).prepare, keep=keep)


def context_of(
    config: Config, name: str, now: datetime, *, explicit: bool, expected: Expected | None = None
) -> SendContext:
    """Return what handing over an issue needs beside the configuration."""
    last = last_audience(config, load_index(config).own, name)
    return SendContext(recipients=config.recipients, now=now, expected=expected, explicit=explicit, last_audience=last)


def report_campaign(config: Config, campaigns: Campaigns, issue: Issue, address: str) -> SendResult:
    """Send an issue to the person who is to judge it."""
    prepare = find_campaigns(config.send.delivery).prepare
    return hand_over.send_report(issue, config, prepare=prepare, campaigns=campaigns, addresses=[address])


def follow(config: Config, name: str, campaigns: Campaigns) -> IssueOverview | None:
    """Return what the provider says of an issue now, with its statistics; None where it has nothing of it."""
    found = find_all(campaigns, title_of(config, name))
    mark = read_mark(config.issues / name, HandedOver)
    seen = begun_of(found) or next(iter(found), None)
    if seen is None:
        return campaign_overview(name, mark) if mark else None
    mark = mark or HandedOver(name=seen.name, began=seen.created.isoformat(), digest=_digest(config, name, seen))
    if mark.stage != hand_over.CANCELLED:
        mark = replace(mark, id=seen.id, stage=seen.stage.value, send_at=seen.send_at, name=seen.name)
    figures = _figures(campaigns, seen) if begun_of([seen]) else None
    return replace(campaign_overview(name, mark), figures=figures)


def _digest(config: Config, name: str, seen: Campaign) -> str:
    """Return the whole digest of an issue that another machine has handed over, where it is the same one here."""
    issue = find_issue(config.issues, name)
    return issue.digest if name_of(title_of(config, name), issue.digest) == seen.name else ""


def _figures(campaigns: Campaigns, seen: Campaign) -> Figures | None:
    try:
        return campaigns.count(seen.id)
    except NewsletterError:
        return None  # there are none yet, or the key may not read them: `report` says which


def count_campaign(config: Config, name: str, campaigns: Campaigns) -> Figures:
    """Return the provider's statistics of an issue; nothing counted where it was not sent."""
    begun = begun_of(find_all(campaigns, title_of(config, name)))
    return campaigns.count(begun.id) if begun else Figures()


def cancel_campaign(config: Config, name: str, campaigns: Campaigns) -> IssueOverview:
    """Call an issue off for every machine; BlockedError once it was triggered."""
    folder = config.issues / name
    issue = find_issue(config.issues, name)
    if not has_mark(folder, HandedOver) and not find_all(campaigns, title_of(config, name)):
        write_mark(folder, Superseded())
        return IssueOverview(status=summarise(name, (), batches=0, digest=issue.digest))
    try:
        report = hand_over.cancel(
            issue, config, prepare=find_campaigns(config.send.delivery).prepare, campaigns=campaigns
        )
    except BlockedError as error:
        raise BlockedError(f"nothing of {name} is left to cancel: {error.message}", hint=error.hint) from error
    mark = read_mark(folder, HandedOver)
    assert mark is not None
    return replace(campaign_overview(name, mark), called_back=report.campaign is not None, cancelled=mark.began)
