"""When a run stops by itself, is told to, or cannot write down what happened."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO

import pytest

from newsletter.app.operations import overview
from newsletter.config import Config
from newsletter.errors import BlockedError, StorageError, UncertainError
from newsletter.issues import Issue, message_digest
from newsletter.providers.sendgrid.client import SendGrid
from newsletter.providers.sendgrid.secrets import Secrets
from newsletter.sender.deliver import ConfirmationPrompt, SendContext, send
from newsletter.sender.dispatch import Pace
from newsletter.sender.journal import Journal, open_journal
from newsletter.sender.lock import is_locked
from newsletter.settings import Unsubscribe
from tests.conftest import Project
from tests.fake_sendgrid import KEY, FakeSendGrid, Fault, Stage
from tests.sender.conftest import NOW, dry_run, make_issue, write_recipients
from tests.sender.matrix import Trial


def trial(issue: Issue, config: Config, fake: FakeSendGrid, tmp_path: Path, people: int, **pace: float) -> Trial:
    """Prepare a send of this many people, one request at a time unless `pace` says otherwise."""
    values = {"first_wait": 0.01, "longest_wait": 5.0, **pace}
    return Trial(
        issue=issue,
        config=config,
        recipients=write_recipients(tmp_path / "r.csv", people),
        fake=fake,
        pace=Pace(**values),  # type: ignore[arg-type]
    )


def test_three_uncertain_in_a_row_stop_the_run(issue: Issue, config: Config, tmp_path: Path) -> None:
    """The rest stays pending; an accepted batch in between starts the count again."""
    with FakeSendGrid([Fault.RESET, Fault.RESET, None, *[Fault.RESET] * 9]) as fake:
        fake.scopes = []
        report = trial(issue, config, fake, tmp_path, 9000).send()
    assert report.stopped
    assert "3 uncertain batches in a row" in report.stopped.reason
    assert (report.status.uncertain, report.status.submitted, report.status.pending) == (5000, 1000, 3000)


def test_a_mistake_in_every_request_costs_one_batch(issue: Issue, config: Config, tmp_path: Path) -> None:
    """Until one batch was accepted, one leaves at a time, and a refusal as a whole ends the run; then it goes on."""
    with FakeSendGrid(always=Fault.REQUEST) as fake:
        made = trial(issue, config, fake, tmp_path, 8000, concurrency=4)
        report = made.send()
        assert report.stopped
        assert "fix the cause" in report.stopped.hint
        assert (fake.requests, report.status.failed, report.status.pending) == (1, 0, 8000)
        fake.always, fake.plan = None, [None, Fault.REQUEST]
        report = made.send()
        assert (report.stopped, report.status.submitted, report.status.failed) == (None, 7000, 1000)


def test_a_refusal_of_all_there_is_leaves_it_pending(issue: Issue, config: Config, tmp_path: Path) -> None:
    """One batch is the whole issue: nobody has got it, so that the same command goes on once the cause is fixed."""
    with FakeSendGrid([Fault.REQUEST]) as fake:
        made = trial(issue, config, fake, tmp_path, 10)
        report = made.send()
        assert report.stopped
        assert "nobody has got it" in report.stopped.reason
        assert "newsletter cancel" in report.stopped.hint
        assert (report.status.failed, report.status.pending) == (0, 10)
        assert made.send().status.submitted == 10


def test_an_uncertain_batch_never_blocks_another_issue(issue: Issue, config: Config, tmp_path: Path) -> None:
    """The next issue goes out whatever became of the one before."""
    with FakeSendGrid([Fault.RESET]) as fake:
        fake.scopes = []
        first = trial(issue, config, fake, tmp_path, 10)
        assert first.send().status.uncertain == 10
        assert replace(first, issue=make_issue(tmp_path, "2025-W21")).send().status.submitted == 10


def test_what_is_put_off_too_often_ends_the_run(issue: Issue, config: Config, tmp_path: Path) -> None:
    """A bound on retries: everything pending, and the same command goes on."""
    with FakeSendGrid(always=Fault.LIMIT) as fake:
        made = trial(issue, config, fake, tmp_path, 2500, retries=2)
        report = made.send()
        assert fake.requests == 3
        assert report.stopped
        assert "not accepted after 3 tries: HTTP 429" in report.stopped.reason
        fake.always = None
        assert made.send().status.submitted == 2500


def test_a_refused_recipient_does_not_count_as_put_off(issue: Issue, config: Config, tmp_path: Path) -> None:
    """However often a batch was refused for single recipients: it may still be put off as often as any other."""
    with FakeSendGrid([Fault.RECIPIENT, Fault.RECIPIENT, Fault.LIMIT]) as fake:
        report = trial(issue, config, fake, tmp_path, 10, retries=1).send()
    assert (report.stopped, report.status.failed, report.status.submitted) == (None, 2, 8)


def test_the_reset_that_sendgrid_names_is_waited_for(issue: Issue, config: Config, tmp_path: Path) -> None:
    """With a reset header the pause is SendGrid's, not ours."""
    with FakeSendGrid([Fault.LIMIT_RESET]) as fake:
        began = time.monotonic()
        assert trial(issue, config, fake, tmp_path, 10, retries=1).send().status.submitted == 10
    assert time.monotonic() - began >= 2.0


