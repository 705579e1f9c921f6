"""Make an article of a file's bytes and its path: front matter in, cleaned facts out, no disk.

What a site calls things, and what of it counts first, is decided here (docs/reference/front-matter.md lists it).
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from newsletter.config import Config
from newsletter.errors import ArticleError
from newsletter.models import Article, BodyFormat, Invalid
from newsletter.selector.archive import File
from newsletter.selector.dates import find_day, parse_date
from newsletter.selector.front_matter import FrontMatter, lower_keys, parse_front_matter
from newsletter.selector.language import is_language, same_language, split_suffix
from newsletter.selector.links import leaves_site, page_link
from newsletter.selector.prescreen import DateFinder
from newsletter.selector.text import address, clean, is_empty, safe_link, slugify, to_text

__all__ = ["Candidate", "Reader", "Unreadable", "split_path"]

_DATE_HINT = 'write it like "2025-05-15T08:00:00Z"'
_TABLES = ("taxonomies", "extra", "params")
_BANNERS = ("enclosure", "images", "image", "featured_image", "featuredimage", "cover", "banner", "thumbnail")
_EXPIRY = ("expirydate", "expiry_date", "unpublishdate")
_MARKDOWN = ("md", "markdown")
_NUMBERED_BANNER = re.compile(r"([^/?#]*[^/?#\d-])-+\d{1,3}\.\w+(?:[?#].*)?$")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidate:
    """An article that may be selected, with what only the rules need to know of it; each file is one of its own."""

    article: Article
    archive: int = 0
    section: bool = False
    draft: bool = False
    not_before: datetime | None = None
    expires: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A file that is no article; `published` is None where not even its date can be read."""

    invalid: Invalid
    published: datetime | None = None


class Reader:
    """Read article files as one configuration wants them."""

    def __init__(self, config: Config) -> None:
        """Keep what of `config` decides how a file is read."""
        self.zone = ZoneInfo(config.newsletter.timezone)
        self.language = config.newsletter.language
        self.base_url = config.newsletter.base_url
        self.date_keys = tuple(key.lower() for key in config.select.date_keys)
        self.finder = DateFinder(self.date_keys, self.zone)
        self.category_from = config.select.category_from

    def read(self, file: File, *, archive: int, wanted: Callable[[datetime], bool]) -> Candidate | Unreadable | None:
        """Read one file of the archive number `archive`; None where its date is not `wanted`."""
        published: datetime | None = None
        try:
            front = _parse(file)
            fields = _flatten(front.fields)
        except ArticleError as error:
            # An old broken file is no news every week: date it as well as can be.
            published = self.finder.guess(file.content, file.path)
            return _unreadable(file.path, error, published) if published is None or wanted(published) else None
        try:
            published, date_from = self._published(front, fields, file.path)
            return (
                self._candidate(front, fields, file.path, published, date_from, archive) if wanted(published) else None
            )
        except ArticleError as error:
            return _unreadable(file.path, error, published)

    def _published(self, front: FrontMatter, fields: dict[str, Any], path: str) -> tuple[datetime, str]:
        """Give the article's time and where it was read."""
        for key in self.date_keys:
            value = fields.get(key)
            if is_empty(value) or (key == "published" and _truth(value) is not None):
                continue
            if found := parse_date(value, self.zone):
                return found, key
            raise front.wrong(key, f"{key} is not a date: {_shown(value)}", _DATE_HINT)
        for place, text in (("path", to_text(fields.get("path"))), ("file name", path)):
            if found := find_day(text, self.zone):
                return found, place
        raise ArticleError("no date", line=1, hint='add date = "2025-05-15T08:00:00Z" to the front matter')

    def _candidate(
        self, front: FrontMatter, fields: dict[str, Any], path: str, published: datetime, date_from: str, archive: int
    ) -> Candidate:
        page, name, language = split_path(path)
        url, source_link = address(fields.get("url")), safe_link(fields.get("source_link"))
        banner = _banner(fields)
        categories = self._categories(fields, banner, page)
        article = Article(
            key=clean(fields.get("article_id")) or url or path,
            path=path,
            title=_title(front, fields),
            published=published,
            link=_link(front, url, page, self.base_url) if self.base_url else source_link,
            body=front.body,
            body_format=_body_format(path, front.body),
            summary=clean(fields.get("summary")),
            description=clean(fields.get("description")),
            category=categories[0] if categories else "",
            categories=categories,
            source=clean(fields.get("source")),
            source_link=source_link,
            banner=banner,
            qrcode=address(fields.get("qrcode")),
            language=clean(fields.get("language") or fields.get("lang")) or language,
            weight=_weight(front, fields),
            featured=_truth(fields.get("featured")) is True,
            date_from=date_from,
        )
        return Candidate(
            article=article,
            archive=archive,
            section=name == "_index",
            draft=_draft(front, fields),
            not_before=self._instant(front, fields, ("publishdate",)),
            expires=self._instant(front, fields, _EXPIRY),
        )

    def _instant(self, front: FrontMatter, fields: dict[str, Any], keys: Iterable[str]) -> datetime | None:
        for key in keys:
            if is_empty(fields.get(key)):
                continue
            if found := parse_date(fields[key], self.zone):
                return found
            raise front.wrong(key, f"{key} is not a date: {_shown(fields[key])}", _DATE_HINT)
        return None

    def _categories(self, fields: dict[str, Any], banner: str, page: str) -> tuple[str, ...]:
        """List the slugs of the first place that names a category."""
        for place in self.category_from:
            if place == "front_matter":
                names = [*_texts(fields.get("categories")), *_texts(fields.get("category"))]
            elif place == "banner":
                names = [match[1]] if (match := _NUMBERED_BANNER.search(banner)) else []
            else:
                names = [part for part in page.split("/")[:-1] if not self._is_no_category(part)][:1]
            if slugs := tuple(dict.fromkeys(filter(None, map(slugify, names)))):
                return slugs
        return ()

    def _is_no_category(self, folder: str) -> bool:
        return folder.isdigit() or (is_language(folder) and same_language(folder, self.language))


