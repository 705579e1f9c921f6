"""Read what a Hugo site's configuration says: one file at its top, or a folder ``config/``, in TOML, YAML or JSON."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newsletter.language_tags import same_language
from newsletter.pages import Found
from newsletter.site.reading import is_false, is_true, read_tables, table_at, text_at, texts_at

__all__ = ["CONFIG_NAMES", "HugoConfig", "Language", "load_hugo_config", "says_no"]

_ENDINGS = ("toml", "yaml", "yml", "json")
CONFIG_NAMES = tuple(f"{name}.{ending}" for name in ("hugo", "config") for ending in _ENDINGS)
_MOST_FILES = 500  # of config/
_LANGUAGE_TABLES = ("menu", "menus", "params")


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One language of a site: its `key` in addresses and file names, its `tag`, and its whole configuration."""

    key: str
    tag: str
    tables: Mapping[str, Any]
    disabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HugoConfig:
    """A Hugo site's configuration; `place` maps a key at the top to the file that sets it."""

    folder: Path
    tables: Mapping[str, Any]
    languages: Mapping[str, Language]
    default: str
    places: Mapping[str, str]

    @property
    def several(self) -> bool:
        """Return whether the site is in several languages."""
        return len(self.languages) > 1

    def language_for(self, tag: str) -> Language | None:
        """Return the site's language that a newsletter in `tag` is of, the default one for ""; None without one."""
        if not tag:
            return self.languages[self.default]
        ones = list(self.languages.values())
        exact = [one for one in ones if tag.lower() in (one.key, one.tag.lower())]
        close = [one for one in ones if same_language(one.tag, tag) or same_language(one.key, tag)]
        return next(iter((*exact, *close)), None)

    def found(self, what: str, key: str, value: str) -> Found:
        """Describe what the site says in the key `key`."""
        return Found(what=what, value=value, place=self.places.get(key, ""))


def load_hugo_config(folder: Path) -> HugoConfig | None:
    """Read the configuration of the Hugo site in `folder`; None where there is none."""
    tables: dict[str, Any] = {}
    places: dict[str, str] = {}
    for name, read in _files(folder):
        tables = _merged(tables, read)
        places |= dict.fromkeys(_told(name, read), name)
    if not places:
        return None
    default = text_at(tables, "defaultcontentlanguage").lower() or "en"
    languages = _languages(tables, default)
    if default not in languages:
        default = next(iter(languages))
    return HugoConfig(folder=folder, tables=tables, languages=languages, default=default, places=places)


def _files(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Read the files of a configuration, the one that counts least first: (name, tables)."""
    top = ((name, read_tables(folder, name)) for name in CONFIG_NAMES if (folder / name).is_file())
    if first := next(((name, read) for name, read in top if read is not None), None):
        yield first
    for part in ("config/_default", "config/production"):
        for name in _names(folder / part):
            stem, _, ending = name.rpartition(".")
            if ending in _ENDINGS and (read := read_tables(folder, f"{part}/{name}")) is not None:
                yield f"{part}/{name}", _placed(stem.lower(), read)


def _told(name: str, read: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys that a file says, those of languages too, but for languages that it only adds a menu to."""
    for key in read:
        if key != "languages" or not name.rpartition("/")[2].startswith(_LANGUAGE_TABLES):
            yield key
            if key == "languages":
                yield from (f"languages.{language}" for language in table_at(read, key))


def _names(folder: Path) -> list[str]:
    """List a folder, what belongs to the whole site first; nothing where there is none."""
    names: list[str] = []
    with suppress(OSError):
        names = sorted(os.listdir(folder))[:_MOST_FILES]  # noqa: PTH208 - names alone
    return sorted(names, key=lambda name: name.split(".")[0] not in ("hugo", "config"))


def _placed(stem: str, tables: dict[str, Any]) -> dict[str, Any]:
    """Return the tables of ``params.toml`` or ``languages.es.toml`` at their place in the whole."""
    name, _, language = stem.partition(".")
    if name in ("hugo", "config"):
        return tables
    if language and name in _LANGUAGE_TABLES:
        return {"languages": {language: {name: tables}}}
    return {name: {language: tables} if language else tables}


def _merged(under: Mapping[str, Any], over: Mapping[str, Any], depth: int = 0) -> dict[str, Any]:
    """Lay one table over another, tables in it too."""
    made = dict(under)
    for key, value in over.items():
        before = made.get(key)
        deep = isinstance(value, dict) and isinstance(before, dict) and depth < 20
        made[key] = _merged(before, value, depth + 1) if deep and isinstance(before, dict) else value
    return made


def _languages(tables: Mapping[str, Any], default: str) -> dict[str, Language]:
    """Return the languages by their keys, the site's own where it names none."""
    disabled = set(texts_at(tables, "disablelanguages"))
    named = {key: one for key, one in table_at(tables, "languages").items() if isinstance(one, dict)}
    if not named:
        tag = text_at(tables, "locale", "languagecode") or default
        return {default: Language(key=default, tag=_tag(tag, default), tables=tables)}
    made = {}
    for key, one in named.items():
        tag = text_at(one, "locale", "languagecode") or key
        off = is_true(one.get("disabled")) or key in disabled
        made[key] = Language(key=key, tag=_tag(tag, key), tables=_of_language(tables, one), disabled=off)
    return made


def _of_language(tables: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration of one language: what it says replaces what the site says, but for single `params`."""
    return {**tables, **own, "params": _merged(table_at(tables, "params"), table_at(own, "params"))}


def _tag(tag: str, otherwise: str) -> str:
    """Return a language's tag as it is written everywhere: ``en-us`` is ``en-US``."""
    parts = tag.replace("_", "-").split("-")
    if not all(part.isalnum() and part.isascii() for part in parts) or not 2 <= len(parts[0]) <= 3:
        return otherwise
    return "-".join([parts[0].lower(), *(part.upper() if len(part) == 2 else part for part in parts[1:])])


def says_no(value: Any) -> bool:
    """Return whether ``never`` or ``false`` is said, as ``build.render`` does."""
    return is_false(value) or str(value).strip().lower() == "never"
