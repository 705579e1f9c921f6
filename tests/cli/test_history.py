"""What one issue means for the next: what was sent is left alone and not repeated, what came late is not lost."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import CONFIG, Done, Project
from tests.fake_sendgrid import KEY, FakeSendGrid


@pytest.fixture
def sending(week: Project, fake: FakeSendGrid) -> Project:
    """Make the week's project ready to be sent to two readers."""
    week.configure(CONFIG.replace("[send]", 'postal_address = "1 Example Street"\n[send]'))
    (week.root / "recipients.csv").write_text("email\none@example.org\ntwo@example.org\n")
    (week.root / ".env").write_text(f"SENDGRID_API_KEY={KEY}\nSENDGRID_HOST={fake.url}\n")
    return week


def issue(project: Project, *arguments: str, now: str) -> Done:
    """Compose and send in one go."""
    composed = project.run("compose", *arguments, now=now)
    assert composed.status == 0, composed.stderr
    return project.run("send", "--yes", now=now)


def keys(project: Project, name: str) -> list[str]:
    """List the articles of an issue."""
    build = json.loads((project.issue(name) / "build.json").read_text())
    return [article["key"] for article in build["articles"]]


def late(project: Project, *arguments: str, now: str) -> list[str]:
    """List the keys of what would come late."""
    document = project.run("select", *arguments, "--json", now=now).document
    return sorted(article["key"] for article in document["articles"] if article["late"])


def test_a_sent_issue_is_left_as_it_is(sending: Project, fake: FakeSendGrid) -> None:
    """Composing it again says so, exits 0 and changes no byte; sending it again sends nothing."""
    assert issue(sending, "--week", now="2025-05-19T08:00:00Z").status == 0
    before = {path.name: path.read_bytes() for path in sending.issue().iterdir() if path.is_file()}
    sending.add("new.md", title="Brand new", date="2025-05-16T10:00:00Z", article_id=12)
    for arguments in (["--week"], ["--week", "--reselect"], ["--week", "--limit", "1"]):
        done = sending.run("compose", *arguments)
        assert done.status == 0
        assert "leaving it unchanged" in done.stderr
    assert {path.name: path.read_bytes() for path in sending.issue().iterdir() if path.is_file()} == before
    assert sending.run("send", "--yes").status == 0
    assert [sorted(entry.emails) for entry in fake.ledger] == [["one@example.org", "two@example.org"]]


def test_an_article_that_readers_have_is_not_repeated(sending: Project) -> None:
    """A later issue whose period overlaps leaves out what was sent, and names the issue that had it."""
    for day in ("13", "15"):  # what has no text repeats no other of the kind
        (sending.root / "content" / f"mute-{day}.md").write_text(f'+++\ntitle = "A"\ndate = "2025-05-{day}"\n+++\n')
    issue(sending, "--day", "2025-05-13", now="2025-05-14T08:00:00Z")
    document = sending.run("select", "--week", "--json").document
    assert [article["key"] for article in document["articles"]] == ["3", "mute-15.md", "2"]
    skipped = {item["key"]: item for item in document["skipped"]}
    assert skipped["1"]["reason"] == "submitted"
    assert "2025-05-13" in skipped["1"]["detail"]


def test_it_is_repeated_where_the_configuration_wants_that(sending: Project) -> None:
    """exclude_submitted = false is for a monthly review of weekly letters."""
    issue(sending, "--day", "2025-05-13", now="2025-05-14T08:00:00Z")
    path = sending.root / "newsletter.toml"
    path.write_text(path.read_text() + "[select]\nexclude_submitted = false\n")
    assert len(sending.run("select", "--week", "--json").document["articles"]) == 3


def test_since_last_begins_where_the_last_issue_ended(sending: Project) -> None:
    """Before the first issue it refuses; then it takes up at the end of the last submitted period."""
    refused = sending.run("select", "--since-last")
    assert refused.status == 2
    assert "--since" in refused.stderr
    for day in ("13", "14"):
        issue(sending, "--day", f"2025-05-{day}", now="2025-05-15T08:00:00Z")
    document = sending.run("select", "--since-last", "--json", now="2025-05-19T08:00:00Z").document
    assert document["period"]["start"] == "2025-05-15T00:00:00+00:00"
    assert document["period"]["end"] == "2025-05-19T08:00:00+00:00"
    assert document["period"]["label"] == "2025-05-15--2025-05-19"
    assert [article["key"] for article in document["articles"]] == ["3"]


