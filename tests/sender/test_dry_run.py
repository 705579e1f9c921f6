"""The dry run: everything that sending does, except asking a provider."""

import email.policy
import json
import os
import re
import stat
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

import pytest

from newsletter.config import Config
from newsletter.documents import SCHEMA
from newsletter.errors import RecipientsError
from newsletter.issues import Issue, message_digest
from newsletter.models import Finding, Severity
from newsletter.sender.deliver import SendContext
from newsletter.sender.dispatch import Pace
from newsletter.sender.guards import Expected
from newsletter.sender.status import document
from newsletter.settings import Unsubscribe
from tests.conftest import Project
from tests.fake_sendgrid import FakeSendGrid, Fault
from tests.sender.conftest import NOW, dry_run, make_issue, run, write_recipients
from tests.sender.matrix import Trial


def test_a_dry_run_writes_what_would_be_asked(issue: Issue, config: Config, tmp_path: Path) -> None:
    """The files hold every request, all recipients once and in order, and the summary says the same numbers."""
    people = write_recipients(tmp_path / "recipients.csv", 2001)
    report = dry_run(issue, config, SendContext(recipients=people, now=NOW))
    folder = issue.directory / "dry-run"
    requests = [json.loads(line) for line in (folder / "requests.jsonl").read_text().splitlines()]
    assert [len(request["personalizations"]) for request in requests] == [1000, 1000, 1]
    sent = [person["to"][0]["email"] for request in requests for person in request["personalizations"]]
    assert sent == [f"person{index}@example.org" for index in range(2001)]
    summary = json.loads((folder / "summary.json").read_text())
    assert summary == {"schema": SCHEMA, **document(report.status)}
    assert (summary["audience"], summary["pending"], summary["batches"], summary["would_block"]) == (2001, 2001, 3, [])


def test_what_names_people_is_for_the_owner_only(issue: Issue, config: Config, tmp_path: Path) -> None:
    """The requests and the sample have mode 0600, and nothing else is left in the folder."""
    dry_run(issue, config, SendContext(recipients=write_recipients(tmp_path / "r.csv", 1), now=NOW))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (issue.directory / "dry-run").iterdir()}
    assert modes == {"requests.jsonl": 0o600, "sample.eml": 0o600, "summary.json": 0o644}


