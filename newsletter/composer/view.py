"""Gather what a template may use; `docs/guides/templates.md` describes every name."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from newsletter.composer.content import html_to_text, markdown_html
from newsletter.composer.languages import Language, direction
from newsletter.composer.stories import Section, Story
from newsletter.composer.theme import palettes
from newsletter.composer.tokens import Placeholders
from newsletter.config import Config
from newsletter.models import Outline
from newsletter.settings import parse_address

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
    """Give the names a template may use, with their values."""
    stories = (*([lead] if lead else []), *(story for section in sections for story in section.stories))
    light, dark = palettes(config.compose.theme)
    intro = markdown_html(merge.mark(outline.intro), config.newsletter.base_url)
    preheader = merge.mark(outline.preheader)
    sender_name, sender_address = parse_address(config.send.from_)
    address = config.newsletter.postal_address.strip().rstrip(".")
    return {
        "name": config.newsletter.name,
        "issue": outline.issue,
        "subject": merge.mark(outline.subject),
        "preheader": preheader,
        "filler": Markup("\u034f&nbsp;") * max(0, (_PREHEADER_ROOM - len(preheader)) // 2),
        "issue_line": (*language.describe_period(outline.period), language.count("story", len(stories))),
        "intro_html": intro,
        "intro_text": html_to_text(intro),
        "lead": lead,
        "sections": sections,
        "contents": stories if len(stories) >= _CONTENTS_FROM else (),
        "words": language.words,
        "lang": config.newsletter.language,
        "dir": direction(config.newsletter.language),
        "words_lang": "" if _speaks(language, config) else language.tag,
        "theme": config.compose.theme,
        "logo": logo,
        "light": light,
        "dark": dark,
        "home": config.newsletter.base_url,
        "web_url": config.compose.web_url.replace("{issue}", outline.issue),
        "sender": ", ".join(filter(None, [sender_name or sender_address or config.newsletter.name, address])),
        "unsubscribe": merge.unsubscribe_link,
        "merge": merge,
    }


def _speaks(language: Language, config: Config) -> bool:
    return config.newsletter.language.partition("-")[0].lower() == language.tag
