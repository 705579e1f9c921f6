"""What SendGrid says of its account: the key and what it may, who may send, the unsubscribe group, credits.

Look-ups only; nothing is changed. What the key may not look up is a warning, since sending does not need it.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from newsletter.config import Config
from newsletter.diagnosis import Diagnosis, Examination, failure, ok, warning
from newsletter.email_addresses import parse_address
from newsletter.errors import ProviderError
from newsletter.providers.sendgrid.answers import Answer, explain, whole_number
from newsletter.providers.sendgrid.client import SendGrid

__all__ = ["KEYS", "Account", "dicts", "examine_account", "read_answer"]

_Found = TypeVar("_Found")
_SENDER = "Settings, Sender Authentication, at SendGrid"
KEYS = "Settings, API Keys, at SendGrid"


def examine_account(client: SendGrid, config: Config) -> Examination:
    """Ask SendGrid about everything that sending depends on; ProviderError where it cannot be reached."""
    return Account(client, config).examine()


@dataclass(slots=True)
class Account:
    """One examination, of the account of mail/send: what was found on the way to the next question."""

    client: SendGrid
    config: Config
    scopes: frozenset[str] = frozenset()
    dkim_names: tuple[str, ...] = ()
    date: datetime | None = None
    sender: str = field(init=False)

    def __post_init__(self) -> None:
        self.sender = parse_address(self.config.send.from_)[1].lower()

    def examine(self) -> Examination:
        """Return all that was found; ProviderError where SendGrid cannot be reached."""
        return Examination(diagnoses=tuple(self.look()), dkim_names=self.dkim_names, date=self.date)

    def look(self) -> Iterator[Diagnosis]:
        """Ask one thing after the other; without a key that is accepted, there is nothing more to ask."""
        answer = self.client.look_up("scopes")
        self.date = _date(answer)
        if refusal := _refused_key(answer):
            yield refusal
            return
        self.scopes = frozenset(read_answer(answer, "scopes", lambda found: [str(scope) for scope in found["scopes"]]))
        yield ok("key", "SendGrid accepts it")
        yield from self.uses()
        yield from self._credits()
        if self.sender:
            yield from self._identity()
        if self.group:
            yield from self._group()

    @property
    def group(self) -> int:
        """Return the unsubscribe group that the configuration names; 0 without one."""
        settings = self.config.send.unsubscribe
        return settings.group_id if settings.mode == "group" else 0

    def uses(self) -> Iterator[Diagnosis]:
        """Look whether the account may do what is asked of it, and has what the configuration names."""
        yield from self._scopes()

    def _scopes(self) -> Iterator[Diagnosis]:
        """Compare what the key may with what it is needed for."""
        hint = f"give it the permission: {KEYS}"
        if "mail.send" not in self.scopes:
            yield failure("scopes", "the key may not send: it lacks mail.send", hint)
        lacking = [(scopes[0], use) for scopes, use in self._uses() if not self.scopes.intersection(scopes)]
        for scope, use in lacking:
            yield warning("scopes", f"the key lacks {scope}, so that {use}", hint)
        if "mail.send" in self.scopes and not lacking:
            yield ok("scopes", "the key has all permissions that are used")

    def _uses(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """Yield what the program asks beside sending: scopes of which one is enough, and what fails without it."""
        yield ("messages.read",), "uncertain batches cannot be looked up"
        yield ("suppression.read", "suppression.bounces.read"), "'suppressions pull' fails"
        yield ("categories.stats.read", "stats.read"), "'report' fails"
        if self.config.send.undo_minutes:
            yield ("mail.batch.create",), "undo_minutes cannot be used"
            yield ("user.scheduled_sends.create",), "'cancel' calls nothing back"

    def _credits(self) -> Iterator[Diagnosis]:
        """Look how much the account may still send, where the key may; free accounts stopped sending in May 2025."""
        if "user.credits.read" not in self.scopes:
            return
        answer = self.client.look_up("user/credits")
        if answer.status != 200:
            return
        remain = read_answer(answer, "user/credits", lambda found: whole_number(found["remain"]))
        if remain <= 0:
            hint = "upgrade the plan, or wait until the credits are renewed; free accounts stopped sending in May 2025"
            yield failure("credits", "the account has no credits left: SendGrid accepts nothing from it", hint)
        else:
            yield ok("credits", f"{remain:,} messages are left")

    def _identity(self) -> Iterator[Diagnosis]:
        """Look whether the sender's domain is authenticated, else whether its address is verified."""
        domain = self.sender.rpartition("@")[2]
        answer = self.client.look_up("whitelabel/domains", {"domain": domain, "limit": 50})
        if answer.status != 200:
            yield _unseen("domain", answer, "whitelabel.read")
            yield from self._verified()
            return
        found = [one for one in read_answer(answer, "whitelabel/domains", dicts) if one.get("domain") == domain]
        valid = [one for one in found if one.get("valid")]
        self.dkim_names = _dkim_names(valid or found)
        if valid:
            yield ok("domain", f"{domain} is authenticated: SendGrid takes any sender of it")
            return
        yield _not_authenticated(domain, found)
        yield from self._verified()

    def _verified(self) -> Iterator[Diagnosis]:
        """Look for the address itself among the verified senders."""
        answer = self.client.look_up("verified_senders")
        if answer.status != 200:
            yield _unseen("sender", answer, "verified senders")
            return
        senders = read_answer(answer, "verified_senders", lambda found: dicts(found["results"]))
        states = [one.get("verified") for one in senders if str(one.get("from_email")).lower() == self.sender]
        if True in states:
            yield ok("sender", f"{self.sender} is a verified sender")
            return
        message = "waits to be verified" if states else "is not a verified sender"
        hint = f"verify it, or its domain: {_SENDER}"
        yield failure("sender", f"{self.sender} {message}: SendGrid refuses everything from it (403)", hint)

    def _group(self) -> Iterator[Diagnosis]:
        """Look for the configured unsubscribe group."""
        number = self.group
        answer = self.client.look_up("asm/groups")
        if answer.status != 200:
            yield _unseen("unsubscribe group", answer, "asm.groups.read")
            return
        groups = {one.get("id"): str(one.get("name")) for one in read_answer(answer, "asm/groups", dicts)}
        if number in groups:
            yield ok("unsubscribe group", f"{number} is {groups[number]!r}")
            return
        known = ", ".join(f"{key} ({name})" for key, name in [*groups.items()][:10]) or "none"
        hint = f"name one that is there: {known}"
        yield failure(
            "unsubscribe group", f"there is no unsubscribe group {number}: SendGrid refuses every message", hint
        )