def test_the_files_are_on_the_disk_before_they_have_their_names(
    issue: Issue, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file is synced as a draft, and then the folder that names it."""
    synced: list[str] = []
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    dry_run(issue, config, SendContext(recipients=write_recipients(tmp_path / "r.csv", 1), now=NOW))
    drafts = [name[1:].rsplit(".", 2)[0] for name in synced if name.endswith(".tmp")]
    assert drafts == ["requests.jsonl", "sample.eml", "summary.json"]
    assert synced[-1] == "dry-run"


def test_the_sample_is_the_first_recipient_s_message(issue: Issue, config: Config, tmp_path: Path) -> None:
    """sample.eml is addressed, personalised, and has no token left."""
    dry_run(issue, config, SendContext(recipients=write_recipients(tmp_path / "r.csv", 3), now=NOW))
    raw = (issue.directory / "dry-run" / "sample.eml").read_bytes()
    sample = message_from_bytes(raw, policy=email.policy.default)
    assert sample["To"] == "person0@example.org"
    assert sample["Subject"] == "Field Notes for Ann 0"
    assert b"%%" not in raw


def test_suppressed_and_doubled_people_are_left_out(issue: Issue, config: Config, tmp_path: Path) -> None:
    """Addresses count once whatever their case; suppressed ones are skipped and in no request."""
    (tmp_path / "r.csv").write_text("email\na@example.org\nA@Example.org\nb@example.org\nc@example.org\n")
    (tmp_path / "suppressions.csv").write_text("email,reason\nB@example.org,bounce\n")
    status = dry_run(issue, config, SendContext(recipients=tmp_path / "r.csv", now=NOW)).status
    assert (status.audience, status.recipients, status.skipped, status.pending) == (3, 2, 1, 2)
    assert "b@example.org" not in (issue.directory / "dry-run" / "requests.jsonl").read_text()


def test_an_empty_audience_is_a_guard(issue: Issue, config: Config, tmp_path: Path) -> None:
    """With nobody to send to there is no request and no sample, and the guard says so."""
    (tmp_path / "r.csv").write_text("email,first_name\n")
    status = dry_run(issue, config, SendContext(recipients=tmp_path / "r.csv", now=NOW)).status
    assert [guard.code for guard in status.would_block] == ["empty"]
    assert not (issue.directory / "dry-run" / "sample.eml").exists()


def test_what_would_stop_a_half_sent_issue_is_listed(
    issue: Issue, configured: Callable[..., Config], tmp_path: Path
) -> None:
    """It is what stops the real run: that one goes on with the content and the audience that it began with."""
    people = write_recipients(tmp_path / "r.csv", 2000)
    issue = replace(issue, build=replace(issue.build, digest=message_digest(issue.message)))

    def found(issue: Issue = issue, days: int = 0, expected: int = 2000, **settings: Unsubscribe) -> list[str]:
        numbers = Expected(least=expected, most=expected)
        run = SendContext(recipients=people, now=NOW + timedelta(days=days), expected=numbers)
        return [guard.code for guard in dry_run(issue, configured(**settings), run).status.would_block]

    with FakeSendGrid([None, Fault.KEY]) as fake:
        trial = Trial(issue=issue, config=configured(), recipients=people, fake=fake, pace=Pace())
        trial.send()
        write_recipients(people, 3)
        assert found(replace(issue, changed=("issue.toml",))) == []
        assert found(replace(issue, build=replace(issue.build, digest="another"))) == ["content"]
        assert found(days=30, expected=3) == ["age", "expected"]
        url = Unsubscribe(mode="url", url="https://u.example.org/?t={token}")
        assert found(unsubscribe=url) == ["audience", "unsubscribe", "unsubscribe"]
        trial.send()
        assert found(days=30, expected=3) == []


@pytest.mark.parametrize(
    ("least", "most", "codes"), [(3, 5, []), (1, 3, []), (3, 3, []), (4, 5, ["expected"]), (1, 2, ["expected"])]
)
def test_both_ends_of_what_is_expected_are_a_part_of_it(
    issue: Issue, config: Config, tmp_path: Path, least: int, most: int, codes: list[str]
) -> None:
    """Three people are as many as 3, 1..3 and 3..5 say."""
    people, numbers = write_recipients(tmp_path / "r.csv", 3), Expected(least=least, most=most)
    status = dry_run(issue, config, SendContext(recipients=people, now=NOW, expected=numbers)).status
    assert [guard.code for guard in status.would_block] == codes


@pytest.mark.parametrize(
    ("days", "seconds", "most", "codes"),
    [(7, 0, 7, ()), (7, 1, 7, ("age",)), (0, 0, 1, ()), (36_500, 0, 0, ()), (2, 0, 1, ("age",))],
)
def test_the_age_counts_from_the_end_of_the_period(
    issue: Issue, configured: Callable[..., Config], tmp_path: Path, days: int, seconds: int, most: int, codes: object
) -> None:
    """At `max_age_days` to the second an issue may still leave, after it no more; 0 means that there is no limit."""
    now = issue.outline.period.end + timedelta(days=days, seconds=seconds)
    run = SendContext(recipients=write_recipients(tmp_path / "r.csv", 2), now=now)
    status = dry_run(issue, configured(max_age_days=most), run).status
    assert tuple(guard.code for guard in status.would_block) == codes


@pytest.mark.parametrize(
    ("html", "missing"),
    [
        ('<a href="%%unsubscribe%%">Leave</a>', False),
        ("<p>x</p><a class=leave\nhref='%%unsubscribe%%'>Leave</a>", False),
        ("<p>%%unsubscribe%%</p>", True),
        ('<a href="https://a.example/?%%unsubscribe%%">Leave</a>', True),
        ('<img src="%%unsubscribe%%">', True),
        ('<abbr href="%%unsubscribe%%">Leave</abbr>', True),
    ],
)
def test_the_way_out_is_a_link(config: Config, tmp_path: Path, html: str, missing: bool) -> None:
    """An address that nobody can click on is no way to unsubscribe."""
    issue = make_issue(tmp_path, html=html)
    run = SendContext(recipients=write_recipients(tmp_path / "r.csv", 2), now=NOW)
    found = [guard.message for guard in dry_run(issue, config, run).status.would_block]
    assert found == (["the HTML part has no unsubscribe link"] if missing else [])


ERROR = Finding(code="no-link", severity=Severity.ERROR, where="email.html", message="a link leads nowhere")


@pytest.mark.parametrize(("number", "more"), [(1, ""), (2, " and 1 more"), (3, " and 2 more")])
def test_one_finding_is_told_and_the_others_are_counted(
    issue: Issue, config: Config, tmp_path: Path, number: int, more: str
) -> None:
    """Warnings do not count: they stop nothing."""
    findings = (replace(ERROR, severity=Severity.WARNING), *[ERROR] * number)
    bad = replace(issue, build=replace(issue.build, findings=findings))
    run = SendContext(recipients=write_recipients(tmp_path / "r.csv", 2), now=NOW)
    (guard,) = dry_run(bad, config, run).status.would_block
    assert guard.message == f"the check found no-link: a link leads nowhere{more}"


def test_every_guard_is_listed(issue: Issue, config: Config, tmp_path: Path) -> None:
    """Nothing stops at the first: findings, changed files, age, numbers, sender, address, links, limits."""
    bad = replace(
        issue,
        build=replace(issue.build, findings=(ERROR,)),
        changed=("email.html",),
        message=replace(issue.message, subject=" ", html="<p>no link</p>", text="no link"),
    )
    nobody = replace(
        config,
        newsletter=replace(config.newsletter, postal_address=""),
        send=replace(config.send, from_="", max_age_days=2, unsubscribe=Unsubscribe(mode="group")),
    )
    report = dry_run(
        bad,
        nobody,
        SendContext(
            recipients=write_recipients(tmp_path / "r.csv", 2),
            now=NOW.replace(day=25),
            expected=Expected(least=3, most=4),
        ),
    )
    assert [guard.code for guard in report.status.would_block] == [
        *("findings", "changed", "age", "expected", "from", "postal-address"),
        *("unsubscribe", "unsubscribe", "unsubscribe", "limits"),
    ]
    assert all(guard.hint for guard in report.status.would_block)


def test_a_value_that_the_unsubscribe_address_needs_must_be_there(
    issue: Issue, configured: Callable[..., Config], tmp_path: Path
) -> None:
    """In url mode a recipient without that column's value is refused with the line."""
    config = configured(unsubscribe=Unsubscribe(mode="url", url="https://notes.example.org/u?t={token}"))
    (tmp_path / "r.csv").write_text("email,token\na@example.org,1\nb@example.org,\n")
    with pytest.raises(RecipientsError, match=r"r\.csv:3: has no value for 'token'"):
        dry_run(issue, config, SendContext(recipients=tmp_path / "r.csv", now=NOW))
    assert not list((issue.directory / "dry-run").iterdir())
    (tmp_path / "r.csv").write_text("email,tok\na@example.org,1\nb@example.org,2\n")
    with pytest.raises(RecipientsError, match=r"r\.csv:1: there is no column 'token'"):
        dry_run(issue, config, SendContext(recipients=tmp_path / "r.csv", now=NOW))


def test_what_the_configuration_says_is_mended_there(
    issue: Issue, configured: Callable[..., Config], tmp_path: Path
) -> None:
    """A sender's name that SendGrid loses mail over is no reason to compose again."""
    run = SendContext(recipients=write_recipients(tmp_path / "r.csv", 2), now=NOW)
    (guard,) = dry_run(issue, configured(from_="Notes, Field <notes@example.org>"), run).status.would_block
    assert (guard.code, guard.hint) == ("limits", "change it in newsletter.toml")


@pytest.mark.parametrize(("explicit", "codes"), [(True, []), (False, ["period-open"])])
def test_an_issue_whose_period_goes_on_is_sent_only_by_name(
    issue: Issue, config: Config, tmp_path: Path, explicit: bool, codes: list[str]
) -> None:
    """A bare command does not send half a week."""
    people = write_recipients(tmp_path / "r.csv", 2)
    run = SendContext(recipients=people, now=NOW.replace(day=18), explicit=explicit)
    assert [guard.code for guard in dry_run(issue, config, run).status.would_block] == codes
    later = SendContext(recipients=people, now=issue.outline.period.end, explicit=explicit)
    assert not dry_run(issue, config, later).status.would_block


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("email,first_nam\na@example.org,Ann\n", ["merge-fields"]),
        ("a@example.org\n", ["merge-fields"]),
        ('{"email": "a@example.org"}\n', ["merge-fields"]),
        ("email,first_name\na@example.org,\n", []),
        ('{"email": "a@example.org"}\n{"email": "b@example.org", "first_name": null}\n', []),
    ],
)
def test_a_field_without_a_column_is_a_guard(
    issue: Issue, configured: Callable[..., Config], tmp_path: Path, text: str, codes: list[str]
) -> None:
    """A typing error in a field's name would be an empty word for all; a default, or an empty value, is meant."""
    (tmp_path / "r.csv").write_text(text)
    run = SendContext(recipients=tmp_path / "r.csv", now=NOW)
    assert [guard.code for guard in dry_run(issue, configured(), run).status.would_block] == codes
    with_default = configured(defaults={"first_name": ""})
    assert not dry_run(issue, with_default, run).status.would_block


