"""``newsletter audience``: the people of a file become contacts of a list, whole commands against the fake SendGrid."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.marketing import make, newsletter
from tests.conftest import NOW, Project
from tests.fake_sendgrid import FakeSendGrid, Fault
from tests.sender.conftest import write_recipients

PEOPLE = (
    "email,First_Name,Town,shoe,status\n"
    "Ann@example.org,Ann,Bonn,42,subscribed\n"
    "bob@example.org,Bob,,,unsubscribed\n"
    'eve@example.org,,"Rom, ""Roma""",,\n'
    "# a comment\n\n"
    "gus@example.org,Gus,,,\n"
)


@pytest.fixture
def fake() -> Iterator[FakeSendGrid]:
    """Serve a SendGrid on loopback, with a field of the account's own."""
    with FakeSendGrid() as made:
        made.marketing.custom = {"town": "w1"}
        yield made


@pytest.fixture
def project(tmp_path: Path, fake: FakeSendGrid) -> Project:
    """Return a project with a file of people, of whom one has left and one is suppressed."""
    made = make(tmp_path / "project", fake, compose=False)
    (made.root / "people.csv").write_text(PEOPLE)
    (made.root / "suppressions.csv").write_text("email\nGUS@example.org\n")
    for path in made.root.glob("*.csv"):
        path.chmod(0o600)
    return made


def push(project: Project, *more: str) -> tuple[int, str, str]:
    """Push the file to a new list."""
    done = newsletter(project, "audience", "push", "people.csv", "--list", "New", *more)
    return done.status, done.stdout, done.stderr


def members(fake: FakeSendGrid, name: str = "New") -> set[str]:
    """Return who is in a list."""
    return next(one.emails for one in fake.marketing.lists.values() if one.name == name)


def test_people_become_contacts(project: Project, fake: FakeSendGrid) -> None:
    """With their fields, reserved and own; who has left or is suppressed is not pushed; other columns are named."""
    status, out, errors = push(project, "--create")
    assert (status, out) == (0, "New: 2 contacts pushed; 2 suppressed or unsubscribed, not pushed\n")
    assert "the column 'shoe' is not pushed" in errors
    assert members(fake) == {"ann@example.org", "eve@example.org"}
    assert fake.marketing.contacts["ann@example.org"]["town"] == "Bonn"
    assert fake.marketing.contacts["eve@example.org"] == {"email": "eve@example.org", "town": 'Rom, "Roma"'}
    assert "gus@example.org" not in fake.marketing.contacts
    assert push(project)[0] == 0
    assert not (project.root / "issues" / "push.json").exists()


def test_a_list_that_is_not_there_is_not_made_unasked(project: Project, fake: FakeSendGrid) -> None:
    """A name with a mistake in it would make a second list."""
    done = newsletter(project, "audience", "push", "people.csv", "--list", "Weakly")
    assert (done.status, len(fake.marketing.lists)) == (2, 1)
    assert "did you mean 'Weekly'? --create creates it" in done.stderr


def test_a_dry_run_asks_nobody(project: Project, fake: FakeSendGrid) -> None:
    """It reads the file, and needs neither a key nor a list."""
    done = newsletter(project, "audience", "push", "people.csv", "--dry-run", "--json")
    assert done.document == {"schema": 1, "mode": "dry-run", "contacts": 2, "suppressed": 2}
    assert fake.marketing.calls.total() == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("email\nann@example.org\nnobody\n", "people.csv:3: is not an email address"),
        (f"email,first_name\nann@example.org,{'A' * 51}\n", "csv:2: has a first_name of more than 50 characters"),
        (f"email,town\nann@example.org,{'A' * 1001}\n", "csv:2: has a town of more than 1000 characters"),
        ("name\nAnn\n", "there is no column 'email'"),
    ],
)
def test_a_line_that_is_wrong_is_named_and_nothing_is_pushed(
    project: Project, fake: FakeSendGrid, text: str, said: str
) -> None:
    """The whole file is read before the first call."""
    (project.root / "people.csv").write_text(text)
    status, _, errors = push(project, "--create")
    assert (status, fake.marketing.calls["upsert"]) == (2, 0)
    assert said in errors


def test_who_is_refused_is_named_by_the_line(project: Project, fake: FakeSendGrid) -> None:
    """SendGrid's job says whom it did not take; the exit status tells a script."""
    fake.marketing.bad = {"eve@example.org"}
    status, _, errors = push(project, "--create")
    assert status == 1
    assert "people.csv:4: refused: invalid email address" in errors
    assert members(fake) == {"ann@example.org"}


def test_a_suppression_file_that_is_gone_stops_it(project: Project, fake: FakeSendGrid) -> None:
    """Whoever left would be pushed again."""
    text = (project.root / "newsletter.toml").read_text()
    project.configure(text.replace("[send]\n", '[send]\nsuppressions = "suppressions.csv"\n'))
    (project.root / "suppressions.csv").unlink()
    status, _, errors = push(project, "--create")
    assert (status, fake.marketing.calls.total()) == (2, 0)
    assert "suppressions.csv: does not exist" in errors


@pytest.mark.parametrize(
    "fault", [Fault.INTERNAL, Fault.INTERNAL_AFTER, Fault.RESET, Fault.RESET_AFTER, Fault.CUT_AFTER, Fault.SLOW_AFTER]
)
def test_an_answer_that_is_lost_changes_nothing(project: Project, fake: FakeSendGrid, fault: Fault) -> None:
    """A call is made again: contacts are updated by it, not added twice."""
    fake.trouble["upsert"] = [fault]
    assert push(project, "--create")[0] == 0
    assert members(fake) == {"ann@example.org", "eve@example.org"}


def test_a_refused_key_is_told(project: Project, fake: FakeSendGrid) -> None:
    """With what to do about it."""
    done = project.run("audience", "show", SENDGRID_API_KEY="SG.other")
    assert done.status == 1
    assert "hint:" in done.stderr


def test_show(project: Project, fake: FakeSendGrid) -> None:
    """Lists with their counts, and the fields."""
    found = newsletter(project, "audience", "show", "--json").document
    assert [(one["name"], one["contacts"]) for one in found["lists"]] == [("Weekly", 3)]
    assert (found["total"], "town" in found["fields"], "first_name" in found["fields"]) == (3, True, True)
    assert "3 contacts in all" in newsletter(project, "audience", "show").stdout


@pytest.mark.slow
def test_a_killed_push_goes_on(project: Project, fake: FakeSendGrid) -> None:
    """Killed at its second call: the same command goes on with that one, and ends with everybody in the list."""
    number = 30_500
    write_recipients(project.root / "people.csv", number)
    text = (project.root / "newsletter.toml").read_text()
    project.configure(text.replace("timeout = 1.0\ndeadline = 1.2\n", ""))
    arguments = ["audience", "push", "people.csv", "--list", "Weekly"]
    command = [sys.executable, "-m", "newsletter", "--now", NOW, *arguments]
    process = subprocess.Popen(command, cwd=project.root, env=dict(project.env), stdout=subprocess.DEVNULL)

    def kill(name: str, when: str) -> None:
        if (name, when, fake.marketing.calls[name]) == ("upsert", "after", 2):
            process.kill()

    fake.on_call = kill
    process.wait(timeout=60)
    fake.on_call = lambda name, when: None
    assert process.returncode == -9
    done = newsletter(project, *arguments, "--json")
    assert (done.status, done.document["contacts"], done.document["resumed"]) == (0, number, 30_000)
    assert members(fake, "Weekly") >= {f"person{index}@example.org" for index in range(number)}
    assert fake.marketing.calls["upsert"] == 3
