"""What a use case reports while it runs; a front end implements it (see `newsletter.cli.session`)."""

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
        """Report something that a person may want to know."""
        ...

    def detail(self, message: str) -> None:
        """Report something that only somebody who asked for details wants to know."""
        ...

    def warn(self, message: str) -> None:
        """Report something that a person should look at, also when quiet."""
        ...

    def report_invalid(self, invalid: tuple[Invalid, ...], known: Collection[str] = ()) -> None:
        """Report files that are no articles; those with a `known` path were reported before."""
        ...

    def report_late(self, late: tuple[Article, ...]) -> None:
        """Report articles that came late and are not selected."""
        ...

    def report_findings(self, findings: tuple[Finding, ...], *, limit: int = 0) -> None:
        """Report what the checks found, the worst first; beyond `limit` (0: none) only their number."""
        ...

    def report_missed(self, missed: tuple[Article, ...], why: str) -> None:
        """Report articles that no issue had and none will have by itself, and `why` that is."""
        ...

    def progress(self, what: str) -> AbstractContextManager[Callable[[int], None] | None]:
        """Return what takes the number of `what` done so far; None where nobody sees it."""
        ...


class DeliveryEvents(Protocol):
    """What a delivery shows and asks: its progress, its pauses, the question before it starts, the wish to stop."""

    def progress(self) -> AbstractContextManager[Callable[[int, int], None]]:
        """Return what takes (recipients settled in this run, all of them)."""
        ...

    def paused(self, reason: str, seconds: float) -> None:
        """Report why nothing is sent for `seconds`."""
        ...

    def stopping(self) -> AbstractContextManager[Callable[[], bool]]:
        """Return what tells whether somebody asked to stop; entered while requests are in progress."""
        ...

    def require_answer(self) -> None:
        """Raise UsageError where nobody could answer `confirm`."""
        ...

    def confirm(self, preview: "ConfirmationPrompt") -> bool:
        """Ask whether to send; False ends the run before anything is sent."""
        ...
