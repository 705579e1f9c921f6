"""Push the people of a recipients file to a list of the provider's, and follow that to its end.

    read it all (lines that are wrong end it) ─► call after call, or a file ─► note how far ─► follow the jobs

Contacts are added or updated, so that whatever is unknown is simply pushed again. Suppressed addresses, and those that
a column says have left, are never pushed.
"""

import hashlib
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from newsletter.documents import decode, dump
from newsletter.errors import ProviderError, RecipientsError
from newsletter.files import read_file, write_file
from newsletter.sender.contacts import Call, ContactBook, Job
from newsletter.sender.membership import COLUMNS, Membership
from newsletter.sender.recipients import Recipient, load_form, load_recipients

__all__ = ["People", "Pushed", "Survey", "push", "read_people"]

_POLLS = 400  # looks at the jobs, before a later run goes on
_SHOWN = 1000  # lines with an error
_STATE_BYTES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a file holds: how many are to be pushed and how many not, and the columns that are not pushed."""

    contacts: int
    suppressed: int
    digest: str
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What became of a push.

    `resumed` is how many were pushed by an earlier run, `refused` how many the provider did not take; `errors` are
    (line, reason) of the first of them, `pending` the number of jobs that were not done in time.
    """

    contacts: int
    resumed: int = 0
    refused: int = 0
    errors: tuple[tuple[int, str], ...] = ()
    pending: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """How far a push is: the file (its digest) up to a line, and the jobs that were not seen to their end."""

    digest: str
    target: str
    line: int = 0
    pushed: int = 0
    jobs: tuple[str, ...] = ()


class People:
    """The people of a file who are pushed, read as often as needed, one after the other."""

    def __init__(
        self, path: Path, suppressed: set[str], fields: tuple[str, ...], check: Callable[[Recipient], str]
    ) -> None:
        """Keep the path, whom not to push (in lower case), and the fields that can be pushed."""
        self.path, self._suppressed, self._fields, self._check = path, suppressed, fields, check

    def read(self, after: int = 0) -> Iterator[Recipient]:
        """Yield those of the lines after a line, in its order."""
        for one in load_recipients(self.path, fields=self._fields):
            if one.line > after and one.email.casefold() not in self._suppressed:
                yield one

    def survey(self) -> Survey:
        """Read the whole file; RecipientsError names the lines that are wrong. Who has left is suppressed from then on.

        An export may have somebody twice, and say only in one line that they left.
        """
        count = contacts = 0
        membership = Membership(lambda email: self._suppressed.add(email.casefold()))
        for one in load_recipients(self.path, fields=self._fields, check=self._check, membership=membership):
            count += 1
            contacts += one.email.casefold() not in self._suppressed
        names = {name.casefold() for name in (*self._fields, "email")} | COLUMNS
        unknown = tuple(name for name in load_form(self.path).names if name and name.casefold() not in names)
        digest = _digest(self.path, self._suppressed)
        return Survey(contacts=contacts, suppressed=count - contacts, digest=digest, unknown=unknown)


def _digest(path: Path, suppressed: set[str]) -> str:
    digest = hashlib.sha256(repr(len(suppressed)).encode())
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def read_people(
    path: Path, suppressed: set[str], fields: tuple[str, ...], check: Callable[[Recipient], str]
) -> tuple[People, Survey]:
    """Return the people of a file, and what it holds; RecipientsError where it cannot be used."""
    if not path.is_file():
        raise RecipientsError("is not a file", place=str(path), hint="name a file of recipients")
    people = People(path, suppressed, fields, check)
    return people, people.survey()


def push(
    book: ContactBook,
    people: People,
    survey: Survey,
    target: str,
    *,
    state: Path,
    progress: Callable[[int], None],
    wait: Callable[[int], None],
) -> Pushed:
    """Push `people` to the list `target`, going on where an earlier run of the same file stopped.

    `state` is the file that says how far it is; it holds no address. `wait` is called between looks at the jobs, with
    their number. Raises ProviderError where the provider refuses; the same command goes on then.
    """
    return _Push(book, people, survey, target, state, progress, wait).run()


@dataclass(slots=True)
class _Push:
    book: ContactBook
    people: People
    survey: Survey
    target: str
    path: Path
    progress: Callable[[int], None]
    wait: Callable[[int], None]
    state: _State = field(init=False)

    def run(self) -> Pushed:
        self.state = self._load()
        resumed = self.state.pushed
        self.progress(resumed)
        rest = self.people.read(self.state.line)
        if self.survey.contacts >= self.book.many:
            while uploaded := self.book.upload(rest, self.target):
                self._note(*uploaded)
        else:
            for call in self.book.calls(rest, self.target):
                self._note(call, self.book.push(call))
        refused, reasons = self._follow()
        if not self.state.jobs:
            self.path.unlink(missing_ok=True)
        return Pushed(
            contacts=self.state.pushed,
            resumed=resumed,
            refused=refused,
            errors=self._lines(reasons),
            pending=len(self.state.jobs),
        )

    def _load(self) -> _State:
        new = _State(digest=self.survey.digest, target=self.target)
        try:
            kept = decode(read_file(self.path, _STATE_BYTES), _State)
        except (OSError, ValueError):
            return new
        return kept if (kept.digest, kept.target) == (new.digest, new.target) else new

    def _note(self, call: Call, job: str) -> None:
        """Keep how far it is, before anything else is pushed."""
        state = self.state
        self._keep(replace(state, line=call.line, pushed=state.pushed + call.people, jobs=(*state.jobs, job)))
        self.progress(self.state.pushed)

    def _keep(self, state: _State) -> None:
        self.state = state
        content = {name: getattr(state, name) for name in ("digest", "target", "line", "pushed", "jobs")}
        write_file(self.path, dump(content), mode=0o600)

    def _follow(self) -> tuple[int, dict[str, str]]:
        """Look at the jobs until each is done; return how many contacts were refused, and why."""
        refused = 0
        reasons: dict[str, str] = {}
        for poll in range(_POLLS):
            found = {job: self.book.job(job) for job in self.state.jobs}
            ended = {job: one for job, one in found.items() if one.state != "pending"}
            refused += sum(one.refused for one in ended.values())
            reasons |= dict(_reasons(ended))
            if ended:
                self._keep(replace(self.state, jobs=tuple(job for job in self.state.jobs if job not in ended)))
            if not self.state.jobs:
                break
            self.wait(poll)
        return refused, reasons

    def _lines(self, reasons: dict[str, str]) -> tuple[tuple[int, str], ...]:
        """Find the lines of those who were refused."""
        if not reasons:
            return ()
        found = (
            (one.line, reasons[one.email.casefold()]) for one in self.people.read() if one.email.casefold() in reasons
        )
        return tuple(itertools.islice(found, _SHOWN))


def _reasons(ended: Mapping[str, Job]) -> Iterator[tuple[str, str]]:
    for job, one in ended.items():
        if one.state == "failed" and not one.reasons:
            raise ProviderError(
                f"the provider could not use what was pushed (job {job})", hint="the provider shows the reason"
            )
        yield from ((email.casefold(), reason) for email, reason in one.reasons)
