"""The events that a use case reports while it runs; a user interface implements them (see `newsletter.cli.session`)."""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from newsletter.models import Article, Finding, Invalid

if TYPE_CHECKING:
    from newsletter.sender.deliver import ConfirmationPrompt

__all__ = ["DeliveryEvents", "Events"]


class Events(Protocol):
    """Progress, notes and warnings."""

    def note(self, message: str) -> None:
        """Report information."""
        ...

    def detail(self, message: str) -> None:
        """Report a detail, shown only on request."""
        ...

    def warn(self, message: str) -> None:
        """Report something that needs attention, also in quiet mode."""
        ...

    def report_invalid(self, invalid: tuple[Invalid, ...], known: Collection[str] = ()) -> None:
        """Report invalid article files; those with a `known` path were reported before."""
        ...

    def report_late(self, late: tuple[Article, ...]) -> None:
        """Report late articles that are not selected."""
        ...

    def report_findings(self, findings: tuple[Finding, ...], *, limit: int = 0) -> None:
        """Report what the checks found, the worst first; beyond `limit` (0: none) only their number."""
        ...

    def report_missed(self, missed: tuple[Article, ...], why: str) -> None:
        """Report articles that no issue had and none will have by itself, and `why` that is."""
        ...

    def progress(self, what: str) -> AbstractContextManager[Callable[[int], None] | None]:
        """Return a callback for the number of `what` done so far; None if nobody sees it."""
        ...


class DeliveryEvents(Protocol):
    """The events of a delivery: its progress, its pauses, the confirmation, a request to stop."""

    def progress(self) -> AbstractContextManager[Callable[[int, int], None]]:
        """Return a callback for (recipients settled in this run, all of them)."""
        ...

    def paused(self, reason: str, seconds: float) -> None:
        """Report why nothing is sent for `seconds`."""
        ...

    def stopping(self) -> AbstractContextManager[Callable[[], bool]]:
        """Return a function that returns whether to stop; the context is active while requests are in progress."""
        ...

    def require_answer(self) -> None:
        """Raise UsageError if nobody can answer `confirm`."""
        ...

    def confirm(self, preview: "ConfirmationPrompt") -> bool:
        """Ask whether to send; False ends the run before anything is sent."""
        ...
