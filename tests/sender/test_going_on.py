"""What a run makes of what is there: a journal that is gone or somebody else's, an issue that is half or all done."""

import contextlib
import json
import signal
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.app.operations import resolve
from newsletter.config import Config
from newsletter.errors import BlockedError, StorageError
from newsletter.issues import Issue, message_digest
from newsletter.providers.sendgrid.client import SendGrid
from newsletter.providers.sendgrid.secrets import Secrets
from newsletter.sender.deliver import SendContext
from newsletter.settings import Unsubscribe
from tests.conftest import Project
from tests.fake_sendgrid import KEY, FakeSendGrid, Fault, Stage
from tests.sender.conftest import NOW, dry_run, make_issue, run, write_recipients
from tests.sender.matrix import PACE, Trial
from tests.sender.test_stopping import finish, start


@pytest.fixture
def few(ready: Project) -> Project:
    """Return a project with a composed issue and three recipients."""
    write_recipients(ready.root / "recipients.csv", 3)
    return ready


def trial(issue: Issue, config: Config, fake: FakeSendGrid, tmp_path: Path, people: int) -> Trial:
    """Make a trial over this many people."""
    return Trial(issue=issue, config=config, recipients=write_recipients(tmp_path / "r.csv", people), fake=fake)


@pytest.mark.parametrize("gone", ["removed", "elsewhere"])
def test_a_journal_that_is_out_of_sight_is_missed(few: Project, gone: str) -> None:
    """Nobody gets the issue again, it is not composed again, and each command says what to bring back."""
    journal = few.root / "issues" / "journal.sqlite3"
    with FakeSendGrid() as fake:
        assert run(few, fake, "send", "--yes").status == 0
        if gone == "removed":
            journal.rename(few.root / "kept")
        else:
            with (few.root / "newsletter.toml").open("a") as file:
                file.write('journal = "other.sqlite3"\n')
        again = run(few, fake, "-q", "send", "--yes", "2025-W20")
        assert (again.status, fake.requests) == (5, 1)
        assert "its sending has begun on " in again.stderr
        assert f"with the journal {journal}" in again.stderr
        tried = few.run("send", "--dry-run", "--json").document
        assert [guard["code"] for guard in tried["would_block"]] == ["journal"]
        assert [few.run(word, "2025-W20").status for word in ("status", "cancel")] == [5, 5]
        before = (few.issue() / "email.html").read_bytes()
        few.add("a.md", title="Other", date="2025-05-13T10:00:00Z", url="news", summary="Something else.")
        assert "leaving it unchanged" in few.run("compose", "--week", "--offline", "--reselect").stderr
        assert (few.issue() / "email.html").read_bytes() == before


def test_a_link_to_a_journal_that_is_not_there_is_refused(issue: Issue, config: Config, tmp_path: Path) -> None:
    """A new journal is not made in its place."""
    config.journal.parent.mkdir(parents=True)
    config.journal.symlink_to(tmp_path / "disk" / "journal.sqlite3")
    with FakeSendGrid() as fake, pytest.raises(StorageError, match="which does not exist"):
        trial(issue, config, fake, tmp_path, 3).send()
    assert config.journal.is_symlink()


def test_another_newsletter_s_mail_proves_nothing(
    issue: Issue, config: Config, configured: Callable[..., Config], tmp_path: Path
) -> None:
    """An issue of the same name, batch and attempt, to the same people: only the own one is found in the log."""
    other = replace(config, newsletter=replace(config.newsletter, name="Harbour Notes"))
    journal = configured(journal="other.sqlite3", undo_minutes=0)
    with FakeSendGrid([None, Fault.RESET, Fault.RESET_AFTER]) as fake:
        own = trial(issue, replace(other, send=journal.send), fake, tmp_path, 3)
        assert own.send().status.submitted == 3
        mine = replace(own, issue=make_issue(tmp_path / "mine", digest="d2"), config=config)
        assert mine.send().status.uncertain == 3
        assert mine.send().status.uncertain == 3  # not found
        third = replace(mine, issue=make_issue(tmp_path / "mine", "2025-W21"))
        assert third.send().status.uncertain == 3
        found = third.send()
        assert (found.status.submitted, found.found) == (3, 1)


def test_the_log_overrules_a_person_aloud(few: Project) -> None:
    """Who says *not submitted* is told, also when quiet, that SendGrid has it; so is who sends again."""
    with FakeSendGrid([Fault.RESET_AFTER]) as fake:
        fake.scopes = []
        assert run(few, fake, "send", "--yes").status == 3
        fake.scopes = ["messages.read"]
        done = run(few, fake, "-q", "resolve", "--all", "--as", "not-submitted")
        assert done.stderr == "found 1 uncertain batch in SendGrid's log; marked as submitted\n"


