"""``newsletter send`` and its companions as an operator and a cron job use them, against a SendGrid on loopback."""

import contextlib
import fcntl
import os
import pty
import select
import sqlite3
import stat
import subprocess
import sys
import termios
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import NOW as CLOCK
from tests.conftest import Done, Project, on_terminal
from tests.fake_sendgrid import KEY, FakeSendGrid, Fault, Stage
from tests.sender.conftest import PEOPLE, run, write_recipients

NOBODY = "http://127.0.0.1:9"


def send(project: Project, fake: FakeSendGrid, *arguments: str) -> Done:
    """Send with ``--yes --json``."""
    return run(project, fake, "send", "--yes", "--json", *arguments)


def test_everybody_gets_it_once(ready: Project, fake: FakeSendGrid) -> None:
    """A send submits everybody; the same command again is already done and asks nothing of SendGrid."""
    done = send(ready, fake)
    assert (done.status, done.document["submitted"], done.document["audience"]) == (0, PEOPLE, PEOPLE)
    assert set(fake.accepted().values()) == {1}
    requests = fake.requests
    again = send(ready, fake, "2025-W20")
    assert (again.status, again.document["submitted"], fake.requests) == (0, PEOPLE, requests)


def test_lines_that_are_there_twice_are_counted(ready: Project, fake: FakeSendGrid) -> None:
    """The number of recipients is another than that of the lines, and a person may want to know why."""
    with (ready.root / "recipients.csv").open("a") as file:
        file.write("PERSON1@example.org,,\nperson1@example.org,,\n")
    for done in (ready.run("send", "--dry-run"), run(ready, fake, "send", "--yes")):
        assert "skipped 2 duplicate addresses" in done.stderr
    assert "left out" not in run(ready, fake, "send", "--yes", "2025-W20").stderr
    assert "left out" not in run(ready, fake, "send", "--test", "a@example.org", "--test", "b@example.org").stderr


def test_what_leaves_is_what_the_dry_run_wrote(ready: Project, fake: FakeSendGrid) -> None:
    """The requests that SendGrid gets are those of requests.jsonl."""
    import json

    assert ready.run("send", "--dry-run").status == 0
    lines = (ready.issue() / "dry-run" / "requests.jsonl").read_text().splitlines()
    assert send(ready, fake).status == 0
    by_batch = {entry.request["custom_args"]["batch"]: entry.request for entry in fake.ledger}
    assert [by_batch[str(number)] for number in (1, 2, 3)] == [json.loads(line) for line in lines]


def test_nothing_is_left_of_tokens(ready: Project, fake: FakeSendGrid) -> None:
    """What a recipient gets has an unsubscribe address in both parts, and no token or tag left."""
    send(ready, fake)
    (subject, text, html) = fake.received("person7@example.org")[0]
    assert "%%" not in subject + text + html
    assert "https://u.example.net/wf" in text
    assert "https://u.example.net/wf" in html


def test_the_journal_is_for_the_owner_only(ready: Project, fake: FakeSendGrid) -> None:
    """The journal, its log and its lock have mode 0600."""
    send(ready, fake)
    files = list((ready.root / "issues").glob("journal.sqlite3*"))
    assert files
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_without_a_terminal_yes_is_needed(ready: Project, fake: FakeSendGrid) -> None:
    """Nothing leaves unless somebody said so, also where standard input and the others are closed."""
    done = run(ready, fake, "send")
    assert (done.status, fake.requests) == (2, 0)
    assert "--yes" in done.stderr
    command = f"{sys.executable} -m newsletter --now {CLOCK} send"
    env = {**ready.env, "SENDGRID_API_KEY": KEY, "SENDGRID_HOST": fake.url}
    for closed, more, status in (("0<&-", "", 2), ("0<&- 2>&-", "", 2), ("0<&- 2>&-", "--yes", 0)):
        shell = subprocess.run(f"{command} {more} {closed}", shell=True, cwd=ready.root, env=env, capture_output=True)
        assert (shell.returncode, b"Traceback" in shell.stderr) == (status, False), shell.stderr


