"""``newsletter select``: the list, the reasons and the document."""

from itertools import product

import pytest

from tests.conftest import CONFIG, Project


def test_the_list_has_a_line_an_article(week: Project) -> None:
    """Where nobody watches, columns are parted by tabs; the summary goes to stderr."""
    done = week.run("select", "--week")
    assert done.status == 0
    assert [line.split("\t") for line in done.stdout.splitlines()] == [
        ["2025-05-15 10:00", "travel", "Field Office", "News of travel"],
        ["2025-05-14 10:00", "health", "Field Office", "News of health"],
        ["2025-05-13 10:00", "energy", "Field Office", "News of energy"],
    ]
    assert "3 of 3 articles" in done.stderr
    assert not (week.root / "issues").exists()


def test_every_article_that_is_out_has_a_reason(week: Project) -> None:
    """--explain lists them with reason and detail, and the unreadable files."""
    week.add("draft.md", title="Later", date="2025-05-13", draft=True)
    (week.root / "content" / "broken.md").write_text('+++\ndate = "2025-05-13"\ntitle = "open\n+++\n')
    done = week.run("select", "--week", "--explain", "--category", "energy")
    rows = {line.split("\t")[1]: line.split("\t")[0] for line in done.stdout.splitlines()}
    assert rows == {
        "draft.md": "draft",
        "health.md": "category",
        "travel.md": "category",
        "broken.md:3": "unreadable",
    }


def test_counts_add_up(week: Project) -> None:
    """Articles + skipped + invalid = in_period, apart from files without a date."""
    week.add("undated.md", title="Some day")
    week.add("draft.md", title="Later", date="2025-05-13", draft=True)
    document = week.run("select", "--week", "--json", "--limit", "2").document
    counts = document["counts"]
    assert counts == {"scanned": 6, "in_period": 4, "articles": 2, "skipped": 2, "invalid": 1, "undated": 1}
    assert len(document["articles"]) == 2
    assert {item["reason"] for item in document["skipped"]} == {"draft", "limit"}
    assert document["invalid"][0]["path"] == "undated.md"


def test_an_empty_period_is_status_4_with_a_document(week: Project) -> None:
    """A script learns from the status, and still gets its document."""
    done = week.run("select", "--week", "2024-W01", "--json")
    assert done.status == 4
    assert done.document["articles"] == []
    assert done.document["period"]["label"] == "2024-W01"


@pytest.mark.parametrize(
    ("options", "label", "keys"),
    [
        (("--since", "2025-05-14", "--until", "2025-05-14"), "2025-05-14--2025-05-14", ["2"]),
        (("--week", "2025-W20"), "2025-W20", ["2", "1"]),  # Friday 9 to Thursday 15 May
        (("--week",), "2025-W20", ["2", "1"]),
    ],
)
def test_the_ends_of_a_period(week: Project, options: tuple[str, ...], label: str, keys: list[str]) -> None:
    """The last day belongs to it; a week begins on the day that the configuration says."""
    week.configure(f'{CONFIG}[select]\nweek_starts_on = "friday"\n')
    path = week.root / "content" / "travel.md"
    path.write_text(path.read_text().replace("2025-05-15T10", "2025-05-16T00"))
    document = week.run("select", *options, "--json").document
    assert (document["period"]["label"], [article["key"] for article in document["articles"]]) == (label, keys)


def test_a_category_may_be_named_by_its_label(week: Project) -> None:
    """--category takes the slug or what readers see."""
    by_slug = week.run("select", "--week", "--category", "energy").stdout
    assert by_slug == week.run("select", "--week", "--category", "Energy").stdout
    assert len(by_slug.splitlines()) == 1


@pytest.mark.parametrize(
    ("setting", "options", "keys"),
    [
        ('categories = ["energy"]', "", "1 2"),
        ('categories = ["energy"]', "--category health", "3 4"),
        ('exclude_categories = ["energy"]', "", "3 4"),
        ('exclude_categories = ["energy"]', "--exclude-category health", "1 2"),
        ('sources = ["Wire"]', "", "1 3"),
        ('sources = ["Wire"]', "--source Desk", "2 4"),
        ('exclude_sources = ["Wire"]', "", "2 4"),
        ("per_category = 1", "", "1 3"),
        ("per_source = 1", "", "1 2"),
        ("limit = 3", "--limit 0", "1 2 3 4"),
        ("limit = 3", "--include 4", "1 2 4"),
    ],
)
def test_filters_of_the_settings_and_of_the_command(project: Project, setting: str, options: str, keys: str) -> None:
    """Each narrows the selection, and what the command line says replaces the setting of that name."""
    project.configure(f"{CONFIG}[select]\n{setting}\n")
    for number, (category, source) in enumerate(product(("energy", "health"), ("Wire", "Desk")), 1):
        day = f"2025-05-{18 - number}"
        project.add(f"{number}.md", title="News", date=day, article_id=number, category=category, source=source)
    document = project.run("select", "--week", *options.split(), "--json").document
    assert [article["key"] for article in document["articles"]] == keys.split()


def test_quiet_says_nothing_but_the_list(week: Project) -> None:
    """With -q stderr stays empty; the data is still there."""
    done = week.run("-q", "select", "--week")
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 3