def test_no_pause_is_longer_than_the_longest(issue: Issue, config: Config, tmp_path: Path) -> None:
    """Whatever SendGrid names, here two seconds: a run is not held for a day."""
    with FakeSendGrid([Fault.LIMIT_RESET]) as fake:
        made = trial(issue, config, fake, tmp_path, 10, retries=1, longest_wait=0.01)
        began = time.monotonic()
        assert made.send().status.submitted == 10
    assert time.monotonic() - began < 2.0


def test_the_rate_is_kept(issue: Issue, configured: Callable[..., Config], tmp_path: Path) -> None:
    """Three requests at five a second, as the configuration has it, take two fifths of a second."""
    with FakeSendGrid() as fake:
        made = trial(issue, configured(rate=5.0, concurrency=4), fake, tmp_path, 3000)
        began = time.monotonic()
        replace(made, pace=None).send()
    assert time.monotonic() - began >= 0.4


def test_no_more_than_the_concurrency_is_under_way(
    issue: Issue, configured: Callable[..., Config], tmp_path: Path
) -> None:
    """At most this many requests as the configuration says are at SendGrid at once."""
    there, most = set(), []

    def on_stage(number: int, stage: Stage) -> None:
        if stage is Stage.CONNECTED:
            there.add(number)
            time.sleep(0.05)
            most.append(len(there))
        elif stage is Stage.ACCEPTED:
            there.discard(number)

    with FakeSendGrid() as fake:
        fake.on_stage = on_stage
        replace(trial(issue, configured(concurrency=3), fake, tmp_path, 12_000), pace=None).send()
    assert max(most) == 3


def test_who_leaves_during_a_run_gets_nothing_more(issue: Issue, config: Config, tmp_path: Path) -> None:
    """The suppression file is looked at before each batch."""

    def on_stage(number: int, stage: Stage) -> None:
        if number == 0 and stage is Stage.READ:
            (tmp_path / "suppressions.csv").write_text("person1500@example.org\n")

    with FakeSendGrid() as fake:
        fake.on_stage = on_stage
        status = trial(issue, config, fake, tmp_path, 2000).send().status
        assert (status.submitted, status.skipped) == (1999, 1)
        assert fake.accepted()["person1500@example.org"] == 0


