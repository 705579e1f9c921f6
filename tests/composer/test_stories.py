"""How articles become stories, sections and the first outline."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from newsletter.composer.languages import load_language
from newsletter.composer.stories import Section, arrange, category_label, edited_articles, lead_of, own_link, tell
from newsletter.errors import ConfigError
from newsletter.models import Article, OutlineEntry
from newsletter.settings import ComposeSettings, SelectSettings
from tests.composer.samples import BASE, SUMMARY, article, composed, config, outline

ENGLISH = load_language("en")


def sections(*articles: Article, **select: str) -> list[tuple[str, list[str]]]:
    """Arrange articles and give each section's label and keys."""
    settings = config(select=SelectSettings(**select))  # type: ignore[arg-type]
    first = lead_of(articles)
    stories = [tell(one, settings, ENGLISH) for one in articles]
    _, found = arrange(stories, first.key if first else "", settings)
    return [(one.label, [story.key for story in one.stories]) for one in found]


def test_the_first_story_leads_and_the_others_are_grouped() -> None:
    """Groups stand in the order in which they first appear; the lead is in none of them."""
    week = [article(number) for number in range(1, 8)]
    assert sections(*week) == [("Travel", ["2", "5"]), ("Energy", ["3", "6"]), ("Public Health", ["4", "7"])]
    assert sections(*week, group_by="none") == [("", ["2", "3", "4", "5", "6", "7"])]
    assert sections(*week[:3], group_by="source") == [("Field Office", ["2"]), ("Night Desk", ["3"])]
    assert sections(*week[:3], group_by="day") == [("14 May 2025", ["2"]), ("15 May 2025", ["3"])]


def test_a_featured_story_leads() -> None:
    """Featured goes before first, also where a person says so in the outline."""
    assert lead_of([article(1), article(2, featured=True)]) == article(2, featured=True)
    assert lead_of([]) is None
    page = outline(article(1), article(2))
    entries = (page.entries[0], replace(page.entries[1], featured=True, title="Changed", summary=""))
    edited = edited_articles(replace(page, entries=entries), {"1": article(1), "2": article(2)})
    assert [(one.title, one.summary, one.featured) for one in edited] == [
        (article(1).title, SUMMARY, False),
        ("Changed", "", True),
    ]


def test_what_a_person_typed_is_cleaned() -> None:
    """Titles, summaries and the issue's own texts lose controls and direction marks; a subject is one line."""
    dirt = "\x00\x07\x9b\u202e\u2066"
    entry = OutlineEntry(key="1", title=f"Two\nlines{dirt}", summary=f"Of{dirt} a kind")
    texts: dict[str, Any] = {"subject": f"A\r\nBcc: x{dirt}", "preheader": f"B\n{dirt}C", "intro": f"D{dirt}\n\nE"}
    composition = composed(article(1), entries=(entry,), **texts)
    message = composition.message
    assert message.subject == "A Bcc: x"
    assert b"Subject: A Bcc: x\r\n" in composition.eml
    assert not set(dirt) & set(message.html + message.text)
    assert ">Two lines</a>" in message.html
    assert ">Of a kind</p>" in message.html
    assert "<p>D</p>" in re.sub("<p [^>]*>", "<p>", message.html)
    assert "\nB C\n" in message.text


def test_an_article_that_is_gone_is_a_finding() -> None:
    """An entry without an article is left out and blocks sending."""
    page = outline(article(1))
    composition = composed(article(1), entries=(*page.entries, OutlineEntry(key="9")))
    assert [(one.code, one.severity, one.where) for one in composition.findings] == [("article-missing", "error", "9")]


@pytest.mark.parametrize(
    ("category", "spelt", "label"),
    [
        ("public-health", "", "Public Health"),
        ("women-s-health", "Women's Health", "Women's Health"),
        ("economie-energie", "\u00e9conomie & \u00e9nergie", "\u00c9conomie & \u00c9nergie"),
        ("ios", "iOS", "iOS"),
        ("it", "It", "IT"),
        ("", "", ""),
    ],
)
def test_a_category_has_a_label(category: str, spelt: str, label: str) -> None:
    """The configuration's label, else the article's spelling, else the slug; capitals where there are none."""
    settings = config(compose=ComposeSettings(labels={"it": "IT"}))
    assert category_label(article(category=category, label=spelt), settings) == label


def test_a_category_spelt_in_two_ways_is_one_section() -> None:
    """The first spelling of the issue stands for all, in headings and in the words of pictures."""
    spellings = ("", "", "Women's Health", "WOMEN'S HEALTH")
    week = [article(number, category="women-s-health", label=label) for number, label in enumerate(spellings)]
    html = composed(*week).message.html
    assert re.findall("<h2[^>]*>(Wom[^<]*)</h2>", html) == ["Women's Health"]
    assert html.count('alt="Picture: Women\'s Health"') == 4


@pytest.mark.parametrize(
    ("link", "tagged"),
    [
        (f"{BASE}/a/?x=1#y", f"{BASE}/a/?x=1&utm_source=news#y"),
        (f"{BASE}/a?utm_source=old", f"{BASE}/a?utm_source=news"),
        ("https://other.example/a", "https://other.example/a"),
        (f"{BASE}.evil.example/a", f"{BASE}.evil.example/a"),
    ],
)
def test_only_own_links_are_tagged(link: str, tagged: str) -> None:
    """UTM parameters go on links of the newsletter's own site."""
    assert own_link(link, config(compose=ComposeSettings(utm={"source": "news"}))) == tagged


