"""The contacts that a provider keeps: what there is, and pushing the people of a recipients file to a list."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from newsletter.app.events import Events
from newsletter.config import Config
from newsletter.errors import RecipientsError, UsageError
from newsletter.providers import CAMPAIGNS, find_campaigns
from newsletter.sender.contacts import ContactBook, ContactList
from newsletter.sender.lock import locked
from newsletter.sender.push import Pushed, Survey, push, read_people
from newsletter.sender.recipients import load_form
from newsletter.sender.suppressions import Suppressions
from newsletter.toml_binding import shown_path
from newsletter.wording import closest

__all__ = ["Audience", "push_audience", "rehearse_push", "show_audience"]

_LONGEST_WAIT = 10.0  # seconds between two looks at a job


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """What the provider has: its lists, how many contacts there are in all, and their fields."""

    lists: tuple[ContactList, ...]
    total: int
    fields: tuple[str, ...]


def show_audience(config: Config, environ: Mapping[str, str]) -> Audience:
    """Ask the provider about its contacts."""
    book = _book(config, environ)
    return Audience(lists=book.lists(), total=book.total(), fields=book.fields())


def rehearse_push(config: Config, path: Path) -> Survey:
    """Return what a push would do, without asking anybody; RecipientsError names the lines that are wrong."""
    names = tuple(name for name in load_form(path).names if name and name.casefold() != "email")
    return read_people(path, _suppressed(config), names, lambda contact: "")[1]


def push_audience(
    config: Config, environ: Mapping[str, str], path: Path, name: str, *, create: bool, events: Events
) -> tuple[Survey, Pushed]:
    """Push the people of a file to the list of that name (or id), which with `create` is made where there is none.

    The whole file is read first; RecipientsError names the lines that are wrong, and nothing is pushed then.
    """
    book = _book(config, environ)
    state = config.journal.with_name("push.json")
    with locked(config.journal.with_name("push")):
        people, survey = read_people(path, _suppressed(config), book.fields(), book.check)
        for column in survey.unknown:
            events.warn(
                f"warning: {shown_path(path)}: the column {column!r} is not pushed: contacts have no such field"
            )
        target = _list(book, name, create=create)
        with events.progress("contacts pushed") as progress:
            done = push(
                book,
                people,
                survey,
                target.id,
                state=state,
                progress=progress or (lambda count: None),
                wait=lambda poll: time.sleep(min(_LONGEST_WAIT, 0.5 * 1.5 ** min(poll, 20))),
            )
    return survey, done


def _book(config: Config, environ: Mapping[str, str]) -> ContactBook:
    """Return the contacts of the configured provider, or of the one that has some: they can be there before it is."""
    delivery = config.send.delivery if config.send.delivery in CAMPAIGNS else next(iter(CAMPAIGNS))
    return find_campaigns(delivery).contacts(config, environ)


def _suppressed(config: Config) -> set[str]:
    """Return the addresses of the suppression file, in lower case; RecipientsError where it is gone."""
    if config.send.suppressions and not config.suppressions.exists():
        hint = "restore it, or create one with the header 'email': without it, people who left would be pushed"
        raise RecipientsError("does not exist", place=shown_path(config.suppressions), hint=hint)
    return {email.casefold() for email in Suppressions(config.suppressions).load()}


def _list(book: ContactBook, name: str, *, create: bool) -> ContactList:
    known = book.lists()
    found = [one for one in known if name in (one.id, one.name)]
    if len(found) == 1:
        return found[0]
    if found:
        hint = f"use an id instead of the name: {', '.join(one.id for one in found[:5])}"
        raise UsageError(f"{len(found)} lists have the name {name!r}", hint=hint)
    if create:
        return book.make_list(name)
    near = closest(name, [one.name for one in known])
    hint = f"did you mean {near!r}? " if near else ""
    raise UsageError(f"there is no list {name!r}", hint=f"{hint}--create creates it")