def test_whom_the_suppressions_had_once_gets_nothing_in_that_run(issue: Issue, config: Config, tmp_path: Path) -> None:
    """Another program may be about to write the file; a file that is gone ends the run, and the next one goes on."""
    path = write_recipients(tmp_path / "suppressions.csv", 3000)

    def on_stage(number: int, stage: Stage) -> None:
        if stage is Stage.READ:
            path.write_text("email\n") if number == 0 else path.unlink(missing_ok=True)

    with FakeSendGrid() as fake:
        fake.on_stage = on_stage
        made = trial(issue, config, fake, tmp_path, 6000)
        report = made.send()
        assert report.stopped
        assert report.stopped.reason == f"{path}: was removed during the run"
        assert (report.status.submitted, report.status.pending, report.status.skipped) == (2000, 1000, 3000)
        with pytest.raises(BlockedError, match=r"is gone, and 3,000 suppressed addresses"):
            made.send()
        write_recipients(path, 3000)
        assert made.send().status.submitted == 3000


def test_a_bad_line_in_the_suppressions_ends_the_run_with_every_answer(
    issue: Issue, config: Config, tmp_path: Path
) -> None:
    """What SendGrid accepted is written down all the same, and the run goes on once the file is fixed."""

    def on_stage(number: int, stage: Stage) -> None:
        if number == 0 and stage is Stage.READ:
            (tmp_path / "suppressions.csv").write_text("person1@example.org\nnobody\n")
        elif stage is Stage.ACCEPTED:
            time.sleep(0.2 * number)

    with FakeSendGrid() as fake:
        fake.on_stage = on_stage
        made = trial(issue, config, fake, tmp_path, 6000, concurrency=2)
        report = made.send()
        assert report.stopped
        assert "suppressions.csv:2: is not an email address" in report.stopped.reason
        assert (report.status.uncertain, report.status.submitted) == (0, len(fake.accepted()))
        assert report.status.pending
        made.check(report.status)
        (tmp_path / "suppressions.csv").unlink()
        assert made.send().status.submitted == 6000


def test_a_no_freezes_nothing(issue: Issue, config: Config, tmp_path: Path) -> None:
    """Who declines has changed nothing, and was shown what would leave."""
    shown: list[ConfirmationPrompt] = []

    def decline(preview: ConfirmationPrompt) -> bool:
        shown.append(preview)
        return False

    provider = SendGrid(Secrets(api_key=KEY, host="http://127.0.0.1:1"), config.send)
    run = SendContext(recipients=write_recipients(tmp_path / "r.csv", 12), now=NOW)
    with pytest.raises(BlockedError, match="not confirmed"):
        send(lambda: issue, config, run, provider=provider, confirm=decline)
    assert (shown[0].recipients, shown[0].subject) == (12, issue.message.subject)
    assert overview(config, issue.id) is None


def test_a_resumed_run_asks_about_those_who_are_left(issue: Issue, config: Config, tmp_path: Path) -> None:
    """Who has it already is not a part of the number that is confirmed."""
    shown: list[ConfirmationPrompt] = []

    def decline(preview: ConfirmationPrompt) -> bool:
        shown.append(preview)
        return False

    with FakeSendGrid([None, Fault.KEY]) as fake:
        made = trial(issue, config, fake, tmp_path, 1500)
        assert made.send().status.pending == 500
        with pytest.raises(BlockedError, match="not confirmed"):
            made.send(decline)
    assert (shown[0].recipients, shown[0].resumed, fake.requests) == (500, True, 2)


def test_the_issue_is_loaded_and_confirmed_under_the_lock(issue: Issue, config: Config, tmp_path: Path) -> None:
    """Nobody can compose it again between its loading and the answer to the question."""
    journal = config.journal
    seen: list[bool] = []

    def load() -> Issue:
        seen.append(is_locked(journal))
        return issue

    def confirm(_: ConfirmationPrompt) -> bool:
        seen.append(is_locked(journal))
        return False

    provider = SendGrid(Secrets(api_key=KEY, host="http://127.0.0.1:1"), config.send)
    run = SendContext(recipients=write_recipients(tmp_path / "r.csv", 12), now=NOW)
    with pytest.raises(BlockedError, match="not confirmed"):
        send(load, config, run, provider=provider, confirm=confirm)
    assert seen == [True, True]


