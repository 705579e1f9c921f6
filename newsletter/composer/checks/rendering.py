"""Rules about rendering: readable colours, CSS that mail programs support, headings in order, size."""

import re
from collections.abc import Iterator

from newsletter.composer.checks.page import HTML, Page
from newsletter.composer.findings import finding
from newsletter.composer.theme import Palette, contrast, luma, palettes
from newsletter.models import Finding

__all__ = ["GMAIL_CLIPS", "check_contrast", "check_css_support", "check_headings", "check_size", "check_style_blocks"]

GMAIL_CLIPS = 102_400
"""How many bytes of decoded HTML Gmail shows; the rest is behind a link."""
_STYLE_BYTES = 16_384
_READABLE = 4.5
_DARK_ENOUGH = 72  # luma up to which Thunderbird's dark mode does not repaint a button with white text
_PAIRS = (
    ("text", "surface"),
    ("text", "background"),
    ("muted", "surface"),
    ("muted", "background"),
    ("ink", "surface"),
    ("ink", "background"),
    ("on_accent", "accent"),
)
_UNSUPPORTED = re.compile(
    r"(?<![\w-])((?:float|position|object-fit|aspect-ratio|filter|transform|animation|transition|clip-path|columns"
    r"|column-count|gap|text-underline-offset|text-decoration-color|box-shadow|text-shadow)\s*:"
    r"|display\s*:\s*(?:flex|grid|inline-flex|inline-grid|contents)|var\(|calc\(|clamp\(|[\w-]*gradient\("
    r"|background-image\s*:|rgb\([^,)]+\)|oklch\(|lab\()",
    re.IGNORECASE,
)


def check_size(page: Page) -> Iterator[Finding]:
    """Find HTML that Gmail clips, including the growth by click tracking, and count the articles that fit."""
    growth = page.config.provider.tracked_link * len(page.links) if page.config.send.tracking else 0
    size = len(page.message.html.encode())
    if size + growth <= GMAIL_CLIPS:
        return
    tracked = f", {size + growth:,} with click tracking" if growth else ""
    count = len(page.outline.entries)
    fit = _articles_that_fit(page, (size + growth) / size)
    message = f"the HTML has {size:,} bytes{tracked}; Gmail clips it at {GMAIL_CLIPS:,}: {fit} of {count} articles fit"
    hint = f"take articles out of issue.toml, or set limit = {fit} in [select] and compose with --reselect"
    yield finding("size", HTML, message, hint if fit else "shorten the bodies")


def _articles_that_fit(page: Page, growth: float) -> int:
    """Count the stories for which there is room; what each has again at the end, such as its code, counts as well."""
    html = page.message.html
    links = [link for link in _story_links(page) if link in html]
    if not links:
        return int(len(page.outline.entries) * GMAIL_CLIPS / (len(html.encode()) * growth))
    starts = sorted(len(html[: html.find(link)].encode()) for link in links)
    end = max(len(html[: html.rfind(link)].encode()) for link in links)
    share = (end - starts[-1]) / len(starts)  # of what comes after the last story begins: it, and all codes
    fixed = starts[0] + len(html.encode()) - end
    return sum(
        (fixed + start - starts[0] + share * number) * growth <= GMAIL_CLIPS
        for number, start in enumerate([*starts[1:], starts[-1]], 1)
    )


def _story_links(page: Page) -> set[str]:
    chosen = (page.articles.get(entry.key) for entry in page.outline.entries) if page.articles else ()
    return {article.link for article in chosen if article and article.link}


def check_contrast(page: Page) -> Iterator[Finding]:
    """Find colours of the theme without enough contrast, in light and dark mode."""
    for scheme, palette in zip(("", "_dark"), palettes(page.config.compose.theme), strict=True):
        for above, below in _PAIRS:
            ratio = contrast(getattr(palette, above), getattr(palette, below))
            if ratio < _READABLE:
                message = (
                    f"{above}{scheme} on {below}{scheme} has a contrast of {ratio:.1f}; {_READABLE} or more is readable"
                )
                yield finding("contrast", page.config.path.name, message, "change the colours in [compose.theme]")
    yield from _button_colour(palettes(page.config.compose.theme)[0], page)


def _button_colour(light: Palette, page: Page) -> Iterator[Finding]:
    if light.on_accent == "#ffffff" and luma(light.accent) > _DARK_ENOUGH:
        message = f"the accent {light.accent} is so light that Thunderbird's dark mode repaints the button"
        yield finding("button-colour", page.config.path.name, message, "use a darker accent")


def check_css_support(page: Page) -> Iterator[Finding]:
    """Find CSS that major mail programs do not support."""
    styles = [page.css, *(element.get("style", "") for element in page.root.iter() if isinstance(element.tag, str))]
    found = sorted(
        {match[1].lower().rstrip(":( ").strip() for style in styles for match in _UNSUPPORTED.finditer(style)}
    )
    if found:
        message = f"not every mail program supports: {', '.join(found)}"
        yield finding("css-support", HTML, message, "lay out with tables and inline-block")


def check_style_blocks(page: Page) -> Iterator[Finding]:
    """Find style blocks that Gmail drops, and declarations in @media that lose to inlined ones."""
    size = len(page.css.encode())
    if size > _STYLE_BYTES or re.search(r"@[a-z-]+[^{}@]*+\{[^{}@]*+@", page.css):
        message = f"the style block has {size:,} bytes, or a nested @ rule; Gmail drops it"
        yield finding("css-size", HTML, message, f"keep at most {_STYLE_BYTES:,} bytes, and no nested @ rules")
    blocks = re.findall(r"@media[^{]*\{((?:[^{}]*\{[^{}]*\})*)", page.css)
    rules = [rule for block in blocks for body in re.findall(r"\{([^{}]*)\}", block) for rule in body.split(";")]
    lost = [rule for rule in rules if rule.strip() and "!important" not in rule]
    if lost:
        message = f"without !important this loses to the inlined style: {lost[0].strip()}"
        yield finding("css-important", HTML, message, "add !important inside @media")


def check_headings(page: Page) -> Iterator[Finding]:
    """Find a page without exactly one h1, or with a skipped level."""
    levels = [int(element.tag[1]) for element in page.root.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    if levels.count(1) != 1:
        yield finding(
            "headings",
            HTML,
            f"there are {levels.count(1)} h1 headings, not one",
            "make the newsletter's name the only h1",
        )
    if any(below - above > 1 for above, below in zip([0, *levels], levels, strict=False)):
        yield finding("headings", HTML, "a level of headings is skipped", "screen readers navigate by them")