@pytest.mark.parametrize(("answer", "status"), [(b"n\n", 5), (b"\x03", 130), (b"y\n", 0)])
def test_a_terminal_is_asked(ready: Project, fake: FakeSendGrid, answer: bytes, status: int) -> None:
    """Issue, subject, list and number are shown first; a no and Ctrl-C send nothing, a yes shows a bar."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "newsletter", "--now", CLOCK, "send"],
        cwd=ready.root,
        env={**ready.env, "SENDGRID_API_KEY": KEY, "SENDGRID_HOST": fake.url, "TERM": "xterm", "LC_ALL": "C.UTF-8"},
        stdin=follower,
        stdout=follower,
        stderr=follower,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(follower)
    shown = b""
    while b"Send it now?" not in shown:
        shown += os.read(leader, 1000)
    assert all(part in shown for part in (b"2025-W20", b"subject", b"News of", b"recipients.csv", b"2,500"))
    assert fake.requests == 0
    os.write(leader, answer)
    with contextlib.suppress(OSError):  # Linux's way to say that the other end is closed
        while True:
            if select.select([leader], [], [], 2)[0]:
                shown += os.read(leader, 1000)
            elif answer == b"\x03":  # Python misses a signal between showing the question and reading: press again
                os.write(leader, answer)
    os.close(leader)
    assert process.wait(timeout=30) == status
    assert (len(fake.accepted()), b"2500/2500" in shown) == ((PEOPLE, True) if status == 0 else (0, False))


@pytest.mark.parametrize(("more", "shown"), [((), True), (("-q",), False)])
def test_a_terminal_sees_why_nothing_moves(ready: Project, more: tuple[str, ...], shown: bool) -> None:
    """Each wait is told with its reason and its time, where somebody looks and is not told to be quiet."""
    command = [sys.executable, "-m", "newsletter", "--now", CLOCK, *more, "send", "--yes"]
    env = {**ready.env, "SENDGRID_API_KEY": KEY, "SENDGRID_HOST": NOBODY}
    status, said = on_terminal(command, cwd=ready.root, env=env)
    assert status == 1
    assert ("cannot reach 127.0.0.1: Connection refused: trying again in 1 s" in said) is shown
    assert "trying again in" not in ready.run("send", "--yes", SENDGRID_API_KEY=KEY, SENDGRID_HOST=NOBODY).stderr


def test_another_way_of_delivery_is_not_taken_for_mail(ready: Project, fake: FakeSendGrid) -> None:
    """With lists of SendGrid's own and none named, nobody is mailed one by one instead."""
    with (ready.root / "newsletter.toml").open("a") as file:
        file.write('delivery = "marketing"\n')
    assert (send(ready, fake).status, fake.requests) == (5, 0)


def test_a_missing_key_is_told_before_anything_happens(ready: Project) -> None:
    """Without SENDGRID_API_KEY the run ends with status 2 and no journal."""
    done = ready.run("send", "--yes")
    assert done.status == 2
    assert "SENDGRID_API_KEY" in done.stderr
    assert not (ready.root / "issues" / "journal.sqlite3").exists()


@pytest.mark.parametrize(
    ("arguments", "now", "words"),
    [
        (("--expect-recipients", "10..20"), CLOCK, "the number of recipients is 2500, not 10..20"),
        ((), "2025-06-19T08:00:00Z", "max_age_days"),
        ((), "2025-05-16T08:00:00Z", "articles may still come"),
    ],
)
def test_a_guard_stops_the_run(
    ready: Project, fake: FakeSendGrid, arguments: tuple[str, ...], now: str, words: str
) -> None:
    """A guard ends the run with status 5, freezes nothing and tells the cure; the right run goes through after it."""
    done = ready.run("send", "--yes", *arguments, now=now, SENDGRID_API_KEY=KEY, SENDGRID_HOST=fake.url)
    assert (done.status, fake.requests) == (5, 0)
    assert words in done.stderr
    assert "hint:" in done.stderr
    assert run(ready, fake, "status", "--json").document["audience"] == 0
    assert send(ready, fake, "--expect-recipients", str(PEOPLE)).status == 0


def test_a_file_is_named_from_where_one_stands(ready: Project) -> None:
    """``--recipients`` in a subfolder means the file that lies there."""
    (ready.root / "lists").mkdir()
    write_recipients(ready.root / "lists" / "few.csv", 3)
    done = ready.run("send", "--dry-run", "--json", "--recipients", "few.csv", cwd=ready.root / "lists")
    assert (done.status, done.document["audience"]) == (0, 3)


def test_an_edited_file_stops_the_run(ready: Project, fake: FakeSendGrid) -> None:
    """What was checked is what is sent: a changed part is refused."""
    page = ready.issue() / "email.html"
    page.write_text(page.read_text() + "<!-- -->")
    done = send(ready, fake)
    assert (done.status, fake.requests) == (5, 0)
    assert "email.html changed" in done.stderr


def test_a_test_goes_to_its_addresses_only(ready: Project, fake: FakeSendGrid) -> None:
    """``--test`` marks the subject, sends to the named addresses, suppressed or not, and leaves no trace."""
    (ready.root / "suppressions.csv").write_text("you@example.org\n")
    done = run(ready, fake, "send", "--json", "--test", "me@example.org", "--test", "you@example.org")
    assert (done.status, done.document["mode"], done.document["submitted"]) == (0, "test", 2)
    assert set(fake.accepted()) == {"me@example.org", "you@example.org"}
    assert fake.received("me@example.org")[0][0].startswith("[Test] ")
    assert run(ready, fake, "status", "--json").document["audience"] == 0


