"""Build the template context; `docs/guides/templates.md` describes every name."""

import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from newsletter.composer.content import markdown_html
from newsletter.composer.html_to_text import html_to_text
from newsletter.composer.languages import Language, direction
from newsletter.composer.stories import Section, Story
from newsletter.composer.text_layout import clean_line, clean_text
from newsletter.composer.theme import palettes
from newsletter.composer.tokens import Placeholders
from newsletter.config import Config
from newsletter.email_addresses import parse_address
from newsletter.language_tags import same_language
from newsletter.models import Outline

__all__ = ["build_view"]

_CONTENTS_FROM = 9  # stories; fewer are seen at a glance
_PREHEADER_ROOM = 200  # characters mail programs take from the start of a message


def build_view(
    outline: Outline,
    config: Config,
    language: Language,
    merge: Placeholders,
    *,
    lead: Story | None,
    sections: tuple[Section, ...],
    logo: str = "",
) -> Mapping[str, Any]:
    """Return the names a template may use, with their values."""
    stories = (*([lead] if lead else []), *(story for section in sections for story in section.stories))
    return {
        "name": config.newsletter.name,
        "issue": outline.issue,
        "issue_line": (*language.describe_period(outline.period), language.count("story", len(stories))),
        "lead": lead,
        "sections": sections,
        "contents": stories if len(stories) >= _CONTENTS_FROM else (),
        "words": language.words,
        "words_lang": "" if _speaks(language, config) else language.tag,
        "lang": config.newsletter.language,
        "dir": direction(config.newsletter.language),
        "logo": logo,
        "home": config.newsletter.base_url,
        "web_url": config.compose.web_url.replace("{issue}", outline.issue),
        "sender": ", ".join(_sender(config)),
        "sender_parts": _sender(config),
        "unsubscribe": merge.unsubscribe_link,
        "merge": merge.fields,
        **_texts(outline, config, merge),
        **_look(config),
    }


def _texts(outline: Outline, config: Config, merge: Placeholders) -> dict[str, Any]:
    intro = markdown_html(merge.mark(clean_text(outline.intro)), config.newsletter.base_url)
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
