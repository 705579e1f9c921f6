"""``newsletter run``: the one line for cron, over weeks in which things go wrong."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import CONFIG, Done, Project, bare_environment
from tests.fake_sendgrid import KEY, FakeSendGrid, Fault
from tests.sender.conftest import write_recipients

MONDAYS = [f"2025-{day}T08:00:00Z" for day in ("05-19", "05-26", "06-02", "06-09", "06-16", "06-23")]


@pytest.fixture
def weekly(project: Project, fake: FakeSendGrid) -> Project:
    """Make a newsletter with an article in each of six weeks, three readers and no patience."""
    head = CONFIG.replace("[send]", 'postal_address = "1 Field Road, Exampleton"\n[compose]\noffline = true\n[send]')
    project.configure(f"{head}retries = 0\ntimeout = 5\ndeadline = 6\n")
    (project.root / ".env").write_text(f"SENDGRID_API_KEY={KEY}\nSENDGRID_HOST={fake.url}\n")
    (project.root / ".env").chmod(0o600)
    write_recipients(project.root / "recipients.csv", 3)
    for number, day in enumerate(("05-14", "05-21", "05-28", "06-04", "06-11", "06-18")):
        story(project, f"week{20 + number}", f"2025-{day}T09:00:00Z")
    return project


def story(project: Project, name: str, date: str, **more: Any) -> Path:
    """Write an article whose title is in every message that shows it."""
    summary = "What the harbour master wrote down, in one sentence."
    return project.add(f"{name}.md", title=f"Story {name}", date=date, article_id=name, summary=summary, **more)


def cron(project: Project, monday: str, *arguments: str) -> Done:
    """Run the line of a crontab."""
    return project.run("-q", "run", "--week", *arguments, now=monday)


def silent(done: Done) -> bool:
    """Return whether a run ended well and said nothing."""
    return (done.status, done.stdout, done.stderr) == (0, "", "")


def sent(fake: FakeSendGrid) -> dict[str, list[str]]:
    """Map each issue that was accepted to the articles that it shows."""
    found: dict[str, list[str]] = {}
    for entry in fake.ledger:
        html = entry.request["content"][-1]["value"]
        names = [f"week{number}" for number in range(15, 30) if f"Story week{number}" in html]
        found[entry.request["custom_args"]["issue"]] = names
    assert all(number == len(found) for number in fake.accepted().values()), "somebody has an issue twice"
    return found


def lines(done: Done, issue: str) -> list[str]:
    """List what waits for a person of an issue."""
    return [line for line in done.stderr.splitlines() if line.startswith(f"waiting: {issue}:")]


def test_nine_runs_in_a_row_send_an_issue_once_without_a_word(weekly: Project, fake: FakeSendGrid) -> None:
    """The second and all others find it sent."""
    for _ in range(9):
        assert silent(cron(weekly, MONDAYS[0]))
    assert sent(fake) == {"2025-W20": ["week20"]}


@pytest.mark.parametrize("second", ["2025-05-26T07:00:00Z", "2025-05-26T08:00:00Z", "2025-05-30T08:00:00Z"])
def test_a_second_run_says_nothing_of_what_an_earlier_week_had(
    weekly: Project, fake: FakeSendGrid, second: str
) -> None:
    """An hour earlier by a clock that was changed, at the same moment, days later: both issues are sent."""
    people = weekly.root / "recipients.csv"
    people.rename(weekly.root / "away")
    cron(weekly, MONDAYS[0])
    (weekly.root / "away").rename(people)
    assert silent(cron(weekly, MONDAYS[1]))
    assert silent(cron(weekly, second))
    assert list(sent(fake)) == ["2025-W20", "2025-W21"]


@pytest.mark.parametrize("fault", [Fault.REQUEST, Fault.TOO_LARGE, Fault.MEDIA])
def test_an_issue_that_nobody_got_has_a_way_out(weekly: Project, fake: FakeSendGrid, fault: Fault) -> None:
    """Its only request was refused as a whole: it goes on with the next run, or is given up and composed again."""
    fake.plan = [fault]
    done = cron(weekly, MONDAYS[0])
    (line,) = lines(done, "2025-W20")
    assert (done.status, "nobody has got it" in line) == (1, True)
    assert "newsletter compose" in done.stderr
    if fault is Fault.TOO_LARGE:
        assert weekly.run("cancel", "2025-W20").status == 0
        again = ["compose", "--week", "2025-W20", "--issue", "2025-W20-again"]
        assert weekly.run(*again).status == 0
        assert silent(cron(weekly, MONDAYS[0]))
        assert sent(fake) == {"2025-W20-again": ["week20"]}
        return
    assert silent(cron(weekly, MONDAYS[1]))
    assert list(sent(fake)) == ["2025-W20", "2025-W21"]


@pytest.mark.parametrize("picture", ["https://pics.invalid/b-1.jpg", "http://127.0.0.1:1/b.jpg", ""])
def test_pictures_that_are_missing_are_named(weekly: Project, fake: FakeSendGrid, picture: str) -> None:
    """The issue leaves without them, and even a quiet run says so in one line."""
    text = (weekly.root / "newsletter.toml").read_text()
    weekly.configure(text.replace("offline = true", 'offline = false\nbanners = "embed"'))
    story(weekly, "week20", "2025-05-14T09:00:00Z", **({"enclosure": picture} if picture else {}))
    done = cron(weekly, MONDAYS[0])
    named = [line for line in done.stderr.splitlines() if "1 picture missing from the issue" in line]
    assert len(named) == bool(picture)
    assert sent(fake) == {"2025-W20": ["week20"]}


def test_what_a_missing_list_kept_back_leaves_with_the_next_run(weekly: Project, fake: FakeSendGrid) -> None:
    """The run that fails names the issue; the next one sends it first, and the new one after it."""
    people = weekly.root / "recipients.csv"
    people.rename(weekly.root / "away")
    failed = cron(weekly, MONDAYS[0])
    assert failed.status == 2
    assert "no such file" in lines(failed, "2025-W20")[0]
    assert "until 2025-06-09" in lines(failed, "2025-W20")[0]
    (weekly.root / "away").rename(people)
    assert silent(cron(weekly, MONDAYS[1]))
    assert list(sent(fake)) == ["2025-W20", "2025-W21"]


def test_three_weeks_of_a_revoked_key_cost_nothing(weekly: Project, fake: FakeSendGrid) -> None:
    """Each run says what to do about the key; once that is done, all issues leave, the oldest first."""
    fake.always = Fault.KEY
    for monday in MONDAYS[:3]:
        done = cron(weekly, monday)
        assert done.status == 1
        assert "make a new one at SendGrid" in done.stderr
        assert lines(done, "2025-W20")
    assert "2025-W22: " in done.stderr
    fake.always = None
    assert cron(weekly, MONDAYS[2]).status == 0
    assert list(sent(fake)) == ["2025-W20", "2025-W21", "2025-W22"]


def test_missed_weeks_make_one_issue(weekly: Project, fake: FakeSendGrid) -> None:
    """A machine that was off for three weeks sends what they had with the next issue, marked as late."""
    assert cron(weekly, MONDAYS[0]).status == 0
    assert cron(weekly, MONDAYS[4]).status == 0
    assert sent(fake) == {"2025-W20": ["week20"], "2025-W24": ["week21", "week22", "week23", "week24"]}
    build = json.loads((weekly.issue("2025-W24") / "build.json").read_text())
    assert sorted(one["key"] for one in build["selection"]["articles"] if one["late"]) == ["week21", "week22", "week23"]


def test_what_is_older_than_catch_up_is_named_once(weekly: Project, fake: FakeSendGrid) -> None:
    """It comes into no issue by itself; the run that finds it says so, and later ones do not."""
    with (weekly.root / "newsletter.toml").open("a") as file:
        file.write('[run]\ncatch_up = "1w"\n')
    cron(weekly, MONDAYS[0])
    done = cron(weekly, MONDAYS[3])
    assert "week21.md: in no issue: Story week21" in done.stderr
    assert "week22" not in done.stderr
    assert cron(weekly, MONDAYS[4]).stderr == ""
    assert sent(fake) == {
        "2025-W20": ["week20"],
        "2025-W23": ["week22", "week23"],
        "2025-W24": ["week24"],
    }


def test_an_issue_too_old_to_be_sent_gives_its_articles_to_the_next(weekly: Project, fake: FakeSendGrid) -> None:
    """It was composed, not edited and never begun: it is superseded, and `send` refuses it."""
    (weekly.root / "recipients.csv").rename(weekly.root / "away")
    cron(weekly, MONDAYS[0])
    (weekly.root / "away").rename(weekly.root / "recipients.csv")
    done = weekly.run("run", "--week", now=MONDAYS[4])
    assert done.status == 0
    assert "2025-W20 was never sent and is too old now" in done.stderr
    assert sent(fake) == {"2025-W24": ["week20", "week21", "week22", "week23", "week24"]}
    refused = weekly.run("send", "--yes", "2025-W20", now=MONDAYS[4])
    assert refused.status == 5
    assert "its articles went to 2025-W24" in weekly.run("send", "--dry-run", "2025-W20", now=MONDAYS[4]).stdout
    assert "2025-W20" not in cron(weekly, MONDAYS[5]).stderr


def test_an_edited_issue_that_is_too_old_waits_for_a_person(weekly: Project, fake: FakeSendGrid) -> None:
    """A person's work is not thrown away: both ways out are named, and `cancel` gives its articles free."""
    (weekly.root / "recipients.csv").rename(weekly.root / "away")
    cron(weekly, MONDAYS[0])
    (weekly.root / "away").rename(weekly.root / "recipients.csv")
    outline = weekly.issue("2025-W20") / "issue.toml"
    outline.write_text(outline.read_text().replace('intro = ""', 'intro = "Dear readers"'))
    done = cron(weekly, MONDAYS[4])
    assert done.status == 5
    (line,) = lines(done, "2025-W20")
    assert "newsletter send 2025-W20" in line
    assert "newsletter cancel 2025-W20" in line
    assert "given up" in weekly.run("cancel", "2025-W20").stdout
    assert weekly.run("status", "2025-W20").stdout == "2025-W20: never sent; it was given up\n"
    later = cron(weekly, MONDAYS[5])
    assert later.status == 0
    assert "week20.md: in no issue" in later.stderr  # by now it is older than catch_up


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.RESET_AFTER, Fault.HANG_UP])
def test_what_is_uncertain_is_named_by_every_run_until_a_person_decides(
    weekly: Project, fake: FakeSendGrid, fault: Fault
) -> None:
    """Later issues leave all the same; the line has the number of people, the time and the command."""
    fake.scopes, fake.plan = ["mail.send"], [fault]
    for monday in MONDAYS[:3]:
        done = cron(weekly, monday)
        assert done.status == 3
        (line,) = lines(done, "2025-W20")
        assert "3 recipients" in line
        assert "newsletter resolve 2025-W20 --all --as submitted" in line
    assert {"2025-W21", "2025-W22"} <= set(sent(fake))
    assert weekly.run("resolve", "2025-W20", "--all", "--as", "submitted").status == 0
    assert silent(cron(weekly, MONDAYS[2]))


