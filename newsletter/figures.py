"""What became of an issue's messages, in a provider's numbers."""

from dataclasses import dataclass

__all__ = ["Figures"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How many messages of an issue are in which state, as their provider counts them.

    requested = dropped + processed, where `dropped` are those that it did not try to deliver (bounced, unsubscribed or
    invalid before); processed = delivered + bounced + blocked + those that are under way. `opened` and `clicked` are
    people, `unsubscribed` and `reported` (as spam) what they did.
    """

    requested: int = 0
    dropped: int = 0
    processed: int = 0
    delivered: int = 0
    bounced: int = 0
    blocked: int = 0
    opened: int = 0
    clicked: int = 0
    unsubscribed: int = 0
    reported: int = 0

    @property
    def under_way(self) -> int:
        """Return how many were neither delivered nor refused yet."""
        return max(0, self.processed - self.delivered - self.bounced - self.blocked)
