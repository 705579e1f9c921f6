"""From a Hugo site's configuration to what a newsletter takes from it."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from newsletter.errors import ConfigError
from newsletter.pages import Found, SiteFacts
from newsletter.settings import NewsletterSettings, SiteSettings
from newsletter.site.hugo import HugoPages
from newsletter.site.hugo_config import HugoConfig, Language, load_hugo_config
from newsletter.site.hugo_modules import content_mounts, theme_tables
from newsletter.site.hugo_paths import logical_path
from newsletter.site.mounts import Mount
from newsletter.site.reading import table_at, text_at, texts_at
from newsletter.site.sections import main_section

__all__ = ["load_hugo_facts"]

_DEFAULT_DATES = ("date", "publishdate", "pubdate", "published", "lastmod", "modified")


def load_hugo_facts(folder: Path, settings: SiteSettings, root: Path, tag: str) -> SiteFacts | None:
    """Return what a newsletter in the language `tag` takes from the Hugo site in `folder`; None where there is none."""
    config = load_hugo_config(folder)
    return _facts(config, settings, root, tag) if config else None


def _facts(config: HugoConfig, settings: SiteSettings, root: Path, tag: str) -> SiteFacts:
    """Return what a newsletter in the language `tag` ("" for the site's own) takes from a Hugo site."""
    language = config.language_for(tag)
    if language is None:
        known = ", ".join(one.tag for one in config.languages.values())
        if config.several:
            raise ConfigError(f"language: the site is not in {tag!r}", hint=f"its languages are {known}")
        language = config.languages[config.default]
    mounts = content_mounts(config)
    here = _mounts_of(config, language, mounts)
    sections = settings.sections or _sections(config, language, here)
    archives = [mount for mount in here if mount.own or _has_one_of(config.folder / mount.source, mount, sections)]
    found = list(_found(config, language))
    defaults: dict[str, object] = {one.what: one.value for one in found}
    if archives:
        defaults["archive"] = [os.path.relpath(config.folder / mount.source, root) for mount in archives]
    dates = texts_at(table_at(language.tables, "frontmatter"), "date")

    def pages(newsletter: NewsletterSettings) -> HugoPages:
        return HugoPages(
            config,
            mounts,
            [root / archive for archive in newsletter.archive],
            sections,
            base_url=newsletter.base_url,
            tag=tag,
            patterns=settings.permalinks,
        )

    place = found[0].place if found else ""
    further = (
        Found(what="archive", value=", ".join(mount.source for mount in archives), place=place),
        *_further(config, language),
    )
    return SiteFacts(
        generator="hugo",
        newsletter=defaults,
        pages=pages,
        date_keys=_date_keys(dates or (":default",)),
        sections=sections,
        output=text_at(config.tables, "publishdir") or "public",
        found=(*found, *further),
    )


def _found(config: HugoConfig, language: Language) -> Iterator[Found]:
    """Yield what the site says of [newsletter]."""
    name, base, zone = (text_at(language.tables, key) for key in ("title", "baseurl", "timezone"))
    if name:
        yield config.found("name", f"languages.{language.key}" if config.several else "title", name)
    if base.startswith(("https://", "http://")):
        yield config.found("base_url", "baseurl", base)
    if config.several or {"languagecode", "locale", "defaultcontentlanguage"} & config.tables.keys():
        key = (
            f"languages.{language.key}" if config.several else "locale" if "locale" in config.places else "languagecode"
        )
        yield config.found("language", key, language.tag)
    if zone and _is_zone(zone):
        yield config.found("timezone", "timezone", zone)


def _further(config: HugoConfig, language: Language) -> Iterator[Found]:
    """Yield what else of the site decides, for people to look at."""
    if config.several:
        yield config.found("languages", "languages", ", ".join(config.languages))
    patterns = table_at(language.tables, "permalinks")
    named = {**patterns, **table_at(patterns, "page")}
    for section, pattern in named.items():
        if isinstance(pattern, str):
            yield config.found("permalinks", "permalinks", f"{section}: {pattern}")


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        return False
    return True


def _mounts_of(config: HugoConfig, language: Language, mounts: Sequence[Mount]) -> list[Mount]:
    """List the folders with content in a language that are there, none below another."""
    ones = [mount for mount in mounts if mount.language in ("", language.key)]
    here = [mount for mount in ones if (config.folder / mount.source).is_dir()]
    top = [
        mount
        for mount in here
        if not any(other.source != mount.source and f"{mount.source}/".startswith(f"{other.source}/") for other in here)
    ]
    return list({mount.source: mount for mount in top}.values())


def _sections(config: HugoConfig, language: Language, mounts: list[Mount]) -> tuple[str, ...]:
    """Return the main sections: those that the site names, else the one with most pages."""
    named = (
        texts_at(language.tables, "mainsections")
        or texts_at(table_at(language.tables, "params"), "mainsections")
        or _theme_sections(config)
    )
    there = {logical_path(name) for mount in mounts for name in _folders(config.folder / mount.source, mount.target)}
    if known := tuple(name for name in named if logical_path(name).split("/")[0] in there or not name):
        return known
    main = next((mount for mount in mounts if mount.own and not mount.target), None)
    return (main_section(config.folder / main.source),) if main else tuple(m.target for m in mounts)


def _has_one_of(folder: Path, mount: Mount, sections: Sequence[str]) -> bool:
    """Return whether a theme has a folder of content for one of the sections."""
    firsts = {logical_path(section).split("/")[0] for section in sections}
    return any(logical_path(name) in firsts for name in _folders(folder, mount.target))


def _folders(folder: Path, target: str) -> list[str]:
    """List the first folders below a mount, as the content folder has them."""
    if target:
        return [target.split("/")[0]]
    try:
        return [entry.name for entry in os.scandir(folder) if entry.is_dir()]
    except OSError:
        return []


def _theme_sections(config: HugoConfig) -> tuple[str, ...]:
    """Return the main sections that the site's themes name."""
    named = (texts_at(table_at(tables, "params"), "mainsections") for tables in theme_tables(config))
    return next(filter(None, named), ())


def _date_keys(order: tuple[str, ...]) -> tuple[str, ...]:
    """Return the keys that give a page its date, in the site's order, () where it says none."""
    keys: list[str] = []
    for one in order:
        keys += _DEFAULT_DATES if one.lower() == ":default" else [one] if not one.startswith(":") else []
    return tuple(dict.fromkeys(key.lower() for key in keys))
