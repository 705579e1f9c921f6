"""Write what an issue adds to the site: hosted pictures, and pages. Nothing that an issue shows is ever removed.

Each page of an issue has a small record beside it, from which the page of all issues and the feed are made: they keep
the issues of other machines and of former checkouts.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

from newsletter.config import Config
from newsletter.documents import decode
from newsletter.errors import StorageError
from newsletter.files import Folder, open_folder, real_path
from newsletter.issues import is_issue_id
from newsletter.marks import is_superseded
from newsletter.models import HostedImage, WebEntry

__all__ = ["has_page", "lacks_page", "listed_issues", "write_pictures", "write_web"]

_PAGE = "index.html"
_ENTRY = "issue.json"
_MOST_BYTES = 100_000


def write_pictures(pictures: Iterable[HostedImage], config: Config) -> None:
    """Write hosted pictures into the first assets folder; one that is there already has the same content."""
    wanted = tuple(pictures)
    if not wanted:
        return
    with open_folder(real_path(config.hosted), make=True) as folder:
        for picture in wanted:
            _write(folder, picture.filename, picture.content)


def write_web(files: Mapping[str, bytes], config: Config) -> None:
    """Write the files of the web folder in their order: what a page shows is there before it."""
    if files:
        with open_folder(real_path(config.web_folder), make=True) as folder:
            for name, content in files.items():
                _write(folder, name, content)


def _write(folder: Folder, name: str, content: bytes) -> None:
    """Write a file unless it is there as it should be: generators watch the times of files."""
    with suppress(FileNotFoundError, NotADirectoryError):
        if folder.read(name) == content:
            return
    folder.write(name, content)


def listed_issues(config: Config) -> tuple[WebEntry, ...]:
    """Read the records of the issues that have a page; those that are not to be sent any more are left out."""
    if not config.web.folder:
        return ()
    with suppress(FileNotFoundError), open_folder(real_path(config.web_folder)) as folder:
        return tuple(one for one in _entries(folder) if not is_superseded(config.issues / one.issue))
    return ()


def _entries(folder: Folder) -> Iterator[WebEntry]:
    from newsletter.composer.text_layout import clean_line

    for name in filter(is_issue_id, folder.names()):
        with suppress(FileNotFoundError, NotADirectoryError, StorageError, ValueError):
            entry = decode(folder.read(f"{name}/{_ENTRY}", _MOST_BYTES), WebEntry)
            if entry.issue == name and entry.end.tzinfo:
                title, summary, line = map(clean_line, (entry.title, entry.summary, entry.line))
                yield replace(entry, title=title, summary=summary, line=line)


def has_page(config: Config, issue: str) -> bool:
    """Return whether an issue was composed as a page of the site."""
    return bool(config.web.folder) and (config.web_folder / issue / _PAGE).is_file()


def lacks_page(config: Config, issue: str) -> bool:
    """Return whether an issue should be a page of the site and is not, as it was composed before [web] was set."""
    return bool(config.web.folder) and not has_page(config, issue)