def test_a_test_asks_for_neither_an_end_of_the_period_nor_a_list(ready: Project, fake: FakeSendGrid) -> None:
    """Whoever tries half a week, before there is a list, is not told of guards that are about the real run."""
    (ready.root / "recipients.csv").unlink()
    early = "2025-05-16T08:00:00Z"
    path = ready.issue() / "issue.toml"
    path.write_text(path.read_text().replace('subject = "', 'subject = "For {{ merge.first_name }}: ', 1))
    assert ready.run("compose", "--week", "this", "--offline", now=early).status == 0
    done = ready.run(
        *("send", "--json", "--test", "me@example.org"), now=early, SENDGRID_API_KEY=KEY, SENDGRID_HOST=fake.url
    )
    assert (done.status, done.document["submitted"], done.document["would_block"]) == (0, 1, [])


def test_a_field_that_nobody_has_stops_the_run(ready: Project, fake: FakeSendGrid) -> None:
    """A merge field without a column: a test shows it, a real run ends with status 5 and names it."""
    path = ready.issue() / "issue.toml"
    path.write_text(path.read_text().replace('subject = "', 'subject = "For {{ merge.frist_name }}: ', 1))
    assert ready.run("compose", "--week", "--offline").status == 0
    tried = run(ready, fake, "send", "--json", "--expect-recipients", "7", "--test", "me@example.org").document
    assert [guard["code"] for guard in tried["would_block"]] == ["merge-fields"]
    done = send(ready, fake)
    assert (done.status, len(fake.accepted())) == (5, 1)
    assert "'frist_name'" in done.stderr


def test_a_sandbox_run_delivers_nothing(ready: Project, fake: FakeSendGrid) -> None:
    """``--sandbox`` has every request judged, and nobody gets anything."""
    done = run(ready, fake, "send", "--json", "--sandbox")
    assert (done.status, done.document["mode"], done.document["submitted"]) == (0, "sandbox", PEOPLE)
    assert (len(fake.sandboxed), fake.ledger) == (3, [])


def test_uncertain_is_shown_and_a_person_decides(ready: Project, fake: FakeSendGrid) -> None:
    """After lost answers: status 3, the batches in `status`, decisions by `resolve`, the rest by the same command."""
    fake.scopes = ["mail.send"]
    fake.plan = [Fault.RESET_AFTER, Fault.RESET]
    assert send(ready, fake).status == 3
    shown = run(ready, fake, "status")
    assert shown.status == 3
    assert "batch 1 (1,000 recipients) uncertain" in shown.stdout
    batches = {entry.request["custom_args"]["batch"] for entry in fake.ledger}
    lost = next(number for number in ("1", "2") if number not in batches)
    kept = "1" if lost == "2" else "2"
    assert run(ready, fake, "resolve", "2025-W20", lost, "--as", "not-submitted").status == 0
    assert run(ready, fake, "resolve", kept, "--as", "submitted").status == 0
    assert send(ready, fake).document["submitted"] == PEOPLE
    assert set(fake.accepted().values()) == {1}


def test_the_log_settles_what_was_accepted(ready: Project, fake: FakeSendGrid) -> None:
    """Where the key may read the log, the next run settles it; even a person's wrong word cannot send twice."""
    fake.plan = [Fault.RESET_AFTER, None, Fault.HANG_UP_AFTER]
    assert send(ready, fake).document["uncertain"] > 0
    done = run(ready, fake, "resolve", "--all", "--as", "not-submitted")
    assert (done.status, "could not be asked" in done.stderr) == (0, False)
    assert send(ready, fake).document["submitted"] == PEOPLE
    assert set(fake.accepted().values()) == {1}


def test_a_log_that_answers_with_something_else_is_done_without(ready: Project, fake: FakeSendGrid) -> None:
    """Neither `send` nor `resolve` needs the log: the person's word is taken alone."""
    fake.documents = {"/v3/logs": {}}
    fake.plan = [Fault.RESET_AFTER]
    assert send(ready, fake).status == 3
    assert send(ready, fake).document["uncertain"] == 1000
    assert run(ready, fake, "resolve", "--all", "--as", "submitted", "--json").document["submitted"] == PEOPLE


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("", "SENDGRID_API_KEY is not set"),
        ("SG.two words", "SENDGRID_API_KEY contains white space"),
        (KEY, "cannot reach 127.0.0.1"),
    ],
)
def test_a_log_that_cannot_be_asked_is_told(ready: Project, fake: FakeSendGrid, key: str, words: str) -> None:
    """What would have kept a batch from leaving twice is not left out in silence, also under -q."""
    fake.plan = [Fault.RESET_AFTER]
    assert send(ready, fake).status == 3
    done = ready.run("-q", "resolve", "--all", "--as", "not-submitted", SENDGRID_API_KEY=key, SENDGRID_HOST=NOBODY)
    assert (done.status, done.stdout) == (0, "")
    assert done.stderr.startswith(f"warning: the log could not be read: {words}")
    assert done.stderr.endswith("; only your decision is recorded\n")
    assert KEY not in done.stderr


