"""A part of a list, and a share a day: whom `--where` chooses, and how limits cut batches and go on."""

import json
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import RecipientsError, UsageError
from newsletter.sender.membership import Membership
from newsletter.sender.quota import last_share
from newsletter.sender.recipients import load_recipients
from newsletter.sender.where import parse_where
from tests.conftest import Done, Project
from tests.fake_sendgrid import KEY, FakeSendGrid, Fault

CONFIG = """\
[newsletter]
name = "Field Notes"
base_url = "https://notes.example.org"
postal_address = "1 Road"

[send]
from = "Field Notes <notes@example.org>"
"""
PEOPLE = [
    ("a", "paid", "Rome"),
    ("b", "free", "Rome"),
    ("c", "paid", "Oslo"),
    ("d", "", "Oslo"),
    ("e", "trial", "Rome"),
]


@pytest.fixture
def listed(week: Project, fake: FakeSendGrid) -> Project:
    """Make a composed issue, a list with two columns, and a provider."""
    week.configure(CONFIG)
    rows = [f"{name}@reader.example,{plan},{city}\n" for name, plan, city in PEOPLE]
    (week.root / "recipients.csv").write_text("".join(["email,Plan,city\n", *rows]))
    (week.root / ".env").write_text(f"SENDGRID_API_KEY={KEY}\nSENDGRID_HOST={fake.url}\n")
    assert week.run("compose", "--week").status == 0
    return week


def got(fake: FakeSendGrid) -> str:
    """Return the first letters of who got something, in order."""
    return "".join(sorted(email[0] for email in fake.accepted()))


@pytest.mark.parametrize(
    ("where", "who"),
    [
        (["plan=paid"], "ac"),
        (["Plan=paid", "city=Oslo"], "c"),
        (["plan=paid", "plan=trial"], "ace"),
        (["plan="], "d"),
        (["EMAIL=b@reader.example"], "b"),
        (["plan=Paid"], ""),
    ],
)
@pytest.mark.parametrize("kind", ["csv", "json"])
def test_whom_where_chooses(tmp_path: Path, kind: str, where: list[str], who: str) -> None:
    """Any value of one column, each of several columns; values as they are written, columns regardless of case."""
    path = tmp_path / f"people.{kind}"
    rows = [dict(zip(("email", "Plan", "city"), (f"{one[0]}@reader.example", *one[1:]), strict=True)) for one in PEOPLE]
    csv = ["email,Plan,city", *(",".join(row.values()) for row in rows)]
    path.write_text("\n".join(csv if kind == "csv" else map(json.dumps, rows)))
    found = list(load_recipients(path, fields=["plan"], where=parse_where(where)))
    assert "".join(one.email[0] for one in found) == who
    assert all(one.fields.keys() <= {"plan"} for one in found)


@pytest.mark.parametrize(
    "text", ["email,plan,city\na@x.example,p,c\n", '{"email": "a@x.example", "plan": 1}\n', "a@x.example\n"]
)
def test_a_column_that_is_not_there_is_an_error(tmp_path: Path, text: str) -> None:
    """It names the columns that are; the audience would be empty, or everybody."""
    path = tmp_path / "people"
    path.write_text(text)
    with pytest.raises(RecipientsError, match="no column 'plam', which --where names") as raised:
        list(load_recipients(path, where=parse_where(["plam=paid"])))
    assert ("plan" in raised.value.hint) is ("plan" in text)
    with pytest.raises(UsageError):
        parse_where(["plan"])


def test_who_has_left_is_out_whatever_column_is_asked_for(tmp_path: Path) -> None:
    """A condition about the very column that says who left hides nothing."""
    path = tmp_path / "people.csv"
    path.write_text("email,Status\na@x.example,unsubscribed\nb@x.example,active\n")
    left: list[str] = []
    where = parse_where(["status=unsubscribed", "Status=active"])
    assert len(list(load_recipients(path, membership=Membership(left.append), where=where))) == 2
    assert left == ["a@x.example"]


def test_the_choice_is_frozen_with_the_audience(listed: Project, fake: FakeSendGrid) -> None:
    """`status` shows it; another one is refused, and none goes on with it."""
    fake.always = Fault.KEY
    first = listed.run("send", "2025-W20", "--yes", "--json", "--where", "plan=paid", "--where", "city=Rome")
    assert (first.status, first.document["pending"], first.document["where"]) == (1, 1, ["city=Rome", "plan=paid"])
    fake.always = None
    text = listed.run("status").stdout
    assert "1 pending of 1, where city=Rome and plan=paid" in text
    other = listed.run("send", "2025-W20", "--yes", "--where", "plan=free")
    assert (other.status, got(fake)) == (5, "")
    assert "its audience was frozen where city=Rome and plan=paid" in other.stderr
    rehearsed = listed.run("send", "2025-W20", "--dry-run", "--json", "--where", "plan=free").document
    assert [one["code"] for one in rehearsed["would_block"]] == ["where"]
    assert listed.run("send", "2025-W20", "--yes").status == 0
    assert got(fake) == "a"
    assert listed.run("send", "2025-W20", "--yes", "--where", "plan=free").status == 5
    assert listed.run("send", "2025-W20", "--yes", "--where", "plan=paid", "--where", "city=Rome").status == 0
    assert got(fake) == "a"
    assert listed.run("send", "--test", "x@example.org", "--where", "plan=paid").status == 2


def test_a_run_sends_to_one_part(listed: Project, fake: FakeSendGrid) -> None:
    """A wrong column sends nothing to anybody."""
    done = listed.run("run", "--week", "--where", "plam=paid")
    assert (done.status, got(fake)) == (2, "")
    assert listed.run("run", "--week", "--where", "plan=paid", "--json").document["sent"][0]["where"] == ["plan=paid"]
    assert got(fake) == "ac"


