"""Prove that the links and pictures of an issue that lead to the newsletter's own site are there."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from newsletter.app.published import find_unpublished, hosted_addresses
from newsletter.config import Config
from newsletter.models import Article, Finding, Message, Outline
from newsletter.toml_binding import shown_path

__all__ = ["ask_links", "prove_links"]

_LONGEST = 200  # characters of an address in a message


def prove_links(
    message: Message, outline: Outline, articles: Mapping[str, Article] | None, config: Config
) -> tuple[Finding, ...]:
    """Look up each own link and picture of a message in the built site, where [site] output names it.

    What `before_send` publishes may come later: the issue's page and hosted pictures, see `app.published`.
    """
    unpublished = tuple(find_unpublished(message, config))
    if not config.site.output:
        return unpublished
    from newsletter.composer.findings import finding
    from newsletter.site.proof import BuiltSite

    folder = config.root / config.site.output
    if not folder.is_dir():
        hint = "build the site, or take output out of [site]"
        return (
            finding("link-missing", str(config.path.name), f"the built site is not there: {config.site.output}", hint),
        )
    site = BuiltSite(folder, config.newsletter.base_url)
    later = {*hosted_addresses(message, config), config.page_address(outline.issue)} if config.run.before_send else {""}
    links = {address: words for address, words in _addresses(message, outline, config) if address not in later}
    own = {address: words for address, words in links.items() if site.has(address) is not None}
    missing = [address for address in own if not site.has(address)]
    if len(missing) == len(own):
        hint = (
            f"build the site with the base address {config.newsletter.base_url}; {shown_path(folder)} has none of them"
        )
    else:
        hint = f"build the site, then compose again: {shown_path(folder)} is older than the article, it seems"
    by_link = {article.link: article for article in (articles or {}).values()}
    found = (
        finding("link-missing", *_named(address, own[address], by_link, "the built site has no such page"), hint)
        for address in missing
    )
    return (*unpublished, *found)


def ask_links(
    message: Message, outline: Outline, config: Config, progress: Callable[[int], None] | None = None
) -> tuple[Finding, ...]:
    """Ask the newsletter's own site for each own link and picture of a message; unsubscribe links are left alone."""
    from newsletter.composer.findings import finding
    from newsletter.site.ask import ask_site
    from newsletter.site.proof import path_on_site

    base = config.newsletter.base_url
    own = {
        address.partition("#")[0]: words
        for address, words in _addresses(message, outline, config)
        if path_on_site(address, base) is not None
    }
    found: list[Finding] = []
    silent: dict[str, list[str]] = {}  # addresses without an answer, by the reason
    for address, answer in ask_site(own, progress=progress).items():
        where, text = _named(address, own[address], {}, f"the site answers {answer}")
        if isinstance(answer, str):
            silent.setdefault(answer, []).append(address)
        elif answer >= 400:
            code = "link-missing" if answer in (404, 410) else "link-unanswered"
            found.append(finding(code, where, text, "publish the site first, or look whether base_url is its address"))
    return (*found, *(_unanswered(reason, addresses) for reason, addresses in silent.items()))


def _unanswered(reason: str, addresses: Sequence[str]) -> Finding:
    """Return one finding for all addresses that share a reason: it is the site's or the network's, not theirs."""
    from newsletter.composer.findings import finding

    more = f", nor for {len(addresses) - 1:,} more" if len(addresses) > 1 else ""
    message = f"the site gave no answer for {addresses[0][:_LONGEST]}{more}: {reason}"
    return finding("link-unanswered", "email.html", message, "check base_url and the network connection, then repeat")


def _named(address: str, words: str, by_link: Mapping[str, Article], problem: str) -> tuple[str, str]:
    """Return where a link is, and what is wrong with it, with its article or its own words."""
    article = by_link.get(address.partition("?")[0].partition("#")[0])
    text = f"{problem}: {address[:_LONGEST]}"
    if article:
        return article.path, text
    return "email.html", f"{text} ({words[:60]})" if words else text


def _addresses(message: Message, outline: Outline, config: Config) -> Iterator[tuple[str, str]]:
    """Yield the addresses of links and pictures with the words of the links; none that a reader unsubscribes with."""
    from newsletter.composer.checks.page import Page

    page = Page(message=message, outline=outline, articles=None, config=config)
    ways = (*config.provider.tags.values(), _unsubscribe_start(config))
    for link in page.links:
        address = link.get("href", "").strip()
        if "%%" not in address and not address.startswith(tuple(filter(None, ways))):
            yield address, " ".join("".join(map(str, link.itertext())).split())
    for picture in page.images:
        yield picture.get("src", "").strip(), picture.get("alt", "")


def _unsubscribe_start(config: Config) -> str:
    """Return how every unsubscribe link begins, without the fields of a reader; "" where the provider makes them."""
    url = config.send.unsubscribe.url.partition("{")[0].partition("?")[0]
    return url if urlsplit(url).path.strip("/") else ""