def test_a_test_proves_nothing_about_the_real_run(ready: Project, fake: FakeSendGrid) -> None:
    """Who got a test is in the log, too; that does not settle an uncertain batch."""
    run(ready, fake, "send", "--test", "person0@example.org")
    fake.plan = [Fault.RESET, Fault.RESET]
    assert send(ready, fake).document["uncertain"] == 2000
    assert send(ready, fake).document["uncertain"] == 2000


def test_absence_from_the_log_proves_nothing(ready: Project, fake: FakeSendGrid) -> None:
    """What the log does not show yet stays uncertain."""
    fake.log_delay = 1000.0
    fake.plan = [Fault.RESET_AFTER]
    assert send(ready, fake).status == 3
    again = send(ready, fake)
    assert (again.status, again.document["uncertain"]) == (3, 1000)


def test_an_account_s_refusal_leaves_everything_pending(ready: Project, fake: FakeSendGrid) -> None:
    """Spent credits: status 1 and a cure on stderr, even with -q; once fixed the same command goes on."""
    fake.always = Fault.CREDITS
    done = run(ready, fake, "-q", "send", "--yes", "--json")
    assert (done.status, done.document["pending"]) == (1, PEOPLE)
    assert "credits" in done.stderr
    fake.always = None
    assert send(ready, fake).status == 0


def test_one_way_out_is_named(ready: Project, fake: FakeSendGrid) -> None:
    """After a refusal of the account there is one hint, the one that fixes it."""
    fake.always = Fault.KEY
    done = send(ready, fake)
    assert "2,500 recipients are still pending" in done.stderr
    assert done.stderr.count("hint:") == 1


def test_a_file_is_not_read_twice(ready: Project, fake: FakeSendGrid) -> None:
    """A resumed run says that ``--recipients`` has no effect any more."""
    fake.always = Fault.KEY
    assert "is not read" not in send(ready, fake, "--recipients", "recipients.csv").stderr
    fake.always = None
    done = send(ready, fake, "--recipients", "others.csv")
    assert (done.status, done.document["submitted"]) == (0, PEOPLE)
    assert "others.csv is not read: the audience was frozen" in done.stderr


def test_what_is_under_way_is_not_called_uncertain(ready: Project, fake: FakeSendGrid) -> None:
    """`status` beside a run at work tells the batches that are with SendGrid from those whose outcome is unknown."""
    seen: list[Done] = []

    def on_stage(number: int, stage: Stage) -> None:
        if stage is Stage.READ and number == 2:
            seen.append(run(ready, fake, "status"))

    fake.on_stage = on_stage
    assert send(ready, fake).status == 0
    assert "under way" in seen[0].stdout.splitlines()[0]
    assert ("uncertain" in seen[0].stdout, seen[0].status) == (False, 0)


def test_a_refused_recipient_does_not_keep_the_others(ready: Project, fake: FakeSendGrid) -> None:
    """SendGrid names one address: that one fails, the others get it, and the run says so with status 1."""
    fake.account.invalid = {"person3@example.org"}
    done = send(ready, fake)
    assert (done.status, done.document["failed"], done.document["submitted"]) == (1, 1, PEOPLE - 1)
    assert "person3" not in done.stderr + done.stdout
    assert ready.run("prune", "--older-than", "1d", now="2027-01-01T00:00:00Z").status == 0
    assert "refused by name" not in run(ready, fake, "-v", "status", "2025-W20").stdout  # but no error either


def test_what_is_refused_for_good_is_over(ready: Project, fake: FakeSendGrid) -> None:
    """The refusal is told with SendGrid's words, and nobody is asked to repeat it; a sandbox run says the same."""
    write_recipients(ready.root / "recipients.csv", 2000)  # two batches alike: which of them comes second is left open
    fake.plan = [None, Fault.REQUEST]
    tried = run(ready, fake, "send", "--sandbox")
    assert tried.status == 1
    assert "refused 1,000 recipients permanently: HTTP 400: fault 400" in tried.stderr
    assert "before the real run" in tried.stderr
    fake.plan = [None, Fault.REQUEST]
    first, again = send(ready, fake), send(ready, fake)
    assert (first.status, again.status) == (1, 1)
    assert (first.stderr, first.document) == (again.stderr, again.document)
    assert "refused 1,000 recipients permanently: HTTP 400: fault 400" in again.stderr
    assert "they will not receive this issue" in again.stderr


