"""Compose an issue: from the outline a person may edit to the message that recipients get.

outline ─► edited articles ─► stories, with pictures ─► templates ─► inlined HTML, text ─► tokens ─► message
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from newsletter.composer.checks import check
from newsletter.composer.content import body_html
from newsletter.composer.findings import finding
from newsletter.composer.html_to_text import html_to_text
from newsletter.composer.inline import inline_styles
from newsletter.composer.languages import Language, load_language
from newsletter.composer.markup import shown_pictures
from newsletter.composer.outline import first_outline
from newsletter.composer.pictures import Gallery, collect
from newsletter.composer.sample import render_sample
from newsletter.composer.stories import Story, arrange, edited_articles, lead_of, tell
from newsletter.composer.tokens import Placeholders
from newsletter.composer.wishes import read_wishes
from newsletter.config import Config
from newsletter.merge import unsubscribe_tokens
from newsletter.models import Article, Finding, InlineImage, Message, Outline

if TYPE_CHECKING:
    from newsletter.composer.templates import Templates

__all__ = ["Composition", "compose", "first_outline"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """A composed issue: the message with merge tokens, what a stand-in recipient gets, and what was found.

    `templates` maps every template file that was used to the SHA-256 of its text.
    """

    message: Message
    eml: bytes = field(repr=False)
    page: str = field(repr=False)
    findings: tuple[Finding, ...]
    templates: Mapping[str, str]


def compose(
    outline: Outline,
    articles: Mapping[str, Article],
    config: Config,
    *,
    offline: bool = False,
    now: datetime | None = None,
    progress: Callable[[int], None] | None = None,
) -> Composition:
    """Compose `outline` with `articles` (by key); `progress` is called with the number of pictures fetched so far.

    The same inputs give the same bytes; fetched pictures are inputs, and with `offline` nothing is fetched. `now`
    decides which pictures of the cache are asked for again; without it, all are. Raises TemplateError and ConfigError.
    """
    from newsletter.composer.decoder import Decoder
    from newsletter.composer.templates import Templates

    placeholders = Placeholders(outline, articles, config)
    language = load_language(config.newsletter.language)
    templates = Templates(config.root)
    chosen = edited_articles(outline, articles)
    material = collect(chosen, config, offline=offline, now=now, progress=progress)
    with Decoder() as decoder:
        name = config.compose.template
        wishes = read_wishes(templates.constants(name), name)
        gallery = Gallery(config=config, language=language, material=material, decoder=decoder, wishes=wishes)
        view = _arrange(outline, chosen, gallery, placeholders)
    message = _render(templates, view, placeholders, config, tuple(gallery.images.values()))
    findings = (*_missing(outline, articles), *gallery.findings, *check(message, outline, articles, config))
    stand_in = render_sample(message, outline, config)
    digests = dict(sorted(templates.digests.items()))
    return Composition(message=message, eml=stand_in.eml, page=stand_in.page, findings=findings, templates=digests)


def _arrange(
    outline: Outline, chosen: Sequence[Article], gallery: Gallery, placeholders: Placeholders
) -> Mapping[str, Any]:
    """Make stories of the outline's articles, with their pictures, and lay them out for the templates."""
    from newsletter.composer.context import build_view

    config, language, wishes = gallery.config, gallery.language, gallery.wishes
    first = lead_of(chosen)
    leading = chosen[:0] if first is None else (first,)
    place = wishes.qr_place or config.compose.qr_place
    banners = gallery.banners({"all": chosen, "lead": leading}.get(wishes.pictures, ()), first)
    codes = gallery.codes({"end": chosen, "story": chosen, "lead": leading}.get(place, ()))
    stories = [
        replace(
            _tell(article, config, language, full=article is first and wishes.whole_lead),
            banner=banners.get(article.key),
            code=codes.get(article.key),
        )
        for article in chosen
    ]
    lead, sections = arrange(stories, first.key if first else "", config, language)
    web_url = config.compose.web_url.replace("{issue}", outline.issue)
    issue_code = gallery.issue_code(web_url or config.newsletter.base_url) if place == "issue" else None
    return {
        **build_view(outline, config, language, placeholders, lead=lead, sections=sections, logos=gallery.logos()),
        "qr_place": place,
        "issue_code": issue_code,
    }


def _render(
    templates: "Templates",
    view: Mapping[str, Any],
    placeholders: Placeholders,
    config: Config,
    images: tuple[InlineImage, ...],
) -> Message:
    """Render both parts, inline the styles, and put the merge tokens in last."""
    name = config.compose.template
    in_html, in_text = unsubscribe_tokens(config.send.unsubscribe, config.provider.tags)
    page = inline_styles(templates.render(name, "html", view))
    shown = shown_pictures(page)
    text = _airy(templates.render(name, "txt", view))
    return Message(
        subject=placeholders.finish_text(view["subject"], in_text),
        html=placeholders.finish_html(page, in_html),
        text=placeholders.finish_text(text, in_text),
        images=tuple(image for image in images if image.cid in shown),  # a template need not show all
    )


def _tell(article: Article, config: Config, language: Language, *, full: bool) -> Story:
    story = tell(article, config, language)
    if (full or config.compose.body == "full") and article.body.strip():
        html = body_html(article, config.newsletter.base_url)
        return replace(story, html=html, text=html_to_text(html), full=True)
    return story


def _airy(text: str) -> str:
    """Leave one blank line where a template's conditions left more."""
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _missing(outline: Outline, articles: Mapping[str, Article]) -> Iterable[Finding]:
    for entry in outline.entries:
        if entry.key not in articles:
            message = "the issue names an article that is not in the archive"
            yield finding("article-missing", entry.key, message, "take it out of issue.toml, or bring the article back")