def test_three_weeks_with_latecomers_lose_and_repeat_nothing(sending: Project) -> None:
    """Articles added between the issues are each in exactly one of them, the late ones marked."""
    issue(sending, "--week", now="2025-05-12T08:00:00Z")
    sending.add("late-19.md", title="PreviousIssues in week 19", date="2025-05-09T10:00:00Z", article_id=20)
    issue(sending, "--week", now="2025-05-19T08:00:00Z")
    sending.add("late-20.md", title="PreviousIssues in week 20", date="2025-05-16T10:00:00Z", article_id=21)
    sending.add("on-time.md", title="In time", date="2025-05-21T10:00:00Z", article_id=22)
    issue(sending, "--week", now="2025-05-26T08:00:00Z")
    issues = [keys(sending, f"2025-W{week}") for week in (19, 20, 21)]
    assert issues[0] == ["9"]
    assert sorted(issues[1]) == ["1", "2", "20", "3"]
    assert sorted(issues[2]) == ["21", "22"]
    build = json.loads((sending.issue("2025-W21") / "build.json").read_text())
    assert {article["key"]: article["late"] for article in build["selection"]["articles"]} == {"21": True, "22": False}


def test_a_week_without_an_issue_loses_nothing(sending: Project) -> None:
    """What comes after a quiet week is late in the next issue; after a longer pause there is no backlog."""
    issue(sending, "--week", now="2025-05-19T08:00:00Z")
    assert sending.run("compose", "--week", now="2025-05-26T08:00:00Z").status == 4
    sending.add("before.md", title="Of the week before", date="2025-05-16T10:00:00Z", article_id=39)
    sending.add("quiet.md", title="Of the quiet week", date="2025-05-22T10:00:00Z", article_id=40)
    sending.add("next.md", title="Of the next week", date="2025-05-28T10:00:00Z", article_id=41)
    assert late(sending, "--week", now="2025-06-09T08:00:00Z") == ["41"]  # W21 and W22 without an issue
    issue(sending, "--week", now="2025-06-02T08:00:00Z")
    assert sorted(keys(sending, "2025-W22")) == ["39", "40", "41"]


def test_a_first_issue_brings_no_backlog(week: Project) -> None:
    """Where no issue of the kind came before, nothing of the week before, or the month, counts as late."""
    week.run("compose", "--week")
    assert keys(week, "2025-W20") == ["3", "2", "1"]
    week.add("quiet.md", title="Of the month", date="2025-05-22T10:00:00Z", article_id=42)
    assert late(week, "--month", "2025-06", now="2025-07-01T08:00:00Z") == []


def test_a_draft_that_is_published_after_its_issue_comes_late(sending: Project) -> None:
    """Seen as a draft is not seen: once published, it is in the next issue."""
    path = sending.add("draft.md", title="Unfinished", date="2025-05-14T10:00:00Z", article_id=50, draft=True)
    issue(sending, "--week", now="2025-05-19T08:00:00Z")
    path.write_text(path.read_text().replace("draft = true", "draft = false"))
    issue(sending, "--week", now="2025-05-26T08:00:00Z")
    assert keys(sending, "2025-W21") == ["50"]


def test_an_article_that_moved_is_not_repeated(sending: Project) -> None:
    """Another path, or an article_id, makes another key; readers would see the same title and text again."""
    posts = [sending.add(f"{name}.md", title=name, date="2025-05-14T10:00:00Z") for name in ("moved", "numbered")]
    issue(sending, "--week", now="2025-05-19T08:00:00Z")
    (sending.root / "content" / "2025").mkdir()
    posts[0].rename(sending.root / "content" / "2025" / "moved.md")
    posts[1].write_text(posts[1].read_text().replace("+++\n", "+++\narticle_id = 77\n", 1))
    document = sending.run("select", "--week", "--json", now="2025-05-26T08:00:00Z").document
    assert document["articles"] == []
    reasons = {(one["path"], one["reason"], one["detail"]) for one in document["skipped"]}
    assert reasons == {(name, "submitted", "in issue 2025-W20") for name in ("2025/moved.md", "numbered.md")}


