"""Check a composed message: small rules that return findings with a stable code each.

A rule is a function of the parsed page that yields findings; to add one, write it, name its code in `findings.py`,
explain it in ``docs/reference/checks.md`` and put it into `RULES`.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from newsletter.composer.checks import bodies as body_rules
from newsletter.composer.checks import compliance, links, pictures, rendering, wording
from newsletter.composer.checks.page import Page
from newsletter.composer.content import Body
from newsletter.composer.findings import SEVERITIES
from newsletter.config import Config
from newsletter.models import Article, Finding, HostedImage, Message, Outline

__all__ = ["RULES", "SEVERITIES", "check"]

RULES: tuple[Callable[[Page], Iterator[Finding]], ...] = (
    rendering.check_size,
    wording.check_subject,
    wording.check_preheader,
    wording.check_leftovers,
    wording.check_charset,
    compliance.check_unsubscribe,
    compliance.check_postal_address,
    wording.check_merge_fields,
    wording.check_any_article,
    wording.check_articles,
    wording.check_bodies,
    body_rules.check_raw_marks,
    body_rules.check_joined_words,
    body_rules.check_wide,
    wording.check_language,
    pictures.check_alternatives,
    pictures.check_addresses,
    pictures.check_widths,
    pictures.check_travelling,
    pictures.check_codes,
    links.check_link_addresses,
    links.check_link_words,
    links.check_code_links,
    wording.check_text_covers,
    wording.check_text_lines,
    rendering.check_contrast,
    rendering.check_css_support,
    rendering.check_style_blocks,
    rendering.check_headings,
)


def check(
    message: Message,
    outline: Outline,
    articles: Mapping[str, Article] | None,
    config: Config,
    bodies: Mapping[str, Body] = MappingProxyType({}),
    hosted: tuple[HostedImage, ...] = (),
) -> tuple[Finding, ...]:
    """Run every rule over `message`; without `articles`, the rules about single articles are skipped.

    `bodies` are those that the message shows, by the keys of their articles, `hosted` its pictures on the site.
    """
    page = Page(message=message, outline=outline, articles=articles, config=config, bodies=bodies, hosted=hosted)
    return tuple(finding for rule in RULES for finding in rule(page))
