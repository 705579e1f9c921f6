"""What exports of mailing lists say about who has left: columns such as ``status`` and ``unsubscribed``.

An export holds everybody who ever was on the list. Who left is suppressed, as if the suppression file had them; a value
that is not understood changes nothing, but is reported.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping

__all__ = ["COLUMNS", "Membership"]

_GONE = frozenset(
    re.split(
        r"\s+",
        "unsubscribed unsubscribe unsub cleaned bounced bounce blocklisted blacklisted blocked disabled "
        "inactive complained complaint spam abuse deleted removed archived unconfirmed pending optout "
        "opted-out opted_out suppressed invalid unsubscribed_by_user non-subscribed nonsubscribed",
    )
)
_THERE = frozenset(
    re.split(
        r"\s+",
        "subscribed subscribe enabled active confirmed ok optin opted-in opted_in member valid",
    )
)
_YES = frozenset(["1", "true", "yes", "y", "t", "x", "on"])
_NO = frozenset(["0", "false", "no", "n", "f", "off", "none", "null", "nil", "-"])

_STATUS = ("status", "subscription_status", "subscriber_status", "subscription status", "member_status")
_LEFT = (
    "unsubscribed",
    "unsubscribed_at",
    "unsub_time",
    "unsubscribe_time",
    "unsubscribe_date",
    "opted_out",
    "opt_out",
    "optout",
    "bounced",
    "cleaned",
    "blocklisted",
)
_STAYED = ("subscribed", "opted_in", "opt_in", "optin")

COLUMNS = frozenset((*_STATUS, *_LEFT, *_STAYED))
"""The columns that tell who has left, in lower case."""


class Membership:
    """Find out of whom a recipients file says that they left; they go to `left`, what is not understood is counted."""

    def __init__(self, left: Callable[[str], None]) -> None:
        """Take the function that is called with the address of each of them."""
        self._left = left
        self.gone: Counter[str] = Counter()  # column: how many people it says left
        self.unknown: Counter[tuple[str, str]] = Counter()  # (column, value that is not understood)

    def judge(self, email: str, values: Mapping[str, str]) -> None:
        """Look at one person's `values` of `COLUMNS`."""
        for name, value in values.items():
            answer = _has_left(name, value.strip().casefold())
            if answer is None:
                self.unknown[name, value.strip()[:40]] += 1
            elif answer:
                self.gone[name] += 1
                self._left(email)
                return


def _has_left(column: str, value: str) -> bool | None:
    """Return whether a value says that a person left; None where it is not understood."""
    if column in _STATUS:
        return True if value in _GONE else False if value in _THERE or not value else None
    if column in _LEFT:  # a truth value, or when it was
        return value not in _NO and value != ""
    if value in _YES or value in _THERE:
        return False
    return True if value in _NO or value in _GONE else None
