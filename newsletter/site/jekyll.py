"""Which pages Jekyll makes, and where: posts and collections, `permalink`, `defaults`, categories, `published`."""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import regex

from newsletter.pages import Content, Found, Page, SiteFacts
from newsletter.settings import NewsletterSettings, SiteSettings
from newsletter.site.globs import matches
from newsletter.site.mounts import Mount, Places
from newsletter.site.own_time import is_aware
from newsletter.site.reading import is_false, is_true, read_tables, table_at, text_at, texts_at

__all__ = ["jekyll_facts"]

_NAMES = ("_config.yml", "_config.yaml", "_config.toml")
_POST = re.compile(r"(\d{2,4}-\d{1,2}-\d{1,2})-(.{0,300})\.[^.]{1,20}", re.ASCII)
_STYLES = {
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}
_TOKEN = re.compile(r":([a-z_]{1,40})")
_YAML_TIME = re.compile(r"\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?", re.ASCII)
_PRETTY = regex.compile(r"[^\p{M}\p{L}\p{Nd}._~!$&'()+,;=@]+")
_PLAIN = regex.compile(r"[^\p{M}\p{L}\p{Nd}]+")
_SAFE = "/-._~!$&'()*+,;=:@"
_DATES = {
    "year": "%Y", "month": "%m", "day": "%d", "hour": "%H", "minute": "%M", "second": "%S", "short_year": "%y",
    "w_year": "%G", "week": "%V", "w_day": "%u", "y_day": "%j",
}  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = "January February March April May June July August September October November December".split()  # noqa: SIM905
_MOST_PATTERNS = 100  # each file is compared with all
_LEAST_DEPTH = 4  # folders below the site's in which _posts is looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class _Jekyll:
    """A Jekyll site's configuration, and the name of its file."""

    folder: Path
    name: str
    tables: Mapping[str, Any]

    @property
    def root(self) -> str:
        """Return the folder of the collections, below the site's."""
        return text_at(self.tables, "collections_dir").strip("/")

    @property
    def zone(self) -> str:
        return text_at(self.tables, "timezone") or "UTC"

    @property
    def collections(self) -> dict[str, dict[str, Any]]:
        """Return the collections that are written, the posts among them."""
        value = self.tables.get("collections")
        named = {str(one): {} for one in value} if isinstance(value, list) else table_at(self.tables, "collections")
        return {"posts": {}, **{name: one if isinstance(one, dict) else {} for name, one in named.items()}}


def jekyll_facts(folder: Path, settings: SiteSettings, root: Path) -> SiteFacts | None:
    """Return what a newsletter takes from the Jekyll site in `folder`; None where there is none."""
    jekyll = _load(folder)
    if jekyll is None:
        return None
    url = text_at(jekyll.tables, "url")
    base = text_at(jekyll.tables, "baseurl").strip("/")
    said = {
        "name": text_at(jekyll.tables, "title", "name"),
        "base_url": f"{url.rstrip('/')}/{base}".rstrip("/") if url.startswith(("https://", "http://")) else "",
        "language": _tag(text_at(jekyll.tables, "lang", "locale")),
        "timezone": text_at(jekyll.tables, "timezone"),
    }
    found = tuple(Found(what=what, value=value, place=jekyll.name) for what, value in said.items() if value)
    if style := text_at(jekyll.tables, "permalink"):
        found = (*found, Found(what="permalinks", value=style, place=jekyll.name))
    sections = settings.sections or ("posts",)
    folders = list(_folders(jekyll, sections))
    archive = [os.path.relpath(folder / one, root) for one in folders]

    def pages(newsletter: NewsletterSettings) -> JekyllPages:
        return JekyllPages(jekyll, [root / one for one in newsletter.archive], base_url=newsletter.base_url)

    return SiteFacts(
        generator="jekyll",
        newsletter={
            **{what: value for what, value in said.items() if value},
            **({"archive": archive} if archive else {}),
        },
        pages=pages,
        date_keys=("date",),
        sections=sections,
        output=text_at(jekyll.tables, "destination") or "_site",
        found=(*found, Found(what="archive", value=", ".join(folders), place=jekyll.name)),
    )


def _load(folder: Path) -> _Jekyll | None:
    for name in _NAMES:
        tables = read_tables(folder, name)
        if tables is not None:
            return _Jekyll(folder=folder, name=name, tables=tables)
    return None


def _tag(language: str) -> str:
    return language.replace("_", "-") if re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*", language) else ""


def _folders(jekyll: _Jekyll, sections: Sequence[str]) -> Iterator[str]:
    """Yield the folders of the collections in `sections`: posts may lie below any folder."""
    for section in sections:
        name = f"{jekyll.root}/_{section.strip('/_')}".lstrip("/")
        if section.strip("/_") == "posts":
            yield from _posts(jekyll)
        elif (jekyll.folder / name).is_dir():
            yield name