def test_a_killed_run_is_looked_up_by_the_next(weekly: Project, fake: FakeSendGrid) -> None:
    """What SendGrid's log shows is settled without a person, and nobody gets it twice."""
    fake.plan = [Fault.SLOW_AFTER]
    command = [sys.executable, "-m", "newsletter", "--now", MONDAYS[0], "-q", "run", "--week"]
    with subprocess.Popen(command, cwd=weekly.root, env=dict(weekly.env)) as process:
        deadline = time.monotonic() + 60
        while not fake.ledger and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    assert silent(cron(weekly, MONDAYS[1]))
    assert list(sent(fake)) == ["2025-W20", "2025-W21"]


@pytest.mark.parametrize("skew", [1.0, 3600.0, -3600.0])
def test_a_wrong_clock_hides_no_proof(weekly: Project, fake: FakeSendGrid, skew: float) -> None:
    """The log is asked from a day before the attempt: what it shows is told by its arguments, not by the time."""
    fake.plan, fake.skew = [Fault.UNAVAILABLE_AFTER], skew
    assert cron(weekly, MONDAYS[0]).status == 3
    assert silent(cron(weekly, MONDAYS[0]))
    assert list(sent(fake)) == ["2025-W20"]


def test_a_status_without_a_name_shows_all_that_is_open(weekly: Project, fake: FakeSendGrid) -> None:
    """The newest first, and 3 where anything of them is uncertain."""
    fake.scopes, fake.plan = ["mail.send"], [Fault.RESET]
    cron(weekly, MONDAYS[0])
    assert weekly.run("status").status == 3
    fake.plan = [Fault.KEY]
    cron(weekly, MONDAYS[1])
    shown = weekly.run("status")
    assert shown.status == 3
    assert shown.stdout.index("2025-W21: 3 pending") < shown.stdout.index("2025-W20: 3 uncertain")


