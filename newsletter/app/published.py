"""Prove that what an issue needs of the site is published: its hosted pictures, and its page.

What lies in the built site that `output` names is looked up there; the rest is asked of the host that the
configuration names, since only `before_send` can have published it.
"""

from collections.abc import Iterator
from html import escape

from newsletter.config import Config
from newsletter.errors import CommandError
from newsletter.models import Finding, Message
from newsletter.toml_binding import shown_path
from newsletter.wording import counted

__all__ = ["find_unpublished", "hosted_addresses", "require_published"]

_LONGEST = 200  # characters of an address in a message


def hosted_addresses(message: Message, config: Config) -> tuple[str, ...]:
    """Return the addresses of a message's pictures that are below that of hosted pictures."""
    from lxml import etree

    start = config.hosted_url
    if not start or not config.assets or escape(start, quote=False) not in message.html:
        return ()
    page = etree.fromstring(message.html, etree.HTMLParser(huge_tree=True))
    addresses = (image.get("src", "") for image in page.iter("img"))
    return tuple(dict.fromkeys(one for one in addresses if one.startswith(start)))


def find_unpublished(message: Message, config: Config) -> Iterator[Finding]:
    """Yield a finding where nothing publishes a message's hosted pictures, nor proves that they are there."""
    from newsletter.composer.findings import finding
    from newsletter.site.proof import path_on_site

    hosted = hosted_addresses(message, config)
    proved = config.site.output and hosted and path_on_site(hosted[0], config.newsletter.base_url) is not None
    if hosted and not config.run.before_send and not proved:
        text = f"nothing publishes the {counted(len(hosted), 'picture')} in {shown_path(config.hosted)}"
        hint = "set before_send in [run] to what publishes the site, or output in [site] to the built site"
        yield finding("picture-unpublished", "email.html", text, hint)


def require_published(config: Config, message: Message, page: str = "") -> None:
    """Raise CommandError unless the hosted pictures of a message can be loaded, and the issue's `page` be reached."""
    from newsletter.site.ask import ask_site

    wanted = (*(one for one in hosted_addresses(message, config) if not _is_built(one, config)), page)
    for address, answer in ask_site(filter(None, wanted)).items():
        if isinstance(answer, str) or not 200 <= answer < 300:
            said = answer if isinstance(answer, str) else f"the site answers {answer}"
            raise CommandError(
                f"not published: {address[:_LONGEST]} cannot be reached: {said}", hint=_hint(config, address == page)
            )


def _is_built(address: str, config: Config) -> bool:
    """Return whether a picture is in the built site; the site that is published is made of it."""
    from newsletter.site.proof import BuiltSite

    folder = config.root / config.site.output
    return bool(config.site.output) and BuiltSite(folder, config.newsletter.base_url).has(address) is True


def _hint(config: Config, is_page: bool) -> str:
    key = "url in [web] is its address" if is_page else "assets_url in [compose] is their address"
    who = "see that before_send waits until the site is there" if config.run.before_send else "publish the site"
    return f"{who}, check that {key}, then run the same command again"