def test_addresses_are_shown_when_asked_for(ready: Project, fake: FakeSendGrid) -> None:
    """``-v status`` names who was refused and whom to look up; without it no address shows."""
    fake.scopes = []
    fake.account.invalid = {"person3@example.org"}
    fake.plan = [Fault.RESET, Fault.RESET]  # of which the batch with the bad address takes none: it is refused first
    send(ready, fake)
    shown, plain = run(ready, fake, "-v", "status").stdout, run(ready, fake, "status").stdout
    assert "1 address was refused by name: person3@example.org" in shown
    assert "look up: person" in shown
    assert "example.org" not in plain


def test_who_left_between_two_runs_gets_nothing(ready: Project, fake: FakeSendGrid) -> None:
    """The suppressions of now count, not those of the first run."""
    fake.plan = [None, Fault.KEY, Fault.KEY]
    assert send(ready, fake).document["pending"] > 0
    fake.plan = []  # of which the other answer may have come too late
    (ready.root / "suppressions.csv").write_text("email\nperson2400@example.org\nPERSON2401@example.org\n")
    done = send(ready, fake)
    assert (done.status, done.document["skipped"], done.document["submitted"]) == (0, 2, PEOPLE - 2)
    assert fake.accepted()["person2400@example.org"] == 0


def test_suppressions_are_pulled(ready: Project, fake: FakeSendGrid) -> None:
    """All lists, page after page, are added to what is in the file; a second pull adds nobody."""
    fake.suppressions = {
        "bounces": [f"b{number}@example.org" for number in range(1200)],
        "spam_reports": ["S@example.org"],
        "invalid_emails": ["i@example.org", "i@example..org"],
        "unsubscribes": ["person1@example.org"],
        "blocks": ["full@example.org"],
    }
    path = ready.root / "suppressions.csv"
    path.write_text("email,reason\nperson0@example.org,asked by phone\n")
    first = run(ready, fake, "suppressions", "pull", "--json")
    assert first.document["added"] == 1203
    assert "1 left out" in first.stderr
    assert run(ready, fake, "suppressions", "pull", "--json").document["added"] == 0
    assert path.read_text().startswith("email,reason\nperson0@example.org,asked by phone\nb0@example.org,bounce\n")
    assert "full@" not in path.read_text()
    assert send(ready, fake).document["skipped"] == 2


def test_a_suppression_file_that_is_named_and_missing_is_told(ready: Project, fake: FakeSendGrid) -> None:
    """Also when told to be quiet, in a dry run and in a real one; nobody needs to have one where none is named."""
    assert "suppressions" not in ready.run("send", "--dry-run").stderr
    with (ready.root / "newsletter.toml").open("a") as file:
        file.write('suppressions = "lists/gone.csv"\n')
    for done in (ready.run("-q", "send", "--dry-run"), run(ready, fake, "-q", "send", "--yes")):
        assert done.status == 0
        assert "gone.csv: [send] suppressions names this file, but it does not exist" in done.stderr


def test_an_issue_can_be_called_back(ready: Project, fake: FakeSendGrid) -> None:
    """With an undo window requests are scheduled under one id; after `cancel` nothing more is sent."""
    with (ready.root / "newsletter.toml").open("a") as file:
        file.write("undo_minutes = 15\n")
    fake.plan = [None, Fault.KEY, Fault.KEY]
    assert send(ready, fake).status == 1
    assert {entry.request["batch_id"] for entry in fake.ledger} == {"batch-0"}
    assert all(14 * 60 < entry.request["send_at"] - time.time() <= 15 * 60 for entry in fake.ledger)
    assert run(ready, fake, "cancel", "2025-W20").status == 0
    assert fake.batches == {"batch-0": "cancel"}
    requests = fake.requests
    assert send(ready, fake, "2025-W20").status == 5
    assert fake.requests == requests


def test_nothing_without_an_undo_window_can_be_called_back(ready: Project, fake: FakeSendGrid) -> None:
    """`cancel` says so plainly."""
    send(ready, fake)
    assert run(ready, fake, "cancel", "2025-W20").status == 5


def test_the_rest_of_an_issue_can_be_given_up(ready: Project, fake: FakeSendGrid) -> None:
    """Without an undo window `cancel` skips who is pending, asks SendGrid nothing, and the issue is over."""
    fake.scopes = []
    write_recipients(ready.root / "recipients.csv", 3000)
    fake.plan = [None, Fault.RESET_AFTER, Fault.KEY]
    assert send(ready, fake).document["pending"] == 1000
    requests = fake.requests
    done = ready.run("cancel", "2025-W20", "--json")
    assert (done.status, done.document["pending"], done.document["skipped"]) == (0, 0, 1000)
    assert ready.run("resolve", "2025-W20", "--all", "--as", "not-submitted", "--json").document["skipped"] == 2000
    assert ready.run("cancel", "2025-W20").status == 0
    assert "cancelled 2" in ready.run("status", "2025-W20").stdout
    tried = ready.run("send", "2025-W20", "--dry-run", "--expect-recipients", "7", "--json")
    assert (tried.status, [guard["code"] for guard in tried.document["would_block"]]) == (0, ["cancelled"])
    refused = send(ready, fake, "2025-W20")
    assert (refused.status, fake.requests) == (5, requests)
    assert "error: 2025-W20: it was cancelled" in refused.stderr
    compose_another(ready)
    done = send(ready, fake)
    assert (done.status, done.document["issue"], done.document["submitted"]) == (0, "2024-extra", 3000)