def _posts(jekyll: _Jekyll) -> Iterator[str]:
    """Yield the folders ``_posts`` of a site, none inside another."""
    folders = [(jekyll.root, 0)]
    output = text_at(jekyll.tables, "destination") or "_site"
    while folders:
        folder, depth = folders.pop(0)
        try:
            with os.scandir(jekyll.folder / folder) as entries:
                names = sorted(one.name for one in entries if one.is_dir(follow_symlinks=False))
        except OSError:
            continue
        for name in names:
            below = f"{folder}/{name}".lstrip("/")
            if name == "_posts":
                yield below
            elif depth < _LEAST_DEPTH and name[0] not in "._" and name not in (output, "node_modules", "vendor"):
                folders.append((below, depth + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    """A file of a collection: its path below the collections' folder, its name, the folders around.

    `stem` is the file's name without its ending, `name` without the `day` before it, too.
    """

    path: str
    collection: str
    stem: str
    name: str
    day: str
    above: Sequence[str]
    below: Sequence[str]


class JekyllPages:
    """The pages of a Jekyll site, whose links begin with `base_url`."""

    def __init__(self, jekyll: _Jekyll, archives: Sequence[Path], *, base_url: str) -> None:
        """Prepare for the files of `archives`."""
        self._jekyll = jekyll
        self._base = base_url.rstrip("/")
        self._places = Places(jekyll.folder, archives, [Mount(source=jekyll.root)], ())
        self._zone = ZoneInfo(jekyll.zone)
        self._early = is_true(jekyll.tables.get("future"))

    def scope(self, archive: int, folder: str) -> tuple[bool, bool]:
        """Return whether a folder, and those below it, are looked at: all but what is no content."""
        name = folder.rpartition("/")[2]
        return (True, True) if name not in ("node_modules", "vendor", "_site") else (False, False)

    def page(self, archive: int, path: str, content: Content) -> Page:
        """Return what Jekyll makes of one file."""
        place = self._places.find(archive, path)
        if place is None:
            return Page()
        document = self._document(place.path)
        if isinstance(document, str):
            return Page(hidden=document)
        defaults = self._defaults(document)
        fields = {**defaults, **content.fields, "categories": _categories(document, defaults, content.fields)}
        hidden = self._hidden(document, defaults, content.fields)
        link = "" if hidden or not self._base else self._link(document, fields, content)
        return Page(link=link, hidden=hidden, early=self._early, expired=True)

    def _document(self, path: str) -> _Document | str:
        """Find what a file is; the reason where it is neither a post nor of a collection that is written."""
        *folders, file = path.split("/")
        special = next((name for name in folders if name[:1] == "_"), "")
        if not special:
            return "neither a post nor of a collection"
        at = folders.index(special)
        collection, below = special[1:], folders[at + 1 :]
        if collection == "drafts":
            return "in _drafts"
        if collection not in self._jekyll.collections:
            return f"the collection {collection} is not configured"
        if any(name[:1] in "._#" or name.endswith("~") for name in (*below, file)):
            return "its name, or its folder's, begins with a mark that Jekyll skips"
        if file.lower().endswith(".mdx"):
            return "not a format that Jekyll reads"
        dated = _POST.fullmatch(file)
        if collection == "posts" and not dated:
            return "no day before its name"
        stem = file.rpartition(".")[0].rstrip(".")
        day, name = (dated[1], dated[2].rstrip(".")) if dated else ("", stem)
        return _Document(
            path=path, collection=collection, stem=stem, name=name, day=day, above=folders[:at], below=below
        )

    def _hidden(self, document: _Document, defaults: Mapping[str, Any], own: Mapping[str, Any]) -> str:
        if is_false(defaults.get("published")) and "published" not in own:
            return f"published: false, by defaults in {self._jekyll.name}"
        collection = self._jekyll.collections[document.collection]
        if document.collection != "posts" and not is_true(collection.get("output")):
            return f"the collection {document.collection} has no output"
        excluded = texts_at(self._jekyll.tables, "exclude")[:_MOST_PATTERNS]
        path = f"{self._jekyll.root}/{document.path}".lstrip("/")
        if found := next((one for one in excluded if _is_excluded(path, one.strip("/"))), ""):
            return f"exclude: {found}"
        return ""

    def _defaults(self, document: _Document) -> dict[str, Any]:
        """Return what `defaults` says of a document; the longer path counts more, then the one with a type."""
        value = self._jekyll.tables.get("defaults")
        sets = [one for one in value[:_MOST_PATTERNS] if isinstance(one, dict)] if isinstance(value, list) else []
        found = []
        for one in sets:
            scope = table_at(one, "scope")
            path, kind = text_at(scope, "path").strip("/"), text_at(scope, "type")
            path = path.removeprefix(f"{self._jekyll.root}/") if self._jekyll.root else path
            kind = {"post": "posts", "page": "pages", "draft": "drafts"}.get(kind, kind)
            if kind in ("", document.collection) and _is_in(document.path, path):
                found.append((len(path), bool(kind), table_at(one, "values")))
        values: dict[str, Any] = {}
        for _, _, table in sorted(found, key=lambda one: one[:2]):
            values |= table
        return values

    def _link(self, document: _Document, fields: Mapping[str, Any], content: Content) -> str:
        template = text_at(fields, "permalink") or self._template(document)
        made = self._values(document, fields, content)

        def fill(token: re.Match[str]) -> str:
            for name in (token[1], token[1].rstrip("_")):
                if name in made:
                    return quote(made[name](), safe=_SAFE) + token[1][len(name) :]
            return token[0]

        path = "/" + _TOKEN.sub(fill, template).replace("..", "/").replace("./", "")
        return self._base + quote(re.sub("/{2,}", "/", path), safe=f"{_SAFE}%#")

    def _template(self, document: _Document) -> str:
        """Return the pattern of a collection's addresses."""
        own = text_at(self._jekyll.collections[document.collection], "permalink")
        style = text_at(self._jekyll.tables, "permalink")
        if own:
            return own
        if document.collection == "posts":
            return _STYLES.get(style or "date", style)
        if style == "pretty" or style.endswith("/"):
            return "/:collection/:path/"
        plain = style and style not in _STYLES and not style.endswith(":output_ext")
        return "/:collection/:path" if plain else "/:collection/:path:output_ext"

    def _values(
        self, document: _Document, fields: Mapping[str, Any], content: Content
    ) -> Mapping[str, Callable[[], str]]:
        slug, date, categories = text_at(fields, "slug"), self._date(document, content), texts_at(fields, "categories")
        parts: dict[str, Callable[[], str]] = {
            "title": lambda: _slug(slug or document.name, _PRETTY),
            "slug": lambda: _slug(slug or document.name, _PLAIN).lower(),
            "name": lambda: _slug(document.stem, _PLAIN).lower(),
            "categories": lambda: "/".join(dict.fromkeys(one.lower() for one in categories)),
            "slugified_categories": lambda: "/".join(dict.fromkeys(_slug(one, _PLAIN).lower() for one in categories)),
            "collection": lambda: document.collection,
            "path": lambda: "/".join((*document.below, document.stem)),
            "output_ext": lambda: ".html",
        }
        if date:
            parts |= {name: (lambda layout=layout: date.strftime(layout)) for name, layout in _DATES.items()}  # type: ignore[misc]
            parts |= {
                "i_day": lambda: str(date.day),
                "i_month": lambda: str(date.month),
                "short_month": lambda: _MONTHS[date.month - 1][:3],
                "long_month": lambda: _MONTHS[date.month - 1],
                "short_day": lambda: _DAYS[date.weekday()][:3],
                "long_day": lambda: _DAYS[date.weekday()],
            }
        return parts

    def _date(self, document: _Document, content: Content) -> datetime | None:
        """Return a post's time by the clock of the site.

        YAML's own times are in UTC where they say no offset, as Ruby reads them; other ones are as they are written.
        """
        if content.published is None:
            return _named_day(document.day)
        if is_aware(content.date):
            return content.published.astimezone(self._zone)
        if isinstance(content.date, str) and _YAML_TIME.fullmatch(content.date.strip()):
            return content.published.replace(tzinfo=UTC).astimezone(self._zone)
        return content.published


def _named_day(day: str) -> datetime | None:
    """Return the day before a file's name, which may be written shorter than elsewhere; None where there is none."""
    for layout in ("%Y-%m-%d", "%y-%m-%d"):
        with suppress(ValueError):
            return datetime.strptime(day, layout).replace(tzinfo=UTC)
    return None


def _categories(document: _Document, defaults: Mapping[str, Any], own: Mapping[str, Any]) -> list[str]:
    """List the categories of a post: the folders above ``_posts``, what defaults say, what it says itself."""
    named = [one for fields in (defaults, own) for one in _several(fields)]
    return list(dict.fromkeys((*document.above, *named, *texts_at({**defaults, **own}, "category"))))


def _several(fields: Mapping[str, Any]) -> Sequence[str]:
    value = fields.get("categories")
    return value.split() if isinstance(value, str) else texts_at(fields, "categories")


def _slug(text: str, others: "regex.Pattern[str]") -> str:
    made: str = others.sub("-", text)
    return made.removeprefix("-").removesuffix("-")


def _is_in(path: str, scope: str) -> bool:
    """Return whether a path of a document is in the path of a scope, which may have ``*``."""
    return matches(f"{scope}**", path) if "*" in scope else path.startswith(scope)


def _is_excluded(path: str, entry: str) -> bool:
    """Return whether an entry of `exclude` leaves a path out."""
    return bool(entry) and (path == entry or path.startswith(f"{entry}/") or matches(entry, path))
