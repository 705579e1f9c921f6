"""Rules about links: they lead somewhere, safely, and their text says where."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl

from newsletter.composer.checks.page import HTML, Page
from newsletter.composer.findings import finding
from newsletter.composer.image_data import split_address
from newsletter.composer.pictures import code_name, code_target
from newsletter.models import Finding

__all__ = ["check_code_links", "check_link_addresses", "check_link_words"]

_VAGUE = re.compile(
    r"(click )?here|read more|more|link|this( link)?|learn more|continue|hier( klicken)?|mehr( lesen)?|weiterlesen|"
    r"ici|cliquez ici|lire la suite|en savoir plus|aqu\u00ed|leer m\u00e1s|m\u00e1s",
    re.IGNORECASE,
)
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|mc_[ce]id|mkt_tok|_hsenc|_hsmi|igshid", re.IGNORECASE)


def check_link_addresses(page: Page) -> Iterator[Finding]:
    """Find links that lead nowhere, are not https, or carry somebody else's tracking."""
    for address in dict.fromkeys(link.get("href", "").strip() for link in page.links):
        if address in ("", "#"):
            yield finding("link-empty", HTML, "a link leads nowhere", "give the template's link an address")
        elif address.startswith(("%%", *page.config.provider.tags.values(), "mailto:", "tel:", "#")):
            continue
        elif address.startswith("http://"):
            yield finding(
                "link-insecure", page.place(address), f"a link is not https: {address[:120]}", "link the https address"
            )
        elif not address.startswith("https://"):
            yield finding(
                "link-relative", page.place(address), f"a link is not absolute: {address[:120]}", "set base_url"
            )
        elif not split_address(address).hostname:
            yield finding(
                "link-empty", page.place(address), f"a link leads nowhere: {address[:120]}", "fix its address"
            )
        elif names := _foreign_tracking(address, page):
            hint = "link the plain address: its owner can follow your readers"
            yield finding(
                "link-tracking", page.place(address), f"a link carries {', '.join(names)}: {address[:120]}", hint
            )


def _foreign_tracking(address: str, page: Page) -> list[str]:
    parts = split_address(address)
    if parts.hostname == split_address(page.config.newsletter.base_url).hostname:
        return []
    return [name for name, _ in parse_qsl(parts.query) if _TRACKING.fullmatch(name)]


def check_link_words(page: Page) -> Iterator[Finding]:
    """Find links without text, and those whose text says nothing about the target."""
    for link in page.links:
        words = " ".join("".join(map(str, link.itertext())).split())
        words = words or link.get("aria-label", "") or " ".join(image.get("alt", "") for image in link.iter("img"))
        if not words.strip():
            place, address = page.place(link.get("href", "")), link.get("href", "")[:120]
            yield finding("link-empty", place, f"a link has no words: {address}", "name its target")
        elif _VAGUE.fullmatch(words):
            place = page.place(link.get("href", ""))
            yield finding("link-vague", place, f"the words {words!r} do not say where a link leads", "name its target")


def check_code_links(page: Page) -> Iterator[Finding]:
    """Find QR codes whose target is not also a link: security filters treat those as phishing."""
    if page.articles is None or page.config.compose.qr == "off":
        return
    linked = {link.get("href", "").partition("?")[0] for link in page.links}
    shown = {code.filename.rpartition("-")[0] for code in page.codes.values()}  # a template need not show all
    for entry in page.outline.entries:
        article = page.articles.get(entry.key)
        if not article or code_name(article) not in shown:
            continue
        if code_target(article, page.config).partition("?")[0] not in linked:
            yield finding("qr-link", article.path, "the code's target is not a link as well", "link story.code.link")
