"""The properties of a provider that composing, checking and configuration need."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["ProviderTraits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderTraits:
    """The properties of a provider that are visible outside its package; the defaults are those of a plain mail server.

    `name`: its display name. `tags`: its unsubscribe modes, each with the tag that it replaces with a
    recipient's address; mode ``url`` needs none. `undo`: the fewest and the most minutes of an undo window; (0, 0)
    if nothing can be held back. `tracked_link`: the bytes that click tracking adds to a link. `narrow_charset`: it
    labels a part without a character above U+00FF as iso-8859-1. `dkim_selectors`: the usual names of a
    sender's signing keys in the DNS. `secrets`: the environment variables that it needs. `log_days`: how long its log
    shows what it accepted. `campaigns`: it gets an issue once, as a campaign, and sends it to lists of its own.
    """

    name: str = "the provider"
    tags: Mapping[str, str] = field(default_factory=lambda: {"subscription": "%%unsubscribe%%"})
    undo: tuple[int, int] = (0, 0)
    tracked_link: int = 0
    narrow_charset: bool = False
    dkim_selectors: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    log_days: int = 0
    campaigns: bool = False

    def undo_problem(self, minutes: int) -> str:
        """Return what is wrong with an undo window of `minutes`, or ""."""
        least, most = self.undo
        if minutes == 0 or least <= minutes <= most:
            return ""
        if not most:
            return f"must be 0: {self.name} cannot hold an issue back"
        return f"must be 0, or {least} to {most}: {self.name} takes no later time and cannot reliably cancel before"