def split_path(path: str) -> tuple[str, str, str]:
    """Split a path below the archive into (its page, its file name without ending and language, that language).

    ``news/story/index.fr.md`` is the page ``news/story``, the file ``index`` and the language ``fr``.
    """
    folder, _, file = path.rpartition("/")
    name, language = split_suffix(file.rpartition(".")[0])
    page = folder if name in ("index", "_index") else f"{folder}/{name}".lstrip("/")
    return page, name, language


def _parse(file: File) -> FrontMatter:
    if file.problem:
        raise ArticleError(file.problem)
    return parse_front_matter(file.content)


def _unreadable(path: str, error: ArticleError, published: datetime | None) -> Unreadable | None:
    if published is None and split_path(path)[1] == "_index":
        return None  # a section page needs no date: it is no article
    invalid = Invalid(path=path, line=error.line, message=error.message, hint=error.hint)
    return Unreadable(invalid=invalid, published=published)


def _flatten(fields: dict[str, Any]) -> dict[str, Any]:
    """Join the tables that themes use with the top level, which comes first; empty values are left out."""
    flat: dict[str, Any] = {}
    for table in (*(fields.get(name) for name in _TABLES), fields):
        if isinstance(table, dict):
            flat.update((key, value) for key, value in lower_keys(table.items()).items() if not is_empty(value))
    return flat


def _shown(value: Any) -> str:
    return repr(str(value)[:60])


def _link(front: FrontMatter, url: str, page: str, base_url: str) -> str:
    if leaves_site(url, base_url):
        hint = "write it as a path of the site, like 2025-05-15-a-story"
        raise front.wrong("url", f"url leads outside the site: {_shown(url)}", hint)
    return page_link(url or page, base_url)


def _title(front: FrontMatter, fields: dict[str, Any]) -> str:
    title = clean(fields.get("title"))
    if not title:
        raise front.wrong("title", "no title", 'add title = "..." to the front matter')
    return title


def _truth(value: Any) -> bool | None:
    """Read true or false, as itself or as text; None for anything else."""
    return {"true": True, "false": False}.get(to_text(value).strip().lower())


def _draft(front: FrontMatter, fields: dict[str, Any]) -> bool:
    draft = _truth(fields.get("draft", False))
    if draft is None:
        problem = f"draft is neither true nor false: {_shown(fields['draft'])}"
        raise front.wrong("draft", problem, "write draft = false")
    return draft or _truth(fields.get("published")) is False  # Jekyll's way to say draft


def _weight(front: FrontMatter, fields: dict[str, Any]) -> int:
    text = to_text(fields.get("weight", 0)).strip()
    if not re.fullmatch(r"[+-]?\d{1,18}", text, re.ASCII):
        raise front.wrong("weight", f"weight is not a whole number: {_shown(text)}", "write weight = 10")
    return int(text)


def _banner(fields: dict[str, Any]) -> str:
    for key in _BANNERS:
        value = fields.get(key)
        if isinstance(value, list):
            value = next(iter(value), None)
        if isinstance(value, dict):
            value = next((value[name] for name in ("image", "url", "src") if name in value), None)
        if text := address(value):
            return text
    return ""


def _texts(value: Any) -> list[str]:
    return [clean(member) for member in value] if isinstance(value, list) else [clean(value)]


def _body_format(path: str, body: str) -> BodyFormat:
    """Tell HTML from Markdown: by the ending, and in a Markdown file by a first tag, as such files often are HTML."""
    return "markdown" if path.lower().endswith(_MARKDOWN) and not body.startswith("<") else "html"
