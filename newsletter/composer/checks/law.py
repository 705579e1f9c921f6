"""Rules that laws and mailbox providers set."""

from collections.abc import Iterator

from newsletter import merge
from newsletter.composer.checks.page import HTML, TEXT, Page
from newsletter.composer.findings import finding
from newsletter.models import Finding

__all__ = ["check_postal_address", "check_unsubscribe"]


def check_unsubscribe(page: Page) -> Iterator[Finding]:
    """Find a part without a way to unsubscribe."""
    in_html, in_text = merge.unsubscribe_tokens(page.config.send.unsubscribe)
    if not any(link.get("href") == in_html for link in page.links):
        yield finding("unsubscribe", HTML, "there is no unsubscribe link", "link {{ unsubscribe }} in the template")
    if in_text not in page.message.text:
        yield finding("unsubscribe", TEXT, "there is no unsubscribe address", "print {{ unsubscribe }} in issue.txt")


def check_postal_address(page: Page) -> Iterator[Finding]:
    """Find a missing postal address, which CAN-SPAM and CASL ask for."""
    if not page.config.newsletter.postal_address.strip():
        message = "the newsletter has no postal address"
        yield finding("postal-address", page.config.path.name, message, "set postal_address in [newsletter]")
