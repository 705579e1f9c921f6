"""What the configuration names at SendGrid: lists, segments, the sender, and the fields that contacts have."""

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from newsletter.errors import ConfigError
from newsletter.providers.sendgrid.answers import whole_number
from newsletter.providers.sendgrid.client import SendGrid, as_list, as_text
from newsletter.sender.campaign import Target
from newsletter.settings import MarketingSettings
from newsletter.wording import closest

__all__ = ["Group", "Sender", "fields", "find_group", "lists", "look_up", "pages", "segments", "sender"]

_MOST_PAGES = 1000
_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A list or a segment: its id, its name, how many contacts are in it."""

    id: str
    name: str
    contacts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A sender: its address, and whether SendGrid has verified it."""

    address: str
    verified: bool


def look_up(client: SendGrid, settings: MarketingSettings) -> Target:
    """Return what [marketing] names; ConfigError for what is not there."""
    known = lists(client) if settings.lists else ()
    parts = segments(client) if settings.segments else ()
    found = [find_group(name, known, "list", "lists") for name in settings.lists]
    chosen = [find_group(name, parts, "segment", "segments") for name in settings.segments]
    who = sender(client, settings.sender_id)
    if not who.verified:
        raise ConfigError(
            f"the sender {settings.sender_id} ({who.address}) is not verified",
            hint="verify it, or its domain: Settings, Sender Authentication, at SendGrid",
        )
    return Target(
        lists=tuple(sorted(group.id for group in found)),
        segments=tuple(sorted(group.id for group in chosen)),
        contacts=sum(group.contacts for group in (*found, *chosen)),
        address=who.address,
        columns=frozenset(fields(client)),
    )


def find_group(name: str, known: Iterable[Group], kind: str, key: str) -> Group:
    """Return the one with that id or name; ConfigError where none has it, or several."""
    known = tuple(known)
    found = [one for one in known if one.id == name] or [one for one in known if one.name == name]
    if len(found) == 1:
        return found[0]
    if found:
        hint = f"use an id instead of the name: {', '.join(one.id for one in found[:5])}"
        raise ConfigError(f"{len(found)} {kind}s at SendGrid have the name {name!r}", hint=hint)
    near = closest(name, [one.name for one in known])
    there = ", ".join(repr(one.name) for one in known[:10]) or "none"
    hint = f"did you mean {near!r}?" if near else f"{key} that are there: {there}"
    raise ConfigError(f"there is no {kind} {name!r} at SendGrid", hint=hint)


def lists(client: SendGrid) -> tuple[Group, ...]:
    """Return the account's lists."""
    return tuple(_group(one, "contact_count") for one in pages(client, "marketing/lists", "result"))


def segments(client: SendGrid) -> tuple[Group, ...]:
    """Return the account's segments."""
    found = client.ask("get", "marketing/segments/2.0", lambda found: as_list(found["segments"]))
    return tuple(_group(one, "contacts_count") for one in found)


def _group(one: Mapping[str, Any], count: str) -> Group:
    return Group(id=as_text(one["id"]), name=as_text(one["name"]), contacts=whole_number(one.get(count) or 0))


def sender(client: SendGrid, number: int) -> Sender:
    """Return a sender; ProviderError where there is none of that id."""

    def read(found: Any) -> Sender:
        verified = found.get("verified")
        state = verified.get("status") if isinstance(verified, dict) else verified
        return Sender(address=as_text(found["from"]["email"]).lower(), verified=bool(state))

    return client.ask("get", f"marketing/senders/{number}", read)


def fields(client: SendGrid) -> dict[str, str]:
    """Map the names of the fields that a contact can have to their ids."""

    def read(found: Any) -> dict[str, str]:
        every = [*as_list(found.get("reserved_fields") or []), *as_list(found.get("custom_fields") or [])]
        return {as_text(one["name"]): as_text(one["id"]) for one in every if not one.get("read_only")}

    return client.ask("get", "marketing/field_definitions", read)


def pages(
    client: SendGrid, path: str, key: str, *, method: str = "get", body: Any = None, size: int = _PAGE
) -> Iterator[Mapping[str, Any]]:
    """Yield the entries of all pages of a list."""
    query: dict[str, Any] = {"page_size": size}
    read: Callable[[Any], tuple[list[Any], str]] = functools.partial(_page, key=key)
    for _ in range(_MOST_PAGES):
        found, token = client.ask(method, path, read, body=body, query=query)
        yield from found
        if not (token and found):
            return
        query["page_token"] = token


def _page(found: Any, key: str) -> tuple[list[Any], str]:
    """Return the entries of a page, and the token of the next one, "" where it is the last."""
    entries = as_list(found.get(key) or [])
    if not all(isinstance(one, dict) for one in entries):
        raise TypeError("not a list of objects")
    following = (found.get("_metadata") or {}).get("next") or ""
    return entries, parse_qs(urlsplit(as_text(following)).query).get("page_token", [""])[0]
