"""Make people's content safe to print: article bodies, summaries, and the intro in Markdown.

shortcodes ─► Markdown to HTML ─► embeds to links ─► bounded ─► sanitised, links absolute (nh3) ─► fitted to a column
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

from markupsafe import Markup

from newsletter.addresses import path_below, quote_path
from newsletter.composer.bounds import HIDDEN, bound_html, bound_markdown, cut_html
from newsletter.composer.embeds import link_embeds
from newsletter.composer.fit import fit
from newsletter.composer.hints import ADDRESSES, HINTS, hint
from newsletter.composer.html_to_text import first_words
from newsletter.composer.markdown import markdown_to_html
from newsletter.composer.shortcodes import resolve_shortcodes
from newsletter.composer.text_layout import shorten
from newsletter.models import Article

__all__ = ["Body", "Links", "body_html", "excerpt", "make_body", "markdown_html", "summary_of"]

_EXCERPT = 280  # characters, about the length of real summaries
_LONGEST_TEASER = 600  # of the text above a mark: an author chose where it ends
_HEADING = re.compile(r'<p class="body-heading">.*?</p>', re.DOTALL)

_TAGS = (
    "a abbr address article aside b blockquote br caption center cite code dd del details dfn div dl dt em fieldset "
    "figcaption figure footer h1 h2 h3 h4 h5 h6 header hgroup hr i img input ins kbd legend li main mark menu nav ol p "
    "pre q rp rt ruby s samp section small span strike strong sub summary sup table tbody td tfoot th thead tr u ul var"
)
_ATTRIBUTES = {
    "a": {"href", "aria-label"},
    "img": {"src", "alt", "width", "height", "srcset", *ADDRESSES},
    "input": {"type", "checked"},
    "li": {"value"},
    "ol": {"start", "reversed", "type"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "*": {"dir", "lang", "class", "style", "hidden", "aria-hidden"},
}
_NO_CHARACTER = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")  # lxml refuses most of them
_LONGEST_ADDRESS = 4096  # characters; the longest of real articles has 500
_ALL_ADDRESSES = 300_000  # of one body together: each may be a short path that a long link is prepended to
_LONGEST_ALT = 500
_LANGUAGE = re.compile("[A-Za-z0-9_-]{0,35}")
_NUMBER = re.compile("[0-9]{1,4}")  # of pixels, or of a list's item; int() does not take all Unicode digits
_VALUES = dict.fromkeys(("width", "height", "colspan", "rowspan", "start", "value"), _NUMBER)
_WITH_ADDRESS = ("href", "src", "srcset", *ADDRESSES)
_PLAIN = re.compile(r"[\w\s.,;:!?()'\"\u2019\u201c\u201d\u2013\u2014\u00b7/&%+-]*")
_MAY_BE_MARKDOWN = re.compile(r"^[ \t]*(?:[-+=]|\d+[.)][ \t])|^ {4}|^\t", re.MULTILINE)
_SOURCE_FILE = re.compile(r"(?:@/.*|[^:?#]*\.(?:md|markdown|mdx))(?:[?#].*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """How the links of an issue are written, and what else its site decides about bodies.

    `page` gives the address of the page that an article calls by a reference (a file's path, or what a shortcode
    names), "" for an unknown one; `tag` adds what is measured by to an address of the own site.
    """

    base_url: str = ""
    page: Callable[[Article, str], str] = lambda _article, _reference: ""
    tag: Callable[[str], str] = str
    typographer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """An article's body, ready to print; whether its end is cut off; what could not be shown, and how often."""

    html: Markup
    cut: bool = False
    dropped: tuple[tuple[str, int], ...] = ()


def summary_of(article: Article) -> str:
    """Return an article's text in a digest: its summary, else its description, else its first words."""
    return article.summary or article.description or excerpt(article)


@lru_cache(maxsize=256)  # the story and the checks use it
def excerpt(article: Article) -> str:
    """Return the words above the mark that ends the summary, else the first words, "" if a body has none."""
    if article.teaser and (
        words := first_words(_without_headings(body_html(replace(article, body=article.teaser), "")))
    ):
        return shorten(words, _LONGEST_TEASER)
    whole = body_html(article, "") if article.body.strip() else Markup("")
    return shorten(first_words(_without_headings(whole)) or first_words(whole), _EXCERPT)


def _without_headings(markup: str) -> str:
    """Return sanitised HTML without its headings: in a summary they would be glued to the text."""
    return _HEADING.sub("", markup)