def test_a_damaged_issue_that_readers_have_stops_the_next_one(sending: Project) -> None:
    """What was in it is not known, so nothing may be taken for new; the hint names the ways out."""
    issue(sending, "--week", now="2025-05-19T08:00:00Z")
    build = sending.issue() / "build.json"
    whole = build.read_text()
    for damage in (lambda: build.write_text(""), build.unlink):
        damage()
        for command in ("select", "compose"):
            done = sending.run("-q", command, "--week", now="2025-05-26T08:00:00Z")
            assert (done.status, "this issue has been sent" in done.stderr) == (1, True)
            assert "restore it from a backup" in done.stderr
    build.write_text(whole)
    assert sending.run("-q", "select", "--week", now="2025-05-26T08:00:00Z").stderr == ""


def test_the_last_issue_that_readers_have_is_missed(sending: Project) -> None:
    """A folder that was removed is a person's wish; that articles may come again is said, with -q as well."""
    issue(sending, "--week", now="2025-05-19T08:00:00Z")
    shutil.rmtree(sending.issue())
    done = sending.run("-q", "select", "--week", now="2025-05-19T08:00:00Z")
    assert "the folder of 2025-W20 is gone" in done.stderr
    assert len(done.stdout.splitlines()) == 3


def test_an_earlier_issue_that_readers_have_is_not_missed(sending: Project) -> None:
    """Only of the last one the next one needs to know what was in it; it is the last one that is named."""
    issue(sending, "--day", "2025-05-13", now="2025-05-14T08:00:00Z")
    issue(sending, "--day", "2025-05-14", now="2025-05-15T08:00:00Z")
    shutil.rmtree(sending.issue("2025-05-13"))
    assert "is gone" not in sending.run("select", "--week").stderr
    shutil.rmtree(sending.issue("2025-05-14"))
    assert "the folder of 2025-05-14 is gone" in sending.run("select", "--week").stderr


def test_a_later_issue_is_no_part_of_an_earlier_one_s_past(week: Project) -> None:
    """What the later one waits for, or had in, comes with its own time."""
    path = week.add("draft.md", title="Unfinished", date="2025-05-14T10:00:00Z", article_id=74, draft=True)
    week.run("compose", "--week")
    path.write_text(path.read_text().replace("draft = true", "draft = false"))
    document = week.run("select", "--week", "2025-W19", "--json").document
    assert [(one["key"], one["late"]) for one in document["articles"]] == [("9", False)]


def test_what_an_editor_added_is_seen(week: Project) -> None:
    """An article that came after the issue and was put into it by hand does not come late into the next one."""
    week.run("compose", "--week")
    week.add("added.md", title="Added", date="2025-05-15T10:00:00Z", article_id=60)
    week.add("left.md", title="Left", date="2025-05-15T10:00:00Z", article_id=61)
    path = week.issue() / "issue.toml"
    path.write_text(path.read_text() + '\n[[articles]]\nkey = "60"\n')
    assert week.run("compose", "--week").status == 0
    assert {"60"} <= set(json.loads((week.issue() / "build.json").read_text())["seen"])
    assert late(week, "--week", now="2025-05-26T08:00:00Z") == ["61"]


@pytest.mark.parametrize("narrowed", [("--category", "health"), ("--limit", "1")])
def test_an_extra_issue_takes_nothing_away(week: Project, narrowed: tuple[str, ...]) -> None:
    """What an issue beside the regular one leaves out for filters of its own still comes; what it has in does not."""
    week.run("compose", "--week")
    week.add("energy/late.md", title="PreviousIssues", date="2025-05-12T10:00:00Z", article_id=62)
    week.add("health/late.md", title="Healthy", date="2025-05-18T10:00:00Z", article_id=63)
    week.run("compose", "--week", *narrowed, "--issue", "special")
    assert "63" in keys(week, "special")
    assert late(week, "--week", now="2025-05-26T08:00:00Z") == ["62"]
    assert late(week, "--week", "--limit", "9", now="2025-05-26T08:00:00Z") == ["62"]


def test_issues_side_by_side_each_continue_their_own(week: Project) -> None:
    """Two issues a week with filters of their own: each gets what comes late to it, and its leftovers stay out."""
    lines = {"energy": ("--category", "energy", "--limit", "1"), "health": ("--category", "health")}
    names = {"energy": ("--issue", "energy-W20"), "health": ()}  # one of them may have the name of the period
    week.add("energy/over.md", title="Over the limit", date="2025-05-12T10:00:00Z", article_id=64)
    for name, options in lines.items():
        week.run("compose", "--week", *options, *names[name])
        for category in lines:
            key = f"{category} after {name}"
            week.add(f"{category}/{key}.md", title=key, date="2025-05-14T12:00:00Z", url=key)
    now = "2025-05-26T08:00:00Z"
    assert late(week, "--week", *lines["health"], now=now) == ["health after health"]
    document = week.run("select", "--week", *lines["energy"], "--exclude", "9", "--json", now=now).document
    over = [one["key"] for one in document["skipped"] if one["reason"] == "limit"]
    assert {*over, document["articles"][0]["key"]} == {"energy after energy", "energy after health"}


