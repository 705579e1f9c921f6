"""Find the section of a site that a newsletter is about, where the site does not say which one is main."""

import os
import re
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from newsletter.site.mounts import is_content

__all__ = ["main_section"]

_MOST_FOLDERS = 200_000
_SAMPLE = 12  # pages of a section that are looked into
_HEAD = 4096  # bytes of a page
_DATED = re.compile(
    rb"""^[ \t]{0,8}["']?(?:date|publishdate|pubdate|published)["']?[ \t]{0,8}[:=]""", re.MULTILINE | re.IGNORECASE
)
_DATED_NAME = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(slots=True, kw_only=True)
class _Section:
    """The pages of one folder: how many there are, and some of them."""

    name: str
    pages: int = 0
    sample: list[Path] = field(default_factory=list)

    def add(self, page: Path) -> None:
        self.pages += 1
        if len(self.sample) < _SAMPLE:
            self.sample.append(page)


def main_section(folder: Path) -> str:
    """Return the folder in a content folder with the most pages, "" where more are in the content folder itself.

    Hugo calls it the main one. A section whose pages have no date, as a documentation's, comes after all others: no
    newsletter can be made of it.
    """
    sections = sorted(_sections(folder), key=lambda one: (one.pages, one.name), reverse=True)
    return next((one.name for one in sections if _is_dated(one)), sections[0].name)


def _sections(folder: Path) -> list[_Section]:
    top = _Section(name="")
    names, folders = _contents(folder)
    for name in names:
        top.add(folder / name)
    sections = []
    for below in folders:
        section = _Section(name=below.name)
        if _collect(below, section):
            sections.append(section)
        else:
            top.add(section.sample[0])
    return [top, *sections]


def _collect(folder: Path, section: _Section) -> bool:
    """Add the pages below a folder to a section; false where the folder is itself a page, a bundle."""
    folders = [folder]
    for _ in range(_MOST_FOLDERS):
        if not folders:
            break
        here = folders.pop()
        names, below = _contents(here)
        if index := next((name for name in names if name.startswith("index.")), ""):
            section.add(here / index)
            if here == folder:
                return False
        else:
            folders += below
            for name in names:
                section.add(here / name)
    return True


def _contents(folder: Path) -> tuple[list[str], list[Path]]:
    """List the pages and the folders of a folder; links are not followed, what cannot be read is empty."""
    names: list[str] = []
    below: list[Path] = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                below.append(Path(entry.path))
            elif is_content(entry.name) and not entry.name.startswith("_index."):
                names.append(entry.name)
    return names, below


def _is_dated(section: _Section) -> bool:
    """Return whether more of a section's pages than not say a date."""
    dated = sum(_says_a_date(page) for page in section.sample)
    return dated * 2 > len(section.sample)


def _says_a_date(page: Path) -> bool:
    if _DATED_NAME.match(page.name) or _DATED_NAME.match(page.parent.name):
        return True
    try:
        with page.open("rb") as file:
            return bool(_DATED.search(file.read(_HEAD)))
    except OSError:
        return False
