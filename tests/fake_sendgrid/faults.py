"""What can go wrong on the way to SendGrid and back, each fault with a name."""

import re
from enum import StrEnum

__all__ = ["ACCOUNT", "FAULTS", "REFUSED", "RETRIED", "Fault"]


class Fault(StrEnum):
    """One fault of one request; ``_after`` means after accepting it, otherwise it was not accepted."""

    LIMIT = "429"
    LIMIT_RESET = "429_reset"
    REQUEST = "400"
    RECIPIENT = "400_recipient"
    KEY = "401"
    ECHO = "401_echo"
    CREDITS = "401_credits"
    SENDER = "403_from"
    MISSING = "404"
    METHOD = "405"
    TOO_LARGE = "413"
    TOO_LARGE_EARLY = "413_early"
    MEDIA = "415"
    TIMEOUT = "408"
    INTERNAL = "500"
    INTERNAL_AFTER = "500_after"
    GATEWAY_HTML = "502_html"
    GATEWAY_HTML_AFTER = "502_html_after"
    UNAVAILABLE = "503"
    UNAVAILABLE_AFTER = "503_after"
    RESET_EARLY = "reset_early"
    RESET = "reset"
    RESET_AFTER = "reset_after"
    HANG_UP = "hang_up"
    HANG_UP_AFTER = "hang_up_after"
    SLOW = "slow"
    SLOW_AFTER = "slow_after"
    DRIP_AFTER = "drip_after"
    CUT_AFTER = "cut_after"
    GARBAGE_AFTER = "garbage_after"
    PAGE = "200_html"
    REDIRECT = "302"
    REDIRECT_KEEP = "307"
    SEE_OTHER_AFTER = "303_after"

    @property
    def accepts(self) -> bool:
        """Return whether the request was accepted before things went wrong."""
        return self.endswith("_after")

    @property
    def status(self) -> int:
        """Return the HTTP status it answers with; 0 where it does not answer properly."""
        match = re.match(r"\d{3}", self)
        return int(match[0]) if match else 0


FAULTS = tuple(Fault)
RETRIED = frozenset({Fault.LIMIT, Fault.LIMIT_RESET})
ACCOUNT = frozenset(
    {
        Fault.KEY,
        Fault.ECHO,
        Fault.CREDITS,
        Fault.SENDER,
        Fault.MISSING,
        Fault.METHOD,
        Fault.REDIRECT,
        Fault.REDIRECT_KEEP,
    }
)
REFUSED = frozenset({Fault.REQUEST, Fault.RECIPIENT, Fault.TOO_LARGE, Fault.TOO_LARGE_EARLY, Fault.MEDIA})