def age(project: Project, days: int) -> None:
    """Let all that was submitted be so many days older."""
    with sqlite3.connect(project.root / "issues" / "journal.sqlite3") as journal:
        for column in ("began", "ended"):
            journal.execute(f"UPDATE attempts SET {column} = strftime('%Y-%m-%dT%H:%M:%fZ', {column}, '-{days} days')")


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_a_share_a_day(listed: Project, fake: FakeSendGrid, zone: str) -> None:
    """Two a day of five: three days, with no one twice, status 0, and batches cut to what is left of a day."""
    text = CONFIG.replace("[send]", f'timezone = "{zone}"\n\n[send]\nmax_per_day = 2')
    listed.configure(text)
    first = listed.run("send", "2025-W20", "--yes", "--json")
    assert (first.status, first.document["submitted"], first.document["pending"]) == (0, 2, 3)
    today = datetime.now(ZoneInfo(zone)).date()
    assert datetime.fromisoformat(first.document["complete_at"]).date() - today in (timedelta(2), timedelta(1))
    assert "at most 2 a day: the same command goes on with it; complete on" in listed.run("status").stdout
    again = listed.run("send", "2025-W20", "--yes")
    assert (again.status, got(fake)) == (0, "ab")
    age(listed, 1)
    assert listed.run("send", "2025-W20", "--yes").status == 0
    assert got(fake) == "abcd"
    age(listed, 1)
    done = listed.run("send", "2025-W20", "--yes", "--json")
    assert (done.status, done.document["complete_at"]) == (0, "")
    assert got(fake) == "abcde"


def test_a_run_goes_on_with_the_rest(listed: Project, fake: FakeSendGrid) -> None:
    """Nothing waits for a person, whether something was sent or the day had its share already."""
    listed.configure(f"{CONFIG}max_per_day = 3\n")
    for who in ("abc", "abc"):
        done = listed.run("run", "--week", "--json")
        assert (done.status, done.document["waiting"], got(fake)) == (0, [], who)
    age(listed, 1)
    assert listed.run("run", "--week").status == 0
    assert got(fake) == "abcde"


def test_issues_share_a_day_and_uncertain_ones_count(listed: Project, fake: FakeSendGrid) -> None:
    """A second issue has what the first one left of the day; a batch that may have been accepted is counted."""
    listed.configure(f"{CONFIG}max_per_day = 7\n\n[select]\nexclude_submitted = false\n")
    fake.always = Fault.RESET_AFTER
    assert listed.run("send", "2025-W20", "--yes", "--where", "plan=paid").status == 3
    fake.always = None
    listed.run("compose", "--week", "--issue", "again")
    done = listed.run("send", "again", "--yes", "--json").document
    assert (done["submitted"], done["pending"]) == (5, 0)
    listed.run("compose", "--week", "--issue", "third")
    assert listed.run("run", "--week").status == 0
    assert listed.run("status", "third").stdout.startswith("third: not sent yet")


def test_a_refusal_takes_nothing_of_the_day(listed: Project, fake: FakeSendGrid) -> None:
    """What was surely not accepted is free for others, in the same run and in the next."""
    listed.configure(f"{CONFIG}max_per_hour = 5\n")
    fake.always = Fault.KEY
    assert listed.run("send", "2025-W20", "--yes").status == 1
    fake.always = None
    assert listed.run("send", "2025-W20", "--yes").status == 0
    assert got(fake) == "abcde"


def test_a_ramp_ends_at_the_age_of_an_issue(listed: Project, fake: FakeSendGrid) -> None:
    """What is left once it is too old waits for a person, as ever."""
    listed.configure(f"{CONFIG}max_per_day = 2\n")
    assert listed.run("run", "--week").status == 0
    age(listed, 1)
    late = Project(root=listed.root, env=listed.env).run("run", "--week", "2025-W20", now="2025-06-20T08:00:00Z")
    assert (late.status, got(fake)) == (5, "ab")


@given(
    pending=st.integers(1, 400),
    per_day=st.integers(0, 60),
    per_hour=st.integers(0, 9),
    used=st.integers(0, 60),
    hour=st.integers(0, 23),
)
def test_when_the_last_one_goes(pending: int, per_day: int, per_hour: int, used: int, hour: int) -> None:
    """The time is that of a walk from hour to hour, and no day or hour has more than its share."""
    now = datetime(2025, 5, 19, hour, 30, tzinfo=ZoneInfo("UTC"))
    used_hour = min(used, per_hour)
    used_day = max(used, used_hour)
    found = last_share(now, pending, per_day, per_hour, used_day, used_hour)
    moment, left = now, pending
    while True:
        share = max(0, min(per_day - used_day if per_day else left, per_hour - used_hour if per_hour else left))
        if left <= share:
            break
        left, used_day, used_hour = left - share, used_day + share, 0
        moment = moment.replace(minute=0) + timedelta(hours=1)
        used_day = 0 if moment.hour == 0 else used_day
    assert found == moment


def test_a_time_too_far_away_is_none() -> None:
    """Ten million at one a day."""
    now = datetime(2025, 5, 19, tzinfo=ZoneInfo("UTC"))
    assert last_share(now, 10_000_000, 1, 0, 0, 0) is None
    assert last_share(now, 10_000_000, 1_000_000, 0, 0, 0) == now + timedelta(days=9)


def test_nothing_changes_without_limits(listed: Project) -> None:
    """`complete_at` is empty."""
    done: Done = listed.run("send", "2025-W20", "--yes", "--json")
    assert (done.status, done.document["complete_at"], done.document["where"]) == (0, "", [])
