"""What an issue says of what it leaves out, its days, its summaries and its subject."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from newsletter.composer.compose import compose
from newsletter.composer.content import excerpt, summary_of
from newsletter.composer.languages import available, load_language
from newsletter.composer.stories import tell
from newsletter.models import Message
from newsletter.settings import ComposeSettings
from tests.composer.samples import BASE, article, composed, config, outline, own


def limited(left_out: int, template: str = "digest", base: str = BASE, **compose_settings: object) -> Message:
    """Compose an issue from which a limit left some articles out."""
    settings = config(
        newsletter={"base_url": base},
        compose=ComposeSettings(template=template, **compose_settings),  # type: ignore[arg-type]
    )
    page = outline(article(1), settings=settings)
    return compose(page, {"1": article(1)}, settings, offline=True, left_out=left_out).message


@pytest.mark.parametrize("template", ["digest", "compact"])
def test_an_issue_says_how_many_more_there_are(template: str) -> None:
    """At the end of both parts, with the site's address; where nothing is left out, or there is no site, nothing."""
    message = limited(92, template, "https://www.review.example.org/docs", utm={"source": "news"})
    line = "and 92 more at review.example.org/docs"
    assert f">{line}</a>" in message.html
    assert "https://www.review.example.org/docs/?utm_source=news" in message.html
    assert f"{line}\nhttps://www.review.example.org/docs/?utm_source=news\n" in message.text
    for nothing in (limited(0, template), limited(5, template, "")):
        assert "more at" not in nothing.html + nothing.text


@pytest.mark.parametrize("tag", available())
def test_every_language_says_it(tag: str) -> None:
    """With the plural that the number takes."""
    settings = config(newsletter={"language": tag})
    page = outline(article(1), settings=settings)
    message = compose(page, {"1": article(1)}, settings, offline=True, left_out=22).message
    language = load_language(tag)
    line = language.words["more"].format(count=language.count("more", 22), site="review.example.org")
    assert "22" in line
    assert line in message.html
    assert line in message.text


def test_a_day_is_the_articles_own() -> None:
    """Whatever the newsletter's zone; where it is unknown, the zone decides."""
    settings, english = config(newsletter={"timezone": "America/New_York"}), load_language("en")
    late = datetime(2025, 5, 15, 1, tzinfo=UTC)
    assert tell(article(1, published=late, day=date(2025, 5, 15)), settings, english).date == "15 May 2025"
    assert tell(article(1, published=late), settings, english).date == "14 May 2025"


MARKDOWN: dict[str, Any] = {"body_format": "markdown", "summary": ""}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("## Introduction\n\nHello again!\n\n### More\n\nWords.", "Hello again! Words."),
        ("Introduction\n============\nHello again!", "Hello again!"),
        ("# Only a heading", "Only a heading"),
        ("<h2>Intro <em>duction</em></h2><p>Hello again!</p>", "Hello again!"),
    ],
)
def test_a_heading_is_not_glued_to_the_text(body: str, words: str) -> None:
    """First words are those of the text."""
    assert excerpt(article(1, body=body, **MARKDOWN)) == words


def test_a_summary_ends_where_its_author_says() -> None:
    """It is longer than first words may be, and shorter than an article; a summary of its own goes first."""
    made = article(1, body="# One\n\nTwo. <!--more--> Three.", teaser="# One\n\nTwo.", **MARKDOWN)
    assert summary_of(made) == "Two."
    assert summary_of(replace(made, summary="Own.")) == "Own."
    assert summary_of(replace(made, teaser="# One")) == "Two. Three."
    assert len(summary_of(replace(made, teaser="word " * 100))) == 499
    assert len(summary_of(replace(made, teaser="word " * 1000))) <= 600
    assert [one.code for one in composed(made, settings=config()).findings if one.code == "summary-missing"] == []


@pytest.mark.parametrize(
    ("title", "subject"),
    [
        ("A new pier opens (with a party, a band and a whole week of fireworks)", "A new pier opens…"),
        ("A new pier (the third one) opens with a party, a band and a week of fireworks", None),
        ("A new pier: [the third, after two that the sea took in a hundred years]", "A new pier…"),
        ("One (two [three] four and so on until no subject could ever hold it)", "One…"),
        ("(All of it stands in a bracket, and that is longer than any subject is)", None),
        ("A new pier (the third) opens", "A new pier (the third) opens"),
    ],
)
def test_a_subject_breaks_before_a_bracket(title: str, subject: str | None) -> None:
    """Never in one, unless all of it is in one."""
    made = outline(article(1, title=title)).subject
    assert made == (subject or made)
    assert len(made) <= 60
    assert title.startswith(made.rstrip("…"))


def test_templates_may_show_authors(tmp_path: Path) -> None:
    """Stories have them, in their order."""
    root = tmp_path
    settings = config(root, compose=own(root, "mine", html="{{ lead.authors | join(', ') }}"))
    assert "Ann &amp; Co, Bob" in composed(article(1, authors=("Ann & Co", "Bob")), settings=settings).message.html
