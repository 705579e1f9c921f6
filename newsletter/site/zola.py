"""Which pages Zola makes, and where: `path`, `slug`, days before names, slugs, `render`, drafts of whole sections."""

import os
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from newsletter.errors import ConfigError
from newsletter.language_tags import same_language
from newsletter.pages import Content, Found, Page, SiteFacts
from newsletter.settings import NewsletterSettings, SiteSettings
from newsletter.site.globs import matches
from newsletter.site.mounts import Mount, Place, Places
from newsletter.site.reading import (
    front_matter_of,
    is_false,
    is_file,
    is_true,
    read_tables,
    table_at,
    text_at,
    texts_at,
)
from newsletter.site.sections import main_section

__all__ = ["zola_facts"]

_NAMES = ("zola.toml", "config.toml")
_CONTENT = "content"
_DATED = re.compile(
    r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:T[\d:.]{8,20}(?:Z|[+-]\d\d:\d\d))?\s?[_-](.{1,300})"
)
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
_MOST_PATTERNS = 100  # each file is compared with all
_SAFE = "/-._~!$&'()*+,;=:@%"
# Letters that are no other letter with an accent; the rest is left out, as nothing here knows its sound.
_LATIN = dict(zip("ßæœøłđðþħ", "ss ae oe o l d d th h".split(" "), strict=True))  # noqa: SIM905
_CYRILLIC = dict(
    zip(
        map(chr, range(0x430, 0x450)),
        "a b v g d e zh z i i k l m n o p r s t u f kh ts ch sh shch  y  e iu ia".split(" "),  # noqa: SIM905
        strict=True,
    )
)
_SOUNDS = {**_LATIN, **_CYRILLIC}


def slugify(text: str) -> str:
    """Write a text in small ASCII letters and digits, with one hyphen for whatever else is between them."""
    plain = "".join(_SOUNDS.get(one, one) for one in text.lower())
    letters = unicodedata.normalize("NFKD", plain)
    kept = "".join(one for one in letters if one.isascii() or unicodedata.category(one) != "Mn")
    return re.sub(r"[^a-z0-9]+", "-", kept).strip("-")


def _safe(text: str) -> str:
    return _FORBIDDEN.sub("", text.rstrip(" ."))


_MODES: Mapping[str, Callable[[str], str]] = {"on": slugify, "safe": _safe, "off": str}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Zola:
    """A Zola site's configuration, and the name of its file."""

    folder: Path
    name: str
    tables: Mapping[str, Any]

    @property
    def default(self) -> str:
        return text_at(self.tables, "default_language") or "en"

    @property
    def others(self) -> tuple[str, ...]:
        return tuple(key for key in table_at(self.tables, "languages") if key != self.default.lower())


def zola_facts(folder: Path, settings: SiteSettings, root: Path, tag: str) -> SiteFacts | None:
    """Return what a newsletter in the language `tag` takes from the Zola site in `folder`; None where there is none."""
    zola = _load(folder)
    if zola is None:
        return None
    own = _own_language(zola, tag)
    tables = {**zola.tables, **table_at(zola.tables, "languages", own)}
    said = {"name": text_at(tables, "title"), "base_url": text_at(zola.tables, "base_url"), "language": own}
    found = tuple(Found(what=what, value=value, place=zola.name) for what, value in said.items() if value)
    archive = os.path.relpath(folder / _CONTENT, root)
    sections = settings.sections or (main_section(folder / _CONTENT),)

    def pages(newsletter: NewsletterSettings) -> ZolaPages:
        archives = [root / one for one in newsletter.archive]
        return ZolaPages(zola, archives, sections, base_url=newsletter.base_url, tag=tag, own=own)

    return SiteFacts(
        generator="zola",
        newsletter={**{one.what: one.value for one in found}, "archive": [archive]},
        pages=pages,
        date_keys=("date",),
        sections=sections,
        output=text_at(zola.tables, "output_dir") or "public",
        found=(*found, Found(what="archive", value=_CONTENT, place=zola.name)),
    )


