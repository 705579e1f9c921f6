"""Make the pages of an issue for the site: the issue itself, the list of all issues, and an Atom feed of them.

A page is what the email's template makes of the same stories, without what is for one reader alone: merge fields have
their defaults, and nobody can unsubscribe somebody else. The same inputs give the same bytes.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from newsletter import merge
from newsletter.composer.feed import feed
from newsletter.composer.inline import inline_styles
from newsletter.composer.stories import plain_link
from newsletter.composer.tokens import Placeholders
from newsletter.config import Config
from newsletter.documents import dump
from newsletter.models import InlineImage, Outline, WebEntry

if TYPE_CHECKING:
    from lxml.etree import _Element

    from newsletter.composer.templates import Templates

__all__ = ["ARCHIVE", "ENTRY", "FEED", "PAGE", "WebIssue", "make_files"]

PAGE = ARCHIVE = "index.html"
ENTRY = "issue.json"
FEED = "feed.xml"
_PICTURES = "pictures"
_CID = re.compile(r"cid:([^\"'\s)>]+)")
_SHOWING = ("src", "background", "style")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebIssue:
    """What the pages of an issue are made of: its outline, the view of its templates, and its inline pictures."""

    outline: Outline
    view: Mapping[str, Any]
    placeholders: Placeholders
    images: Mapping[str, InlineImage]

    def words(self, name: str, config: Config) -> str:
        """Return a text of the view as everybody may read it."""
        return self.placeholders.for_everybody(str(self.view[name]), config.send.defaults)


def make_files(issue: WebIssue, listed: Iterable[WebEntry], templates: "Templates", config: Config) -> dict[str, bytes]:
    """Return the files of the web folder, by their paths in it, in the order in which they are to be written.

    `listed` are the other issues that the folder has. Raises TemplateError.
    """
    mine = _entry(issue, config)
    entries = sorted(
        (mine, *(one for one in listed if one.issue != mine.issue)), key=lambda one: (one.end, one.issue), reverse=True
    )
    pictures: dict[str, bytes] = {}
    page = _page(issue, mine, templates, config, pictures)
    archive = _archive(issue, entries, templates, config, pictures)
    return {
        **pictures,
        f"{mine.issue}/{PAGE}": page.encode(),
        f"{mine.issue}/{ENTRY}": dump({**asdict(mine), "end": mine.end.isoformat()}).encode(),
        ARCHIVE: archive.encode(),
        FEED: feed(entries, config),
    }


def _entry(issue: WebIssue, config: Config) -> WebEntry:
    period = issue.outline.period
    return WebEntry(
        issue=issue.outline.issue,
        title=issue.words("subject", config),
        summary=issue.words("preheader", config),
        line=" · ".join(issue.view["issue_line"]),
        end=period.end,
    )


def _page(issue: WebIssue, entry: WebEntry, templates: "Templates", config: Config, pictures: dict[str, bytes]) -> str:
    view = {**issue.view, **_common(issue, config), "subject": entry.title}
    page = inline_styles(templates.render_page(config.compose.template, "page", view))
    address = config.page_address(entry.issue)
    lead = issue.view["lead"]
    cover = lead.banner.src if lead and lead.banner else ""
    facts = {
        "og:type": "article",
        "og:title": entry.title,
        "og:description": entry.summary,
        "og:image": _CID.sub(lambda match: config.web_url + _file(issue.images[match[1]]), cover),
        "article:published_time": entry.end.isoformat(),
    }
    _complete(page, address, facts, config)
    return _finish(page, "../", issue, config, pictures)


def _archive(
    issue: WebIssue, entries: Sequence[WebEntry], templates: "Templates", config: Config, pictures: dict[str, bytes]
) -> str:
    words = issue.view["words"]
    title = f"{words['all_issues']} · {config.newsletter.name}"
    none = dict.fromkeys(("lead", "more", "issue_code"))
    empty: dict[str, Any] = dict.fromkeys(("sections", "stories", "days", "contents"), ())
    view = {
        **issue.view,
        **_common(issue, config),
        **none,
        **empty,
        **dict.fromkeys(("preheader", "intro_html", "intro_text"), ""),
        "qr_place": "none",
        "subject": title,
        "issue_line": (words["all_issues"],),
        "issues": [{**asdict(one), "link": config.page_address(one.issue)} for one in entries],
    }
    page = inline_styles(templates.render_page(config.compose.template, "archive", view))
    _complete(page, config.web_url, {"og:type": "website", "og:title": title}, config)
    return _finish(page, "", issue, config, pictures)


def _common(issue: WebIssue, config: Config) -> dict[str, Any]:
    """Return the names of the view that a page has in place of the message's: no address of anybody."""
    name = config.newsletter.name
    return {
        "on_web": True,
        "web_url": "",
        "sender": name,
        "sender_parts": (name,),
        "archive_url": config.web_url,
        "feed_url": config.web_url + FEED,
    }