def test_another_text_is_not_sent_to_the_rest(issue: Issue, config: Config, tmp_path: Path) -> None:
    """Once sending has begun, the issue that goes on must be the one that it began with."""
    with FakeSendGrid([None, Fault.KEY]) as fake:
        made = trial(issue, config, fake, tmp_path, 2000)
        made.send()
        with pytest.raises(BlockedError, match="differs from what the first recipients received"):
            replace(made, issue=replace(issue, build=replace(issue.build, digest="another"))).send()


def test_what_is_no_part_of_a_message_may_change_once_it_is_sent(issue: Issue, config: Config, tmp_path: Path) -> None:
    """After the first batch only what is sent matters; where that changed, the ways out are named."""
    issue = replace(issue, build=replace(issue.build, digest=message_digest(issue.message)))
    with FakeSendGrid([None, Fault.KEY]) as fake:
        made = trial(issue, config, fake, tmp_path, 2000)
        made.send()
        other = replace(issue.message, html=issue.message.html + "<!-- -->")
        with pytest.raises(BlockedError, match=r"first recipients received: email\.html changed") as caught:
            replace(made, issue=replace(issue, message=other, changed=("email.html",))).send()
        assert "newsletter cancel 2025-W20" in caught.value.hint
        edited = replace(made, issue=replace(issue, changed=("email.eml", "issue.toml")))
        assert edited.send().status.submitted == 2000


@pytest.mark.parametrize("column", ["{token}", "{first_name}"])
def test_another_unsubscribe_address_is_refused_where_the_audience_lacks_it(
    issue: Issue, configured: Callable[..., Config], tmp_path: Path, column: str
) -> None:
    """Its columns are those that were frozen, each with a value; otherwise nothing more leaves or becomes uncertain."""
    link = '<a href="%%html:unsubscribe%%">x</a>'
    message = replace(issue.message, html=f"%%html:first_name%%{link}", text="%%text:unsubscribe%%")
    config = configured(unsubscribe=Unsubscribe(mode="url", url="https://u.example.org/?t={id}"))
    with FakeSendGrid([None, Fault.KEY]) as fake:
        made = trial(replace(issue, message=message), config, fake, tmp_path, 0)
        people = "".join(f"p{n}@example.org,{n},Ann,t\n" for n in range(1999)) + "z@example.org,9,,t\n"
        made.recipients.write_text(f"email,id,first_name,token\n{people}")
        made.send()
        changed = configured(unsubscribe=Unsubscribe(mode="url", url=f"https://u.example.org/?t={column}"))
        with pytest.raises(BlockedError, match="which the unsubscribe address needs"):
            replace(made, config=changed).send()
        assert made.send().status.submitted == 2000


