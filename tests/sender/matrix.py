"""Send through a fault, settle what is uncertain by the fake's ledger, send again, and count."""

import itertools
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from newsletter.app.operations import resolve
from newsletter.config import Config
from newsletter.issues import Issue
from newsletter.providers.sendgrid.client import SendGrid
from newsletter.providers.sendgrid.secrets import Secrets
from newsletter.sender.deliver import Confirm, SendContext, SendResult, send
from newsletter.sender.dispatch import Pace
from newsletter.sender.journal import read_journal
from newsletter.sender.status import Status
from tests.fake_sendgrid import KEY, REFUSED, FakeSendGrid, Fault
from tests.sender.conftest import NOW

__all__ = ["Trial", "pairs", "run_fault"]

PACE = Pace(concurrency=2, retries=3, first_wait=0.02, longest_wait=0.2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One issue, one list of people, one fake; `send` may be called again and again."""

    issue: Issue
    config: Config
    recipients: Path
    fake: FakeSendGrid
    pace: Pace | None = PACE

    def send(self, confirm: Confirm = lambda _: True) -> SendResult:
        """Run one send, confirmed unless something else is said."""
        run = SendContext(recipients=self.recipients, now=NOW, pace=self.pace)
        provider = SendGrid(Secrets(api_key=KEY, host=self.fake.url), self.config.send)
        return send(lambda: self.issue, self.config, run, provider=provider, confirm=confirm)

    def check(self, status: Status) -> None:
        """Compare the journal with the ledger: nobody twice, nobody lost, every sum right."""
        accepted = self.fake.accepted()
        twice = {email: number for email, number in accepted.items() if number > 1}
        assert not twice, f"accepted more than once: {twice}"
        states = self.states()
        counts = Counter(states.values())
        assert len(states) == status.audience
        parts = ("submitted", "failed", "uncertain", "pending", "skipped")
        assert {name: counts[name] for name in parts} == {name: getattr(status, name) for name in parts}
        assert sum(getattr(status, name) for name in parts) == status.audience
        for email, state in states.items():
            if state == "submitted":
                assert accepted[email] == 1, f"{email} is called submitted"
            elif state != "uncertain":
                assert accepted[email] == 0, f"{email} is called {state}"

    def states(self) -> dict[str, str]:
        """Read every recipient's state out of the journal, straight from its tables."""
        journal = read_journal(self.config.journal)
        assert journal is not None
        with journal:
            rows = journal.connection.execute(
                "SELECT lower(r.email), coalesce(r.state, (SELECT b.state FROM batches b WHERE b.issue = r.issue"
                " AND r.position BETWEEN b.first AND b.last)) FROM recipients r JOIN issues i ON i.key = r.issue"
                " WHERE i.id = ?",
                (self.issue.id,),
            ).fetchall()
        return {email: "uncertain" if state == "submitting" else state for email, state in rows}

    def reconcile(self) -> None:
        """Decide every uncertain batch as a person who can see the ledger would."""
        accepted = self.fake.accepted()
        journal = read_journal(self.config.journal)
        assert journal is not None
        with journal:
            row = journal.find(self.issue.id)
            assert row is not None
            uncertain = [
                batch.number for batch in journal.batches(row.key) if batch.state in ("uncertain", "submitting")
            ]
            people = {number: journal.sample(row.key, number, 1)[0] for number in uncertain}
        for number, email in people.items():
            resolve(self.config, self.issue.id, number, submitted=bool(accepted[email]))

    def finish(self) -> Status:
        """Take the fault away, settle, and send until nothing is left; at most a few times."""
        self.fake.plan, self.fake.always = [], None
        for _ in range(3):
            self.reconcile()
            status = self.send().status
            self.check(status)
            if not status.pending and not status.uncertain:
                return status
        raise AssertionError(f"it does not come to an end: {status}")


def run_fault(trial: Trial) -> None:
    """Send three times into the faults, check after each run, then finish, and see that everybody has it."""
    faults = {*trial.fake.plan, trial.fake.always} - {None}
    for _ in range(3):
        trial.check(trial.send().status)
    status = trial.finish()
    assert status.submitted + status.failed == status.recipients
    assert not status.failed or faults & REFUSED


def pairs() -> list[tuple[Fault, Fault]]:
    """List all ordered pairs of faults."""
    return list(itertools.product(Fault, Fault))
