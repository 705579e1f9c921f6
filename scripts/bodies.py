"""Compose issues of whole articles from folders of content, and count what readers would stumble over.

    python scripts/bodies.py FOLDER … [--most N] [--template NAME] [--width 360] [--checker vnu.jar] [--show]

Each folder is one site's content. A line a site: its articles, and the issues (ten articles each) that are wider than
the screen, cannot be sent, have marks of Markdown or shortcodes outside code, have errors of HTML (with --checker, the
Nu HTML checker), or a text part that lacks a word. Marks that Hugo shows on the site as well, because an author made a
slip or means them, are counted apart. Articles are other people's: none is kept.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lxml import etree

from newsletter.app.references import page_finder
from newsletter.composer.compose import Composition, compose, first_outline
from newsletter.config import Config
from newsletter.models import Article, Counts, Period, Selection, Severity
from newsletter.providers.sendgrid import TRAITS
from newsletter.selector.archive import File
from newsletter.selector.article import Candidate, Reader
from newsletter.settings import ComposeSettings, NewsletterSettings, SendSettings
from tests.composer.browser import shown, widths

EACH = 10
BASE = "https://site.example"
RAW_MARKS = re.compile(
    r"\]\(\S|\*\*\w|(?:^|\s)#{1,6} \w|```|\{\{[<%]|\{%|\{\{ ?\w+\(|\[\^\w+\]|\[![A-Z]+\]|^\s*\|.*\|.*\||\{:? ?[.#]\w",
    re.MULTILINE,
)
PERIOD = Period(
    kind="days",
    label="all",
    start=datetime(1990, 1, 1, tzinfo=UTC),
    end=datetime(2100, 1, 1, tzinfo=UTC),
    timezone="UTC",
)
COLUMNS = (
    "articles",
    "issues",
    "tracebacks",
    "wide",
    "blocked",
    "raw marks",
    "html errors",
    "text lacks words",
    "raw on the site too",
)
SHORTCODE = re.compile(r"\{\{[<%][^{}]*+\}\}")
WORD = re.compile(r"\w+")


def config(folder: Path, template: Any) -> Config:
    """Make the configuration of one site."""
    about = NewsletterSettings(name="Bodies", base_url=BASE, archive=(str(folder),), postal_address="1 Quay Street")
    return Config(
        path=folder.parent / "newsletter.toml",
        newsletter=about,
        compose=ComposeSettings(template=template, body="full", qr="off"),
        send=SendSettings(from_="Bodies <bodies@site.example>"),
        provider=TRAITS,
    )


def articles(folder: Path, settings: Config, most: int) -> Iterator[Article]:
    """Read the articles of a site that have bodies."""
    reader = Reader(settings)
    files = sorted(
        path for path in folder.rglob("*") if path.suffix in (".md", ".markdown", ".html") and path.is_file()
    )
    step = max(1, len(files) // (most * 2))
    found = 0
    for path in files[::step]:
        name = path.relative_to(folder).as_posix()
        read = reader.read(File(name, path.read_bytes()), archive=0, wanted=lambda _: True)
        if isinstance(read, Candidate) and read.article.body.strip():
            found += 1
            yield read.article
            if found == most:
                return


def issue(chosen: list[Article], settings: Config) -> Composition:
    """Compose one issue."""
    counts = Counts(scanned=0, in_period=0, articles=len(chosen), skipped=0, invalid=0, undated=0)
    selection = Selection(period=PERIOD, articles=tuple(chosen), skipped=(), invalid=(), counts=counts)
    outline = first_outline(selection, "all", settings)
    named = {one.key: one for one in chosen}
    return compose(outline, named, settings, offline=True, page=page_finder(settings))


def faults(composition: Composition, chosen: list[Article]) -> Iterator[tuple[str, str]]:
    """Yield (a column, what was found) of one issue."""
    for found in composition.findings:
        if found.severity is Severity.ERROR:
            yield "blocked", f"{found.code} {found.where}: {found.message}"
    root = etree.fromstring(composition.message.html, etree.HTMLParser(huge_tree=True))
    words: Any = root.xpath("//body//text()")
    shown = unicodedata.normalize("NFKC", " ".join(map(str, words)))
    text = unicodedata.normalize("NFKC", composition.message.text)
    letters = "".join(WORD.findall(text.casefold()))
    lacking = [one for one in dict.fromkeys(WORD.findall(shown.casefold())) if one not in letters]
    if lacking:
        yield "text lacks words", " ".join(lacking[:20])
    marks = [*raw_marks(root)]
    known = marks_of_the_site(chosen) if marks else ""
    for mark in marks:
        around = mark.string[max(0, mark.start() - 40) : mark.end() + 60]
        own = "".join(mark.string[max(0, mark.start() - 8) : mark.end() + 3].split()) in known and "{" not in mark[0]
        yield "raw on the site too" if own else "raw marks", around


def raw_marks(root: Any) -> Iterator[re.Match[str]]:
    """Find the first mark in each block outside code."""
    _clear_code(root)
    for block in root.iter("p", "li", "div", "dd"):
        words: Any = block.xpath("text()|*[not(self::p|self::div|self::ul|self::ol)]//text()")
        if match := RAW_MARKS.search("".join(map(str, words))):
            yield match


def _clear_code(root: Any) -> None:
    for code in [*root.iter("pre", "code", "style")]:
        tail = code.tail
        code.clear()
        code.tail = tail


def marks_of_the_site(chosen: list[Article]) -> str:
    """Return what readers of the site see of these articles, as Hugo renders them, without blanks."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        settings = {"markup": {"goldmark": {"renderer": {"unsafe": True}}}, "disableKinds": ["taxonomy", "RSS"]}
        (folder / "hugo.json").write_text(json.dumps(settings))
        for number, one in enumerate(chosen):
            page = folder / "content" / f"{number}.md"
            page.parent.mkdir(exist_ok=True)
            page.write_text(f"---\ntitle: x\n---\n{SHORTCODE.sub('', one.body)}", encoding="utf-8")
        layout = folder / "layouts" / "_default" / "single.html"
        layout.parent.mkdir(parents=True)
        layout.write_text("<div>{{ .Content }}</div>")
        subprocess.run(
            [Path(sys.executable).with_name("hugo"), "--source", scratch, "--quiet"],
            check=True,
            timeout=60,
            capture_output=True,
        )
        pages = [one.read_text(encoding="utf-8") for one in sorted((folder / "public").rglob("*.html"))]
    parser = etree.HTMLParser(huge_tree=True)
    return "".join(str(word) for one in pages if one for word in etree.fromstring(one, parser).itertext()).translate(
        BLANKS
    )