def _load(folder: Path) -> _Zola | None:
    for name in _NAMES:
        tables = read_tables(folder, name)
        if tables is not None and ("base_url" in tables or name == "zola.toml"):
            return _Zola(folder=folder, name=name, tables=tables)
    return None


def _own_language(zola: _Zola, tag: str) -> str:
    """Return the site's language that a newsletter in `tag` is of; ConfigError where there is none."""
    known = (zola.default, *zola.others)
    if not tag:
        return zola.default
    found = [one for one in known if one.lower() == tag.lower()] + [one for one in known if same_language(one, tag)]
    if not found and zola.others:
        raise ConfigError(f"language: the site is not in {tag!r}", hint=f"its languages are {', '.join(known)}")
    return found[0] if found else zola.default


class ZolaPages:
    """The pages of a Zola site, whose links begin with `base_url`, for a newsletter in its language `own`."""

    def __init__(
        self, zola: _Zola, archives: Sequence[Path], sections: Sequence[str], *, base_url: str, tag: str, own: str
    ) -> None:
        """Prepare for the files of `archives`."""
        self._zola = zola
        self._base = base_url.rstrip("/")
        self._tag = tag
        self._own = own
        self._places = Places(
            zola.folder, archives, [Mount(source=_CONTENT)], sections, is_bundle=lambda name: self._is_page(name)
        )
        slugify_table = table_at(zola.tables, "slugify")
        self._slug = _MODES.get(text_at(slugify_table, "paths"), slugify)
        self._keep_dates = is_true(slugify_table.get("paths_keep_dates"))
        self._ignored = texts_at(zola.tables, "ignored_content")[:_MOST_PATTERNS]
        self._draft_section = cache(self._is_draft_section)
        self.scope = self._places.scope

    def _is_page(self, folder: str) -> bool:
        return is_file(self._zola.folder / folder, "index.md")

    def page(self, archive: int, path: str, content: Content) -> Page:
        """Return what Zola makes of one file."""
        place = self._places.find(archive, path)
        if place is None:
            return Page()
        *folders, file = place.path.split("/")
        name, language = self._split(file.rpartition(".")[0])
        hidden = self._hidden(place, content.fields)
        tag = "" if not self._zola.others else language if language != self._own else self._tag or self._own
        return Page(
            link="" if hidden or not self._base else self._link(folders, name, language, content.fields),
            hidden=hidden,
            language=tag,
            early=True,
            expired=True,
        )

    def _split(self, stem: str) -> tuple[str, str]:
        """Split the name of a file into itself and its language."""
        name, dot, code = stem.rpartition(".")
        if dot and name and code.lower() in self._zola.others:
            return name, code
        return stem, self._zola.default

    def _hidden(self, place: Place, fields: Mapping[str, Any]) -> str:
        if not place.path.endswith(".md"):
            return "no file that ends in .md"
        if pattern := next((one for one in self._ignored if matches(one.replace("*", "**"), place.in_site)), ""):
            return f"ignored_content: {pattern}"
        parts = place.in_site.split("/")[:-1]
        for depth in range(1, len(parts) + 1):
            if name := self._draft_section("/".join(parts[:depth])):
                return f"draft: true, by the section page {name}"
        return "render: false" if is_false(fields.get("render")) else ""

    def _is_draft_section(self, folder: str) -> str:
        """Return the page of a section that is a draft, and so is all below it; "" for any other folder."""
        name = f"{folder}/_index.md"
        return name if is_true(front_matter_of(self._zola.folder, name).get("draft")) else ""

    def _link(self, folders: list[str], name: str, language: str, fields: Mapping[str, Any]) -> str:
        path = text_at(fields, "path")
        if not path:
            if name == "index" and folders:
                folders, name = folders[:-1], folders[-1]
            slug = self._slug(text_at(fields, "slug")) or self._slug(self._undated(name))
            before = [language] if language != self._zola.default else []
            path = "/".join((*before, *folders, slug))
        path = f"/{path.strip().lstrip('/')}"
        return f"{self._base}{quote(path if path.endswith('/') else f'{path}/', safe=_SAFE)}"

    def _undated(self, name: str) -> str:
        found = None if self._keep_dates else _DATED.fullmatch(name)
        return found[1] if found else name
