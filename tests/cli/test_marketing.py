"""`delivery = "marketing"`: an issue goes out as one Single Send, whole commands against the fake SendGrid."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from tests.cli.marketing import CONFIG, READERS, machine, make, newsletter, sent
from tests.conftest import NOW, Project
from tests.fake_sendgrid import FakeSendGrid, Fault
from tests.fake_sendgrid.mock import MockSendGrid
from tests.sender.conftest import write_recipients

LATER = "2099-01-01T08:00:00+00:00"


@pytest.fixture
def fake() -> Iterator[FakeSendGrid]:
    """Serve a SendGrid on loopback."""
    with FakeSendGrid() as made:
        yield made


@pytest.fixture
def project(tmp_path: Path, fake: FakeSendGrid) -> Project:
    """Return a project with a composed issue for a list of three."""
    return make(tmp_path / "project", fake)


def change(project: Project, before: str, after: str) -> None:
    """Change the configuration."""
    text = (project.root / "newsletter.toml").read_text()
    assert before in text
    project.configure(text.replace(before, after))


def test_an_issue_is_handed_over_once(project: Project, fake: FakeSendGrid) -> None:
    """What readers get is what was composed, with their own names; the same command again sends nothing."""
    done = newsletter(project, "send", "--yes")
    assert (done.status, done.stdout) == (0, "2025-W20: triggered at SendGrid, to 3 contacts\n")
    again = newsletter(project, "send", "--yes", "--json", "2025-W20")
    assert (again.status, again.document["campaign"]["stage"]) == (0, "triggered")
    digest = newsletter(project, "status", "--json").document["digest"]
    assert sent(fake) == [f"Field Notes 2025-W20 {digest[:16]}"]
    (subject, text, html) = fake.marketing.received("ann@example.org")[0]
    assert subject == "News of travel"
    assert "Hello Ann, this is what happened." in text
    assert "Hello Ann, this is what happened." in html
    assert "https://u.example.net/asm" in text
    assert 'href="https://u.example.net/asm"' in html
    assert "Hello reader, this" in fake.marketing.received("bob@example.org")[0][2]
    (made,) = fake.marketing.single_sends.values()
    assert made["email_config"]["generate_plain_content"] is False
    assert made["categories"] == ["2025-W20"]


def test_nothing_can_change_once_it_has_begun(project: Project, fake: FakeSendGrid) -> None:
    """Composing again leaves it as it is; mailing it recipient by recipient is refused."""
    newsletter(project, "send", "--yes")
    assert "leaving it unchanged" in newsletter(project, "compose", "--week").stderr
    change(project, 'delivery = "marketing"\n', "")
    write_recipients(project.root / "recipients.csv", 3)
    done = newsletter(project, "send", "--yes", "2025-W20")
    assert done.status == 5
    assert "its sending has begun as a campaign" in done.stderr
    assert fake.requests == 0


def test_an_issue_begun_by_mail_is_not_handed_over(tmp_path: Path, fake: FakeSendGrid) -> None:
    """Its recipients have it, or will."""
    project = make(tmp_path / "project", fake, CONFIG.replace('delivery = "marketing"\n', ""))
    write_recipients(project.root / "recipients.csv", 3)
    assert newsletter(project, "send", "--yes").status == 0
    change(project, "[send]\n", '[send]\ndelivery = "marketing"\n')
    done = newsletter(project, "send", "--yes", "2025-W20")
    assert (done.status, sent(fake)) == (5, [])
    assert "recipient by recipient" in done.stderr


def test_two_newsletters_of_one_account_do_not_meet(tmp_path: Path, fake: FakeSendGrid) -> None:
    """Both have an issue of that week; each is sent."""
    for name in ("Field Notes", "Garden Notes"):
        project = make(tmp_path / name, fake, CONFIG.replace("Field Notes", name))
        assert newsletter(project, "send", "--yes").status == 0
    assert [one.rpartition(" ")[0] for one in sent(fake)] == ["Field Notes 2025-W20", "Garden Notes 2025-W20"]


def test_a_newsletter_that_is_renamed_meanwhile_does_not_send_twice(project: Project, fake: FakeSendGrid) -> None:
    """The Single Send would not be found by the new name."""
    fake.trouble["schedule"] = [Fault.INTERNAL_AFTER] * 20
    newsletter(project, "send", "--yes")
    change(project, 'name = "Field Notes"', 'name = "Garden Notes"')
    fake.trouble.clear()
    done = newsletter(project, "send", "--yes", "2025-W20")
    assert (done.status, len(sent(fake))) == (5, 1)
    assert "it has begun as 'Field Notes 2025-W20" in done.stderr


def test_it_can_go_out_later_and_be_called_back(project: Project, fake: FakeSendGrid) -> None:
    """`--at` schedules it; `cancel` takes it back for every machine; it is never sent then."""
    other = machine(project, project.root.parent / "other")
    done = newsletter(project, "send", "--yes", "--at", LATER)
    assert done.stdout == "2025-W20: scheduled for 2099-01-01T08:00:00Z at SendGrid, to 3 contacts\n"
    assert newsletter(other, "status", "--json").document["campaign"]["stage"] == "scheduled"
    assert "called back before it was sent" in newsletter(other, "cancel", "2025-W20").stdout
    for one in (project, other):
        done = newsletter(one, "send", "--yes", "2025-W20")
        assert (done.status, "it was cancelled" in done.stderr) == (5, True)
    assert sent(fake) == []
    assert {one["status"] for one in fake.marketing.single_sends.values()} == {"draft"}


@pytest.mark.parametrize("moment", ["tomorrow", "2025-05-19T08:00:00"])
def test_a_time_that_is_none_or_over_is_refused(project: Project, fake: FakeSendGrid, moment: str) -> None:
    """Before anything is asked."""
    done = newsletter(project, "send", "--yes", "--at", moment)
    assert (done.status, fake.marketing.calls.total()) == (2, 0)
    assert "hint:" in done.stderr


def test_at_is_for_lists_of_the_provider(tmp_path: Path, fake: FakeSendGrid) -> None:
    """With delivery = "mail" the undo window holds an issue back."""
    project = make(tmp_path / "project", fake, CONFIG.replace('delivery = "marketing"\n', ""))
    done = newsletter(project, "send", "--yes", "--at", LATER)
    assert (done.status, "undo_minutes" in done.stderr) == (2, True)


def test_an_issue_that_was_never_handed_over_is_given_up(project: Project, fake: FakeSendGrid) -> None:
    """`cancel` makes nothing at SendGrid then."""
    assert "given up" in newsletter(project, "cancel", "2025-W20").stdout
    assert fake.marketing.single_sends == {}


def test_a_dry_run_writes_the_requests_and_reaches_nobody(project: Project, fake: FakeSendGrid) -> None:
    """They are those of a real run, but for the ids; it needs no key."""
    env = {**project.env, "SENDGRID_API_KEY": ""}
    done = Project(root=project.root, env=env).run("send", "--dry-run", "--json")
    assert (done.status, done.document["would_block"], fake.marketing.calls.total()) == (0, [], 0)
    folder = project.issue() / "dry-run"
    search, create, read, schedule = map(json.loads, (folder / "requests.jsonl").read_text().splitlines())
    assert schedule["body"] == {"send_at": "now"}
    assert (search["path"], read["method"]) == ("/v3/marketing/singlesends/search", "GET")
    assert "Hello reader, this is what happened." in (folder / "sample.eml").read_text()
    newsletter(project, "send", "--yes")
    (made,) = fake.marketing.single_sends.values()
    body = create["body"]
    assert body.pop("send_to") == {"list_ids": ["Weekly"], "all": False}
    assert {name: made[name] for name in body} == body


def test_a_test_goes_to_the_address_alone(project: Project, fake: FakeSendGrid) -> None:
    """By SendGrid's own test of marketing emails, and the template that it needs is gone afterwards."""
    done = newsletter(project, "send", "--test", "me@example.org", "--test", "you@example.org")
    assert (done.status, sent(fake), fake.marketing.templates) == (0, [], {})
    assert [email for email, _ in fake.marketing.tested] == ["me@example.org", "you@example.org"]
    version = fake.marketing.tested[0][1]
    assert version["subject"] == "[Test] News of travel"
    assert '{{insert first_name "default=reader"}}' in version["html_content"]
    assert '{{{insert first_name "default=reader"}}}' in version["plain_content"]


