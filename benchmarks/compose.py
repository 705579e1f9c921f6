"""Compose 20 articles and let MJML compile the same issue; print the ratios of time, memory and bytes.

    python -m benchmarks.compose [--mjml NODE_MODULES/.bin/mjml] [--rounds 5]

Both run as whole processes, in turns, and the median counts. The MJML is made from what `newsletter` composed: the same
masthead, contents list, stories with banner, source, date, summary, button and QR code, and footer. Install MJML with
``npm install --ignore-scripts mjml`` in an empty folder.
"""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from html import escape
from pathlib import Path
from typing import Any

from lxml import html as lxml_html

from benchmarks.measure import Done, run

NOW = "2025-05-19T08:00:00Z"
ARTICLES = 20
SUMMARY = (
    "What happened this week in a town by the sea, told in two sentences of the usual length. The second one says "
    "why it matters to those who live there, and what the council wants to do about it next year."
)
CONFIG = """\
[newsletter]
name = "The Harbour Review"
base_url = "https://harbour.example"
postal_address = "1 Quay Street, Harbour Town"

[send]
from = "The Harbour Review <review@harbour.example>"
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mjml", default=shutil.which("mjml"))
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if not options.mjml:
        sys.exit("compose.py: MJML is not installed; name its program with --mjml")
    measure(options.mjml, options.rounds)


def measure(mjml: str, rounds: int) -> tuple[float, ...]:
    """Print a table, and return the ratios of time, memory and bytes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        compose = write_project(folder)
        run(compose, folder)
        page = folder / "issues" / "2025-W20" / "email.html"
        letter = folder / "letter.mjml"
        letter.write_text(as_mjml(page.read_text(encoding="utf-8")), encoding="utf-8")
        compile_letter = [mjml, str(letter), "-o", str(folder / "letter.html")]
        pairs = [(run(compose, folder), run(compile_letter, folder)) for _ in range(rounds)]
        sizes = page.stat().st_size, (folder / "letter.html").stat().st_size
    ours, theirs = (medians(side) for side in zip(*pairs, strict=True))
    rows = [*zip(("seconds", "MB", "bytes"), (*ours, sizes[0]), (*theirs, sizes[1]), strict=True)]
    print(f"{'':8}{'newsletter':>12}{'MJML':>12}{'ratio':>8}")
    for label, one, other in rows:
        print(f"{label:8}{one:>12,.2f}{other:>12,.2f}{one / other:>8.2f}")
    return tuple(one / other for _, one, other in rows)


def medians(side: tuple[Done, ...]) -> tuple[float, float]:
    """Return the median wall time and the median peak of one side's runs."""
    return statistics.median(done.seconds for done in side), statistics.median(done.peak for done in side)


def write_project(folder: Path) -> list[str]:
    """Write a project of 20 articles and return the command that composes them."""
    (folder / "newsletter.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "content").mkdir()
    for number in range(ARTICLES):
        slug = f"2025-05-{12 + number % 7}-a-story-of-the-harbour-with-a-headline-of-the-usual-length-number-{number}"
        fields = {
            "title": f"A story of the harbour with a headline of the usual length, which is about {number} words",
            "date": f"2025-05-{12 + number % 7}T09:00:00Z",
            "summary": SUMMARY,
            "url": slug,
            "source": ("Harbour Desk", "City Desk")[number % 2],
            "enclosure": f"https://cdn.harbour.example/banners/{('city', 'culture')[number % 2]}-{number}.jpg",
        }
        lines = [f"{key} = {json.dumps(value)}" for key, value in fields.items()]
        text = "\n".join(["+++", *lines, "+++", f"<p>{slug}: {SUMMARY}</p>", ""])
        (folder / "content" / f"{slug}.md").write_text(text, encoding="utf-8")
    newsletter = str(Path(sys.executable).with_name("newsletter"))
    return [newsletter, "-q", "--now", NOW, "compose", "--week", "--offline"]


def as_mjml(page: str) -> str:
    """Return a composed page in MJML's own elements, in the default look of MJML."""
    body: Any = lxml_html.document_fromstring(page).find("body")
    parts = [f"<mj-text font-size='40px'>{text(body.find('.//h1'))}</mj-text>"]
    parts += [f"<mj-text>{text(one)}</mj-text>" for one in body.xpath(".//h1/following-sibling::p")]
    contents = "".join(f"<li>{markup(one)}</li>" for one in body.xpath(".//ol/li/a"))
    sections = [section(column("100%", *parts, f"<mj-text><ol>{contents}</ol></mj-text>"))]
    sections += [story(heading) for heading in body.xpath(".//h2[.//a]|.//h3")]
    codes = [code(link) for link in body.xpath(".//a[img[contains(@src, 'cid:qr-')]]")]
    sections += [section("".join(codes[start : start + 3])) for start in range(0, len(codes), 3)]
    footer = body.xpath(".//td[last()]")[-1]
    sections.append(section(column("100%", f"<mj-text>{text(footer)}</mj-text>")))
    head = f"<mj-head><mj-title>{text(body.find('.//h1'))}</mj-title><mj-preview>{SUMMARY}</mj-preview></mj-head>"
    return f"<mjml>{head}<mj-body>{''.join(sections)}</mj-body></mjml>"


def story(heading: lxml_html.HtmlElement) -> str:
    """Return one story: its picture in one column, its text in the other."""
    around = heading.xpath("ancestor::tr[1]")[-1]
    pictures = [one for one in around.iter("img") if one.get("alt")][:2]
    images = (
        f'<mj-image src="{one.get("src")}" alt="{escape(one.get("alt"))}" width="{one.get("width")}px"/>'
        for one in pictures
    )
    words = [f"<mj-text>{text(one)}</mj-text>" for one in heading.itersiblings("p")]
    link = heading.find(".//a").get("href")
    button = f'<mj-button href="{link}">Read the full story</mj-button>'
    title = f"<mj-text font-size='22px'>{markup(heading.find('.//a'))}</mj-text>"
    return section(column("35%", *images) + column("65%", title, *words, button))


def code(link: lxml_html.HtmlElement) -> str:
    """Write one code of those at the end, with its words."""
    image = link.find("img")
    shown = f'<mj-image src="{image.get("src")}" alt="{escape(image.get("alt"))}" width="{image.get("width")}px"/>'
    return column("33%", shown, f"<mj-text>{markup(link)}</mj-text>")


def section(inner: str) -> str:
    """Return a section."""
    return f"<mj-section background-color='#ffffff'>{inner}</mj-section>"


def column(width: str, *parts: str) -> str:
    """Return a column."""
    return f"<mj-column width='{width}'>{''.join(parts)}</mj-column>"


def text(element: lxml_html.HtmlElement) -> str:
    """Return an element's text."""
    return escape(" ".join(element.text_content().split()))


def markup(link: lxml_html.HtmlElement) -> str:
    """Return a link with its text."""
    return f'<a href="{link.get("href")}">{text(link)}</a>'


if __name__ == "__main__":
    main()
