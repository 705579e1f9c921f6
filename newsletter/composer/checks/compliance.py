"""Rules required by laws and mailbox providers."""

import re
from collections.abc import Iterator

from newsletter import merge
from newsletter.composer.checks.page import HTML, TEXT, Page
from newsletter.composer.findings import finding
from newsletter.models import Finding

__all__ = ["check_postal_address", "check_unsubscribe"]


def check_unsubscribe(page: Page) -> Iterator[Finding]:
    """Find a part without a way to unsubscribe."""
    in_html, in_text = merge.unsubscribe_tokens(page.config.send.unsubscribe, page.config.provider.tags)
    if not in_html or not any(link.get("href") == in_html for link in page.links):
        yield finding("unsubscribe", HTML, "there is no unsubscribe link", "link {{ unsubscribe }} in the template")
    if not in_text or in_text not in page.message.text:
        yield finding("unsubscribe", TEXT, "there is no unsubscribe address", "print {{ unsubscribe }} in issue.txt")


def check_postal_address(page: Page) -> Iterator[Finding]:
    """Find a missing postal address, which CAN-SPAM and CASL require, and a part that does not show it."""
    wanted = _words(page.config.newsletter.postal_address)
    if not wanted:
        message = "the newsletter has no postal address"
        yield finding("postal-address", page.config.path.name, message, "set postal_address in [newsletter]")
        return
    shown = page.root.xpath("//body//text()")
    assert isinstance(shown, list)
    for where, part, file in ((HTML, " ".join(map(str, shown)), "issue.html"), (TEXT, page.message.text, "issue.txt")):
        if wanted not in _words(part):
            yield finding("postal-address", where, "there is no postal address", f"print {{{{ sender }}}} in {file}")


def _words(text: str) -> str:
    """Return only the words, so that line breaks and punctuation of an address do not matter."""
    return " ".join(re.findall(r"\w+", text))