BLANKS = dict.fromkeys(map(ord, " \t\n\r\xa0"))


def html_errors(pages: Sequence[str], checker: str) -> Counter[int]:
    """Count the errors of each page, by its number."""
    with tempfile.TemporaryDirectory() as scratch:
        names = [Path(scratch) / f"{number}.html" for number in range(len(pages))]
        for name, page in zip(names, pages, strict=True):
            name.write_text(page.replace(TRAITS.tags["subscription"], f"{BASE}/unsubscribe"), encoding="utf-8")
        command = ["java", "-Xss8m", "-jar", checker, "--errors-only", "--format", "json", *map(str, names)]
        output = subprocess.run(command, capture_output=True, text=True, timeout=600).stderr
        said = json.loads(output[max(0, output.find('{"messages"')) :])
    for one in said["messages"][:20]:
        sys.stderr.write(f"html errors: {one['url'][-8:]}: {one['message'][:150]}: {one.get('extract', '')[:120]!r}\n")
    return Counter(int(Path(one["url"]).stem) for one in said["messages"])


def measure(folder: Path, options: argparse.Namespace) -> Counter[str]:
    """Count the faults of one site."""
    settings = config(folder, options.template)
    every = [*articles(folder, settings, options.most)]
    counts: Counter[str] = Counter(articles=len(every))
    pages: list[str] = []
    letters: list[str] = []
    for start in range(0, len(every), EACH):
        chosen = every[start : start + EACH]
        counts["issues"] += 1
        try:
            composition = issue(chosen, settings)
        except Exception as error:
            counts["tracebacks"] += 1
            say(options, folder, "tracebacks", f"{type(error).__name__} {error} {chosen[0].path}")
            continue
        found = dict.fromkeys(faults(composition, chosen))
        counts.update({column for column, _ in found})
        for column, what in found:
            say(options, folder, column, what)
        pages.append(shown(composition.message))
        letters.append(composition.message.html)
    if options.checker:
        counts["html errors"] = len(html_errors(letters, options.checker))
    if options.width:
        with tempfile.TemporaryDirectory() as scratch:
            for start in range(0, len(pages), 25):
                wide = widths(pages[start : start + 25], Path(scratch), options.width)
                counts["wide"] += sum(one > options.width for one in wide)
                for number, one in enumerate(wide):
                    if one > options.width:
                        first = every[(start + number) * EACH].path
                        say(options, folder, "wide", f"{one} px: the ten from {first}")
    return counts


def say(options: argparse.Namespace, folder: Path, column: str, what: str) -> None:
    """Print one fault, where that was asked for."""
    if options.show:
        sys.stderr.write(f"{folder.name}: {column}: {' '.join(what.split())[:220]}\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--most", type=int, default=250)
    parser.add_argument("--template", default="digest")
    parser.add_argument("--width", type=int, default=360)
    parser.add_argument("--checker", default="")
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    print("site", *COLUMNS, sep="\t")
    total: Counter[str] = Counter()
    for folder in options.folders:
        counts = measure(folder.resolve(), options)
        total += counts
        print(folder.name, *(counts[column] for column in COLUMNS), sep="\t", flush=True)
    print("all", *(total[column] for column in COLUMNS), sep="\t")