def test_a_bare_send_asks_the_log_about_older_issues_and_names_them(weekly: Project, fake: FakeSendGrid) -> None:
    """`compose && send` of an older crontab says so in each run as well, also under -q."""
    fake.scopes, fake.plan = ["mail.send"], [Fault.UNAVAILABLE_AFTER]
    cron(weekly, MONDAYS[0])
    for monday in MONDAYS[1:3]:
        assert weekly.run("-q", "compose", "--week", now=monday).status == 0
        assert lines(weekly.run("-q", "send", "--yes", now=monday), "2025-W20")
    fake.scopes = ["mail.send", "messages.read"]
    weekly.run("-q", "compose", "--week", now=MONDAYS[3])
    assert weekly.run("-q", "send", "--yes", now=MONDAYS[3]).stderr == ""


def test_several_at_once_send_it_once(weekly: Project, fake: FakeSendGrid) -> None:
    """Of nine runs at the same moment the others end with 0 or 6."""
    command = [sys.executable, "-m", "newsletter", "--now", MONDAYS[0], "-q", "run", "--week"]
    runs = [subprocess.Popen(command, cwd=weekly.root, env=dict(weekly.env)) for _ in range(9)]
    assert {run.wait(timeout=90) for run in runs} <= {0, 6}
    assert sent(fake) == {"2025-W20": ["week20"]}


