"""Which folders a Hugo site takes its content from: ``module.mounts``, and those of its themes and modules.

Themes and modules are looked for where they lie in the site, ``_vendor/`` and ``themes/``; nothing is fetched.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from newsletter.site.hugo_config import CONFIG_NAMES, HugoConfig
from newsletter.site.mounts import Mount
from newsletter.site.reading import is_true, read_tables, table_at, text_at, texts_at

__all__ = ["content_mounts", "theme_tables"]

_MOST_MODULES = 50
_CONTENT = "content"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Module:
    """A theme or module of the site: its folder in the site, "" where it is not here, and its configuration."""

    folder: str
    tables: Mapping[str, Any]
    entry: Mapping[str, Any]


def content_mounts(config: HugoConfig) -> tuple[Mount, ...]:
    """Return which folders hold content, the one that goes before another first; `language` "" where names say it."""
    modules = list(_modules(config))
    own = _own_mounts(config, complete=all(module.folder for module in modules))
    all_mounts = (*own, *(mount for module in modules if module.folder for mount in _module_mounts(module)))
    return tuple(mount for mount in all_mounts if ".." not in mount.source.split("/"))


def theme_tables(config: HugoConfig) -> tuple[Mapping[str, Any], ...]:
    """Return the configurations of the themes and modules that are here."""
    return tuple(module.tables for module in _modules(config))


def _own_mounts(config: HugoConfig, *, complete: bool) -> tuple[Mount, ...]:
    """Return the mounts of the site itself; `complete` says that all its modules are here."""
    named = _mounts_in(table_at(config.tables, "module").get("mounts"))
    if named:
        return tuple(mount for mount in named if not any(_stands_in(mount, other) for other in named))
    common = text_at(config.tables, "contentdir") or _CONTENT
    own = {key: text_at(one.tables, "contentdir") or common for key, one in config.languages.items()}
    if len(set(own.values())) > 1:
        return tuple(Mount(source=_relative(source), language=key) for key, source in own.items())
    source = _relative(next(iter(own.values())))
    if not complete and _has_languages_alone(config, source):
        return tuple(Mount(source=f"{source}/{key}", language=key) for key in config.languages)
    return (Mount(source=source),)


def _has_languages_alone(config: HugoConfig, source: str) -> bool:
    """Return whether a content folder has a folder for each language and no other, so that modules must mount them."""
    try:
        folders = {entry.name for entry in (config.folder / source).iterdir() if entry.is_dir()}
    except OSError:
        return False
    return config.several and config.default in folders and folders <= config.languages.keys()


def _modules(config: HugoConfig) -> Iterator[_Module]:
    """Yield the themes and modules in the order in which they count, what each imports after itself."""
    waiting = list(_imports(config.tables))
    seen: set[str] = set()
    while waiting and len(seen) < _MOST_MODULES:
        entry = waiting.pop(0)
        path = text_at(entry, "path")
        if path and path not in seen and not is_true(entry.get("disable")):
            seen.add(path)
            folder = _folder_of(config, path)
            tables = _tables_of(config.folder, folder) if folder and not is_true(entry.get("ignoreconfig")) else {}
            yield _Module(folder=folder, tables=tables, entry=entry)
            if not is_true(entry.get("ignoreimports")):
                waiting = [*_imports(tables), *waiting]


def _imports(tables: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield what a configuration imports: its themes, then ``module.imports``."""
    yield from ({"path": theme} for theme in texts_at(tables, "theme"))
    yield from _tables_in(table_at(tables, "module").get("imports"))


def _folder_of(config: HugoConfig, path: str) -> str:
    """Return the folder in the site of a theme or module, "" where it is not here."""
    themes = _relative(text_at(config.tables, "themesdir") or "themes")
    replaced = _replacements(config).get(path)
    for place in (f"_vendor/{path}", f"{themes}/{replaced or path}"):
        if ".." not in place.split("/") and (config.folder / place).is_dir():
            return place.strip("/")
    return ""


def _replacements(config: HugoConfig) -> dict[str, str]:
    """Return which folder takes the place of which module: ``path -> folder``."""
    said = texts_at(table_at(config.tables, "module"), "replacements")
    pairs = (one.partition("->") for text in said for one in text.split(","))
    return {path.strip(): folder.strip() for path, arrow, folder in pairs if arrow}


def _tables_of(site: Path, folder: str) -> Mapping[str, Any]:
    """Read the configuration of a theme or module; {} where it has none."""
    return next(filter(None, (read_tables(site, f"{folder}/{name}") for name in CONFIG_NAMES)), {})


def _module_mounts(module: _Module) -> Iterator[Mount]:
    """Yield the mounts of a module: those that its import names, else its own, else its content folder."""
    if is_true(module.entry.get("nomounts")):
        return
    entries = module.entry.get("mounts") or table_at(module.tables, "module").get("mounts")
    named = _mounts_in(entries) if _tables_in(entries) else [Mount(source=_CONTENT)]
    for mount in named:
        yield replace(mount, source=f"{module.folder}/{mount.source}".rstrip("/"), own=False)


def _tables_in(value: Any) -> list[dict[str, Any]]:
    """Return the tables of a list of them."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _mounts_in(entries: Any) -> list[Mount]:
    """Return the mounts of content that a list of ``mounts`` makes."""
    return [mount for entry in _tables_in(entries) for mount in _mount(entry)]


def _mount(entry: Mapping[str, Any]) -> Iterator[Mount]:
    """Yield the mounts of content that one entry makes, one for each language it names."""
    source, target = text_at(entry, "source"), text_at(entry, "target").strip("/")
    if target != _CONTENT and not target.startswith(f"{_CONTENT}/"):
        return
    files = (*_excluded(entry), *texts_at(entry, "includefiles"), *texts_at(entry, "files"))
    mount = Mount(source=_relative(source), target=target.removeprefix(_CONTENT).strip("/"), files=files)
    languages = texts_at(entry, "lang") or texts_at(table_at(entry, "sites", "matrix"), "languages")
    yield from (replace(mount, language=key.lower()) for key in languages) if languages else (mount,)


def _excluded(entry: Mapping[str, Any]) -> Sequence[str]:
    """Return what earlier versions of Hugo call `excludeFiles`, in the words of `files`."""
    return [f"! {pattern}" for pattern in texts_at(entry, "excludefiles")]


def _stands_in(mount: Mount, other: Mount) -> bool:
    """Return whether a mount shows the files of `other` again, as pages of a language that has none of its own."""
    if mount.language in ("", other.language) or not f"{mount.source}/".startswith(f"{other.source}/"):
        return False
    rest = mount.source[len(other.source) :].strip("/")
    return mount.target == f"{other.target}/{rest}".strip("/")


def _relative(source: str) -> str:
    return source.strip().removeprefix("./").strip("/")