def test_a_key_that_is_not_there_is_said(week: Project) -> None:
    """A mistyped --include or --exclude does not pass in silence."""
    done = week.run("select", "--week", "--include", "77", "--exclude", "1", "--exclude", "78")
    assert "--include 77: no article of 2025-W20 has this key or path" in done.stderr
    assert "--exclude 78: " in done.stderr
    assert "--exclude 1:" not in done.stderr


@pytest.mark.parametrize("name", ["", "&", "🔥"])
def test_a_category_without_a_name_is_a_usage_error(week: Project, name: str) -> None:
    """A variable that is not set must not turn a filter into none, neither there nor in the configuration."""
    for command in ("select", "compose"):
        done = week.run(command, "--week", "--category", name)
        assert (done.status, "names no category" in done.stderr) == (2, True)
    path = week.root / "newsletter.toml"
    path.write_text(path.read_text() + f'[select]\ncategories = ["{name}"]\n')
    done = week.run("select", "--week")
    assert (done.status, "newsletter.toml:8: select.categories: names no category" in done.stderr) == (2, True)


def test_a_selection_of_nothing_says_where_to_look(project: Project) -> None:
    """An empty folder, an empty week and a filter are told apart; --explain points no further to itself."""
    assert "no file in content ends in .md" in project.run("select", "--week", "--explain").stderr
    project.add("old.md", title="Old", date="2025-01-01")
    assert "no article is dated in this period" in project.run("select", "--week").stderr
    project.add("new.md", title="New", date="2025-05-13")
    assert "hint: --explain shows why" in project.run("select", "--week", "--exclude", "new.md").stderr
    assert "hint" not in project.run("select", "--week", "--exclude", "new.md", "--explain").stderr
    project.add("energy/solar.md", title="Solar", date="2025-05-13", source="Wire")
    by_category = project.run("select", "--week", "--category", "enrgy").stderr
    assert "hint: the categories of this period are energy\n" in by_category
    assert "hint: the sources of this period are Wire\n" in project.run("select", "--week", "--source", "W").stderr


def test_the_summary_adds_up(week: Project) -> None:
    """Articles, those out by reason and the unreadable make the number in the period; undated files are apart."""
    period = "2025-W20 (2025-05-12 00:00 to 2025-05-19 00:00, UTC):\n"
    assert f"{period}3 of 3 articles; 4 files scanned\n" in week.run("select", "--week").stderr
    week.add("undated.md", title="Some day")
    assert f"{period}3 of 3 articles; 1 undated; 5 files scanned\n" in week.run("select", "--week").stderr
    week.add("draft.md", title="Later", date="2025-05-13", draft=True)
    for name in ("one.md", "two.md"):
        (week.root / "content" / name).write_text('+++\ndate = "2025-05-13"\ntitle = "open\n+++\n')
    said = f"{period}3 of 6 articles; out: 2 unreadable, 1 draft; 1 undated; 8 files scanned\n"
    assert said in week.run("select", "--week").stderr


def test_one_file_is_one_file(project: Project) -> None:
    """Of a single article and a single file nothing is said in the plural."""
    project.add("one.md", title="One", date="2025-05-13")
    assert "\n1 of 1 article; 1 file scanned\n" in project.run("select", "--week").stderr


def test_an_undated_file_is_told_from_an_unreadable_one(week: Project) -> None:
    """--explain names both, each for what it is."""
    week.add("undated.md", title="Some day")
    (week.root / "content" / "broken.md").write_text('+++\ndate = "2025-05-13"\ntitle = "open\n+++\n')
    lines = week.run("select", "--week", "--explain").stdout.splitlines()
    assert [line.split("\t")[:2] for line in lines] == [["unreadable", "broken.md:3"], ["undated", "undated.md:1"]]


def test_what_came_late_may_only_be_reported(week: Project) -> None:
    """With late = "report" the latecomer is named, on stderr and in the document, and not taken."""
    week.run("compose", "--week", now="2025-05-12T08:00:00Z")
    week.add("late.md", title="PreviousIssues", date="2025-05-09T10:00:00Z", article_id=20)
    path = week.root / "newsletter.toml"
    path.write_text(path.read_text() + '[select]\nlate = "report"\n')
    done = week.run("select", "--week", "--json")
    assert "late.md: came late" in done.stderr
    assert [article["key"] for article in done.document["late"]] == ["20"]
    assert "20" not in [article["key"] for article in done.document["articles"]]
    assert "late.md: came late" in week.run("-q", "compose", "--week").stderr


def test_a_date_that_only_the_name_has_is_said(week: Project) -> None:
    """--explain tells of an article, in or out, whose time was read from its path or file name; in JSON, of each."""
    week.add("2025-05-16-named.md", title="Named", article_id=30)
    week.add("2025-05-15-draft.md", title="Named draft", article_id=31, draft=True)
    done = week.run("select", "--week", "--explain")
    assert "2025-05-16-named.md: included, dated by its file name" in done.stderr
    assert "dated by its file name" in done.stdout
    document = week.run("select", "--week", "--explain", "--json").document
    assert {one["key"]: one["date_from"] for one in document["articles"]}["30"] == "file name"
    assert "date_from" not in week.run("select", "--week", "--json").document["articles"][0]
