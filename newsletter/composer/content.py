"""Make people's content safe to print: article bodies, summaries, and the intro in Markdown.

shortcodes out ─► Markdown to HTML ─► bounded ─► sanitised, links absolute (nh3) ─► fitted to a column (lxml)
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from markupsafe import Markup

from newsletter.composer.bounds import DEEPEST, HIDDEN, bound_html, bound_markdown
from newsletter.composer.html_to_text import first_words
from newsletter.composer.image_data import rare_kind
from newsletter.composer.markup import write_inner
from newsletter.composer.text_layout import shorten
from newsletter.models import Article, BodyFormat

if TYPE_CHECKING:
    from lxml.html import HtmlElement
    from markdown_it.token import Token

__all__ = ["body_html", "excerpt", "is_cut", "markdown_html", "summary_of"]

BODY_WIDTH = 552  # px a story's column has at its widest
_EXCERPT = 280  # characters, about the length of real summaries

_SHORTCODES = {"{{<": re.compile(r"[>%]\}\}"), "{{%": re.compile(r"[>%]\}\}"), "{%": re.compile(r"%\}")}
_TAGS = (
    "a abbr b blockquote br cite code dd del dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li "
    "mark ol p pre q s samp small span strong sub sup table tbody td tfoot th thead tr u ul var"
)
_ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt", "width"}, "ol": {"start"}, "*": {"dir", "lang"}}
_NO_CHARACTER = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")  # lxml refuses most of them
_LONGEST_ADDRESS = 4096  # characters; the longest of real articles has 500
_ALL_ADDRESSES = 300_000  # of one body together: each may be a short path that a long link is prepended to
_LONGEST_ALT = 500
_MOST_CELLS = 30_000  # of tables: Markdown's parser pads short rows
_LANGUAGE = re.compile("[A-Za-z0-9_-]{0,35}")
_GONE = "gone"  # the name of elements to be stripped, all at once: one by one takes quadratic time
_NUMBER = re.compile("[0-9]{1,4}")  # of pixels, or of a list's first item; int() does not take all Unicode digits
_PLAIN = re.compile(r"[\w\s.,;:!?()'\"\u2019\u201c\u201d\u2013\u2014\u00b7/&%+-]*")


def summary_of(article: Article) -> str:
    """Return an article's text in a digest: its summary, else its description, else its first words."""
    return article.summary or article.description or excerpt(article)


@lru_cache(maxsize=256)  # the story and the checks use it
def excerpt(article: Article) -> str:
    """Return the first words of an article's body, "" if it has none."""
    return shorten(first_words(body_html(article, "")), _EXCERPT) if article.body.strip() else ""


def body_html(article: Article, base_url: str) -> Markup:
    """Return an article's body as HTML that cannot affect its surroundings, with absolute links."""
    source, _ = _bounded(article.body, article.body_format)
    return _fit(_sanitise(source, article.link or base_url, base_url))


def is_cut(article: Article) -> bool:
    """Return whether an article's body is too long to be shown completely."""
    return _bounded(article.body, article.body_format)[1]


@lru_cache(maxsize=16)  # one article's body is requested several times in a row
def _bounded(body: str, body_format: BodyFormat) -> tuple[str, bool]:
    """Return a body as HTML of a bounded size, and whether something was cut off."""
    source, cut = _without_shortcodes(body), False
    if body_format == "markdown":
        source, cut = bound_markdown(source)
        source = _parse_markdown(source, html=True)
    source, cut_later = bound_html(source)
    return source, cut or cut_later


def _without_shortcodes(text: str) -> str:
    """Remove ``{{< … >}}``, ``{{% … %}}`` and ``{% … %}``; keep what is not closed."""
    pieces, position, searched, kinds = [], 0, 0, list(_SHORTCODES)
    while kinds and (opening := re.compile("|".join(map(re.escape, kinds))).search(text, searched)):
        if end := _SHORTCODES[opening[0]].search(text, opening.end()):
            pieces.append(text[position : opening.start()])
            position = searched = end.end()
        else:
            kinds.remove(opening[0])  # no later one closes: searching again would take quadratic time
            searched = opening.start()
    return "".join([*pieces, text[position:]])


def markdown_html(text: str, base_url: str) -> Markup:
    """Return a person's Markdown as HTML; tags in it are shown as text."""
    if _PLAIN.fullmatch(text):  # nothing in it is Markdown's: spare an import of 45 ms
        paragraphs = (part.strip() for part in re.split(r"\n\s*\n", text) if part.strip())
        return Markup("").join(Markup("<p>{}</p>").format(part) for part in paragraphs)
    return _fit(_sanitise(_parse_markdown(text, html=False), base_url, base_url))