def test_other_filters_once_bring_no_leftovers(week: Project) -> None:
    """A week that was narrowed by hand, or widened, is one of the same weekly issues."""
    week.run("compose", "--week", "--category", "health")
    assert late(week, "--week", now="2025-05-26T08:00:00Z") == []
    assert late(week, "--week", "--limit", "50", now="2025-05-26T08:00:00Z") == []


def test_what_was_left_out_is_new_under_a_later_date(week: Project) -> None:
    """Each issue saw the articles of its own time: one that is dated again was not seen by the next one."""
    week.add("first.md", title="First", date="2025-05-09T10:00:00Z", article_id=65)
    week.run("compose", "--week", "--exclude", "9", now="2025-05-12T08:00:00Z")
    week.run("compose", "--week", "--category", "health")
    path = week.root / "content" / "old.md"
    path.write_text(path.read_text().replace("2025-05-08", "2025-05-14"))
    assert late(week, "--week", now="2025-05-26T08:00:00Z") == ["9"]


@pytest.mark.parametrize(("first", "second"), [("08:00:01", "08:00:03"), ("08:00:03", "08:00:01")])
def test_runs_of_the_last_seven_days_need_not_touch(week: Project, first: str, second: str) -> None:
    """Cron is a second or two early or late: what lies between two runs, or came after its own, is in the next one."""
    week.run("compose", "--last", "7d", now=f"2025-05-19T{first}Z")
    week.add("gap.md", title="Between", date="2025-05-19T08:00:02Z", article_id=70)
    week.add("late.md", title="PreviousIssues", date="2025-05-12T08:00:04Z", article_id=71)
    week.run("compose", "--last", "7d", now=f"2025-05-26T{second}Z")
    assert sorted(keys(week, "2025-05-19--2025-05-26")) == ["70", "71"]
    week.add("later.md", title="Later", date="2025-05-16T08:00:00Z", article_id=73)
    assert late(week, "--last", "7d", now="2025-05-26T08:00:05Z") == ["70", "71", "73"]
    week.run("compose", "--last", "7d", "--reselect", now="2025-05-26T08:00:05Z")
    assert sorted(keys(week, "2025-05-19--2025-05-26")) == ["70", "71", "73"]


def test_ranges_that_leave_days_out_forget_nothing(week: Project) -> None:
    """A short gap belongs to the next range; a draft waits, however far the two are apart."""
    path = week.add("draft.md", title="Unfinished", date="2025-05-13T10:00:00Z", article_id=72, draft=True)
    week.run("compose", "--since", "2025-05-12", "--until", "2025-05-14")
    path.write_text(path.read_text().replace("draft = true", "draft = false"))
    near = ("--since", "2025-05-16", "--until", "2025-05-18")
    far = ("--since", "2025-06-16", "--until", "2025-06-18")
    assert late(week, *near, now="2025-07-01T08:00:00Z") == ["3", "72"]
    assert late(week, *far, now="2025-07-01T08:00:00Z") == ["72"]
    assert late(week, "--month", "2025-07", now="2025-08-01T08:00:00Z") == ["72"]


def test_newsletters_of_one_folder_keep_their_own_history(sending: Project) -> None:
    """An issue belongs to the newsletter whose slug it was composed with: its readers alone have it."""
    text = (sending.root / "newsletter.toml").read_text()
    for name in ("energy", "health"):
        (sending.root / f"{name}.toml").write_text(text.replace("[send]", f'slug = "{name}"\n[send]'))
    energy, health = (("--config", f"{name}.toml") for name in ("energy", "health"))
    now = "2025-05-19T08:00:00Z"
    assert sending.run(*energy, "compose", "--week", now=now).status == 0
    assert sending.run(*energy, "send", "--yes", now=now).status == 0
    assert len(sending.run(*health, "select", "--week", "--json").document["articles"]) == 3
    assert sending.run(*health, "select", "--since-last").status == 2
    assert late(sending, "--week", now="2025-05-26T08:00:00Z") == []
    assert sending.run(*energy, "select", "--week", "--json").document["articles"] == []
    refused = sending.run(*health, "compose", "--week", "--issue", "energy-2025-W20")
    assert (refused.status, "another newsletter" in refused.stderr) == (2, True)