def compose_another(project: Project) -> None:
    """Compose an issue of the same week whose name comes before that of the first one."""
    project.add("more.md", title="More news", date="2025-05-16T10:00:00Z", url="more", summary="What came late.")
    assert project.run("compose", "--week", "--offline", "--issue", "2024-extra").status == 0


def test_the_issue_that_began_first_goes_on_first(ready: Project, fake: FakeSendGrid) -> None:
    """Of several that are not finished a bare `send` takes the oldest; a bare `status` shows all, the newest first."""
    write_recipients(ready.root / "recipients.csv", 3)
    fake.always = Fault.KEY
    send(ready, fake)
    compose_another(ready)
    send(ready, fake, "2024-extra")
    assert ready.run("status", "--json").document["issue"] == "2025-W20"
    assert [one["issue"] for one in ready.run("status", "--json").document["open"]] == ["2024-extra", "2025-W20"]
    fake.always = None
    assert [send(ready, fake).document["issue"] for _ in range(2)] == ["2025-W20", "2024-extra"]


def test_an_undo_window_that_has_closed_does_not_keep_the_rest(ready: Project, fake: FakeSendGrid) -> None:
    """After its time SendGrid cannot call anything back, and is not asked; the rest is given up all the same."""
    with (ready.root / "newsletter.toml").open("a") as file:
        file.write("undo_minutes = 15\n")
    fake.plan = [None, Fault.KEY, Fault.KEY]
    send(ready, fake)
    with contextlib.closing(sqlite3.connect(ready.root / "issues" / "journal.sqlite3")) as journal, journal:
        journal.execute("UPDATE issues SET schedule_at = schedule_at - 3600")
    done = ready.run("cancel", "2025-W20", "--json")
    assert (done.status, done.document["pending"], fake.batches) == (0, 0, {"batch-0": "scheduled"})


def test_an_issue_left_too_long_does_not_keep_the_next(ready: Project, fake: FakeSendGrid) -> None:
    """A bare `send` passes over what the guard of age refuses, says so, and sends the new issue."""
    later = "2025-06-16T08:00:00Z"
    fake.always = Fault.KEY
    send(ready, fake)
    fake.always = None
    ready.add("new.md", title="News of June", date="2025-06-11T10:00:00Z", url="new", summary="What came of it.")
    assert ready.run("compose", "--week", "--offline", now=later).status == 0
    done = ready.run("send", "--yes", "--json", now=later, SENDGRID_API_KEY=KEY, SENDGRID_HOST=fake.url)
    assert (done.status, done.document["issue"], done.document["submitted"]) == (0, "2025-W24", PEOPLE)
    said = "warning: 2025-W20 is not finished (2,500 recipients pending), but its period ended more than 21 days"
    assert said in done.stderr
    shown = ready.run("status", now=later).stdout
    assert "it cannot be resumed: its period ended more than 21 days ago" in shown
    assert "newsletter send 2025-W20; or cancel it: newsletter cancel 2025-W20" in shown
    named = ready.run("send", "--yes", "2025-W20", now=later, SENDGRID_API_KEY=KEY, SENDGRID_HOST=fake.url)
    assert named.status == 5
    assert "error: 2025-W20: its period ended" in named.stderr
    again = ready.run("-q", "send", "--yes", now=later, SENDGRID_API_KEY=KEY, SENDGRID_HOST=fake.url)
    assert (again.status, again.stdout) == (1, "")
    assert "error: 2025-W20 is not finished (2,500 recipients pending)" in again.stderr
    assert "newsletter send 2025-W20; or cancel it: newsletter cancel 2025-W20" in again.stderr


@pytest.mark.parametrize("content", [None, b"{", b"[]"])
def test_a_half_sent_issue_whose_folder_is_damaged_is_told(
    ready: Project, fake: FakeSendGrid, content: bytes | None
) -> None:
    """Those who are still to get it are not forgotten, also under -q; the ways out are a backup and `cancel`."""
    fake.plan = [None, Fault.KEY, Fault.KEY]
    send(ready, fake)
    fake.plan = []
    build = ready.issue() / "build.json"
    kept = build.read_bytes()
    build.unlink() if content is None else build.write_bytes(content)
    for arguments in ((), ("2025-W20",)):
        done = run(ready, fake, "-q", "send", "--yes", *arguments)
        assert (done.status, done.stdout) == (1, "")
        assert "backup" in done.stderr
        assert "newsletter cancel 2025-W20" in done.stderr
    build.write_bytes(kept)
    assert send(ready, fake).document["submitted"] == PEOPLE


