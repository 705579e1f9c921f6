"""What a person looks at before sending: the issue as a reader gets it, what was found, and who was left out.

An issue is composed again when what it is made of changes: its `issue.toml`, its articles, the templates, the
configuration.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from newsletter.app.check import check_issue, load_to_check
from newsletter.app.compose import ComposeOptions, compose_issue
from newsletter.app.events import Events
from newsletter.app.history import load_history, sending_has_begun
from newsletter.app.options import FilterOptions
from newsletter.app.select import Request
from newsletter.config import Config
from newsletter.errors import StorageError
from newsletter.files import read_file, real_path
from newsletter.issues import OUTLINE, Issue, load_issue
from newsletter.models import Finding, Message, Selection

__all__ = ["Fingerprint", "Preview", "Previewer"]

Fingerprint = Mapping[str, tuple[int, int]]
"""The files that an issue is made of, each with its time of change and its size."""

_MOST_WATCHED = 2000
_PATIENCE = 4.0  # seconds for all linked pictures: a preview without one is better than none
_MOST_BYTES = 1_000_000  # of a file that is shown
_PICTURES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif", b"RIFF": "image/webp"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """One issue to look at: `message` is what a stand-in reader gets, `pictures` are the linked ones that are at hand.

    `pictures` maps addresses to (kind, content). `begun`: readers are getting it, so that it stays as it is.
    """

    config: Config
    issue: Issue
    message: Message
    findings: tuple[Finding, ...]
    pictures: Mapping[str, tuple[str, bytes]]
    begun: bool

    def read(self, name: str) -> str | None:
        """Return the text of a file that the page may show: one that a finding or an article is in; else None."""
        for path in self._places(name):
            try:
                return read_file(path, _MOST_BYTES).decode(errors="replace")
            except OSError:
                continue
        return None

    def _places(self, name: str) -> Iterator[Path]:
        """Yield where the file called `name` may be; nothing for what is no part of the issue."""
        if name == OUTLINE:
            yield self.issue.directory / OUTLINE
        elif name == self.config.path.name:
            yield self.config.path
        elif name in self._articles():
            for archive in map(real_path, self.config.archives):
                path = real_path(archive / name)
                if path.is_relative_to(archive) and path.is_file():
                    yield path

    def _articles(self) -> frozenset[str]:
        selection = self.issue.build.choice.selection
        inside = {one.path for one in self.issue.build.articles} | {one.path for one in selection.articles}
        outside = {one.path for one in selection.skipped} | {one.path for one in selection.invalid}
        return frozenset(inside | outside)


class Previewer:
    """Show one issue again and again; `load_config` reads the configuration as it is now."""

    def __init__(self, load_config: Callable[[], Config], name: str | None, now: datetime, events: Events) -> None:
        """Choose the issue called `name`, or the newest; NothingToDoError where there is none."""
        self._load_config, self._now, self._events = load_config, now, events
        self._config = load_config()
        self._tried: set[str] = set()
        self._name = load_to_check(self._config, name).id

    def load(self) -> Preview:
        """Return the issue as it is on disk, composed again where a person has edited it."""
        issue = load_issue(self._config.issues / self._name)
        if issue.changed and not sending_has_begun(self._config, self._name):
            return self.compose()
        return self._preview(issue)

    def compose(self) -> Preview:
        """Compose the issue again, as ``newsletter compose`` does; NewsletterError where that is not possible."""
        self._config = self._load_config()
        directory = self._config.issues / self._name
        request = Request(
            config=self._config,
            now=self._now,
            period=load_issue(directory).outline.period,
            narrowed=FilterOptions(category=(), exclude_category=(), source=(), limit=None, include=(), exclude=()),
            history=load_history(self._config),
        )
        found = compose_issue(request, ComposeOptions(name=self._name), self._events)
        return self._preview(load_issue(directory) if isinstance(found, Selection) else found)

    def fingerprint(self) -> Fingerprint:
        """Return how the files are that the issue is made of."""
        return {str(path): (stat.st_mtime_ns, stat.st_size) for path in self._watched() if (stat := _stat(path))}

    def _watched(self) -> Iterator[Path]:
        config = self._config
        yield config.path
        yield config.issues / self._name / OUTLINE
        for count, path in enumerate(sorted((config.root / "templates").rglob("*"))):
            if count < _MOST_WATCHED:
                yield path
        for article in load_issue(config.issues / self._name).build.articles:
            for archive in config.archives:
                yield archive / article.path

    def _preview(self, issue: Issue) -> Preview:
        from newsletter.composer.sample import render_sample

        message = render_sample(issue.message, issue.outline, self._config).message
        return Preview(
            config=self._config,
            issue=issue,
            message=message,
            findings=check_issue(issue, self._config),
            pictures=self._linked(message.html),
            begun=sending_has_begun(self._config, issue.id),
        )

    def _linked(self, html: str) -> dict[str, tuple[str, bytes]]:
        """Get the pictures that the message links to: from the folder of assets, else through the composer's cache."""
        from lxml.html import document_fromstring

        from newsletter.composer.fetch import Limits, fetch_pictures
        from newsletter.composer.image_locations import local_file

        config = self._config
        shown = {str(picture.get("src", "")) for picture in document_fromstring(html).iter("img")}
        addresses = {one for one in shown if one.startswith(("http://", "https://"))}
        local = {address: path for address in addresses if (path := local_file(address, config))}
        wanted = addresses - local.keys()
        with self._events.progress("pictures fetched") as progress:
            fetched = fetch_pictures(
                sorted(wanted),
                cache=config.issues / ".pictures",
                offline=config.compose.offline or wanted <= self._tried,  # a host that hangs is not waited for again
                now=self._now,
                private_hosts=config.compose.private_hosts,
                limits=Limits(total=_PATIENCE, each=_PATIENCE, wait=_PATIENCE),
                progress=progress,
            )
        self._tried |= wanted
        paths = local | {address: data.path for address, data in fetched.items() if data.path}
        found = {address: _picture(path) for address, path in paths.items()}
        return {address: picture for address, picture in found.items() if picture}


def _picture(path: Path) -> tuple[str, bytes] | None:
    """Read a picture of a kind that browsers show: (kind, content)."""
    try:
        content = read_file(path)
    except (OSError, StorageError):
        return None
    return next(((kind, content) for mark, kind in _PICTURES.items() if content.startswith(mark)), None)


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None
