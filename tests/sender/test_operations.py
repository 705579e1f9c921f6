"""What a person does between two runs, where it could go wrong in the middle."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import pytest

from newsletter.app.operations import cancel, issues_in, known_issues, resolve
from newsletter.app.prune import prune_older, prune_person
from newsletter.config import Config
from newsletter.errors import StorageError
from newsletter.issues import Issue
from newsletter.sender.deliver import SendContext
from newsletter.sender.journal import open_journal
from newsletter.sender.status import State
from tests.fake_sendgrid import FakeSendGrid, Fault
from tests.sender.conftest import NOW, dry_run, write_recipients
from tests.sender.matrix import PACE, Trial


def test_a_decision_about_a_cancelled_issue_is_made_as_a_whole(issue: Issue, config: Config, tmp_path: Path) -> None:
    """When its people cannot be skipped, they do not become pending either: every bare `send` would pick them."""
    with FakeSendGrid([Fault.RESET_AFTER]) as fake:
        fake.scopes = []
        people = write_recipients(tmp_path / "r.csv", 10)
        Trial(issue=issue, config=config, recipients=people, fake=fake, pace=PACE).send()
    cancel_nothing_left(config, issue.id)
    with open_journal(config.journal) as journal:
        journal.connection.execute(
            "CREATE TRIGGER no BEFORE UPDATE OF state ON recipients BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
        with pytest.raises(StorageError):
            resolve(config, issue.id, None, submitted=False)
        assert issues_in(config, State.PENDING) == ()
        journal.connection.execute("DROP TRIGGER no")
    assert resolve(config, issue.id, None, submitted=False).status.skipped == 10


def test_one_recipient_in_the_log_proves_a_batch(issue: Issue, config: Config, tmp_path: Path) -> None:
    """The log may be behind: the second of a few that are looked up is enough, as a request is taken as a whole."""
    with FakeSendGrid([Fault.RESET_AFTER]) as fake:
        made = Trial(
            issue=issue, config=config, recipients=write_recipients(tmp_path / "r.csv", 10), fake=fake, pace=PACE
        )
        assert made.send().status.uncertain == 10
        people = fake.ledger[0].request["personalizations"]
        people[:] = people[1:2]
        assert made.send().status.submitted == 10


def cancel_nothing_left(config: Config, issue: str) -> None:
    """Note the issue as cancelled, as it would have been while others were pending."""
    with open_journal(config.journal) as journal:
        row = journal.find(issue)
        assert row is not None
        journal.cancel(row.key)


def test_what_is_uncertain_as_a_whole_can_be_ended(issue: Issue, config: Config, tmp_path: Path) -> None:
    """A cancelled issue's uncertain people are skipped, not sent to, once somebody knows that they have nothing."""
    with FakeSendGrid(always=Fault.INTERNAL) as fake:
        people = write_recipients(tmp_path / "r.csv", 10)
        Trial(issue=issue, config=config, recipients=people, fake=fake, pace=PACE).send()

    def no_provider() -> NoReturn:
        raise AssertionError("there is nothing to call back")

    assert cancel(config, issue.id, no_provider).status.uncertain == 10
    assert resolve(config, issue.id, None, submitted=False).status.skipped == 10


def test_known_are_the_issues_whose_sending_began(issue: Issue, config: Config, tmp_path: Path) -> None:
    """A dry run begins nothing."""
    people = write_recipients(tmp_path / "r.csv", 10)
    dry_run(issue, config, SendContext(recipients=people, now=NOW))
    assert known_issues(config) == frozenset()
    with FakeSendGrid() as fake:
        Trial(issue=issue, config=config, recipients=people, fake=fake).send()
    assert known_issues(config) == {issue.id}


@pytest.mark.parametrize("by", [lambda config: prune_person(config, "Person1@example.org").places, None])
def test_what_a_killed_dry_run_left_is_forgotten(
    by: Callable[[Config], int] | None, issue: Issue, config: Config, tmp_path: Path
) -> None:
    """Its drafts go like the files of a finished one; the summary, which names nobody, stays."""
    dry_run(issue, config, SendContext(recipients=write_recipients(tmp_path / "r.csv", 1), now=NOW))
    folder = issue.directory / "dry-run"
    draft = folder / ".requests.99.tmp"
    draft.write_text(json.dumps({"to": [{"email": "person1@example.org"}]}))
    assert prune_person(config, "erson1@example.org").places == 0
    assert draft.exists()
    if by:
        assert by(config) == 1
    else:
        prune_older(config, datetime(2200, 1, 1, tzinfo=UTC))
    assert [path.name for path in folder.iterdir()] == ["summary.json"]