def test_a_finished_issue_of_another_newsletter_is_not_taken_for_this_one(
    issue: Issue, config: Config, tmp_path: Path
) -> None:
    """Two that share a journal: the second is told. Files that merely changed leave what is done done."""
    issue = replace(issue, build=replace(issue.build, digest=message_digest(issue.message)))
    with FakeSendGrid() as fake:
        first = trial(issue, config, fake, tmp_path, 3)
        assert first.send().status.submitted == 3
        other = replace(issue, build=replace(issue.build, digest="another"))
        with pytest.raises(BlockedError, match="a different issue with this name has already been sent"):
            replace(first, issue=other).send()
        tried = dry_run(other, config, SendContext(recipients=first.recipients, now=NOW))
        assert [guard.code for guard in tried.status.would_block] == ["content"]
        changed = replace(issue, message=replace(issue.message, html="fixed"), changed=("email.html",))
        assert replace(first, issue=changed).send().status.submitted == 3


def test_a_finished_issue_whose_files_are_those_that_were_sent_is_done(
    issue: Issue, config: Config, tmp_path: Path
) -> None:
    """Composed again, and the parts that readers have brought back: what counts is what is in the files."""
    issue = replace(issue, build=replace(issue.build, digest=message_digest(issue.message)))
    with FakeSendGrid() as fake:
        first = trial(issue, config, fake, tmp_path, 3)
        assert first.send().status.submitted == 3
        restored = replace(issue, build=replace(issue.build, digest="another"), changed=("email.html",))
        assert replace(first, issue=restored).send().status.submitted == 3


def test_a_run_that_goes_on_leaves_the_mark_that_the_first_one_could_not(
    issue: Issue, config: Config, tmp_path: Path
) -> None:
    """The first one may have died after the audience was frozen, before the mark was written."""
    with FakeSendGrid([Fault.KEY]) as fake:
        made = trial(issue, config, fake, tmp_path, 3)
        made.send()
        (issue.directory / "sending.json").unlink()
        assert made.send().status.submitted == 3
    assert json.loads((issue.directory / "sending.json").read_text())["journal"] == str(config.journal)


def test_a_file_that_is_not_read_is_told(few: Project) -> None:
    """Also when told to be quiet, and of an issue that is done; a file that is not even there as well."""
    with FakeSendGrid() as fake:
        assert run(few, fake, "-q", "send", "--yes").stderr == ""
        done = run(few, fake, "-q", "send", "--yes", "2025-W20", "--recipients", "nowhere.csv")
    words = "warning: nowhere.csv is not read: the audience was frozen when the sending of 2025-W20 began\n"
    assert (done.status, done.stderr) == (0, words)
    assert few.run("-q", "send", "--dry-run", "2025-W20", "--recipients", "nowhere.csv").stderr == words


def test_the_dry_run_of_a_half_sent_issue_is_what_is_left(issue: Issue, config: Config, tmp_path: Path) -> None:
    """It asks for the frozen people who are pending, as the real run does next, to the byte."""
    issue = replace(issue, build=replace(issue.build, digest=message_digest(issue.message)))
    with FakeSendGrid([None, Fault.KEY]) as fake:
        made = replace(trial(issue, config, fake, tmp_path, 2500), pace=replace(PACE, concurrency=1))
        assert made.send().status.pending == 1500
        write_recipients(made.recipients, 7)
        (config.root / "suppressions.csv").write_text("email\nperson2400@example.org\n")
        report = dry_run(issue, config, SendContext(recipients=made.recipients, now=NOW))
        status = report.status
        assert (status.submitted, status.pending, status.skipped, report.resumed) == (1000, 1499, 1, True)
        assert made.send().status.submitted == 2499
        lines = (issue.directory / "dry-run" / "requests.jsonl").read_text().splitlines()
        sent = sorted((entry.request for entry in fake.ledger), key=lambda one: int(one["custom_args"]["batch"]))
        assert [json.loads(line) for line in lines] == sent[1:]


def test_the_dry_run_of_an_audience_that_lacks_a_field_names_it(
    issue: Issue, configured: Callable[..., Config], tmp_path: Path
) -> None:
    """No request can be made for it, and that is a guard, not a failure."""
    with FakeSendGrid([Fault.KEY]) as fake:
        made = trial(issue, configured(), fake, tmp_path, 3)
        made.send()
    url = Unsubscribe(mode="url", url="https://u.example.org/?t={token}")
    status = dry_run(issue, configured(unsubscribe=url), SendContext(recipients=made.recipients, now=NOW)).status
    assert "audience" in [guard.code for guard in status.would_block]


@pytest.mark.parametrize(("earlier", "words", "again"), [(0, "3 called back of 3", 0), (300, "may still arrive", 4)])
def test_what_was_called_back_can_come_again(few: Project, earlier: int, words: str, again: int) -> None:
    """It counts as submitted only where SendGrid did not promise to drop it: in the last ten minutes."""
    with (few.root / "newsletter.toml").open("a") as file:
        file.write("undo_minutes = 12\n")
    with FakeSendGrid() as fake:
        assert run(few, fake, "send", "--yes").status == 0
        with contextlib.closing(sqlite3.connect(few.root / "issues" / "journal.sqlite3")) as journal, journal:
            journal.execute("UPDATE issues SET schedule_at = schedule_at - ?", (earlier,))
        assert words in run(few, fake, "cancel", "2025-W20").stdout
    assert few.run("compose", "--week", "--offline", "--issue", "again").status == again


