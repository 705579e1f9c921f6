"""Claim issues for one of several machines: a ref of the project's own git remote that must not exist yet.

``refs/newsletter/ISSUE`` points at a commit with one file, ``claim.json``: the issue's digest, its articles' keys, how
far its sending is and the counts. Nothing in it is about anybody. Git itself makes it safe: a push with an empty lease
creates the ref or is refused, and of several at once one wins.
"""

import os
import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from newsletter.app.history import Seen
from newsletter.config import Config
from newsletter.documents import decode, dump
from newsletter.errors import ClaimedError, StorageError
from newsletter.git import find_remote, git, try_git
from newsletter.issues import Issue
from newsletter.models import PeriodKind
from newsletter.sender.claim import Claim, publish_claim
from newsletter.sender.journal import open_journal
from newsletter.sender.status import Status

__all__ = ["GitClaim", "make_claim", "settle_claims"]

_FILE = "claim.json"
_REFS = "refs/newsletter/"
_REHEARSAL = "refs/newsletter-rehearsal"  # pushed in a dry run alone
_SEEN = "refs/newsletter-seen/"  # where the remote's claims are kept here
_AT_WORK = timedelta(hours=1)  # a claim that says "sending" is believed for so long
State = Literal["sending", "open", "done"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    """What a claim says; `at` is when (ISO 8601), by the clock that decided.

    For the history of the other machines it names the newsletter, the period and the keys of the `articles` that the
    issue has and of those that it `left_out`.
    """

    issue: str
    digest: str
    state: State
    at: str
    slug: str = ""
    kind: PeriodKind = "days"
    start: str = ""
    end: str = ""
    articles: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    submitted: int = 0
    failed: int = 0
    uncertain: int = 0
    pending: int = 0
    skipped: int = 0


class GitClaim(Claim):
    """Claims in the remote of the repository that holds a project; tokens are the ids of commits."""

    def __init__(self, folder: Path, now: datetime, *, exclusive: bool) -> None:
        """Take a folder of the repository, and the time that decides; `exclusive`: no two issues share an article."""
        self._folder, self._now, self._exclusive = folder, now, exclusive
        self._remote = find_remote(folder)

    def rehearse(self) -> None:
        """Ask the remote what it has, and whether it would take a claim; StorageError where it does not."""
        git(self._folder, "ls-remote", self._remote, f"{_REFS}*")
        nothing = git(self._folder, "hash-object", "-w", "--stdin")  # always the same object
        git(self._folder, "push", "--quiet", "--no-verify", "--dry-run", self._remote, f"{nothing}:{_REHEARSAL}")

    def prepare(self, issue: Issue) -> str:
        """Return a commit that says that the sending of `issue` is under way."""
        return self._commit(_document(issue, "sending", self._now))

    def holds(self, issue: str, tokens: str) -> bool:
        """Return whether one of `tokens` holds the claim of an issue."""
        return self._held(issue) in tokens.split()

    def take(self, issue: Issue, tokens: str) -> None:
        """Create the ref of `issue`; see `Claim`."""
        own = tokens.split()
        held = self._held(issue.id)
        if held is None:
            pushed = self._push(issue.id, own[-1], before="")
            held = own[-1] if not pushed.returncode else self._held(issue.id)
            if held == own[-1]:
                self._yield_to_other(issue, held)
        if held is None:
            words = pushed.stderr.decode(errors="replace").strip().splitlines()
            message = f"the issue cannot be claimed: {words[-1] if words else 'the remote refuses the ref'}"
            raise StorageError(message, place=issue.id, hint="let this machine push to the remote, then run it again")
        if held not in own:
            raise self._claimed(issue.id, held)

    def _yield_to_other(self, issue: Issue, commit: str) -> None:
        """Release the claim if another machine has claimed an issue with an article of this one.

        Whoever comes second sees the other's claim, whichever of the issues is the earlier one; of two at the same
        moment both may step back, and the next run sends it.
        """
        keys = {entry.key for entry in issue.outline.entries}
        for other in self.seen(issue.build.choice.slug or "") if self._exclusive else ():
            if other.issue != issue.id and other.articles & keys:
                self._push(issue.id, "", before=commit)
                message = f"another machine has claimed {other.issue}, which has some of its articles"
                hint = "the next run composes it without them"
                raise ClaimedError(message, done=False, at_work=True, hint=hint, place=issue.id)

    def find(self, issue: str, tokens: str) -> ClaimedError | None:
        """Return what forbids this machine to send an issue; None where nobody else has claimed it."""
        held = self._held(issue)
        return self._claimed(issue, held) if held and held not in tokens.split() else None

    def seen(self, slug: str) -> tuple[Seen, ...]:
        """List what the claimed issues of a newsletter had, whichever machine sent them; nobody had those given up."""
        refs = f"{_REFS}*:{_SEEN}*"
        git(self._folder, "fetch", "--quiet", "--no-tags", "--prune", "--no-write-fetch-head", self._remote, f"+{refs}")
        names = git(self._folder, "for-each-ref", "--format=%(objectname)", _SEEN).split()
        found = [self._document(name) for name in names]
        return tuple(
            Seen(
                issue=one.issue,
                kind=one.kind,
                start=datetime.fromisoformat(one.start),
                end=datetime.fromisoformat(one.end),
                articles=frozenset(one.articles),
                left_out=frozenset(one.left_out),
            )
            for one in found
            if one.slug == slug and one.start and one.end and not (one.state == "done" and not one.submitted)
        )

    def _document(self, commit: str) -> _Document:
        try:
            # not "show", which runs a program that the repository's configuration may name for the file
            found = git(self._folder, "cat-file", "blob", f"{commit}:{_FILE}")
            return _with_times(decode(found.encode(), _Document))
        except ValueError as error:
            raise StorageError(
                f"the claim in {commit[:12]} cannot be read: {error}", hint="see refs/newsletter"
            ) from error

    def report(self, issue: Issue, status: Status) -> str:
        """Return a commit that says how far the sending is."""
        state: State = "open" if status.pending or status.uncertain else "done"
        return self._commit(_document(issue, state, self._now, status))

    def publish(self, issue: Issue, tokens: str, status: Status) -> bool:
        """Move the ref from the token that holds it to the last one, or remove it; see `Claim`."""
        held = self._held(issue.id)
        if held not in tokens.split():
            return False
        back = not (status.submitted or status.failed or status.uncertain) and bool(status.pending)
        done = self._push(issue.id, "" if back else tokens.split()[-1], before=held or "")
        if done.returncode:
            raise StorageError("the claim could not be brought up to date", place=issue.id, hint="run it again")
        return back

    def _held(self, issue: str) -> str | None:
        """Return the commit that the remote has as an issue's claim; None where it has none."""
        ref = _ref(issue)
        rows = [line.split("\t") for line in git(self._folder, "ls-remote", self._remote, ref).splitlines()]
        # git also lists references that only end in this name, such as the branch refs/heads/refs/newsletter/ISSUE
        return next((row[0] for row in rows if row[1:] == [ref]), None)

    def _push(self, issue: str, commit: str, before: str) -> subprocess.CompletedProcess[bytes]:
        """Move the ref of an issue from the commit `before` ("": it must not exist) to another one ("": remove it)."""
        ref = _ref(issue)
        lease = f"--force-with-lease={ref}:{before}"
        return try_git(self._folder, "push", "--quiet", "--no-verify", lease, self._remote, f"{commit}:{ref}")

    def _commit(self, document: _Document) -> str:
        blob = git(self._folder, "hash-object", "-w", "--stdin", content=dump(asdict(document)).encode())
        tree = git(self._folder, "mktree", content=f"100644 blob {blob}\t{_FILE}\n".encode())
        words = f"{document.issue}: {document.state}\n\n{os.urandom(8).hex()}"  # so that no two commits are the same
        return git(self._folder, "commit-tree", tree, "-m", words)

    def _claimed(self, issue: str, commit: str) -> ClaimedError:
        """Return how far another machine is with an issue."""
        git(self._folder, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", self._remote, _ref(issue))
        found = self._document(commit)
        age = abs(self._now - datetime.fromisoformat(found.at))
        counts = f"{found.submitted:,} submitted, {found.uncertain:,} uncertain, {found.pending:,} pending"
        at_work = found.state == "sending" and age < _AT_WORK
        message = {
            "done": f"another machine has sent it ({found.submitted:,} submitted)",
            "open": f"another machine has begun it on {found.at[:10]} and not finished ({counts})",
            "sending": f"another machine claimed it on {found.at[:16]} and " + ("is at work" if at_work else "stopped"),
        }[found.state]
        hint = f"finish it there: newsletter run; if that machine is gone, look up who got it, and see {_ref(issue)}"
        return ClaimedError(
            message,
            done=found.state == "done",
            at_work=at_work,
            articles=found.articles,
            submitted=found.submitted,
            hint=hint,
            place=issue,
        )


def _document(issue: Issue, state: State, now: datetime, status: Status | None = None) -> _Document:
    names = ("submitted", "failed", "uncertain", "pending", "skipped")
    period, articles = issue.outline.period, tuple(entry.key for entry in issue.outline.entries)
    choice = issue.build.choice
    return _Document(
        issue=issue.id,
        digest=issue.digest,
        state=state,
        at=now.isoformat(timespec="seconds"),
        slug=issue.build.choice.slug or "",
        kind=period.kind,
        start=period.start.isoformat(),
        end=period.end.isoformat(),
        articles=articles,
        left_out=tuple(sorted(choice.seen.difference(articles, choice.waiting))),  # what waits may still come
        **{name: getattr(status, name) for name in names if status},
    )


def _with_times(document: _Document) -> _Document:
    """Return a claim whose times are ones, each with its offset; ValueError for another: anybody may push one."""
    for time in (document.at, *filter(None, (document.start, document.end))):
        if datetime.fromisoformat(time).utcoffset() is None:
            raise ValueError(f"the time {time!r} has no offset")
    return document


def _ref(issue: str) -> str:
    return f"{_REFS}{issue}"


def make_claim(config: Config, now: datetime) -> GitClaim | None:
    """Return where the project's issues are claimed; None where they are not, or a campaign is the claim."""
    if config.send.claim != "git" or config.provider.campaigns:
        return None
    return GitClaim(config.root, now, exclusive=config.select.exclude_submitted)


def settle_claims(config: Config, claim: GitClaim, load: Callable[[str], Issue]) -> None:
    """Publish what became of issues whose claim says that something is left to do, where nothing is any more."""
    if not config.journal.exists():
        return
    with open_journal(config.journal) as journal:
        for name in journal.open_claims():
            row = journal.find(name)
            status = journal.status(row) if row else None
            if status and not (status.pending or status.uncertain):
                publish_claim(journal, claim, load(name), status)