@pytest.mark.parametrize("command", ["run --week", "compose --week && send --yes"])
def test_two_newsletters_of_one_folder_leave_in_the_same_minute(
    weekly: Project, fake: FakeSendGrid, command: str
) -> None:
    """Their work is independent: the second waits for the lock, with `run` and with `compose` and `send`."""
    text = (weekly.root / "newsletter.toml").read_text()
    for slug in ("tides", "boats"):
        (weekly.root / f"{slug}.toml").write_text(text.replace("[newsletter]", f'[newsletter]\nslug = "{slug}"'))
    (weekly.root / "newsletter.toml").unlink()
    fake.plan = [Fault.SLOW_AFTER]  # the first one takes its time
    env, runs = dict(weekly.env), []
    for slug in ("tides", "boats"):
        base = f"{sys.executable} -m newsletter --now {MONDAYS[0]} -q --config {slug}.toml"
        line = " && ".join(f"{base} {part}" for part in command.split(" && "))
        runs.append(subprocess.Popen(["/bin/sh", "-c", line], cwd=weekly.root, env=env))
    assert [run.wait(timeout=90) for run in runs] == [0, 0]
    assert set(sent(fake)) == {"tides-2025-W20", "boats-2025-W20"}


def test_a_dry_run_writes_no_issue_and_sends_nothing(weekly: Project, fake: FakeSendGrid) -> None:
    """It says what a real run would do, and lists what would stop it."""
    first = weekly.run("run", "--week", "--dry-run")
    assert (first.status, "a real run composes it from 1 article\n" in first.stderr) == (0, True)
    assert not weekly.issue().exists()
    weekly.run("compose", "--week")
    done = weekly.run("run", "--week", "--dry-run")
    assert (done.status, fake.requests) == (0, 0)
    assert "2025-W20: 3 pending of 3" in done.stdout
    assert "waiting: " not in done.stderr


