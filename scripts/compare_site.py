"""Compare the links of a site's pages with the list that its generator makes, and print a row for each site.

    python -m scripts.compare_site LIST SITE            the list below the content folder of the site
    python -m scripts.compare_site -v LIST SITE …       each difference too

A list is a CSV file, maybe compressed, with the columns path, date, draft and permalink of ``hugo list all``; paths
are below the archive, as `newsletter init --site` finds it. Two things are compared: the link of every listed page of
the archive, whatever its section, and what `newsletter select` picks of all time from the site's sections.
"""

import argparse
import csv
import gzip
import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from newsletter.app.site import read_site
from newsletter.config import Config, load_config
from newsletter.errors import NewsletterError
from newsletter.front_matter import parse_front_matter
from newsletter.pages import Content
from newsletter.selector.archive import File
from newsletter.selector.article import Candidate, Reader

_PAGES = (".md", ".markdown", ".mdown", ".html", ".htm")
_ALL_TIME = ("--since", "1900-01-01", "--until", "2099-12-31", "--limit", "0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What came of one site: listed pages, how many of their links are right, what is wrong, noise on stderr."""

    pages: int
    right: int
    wrong: tuple[str, ...]
    picked: int
    hidden: tuple[str, ...]
    noise: int


def main() -> None:
    """Compare each pair of a list and a site, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("places", nargs="+", metavar="LIST SITE", type=Path)
    parser.add_argument("-v", "--verbose", action="store_true", help="print each difference")
    options = parser.parse_args()
    if len(options.places) % 2:
        parser.error("name a site for each list")
    print("| site | pages | links right | % | picked by select | hidden ones picked | lines on stderr |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for listed, site in zip(options.places[::2], options.places[1::2], strict=True):
        found = compare(load(listed), site)
        share = f"{100 * found.right / max(1, found.pages):.2f}"
        cells = (site.name, found.pages, found.right, share, found.picked, len(found.hidden), found.noise)
        print(f"| {' | '.join(map(str, cells))} |")
        if options.verbose:
            print(*(f"  {line}" for line in (*found.wrong, *found.hidden)), sep="\n")


def load(path: Path) -> dict[str, str]:
    """Read a list: the permalink of each path, "" for a page that is not written.

    Where a path is there in several languages, the shortest address counts: that of the site's own language.
    """
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    pages: dict[str, str] = {}
    for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"))):
        link = "" if row["draft"] == "true" else row["permalink"]
        pages[row["path"]] = min(filter(None, (link, pages.get(row["path"]))), key=len, default="")
    return pages


def compare(listed: dict[str, str], site: Path) -> Compared:
    """Make a project for a site, and compare what it says of each page with the list."""
    with tempfile.TemporaryDirectory() as name:
        project = Path(name) / "newsletter"
        newsletter("init", "--site", str(site.resolve()), str(project), folder=Path(name))
        config = load_config(project / "newsletter.toml", read_site=read_site)
        links = {
            path: link for path, link in links_of(config) if not path.rpartition("/")[2].startswith(("_index.", "."))
        }
        pages = {path: path_of(link) for path, link in listed.items() if link and path in links}
        wrong = [f"{path}: {links[path] or 'no page'}, not {link}" for path, link in pages.items()]
        wrong = [line for line, (path, link) in zip(wrong, pages.items(), strict=True) if path_of(links[path]) != link]
        done = newsletter("select", *_ALL_TIME, "--json", folder=project)
        picked = [one["path"] for one in json.loads(done.stdout)["articles"]]
        hidden = [f"picked: {path}" for path in picked if not listed.get(path)]
    return Compared(
        pages=len(pages),
        right=len(pages) - len(wrong),
        wrong=tuple(wrong),
        picked=len(picked),
        hidden=tuple(hidden),
        noise=len(done.stderr.splitlines()),
    )


def links_of(config: Config) -> Iterator[tuple[str, str]]:
    """Yield the path and the link of each content file, "" for one that is not public."""
    reader = Reader(config)
    for number, archive in enumerate(config.archives):
        for path in sorted(archive.rglob("*")):
            if path.name.lower().endswith(_PAGES) and path.is_file():
                below = path.relative_to(archive).as_posix()
                one = reader.read(File(below, path.read_bytes()), archive=number, wanted=lambda published: True)
                if isinstance(one, Candidate):
                    yield below, "" if one.hidden or one.draft else one.article.link
                else:
                    yield below, link_of_undated(config, number, below, path)


def link_of_undated(config: Config, archive: int, below: str, path: Path) -> str:
    """Return the link of a page that is no article, as it has no date or no title."""
    try:
        fields = parse_front_matter(path.read_bytes()).fields
    except NewsletterError:
        fields = {}
    page = config.pages.page(archive, below, Content(fields=fields)) if config.pages else None
    return page.link if page and not page.hidden else ""


def path_of(link: str) -> str:
    """Return an address without its host: the lists were made on another one."""
    return urlsplit(urljoin("https://site.invalid/", link)).path if link else ""


def newsletter(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the program in a folder."""
    command = [sys.executable, "-m", "newsletter", "--now", "2100-01-01T00:00:00Z", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    main()
