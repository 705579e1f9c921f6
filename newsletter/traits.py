"""What composing, checking and configuring must know of the provider that issues go through."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["ProviderTraits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderTraits:
    """What is peculiar to a provider and shows outside its package; the defaults are those of a plain mail server.

    `name`: as people know it. `tags`: the unsubscribe modes that it offers, each with the tag that it replaces by a
    recipient's address; mode ``url`` needs none. `undo`: the fewest and the most minutes of an undo window; (0, 0)
    where nothing can be held back. `tracked_link`: the bytes that click tracking adds to a link. `narrow_charset`: it
    labels a part without a character above U+00FF as iso-8859-1. `log_days`: how long its log shows what it accepted.
    """

    name: str = "the provider"
    tags: Mapping[str, str] = field(default_factory=lambda: {"subscription": "%%unsubscribe%%"})
    undo: tuple[int, int] = (0, 0)
    tracked_link: int = 0
    narrow_charset: bool = False
    log_days: int = 0

    def undo_problem(self, minutes: int) -> str:
        """Return what is wrong with an undo window of so many `minutes`, or ""."""
        least, most = self.undo
        if minutes == 0 or least <= minutes <= most:
            return ""
        if not most:
            return f"must be 0: {self.name} holds nothing back"
        return f"must be 0, or {least} to {most}: {self.name} takes no later time, and cancels no closer one for sure"
