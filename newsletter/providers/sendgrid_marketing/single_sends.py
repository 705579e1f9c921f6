"""The calls that find, create, read, schedule and cancel Single Sends.

The error of a call that changes something says what it did, as the contract of campaigns has it:

| SendGrid's answer | error |
| --- | --- |
| 2xx with the document that belongs to it | none |
| 429; no connection, a request that was not sent completely | ProviderError, after it was tried again |
| other 4xx, redirects | ProviderError: refused |
| 408, every 5xx, a timeout, a reset, a cut-off answer, another document | UncertainError |
"""

import itertools
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import quote

from newsletter.errors import ProviderError, UncertainError
from newsletter.figures import Figures
from newsletter.providers.sendgrid.answers import Answer, cure, explain, wait_of, whole_number
from newsletter.providers.sendgrid.client import NoAnswer, SendGrid, as_list, as_text
from newsletter.providers.sendgrid_marketing import lookups
from newsletter.providers.sendgrid_marketing.draft import (
    SEARCH,
    SINGLE_SENDS,
    document,
    parse_content,
    parse_single_send,
)
from newsletter.sender.campaign import Campaign, Content, Target
from newsletter.settings import MarketingSettings

__all__ = ["SingleSends"]

_Found = TypeVar("_Found")
_LONGEST_PAUSE = 60.0  # seconds
_MOST_TESTS = 10  # addresses of one test


