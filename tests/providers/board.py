"""A second provider of campaigns, as small as the contract allows: campaigns are pinned to a board in memory.

It keeps a ledger of what was sent, and can have any call fail, before it did something or after.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from newsletter.errors import ProviderError, UncertainError
from newsletter.figures import Figures
from newsletter.sender.campaign import Campaign, Content, Stage, Target

__all__ = ["START", "Board", "Trouble"]

START = datetime(2025, 5, 19, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What happens to one call: it is `done` or not, and the caller hears `error`."""

    done: bool
    error: type[ProviderError | UncertainError]


@dataclass
class Board:
    """The board. `behind` is how many calls a listing is behind the state that `read` shows."""

    pinned: dict[str, tuple[Campaign, Content]] = field(default_factory=dict)
    sent: Counter[str] = field(default_factory=Counter)
    tested: list[str] = field(default_factory=list)
    trouble: dict[str, list[Trouble | None]] = field(default_factory=dict)
    before: Callable[[str], None] = lambda call: None
    behind: int = 0
    where: str = "the board"
    numbers: Iterator[int] = field(default_factory=itertools.count)
    seen: list[dict[str, Campaign]] = field(default_factory=list)

    def look_up(self) -> Target:
        """Everybody passes by."""
        return Target(lists=("all",), segments=(), contacts=3, address="notes@example.org", columns=frozenset())

    def find(self, term: str) -> tuple[Campaign, ...]:
        """Look over the board, as it was a while ago."""
        self._call("find")
        self.seen.append({key: one for key, (one, _) in self.pinned.items()})
        known = self.seen[-1 - self.behind] if len(self.seen) > self.behind else {}
        return tuple(one for one in known.values() if one.name.startswith(term))

    def create(self, name: str, content: Content) -> Campaign:
        """Pin a draft; the later ones have earlier names."""
        with self._troubled("create") as done:
            number = next(self.numbers)
            made = Campaign(
                id=f"{999 - number}", name=name, stage=Stage.DRAFT, created=START + timedelta(seconds=number // 2)
            )
            if done:
                self.pinned[made.id] = (made, content)
        return made

    def read(self, campaign: str) -> tuple[Campaign, Content]:
        """Look at one."""
        self._call("read")
        if campaign not in self.pinned:
            raise ProviderError("it is not there")
        return self.pinned[campaign]

    def schedule(self, campaign: str, at: str) -> None:
        """Send a draft; what was sent is not sent again."""
        with self._troubled("schedule") as done:
            if done:
                self._move(campaign, Stage.DRAFT, Stage.TRIGGERED if at == "now" else Stage.SCHEDULED, at)

    def unschedule(self, campaign: str) -> None:
        """Take it back."""
        with self._troubled("unschedule") as done:
            if done:
                self._move(campaign, Stage.SCHEDULED, Stage.DRAFT, "")

    def delete(self, campaign: str) -> None:
        """Take it down."""
        with self._troubled("delete") as done:
            if done and not self.pinned.pop(campaign, None):
                raise ProviderError("it is not there")

    def test(self, content: Content, addresses: Sequence[str]) -> None:
        """Show it to a few."""
        self.tested += addresses

    def count(self, campaign: str) -> Figures:
        """Count who passed by."""
        return Figures(requested=3 * self.sent[campaign])

    def suppressions(self) -> Iterable[tuple[str, str]]:
        """Nobody looks away."""
        return ()

    def _move(self, campaign: str, before: Stage, after: Stage, at: str) -> None:
        if campaign not in self.pinned:
            raise ProviderError("it is not there")
        one, content = self.pinned[campaign]
        if one.stage is not before:
            raise ProviderError(f"it is {one.stage}")
        self.pinned[campaign] = (replace(one, stage=after, send_at=at), content)
        self.sent[campaign] += after is Stage.TRIGGERED

    def _call(self, name: str) -> Trouble | None:
        self.before(name)
        planned = self.trouble.get(name)
        return planned.pop(0) if planned else None

    def _troubled(self, name: str) -> "_Troubled":
        return _Troubled(self._call(name))


@dataclass
class _Troubled:
    """Whether a call does anything, and what its caller hears afterwards."""

    trouble: Trouble | None

    def __enter__(self) -> bool:
        return self.trouble is None or self.trouble.done

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self.trouble and kind is None:
            raise self.trouble.error("the board fell down")
