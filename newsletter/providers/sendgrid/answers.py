"""Interpret SendGrid's answers. Any answer that is not in the table is uncertain.

| status | outcome of the request |
| --- | --- |
| 202 (in sandbox mode 200) | accepted |
| 400, 413, 415 | refused: this request, or the recipients it names |
| 401 (also for spent credits), 403, 404, 405 | refused: the account; the request was not examined |
| 301, 302, 307, 308 | refused: something before SendGrid redirects; redirects are never followed |
| 429 | not accepted now, but later |
| 408, every 5xx, anything else | unknown |
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from newsletter.sender.provider import Accepted, Outcome, Refused, RetryLater, Uncertain

__all__ = ["Answer", "cure", "explain", "outcome", "wait_of", "whole_number", "without_addresses"]

_AGAIN = "then run the same command again: nothing is lost"
_ACCOUNT = (401, 403, 404, 405)
_KEY = (
    "the key was revoked or mistyped: make a new one at SendGrid, with the permission mail.send, and put it into"
    " SENDGRID_API_KEY (.env); an account of the EU also needs SENDGRID_HOST=https://api.eu.sendgrid.com"
)
_CREDITS = "the account has no credits left, or is a free one, which no longer sends: choose a plan at SendGrid"
_SENDER = "verify the address, or the domain, of from in [send] with SendGrid"
_PERMISSION = "give the key the permission that this needs (mail.send to send), or make a new one at SendGrid"
_PLACE = "check SENDGRID_HOST: it is not where SendGrid answers"
_COMMON = "fix what it names, in newsletter.toml or at SendGrid; then run the same command again: nothing is lost"
_SLOWER = "SendGrid takes no more from this account for now: wait some minutes"
_REDIRECTS = (301, 302, 307, 308)
_ADDRESS = re.compile(r"(?<![^\s@<>\"'])[^\s@<>\"']++@[^\s@<>\"']++")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")  # control characters, surrogates
_LONGEST = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer that was read completely; `headers` have lower-case names.

    `secret` is the request's key, which some proxies repeat and which must not be shown.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    secret: str = field(default="", repr=False)

    def clean(self, text: str) -> str:
        """Return a server's text for the journal and the terminal: one line, without the key."""
        text = text.replace(self.secret, "(key)") if self.secret else text
        return " ".join(_UNSEEN.sub(" ", text).split())


def outcome(answer: Answer, *, recipients: int, sandbox: bool = False) -> Outcome:
    """Return the outcome of a mail/send request with this number of `recipients`."""
    reason = explain(answer)
    if answer.status == (200 if sandbox else 202):
        return Accepted(message_id=answer.clean(answer.headers.get("x-message-id", ""))[:_LONGEST])
    if answer.status in (400, 413, 415):
        named = _named(answer, recipients)
        scope: Literal["recipients", "request"] = "recipients" if named else "request"
        common = _is_common(answer)
        return Refused(scope=scope, reason=reason, recipients=named, common=common, hint=_COMMON if common else "")
    if answer.status in _ACCOUNT:
        return Refused(scope="account", reason=reason, hint=cure(answer))
    if answer.status in _REDIRECTS:
        return Refused(scope="account", reason=f"{reason}: redirects are not followed", hint=f"{_PLACE}; {_AGAIN}")
    if answer.status == 429:
        return RetryLater(reason=reason, after=wait_of(answer.headers), hint=f"{_SLOWER}; {_AGAIN}")
    return Uncertain(reason=reason)


def explain(answer: Answer) -> str:
    """Return an answer as one line: the status and SendGrid's message, without addresses."""
    words = "; ".join(f"{error.get('message')} [{error['field']}]" if error.get("field") else str(error.get("message"))
                      for error in _errors(answer))  # fmt: skip
    words = without_addresses(answer.clean(words))
    return f"HTTP {answer.status}: {words}" if words else f"HTTP {answer.status}"


def without_addresses(text: str) -> str:
    """Return a server's text as one short line, without addresses."""
    return _ADDRESS.sub("(address)", " ".join(_UNSEEN.sub(" ", text).split()))[:_LONGEST]


def cure(answer: Answer) -> str:
    """Return what a person does about a refusal of the account, or of a look-up."""
    words = explain(answer).casefold()
    if answer.status == 401:
        return f"{_CREDITS if 'credit' in words else _KEY}; {_AGAIN}"
    if answer.status == 403:
        sender = any(error.get("field") == "from" for error in _errors(answer))
        return f"{_SENDER if sender else _PERMISSION}; {_AGAIN}"
    if answer.status in _REDIRECTS or answer.status in _ACCOUNT:
        return f"{_PLACE}; {_AGAIN}"
    return "run the same command again later: nothing is lost"


def _named(answer: Answer, recipients: int) -> tuple[int, ...]:
    """List the indexes of the personalisations that the errors name; none if an error concerns anything else."""
    found = [re.match(r"personalizations\.([0-9]{1,9})(?:\.|$)", str(error.get("field"))) for error in _errors(answer)]
    places = {int(match[1]) for match in found if match}
    return tuple(sorted(places)) if found and all(found) and max(places) < recipients else ()


def _is_common(answer: Answer) -> bool:
    """Return whether an error names a part of the request outside the personalisations."""
    fields = (error.get("field") for error in _errors(answer))
    return any(isinstance(field, str) and field and not field.startswith("personalizations") for field in fields)


def _errors(answer: Answer) -> list[dict[str, Any]]:
    """Read ``{"errors": [{"message", "field"}]}``; nothing if the body is something else, such as HTML."""
    try:
        errors = json.loads(answer.body)["errors"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []
    return [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []


def wait_of(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that SendGrid asks to wait; mail/send usually does not ask.

    The reset time is by SendGrid's clock, so it is compared with the answer's own date.
    """
    try:
        if "x-ratelimit-reset" in headers:
            date = parsedate_to_datetime(headers["date"])
            return max(0.0, float(headers["x-ratelimit-reset"]) - date.timestamp())
        return max(0.0, float(headers["retry-after"]))
    except (KeyError, ValueError, OverflowError):
        return None


def whole_number(value: Any) -> int:
    """Return a count of an answer; ValueError for anything else, such as infinity, which JSON can hold here."""
    if not isinstance(value, int | float) or not -_HIGHEST <= value <= _HIGHEST:  # a NaN is in no range either
        raise ValueError("not a count")
    return int(value)


_HIGHEST = 2**53
