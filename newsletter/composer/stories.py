"""The values for templates: stories and sections, made from the outline, the articles and their pictures."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from newsletter.composer.content import summary_of
from newsletter.composer.languages import Language, direction
from newsletter.composer.text_layout import clean_line, clean_text, shorten_headline
from newsletter.config import Config
from newsletter.language_tags import normal_tag, same_language
from newsletter.models import Article, Outline, OutlineEntry

__all__ = [
    "Code",
    "Picture",
    "Section",
    "Shape",
    "Story",
    "arrange",
    "category_label",
    "edited_articles",
    "lead_of",
    "own_link",
    "plain_link",
    "tell",
]

_CONTENTS_TITLE = 64  # characters: one line of the contents list, two on a phone


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture to show: `src` is https or cid, `width` the displayed width, `height` 0 if it is unknown."""

    src: str
    alt: str
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The size that pictures are made for, in pixels of the picture: cropped to it exactly, or only where taller."""

    width: int
    height: int = 0
    exact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A QR code to show, `width` pixels square; `link` is its target if no other link of the story has it.

    `address` is the target as people read it.
    """

    src: str
    alt: str
    width: int
    target: str
    link: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One article as templates see it; `html` and `text` are its summary or its whole body, ready to print.

    `number` is its place on the page, from 1.
    """

    key: str
    title: str
    short_title: str
    html: str
    text: str
    link: str
    source: str
    date: str
    day: datetime.date
    category: str
    label: str
    authors: tuple[str, ...] = ()
    full: bool = False
    lang: str = ""
    dir: str = ""
    late: bool = False
    number: int = 0
    banner: Picture | None = None
    code: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Stories under one label; the label is "" if stories are not grouped."""

    label: str
    stories: tuple[Story, ...]


def edited_articles(outline: Outline, articles: Mapping[str, Article]) -> tuple[Article, ...]:
    """Return the outline's existing articles in its order, with a person's titles and summaries.

    All articles of a category get the first spelling of its label, so that they are grouped together.
    """
    chosen = [_edited(entry, articles[entry.key]) for entry in outline.entries if entry.key in articles]
    labels = {article.category: article.label for article in reversed(chosen) if article.label}
    return tuple(replace(article, label=labels.get(article.category, "")) for article in chosen)


def _edited(entry: OutlineEntry, article: Article) -> Article:
    return replace(
        article,
        title=article.title if entry.title is None else clean_line(entry.title),
        summary=article.summary if entry.summary is None else clean_text(entry.summary),
        featured=article.featured if entry.featured is None else entry.featured,
    )


def tell(article: Article, config: Config, language: Language, year: int = 0) -> Story:
    """Return the story of an article; its day is the one that the article writes, as its site shows it.

    Days of `year`, the issue's own, are written without it.
    """
    summary = summary_of(article)
    day = article.day or article.published.astimezone(ZoneInfo(config.newsletter.timezone)).date()
    foreign = bool(article.language) and not same_language(article.language, config.newsletter.language)
    return Story(
        key=article.key,
        title=article.title,
        short_title=shorten_headline(article.title, _CONTENTS_TITLE),
        html=summary,
        text=summary,
        link=own_link(article.link, config),
        source=article.source,
        date=language.format_date(day, language.day_and_month if day.year == year else ""),
        day=day,
        authors=article.authors,
        category=article.category,
        label=category_label(article, config),
        lang=normal_tag(article.language) if foreign else "",
        dir=direction(article.language) if foreign else "",
        late=article.late,
    )


def category_label(article: Article, config: Config) -> str:
    """Return an article's category label: the configured one, else the article's spelling, else its slug.

    Lower-case names are capitalized, because names of categories often are lower-case.
    """
    words = article.label or article.category.replace("-", " ")
    spelt = words if words != words.lower() else " ".join(word.capitalize() for word in words.split(" "))
    return config.compose.labels.get(article.category) or spelt


def own_link(link: str, config: Config) -> str:
    """Add the UTM parameters to a link of the newsletter's own site; return other links unchanged."""
    utm, home = config.compose.utm, config.newsletter.base_url.rstrip("/")
    if not utm or not home or not f"{link}/".startswith(f"{home}/"):
        return link
    parts = urlsplit(link)
    tags = {name if name.startswith("utm_") else f"utm_{name}": value for name, value in utm.items()}
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in tags]
    return urlunsplit(parts._replace(query=urlencode([*query, *tags.items()])))


def plain_link(link: str, config: Config) -> str:
    """Return a link as it was before `own_link`."""
    utm = config.compose.utm
    parts = urlsplit(link) if utm and "utm_" in link else None
    if parts is None:
        return link
    tags = {name if name.startswith("utm_") else f"utm_{name}": value for name, value in utm.items()}
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if tags.get(pair[0]) != pair[1]]
    plain = urlunsplit(parts._replace(query=urlencode(query)))
    return plain if own_link(plain, config) == link else link


def lead_of(articles: Sequence[Article]) -> Article | None:
    """Return the article that leads: the first featured one, else the first."""
    return next((article for article in articles if article.featured), articles[0] if articles else None)


def arrange(stories: Sequence[Story], leading: str, config: Config) -> tuple[Story | None, tuple[Section, ...]]:
    """Return (the story with the key `leading`, the others in sections, in the order in which groups first appear)."""
    lead = next((story for story in stories if story.key == leading), None)
    groups: dict[str, list[Story]] = {}
    for story in stories:
        if story is not lead:
            groups.setdefault(_group(story, config), []).append(story)
    numbers = count(2 if lead else 1)
    sections = (
        Section(label=label, stories=tuple(replace(story, number=next(numbers)) for story in members))
        for label, members in groups.items()
    )
    return replace(lead, number=1) if lead else None, tuple(sections)


def _group(story: Story, config: Config) -> str:
    match config.select.group_by:
        case "category":
            return story.label
        case "source":
            return story.source
        case "day":
            return story.date
        case "none":
            return ""