@pytest.mark.parametrize("url", ["https://notes.example.org/u", "https://notes.example.org/u?t={token}}"])
def test_an_unsubscribe_address_that_is_nobody_s_is_a_guard(
    issue: Issue, configured: Callable[..., Config], tmp_path: Path, url: str
) -> None:
    """In url mode an address without a field, or with half a one, would leave everybody without a way out."""
    config = configured(unsubscribe=Unsubscribe(mode="url", url=url))
    linked = replace(
        issue,
        message=replace(
            issue.message,
            html='<a href="%%html:unsubscribe%%">Unsubscribe</a>',
            text="%%text:unsubscribe%%",
        ),
    )
    run = SendContext(recipients=write_recipients(tmp_path / "r.csv", 2), now=NOW)
    assert [guard.code for guard in dry_run(linked, config, run).status.would_block] == ["unsubscribe"]


def test_any_column_can_be_in_the_unsubscribe_address(
    issue: Issue, configured: Callable[..., Config], tmp_path: Path
) -> None:
    """Whatever a column is called, its values arrive, URL-encoded."""
    config = configured(unsubscribe=Unsubscribe(mode="url", url="https://notes.example.org/u?t={reader's no.}"))
    (tmp_path / "r.csv").write_text("email,reader's no.\na@example.org,4 2\n")
    dry_run(issue, config, SendContext(recipients=tmp_path / "r.csv", now=NOW))
    request = json.loads((issue.directory / "dry-run" / "requests.jsonl").read_text())
    headers = request["personalizations"][0]["headers"]
    assert headers["List-Unsubscribe"] == "<https://notes.example.org/u?t=4%202>"