def body_html(article: Article, base_url: str) -> Markup:
    """Return an article's body as HTML that cannot affect its surroundings, with absolute links."""
    return make_body(article, Links(base_url=base_url)).html


@lru_cache(maxsize=16)  # one article's body is requested several times in a row
def make_body(article: Article, links: Links) -> Body:
    """Make what an issue shows of an article's body: HTML that cannot leave its place, with absolute links."""
    source, cut, dropped = _parsed(article, links)

    def page(reference: str) -> str:
        return links.page(article, reference)

    source = _sanitise(source, article.link or links.base_url, links.base_url, page)
    markup, left_out = fit(source, title=article.title, link=article.link, tag=links.tag)
    return Body(html=markup, cut=cut, dropped=tuple(sorted((dropped + left_out).items())))


def _parsed(article: Article, links: Links) -> tuple[str, bool, Counter[str]]:
    """Return a body as HTML of a bounded size, whether something was cut off, and what cannot be shown."""
    markdown = article.body_format == "markdown"
    source, cut_first = bound_markdown(article.body) if markdown else cut_html(article.body)
    source, dropped = resolve_shortcodes(
        source, markdown=markdown, page=lambda reference: links.page(article, reference)
    )
    parsed, cut, embeds = _bounded(source, markdown=markdown, typographer=links.typographer)
    return parsed, cut or cut_first, dropped + embeds


@lru_cache(maxsize=16)  # excerpts are made of the same
def _bounded(source: str, *, markdown: bool, typographer: bool) -> tuple[str, bool, Counter[str]]:
    cut = False
    if markdown:
        source, cut = bound_markdown(source)
        source = markdown_to_html(source, tags=True, typographer=typographer)
    source, embeds = link_embeds(source)
    source, cut_later = bound_html(source)
    return source, cut or cut_later, embeds


def markdown_html(text: str, links: Links) -> Markup:
    """Return a person's Markdown as HTML; tags in it are shown as text."""
    if _PLAIN.fullmatch(text) and not _MAY_BE_MARKDOWN.search(text):  # spare an import of 45 ms
        paragraphs = (part.strip() for part in re.split(r"\n\s*\n", text) if part.strip())
        return Markup("").join(Markup("<p>{}</p>").format(part) for part in paragraphs)
    source = _sanitise(markdown_to_html(text, tags=False), links.base_url, links.base_url, lambda _: "")
    return fit(source, tag=links.tag)[0]


def _sanitise(source: str, link: str, base_url: str, page: Callable[[str], str]) -> str:
    import nh3

    left = _ALL_ADDRESSES

    def clean_attribute(tag: str, name: str, value: str) -> str | None:
        nonlocal left
        if name in _WITH_ADDRESS:
            value = (value.split() or [""])[0].rstrip(",") if name == "srcset" else value
            address = _address(value, link, base_url, page, picture=name != "href") if left > 0 else None
            left -= len(address or "")
            return address
        if name == "alt":
            return shorten(value, _LONGEST_ALT) if len(value) > _LONGEST_ALT else value
        if name in HINTS:
            return hint(tag, name, value)
        return value if _VALUES.get(name, _LANGUAGE).fullmatch(value) else None

    cleaned: str = nh3.clean(
        source,
        tags=set(_TAGS.split()),
        clean_content_tags=set(HIDDEN),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=clean_attribute,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
        strip_comments=True,
    )
    return _NO_CHARACTER.sub("", cleaned.replace("\f", " "))


def _address(address: str, link: str, base_url: str, page: Callable[[str], str], *, picture: bool) -> str | None:
    """Return an absolute address: site paths relative to `base_url`, others to the article; None if impossible.

    One that names a source file of the site becomes that of its page.
    """
    address = address.strip()
    if len(address) > _LONGEST_ADDRESS:
        return None
    if not picture and not address.startswith("//") and _SOURCE_FILE.fullmatch(address):
        return page(address) or None
    if address.startswith("/") and not address.startswith("//") and base_url:
        address = base_url.rstrip("/") + path_below(address, base_url)
    try:
        address = urljoin(link, address)
        parts = urlsplit(address)
    except ValueError:
        return None
    if picture:
        return quote_path(address) if parts.scheme in ("https", "http") else None
    if parts.scheme in ("https", "http"):
        return quote_path(address) if parts.netloc and "@" not in parts.netloc else None
    return address if parts.scheme in ("mailto", "tel") else None