def test_the_document_lists_what_was_sent_and_what_waits(weekly: Project, fake: FakeSendGrid) -> None:
    """One JSON document, and nothing else on stdout."""
    fake.scopes, fake.plan = ["mail.send"], [Fault.INTERNAL]
    cron(weekly, MONDAYS[0])
    done = weekly.run("run", "--week", "--json", now=MONDAYS[1])
    document = done.document
    assert (done.status, document["issue"]) == (3, "2025-W21")
    assert [one["issue"] for one in document["sent"]] == ["2025-W21"]
    (waiting,) = document["waiting"]
    assert (waiting["issue"], waiting["kind"], waiting["people"]) == ("2025-W20", "uncertain", 3)


def test_an_empty_week_is_status_4_and_stops_nothing(weekly: Project, fake: FakeSendGrid) -> None:
    """There is nothing to send; the next week goes on."""
    (weekly.root / "content" / "week21.md").unlink()
    cron(weekly, MONDAYS[0])
    assert weekly.run("run", "--week", "--dry-run", now=MONDAYS[1]).status == 4
    empty = cron(weekly, MONDAYS[1])
    assert empty.status == 4
    assert "no articles" in empty.stderr
    assert cron(weekly, MONDAYS[2]).status == 0
    assert list(sent(fake)) == ["2025-W20", "2025-W22"]


@pytest.mark.parametrize("what", ["gone", "empty", "header alone"])
def test_a_suppression_file_that_lost_everybody_stops_the_run(weekly: Project, fake: FakeSendGrid, what: str) -> None:
    """Who asked to be forgotten would get mail again."""
    cron(weekly, MONDAYS[0])
    assert weekly.run("prune", "--recipient", "person1@example.org").status == 0
    file = weekly.root / "suppressions.csv"
    kept = file.read_text()
    file.unlink() if what == "gone" else file.write_text("" if what == "empty" else "email,reason\n")
    done = cron(weekly, MONDAYS[1])
    assert (done.status, fake.accepted()["person1@example.org"]) == (5, 1)
    assert "suppressions pull" in lines(done, "2025-W21")[0]
    file.write_text(kept)
    assert cron(weekly, MONDAYS[1]).status == 0
    assert fake.accepted() == {"person0@example.org": 2, "person1@example.org": 1, "person2@example.org": 2}


def test_lines_that_are_there_twice_are_one_reader(weekly: Project, fake: FakeSendGrid) -> None:
    """An export that repeats one person is no whole audience."""
    cron(weekly, MONDAYS[0])
    people = weekly.root / "recipients.csv"
    head, first = people.read_text().splitlines()[:2]
    people.write_text("\n".join([head, *[first] * 3, ""]))
    done = cron(weekly, MONDAYS[1])
    assert (done.status, "less than half of the last issue's 3" in done.stderr) == (5, True)
    assert list(sent(fake)) == ["2025-W20"]


@pytest.mark.parametrize("people", [1, 2])
def test_half_an_audience_stops_the_run(weekly: Project, fake: FakeSendGrid, people: int) -> None:
    """Less than half of the last one is an export that broke off; `expect_recipients` says that it is right."""
    cron(weekly, MONDAYS[0])
    write_recipients(weekly.root / "recipients.csv", people)
    done = cron(weekly, MONDAYS[1])
    assert done.status == (5 if people == 1 else 0)
    if people == 1:
        assert "less than half of the last issue's 3" in done.stderr
        with (weekly.root / "newsletter.toml").open("a") as file:
            file.write('[run]\nexpect_recipients = "1..5"\n')
        assert cron(weekly, MONDAYS[1]).status == 0


