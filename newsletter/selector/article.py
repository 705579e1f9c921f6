"""Make an article from a file's bytes and its path, without accessing the disk.

The front matter keys and their precedence are decided here (docs/reference/front-matter.md lists them).
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from newsletter.config import Config
from newsletter.errors import ArticleError
from newsletter.front_matter import FrontMatter, parse_front_matter
from newsletter.language_tags import same_language
from newsletter.models import Article, BodyFormat, Invalid
from newsletter.pages import Content, Page
from newsletter.selector.archive import File
from newsletter.selector.cleaning import fold, slugify, to_text
from newsletter.selector.dates import find_day
from newsletter.selector.fields import DATE_HINT, Fields
from newsletter.selector.front_picture import front_picture
from newsletter.selector.language import is_language, split_suffix
from newsletter.selector.links import leaves_site, page_link
from newsletter.selector.mdx import plain_markdown
from newsletter.selector.period import local
from newsletter.selector.prescreen import DateFinder

__all__ = ["Candidate", "Reader", "Unreadable", "split_path"]

_BANNERS = ("enclosure", "images", "image", "featured_image", "featuredimage", "cover", "banner", "thumbnail")
_OTHER_DATE = re.compile("pub|(?<!up)date|created|posted|issued")  # not when it was changed last
_EXPIRY = ("expirydate", "expiry_date", "unpublishdate")
_MARKDOWN = (".md", ".markdown", ".mdx")
_LONGEST_MESSAGE = 300  # characters: some quote the file
_MORE = re.compile(r"<!--[ \t]*+more[ \t]*+-->", re.IGNORECASE)  # where a summary ends: Hugo's, Zola's, WordPress's
_NUMBERED_NAME = re.compile(r"([^/]{0,200}[^\W\d_][^/-]{0,20})-\d{1,3}\.\w{1,5}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidate:
    """An article that may be selected, with data that only the rules need; one per file.

    `hidden` says why the site has no public page of it, `language_known` that the site says its language, so that the
    path need not be asked, `early` that the site shows it before its time.
    """

    article: Article
    archive: int = 0
    section: bool = False
    hidden: str = ""
    language_known: bool = False
    early: bool = False
    draft: bool = False
    not_before: datetime | None = None
    expires: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A file that is not an article; `published` is None if not even its date can be read."""

    invalid: Invalid
    published: datetime | None = None


