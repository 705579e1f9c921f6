"""Which pages Hugo makes, and where: `url`, `slug`, `permalinks`, bundles, languages, `cascade`, what is not rendered.

The judge is ``hugo list all`` (tests/site/).
"""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import islice, takewhile
from pathlib import Path
from typing import Any

from newsletter.pages import Content, Page
from newsletter.site.cascade import Cascade, PageFacts, parse_cascade
from newsletter.site.hugo_config import HugoConfig, Language, says_no
from newsletter.site.hugo_paths import Named, Pathing, expand, expand_url, logical_path, quoted
from newsletter.site.ignored import Ignored
from newsletter.site.mounts import Mount, Place, Places
from newsletter.site.own_time import in_own_offset, name_and_day
from newsletter.site.reading import front_matter_of, is_false, is_file, is_true, table_at, text_at, texts_at

__all__ = ["HugoPages"]

_ENDINGS = ("md", "markdown", "mdown", "html", "htm")
_FORMATS = ("mdown", "rst", "pandoc", "org", "md", "markdown", "html", "htm")  # of two in one place the first counts
_MOST_CASCADES = 50  # that come down to one page
_EMPTY_DATE = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A content file by Hugo's reckoning.

    `folders` are those above the page, without a bundle's own; `name` is the file's, or the bundle's folder, `key` the
    language's key.
    """

    place: Place
    folders: Sequence[str]
    name: str
    key: str
    bundle: bool

    @property
    def path(self) -> str:
        return "/" + logical_path("/".join((*self.folders, self.name)))


class HugoPages:
    """The pages of a Hugo site, whose links begin with `base_url`; `patterns` replace those of the site by section."""

    def __init__(
        self,
        config: HugoConfig,
        mounts: Sequence[Mount],
        archives: Sequence[Path],
        sections: Sequence[str],
        *,
        base_url: str,
        tag: str,
        patterns: Mapping[str, str],
    ) -> None:
        """Prepare for a newsletter in the language `tag`; of `mounts` an earlier one goes before a later one."""
        self._config = config
        self._mounts = mounts
        self._base = base_url.rstrip("/")
        self._tag = tag
        self._own = (config.language_for(tag) or config.languages[config.default]).key
        self._patterns = {section.strip("/").lower(): pattern for section, pattern in patterns.items()}
        self._places = Places(config.folder, archives, mounts, sections, folded=logical_path, is_bundle=self._is_bundle)
        self._ignored = Ignored(texts_at(config.tables, "ignorefiles"))
        self._early = is_true(config.tables.get("buildfuture"))
        self._expired = is_true(config.tables.get("buildexpired"))
        self._is_bundle_cached = cache(self._has_index)
        self._section_page = cache(self._read_section_page)
        self.scope = self._places.scope

    def page(self, archive: int, path: str, content: Content) -> Page:
        """Return what Hugo makes of one file."""
        place = self._places.find(archive, path)
        if place is None:
            return Page()
        file = self._file(place)
        fields, said_by = self._with_cascade(file, content.fields)
        hidden = self._hidden_by_place(file) or _hidden_by_fields(fields, content.fields, said_by)
        return Page(
            link="" if hidden or not self._base else self._link(file, fields, content),
            hidden=hidden,
            language=self._language(file),
            early=self._early,
            expired=self._expired,
        )

    def _language(self, file: _File) -> str:
        if not self._config.several:
            return ""
        return self._tag or self._config.languages[self._own].tag if file.key == self._own else file.key

    def _file(self, place: Place) -> _File:
        *folders, name = place.path.split("/")
        stem, _, _ = name.rpartition(".")
        first, dot, suffix = stem.rpartition(".")
        key = place.mount.language or self._config.default
        if dot and self._config.several and suffix.lower() in self._config.languages:
            stem, key = first, suffix.lower()
        if stem == "index" and folders:
            return _File(place=place, folders=folders[:-1], name=folders[-1], key=key, bundle=True)
        return _File(place=place, folders=folders, name=stem, key=key, bundle=False)

    def _is_bundle(self, folder: str) -> bool:
        """Return whether a folder of the site is a leaf bundle: it has a file ``index``, maybe of one language."""
        return self._is_bundle_cached(folder)

    def _has_index(self, folder: str) -> bool:
        stems = ["index", *(f"index.{key}" for key in self._config.languages if self._config.several)]
        path = self._config.folder / folder
        return any(is_file(path, f"{stem}.{ending}") for stem in stems for ending in _ENDINGS)

    def _hidden_by_place(self, file: _File) -> str:
        """Return why a file is no page whatever it says."""
        if not file.place.path.lower().endswith(tuple(f".{ending}" for ending in _ENDINGS)):
            return "not a format that Hugo reads"
        if any(name.startswith((".", "#")) or name.endswith("~") for name in file.place.path.split("/")):
            return "its name, or its folder's, has a mark that Hugo skips"
        if bundle := self._bundle_above(file):
            return f"a file of the page {bundle}/index"
        if other := self._same_page(file):
            return f"the page {other} is in its place"
        if not file.place.mount.shows(file.place.in_site):
            return f"the mount of {file.place.mount.source}: files: {', '.join(file.place.mount.files)}"
        if pattern := self._ignored.pattern_for(file.place.in_site):
            return f"ignoreFiles: {pattern}"
        if self._config.languages[file.key].disabled:
            return f"the language {file.key} is disabled"
        if "page" in map(str.lower, texts_at(self._config.tables, "disablekinds")):
            return "disableKinds: page"
        return ""

    def _bundle_above(self, file: _File) -> str:
        """Return the folder of the bundle that a file is only a resource of."""
        parts = file.place.path.split("/")[:-1]
        for depth in range(1, len(parts) + (0 if file.bundle else 1)):
            for _, folder in self._in_site("/".join(parts[:depth]), file.key):
                if self._is_bundle(folder):
                    return folder
        return ""

    def _in_site(self, path: str, key: str) -> Iterator[tuple[Mount, str]]:
        """Yield the mounts of a language that may have a path below the content folder, and where in the site."""
        for mount in self._mounts:
            if mount.language in ("", key) and (place := mount.in_site(path)) is not None:
                yield mount, place

    def _same_page(self, file: _File) -> str:
        """Return the file that is the page in the place of another one, "" where there is none.

        That is a bundle or section page ``name/`` beside ``name.md``, or ``name.md`` beside ``name.html``.
        """
        in_site, mount = file.place.in_site, file.place.mount
        if not file.bundle:
            path = "/".join((*file.folders, file.name))
            beside = (self._page_in(place, "index", one, file.key) for one, place in self._in_site(path, file.key))
            if found := next(filter(None, beside), "") or self._section_page(path, file.key)[0]:
                return found
        for other, place in self._in_site(file.place.path, file.key) if len(self._mounts) > 1 else ():
            if place == in_site:
                break
            if other.source != mount.source and is_file(self._config.folder, place):
                return place
        stem, _, ending = in_site.rpartition(".")
        names = (f"{stem}.{one}" for one in takewhile(lambda one: one != ending.lower(), _FORMATS))
        return next((name for name in names if is_file(self._config.folder, name)), "")

    def _page_in(self, folder: str, stem: str, mount: Mount, key: str) -> str:
        """Return the file of a folder that is its page in one language, "" where there is none."""
        main = key == (mount.language or self._config.default)
        stems = [f"{stem}.{key}"] if self._config.several else []
        names = (f"{folder}/{one}.{ending}".lstrip("/") for one in (*stems, *([stem] * main)) for ending in _ENDINGS)
        return next((name for name in names if is_file(self._config.folder, name)), "")

    def _with_cascade(self, file: _File, own: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the fields of a page with what comes down to it, and for each such key the file that says it."""
        fields, places = dict(own), dict.fromkeys(own, "")
        facts = PageFacts(path=file.path, language=file.key)
        for one in islice(self._cascades(file), _MOST_CASCADES):
            if one.means(facts):
                for key, value in one.values.items():
                    if key not in fields:
                        fields[key], places[key] = value, one.place
        return fields, places

    def _cascades(self, file: _File) -> Iterator[Cascade]:
        """Yield what comes down to a page, from the nearest section page to the site's configuration."""
        for folder in reversed(_folders_above(file)):
            name, fields = self._section_page(folder, file.key)
            yield from parse_cascade(fields.get("cascade"), name)
        config = self._config
        yield from parse_cascade(config.languages[file.key].tables.get("cascade"), config.places.get("cascade", ""))

    def _read_section_page(self, folder: str, key: str) -> tuple[str, dict[str, Any]]:
        """Read the page of a section in one language: (its path in the site, its fields)."""
        for mount, place in self._in_site(folder, key):
            if name := self._page_in(place, "_index", mount, key):
                return name, front_matter_of(self._config.folder, name)
        return "", {}

    def _link(self, file: _File, fields: Mapping[str, Any], content: Content) -> str:
        language = self._config.languages[file.key]
        pathing = Pathing(
            keep_case=is_true(language.tables.get("disablepathtolower")),
            remove_accents=is_true(language.tables.get("removepathaccents")),
        )
        named = self._named(file, fields, content)
        url, prefix = text_at(fields, "url"), self._prefix(language)
        if url:
            path = _of_url(expand_url(url, named, pathing))
            prefix = "" if url.startswith("/") else prefix
        else:
            pattern = self._pattern(language, named.section)
            path = expand(pattern, named, pathing) if pattern else self._plain_path(file, named, pathing)
            path = path.strip("/").removesuffix("/index") if not pattern else path.strip("/")
            path += ".html" if path and self._is_ugly(language, named.section) else "/"
        return f"{self._base}{prefix}/{quoted(path.lstrip('/'))}"

    def _named(self, file: _File, fields: Mapping[str, Any], content: Content) -> Named:
        slug, date = text_at(fields, "slug"), in_own_offset(content.published, content.date)
        if ":filename" in self._date_order() and (found := name_and_day(file.name)):
            slug = slug or found[0]
        folders = [logical_path(folder) for folder in file.folders]
        return Named(
            title=text_at(fields, "title"),
            slug=slug,
            section=folders[0] if folders else "",
            sections=self._sections(file, folders),
            section_slugs=lambda: self._section_slugs(file, folders),
            basename=file.name,
            date=date or _EMPTY_DATE,
        )

    def _date_order(self) -> tuple[str, ...]:
        return texts_at(table_at(self._config.tables, "frontmatter"), "date")

    def _sections(self, file: _File, folders: Sequence[str]) -> list[str]:
        """Return the sections above a page: the first folder, and each that has a page of its own."""
        return [
            name
            for number, (name, folder) in enumerate(zip(folders, _folders_above(file)[1:], strict=True))
            if number == 0 or self._section_page(folder, file.key)[0]
        ]

    def _section_slugs(self, file: _File, folders: Sequence[str]) -> list[str]:
        slugs = []
        for number, (name, folder) in enumerate(zip(folders, _folders_above(file)[1:], strict=True)):
            page, fields = self._section_page(folder, file.key)
            if number == 0 or page:
                slugs.append(text_at(fields, "slug") or name)
        return slugs

    def _pattern(self, language: Language, section: str) -> str:
        """Return the pattern of `permalinks` for the pages of a section."""
        if section in self._patterns:
            return self._patterns[section]
        tables = table_at(language.tables, "permalinks")
        kinds = table_at(tables, "page")
        named = {key.strip("/"): value for table in (tables, kinds) for key, value in table.items()}
        found = named.get(section)
        return found if isinstance(found, str) else ""

    def _plain_path(self, file: _File, named: Named, pathing: Pathing) -> str:
        name = named.slug or file.name.replace(" ", "-")
        return pathing.cleaned("/".join((*(folder.replace(" ", "-") for folder in file.folders), name)))

    def _is_ugly(self, language: Language, section: str) -> bool:
        ugly = language.tables.get("uglyurls")
        return is_true(ugly.get(section)) if isinstance(ugly, dict) else is_true(ugly)

    def _prefix(self, language: Language) -> str:
        """Return what is before the paths of a language: ``/es``, nothing for the default one."""
        config = self._config
        if any("baseurl" in table_at(config.tables, "languages", key) for key in config.languages):
            return ""  # each language has a host of its own
        in_folder = language.key != config.default or is_true(config.tables.get("defaultcontentlanguageinsubdir"))
        return f"/{language.key}" if config.several and in_folder else ""