def test_a_journal_from_a_backup_is_refused(weekly: Project, fake: FakeSendGrid) -> None:
    """It knows less than the mark of the issue; `cancel` ends the issue with what it knows."""
    write_recipients(weekly.root / "recipients.csv", 2300)
    fake.plan = [None, Fault.LIMIT]
    assert cron(weekly, MONDAYS[0]).status == 1
    issues = weekly.root / "issues"
    backup = {path: path.read_bytes() for path in issues.glob("journal.sqlite3*")}
    assert cron(weekly, MONDAYS[0]).status == 0
    for path in issues.glob("journal.sqlite3*"):
        path.unlink()
    for path, content in backup.items():
        path.write_bytes(content)
    done = cron(weekly, MONDAYS[0])
    assert done.status == 5
    assert "restored from a backup" in lines(done, "2025-W20")[0]
    assert weekly.run("cancel", "2025-W20").status == 0
    assert cron(weekly, MONDAYS[0]).status == 0
    assert max(fake.accepted().values()) == 1


@pytest.mark.parametrize("place", ["CI", "clone"])
def test_a_place_that_forgets_is_refused(weekly: Project, fake: FakeSendGrid, tmp_path: Path, place: str) -> None:
    """Both cures are named; a journal outside the checkout is one of them."""
    if place == "CI":
        project, ci = weekly, "true"
    else:
        git(weekly.root, "init", "-q")
        git(weekly.root, "add", ".")
        git(weekly.root, "commit", "-qm", "The newsletter")
        git(tmp_path, "clone", "-q", str(weekly.root), "clone")
        project, ci = Project(root=tmp_path / "clone", env=bare_environment()), ""
    done = project.run("-q", "run", "--week", CI=ci)
    assert (done.status, fake.requests) == (5, 0)
    assert 'claim = "git"' in done.stderr
    assert "[send] journal" in done.stderr
    with (project.root / "newsletter.toml").open("a") as file:
        file.write(f'journal = "{tmp_path}/state/journal.sqlite3"\n')
    assert project.run("-q", "run", "--week", CI=ci).status == 0


def git(folder: Path, *arguments: str) -> None:
    """Run git with a name and an address of its own."""
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def test_only_a_run_that_sends_runs_the_project_s_command(weekly: Project, fake: FakeSendGrid) -> None:
    """Looking at a folder from somebody else, with whatever command, starts nothing of it."""
    ran = weekly.root.parent / "ran"
    with (weekly.root / "newsletter.toml").open("a") as file:
        file.write(f'[run]\nbefore_send = "touch {ran}"\n')
    git(weekly.root, "init", "-q")
    git(weekly.root, "config", "core.fsmonitor", f"touch {ran}; false")
    for words in ("select --week", "compose --week", "check", "status", "send --dry-run", "run --week --dry-run"):
        assert weekly.run(*words.split()).status in (0, 4, 5), words
    for words in ("doctor --offline", "schedule", "suppressions list", "prune", "report 2025-W20"):
        weekly.run(*words.split())
    assert not ran.exists()


def test_an_issue_waits_for_its_approval(weekly: Project, fake: FakeSendGrid) -> None:
    """It is mailed once with findings and left-outs; an edit after the approval asks again; then it leaves."""
    story(weekly, "hidden", "2025-05-15T09:00:00Z", draft=True)
    with (weekly.root / "newsletter.toml").open("a") as file:
        file.write('[run]\nrequire_approval = true\nreport_to = "editor@example.org"\n')
    for _ in range(2):
        done = cron(weekly, MONDAYS[0])
        assert done.status == 5
        assert "newsletter approve 2025-W20" in lines(done, "2025-W20")[0]
    (entry,) = fake.ledger
    assert entry.emails == ("editor@example.org",)
    assert "To approve: 2025-W20" in entry.request["subject"]
    for part in entry.request["content"]:
        assert "newsletter approve 2025-W20" in part["value"]
        assert "hidden.md: draft" in part["value"]
    assert weekly.run("approve", "2025-W20").status == 0
    outline = weekly.issue() / "issue.toml"
    outline.write_text(outline.read_text().replace('intro = ""', 'intro = "Dear readers"'))
    assert weekly.run("approve", "2025-W20").status == 5
    assert cron(weekly, MONDAYS[0]).status == 5
    assert len(fake.ledger) == 2
    assert weekly.run("approve", "2025-W20").status == 0
    assert cron(weekly, "2025-05-28T08:00:00Z").status == 5  # the next one waits now
    assert {len(entry.emails) for entry in fake.ledger if entry.request["custom_args"]["issue"] == "2025-W20"} == {3}


