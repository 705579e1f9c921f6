"""Rules about pictures: alternative text, an address that works, a suitable format and size, codes that scan."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from newsletter.composer.checks.page import HTML, Page
from newsletter.composer.findings import finding
from newsletter.composer.image_data import is_weak_alt, rare_kind
from newsletter.composer.markup import shown_pictures
from newsletter.composer.png import read_bilevel_png
from newsletter.models import Finding, HostedImage, InlineImage

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["check_addresses", "check_alternatives", "check_codes", "check_travelling", "check_widths"]

_HEAVY, _HEAVY_ALL = 400_000, 2_000_000  # bytes; a phone's connection should show the issue within seconds
_QUIET = 4
_FINDER = 7


def check_alternatives(page: Page) -> Iterator[Finding]:
    """Find pictures without alternative text, and those whose text describes nothing."""
    for image in page.images:
        source, alt, place = image.get("src", "")[:80], image.get("alt"), page.place(image.get("src", ""))
        if alt is None:
            yield finding("alt-missing", place, f"a picture has no alt text: {source}", 'write alt="" for decoration')
        elif alt and is_weak_alt(alt):
            yield finding(
                "alt-weak",
                place,
                f"the alt text {alt!r} does not describe the picture: {source}",
                "describe what the picture shows",
            )


def check_addresses(page: Page) -> Iterator[Finding]:
    """Find pictures that mail programs do not load (data:, http, paths), and formats that some do not show."""
    for image in page.images:
        source = image.get("src", "")
        if not source.startswith(("https://", "cid:")):
            hint = "use https, or put the picture into the message"
            yield finding("picture-address", HTML, f"mail programs do not load this picture: {source[:80]}", hint)
        elif kind := rare_kind(source):
            yield finding("picture-kind", HTML, f"not every mail program shows {kind}: {source[:80]}", "use JPEG")


def check_widths(page: Page) -> Iterator[Finding]:
    """Find pictures without a whole-number width attribute, which Outlook shows in their full size."""
    for image in page.images:
        if not _width(image):
            message = f"a picture has no whole-number width attribute: {image.get('src', '')[:80]}"
            yield finding("picture-width", HTML, message, "Outlook ignores CSS widths")


def _width(image: "_Element") -> int:
    """Return the width attribute of a picture in pixels, 0 if it is not a whole number."""
    width = image.get("width", "")
    return int(width) if re.fullmatch("[1-9][0-9]{0,3}", width) else 0


def check_travelling(page: Page) -> Iterator[Finding]:
    """Find pictures in the message that are not shown, those that are shown but missing, and large ones."""
    used = shown_pictures(page.root)
    present = {image.cid for image in page.message.images}
    for cid in sorted(used - present):
        yield finding("cid-missing", HTML, f"the picture cid:{cid} is not in the message", "compose the issue again")
    for cid in sorted(present - used):
        yield finding(
            "cid-unused",
            HTML,
            f"the template does not show the picture cid:{cid}",
            "remove it, or show it in the template",
        )
    made: tuple[InlineImage | HostedImage, ...] = (*page.message.images, *page.hosted)
    for image in made:
        if len(image.content) > _HEAVY:
            message = f"{image.filename} weighs {len(image.content):,} bytes, over {_HEAVY:,}"
            yield finding("picture-weight", image.filename, message, "use a smaller picture")
    total = sum(len(image.content) for image in page.message.images)
    if total > _HEAVY_ALL:
        message = f"the pictures weigh {total:,} bytes together, over {_HEAVY_ALL:,}"
        yield finding("picture-weight", HTML, message, 'banners = "link" keeps them out of the message')


def check_codes(page: Page) -> Iterator[Finding]:
    """Find QR codes that decoders may not read: altered, without a quiet zone, or without whole pixels per module."""
    shown = {image.get("src", ""): image for image in page.images}
    for address, code in page.codes.items():
        if address in shown and (problem := _code_problem(code.content, _width(shown[address]))):
            hint = "compose the issue again, and show codes as they come, without resizing them"
            yield finding("qr-quality", code.filename, problem, hint)


def _code_problem(content: bytes, width: int) -> str:
    rows = read_bilevel_png(content)
    dark = [row.find("0") for row in rows if "0" in row]
    if not rows or not dark:
        return "the code is not the plain black and white PNG that composing draws"
    margin = min(dark)
    top = next(index for index, row in enumerate(rows) if "0" in row)
    run = re.search("0+", rows[top])
    module = len(run[0]) / _FINDER if run else 0
    if not module or margin < _QUIET * module or top < _QUIET * module:
        return "the code has no quiet zone of four modules"
    shown = module * width / len(rows)
    if shown < 3 or shown != int(shown):
        return f"a module is drawn in {shown:g} pixels; three or more whole ones are read reliably"
    return ""