def test_a_field_that_does_not_exist_is_never_printed_into_a_code() -> None:
    """The error names the file and the fields there are; an empty pattern is the default."""
    with pytest.raises(ConfigError, match=r"qr_url.*\{nope\}") as caught:
        composed(article(7), settings=config(compose=ComposeSettings(qr_url="https://go.example.org/{nope}")))
    assert caught.value.hint == "there are: {link}, {key}, {article_id}"
    assert caught.value.place == str(config().path)
    empty = composed(article(7), settings=config(compose=ComposeSettings(qr_url="")))
    assert empty.message == composed(article(7)).message


@pytest.mark.parametrize("key", ["subject", "preheader", "intro"])
def test_a_field_that_does_not_exist_is_never_written_to_readers(key: str) -> None:
    """A mistyped field of a configured text is an error; a merge field of the same name is not one of its fields."""
    wrong: dict[str, Any] = {key: "Hi { naem }"}
    right: dict[str, Any] = {key: "{{name}} of {name}"}
    with pytest.raises(ConfigError, match=rf"{key}: there is no field \{{ naem \}}"):
        outline(article(1), settings=config(compose=ComposeSettings(**wrong)))
    page = outline(article(1), settings=config(compose=ComposeSettings(**right)))
    assert getattr(page, key) == "{{name}} of The Sample Review"


@pytest.mark.parametrize(
    ("words", "preheader"),
    [
        ({}, SUMMARY),
        (
            {"summary": "", "body": "<p>What the story says at first, and then at some length.</p>"},
            "What the story says",
        ),
        ({"summary": "", "body": ""}, "Week 20"),
    ],
)
def test_one_story_alone_does_not_repeat_its_headline(words: dict[str, str], preheader: str) -> None:
    """The subject is its headline; what is shown beside it says more, and where a story has words, no check minds."""
    one = article(1, **words)
    assert outline(one).preheader.startswith(preheader)
    minded = {found.code for found in composed(one).findings} & {"preheader-length", "preheader-repeats"}
    assert minded == (set() if one.body else {"preheader-length"})


def test_a_text_part_does_not_say_a_story_s_words_twice() -> None:
    """What is beside the subject is left out above the story whose summary it is; a person's own words stay."""
    assert " ".join(composed(article(1)).message.text.split()).count(SUMMARY) == 1
    own = ComposeSettings(preheader="Something else that a person wrote beside the subject.")
    assert own.preheader in " ".join(composed(article(1), settings=config(compose=own)).message.text.split())


def test_dates_are_in_the_newsletters_zone() -> None:
    """An instant late in the evening is the next day further east."""
    late = article(1, published=article(1).published.replace(hour=23))
    assert tell(late, config(newsletter={"timezone": "Asia/Tokyo"}), ENGLISH).date == "14 May 2025"
    assert tell(late, config(newsletter={"language": "de"}), load_language("de")).date == "13. Mai 2025"


def test_a_foreign_article_says_its_language() -> None:
    """A story in another language carries its own lang and dir."""
    story = tell(article(1, language="ar"), config(), ENGLISH)
    assert (story.lang, story.dir) == ("ar", "rtl")
    story = tell(article(1, language="uz_Arab"), config(), ENGLISH)
    assert (story.lang, story.dir) == ("uz-Arab", "rtl")


@pytest.mark.parametrize(
    ("own", "tag"),
    [("en", "en-GB"), ("en", "en_GB"), ("en", "EN"), ("en-US", "en"), ("ar", "ar_EG"), ("pt-BR", "PT_br")],
)
def test_another_spelling_is_no_other_language(own: str, tag: str) -> None:
    """Regions, case and underscores make no story foreign: it is as the newsletter does."""
    story = tell(article(1, language=tag), config(newsletter={"language": own}), ENGLISH)
    assert (story.lang, story.dir) == ("", "")


def test_the_first_outline_says_the_main_things() -> None:
    """Subject from the lead, preheader from the others, no intro; patterns are filled in."""
    page = outline(article(1), article(2), article(3))
    assert page.subject == article(1).title
    assert page.preheader.startswith(f"Also in this issue: {article(2).title} · ")
    assert 40 <= len(page.preheader) <= 130
    assert page.intro == ""
    settings = config(compose=ComposeSettings(subject="{name}: {period}, {count}x", intro="Hi {{ merge.first_name }}"))
    page = outline(article(1), settings=settings)
    assert (page.subject, page.intro) == ("The Sample Review: Week 20, 1x", "Hi {{ merge.first_name }}")


@pytest.mark.parametrize("count", [0, 1, 9, 60])
def test_any_number_of_stories_is_an_issue(count: int) -> None:
    """None, one and sixty stories compose; a contents list, where wanted, comes with the ninth and has six lines."""
    settings = config(compose=ComposeSettings(contents=True))
    stories = [article(number) for number in range(count)]
    html = composed(*stories, settings=settings).message.html
    assert ("In this issue</h2>" in html) == (count > 8)
    assert html.count("<li") == (6 if count > 8 else 0)
    assert html.count("Read the full story</a>") == min(count, 1)
    assert "In this issue</h2>" not in composed(*stories).message.html


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    """Another folder makes no difference."""
    (tmp_path / "a").mkdir()
    one, other = (composed(article(1), article(2), settings=config(tmp_path / name)) for name in "ab")
    assert (one.message, one.eml, one.templates) == (other.message, other.eml, other.templates)


def test_sections_are_plain_values() -> None:
    """Two sections with the same stories are the same."""
    assert Section(label="a", stories=()) == Section(label="a", stories=())