def _folders_above(file: _File) -> list[str]:
    """List the folders from the content folder, "", down to the page's own."""
    return ["/".join(file.folders[:depth]) for depth in range(len(file.folders) + 1)]


def _of_url(url: str) -> str:
    """Return the path that `url` in front matter makes: as it is, with a slash at the end where it has no dot."""
    path = url.strip().lstrip("/")
    if ".." in path.split("/"):
        path = posixpath.normpath(f"/{path}").lstrip("/") + ("/" if path.endswith("/") else "")
    if path.endswith("/index.html"):
        return path.removesuffix("index.html")
    return path if not path or path.endswith("/") or "." in path else f"{path}/"


def _hidden_by_fields(fields: Mapping[str, Any], own: Mapping[str, Any], said_by: Mapping[str, str]) -> str:
    """Return why a page is not public by what it, or a cascade, says; an own `draft` is its own reason."""

    def where(key: str) -> str:
        return f", by the cascade of {said_by[key]}" if said_by.get(key) else ""

    if is_true(fields.get("draft")) and "draft" not in own:
        return f"draft: true{where('draft')}"
    if is_true(fields.get("headless")):
        return f"headless: true{where('headless')}"
    for key in ("build", "_build"):
        for option in ("render", "list"):
            value = table_at(fields, key).get(option)
            if value is not None and says_no(value):
                shown = "false" if is_false(value) else "never"
                return f"{key}: {option}: {shown}{where(key)}"
    return ""