def test_resolving_nothing_says_so(ready: Project, fake: FakeSendGrid) -> None:
    """Where nothing is uncertain, no next step is made up."""
    fake.always = Fault.KEY
    send(ready, fake)
    named = ready.run("resolve", "2025-W20", "--all", "--as", "submitted")
    assert (named.status, named.stderr) == (0, "nothing of 2025-W20 is uncertain\n")
    bare = ready.run("resolve", "--all", "--as", "submitted")
    assert bare.status == 4
    assert "nothing is uncertain" in bare.stderr


def test_people_are_forgotten(ready: Project, fake: FakeSendGrid) -> None:
    """After `prune` no address is left in the journal's files or the dry run, and the counts are the same."""
    (ready.root / "suppressions.csv").write_text(f"person{PEOPLE - 1}@example.org\n")  # who comes after all batches
    ready.run("send", "--dry-run")
    send(ready, fake)
    done = ready.run("prune", "--older-than", "1d", now="2027-01-01T00:00:00Z")
    assert (done.status, done.stdout) == (0, "2,500 addresses forgotten\n")
    kept = b"".join(path.read_bytes() for path in (ready.root / "issues").rglob("*") if path.is_file())
    assert b"person" not in kept
    assert run(ready, fake, "status", "2025-W20", "--json").document["submitted"] == PEOPLE - 1


def test_what_is_old_is_ninety_days_old(ready: Project, fake: FakeSendGrid) -> None:
    """Unless something else is said, and a week has seven days."""
    write_recipients(ready.root / "recipients.csv", 3)
    send(ready, fake)

    def forgotten(days: int, *arguments: str) -> int:
        now = (datetime.now(UTC) + timedelta(days=days)).isoformat()
        number: int = ready.run("prune", "--json", *arguments, now=now).document["forgotten"]
        return number

    assert [forgotten(89), forgotten(97, "--older-than", "14w"), forgotten(91)] == [0, 0, 3]


def test_one_person_is_forgotten(ready: Project, fake: FakeSendGrid) -> None:
    """``--recipient`` forgets one address everywhere; who was still to get it does not."""
    ready.run("send", "--dry-run")
    fake.always = Fault.KEY
    send(ready, fake)
    pruned = ready.run("-q", "prune", "--recipient", "Person5@example.org")
    assert (pruned.status, pruned.stdout) == (0, "")
    assert "recipients.csv:7: the recipient is still listed here" in pruned.stderr
    assert not (ready.issue() / "dry-run" / "requests.jsonl").exists()
    fake.always = None
    done = send(ready, fake)
    assert (done.document["skipped"], done.document["submitted"]) == (1, PEOPLE - 1)
    assert fake.accepted()["person5@example.org"] == 0


def test_who_asked_to_be_forgotten_gets_no_later_issue(ready: Project, fake: FakeSendGrid) -> None:
    """The address is added to the suppression file, once, and the command says so."""
    for _ in range(2):
        done = ready.run("prune", "--recipient", "person5@example.org")
        assert done.stdout == "forgotten in 0 places, and suppressed from now on\n"
    assert (ready.root / "suppressions.csv").read_text() == "email,reason\nperson5@example.org,asked to be forgotten\n"
    assert send(ready, fake).document["skipped"] == 1
    assert fake.accepted()["person5@example.org"] == 0


def test_nothing_secret_is_said(ready: Project, fake: FakeSendGrid) -> None:
    """No key, address or payload shows in any output, whatever goes wrong."""
    fake.plan = [Fault.REQUEST, Fault.RECIPIENT, Fault.GATEWAY_HTML, Fault.RESET, Fault.KEY]
    done = [send(ready, fake) for _ in range(3)]
    done += [run(ready, fake, "status"), run(ready, fake, "resolve", "--all", "--as", "submitted")]
    said = "".join(each.stdout + each.stderr for each in done)
    assert "error:" in said
    for secret in (KEY, "person", "@example.org", "personalizations", "All about"):
        assert secret not in said


