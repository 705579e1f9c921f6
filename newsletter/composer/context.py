"""Build the template context; `docs/guides/templates.md` describes every name."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from newsletter.composer.content import Links, markdown_html
from newsletter.composer.html_to_text import html_to_text
from newsletter.composer.languages import Language, direction
from newsletter.composer.stories import Section, Story, own_link
from newsletter.composer.text_layout import clean_line, clean_text
from newsletter.composer.theme import palettes
from newsletter.composer.tokens import Placeholders
from newsletter.config import Config
from newsletter.email_addresses import parse_address
from newsletter.language_tags import same_language
from newsletter.models import Outline

__all__ = ["build_view"]

_CONTENTS_FROM = 9  # stories; fewer are seen at a glance
_CONTENTS_LINES = 6  # more are a wall of links
_PREHEADER_ROOM = 200  # characters mail programs take from the start of a message


@dataclass(frozen=True, slots=True, kw_only=True)
class More:
    """What the limit kept out of an issue: a line that says how many articles the site has, and its address."""

    text: str
    link: str


def build_view(
    outline: Outline,
    config: Config,
    language: Language,
    merge: Placeholders,
    links: Links,
    *,
    lead: Story | None,
    sections: tuple[Section, ...],
    logos: tuple[str, str] = ("", ""),
    left_out: int = 0,
) -> Mapping[str, Any]:
    """Return the names a template may use, with their values; `left_out` counts what the limit kept out."""
    stories = (*([lead] if lead else []), *(story for section in sections for story in section.stories))
    return {
        "name": config.newsletter.name,
        "issue": outline.issue,
        "issue_line": (*language.describe_period(outline.period), language.count("story", len(stories))),
        "lead": lead,
        "sections": sections,
        "stories": stories,
        "days": _days(stories),
        "contents": stories[1 : 1 + _CONTENTS_LINES] if _wants_contents(stories, config) else (),
        "more": _more(left_out, config, language),
        "words": language.words,
        "words_lang": "" if _speaks(language, config) else language.tag,
        "lang": config.newsletter.language,
        "dir": direction(config.newsletter.language),
        "logo": logos[0],
        "logo_dark": logos[1] if logos[0] else "",
        "home": config.newsletter.base_url,
        "web_url": config.browser_address(outline.issue),
        "sender": ", ".join(_sender(config)),
        "sender_parts": _sender(config),
        "unsubscribe": merge.unsubscribe_link,
        "on_web": False,
        "merge": merge.fields,
        **_texts(outline, merge, links),
        **_look(config),
    }


def _more(left_out: int, config: Config, language: Language) -> More | None:
    home = config.newsletter.base_url
    if not left_out or not home:
        return None
    site = re.sub(r"^https?://(?:www\.)?", "", home).rstrip("/")
    text = language.words["more"].format(count=language.count("more", left_out), site=site)
    return More(text=text, link=own_link(home.rstrip("/") + "/", config))


def _wants_contents(stories: tuple[Story, ...], config: Config) -> bool:
    return config.compose.contents and len(stories) >= _CONTENTS_FROM


def _days(stories: tuple[Story, ...]) -> tuple[tuple[str, tuple[Section, ...]], ...]:
    """Return (day, its sections by category) for every day of an issue but its first story's, the latest first."""
    days: dict[date, dict[str, list[Story]]] = {}
    for story in stories[1:]:
        days.setdefault(story.day, {}).setdefault(story.label, []).append(story)
    return tuple(
        (
            next(iter(days[day].values()))[0].date,
            tuple(Section(label=label, stories=tuple(members)) for label, members in days[day].items()),
        )
        for day in sorted(days, reverse=True)
    )


def _texts(outline: Outline, merge: Placeholders, links: Links) -> dict[str, Any]:
    intro = markdown_html(merge.mark(clean_text(outline.intro)), links)
    preheader = merge.mark(clean_line(outline.preheader))
    return {
        "subject": merge.mark(clean_line(outline.subject)),
        "preheader": preheader,
        "filler": Markup("\u034f&nbsp;") * max(0, (_PREHEADER_ROOM - len(preheader)) // 2),
        "intro_html": intro,
        "intro_text": html_to_text(intro),
    }


def _look(config: Config) -> dict[str, Any]:
    light, dark = palettes(config.compose.theme)
    return {"theme": config.compose.theme, "light": light, "dark": dark}


def _sender(config: Config) -> tuple[str, ...]:
    """Return the sender's name and postal address; an address that begins with the name is used alone."""
    name, address = parse_address(config.send.from_)
    name = name or address or config.newsletter.name
    postal = config.newsletter.postal_address.strip().rstrip(".")
    if re.match(rf"{re.escape(name)}(?!\w)", postal, re.IGNORECASE):
        return (postal,)
    return (name, postal) if postal else (name,)


def _speaks(language: Language, config: Config) -> bool:
    return same_language(language.tag, config.newsletter.language)
