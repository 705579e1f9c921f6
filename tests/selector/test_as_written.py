"""What authors write, as their sites show it: the day, the title, the summary, the names, the format of the text."""

import pytest

from newsletter.selector.article import Unreadable
from tests.selector.archives import article, config, problem, read
from tests.selector.test_front_picture import yaml


@pytest.mark.parametrize(
    ("date", "zone", "day", "published"),
    [
        ("2025-05-14T23:30:00-04:00", "UTC", "2025-05-14", "2025-05-15T03:30:00+00:00"),
        ("2025-05-15T00:30:00Z", "America/New_York", "2025-05-15", "2025-05-14T20:30:00-04:00"),
        ("2025-05-15 00:30", "Europe/Berlin", "2025-05-15", "2025-05-15T00:30:00+02:00"),
        ("Jul 08 2022", "Asia/Tokyo", "2022-07-08", "2022-07-08T00:00:00+09:00"),
    ],
)
def test_the_day_is_the_articles_own(date: str, zone: str, day: str, published: str) -> None:
    """The day that is there is shown; the instant, by the newsletter's clock, decides the period."""
    found = article(yaml("").replace("2025-05-15", date), settings=config(newsletter={"timezone": zone}))
    assert found.published.isoformat() == published
    assert str(found.day) == (day if day not in published else "None")


def test_a_day_in_the_name_of_a_file_is_the_day() -> None:
    """Wherever the newsletter is."""
    text = "---\ntitle: A story\n---\nWords."
    found = article(text, "2025-05-14-story.md", settings=config(newsletter={"timezone": "Pacific/Auckland"}))
    assert (str(found.published.date()), found.day) == ("2025-05-14", None)


def test_hints_name_date_keys() -> None:
    """A date under another key is pointed at; else the hint says where keys are named."""
    found = read("---\ntitle: A\nlastmod: 2025-05-16\npubDate: Jul 08 2022\n---\nx")
    assert isinstance(found, Unreadable)
    assert found.invalid.message == "no date"
    assert "'pubdate'" in found.invalid.hint
    assert "date_keys" in found.invalid.hint
    found = read("---\ntitle: A\nlastmod: 2025-05-16\n---\nx")
    assert isinstance(found, Unreadable)
    assert "'lastmod'" not in found.invalid.hint
    assert "date_keys" in found.invalid.hint


@pytest.mark.parametrize(
    ("lines", "summary"),
    [
        ("excerpt: An excerpt", "An excerpt"),
        ("abstract: An abstract\nsubtitle: A subtitle", "An abstract"),
        ("description: Described\nsubtitle: A subtitle", "Described"),
        ("subtitle: A subtitle", "A subtitle"),
        ("summary: ''\nlead: true\ndeck: A deck", "A deck"),
        ("summary: '{{< x >}}'\nexcerpt: Words", "Words"),
        ("summary: |\n  ## Introduction\n  Hello again!", "Hello again!"),
    ],
)
def test_summaries(lines: str, summary: str) -> None:
    """The first key that holds words counts."""
    assert article(yaml(lines)).summary == summary


def test_a_sites_own_keys_replace_the_usual_ones() -> None:
    """Titles and summaries may stand anywhere, and errors name that key."""
    settings = config(title_keys=("Headline", "title"), summary_keys=("blurb",))
    found = article(yaml("headline: '*One*'\nblurb: Two\nsummary: Three"), settings=settings)
    assert (found.title, found.summary) == ("One", "Two")
    assert article(yaml(""), settings=settings).title == "A story"
    assert problem("---\ntitle: [a]\ndate: 2025-05-15\n---\nx") == (2, "title is not text: \"['a']\"")


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        ("author: Ann Bell", ("Ann Bell",)),
        ("authors: [Ann Bell, '**Bob** Cole', Ann Bell]", ("Ann Bell", "Bob Cole")),
        ("authors:\n  - name: Ann Bell\n    url: x\n  - name: Bob Cole", ("Ann Bell", "Bob Cole")),
        ("author:\n  name: Ann Bell\n  email: a@b.example", ("Ann Bell",)),
        ("extra:\n  author: Ann Bell", ("Ann Bell",)),
        ("params:\n  author:\n    name: Ann Bell", ("Ann Bell",)),
        ("taxonomies:\n  authors: [Ann Bell]", ("Ann Bell",)),
        ("author: '[Ann Bell](https://a.example/) (Acme)'", ("Ann Bell (Acme)",)),
        ("author: {}\nauthors: [{}, [a], 3]", ("3",)),
    ],
)
def test_authors(lines: str, names: tuple[str, ...]) -> None:
    """One or several, in the forms of Hugo, Zola and Jekyll."""
    assert article(yaml(lines)).authors == names


@pytest.mark.parametrize(
    ("body", "teaser"),
    [
        ("One.\n\n<!--more-->\n\nTwo.", "One."),
        ("One.<!-- more -->Two.", "One."),
        ("One.\n\nTwo.", ""),
        ("<!--more-->\nTwo.", ""),
    ],
)
def test_a_mark_ends_the_summary(body: str, teaser: str) -> None:
    """Hugo's, Zola's and WordPress's mark."""
    assert article(yaml("", body)).teaser == teaser


def test_a_separator_of_the_site_or_of_the_article_ends_it_too() -> None:
    """As Jekyll has it."""
    settings = config(excerpt_separator="\n\n")
    assert article(yaml("", "One.\n\nTwo."), settings=settings).teaser == "One."
    own = yaml("excerpt_separator: <!--cut-->", "One.\n\nTwo.<!--cut-->\n\nThree.")
    assert article(own, settings=settings).teaser == "One.\n\nTwo."


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('<img src="/a.jpg" alt="">\n\n## Heading\n\n**Bold**', "markdown"),
        ("<!-- note -->\n\nWords with *marks*.", "markdown"),
        ("<p>One.</p>\n\n<p>Two.</p>\n \n\t<ul>\n<li>x</li>\n\n</ul>", "markdown"),
        ("Words.", "markdown"),
    ],
)
def test_a_markdown_file_is_markdown_whatever_it_begins_with(body: str, kind: str) -> None:
    """Tags are a part of Markdown, as its generator reads it."""
    assert article(yaml("", body)).body_format == kind