def test_two_at_once(ready: Project, fake: FakeSendGrid) -> None:
    """Nine runs start together: one works, the others end with status 6, and everybody gets one message."""
    command = [sys.executable, "-m", "newsletter", "--now", "2025-05-19T08:00:00Z", "send", "--yes", "2025-W20"]
    env = {**ready.env, "SENDGRID_API_KEY": KEY, "SENDGRID_HOST": fake.url}
    fake.plan = [Fault.LIMIT]  # which keeps the first one long enough
    runs = [
        subprocess.Popen(command, cwd=ready.root, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(9)
    ]
    ends = [process.wait(timeout=60) for process in runs]
    assert set(ends) == {0, 6}
    assert fake.accepted().keys() == {f"person{number}@example.org" for number in range(PEOPLE)}
    assert set(fake.accepted().values()) == {1}


def test_a_locked_journal_stops_before_the_first_request(ready: Project, fake: FakeSendGrid) -> None:
    """Another program's transaction on the journal: a clear message, and nothing leaves."""
    fake.always = Fault.KEY
    send(ready, fake)
    requests = fake.requests
    other = sqlite3.connect(ready.root / "issues" / "journal.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    done = send(ready, fake)
    other.close()
    assert (done.status, fake.requests) == (1, requests)
    assert "another program has it open" in done.stderr


@pytest.mark.parametrize(
    "content", [b"not a database at all, but long enough to be one" * 50, b"SQLite format 3\0" * 300]
)
def test_a_damaged_journal_stops_before_the_first_request(ready: Project, fake: FakeSendGrid, content: bytes) -> None:
    """What cannot be read as a journal is neither used nor replaced."""
    path: Path = ready.root / "issues" / "journal.sqlite3"
    path.write_bytes(content)
    done = send(ready, fake)
    assert (done.status, fake.requests) == (1, 0)
    assert "journal" in done.stderr
    assert path.read_bytes() == content


def test_a_newer_journal_is_refused(ready: Project, fake: FakeSendGrid) -> None:
    """A journal of a later version is left alone."""
    send(ready, fake)
    with sqlite3.connect(ready.root / "issues" / "journal.sqlite3") as journal:
        journal.execute("PRAGMA user_version = 99")
    journal.close()
    done = send(ready, fake, "2025-W20")
    assert done.status == 1
    assert "newer version" in done.stderr


def test_two_newsletters_in_one_folder_keep_to_their_own_issues(ready: Project, fake: FakeSendGrid) -> None:
    """Neither sends, checks or shows the other's: not by itself, and not when it is named."""
    other = (ready.root / "newsletter.toml").read_text().replace("[newsletter]", '[newsletter]\nslug = "other"', 1)
    (ready.root / "other.toml").write_text(other)
    assert ready.run("--config", "other.toml", "compose", "--week", "--offline").status == 0
    assert ready.run("check", "--json").document["issue"] == "2025-W20"
    assert ready.run("--config", "other.toml", "send", "--dry-run", "--json").document["issue"] == "other-2025-W20"
    named = run(ready, fake, "send", "--yes", "other-2025-W20")
    assert (named.status, fake.requests) == (5, 0)
    assert "an issue of another newsletter, whose slug is 'other'" in named.stderr
    assert send(ready, fake).document["issue"] == "2025-W20"
    assert run(ready, fake, "send", "--yes").status == 0
    assert {entry.request["custom_args"]["issue"] for entry in fake.ledger} == {"2025-W20"}
    assert ready.run("--config", "other.toml", "status", "--json").document["issue"] == "other-2025-W20"


def test_the_log_is_proof_whatever_was_configured_since(ready: Project, fake: FakeSendGrid) -> None:
    """A site that moves, or a name that changes, makes no accepted batch look like one that is not."""
    fake.plan = [Fault.RESET_AFTER]
    assert send(ready, fake).status == 3
    settings = (ready.root / "newsletter.toml").read_text()
    ready.configure(settings.replace('base_url = "https://', 'base_url = "https://www.'))
    assert run(ready, fake, "resolve", "--all", "--as", "not-submitted").status == 0
    send(ready, fake)
    assert set(fake.accepted().values()) == {1}


def test_the_address_is_a_merge_field_in_any_case(ready: Project, fake: FakeSendGrid) -> None:
    """``{Email}`` in the unsubscribe address is what the column email holds."""
    with (ready.root / "newsletter.toml").open("a") as file:
        file.write('[send.unsubscribe]\nmode = "url"\nurl = "https://example.org/leave?who={Email}"\n')
    assert ready.run("compose", "--week", "--offline").status == 0
    assert send(ready, fake).document["submitted"] == PEOPLE
    person = fake.ledger[0].request["personalizations"][3]
    assert person["headers"]["List-Unsubscribe"] == "<https://example.org/leave?who=person3%40example.org>"


def test_an_issue_of_a_lost_journal_does_not_keep_the_next(ready: Project, fake: FakeSendGrid) -> None:
    """It is named in a warning, is not called unsent, and the new issue leaves."""
    send(ready, fake)
    (ready.root / "issues" / "journal.sqlite3").unlink()
    later = "2025-05-26T08:00:00Z"
    ready.add("new.md", title="News of late May", date="2025-05-22T10:00:00Z", url="new", summary="What came of it.")
    assert ready.run("compose", "--week", "--offline", now=later).status == 0
    done = ready.run("-q", "send", "--yes", now=later, SENDGRID_API_KEY=KEY, SENDGRID_HOST=fake.url)
    assert (done.status, fake.ledger[-1].request["custom_args"]["issue"]) == (0, "2025-W21")
    assert "2025-W20: its sending has begun" in done.stderr
    assert "but not sent" not in done.stderr