def test_a_new_issue_that_stays_behind_is_told(few: Project) -> None:
    """A bare `send` finishes an older one first; the new one is named each time, until it is sent."""
    few.add("b.md", title="More", date="2025-05-19T06:00:00Z", url="more", summary="What happened next.")
    with FakeSendGrid([Fault.KEY]) as fake:
        assert run(few, fake, "send", "--yes").status == 1
        assert run(few, fake, "compose", "--day", "2025-05-19", now="2025-05-20T08:00:00Z").status == 0
        done = run(few, fake, "-q", "send", "--yes", now="2025-05-20T08:00:00Z")
        assert (done.status, len(done.stderr.splitlines())) == (0, 2)
        said = "warning: 2025-05-19 has been composed but not sent\nhint: run 'newsletter send 2025-05-19'"
        assert said in done.stderr
        assert run(few, fake, "-q", "send", "--yes", now="2025-05-20T08:00:00Z").stderr == ""


def test_a_mistake_that_all_requests_share_costs_nobody(
    issue: Issue, configured: Callable[..., Config], tmp_path: Path
) -> None:
    """A group that SendGrid does not know: the batch stays pending, and goes once the number is right."""
    group = Unsubscribe(mode="group", group_id=8)
    tag = "<%asm_group_unsubscribe_raw_url%>"
    issue = make_issue(tmp_path, html=f'<a href="{tag}">Leave</a>', text=tag)
    with FakeSendGrid() as fake:
        made = trial(issue, configured(unsubscribe=group), fake, tmp_path, 3)
        report = made.send()
        assert (report.status.pending, report.status.failed) == (3, 0)
        assert report.stopped
        assert "[asm" in report.stopped.reason
        fixed = replace(made, config=configured(unsubscribe=replace(group, group_id=7)))
        assert fixed.send().status.submitted == 3


def test_a_signal_while_the_last_batch_is_under_way_stops_nothing(ready: Project) -> None:
    """Everything is done then, and the exit status says so."""
    write_recipients(ready.root / "recipients.csv", 1500)
    with FakeSendGrid() as fake:
        process = start(ready, fake)

        def on_stage(number: int, stage: Stage) -> None:
            if number == 1 and stage is Stage.READ:
                process.send_signal(signal.SIGINT)

        fake.on_stage = on_stage
        status, said = finish(process)
    assert status == 0, said
    assert len(fake.accepted()) == 1500


def test_who_wants_to_stop_is_not_told_to_send(few: Project) -> None:
    """What has not begun is given up before anything is sent; an issue that is not there is so for any command."""
    for command in (["cancel"], ["resolve", "--all", "--as", "submitted"]):
        unknown = few.run(command[0], "2025-W01", *command[1:])
        assert (unknown.status, "there is no issue '2025-W01'" in unknown.stderr) == (4, True)
    done = few.run("cancel", "2025-W20")
    assert done.status == 0
    assert "given up before anything was sent" in done.stdout
    assert "superseded" in few.run("send", "--dry-run", "2025-W20").stdout


def test_what_is_meant_is_looked_at_before_the_key(few: Project) -> None:
    """Without a key and a terminal, a wrong name and a wrong address are told first, then the key."""
    assert "there is no issue" in few.run("send", "2025-W01", "--yes").stderr
    assert "not an email address" in few.run("send", "--test", "foo").stderr
    assert "SENDGRID_API_KEY" in few.run("send").stderr
    with FakeSendGrid() as fake:
        assert "there is no terminal" in run(few, fake, "send").stderr


def test_the_reason_is_told(few: Project) -> None:
    """Of what is uncertain at once, of whom SendGrid refused by name when asked for."""
    with FakeSendGrid([Fault.RECIPIENT, Fault.INTERNAL]) as fake:
        fake.scopes = []
        done = run(few, fake, "send", "--yes")
        assert "it is unknown whether the request was accepted: HTTP 500" in done.stderr
        assert "newsletter -v status 2025-W20" in done.stderr
        assert "HTTP 400: Does not contain a valid address." in run(few, fake, "-v", "status").stdout


def test_a_decision_counts_what_the_log_settled(issue: Issue, config: Config, tmp_path: Path) -> None:
    """One batch that the log has and one that it lacks: both are decided, one of them by the log."""
    with FakeSendGrid([Fault.RESET_AFTER, Fault.RESET]) as fake:
        fake.scopes = []
        made = replace(trial(issue, config, fake, tmp_path, 2000), pace=replace(PACE, concurrency=1))
        assert made.send().status.uncertain == 2000
        fake.scopes = ["messages.read"]
        found = resolve(
            config,
            issue.id,
            None,
            submitted=False,
            log=lambda: SendGrid(Secrets(api_key=KEY, host=fake.url), config.send),
        )
    assert (found.decided, found.found, found.status.submitted, found.status.pending) == (2, 1, 1000, 1000)