@pytest.mark.parametrize(
    ("before", "after", "status", "said"),
    [
        ('lists = "Weekly"', 'lists = "Weakly"', 2, "did you mean 'Weekly'?"),
        ('lists = "Weekly"', 'segments = "Old"', 2, "there is no segment 'Old'"),
        ("sender_id = 1", "sender_id = 2", 2, "the sender 2 (news@example.com) is not verified"),
        ("sender_id = 1", "sender_id = 3", 5, "sender_id is news@example.com, but from in [send] is"),
        ("sender_id = 1", "sender_id = 4", 1, "marketing/senders/4"),
        ("sender_id = 1\n", "", 5, "has no sender_id"),
        ('lists = "Weekly"\n', "", 5, "neither lists nor segments"),
        ("suppression_group_id = 7\n", "", 5, "suppression_group_id or unsubscribe_url"),
        ("suppression_group_id = 7", "suppression_group_id = 8", 1, "suppression group does not exist"),
        ('qr = "off"', 'qr = "link"', 5, "is embedded in the message"),
        ("{{ merge.first_name }}", "{{ merge.town }}", 5, "the provider's contacts have no field 'town'"),
        ("{{ merge.first_name }}", "<{{ merge.first_name }}>", 0, ""),
        ('first_name = "reader"', "first_name = 'a \"friend\"'", 5, "the default of 'first_name' has a quotation mark"),
        ('from = "Field', 'unsubscribe = {mode = "url", url = "https://x.example/{token}"}\nfrom = "Field', 5, ""),
        ('name = "Field Notes"', 'name = "My Newsletter"', 5, "still the starter's"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_created(
    tmp_path: Path, fake: FakeSendGrid, before: str, after: str, status: int, said: str
) -> None:
    """A list, a sender, a group, a picture, a merge field: each is named with what to do, and nothing is sent."""
    fake.marketing.senders |= {2: ("news@example.com", False), 3: ("news@example.com", True)}
    assert before in CONFIG
    project = make(tmp_path / "project", fake, CONFIG.replace(before, after))
    done = newsletter(project, "send", "--yes")
    assert (done.status, len(sent(fake))) == (status, int(status == 0)), done.stderr
    assert said in done.stderr
    assert status == 0 or "hint:" in done.stderr
    assert status == 0 or fake.marketing.single_sends == {}
    if status != 0:
        assert newsletter(project, "compose", "--week", "--reselect").status == 0  # nothing has begun


def test_the_number_of_contacts_is_guarded(project: Project, fake: FakeSendGrid) -> None:
    """As that of recipients is: an expected number, nobody, and less than half of the last issue's."""
    assert newsletter(project, "send", "--yes", "--expect-recipients", "5").status == 5
    for one in fake.marketing.lists.values():
        one.emails.clear()
    assert "there is nobody to send to" in newsletter(project, "send", "--yes").stderr
    for one in fake.marketing.lists.values():
        one.emails.update(READERS)
    assert newsletter(project, "send", "--yes", "--expect-recipients", "3").status == 0
    for one in fake.marketing.lists.values():
        one.emails.difference_update(READERS[1:])
    project.add("next.md", title="News of next week", date="2025-05-20T09:00:00Z")
    later = "2025-05-21T08:00:00Z"
    assert newsletter(project, "compose", "--day", "2025-05-20", now=later).status == 0
    done = newsletter(project, "send", "--yes", "2025-05-20", now=later)
    assert (done.status, "less than half of the last issue's 3" in done.stderr) == (5, True)


def test_a_draft_that_somebody_changed_is_not_sent(project: Project, fake: FakeSendGrid) -> None:
    """What it would send is read back and compared; the difference is named."""
    fake.trouble["schedule"] = [Fault.INTERNAL] * 20
    assert newsletter(project, "send", "--yes").status in (1, 3)
    (made,) = fake.marketing.single_sends.values()
    made["email_config"]["subject"] = "Buy now"
    fake.trouble.clear()
    done = newsletter(project, "send", "--yes")
    assert (done.status, sent(fake)) == (5, [])
    assert "subject of the draft at the provider differ" in done.stderr


def test_an_own_address_to_leave_by(tmp_path: Path, fake: FakeSendGrid) -> None:
    """`unsubscribe_url` in place of a group."""
    address = "https://notes.example.org/leave/"
    config = CONFIG.replace("suppression_group_id = 7", f'unsubscribe_url = "{address}"')
    assert newsletter(make(tmp_path / "project", fake, config), "send", "--yes").status == 0
    assert f'href="{address}"' in fake.marketing.received("ann@example.org")[0][2]


def test_status_shows_what_was_last_seen_where_nobody_answers(project: Project, fake: FakeSendGrid) -> None:
    """With a warning; and nothing is written by it."""
    newsletter(project, "send", "--yes")
    done = project.run("status", SENDGRID_HOST="http://127.0.0.1:1")
    assert (done.status, done.stdout) == (0, "2025-W20: triggered at SendGrid, to 3 contacts\n")
    assert "showing the state that was last read" in done.stderr


def test_statistics(project: Project, fake: FakeSendGrid) -> None:
    """`status` and `report` show what SendGrid counts."""
    fake.events = {"delivered": 2, "bounces": 1, "unique_opens": 1, "unsubscribes": 1}
    newsletter(project, "send", "--yes")
    assert "SendGrid counts: 2 delivered, 1 bounced, 1 opened, 1 unsubscribed" in newsletter(project, "status").stdout
    report = newsletter(project, "report", "2025-W20", "--json").document
    assert {name: report[name] for name in ("submitted", "requested", "delivered", "bounced")} == {
        "submitted": 3,
        "requested": 3,
        "delivered": 2,
        "bounced": 1,
    }


def test_doctor_looks_at_all_that_it_depends_on(project: Project, fake: FakeSendGrid) -> None:
    """The list, the sender, the group; and a key that may not use Marketing Campaigns is named."""

    def levels(*names: str) -> dict[str, str]:
        checks = newsletter(project, "doctor", "--json").document["checks"]
        return {one["check"]: one["level"] for one in checks if one["check"] in names}

    names = ("marketing", "lists", "sender_id", "unsubscribe group")
    assert levels(*names) == dict.fromkeys(names, "ok")
    change(project, 'lists = "Weekly"', 'lists = "Monthly"')
    change(project, "sender_id = 1", "sender_id = 9")
    change(project, "group_id = 7", "group_id = 9")
    assert levels(*names) == {**dict.fromkeys(names, "failure"), "marketing": "ok"}


def test_run_sends_each_week_once_on_every_machine(tmp_path: Path, fake: FakeSendGrid) -> None:
    """One cron line on two machines, in CI as well, where nothing of the last run is left."""
    one = make(tmp_path / "one", fake, compose=False)
    two = machine(one, tmp_path / "two")
    for project in (one, two, one):
        done = project.run("-q", "run", "--week", CI="true")
        assert (done.status, done.stdout + done.stderr) == (0, "")
    assert len(sent(fake)) == 1
    assert newsletter(one, "status", "--json").document["submitted"] == 3


def test_run_says_what_waits(tmp_path: Path, fake: FakeSendGrid) -> None:
    """An outage leaves it for the next run; approval is asked for by a test to the person."""
    run = '\n[run]\nrequire_approval = true\nreport_to = "me@example.org"\n'
    project = make(tmp_path / "project", fake, CONFIG + run)
    done = newsletter(project, "-q", "run", "--week")
    assert (done.status, [email for email, _ in fake.marketing.tested]) == (5, ["me@example.org"])
    assert "newsletter approve 2025-W20" in done.stderr
    assert newsletter(project, "approve", "2025-W20").status == 0
    fake.trouble["create"] = [Fault.INTERNAL] * 20
    done = newsletter(project, "-q", "run", "--week")
    assert (done.status, "2025-W20" in done.stderr) == (3, True)
    fake.trouble.clear()
    assert newsletter(project, "-q", "run", "--week").status == 0
    assert len(sent(fake)) == 1


def test_another_machine_that_composed_it_otherwise_is_too_late(tmp_path: Path, fake: FakeSendGrid) -> None:
    """An article came late there; the issue is sent once, and the machine that lost says so and ends with 0."""
    one = make(tmp_path / "one", fake, compose=False)
    two = machine(one, tmp_path / "two")
    two.add("late.md", title="News of late", date="2025-05-16T10:00:00Z")
    assert newsletter(one, "-q", "run", "--week").status == 0
    done = newsletter(two, "run", "--week")
    assert (done.status, "triggered with different content" in done.stderr) == (0, True)
    assert newsletter(two, "-q", "run", "--week").status == 0
    assert newsletter(two, "send", "--yes", "2025-W20").status == 0
    assert len(sent(fake)) == 1


def test_both_ways_show_a_reader_the_same_page(tmp_path: Path, fake: FakeSendGrid) -> None:
    """The same HTML after merge fields, but for the address to leave by; and the same text."""
    name = 'Zoë O\'Neil <z@example.org> & "Co"'
    by_mail = make(tmp_path / "mail", fake, CONFIG.replace('delivery = "marketing"\n', ""))
    person = {"email": "ann@example.org", "first_name": name}
    (by_mail.root / "recipients.csv").write_text(f"{json.dumps(person)}\n")
    assert newsletter(by_mail, "send", "--yes").status == 0
    fake.marketing.contacts["ann@example.org"]["first_name"] = name
    assert newsletter(make(tmp_path / "marketing", fake), "send", "--yes").status == 0
    (mail,), (marketing,) = fake.received("ann@example.org"), fake.marketing.received("ann@example.org")
    leave = ("https://u.example.net/wf", "https://u.example.net/asm")
    assert mail[0] == marketing[0]
    assert mail[1].replace(*leave) == marketing[1]
    assert _tree(mail[2].replace(*leave)) == _tree(marketing[2])
    assert name in marketing[1]


def _tree(html: str) -> bytes:
    return etree.tostring(etree.fromstring(html, etree.HTMLParser()), method="c14n")


def test_what_looks_like_handlebars_in_an_article_is_text(tmp_path: Path, fake: FakeSendGrid) -> None:
    """Readers see what the author wrote, and SendGrid replaces nothing of it, nor trips over it."""
    intro = 'intro = "Hello {{{ merge.first_name }}} {{ merge.first_name }}"'
    config = CONFIG.replace('intro = "Hello {{ merge.first_name }}, this is what happened."', intro)
    project = make(tmp_path / "project", fake, config, compose=False)
    title, summary = "Use {{ name }} and {{{x}}} or \\{{y}}", '{{insert first_name "default=x"}} {{#each this}}'
    body = "<p>{{{unsubscribe}}} {{/each}} <code>{{!-- c --}}</code></p>"
    project.add("braces.md", body, title=title, summary=summary, date="2025-05-15T12:00:00Z")
    assert newsletter(project, "compose", "--week").status == 0
    assert newsletter(project, "send", "--yes").status == 0
    (subject, text, page) = fake.marketing.received("ann@example.org")[0]
    text = text.replace("\u2060", "")
    shown = "".join(map(str, etree.fromstring(page, etree.HTMLParser()).itertext()))
    assert subject.replace("\u2060", "") == title
    for part in (text, shown):
        assert title in part
        assert summary in part
        assert "Hello {Ann} Ann" in " ".join(part.split())


def stopped(project: Project, fake: FakeSendGrid, call: str, when: str) -> bool:
    """Run a send that is killed at a call, before SendGrid does anything of it or after; tell whether it was."""
    command = [sys.executable, "-m", "newsletter", "--now", NOW, "send", "--yes", "2025-W20"]
    process = subprocess.Popen(command, cwd=project.root, env=dict(project.env), stdout=subprocess.DEVNULL)

    def kill(name: str, moment: str) -> None:
        if (name, moment) == (call, when):
            process.kill()
            raise ConnectionError

    fake.on_call = kill
    process.wait(timeout=60)
    fake.on_call = lambda name, moment: None
    return process.returncode == -9


@pytest.mark.slow
@pytest.mark.parametrize("call", ["search", "create", "read", "schedule"])
def test_a_killed_run_is_gone_on_with(project: Project, fake: FakeSendGrid, call: str) -> None:
    """Killed at each call, twice in a row, before and after SendGrid did it: the same command ends in exactly one."""
    assert stopped(project, fake, call, "before")
    died = stopped(project, fake, call, "after")
    assert died or call == "schedule"
    assert len(sent(fake)) <= 1
    assert newsletter(project, "send", "--yes", "2025-W20").status == 0
    assert len(sent(fake)) == 1
    assert len(fake.marketing.single_sends) == 1


@pytest.mark.slow
def test_ten_machines_at_once_send_one(tmp_path: Path, fake: FakeSendGrid) -> None:
    """One cron line on ten machines at the same moment, each in its own folder; SendGrid's searches are behind."""
    fake.marketing.lag = 0.4
    config = CONFIG.replace("settle = 0.1", "settle = 0.6").replace("timeout = 1.0\ndeadline = 1.2\n", "")
    first = make(tmp_path / "m0", fake, config, compose=False)
    machines = [first, *(machine(first, tmp_path / f"m{number}") for number in range(1, 10))]
    command = [sys.executable, "-m", "newsletter", "--now", NOW, "-q", "run", "--week"]
    runs = [subprocess.Popen(command, cwd=one.root, env=dict(one.env)) for one in machines]
    assert {run.wait(timeout=100) for run in runs} <= {0, 1, 3}
    assert len(sent(fake)) == 1
    assert [newsletter(one, "-q", "run", "--week").status for one in machines[:2]] == [0, 0]
    assert len(sent(fake)) == 1


FAULTS = (
    *(Fault.LIMIT, Fault.INTERNAL, Fault.INTERNAL_AFTER, Fault.GATEWAY_HTML, Fault.GATEWAY_HTML_AFTER),
    *(Fault.RESET, Fault.RESET_AFTER, Fault.HANG_UP, Fault.HANG_UP_AFTER, Fault.SLOW_AFTER, Fault.CUT_AFTER),
    *(Fault.GARBAGE_AFTER, Fault.PAGE, Fault.REDIRECT, Fault.REQUEST, Fault.KEY, Fault.MISSING, Fault.TIMEOUT),
)


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_goes_wrong_it_is_sent_once(project: Project, fake: FakeSendGrid, fault: Fault) -> None:
    """Each fault at each call in turn, and at the next attempt of it: repeating the command ends in exactly one."""
    fake.trouble = {call: [None, fault, None, fault] for call in ("search", "read")}
    fake.trouble |= {call: [fault, fault] for call in ("create", "schedule")}
    results = [newsletter(project, "send", "--yes", "2025-W20").status]
    while results[-1] != 0 and len(results) < 12:
        assert results[-1] in (1, 3)
        results.append(newsletter(project, "send", "--yes", "2025-W20").status)
    assert results[-1] == 0
    assert len(sent(fake)) == 1


def test_a_server_made_from_the_specification_admits_every_request(tmp_path: Path, fake: FakeSendGrid) -> None:
    """All that is asked of Marketing Campaigns is declared, and every declared answer is understood."""
    config = CONFIG.replace('lists = "Weekly"', 'lists = "a"').replace("settle = 0.1", "settle = 0")
    project = make(tmp_path / "project", fake, config)
    (project.root / "people.csv").write_text("email,first_name\nann@example.org,Ann\n")
    commands = (
        ("send", "--yes", "2025-W20"),
        ("send", "--test", "me@example.org"),
        ("status", "2025-W20"),
        ("cancel", "2025-W20"),
        ("doctor",),
        ("audience", "show"),
        ("audience", "push", "people.csv", "--list", "a"),
        ("suppressions", "pull"),
    )
    with MockSendGrid() as mock:
        for command in commands:
            done = project.run(*command, **mock.environment)
            assert "document" not in done.stderr, (command, done.stderr)
    assert mock.invalid == []
    asked = {path.removeprefix("/v3/marketing/") for _, path in mock.asked}
    assert asked >= {"singlesends/search", "senders/{id}", "lists", "field_definitions", "contacts", "contacts/count"}
