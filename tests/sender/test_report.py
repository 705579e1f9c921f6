"""``newsletter report``: the journal's numbers and SendGrid's, and that they add up."""

import csv
from pathlib import Path

import pytest

from tests.conftest import Project
from tests.fake_sendgrid import KEY, FakeSendGrid, Fault
from tests.sender.conftest import PEOPLE, run

EVENTS = {"processed": PEOPLE - 40, "delivered": PEOPLE - 100, "bounces": 30, "blocks": 20, "bounce_drops": 10}
EVENTS |= {"unsubscribe_drops": 15, "spam_report_drops": 5, "invalid_emails": 10, "unique_opens": 700, "opens": 900}
EVENTS |= {"unique_clicks": 120, "clicks": 150, "unsubscribes": 7, "spam_reports": 1}


@pytest.fixture
def sent(ready: Project, fake: FakeSendGrid) -> Project:
    """Send the issue to everybody."""
    assert run(ready, fake, "send", "--yes").status == 0
    fake.events = EVENTS
    return ready


def test_the_numbers_add_up(sent: Project, fake: FakeSendGrid) -> None:
    """Each group is the number above it, and what SendGrid was asked for is what the journal submitted."""
    found = run(sent, fake, "report", "2025-W20", "--json").document
    assert found["audience"] == sum(found[name] for name in ("submitted", "failed", "uncertain", "pending", "skipped"))
    assert found["requested"] == found["submitted"] == PEOPLE
    outcomes = ("dropped", "delivered", "bounced", "blocked", "under_way")
    assert found["requested"] == sum(found[name] for name in outcomes)
    assert (found["dropped"], found["under_way"], found["opened"], found["clicked"]) == (40, 10, 700, 120)
    assert (found["issue"], found["unsubscribed"], found["reported"]) == ("2025-W20", 7, 1)


def test_a_table_and_csv_have_the_same_numbers(sent: Project, fake: FakeSendGrid) -> None:
    """The table has shares; CSV has the names of the document."""
    document = run(sent, fake, "report", "2025-W20", "--json").document
    done = run(sent, fake, "report", "2025-W20")
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert ["  delivered", "2,400", "96.0 %"] in rows
    assert ["opened", "700", "29.2 %"] in rows
    assert done.stderr == "opens and clicks are not tracked: tracking = false in [send]\n"
    table = list(csv.DictReader(run(sent, fake, "report", "2025-W20", "--csv").stdout.splitlines()))
    assert {row["figure"]: int(row["count"]) for row in table} == {
        name: value for name, value in document.items() if name not in ("schema", "issue")
    }


def test_an_issue_that_is_not_there_is_named_as_missing(sent: Project, fake: FakeSendGrid) -> None:
    """No report of an unknown issue says that it only was not sent."""
    done = run(sent, fake, "report", "2025-W99")
    assert (done.status, "there is no issue" in done.stderr) == (4, True)


def test_what_is_not_counted_yet_is_said(sent: Project, fake: FakeSendGrid) -> None:
    """SendGrid's numbers come later than its answers, and may be more than the journal has as submitted."""
    fake.events = {"requests": PEOPLE - 5, "processed": 0, "delivered": 0}
    assert "does not count 5 recipients yet" in run(sent, fake, "report", "2025-W20").stderr
    fake.events = {"requests": PEOPLE + 5}
    assert "counts 5 recipients more" in run(sent, fake, "report", "2025-W20").stderr


def test_other_issues_do_not_count(sent: Project, fake: FakeSendGrid) -> None:
    """Only messages of the issue's own category are in its numbers."""
    fake.events = {}
    test = run(sent, fake, "send", "2025-W20", "--test", "ann@example.org")
    assert test.status == 0, test.stderr
    assert run(sent, fake, "report", "2025-W20", "--json").document["requested"] == PEOPLE


@pytest.mark.parametrize(("scopes", "message"), [(["mail.send"], "stats.read")])
def test_a_key_that_may_not_look_is_told_what_it_lacks(
    scopes: list[str], message: str, sent: Project, fake: FakeSendGrid
) -> None:
    """The exit status is 1, with the permission in the hint."""
    fake.scopes = scopes
    done = run(sent, fake, "report", "2025-W20")
    assert (done.status, done.stdout) == (1, "")
    assert message in done.stderr
    assert KEY not in done.stderr


@pytest.mark.parametrize(
    "document",
    [
        {},
        [1],
        [{"stats": 1}],
        *(
            [{"stats": [{"name": "2025-W20", "metrics": {"requests": value}}]}]
            for value in ("x", float("inf"), float("nan"), -(10**20), 10**4000, None, [1])
        ),
    ],
)
def test_another_document_is_an_error(document: object, sent: Project, fake: FakeSendGrid) -> None:
    """Whatever is answered, there is a message and no traceback."""
    fake.documents["/v3/categories/stats"] = document
    done = run(sent, fake, "report", "2025-W20")
    assert done.status == 1
    assert "an unexpected document" in done.stderr


@pytest.mark.parametrize("issue", ["2025-W20", "2024-W01"])
def test_what_was_not_sent_has_no_report(issue: str, ready: Project, fake: FakeSendGrid) -> None:
    """There is nothing to ask."""
    done = run(ready, fake, "report", issue)
    assert done.status == 4
    assert fake.keys == set()


def test_an_issue_that_stopped_has_its_numbers(ready: Project, fake: FakeSendGrid) -> None:
    """What failed or is pending is in the journal's part."""
    fake.plan = [Fault.REQUEST]
    fake.always = None
    run(ready, fake, "send", "--yes")
    found = run(ready, fake, "report", "2025-W20", "--json").document
    assert found["audience"] == PEOPLE
    assert found["requested"] == found["submitted"] < PEOPLE


def test_csv_and_json_exclude_each_other(project: Project, tmp_path: Path) -> None:
    """One of them is asked for."""
    assert project.run("report", "2025-W20", "--csv", "--json").status == 2