def _parse_markdown(text: str, *, html: bool) -> str:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": html})
    columns = max((line.count("|") for line in text.split("\n")), default=0)
    if columns * text.count("\n") <= _MOST_CELLS:
        parser.enable("table")
    tokens = parser.parse(text)
    _bound_addresses(tokens)
    return str(parser.renderer.render(tokens, parser.options, {}))


def _bound_addresses(tokens: Iterable["Token"]) -> None:
    """Remove titles, which nobody sees, and addresses beyond a body's limit, because references repeat them."""
    left = _ALL_ADDRESSES
    for token in (inner for outer in tokens for inner in outer.children or ()):
        token.attrs.pop("title", None)
        for name in ("href", "src"):
            left -= len(str(token.attrs.get(name, "")))
            if left < 0:
                token.attrs.pop(name, None)


def _sanitise(source: str, link: str, base_url: str) -> str:
    import nh3

    left = _ALL_ADDRESSES

    def clean_attribute(tag: str, name: str, value: str) -> str | None:
        nonlocal left
        if name in ("href", "src"):
            address = _absolute(value, link, base_url, picture=name == "src") if left > 0 else None
            left -= len(address or "")
            return address
        if name == "alt":
            return shorten(value, _LONGEST_ALT) if len(value) > _LONGEST_ALT else value
        return value if (_NUMBER if name in ("width", "start") else _LANGUAGE).fullmatch(value) else None

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


def _absolute(address: str, link: str, base_url: str, *, picture: bool) -> str | None:
    """Return an absolute address: site paths relative to `base_url`, others to the article; None if impossible."""
    address = address.strip()
    if len(address) > _LONGEST_ADDRESS:
        return None
    if address.startswith("/") and not address.startswith("//") and base_url:
        address = base_url.rstrip("/") + address
    try:
        address = urljoin(link, address)
        scheme = urlsplit(address).scheme
    except ValueError:
        return None
    return address if scheme in (("https",) if picture else ("https", "http", "mailto", "tel")) else None


def _fit(markup: str) -> Markup:
    """Fit sanitised HTML to a column of an email: headings, tables and pictures keep within the story."""
    from lxml import etree
    from lxml import html as lxml_html

    if not markup.strip():
        return Markup("")
    root = lxml_html.fragment_fromstring(markup, create_parent="div", parser=lxml_html.HTMLParser(huge_tree=True))
    _flatten(root)
    for element in list(root.iter("h1", "h2", "h3", "h4", "h5", "h6")):
        element.tag = "p"
        element.set("class", "body-heading")
    for table in list(root.iter("table")):
        _unfold_table(table)
    for picture in list(root.iter("img")):
        _fit_picture(picture)
    for link in list(root.iter("a")):
        if not link.get("href") or not (link.text_content().strip() or len(link)):
            link.tag = _GONE
        else:
            link.set("class", "accent link")
    for rule in root.iter("hr"):
        rule.set("class", "line rule")
    etree.strip_tags(root, _GONE)
    return Markup(write_inner(root))  # noqa: S704 - nh3 has cleaned it


def _flatten(root: "HtmlElement") -> None:
    """Remove tags nested too deep: beyond 256 levels, libxml2 would cut off the whole page."""
    from lxml import etree

    depth = -1
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if event == "start" and depth > DEEPEST:
            element.tag = _GONE
    etree.strip_tags(root, _GONE)


def _unfold_table(table: "HtmlElement") -> None:
    """Turn a table into one paragraph per row: columns do not fit on a phone."""
    for cell in table.iter("td", "th"):
        following = cell.getnext()
        cell.tag = "span"
        if following is not None:
            cell.tail = " · "
    for row in table.iter("tr"):
        row.tag = "p"
    for group in list(table.iter("thead", "tbody", "tfoot")):
        group.tag = _GONE
    table.tag = "div"


def _fit_picture(picture: "HtmlElement") -> None:
    source = picture.get("src", "")
    if not source or rare_kind(source):
        picture.drop_tree()
        return
    width = max(1, min(int(picture.get("width") or BODY_WIDTH), BODY_WIDTH))
    picture.set("width", str(width))
    picture.set("style", f"max-width:{width}px")
    picture.set("alt", picture.get("alt", ""))
    picture.set("class", "body-picture")