class SingleSends:
    """An account's Single Sends (see `Campaigns`)."""

    def __init__(self, client: SendGrid, settings: MarketingSettings, *, retries: int) -> None:
        """Keep the connection, [marketing], and how often what certainly was not accepted is tried again."""
        self._client, self._settings, self._retries = client, settings, retries

    @property
    def where(self) -> str:
        """The host that requests are sent to, and the proxy."""
        return self._client.where

    def look_up(self) -> Target:
        """Return what SendGrid knows of the lists and the sender that [marketing] names."""
        return lookups.look_up(self._client, self._settings)

    def find(self, term: str) -> tuple[Campaign, ...]:
        """Return the Single Sends whose name begins with `term`; SendGrid looks for it anywhere in a name."""
        found = lookups.pages(self._client, SEARCH, "result", method="post", body={"name": term.strip()}, size=100)
        named = (one for one in found if str(one.get("name")).startswith(term))
        return tuple(self._read(lambda one=one: parse_single_send(one)) for one in named)  # type: ignore[misc]

    def _read(self, parse: Callable[[], _Found]) -> _Found:
        try:
            return parse()
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            message = "SendGrid described a Single Send in an undocumented form"
            raise ProviderError(
                message, hint="run it again later; if the problem persists, check SENDGRID_HOST"
            ) from error

    def create(self, name: str, content: Content) -> Campaign:
        """Create a draft."""
        return self._change("post", SINGLE_SENDS, parse_single_send, body=document(name, content))

    def read(self, campaign: str) -> tuple[Campaign, Content]:
        """Return a Single Send as it is now."""
        path = f"{SINGLE_SENDS}/{quote(campaign, safe='')}"
        return self._client.ask("get", path, lambda found: (parse_single_send(found), parse_content(found)))

    def schedule(self, campaign: str, at: str) -> None:
        """Schedule a draft; SendGrid sends one Single Send once."""
        self._change("put", f"{SINGLE_SENDS}/{quote(campaign, safe='')}/schedule", _anything, body={"send_at": at})

    def unschedule(self, campaign: str) -> None:
        """Make a scheduled one a draft again."""
        self._change("delete", f"{SINGLE_SENDS}/{quote(campaign, safe='')}/schedule", _anything)

    def delete(self, campaign: str) -> None:
        """Delete a draft."""
        self._change("delete", f"{SINGLE_SENDS}/{quote(campaign, safe='')}", _anything)

    def test(self, content: Content, addresses: Sequence[str]) -> None:
        """Send a test. SendGrid tests templates only: one is made for that, and deleted afterwards."""
        named = {"name": "newsletter test", "generation": "dynamic"}
        template = self._change("post", "templates", lambda found: as_text(found["id"]), body=named)
        path = f"templates/{quote(template, safe='')}"
        config = document("", content)["email_config"]
        kept = ("subject", "html_content", "plain_content", "generate_plain_content", "editor")
        version = {"name": "newsletter test", "active": 1, **{key: config[key] for key in kept}}
        rest = {key: value for key, value in config.items() if key not in kept}
        try:
            self._change("post", f"{path}/versions", _anything, body=version)
            for at in range(0, len(addresses), _MOST_TESTS):
                some = list(addresses[at : at + _MOST_TESTS])
                self._change(
                    "post",
                    "marketing/test/send_email",
                    _anything,
                    body={"template_id": template, "emails": some, **rest},
                )
        finally:
            with suppress(ProviderError, UncertainError):
                self._change("delete", path, _anything)

    def count(self, campaign: str) -> Figures:
        """Return SendGrid's statistics of a Single Send."""
        path = f"marketing/stats/singlesends/{quote(campaign, safe='')}"
        return self._client.ask("get", path, _figures, query={"aggregated_by": "total"})

    def suppressions(self) -> Iterator[tuple[str, str]]:
        """Yield (address, reason) of everybody SendGrid does not deliver to, or who left the group of [marketing]."""
        yield from self._client.suppressions()
        if group := self._settings.suppression_group_id:
            emails = self._client.ask(
                "get", f"asm/groups/{group}/suppressions", lambda found: [*map(as_text, as_list(found))]
            )
            yield from ((email, "group unsubscribe") for email in emails)

    def _change(self, method: str, path: str, read: Callable[[Any], _Found], *, body: Any = None) -> _Found:
        """Make a call that changes something, once, as far as it is known to have reached SendGrid."""
        answer = self._answer(method, path, None if body is None else json.dumps(body).encode())
        if 200 <= answer.status < 300:
            try:
                return read(json.loads(answer.body or b"null"))
            except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
                raise UncertainError(f"SendGrid answered {path} with an unexpected document") from error
        if answer.status == 408 or answer.status >= 500 or answer.status < 300:
            raise UncertainError(f"it is unknown whether SendGrid carried out {path}: {explain(answer)}")
        raise ProviderError(f"SendGrid refused {path}: {explain(answer)}", hint=cure(answer))

    def _answer(self, method: str, path: str, content: bytes | None) -> Answer:
        """Return the answer; a call that certainly was not accepted is made again."""
        for tries in itertools.count():
            try:
                answer = self._client.call(method, path, content=content)
            except NoAnswer as error:
                if error.written:
                    raise UncertainError(error.reason, hint=error.hint) from error
                if error.lasting or tries >= self._retries:
                    raise ProviderError(error.reason, hint=error.hint) from error
                wait = 2.0**tries
            else:
                if answer.status != 429 or tries >= self._retries:
                    return answer
                wait = wait_of(answer.headers) or 2.0**tries
            time.sleep(min(_LONGEST_PAUSE, wait))
        raise AssertionError("the loop ends with an answer or an error")


def _anything(found: Any) -> Any:
    return found


_DROPS = ("bounce_drops", "spam_report_drops", "unsubscribe_drops", "invalid_emails")


def _figures(found: Any) -> Figures:
    """Add up ``{"results": [{"stats": {…}}]}``: one entry for each variation of a Single Send."""
    every = [one["stats"] for one in as_list(found["results"])]
    counts = {name: sum(whole_number(stats.get(name, 0)) for stats in every) for name in {*_DROPS, *_COUNTED}}
    dropped = sum(counts[name] for name in _DROPS)
    return Figures(
        requested=counts["requests"],
        dropped=dropped,
        processed=max(0, counts["requests"] - dropped),
        delivered=counts["delivered"],
        bounced=counts["bounces"],
        opened=counts["unique_opens"],
        clicked=counts["unique_clicks"],
        unsubscribed=counts["unsubscribes"],
        reported=counts["spam_reports"],
    )


_COUNTED = ("requests", "delivered", "bounces", "unique_opens", "unique_clicks", "unsubscribes", "spam_reports")
