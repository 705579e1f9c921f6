"""Small sites for the tests: files in a folder, and what the program makes of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newsletter.app.site import read_site
from newsletter.config import Config, load_config
from newsletter.errors import ArticleError
from newsletter.front_matter import parse_front_matter
from newsletter.pages import Content, Page
from newsletter.selector.archive import File
from newsletter.selector.article import Candidate, Reader

__all__ = ["Result", "SiteFolder", "page_text"]

ENDINGS = (".md", ".markdown", ".html", ".htm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the program says of one content file: its link, and why it is left out."""

    link: str
    hidden: str
    language: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFolder:
    """The folder of a site, and beside it a newsletter's project."""

    root: Path
    project: Path

    def write(self, files: Mapping[str, str]) -> None:
        """Write files of the site."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def config(self, *, newsletter: str = "", site: str = "", more: str = "") -> Config:
        """Load a configuration that names the site, with further lines of its tables."""
        self.project.mkdir(exist_ok=True)
        folder = f'folder = "../{self.root.name}"\n'
        text = f"[newsletter]\n{newsletter}\n[site]\n{'' if 'folder' in site else folder}{site}\n{more}"
        (self.project / "newsletter.toml").write_text(text, encoding="utf-8")
        return load_config(self.project / "newsletter.toml", read_site=read_site)

    def results(self, config: Config) -> dict[str, Result]:
        """Return what becomes of every content file of the archives, by its path in the site."""
        reader = Reader(config)
        found = {}
        for number, archive in enumerate(config.archives):
            for path in sorted(archive.resolve().rglob("*")):
                if path.name.lower().endswith(ENDINGS) and path.name[0] not in "._":
                    below = path.relative_to(archive.resolve()).as_posix()
                    one = reader.read(File(below, path.read_bytes()), archive=number, wanted=lambda published: True)
                    name = path.relative_to(self.root).as_posix()
                    found[name] = _result(one) if isinstance(one, Candidate) else _undated(config, number, below, path)
        return found


def _result(one: Candidate) -> Result:
    hidden = one.hidden or ("draft" if one.draft else "")
    return Result(link=one.article.link, hidden=hidden, language=one.article.language)


def _undated(config: Config, number: int, below: str, path: Path) -> Result:
    """Ask the site alone of a file that is no article, as it has no date or no title."""
    assert config.pages
    try:
        fields: Mapping[str, Any] = parse_front_matter(path.read_bytes()).fields
    except ArticleError:
        fields = {}
    page: Page = config.pages.page(number, below, Content(fields=fields))
    hidden = page.hidden or ("draft" if str(fields.get("draft")).lower() == "true" else "")
    return Result(link=page.link, hidden=hidden, language=page.language)


def page_text(title: str = "T", more: str = "", date: str = "2024-03-05T01:30:00+05:00") -> str:
    """Return a content file with YAML front matter."""
    lines = [f"title: {title}", *([f"date: {date}"] if date else []), *([more] if more else [])]
    return "\n".join(["---", *lines, "---", "Body.", ""])