def test_a_late_article_does_not_repeat_what_an_issue_had(week: Project) -> None:
    """The same source, or the same text under another title, is a duplicate as it would have been in time."""
    link = "https://press.example/one"
    week.add("first.md", "<p>The text.</p>", title="First", date="2025-05-13", article_id=80, source_link=link)
    week.run("compose", "--week")
    week.add("source.md", title="Source", date="2025-05-14", article_id=81, source_link=link)
    week.add("text.md", "<p>The text.</p>", title="Text", date="2025-05-14", article_id=82)
    week.add("other.md", "<p>Other words.</p>", title="First", date="2025-05-14", article_id=83)
    week.add("own.md", title="Of its own week", date="2025-05-20", article_id=84, source_link=link)
    document = week.run("select", "--week", "--json", now="2025-05-26T08:00:00Z").document
    assert sorted(article["key"] for article in document["articles"]) == ["83", "84"]
    assert {(one["key"], one["reason"], one["detail"]) for one in document["skipped"]} == {
        ("81", "duplicate", "repeats an article of issue 2025-W20: the same source_link"),
        ("82", "duplicate", "repeats an article of issue 2025-W20: the same text"),
    }


def test_an_old_build_is_read(week: Project) -> None:
    """An issue of the version before, which recorded less, counts as one of this newsletter."""
    week.run("compose", "--week")
    path = week.issue() / "build.json"
    build = json.loads(path.read_text())
    del build["slug"]
    for article in build["articles"]:
        del article["source_link"], article["text"]
    path.write_text(json.dumps(build))
    week.add("late.md", title="PreviousIssues", date="2025-05-14", article_id=85)
    assert late(week, "--week", now="2025-05-26T08:00:00Z") == ["85"]


def test_each_article_is_in_one_issue_of_each_newsletter(sending: Project) -> None:
    """Articles come late, wait, move and are added by hand, beside special issues: none comes twice or is lost."""
    text = (sending.root / "newsletter.toml").read_text() + "[select]\nexclude_submitted = false\n"
    sending.configure(text)
    other = text.replace("[send]", 'slug = "energy"\n[send]').replace("[select]", '[select]\ncategories = ["energy"]')
    (sending.root / "energy.toml").write_text(other)

    def add(key: int, day: str, **more: Any) -> Path:
        return sending.add(f"energy/{key}.md", title=f"{key}", date=f"2025-{day}T10:00:00Z", article_id=key, **more)

    def compose(now: str, special: str) -> None:
        for options in ((), ("--config", "energy.toml")):
            assert sending.run(*options, "compose", "--week", now=now).status == 0
            add(int(now[8:10]) * 100 + len(options), f"05-{int(now[8:10]) - 1:02}")  # between the two, and after them
        assert sending.run("compose", "--week", "--category", "health", "--issue", special, now=now).status in (0, 4)

    draft, moved = add(90, "05-13", draft=True), add(91, "05-14", publishDate="2025-05-29")
    add(92, "05-14")
    compose("2025-05-19T08:00:00Z", "special-1")
    draft.write_text(draft.read_text().replace("draft = true", "draft = false"))
    add(93, "05-15")
    path = sending.issue() / "issue.toml"
    path.write_text(path.read_text() + '\n[[articles]]\nkey = "93"\n')
    assert sending.run("compose", "--week").status == 0
    compose("2025-05-26T08:00:00Z", "special-2")
    moved.rename(sending.root / "content" / "energy" / "moved.md")
    add(94, "05-27")
    assert sending.run("compose", "--week", now="2025-06-02T08:00:00Z").status == 0
    assert sending.run("--config", "energy.toml", "compose", "--week", now="2025-06-02T08:00:00Z").status == 0
    for slug in ("", "energy-"):
        found = [key for week in (20, 21, 22) for key in keys(sending, f"{slug}2025-W{week}")]
        others = [] if slug else ["2", "3"]
        assert sorted(found) == sorted(["1", "90", "91", "92", "93", "94", "1900", "1902", "2600", "2602", *others])
