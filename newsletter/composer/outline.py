"""Make the first outline of an issue, before a person edits it."""

import re

from newsletter.composer.content import summary_of
from newsletter.composer.interpolate import fill
from newsletter.composer.languages import Language, load_language
from newsletter.composer.stories import arrange, lead_of, tell
from newsletter.composer.text_layout import clean_text, shorten, shorten_headline
from newsletter.config import Config
from newsletter.merge import inert_text
from newsletter.models import Article, Outline, OutlineEntry, Selection

__all__ = ["first_outline"]

_SUBJECT = 60  # characters that most phones show
_PREHEADER = 120  # between the 40 that fill a line and the 130 that any client shows
_WORD_JOINER = "\u2060"
_OPENING = re.compile(r"\{(?=\s*merge\b|\Z)")


def first_outline(selection: Selection, issue: str, config: Config) -> Outline:
    """Return the outline of `issue` from a selection: the subject and the preheader in the newsletter's language.

    In the configuration's texts, {name}, {issue}, {period}, {count} and {headline} are replaced. Raises ConfigError
    for a field that does not exist.
    """
    language = load_language(config.newsletter.language)
    lead = lead_of(selection.articles)
    headline = shorten_headline(lead.title, _SUBJECT) if lead else ""
    fields = {
        "name": config.newsletter.name,
        "issue": issue,
        "period": language.name_period(selection.period),
        "count": str(len(selection.articles)),
        "headline": _literal(headline),
    }
    settings = config.compose
    return Outline(
        issue=issue,
        period=selection.period,
        subject=fill("subject", settings.subject or ("{headline}" if headline else "{name}: {period}"), fields, config),
        preheader=fill("preheader", settings.preheader, fields, config)
        or _literal(_preheader(selection, lead, config, language)),
        intro=fill("intro", settings.intro, fields, config),
        entries=tuple(OutlineEntry(key=article.key) for article in selection.articles),
    )


def _literal(text: str) -> str:
    """Prevent an article's text from being read as a merge field or a tag, whatever follows it."""
    text = _OPENING.sub(f"{{{_WORD_JOINER}", inert_text(clean_text(text)))
    around = text[-1:] + text[:1]  # a pattern may name the same field twice
    return text if inert_text(around) == around else text + _WORD_JOINER


def _preheader(selection: Selection, lead: Article | None, config: Config, language: Language) -> str:
    """Name the stories that follow the lead, in the order of the page, as many as there is room for."""
    stories = [tell(article, config, language) for article in selection.articles]
    _, sections = arrange(stories, lead.key if lead else "", config)
    titles = [shorten_headline(story.title, _SUBJECT) for section in sections for story in section.stories]
    if titles:
        room = _PREHEADER - len(language.words["also"].format(titles=""))
        while len(titles) > 1 and len(" · ".join(titles)) > room:
            titles.pop()
        text = language.words["also"].format(titles=" · ".join(titles))
    else:
        text = (summary_of(lead) if lead else "") or language.name_period(selection.period)
    return shorten(text, _PREHEADER)
