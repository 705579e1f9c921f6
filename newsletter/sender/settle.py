"""Bring an issue's campaign to where it is scheduled, exactly once, whatever machines do that at the same time.

    find ─► none: create ─► find ─► the same first draft twice, a pause apart ─► read, compare ─► schedule ─► read

The provider's state is the lock. Every machine goes by the same rules, over what the provider lists:

1. A campaign that is scheduled or triggered ends it for everybody.
2. Else the draft that was created first wins, by the provider's clock; of two at one moment that with the lower id.
3. It is scheduled only when two listings, a pause apart, agree on it, when they have the draft that this machine made
   itself, and when each draft, read by its id, is still one. The others are deleted once it is scheduled.

Several machines may schedule the same campaign, which is sent once. So two are sent only if one machine's listings lack
an older draft that another machine's have, a pause after it was created. An unknown outcome is settled by the next
listing: a draft that was made twice is a draft that loses.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from newsletter.errors import BlockedError, ClaimedError, ProviderError, UncertainError
from newsletter.sender.campaign import (
    Campaign,
    Campaigns,
    Content,
    Stage,
    cancelled_name,
    is_cancelled,
    is_of,
    issue_of,
    name_of,
    search_term,
)

__all__ = ["Handover", "begun_of", "call_off", "find_all", "settle", "winner_of"]

_TURNS = 12  # listings before it is left to a later run
_UNSEEN = 3  # listings that do not have a draft whose making is uncertain, before another one is made


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """An issue to be handed over: its title, its content and the digest of that, and when (ISO 8601, or ``now``)."""

    title: str
    digest: str
    content: Content
    at: str = "now"

    @property
    def name(self) -> str:
        """Return the name of its campaign."""
        return name_of(self.title, self.digest)


def find_all(campaigns: Campaigns, title: str) -> tuple[Campaign, ...]:
    """Return all campaigns of an issue, in any stage and with any content, the first created in front."""
    found = (one for one in campaigns.find(search_term(title)) if is_of(one.name, title))
    return tuple(sorted(found, key=lambda one: (one.created, one.id)))


def begun_of(found: Iterable[Campaign]) -> Campaign | None:
    """Return the one that will be sent, or was; None where all are drafts."""
    return next((one for one in found if one.stage is not Stage.DRAFT), None)


def winner_of(found: Iterable[Campaign], title: str, name: str) -> Campaign | None:
    """Return the campaign that counts of those of an issue, the first created in front; None where there is none.

    Raises BlockedError for an issue that was cancelled, ClaimedError where the one that counts has another `name`, and
    so another content.
    """
    found = tuple(found)
    winner = begun_of(found)
    if winner is None and any(is_cancelled(one.name) for one in found):
        hint = "compose the articles into a new issue: --issue ID"
        raise BlockedError("it was cancelled", hint=hint, place=issue_of(title))
    winner = winner or next(iter(found), None)
    if winner and winner.name != name:
        raise _claimed(issue_of(title), winner)
    return winner


def settle(campaigns: Campaigns, what: Handover, pause: Callable[[], None]) -> Campaign:
    """Return the issue's one campaign that is scheduled or triggered, after making it so where nobody has.

    Raises BlockedError for an issue that was cancelled, or whose draft would not send what was checked, ClaimedError
    where it is another content's turn, ProviderError for a refusal, UncertainError where the provider's answers do not
    settle it.
    """
    return _Settling(campaigns, what, pause).go()


@dataclass(slots=True)
class _Settling:
    campaigns: Campaigns
    what: Handover
    pause: Callable[[], None]
    made: set[str] = field(default_factory=set)  # the ids of drafts that were surely created here
    unseen: int = 0  # listings since the last attempt to create one without one in sight
    tried: bool = False

    def go(self) -> Campaign:
        before = None
        for turn in range(_TURNS):
            if turn:
                self.pause()
            found = find_all(self.campaigns, self.what.title)
            winner = winner_of(found, self.what.title, self.what.name)
            if winner and winner.stage is not Stage.DRAFT:
                return self._end(found, winner)
            if winner and winner.id == before and self.made <= {one.id for one in found}:
                if done := self._begun(found) or self._schedule(winner):
                    return self._end(found, done)
            elif winner is None:
                self._create()
            before = winner.id if winner else None
        raise UncertainError(
            "its state at the provider is still unclear",
            hint="run the same command again in a few minutes: it reads the state first",
            place=issue_of(self.what.title),
        )

    def _create(self) -> None:
        """Create a draft, unless one that was made before may still come into sight."""
        self.unseen += 1
        if self.made or (self.tried and self.unseen < _UNSEEN):
            return
        self.tried, self.unseen = True, 0
        try:
            self.made.add(self.campaigns.create(self.what.name, self.what.content).id)
        except UncertainError:
            return  # the next listings show whether it was

    def _begun(self, found: tuple[Campaign, ...]) -> Campaign | None:
        """Read each of several drafts by itself, which a listing may be behind; return one that is none any more."""
        return begun_of(self.campaigns.read(one.id)[0] for one in found) if len(found) > 1 else None

    def _schedule(self, winner: Campaign) -> Campaign | None:
        """Schedule a draft that is still one, and return it as it is then; None where another look is needed."""
        seen, content = self.campaigns.read(winner.id)
        if seen.stage is not Stage.DRAFT:
            return seen
        if differing := self.what.content.differing(content):
            raise _differs(issue_of(self.what.title), differing)
        try:
            self.campaigns.schedule(winner.id, self.what.at)
        except UncertainError:
            pass
        except ProviderError:
            if self.campaigns.read(winner.id)[0].stage is Stage.DRAFT:
                raise
        seen, _ = self.campaigns.read(winner.id)
        return seen if seen.stage is not Stage.DRAFT else None

    def _end(self, found: tuple[Campaign, ...], winner: Campaign) -> Campaign:
        """Delete the drafts that lost, as far as that works: nobody schedules them any more."""
        for one in found:
            if one.id != winner.id and not is_cancelled(one.name):
                _delete(self.campaigns, one.id)
        return winner


def _delete(campaigns: Campaigns, campaign: str) -> bool:
    """Delete a campaign that is still a draft; return whether it surely was deleted."""
    try:
        if campaigns.read(campaign)[0].stage is not Stage.DRAFT:
            return False
        campaigns.delete(campaign)
    except (ProviderError, UncertainError):
        return False
    return True


def _claimed(issue: str, winner: Campaign) -> ClaimedError:
    done = winner.stage is not Stage.DRAFT
    what = f"{winner.stage} with different content" if done else "being prepared with different content"
    hint = f"if no other machine sends it, delete the draft {winner.name!r} there, or: newsletter cancel {issue}"
    message = f"it is {what} at the provider, as {winner.name!r}"
    return ClaimedError(message, done=done, at_work=False, hint="" if done else hint, place=issue)


def _differs(issue: str, differing: tuple[str, ...]) -> BlockedError:
    hint = "nothing was scheduled: look at the draft at the provider, or delete it there to start over"
    what = f"{', '.join(differing)} of the draft at the provider differ from what was checked"
    return BlockedError(what, hint=hint, place=issue)


def call_off(campaigns: Campaigns, title: str, content: Content, pause: Callable[[], None]) -> Campaign | None:
    """Cancel an issue for every machine; return the campaign that was called back, None where none was scheduled.

    A draft with a name that says so comes first, so that no machine schedules the issue once it is called back. A
    machine that looked before may still schedule a draft, so that the end is reached only when each surely is deleted.
    Raises BlockedError where it was triggered, ProviderError and UncertainError where it is not settled: it may be
    repeated.
    """
    back = None
    deleted: set[str] = set()  # listings may still have them
    for turn in range(_TURNS):
        if turn:
            pause()
        found = [one for one in find_all(campaigns, title) if one.id not in deleted]
        begun = begun_of(found)
        if begun and begun.stage is Stage.TRIGGERED:
            raise BlockedError("it has already been sent", hint="it can no longer be cancelled", place=issue_of(title))
        if not any(is_cancelled(one.name) for one in found):
            _try(lambda: campaigns.create(cancelled_name(title), content))
        elif begun:
            back = begun
            _try(lambda one=begun: campaigns.unschedule(one.id))  # type: ignore[misc]
        else:
            drafts = {one.id for one in found if not is_cancelled(one.name)}
            deleted |= {draft for draft in drafts if _delete(campaigns, draft)}
            if drafts <= deleted:
                return back
    message = "it is still unclear whether it was cancelled"
    raise UncertainError(message, hint="run the same command again", place=issue_of(title))


def _try(call: Callable[[], object]) -> None:
    """Make a call whose outcome the next listing shows."""
    try:
        call()
    except UncertainError:
        return