class Reader:
    """Reads article files by one configuration."""

    def __init__(self, config: Config) -> None:
        """Keep the settings of `config` that determine how a file is read."""
        self.zone = ZoneInfo(config.newsletter.timezone)
        self.language = config.newsletter.language
        self.base_url = config.newsletter.base_url
        self.settings = config.select
        self.date_keys = _lower(config.select.date_keys)
        self.title_keys, self.summary_keys = _lower(config.select.title_keys), _lower(config.select.summary_keys)
        self.category_from = config.select.category_from
        self.archives = config.newsletter.archive
        self.lead_sources = frozenset(map(fold, config.select.lead_sources))
        self.finder = DateFinder(self.date_keys, self.zone)
        self.pages = config.pages

    def read(self, file: File, *, archive: int, wanted: Callable[[datetime], bool]) -> Candidate | Unreadable | None:
        """Read one file of the archive number `archive`; None if its date is not `wanted`."""
        published: datetime | None = None
        try:
            front = _parse(file)
            fields = Fields(front)
        except ArticleError as error:
            if self._page(file.path, archive).hidden:
                return None
            # An old broken file is not reported every week: date it as well as possible.
            published = self.finder.guess(file.content, file.path)
            return _unreadable(file.path, error, published) if published is None or wanted(published) else None
        try:
            published, day, date_from = self._published(fields, file.path)
            if not wanted(published):
                return None
            page = self._page(file.path, archive, front, published, fields.values.get(date_from))
            body = plain_markdown(front.body) if file.path.lower().endswith(".mdx") else front.body
            article = self._article(fields, body, file.path, published, day, date_from, page)
            if archive:  # two archives may have files of one name
                key = f"{self.archives[archive]}/{file.path}" if article.key == file.path else article.key
                article = replace(article, key=key, archive=archive)
            return self._candidate(fields, article, archive, page)
        except ArticleError as error:
            if self._page(file.path, archive, front, published).hidden:  # what is no page need not be an article
                return None
            return _unreadable(file.path, error, published)

    def _page(
        self,
        path: str,
        archive: int,
        front: FrontMatter | None = None,
        published: datetime | None = None,
        date: object = None,
    ) -> Page:
        """Return what the site makes of a file, nothing special where no site decides."""
        if not self.pages:
            return Page()
        return self.pages.page(
            archive, path, Content(fields=front.fields if front else {}, published=published, date=date)
        )

    def _published(self, fields: Fields, path: str) -> tuple[datetime, date, str]:
        """Return the article's time, the day that it writes, and where both were read."""
        if found := fields.moment(self.date_keys, self.zone):
            return local(found[0], self.zone), found[0].date(), found[1]
        if start := find_day(to_text(fields.values.get("path")), self.zone):
            return start, start.date(), "path"
        if start := find_day(path, self.zone):
            named = start == find_day(path.rpartition("/")[2], self.zone)
            return start, start.date(), "file name" if named else "path"
        raise ArticleError("no date", line=1, hint=_no_date_hint(fields, self.zone))

    def _article(
        self, fields: Fields, body: str, path: str, published: datetime, day: date, date_from: str, of_site: Page
    ) -> Article:
        page, _, language = split_path(path)
        url, source_link = fields.address("url"), fields.link("source_link")
        banner, banner_alt = front_picture(fields, self.settings.picture_keys)
        categories = self._categories(fields, fields.address(*_BANNERS), page)
        return Article(
            key=fields.text("article_id") or url or path,
            path=path,
            title=self._title(fields),
            published=published,
            day=day if day != published.date() else None,
            link=_link(fields, url or page, self.base_url, of_site.link) if self.base_url else source_link,
            body=body,
            body_format=_body_format(path),
            teaser=self._teaser(fields, body),
            summary=fields.prose(*self.summary_keys),
            description=fields.prose("description"),
            category=next(iter(categories), ""),
            categories=categories,
            label=_label(fields, next(iter(categories), "")),
            source=fields.text("source"),
            source_link=source_link,
            authors=fields.people("author", "authors"),
            banner=banner,
            banner_alt=banner_alt,
            qrcode=fields.address("qrcode"),
            language=of_site.language
            or next(
                filter(is_language, (fields.text("language"), fields.text("lang"))),
                language if of_site.language is None else "",
            ),
            weight=fields.number("weight"),
            featured=bool(fields.says("featured")) and self._may_lead(fields.text("source")),
            date_from=date_from,
        )

    def _candidate(self, fields: Fields, article: Article, archive: int, page: Page) -> Candidate:
        not_before, expires = fields.time(["publishdate"], self.zone), fields.time(_EXPIRY, self.zone)
        return Candidate(
            article=article,
            archive=archive,
            section=split_path(article.path)[1] == "_index",
            hidden=page.hidden,
            language_known=page.language is not None,
            early=page.early,
            draft=fields.truth("draft") or fields.says("published") is False,  # Jekyll's way to mark a draft
            not_before=not_before[0] if not_before else None,
            expires=expires[0] if expires and not page.expired else None,
        )

    def _categories(self, fields: Fields, banner: str, page: str) -> tuple[str, ...]:
        """Return the slugs from the first place that names a category."""
        for place in self.category_from:
            if place == "front_matter":
                names = fields.texts("categories", "category")
            elif place == "banner":
                file = re.split("[?#]", banner, maxsplit=1)[0].rpartition("/")[2]
                names = [match[1]] if (match := _NUMBERED_NAME.fullmatch(file)) else []
            else:
                names = [part for part in page.split("/")[:-1] if not self._is_no_category(part)][:1]
            if slugs := tuple(dict.fromkeys(filter(None, map(slugify, names)))):
                return slugs
        return ()

    def _title(self, fields: Fields) -> str:
        if title := fields.title(*self.title_keys):
            return title
        key = next((key for key in self.title_keys if key in fields.values), self.title_keys[0])
        if key in fields.values and not to_text(fields.values[key]):
            raise fields.wrong(key, "is not text", "put it between quotes")
        line = fields.front.written(key, '"..."')
        raise fields.front.wrong(key, "no title", f"add {line} to the front matter")

    def _teaser(self, fields: Fields, body: str) -> str:
        """Return the text above the mark that ends the summary, "" without one."""
        separator = to_text(fields.values.get("excerpt_separator")) or self.settings.excerpt_separator
        if separator and separator in body:
            return body[: body.index(separator)].strip()
        mark = _MORE.search(body) if "<!--" in body else None
        return body[: mark.start()].strip() if mark else ""

    def _may_lead(self, source: str) -> bool:
        return not self.lead_sources or fold(source) in self.lead_sources

    def _is_no_category(self, folder: str) -> bool:
        return folder.isdigit() or (is_language(folder) and same_language(folder, self.language))


def _lower(keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(key.lower() for key in keys)


def _no_date_hint(fields: Fields, zone: ZoneInfo) -> str:
    """Return what to do where no date key is there; one that may hold the date is named."""
    others = (key for key in fields.values if _OTHER_DATE.search(key) and fields.holds_date(key, zone))
    if other := next(others, ""):
        return f"its {other!r} is a date: name that key in [select] date_keys, or add a date"
    return f"add a date, and {DATE_HINT}; [select] date_keys names the key where it has another name"


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
        return None  # a section page needs no date: it is not an article
    invalid = Invalid(path=path, line=error.line, message=error.message[:_LONGEST_MESSAGE], hint=error.hint)
    return Unreadable(invalid=invalid, published=published)


def _link(fields: Fields, path: str, base_url: str, of_site: str) -> str:
    """Return the link that the site gives, else the one of `path`; ArticleError for one that leaves the site."""
    key = next((key for key in ("url", "path", "permalink", "slug") if key in fields.values), "")
    below = of_site.startswith(f"{base_url.rstrip('/')}/")  # not so where a list of pages names another host
    if (key or below) and leaves_site(of_site or path, base_url):
        if key:
            raise fields.wrong(key, "leads outside the site", "write it as a path of the site, like 2025-05-15-a-story")
        message, hint = f"its link leads outside the site: {of_site[:200]!r}", "see what the pages above it say of it"
        raise fields.front.wrong("title", message, hint)
    return of_site or page_link(path, base_url)


def _label(fields: Fields, category: str) -> str:
    """Return a category as the article spells it, "" if that is the slug itself, or missing."""
    names = fields.texts("categories", "category") if category else []
    return next((name for name in names if slugify(name) == category != name), "")


def _body_format(path: str) -> BodyFormat:
    """Return the format that the file extension names, as generators do, whatever the body begins with."""
    return "markdown" if path.lower().endswith(_MARKDOWN) else "html"