def _complete(page: "_Element", address: str, facts: Mapping[str, str], config: Config) -> None:
    """Add to a page's head what programs read: its address, what it is about, the feed; a template's own stays."""
    head = page.find("head")
    if head is None:
        head = page.makeelement("head", {})
        page.insert(0, head)
    about = {**facts, "og:url": address, "og:site_name": config.newsletter.name}
    metas = [("name", "description", facts.get("og:description", ""))]
    metas += [("property", name, content) for name, content in about.items()]
    atom = {"type": "application/atom+xml", "title": config.newsletter.name, "href": config.web_url + FEED}
    for kind, name, content in metas:
        if content and not page.xpath(f"boolean(//meta[@{kind} = $name])", name=name):
            head.append(head.makeelement("meta", {kind: name, "content": content}))
    for name, attributes in (("canonical", {"href": address}), ("alternate", atom)):
        if not page.xpath("boolean(//link[@rel = $name])", name=name):
            head.append(head.makeelement("link", {"rel": name, **attributes}))


def _finish(page: "_Element", root: str, issue: WebIssue, config: Config, pictures: dict[str, bytes]) -> str:
    """Return a page as HTML, with nothing of any reader; collect the `pictures` that it shows, from `root`."""
    for link in list(page.iter("a", "area", "form", "link")):
        address = link.get("href") or link.get("action") or ""
        if issue.placeholders.is_unsubscribe_link(address):
            _remove(link)
        elif link.tag == "a":
            link.set("href", plain_link(address, config))
    for element, name, value in _showing(page):
        for cid in _CID.findall(value):
            if cid in issue.images:
                path = _file(issue.images[cid])
                pictures[path] = issue.images[cid].content
                value = value.replace(f"cid:{cid}", root + path)
        element.set(name, value)
    defaults = config.send.defaults
    return issue.placeholders.finish_html(page, "", lambda *pair: merge.values([pair], defaults)[0])


def _showing(page: "_Element") -> Iterator[tuple["_Element", str, str]]:
    """Yield (element, attribute, value) where a page shows a picture of the message."""
    for element in page.iter("*"):
        for name in _SHOWING:
            if "cid:" in (value := element.get(name, "")):
                yield element, name, value


def _remove(element: "_Element") -> None:
    """Remove an element with its content; the text after it stays."""
    parent, before = element.getparent(), element.getprevious()
    assert parent is not None
    if before is not None:
        before.tail = (before.tail or "") + (element.tail or "")
    else:
        parent.text = (parent.text or "") + (element.tail or "")
    parent.remove(element)


def _file(image: InlineImage) -> str:
    """Return the path of a picture in the web folder, by its content."""
    ending = image.filename.rpartition(".")[2]
    return f"{_PICTURES}/{hashlib.sha256(image.content).hexdigest()[:32]}.{ending}"