def _not_authenticated(domain: str, found: list[dict[str, Any]]) -> Diagnosis:
    """Return what is missing for a domain: its records, or all of it."""
    if found:
        records = ", ".join(_invalid(found[0])) or "its records"
        hint = f"publish the DNS records as {_SENDER}, shows them, and press Verify there"
        return failure("domain", f"SendGrid does not find {records} in the DNS: {domain} is not authenticated", hint)
    message = f"{domain} is not authenticated: Gmail, Yahoo and Outlook want messages signed by the sender's domain"
    return warning("domain", message, f"authenticate it: {_SENDER}")


def _refused_key(answer: Answer) -> Diagnosis | None:
    """Return what is wrong where SendGrid does not say what a key may; None where it does."""
    if answer.status == 200:
        return None
    said = explain(answer)
    if answer.status == 401 and "credit" in said.lower():
        hint = "upgrade the plan; free accounts stopped sending in May 2025"
        return failure("key", f"the account has no credits left ({said})", hint)
    if answer.status in (401, 403):
        hint = f"make a new one: {KEYS}; an EU account needs SENDGRID_HOST=https://api.eu.sendgrid.com"
        return failure("key", f"SendGrid does not accept the key ({said})", hint)
    if answer.status == 429 or answer.status >= 500:
        return warning("key", f"SendGrid has no answer now ({said})", "run it again in a minute")
    return failure("key", f"what answers is not SendGrid ({said})", "check SENDGRID_HOST, and proxy in [send]")


def _unseen(check: str, answer: Answer, scope: str) -> Diagnosis:
    if answer.status == 403:
        return warning(check, f"the key may not look it up ({scope})", f"give it that permission: {KEYS}")
    return warning(check, f"SendGrid did not answer that ({explain(answer)})", "run it again in a minute")


def read_answer(answer: Answer, path: str, read: Callable[[Any], _Found]) -> _Found:
    """Return what `read` finds in an answer; ProviderError where that is an unexpected document."""
    try:
        return read(json.loads(answer.body))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        message = f"SendGrid answered {path} with an unexpected document"
        raise ProviderError(message, hint="run it again later; if the problem persists, check SENDGRID_HOST") from error


def dicts(found: Any) -> list[dict[str, Any]]:
    """Return a list of objects; TypeError for anything else."""
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise TypeError("not a list of objects")
    return found


def _records(domain: dict[str, Any]) -> dict[str, dict[str, Any]]:
    records = domain.get("dns")
    return {name: one for name, one in records.items() if isinstance(one, dict)} if isinstance(records, dict) else {}


def _dkim_names(domains: list[dict[str, Any]]) -> tuple[str, ...]:
    """Return the names of the signing keys of the first authenticated domain."""
    records = _records(domains[0]) if domains else {}
    return tuple(str(one.get("host")) for name, one in records.items() if name.startswith("dkim") and one.get("host"))


def _invalid(domain: dict[str, Any]) -> list[str]:
    return [str(one.get("host")) for one in _records(domain).values() if not one.get("valid")]


def _date(answer: Answer) -> datetime | None:
    try:
        return parsedate_to_datetime(answer.headers["date"])
    except (KeyError, ValueError):
        return None
