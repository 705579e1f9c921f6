"""Compose an issue: from the outline a person may edit to the message that recipients get.

outline ─► edited articles ─► stories, with pictures ─► templates ─► inlined HTML, text ─► tokens ─► message
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, Any

from newsletter.composer.carriage import Carriage
from newsletter.composer.checks import check
from newsletter.composer.content import Body, Links, make_body
from newsletter.composer.findings import finding
from newsletter.composer.first_picture import with_picture
from newsletter.composer.html_to_text import html_to_text
from newsletter.composer.inline import inline_styles
from newsletter.composer.languages import Language, load_language
from newsletter.composer.markup import shown_pictures
from newsletter.composer.outline import first_outline
from newsletter.composer.pictures import Gallery, collect
from newsletter.composer.sample import render_sample
from newsletter.composer.stories import Story, arrange, edited_articles, lead_of, own_link, tell
from newsletter.composer.tokens import Placeholders
from newsletter.composer.wishes import read_wishes
from newsletter.config import Config
from newsletter.merge import unsubscribe_tokens
from newsletter.models import Article, Finding, HostedImage, Message, Outline, WebEntry

if TYPE_CHECKING:
    from newsletter.composer.templates import Templates

__all__ = ["Composition", "compose", "first_outline"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """A composed issue: the message with merge tokens, the sample for a fictional recipient, and the findings.

    `templates` maps each template file used to the SHA-256 of its text, `hosted` are the pictures that the site has to
    show, `web` the files of the web folder by their paths, in the order in which they are to be written.
    """

    message: Message
    eml: bytes = field(repr=False)
    page: str = field(repr=False)
    findings: tuple[Finding, ...]
    templates: Mapping[str, str]
    hosted: tuple[HostedImage, ...] = ()
    web: Mapping[str, bytes] = field(default_factory=dict, repr=False)


def compose(
    outline: Outline,
    articles: Mapping[str, Article],
    config: Config,
    *,
    offline: bool = False,
    now: datetime | None = None,
    left_out: int = 0,
    progress: Callable[[int], None] | None = None,
    page: Callable[[Article, str], str] | None = None,
    listed: Iterable[WebEntry] = (),
) -> Composition:
    """Compose `outline` with `articles` (by key); `progress` is called with the number of pictures fetched so far.

    The same inputs give the same bytes; fetched pictures are inputs, and with `offline` nothing is fetched. `now`
    determines which cached pictures are requested again; without it, all are. `left_out` counts the articles that a
    limit kept out. `page` returns the address of the page that an article's body refers to; references to others
    become plain text. `listed` are the other issues that are pages of the site.

    Raises TemplateError and ConfigError.
    """
    from newsletter.composer.decoder import Decoder
    from newsletter.composer.templates import Templates

    chosen = tuple(with_picture(article, config) for article in edited_articles(outline, articles))
    placeholders = Placeholders(outline, articles, chosen, config)
    language = load_language(config.newsletter.language)
    templates = Templates(config.root)
    links = _links(chosen, config, page)
    wishes = read_wishes(templates.constants(config.compose.template), config.compose.template)
    pictured, coded = _of(wishes.pictures, chosen), _of(wishes.qr_place or config.compose.qr_place, chosen)
    material = collect(pictured, coded, config, offline=offline, now=now, progress=progress)
    whole = chosen if config.compose.body == "full" else (lead_of(chosen),) if wishes.whole_lead else ()
    bodies = {one.key: make_body(one, links) for one in whole if one and one.body.strip()}
    with Decoder() as decoder:
        gallery = Gallery(config=config, language=language, material=material, decoder=decoder, wishes=wishes)
        view = _arrange(outline, chosen, bodies, gallery, placeholders, links, left_out)
    message = _render(templates, view, placeholders, config, gallery.carriage)
    hosted = tuple(one for one in gallery.carriage.hosted.values() if escape(one.address, quote=False) in message.html)
    web = _web(outline, view, placeholders, gallery.carriage, listed, templates, config) if config.web.folder else {}
    found = check(message, outline, articles, config, bodies, hosted)
    stand_in = render_sample(message, outline, config, hosted)
    return Composition(
        message=message,
        eml=stand_in.eml,
        page=stand_in.page,
        findings=(*_missing(outline, articles), *gallery.findings, *found),
        templates=dict(sorted(templates.digests.items())),
        hosted=hosted,
        web=web,
    )


def _web(
    outline: Outline,
    view: Mapping[str, Any],
    placeholders: Placeholders,
    carriage: Carriage,
    listed: Iterable[WebEntry],
    templates: "Templates",
    config: Config,
) -> Mapping[str, bytes]:
    """Return the files of the web folder."""
    from newsletter.composer.web import WebIssue, make_files

    images = {image.cid: image for image in carriage.inline.values()}
    issue = WebIssue(outline=outline, view=view, placeholders=placeholders, images=images)
    return make_files(issue, listed, templates, config)


def _of(which: str, chosen: Sequence[Article]) -> Sequence[Article]:
    """Return the articles that have a picture or a code: all, the lead, or none where the issue has one or none."""
    lead = lead_of(chosen)
    return chosen if which in ("all", "end", "story") else (lead,) if lead and which == "lead" else ()


def _links(chosen: Iterable[Article], config: Config, page: Callable[[Article, str], str] | None) -> Links:
    """Return how the links of an issue are written."""
    return Links(
        base_url=config.newsletter.base_url,
        page=page or (lambda _article, _reference: ""),
        tag=lambda address: own_link(address, config),
    )


def _arrange(
    outline: Outline,
    chosen: Sequence[Article],
    bodies: Mapping[str, Body],
    gallery: Gallery,
    placeholders: Placeholders,
    links: Links,
    left_out: int,
) -> Mapping[str, Any]:
    """Return the stories of the outline's articles with their pictures, arranged for the templates."""
    from newsletter.composer.context import build_view

    config, language, wishes = gallery.config, gallery.language, gallery.wishes
    first = lead_of(chosen)
    place = wishes.qr_place or config.compose.qr_place
    year = 0 if config.select.group_by == "day" else outline.period.start.year  # headings are dates in full
    banners = gallery.banners(_of(wishes.pictures, chosen), first)
    codes = gallery.codes(_of(place, chosen))
    stories = [
        replace(
            _tell(article, bodies.get(article.key), config, language, year),
            banner=banners.get(article.key),
            code=codes.get(article.key),
        )
        for article in chosen
    ]
    lead, sections = arrange(stories, first.key if first else "", config)
    web_url = config.browser_address(outline.issue)
    issue_code = gallery.issue_code(web_url or config.newsletter.base_url) if place == "issue" else None
    logos = gallery.logos()
    return {
        **build_view(
            outline, config, language, placeholders, links, lead=lead, sections=sections, logos=logos, left_out=left_out
        ),
        "qr_place": place,
        "issue_code": issue_code,
    }


def _render(
    templates: "Templates",
    view: Mapping[str, Any],
    placeholders: Placeholders,
    config: Config,
    carriage: Carriage,
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
        images=tuple(image for image in carriage.inline.values() if image.cid in shown),  # a template need not show all
    )


def _tell(article: Article, body: Body | None, config: Config, language: Language, year: int) -> Story:
    story = tell(article, config, language, year)
    return replace(story, html=body.html, text=html_to_text(body.html), full=True) if body else story


def _airy(text: str) -> str:
    """Replace consecutive blank lines, left by a template's conditions, by one."""
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _missing(outline: Outline, articles: Mapping[str, Article]) -> Iterable[Finding]:
    for entry in outline.entries:
        if entry.key not in articles:
            message = "the issue names an article that is not in the archive"
            yield finding("article-missing", entry.key, message, "take it out of issue.toml, or bring the article back")