def test_a_request_that_cannot_be_made_is_not_uncertain(
    issue: Issue, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is wrong before the first byte: the batch is pending again, and a dry run shows what it is."""
    with FakeSendGrid() as fake:
        made = trial(issue, config, fake, tmp_path, 2500)
        monkeypatch.setattr("newsletter.providers.sendgrid.payload.MailRequests.build", lambda *_, **__: int("no"))
        report = made.send()
        assert report.stopped
        assert "batch 1 cannot be built: ValueError in test_stopping.py:" in report.stopped.reason
        assert (fake.requests, report.status.pending, report.status.uncertain) == (0, 2500, 0)
        with pytest.raises(ValueError, match="invalid literal"):
            dry_run(issue, config, SendContext(recipients=made.recipients, now=NOW))
        monkeypatch.undo()
        assert made.send().status.submitted == 2500


def test_without_the_lock_file_two_runs_do_not_lose_an_answer(issue: Issue, config: Config, tmp_path: Path) -> None:
    """Somebody removes it, and another run takes what is under way for lost: the first one ends as uncertain."""
    journal = config.journal

    def on_stage(number: int, stage: Stage) -> None:
        if number == 1 and stage is Stage.READ:
            with open_journal(journal) as other:
                other.mark_orphans_uncertain()

    with FakeSendGrid() as fake:
        fake.on_stage = on_stage
        made = trial(issue, config, fake, tmp_path, 3000)
        with pytest.raises(UncertainError, match="batch 2 is not submitting any more: another run is in progress"):
            made.send()
        fake.on_stage = lambda number, stage: None
        assert made.send().status.submitted == 3000  # as the log shows
        assert set(fake.accepted().values()) == {1}


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_lets_the_batch_in_flight_finish(ready: Project, name: signal.Signals) -> None:
    """Ctrl-C, SIGTERM, a lost terminal: what is under way is waited for, the rest is pending, nothing is uncertain."""
    write_recipients(ready.root / "recipients.csv", 5000)
    with FakeSendGrid() as fake:
        process = start(ready, fake)

        def on_stage(number: int, stage: Stage) -> None:
            if number == 1 and stage is Stage.READ:
                os.kill(process.pid, name)
                time.sleep(0.3)

        fake.on_stage = on_stage
        status, errors = finish(process)
        assert status == 1
        assert "stopped by a signal" in errors
        fake.on_stage = lambda number, stage: None
        done = ready.run("status", "--json").document
        assert done["uncertain"] == 0
        assert 0 < done["submitted"] == len(fake.accepted()) < 5000
        assert finish(start(ready, fake)) == (0, "")
        assert set(fake.accepted().values()) == {1}


@pytest.mark.parametrize(("name", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
@pytest.mark.parametrize("where", ["recipients", "log"])
def test_a_signal_ends_at_once_what_nothing_is_under_way_of(
    ready: Project, where: str, name: signal.Signals, status: int
) -> None:
    """Reading the recipients from a pipe, or asking the log: the run ends with a line, and nothing changed."""
    write_recipients(ready.root / "recipients.csv", 1500)
    with FakeSendGrid() as fake, socket.create_server(("127.0.0.1", 0)) as silent:
        if where == "log":
            fake.scopes, fake.plan = [], [Fault.RESET_AFTER, Fault.KEY]
            finish(start(ready, fake))
        else:
            pipe = held(ready.root / "recipients.csv")
        requests, before = fake.requests, ready.run("status", "--json").document
        process = start(ready, fake, host=f"http://127.0.0.1:{silent.getsockname()[1]}")
        with accepted(silent) if where == "log" else read(pipe):
            began = time.monotonic()
            process.send_signal(name)
            ended, errors = finish(process)
        assert (ended, len(errors.strip().splitlines())) == (status, 1), errors
        assert time.monotonic() - began < 3
        assert fake.requests == requests
        assert ready.run("status", "--json").document == before


def accepted(server: socket.socket) -> socket.socket:
    """Wait until somebody asks `server` for something."""
    server.settimeout(60)
    connection, _ = server.accept()
    connection.settimeout(60)
    connection.recv(1)
    return connection


def held(path: Path) -> IO[bytes]:
    """Put a pipe in the place of a file, with its first line in it, and hold its other end."""
    path.unlink(missing_ok=True)
    os.mkfifo(path, 0o600)
    end = os.fdopen(os.open(path, os.O_RDWR | os.O_NONBLOCK), "wb", buffering=0)
    end.write(b"email\n")
    return end


def read(end: IO[bytes]) -> IO[bytes]:
    """Wait until somebody has read what is in a pipe."""
    for _ in range(600):
        if fcntl.ioctl(end, termios.FIONREAD, bytes(4)) == bytes(4):
            return end
        time.sleep(0.1)
    raise TimeoutError


def test_a_dry_run_that_a_signal_stops_has_failed(ready: Project) -> None:
    """The batch that is being written is the last; nothing takes the place of an earlier dry run's files."""
    write_recipients(ready.root / "recipients.csv", 300_000)
    folder = ready.issue() / "dry-run"
    with FakeSendGrid() as fake:
        process = start(ready, fake, "-m", "newsletter", more=["--dry-run"])
        for _ in range(600):
            if folder.is_dir() and any(path.stat().st_size for path in folder.iterdir()):
                break
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        status, errors = finish(process)
    assert status == 1
    assert "error: stopped by a signal" in errors
    assert not (folder / "requests.jsonl").exists()


def test_a_signal_that_is_ignored_stays_so(ready: Project) -> None:
    """Under nohup a lost terminal does not stop a run."""
    write_recipients(ready.root / "recipients.csv", 3000)
    with FakeSendGrid() as fake:
        process = start(ready, fake, "-c", NOHUP)
        fake.on_stage = lambda number, stage: os.kill(process.pid, signal.SIGHUP) if stage is Stage.READ else None
        assert finish(process) == (0, "")
        assert len(fake.accepted()) == 3000


NOHUP = """
import runpy, signal
signal.signal(signal.SIGHUP, signal.SIG_IGN)
runpy.run_module("newsletter", run_name="__main__", alter_sys=True)
"""


def start(
    project: Project, fake: FakeSendGrid, *command: str, host: str = "", more: Sequence[str] = ("--yes",)
) -> subprocess.Popen[bytes]:
    """Start a send, by `command` where it is not the program itself, to `host` where it is not the fake."""
    return subprocess.Popen(
        [sys.executable, *(command or ("-m", "newsletter")), "--now", "2025-05-19T08:00:00Z", "send", *more],
        cwd=project.root,
        env={**project.env, "SENDGRID_API_KEY": KEY, "SENDGRID_HOST": host or fake.url},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def finish(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """Wait for its end; give the exit status and what it said on stderr."""
    _, errors = process.communicate(timeout=30)
    return process.returncode, errors.decode()


FULL = """
import runpy, sqlite3, sys
connect = sqlite3.connect
def full(*args, **values):
    connection = connect(*args, **values)
    connection.execute("PRAGMA max_page_count = {pages}")
    return connection
sqlite3.connect = full
runpy.run_module("newsletter", run_name="__main__", alter_sys=True)
"""


CUT = """
import resource, runpy
resource.setrlimit(resource.RLIMIT_FSIZE, ({bytes}, {bytes}))
runpy.run_module("newsletter", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize("program", [FULL.format(pages=40), CUT.format(bytes=100_000)])
def test_a_full_disk_stops_before_the_first_request(ready: Project, program: str) -> None:
    """The audience finds no room: a clear message, nothing sent; with room the same command does it."""
    write_recipients(ready.root / "recipients.csv", 5000)
    with FakeSendGrid() as fake:
        status, errors = finish(start(ready, fake, "-c", program))
        assert (status, fake.requests) == (1, 0)
        assert "free some disk space" in errors
        assert finish(start(ready, fake)) == (0, "")
        assert len(fake.accepted()) == 5000


def test_a_result_that_finds_no_room_is_uncertain(
    issue: Issue, configured: Callable[..., Config], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the answer cannot be written down, no further request leaves and the run says what is uncertain."""
    finish, calls = Journal.finish, []

    def fail(*args: object) -> object:
        calls.append(args)
        if len(calls) > 1:
            raise StorageError("the journal cannot be used: database or disk is full", hint="make room")
        return finish(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(Journal, "finish", fail)
    with FakeSendGrid() as fake:
        made = trial(issue, configured(), fake, tmp_path, 9000, concurrency=2)
        with pytest.raises(UncertainError, match="full; 2 batches under way became uncertain"):
            made.send()
        assert fake.requests == 3
        monkeypatch.undo()
        fake.log_delay = 1000.0
        status = made.send().status
        assert (status.submitted, status.uncertain) == (7000, 2000)
        made.check(status)
        assert made.finish().submitted == 9000