def test_nothing_is_sent_outside_the_hours(weekly: Project, fake: FakeSendGrid) -> None:
    """It leaves with the first run within them; a day late it is named."""
    with (weekly.root / "newsletter.toml").open("a") as file:
        file.write('[run]\nhours = "09:00-18:00"\n')
    assert silent(cron(weekly, MONDAYS[0]))
    assert lines(cron(weekly, "2025-05-20T06:00:00Z"), "2025-W20")
    assert not fake.ledger
    assert cron(weekly, "2025-05-20T09:00:00Z").status == 0
    assert list(sent(fake)) == ["2025-W20"]


def test_the_site_s_own_deploy_runs_before_anything_is_sent(weekly: Project, fake: FakeSendGrid) -> None:
    """Where it fails nothing is sent, and its last words are shown."""
    config = weekly.root / "newsletter.toml"
    text = config.read_text()
    config.write_text(text + '[run]\nbefore_send = "echo deployed >> log; echo the disk is full; exit 3"\n')
    done = cron(weekly, MONDAYS[0])
    assert (done.status, fake.requests) == (1, 0)
    assert "before_send ended with status 3: nothing was sent: the disk is full" in done.stderr
    command = f"{sys.executable} -m newsletter suppressions pull"
    fake.suppressions = {"bounces": ["person2@example.org"]}
    config.write_text(text + f'[run]\nbefore_send = "{command}"\n')
    assert cron(weekly, MONDAYS[0]).status == 0
    assert fake.accepted() == {"person0@example.org": 1, "person1@example.org": 1}


def test_what_the_deploy_leaves_running_is_not_waited_for(weekly: Project, fake: FakeSendGrid) -> None:
    """A server that it started keeps its output open; megabytes of words do no harm either."""
    with (weekly.root / "newsletter.toml").open("a") as file:
        file.write('[run]\nbefore_send = "sleep 60 & head -c 5000000 /dev/zero; echo; echo done"\n')
    began = time.monotonic()
    assert cron(weekly, MONDAYS[0]).status == 0
    assert time.monotonic() - began < 30
    assert sent(fake) == {"2025-W20": ["week20"]}


def test_one_bad_issue_does_not_keep_the_others(weekly: Project, fake: FakeSendGrid) -> None:
    """An older one whose files changed is named with its cure; the new one leaves."""
    (weekly.root / "recipients.csv").rename(weekly.root / "away")
    cron(weekly, MONDAYS[0])
    (weekly.root / "away").rename(weekly.root / "recipients.csv")
    (weekly.issue() / "email.html").write_text("<p>Something else</p>")
    done = cron(weekly, MONDAYS[1])
    assert done.status == 5
    assert "email.html changed" in lines(done, "2025-W20")[0]
    assert list(sent(fake)) == ["2025-W21"]


def test_a_folder_from_0_1_0_goes_on(weekly: Project, fake: FakeSendGrid) -> None:
    """A mark without a number of runs, and a journal without the new tables, are taken as they are."""
    fake.plan = [Fault.KEY]
    cron(weekly, MONDAYS[0])
    mark = weekly.issue() / "sending.json"
    document = json.loads(mark.read_text())
    del document["generation"]
    mark.write_text(json.dumps(document))
    assert cron(weekly, MONDAYS[0]).status == 0
    assert list(sent(fake)) == ["2025-W20"]