def test_a_dry_run_that_is_stopped_leaves_the_files_of_the_one_before(
    issue: Issue, config: Config, tmp_path: Path
) -> None:
    """Half a dry run is none."""
    people = write_recipients(tmp_path / "r.csv", 2500)
    dry_run(issue, config, SendContext(recipients=people, now=NOW))
    before = {path.name: path.read_bytes() for path in (issue.directory / "dry-run").iterdir()}
    settled: list[int] = []
    run = SendContext(
        recipients=people,
        now=NOW,
        progress=lambda done, total: settled.append(done),
        stopping=lambda: nullcontext(lambda: bool(settled)),
    )
    assert dry_run(issue, config, run).stopped
    assert settled == [1000]
    assert {path.name: path.read_bytes() for path in (issue.directory / "dry-run").iterdir()} == before


@pytest.mark.parametrize(
    ("html", "linked"),
    [
        ("<a class=x href='%%unsubscribe%%'>x</a>", True),
        ("<p title='<a href=\"%%unsubscribe%%\">'>x</p>", False),
        ('<!--<a href="%%unsubscribe%%">x</a>--><p>x</p>', False),
        ('<style><a href="%%unsubscribe%%"></style><p>x</p>', False),
        ("", False),
    ],
)
def test_only_a_link_that_readers_see_is_a_way_to_leave(
    config: Config, tmp_path: Path, html: str, linked: bool
) -> None:
    """Words in attributes, comments and styles that look like the link are none."""
    people = write_recipients(tmp_path / "r.csv", 1)
    found = dry_run(make_issue(tmp_path, html=html), config, SendContext(recipients=people, now=NOW)).status.would_block
    assert ("unsubscribe" not in {guard.code for guard in found}) == linked


@pytest.mark.parametrize("mode", [("--sandbox",), ("--test", "you@example.org")], ids=["sandbox", "test"])
@pytest.mark.parametrize("guard", ["changed", "postal-address", "from"])
def test_no_request_is_sent_where_a_guard_forbids_it(ready: Project, mode: tuple[str, ...], guard: str) -> None:
    """A test and a sandbox run obey what would stop a real run, before anything reaches the provider."""
    if guard == "changed":
        with (ready.issue() / "email.html").open("a") as file:
            file.write("<p>more</p>")
    else:
        path = ready.root / "newsletter.toml"
        path.write_text(re.sub(rf"(?m)^{guard.replace('-', '_')} = .*$", "", path.read_text()))
    with FakeSendGrid() as fake:
        done = run(ready, fake, "send", *mode, "2025-W20")
        assert (done.status, fake.requests) == (5, 0), done.stderr
        assert "hint: " in done.stderr


def test_a_test_may_come_late_and_a_sandbox_run_may_not(ready: Project) -> None:
    """The guards of a real run's time are no concern of a person who looks at an old issue."""
    late = "2026-05-19T08:00:00Z"
    with FakeSendGrid() as fake:
        assert run(ready, fake, "send", "--test", "you@example.org", "2025-W20", now=late).status == 0
        assert run(ready, fake, "send", "--sandbox", "2025-W20", now=late).status == 5
        assert [entry.emails for entry in fake.ledger] == [("you@example.org",)]
