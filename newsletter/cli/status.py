"""``newsletter status``: show the journal's record of an issue."""

import os
from dataclasses import asdict
from typing import Any

import click

from newsletter.app.campaign import campaigns_of, follow
from newsletter.app.choose import IssueIndex, load_index
from newsletter.app.operations import IssueOverview, overview
from newsletter.cli.delivery import campaign_document, campaign_line, completion, counts
from newsletter.cli.options import json_option
from newsletter.cli.output import say
from newsletter.cli.session import Session
from newsletter.config import Config
from newsletter.errors import ConfigError, ExitStatus, ProviderError
from newsletter.issues import check_issue_id, find_issue
from newsletter.marks import HandedOver, SentElsewhere, Superseded, is_superseded, read_mark
from newsletter.sender.journal import BatchRow
from newsletter.sender.sent_marker import missing_journal
from newsletter.sender.status import State, document, people, summarise

__all__ = ["command"]


@click.command("status")
@click.argument("issue", required=False)
@json_option
@click.pass_obj
def command(session: Session, issue: str | None, as_json: bool) -> int:
    """Show how many recipients of ISSUE were submitted, failed, or are uncertain.

    Without ISSUE, shows every issue that is not finished, the newest first, or else the newest one. The exit status is
    3 if anything is uncertain. 'newsletter -v status' includes addresses: the refused ones, and some of each uncertain
    batch to look up. With delivery = "marketing", shows the state of the Single Send and SendGrid's counts.

    \b
    newsletter status
    newsletter -v status 2025-W20   with addresses
    """
    config = session.load_config()
    index = load_index(config)
    names = [check_issue_id(issue)] if issue else _open(index)
    found = [_overview(config, session, name) for name in names or [index.choose(None)]]
    if as_json:
        rest = {"open": [_document(each) for each in found if names]} if not issue else {}
        session.document({**_document(_first(index, found)), **rest})
    else:
        for each in found:
            _say(config, each, addresses=session.verbose)
            if each.status.pending and (reason := index.obstacle(each.status.issue, session.now(config))):
                name = each.status.issue
                say(f"it cannot be resumed: {reason}")
                say(f"  hint: {reason.hint}: newsletter send {name}; or cancel it: newsletter cancel {name}")
    return ExitStatus.UNCERTAIN if any(map(_is_uncertain, found)) else ExitStatus.DONE


def _open(index: IssueIndex) -> list[str]:
    """List the issues that are not finished, the one begun last in front, then those that were never begun."""
    begun = index.begun(State.PENDING, State.UNCERTAIN, State.SUBMITTING)
    fresh, _ = index.not_begun()
    return [*reversed(begun), *(reversed(fresh) if begun else ())]


def _first(index: IssueIndex, found: list[IssueOverview]) -> IssueOverview:
    """Return the one that a bare command means: the first that was begun and is not finished."""
    begun = index.begun(State.PENDING, State.UNCERTAIN, State.SUBMITTING)
    return next((each for each in found if each.status.issue in begun[:1]), found[0])


def _document(found: IssueOverview) -> dict[str, Any]:
    """Return the document of an issue; one that goes out as a campaign has that, too, and the provider's statistics."""
    seen = found.campaign
    if seen is None:
        return {**document(found.status)}
    figures = asdict(found.figures) if found.figures else None
    return {**document(found.status), "campaign": campaign_document(seen), "figures": figures}


def _overview(config: Config, session: Session, name: str) -> IssueOverview:
    """Read what is known of an issue; one whose sending has not begun has nobody in any state.

    The provider is asked about one that it sends by itself; where that does not work, what was last seen is shown.
    """
    found = overview(config, name)
    if config.provider.campaigns and (found is None or found.campaign):
        try:
            found = follow(config, name, campaigns_of(config, os.environ, session)) or found
        except (ConfigError, ProviderError) as problem:
            show = session.warn if found else session.detail
            show(f"warning: {name}: showing the state that was last read: {problem}")
    if found is not None:
        return found
    loaded = find_issue(config.issues, name)
    if error := missing_journal(loaded.directory, config.journal):
        raise error
    return IssueOverview(status=summarise(loaded.id, (), batches=0, digest=loaded.digest))


def _is_uncertain(found: IssueOverview) -> bool:
    """Return whether anything is uncertain, what is under way aside."""
    uncertain = any(batch.state is State.UNCERTAIN and batch.recipients for batch in found.batches)
    return uncertain or bool(found.status.uncertain and not found.running)


def _not_begun(config: Config, name: str) -> str:
    """Return why no recipient of an issue is in any state here."""
    folder = config.issues / name
    if elsewhere := read_mark(folder, SentElsewhere):
        return f"sent by another machine, to {people(elsewhere.submitted)}"
    if not is_superseded(folder):
        return "not sent yet"
    mark = read_mark(folder, Superseded)
    where = f"its articles went to {mark.by}" if mark and mark.by else "it was given up"
    return f"never sent; {where}"


def _say(config: Config, found: IssueOverview, *, addresses: bool) -> None:
    if found.campaign:
        _say_campaign(config, found, found.campaign)
        return
    if not found.status.audience:
        say(f"{found.status.issue}: {_not_begun(config, found.status.issue)}")
        return
    flying = sum(batch.recipients for batch in found.batches if batch.state is State.SUBMITTING)
    say(counts(found.status, under_way=flying if found.running else 0, called_back=found.called_back))
    say(*completion(found.status, config))
    if found.cancelled:
        say(f"{'called back' if found.called_back else 'cancelled'} {found.cancelled}")
    for batch in found.batches:
        if batch.recipients and batch.attempts and batch.state is not State.SUBMITTED:
            say(_line(batch, running=found.running))
            if addresses and batch.number in found.to_look_up:
                say(f"  look up: {', '.join(found.to_look_up[batch.number])}")
            if addresses and batch.number in found.failed:
                say(f"  refused: {', '.join(found.failed[batch.number])}")
    if found.refused:
        named = f": {', '.join(found.refused)}" if addresses else "; -v lists them"
        one = len(found.refused) == 1
        say(f"{len(found.refused):,} {'address was' if one else 'addresses were'} refused by name{named}")
        for answer in found.refusals if addresses else ():
            say(f"  {answer}")


def _say_campaign(config: Config, found: IssueOverview, seen: HandedOver) -> None:
    say(campaign_line(seen, found.status.issue, found.status.audience, config.provider.name))
    if found.figures:
        names = ("delivered", "bounced", "dropped", "opened", "clicked", "unsubscribed", "reported")
        counted = {name: getattr(found.figures, name) for name in names}
        said = ", ".join(f"{number:,} {name}" for name, number in counted.items() if number) or "nothing counted yet"
        say(f"{config.provider.name} counts: {said}")


def _line(batch: BatchRow, *, running: bool) -> str:
    state = batch.state.value
    if batch.state is State.SUBMITTING:
        state = "under way" if running else "uncertain (its run was interrupted)"
    answer = f": {batch.answer}" if batch.answer else ""
    who = f"batch {batch.number} ({people(batch.recipients)})"
    return f"{who} {state}, attempt {batch.attempts}, {batch.began}{answer}"
