"""Find the site that a folder belongs to, what it is made with, and where in it a project is not published."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from newsletter.errors import NewsletterError
from newsletter.site.hugo_config import CONFIG_NAMES
from newsletter.site.reading import read_tables

__all__ = ["PROGRAMS", "FoundSite", "find_site", "generator_of", "is_published", "project_folder"]

PROGRAMS = {
    "hugo": "Hugo",
    "zola": "Zola",
    "jekyll": "Jekyll",
    "eleventy": "Eleventy",
    "astro": "Astro",
}
"""The generators that a site is recognised by, and their names."""

_FILES: Mapping[str, tuple[str, ...]] = {
    "jekyll": ("_config.yml", "_config.yaml", "_config.toml"),
    "eleventy": (
        ".eleventy.js",
        "eleventy.config.js",
        "eleventy.config.mjs",
        "eleventy.config.cjs",
        "eleventy.config.ts",
    ),
    "astro": ("astro.config.mjs", "astro.config.js", "astro.config.ts", "astro.config.cjs", "astro.config.mts"),
    "zola": ("zola.toml",),
}
_PUBLISHED = {
    "hugo": frozenset({"content", "static", "assets", "layouts", "data", "i18n", "themes", "public", "resources"}),
    "zola": frozenset({"content", "static", "templates", "sass", "themes", "public"}),
    "astro": frozenset({"src", "public", "dist"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSite:
    """The folder of a site, and what it is made with."""

    folder: Path
    generator: str


def find_site(start: Path, *, upwards: bool = True) -> FoundSite | None:
    """Return the site in the folder `start`, or in the nearest one above it; None without one."""
    for folder in (start, *start.parents) if upwards else (start,):
        if generator := generator_of(folder):
            return FoundSite(folder=folder, generator=generator)
    return None


def generator_of(folder: Path) -> str:
    """Return what a folder is the site of, "" where it is none."""
    for generator, names in _FILES.items():
        if any((folder / name).is_file() for name in names):
            return generator
    if any((folder / name).is_file() for name in CONFIG_NAMES if name.startswith("hugo.")):
        return "hugo"
    if (folder / "config" / "_default").is_dir():
        return "hugo"
    return next(filter(None, (_of_config(folder, name) for name in CONFIG_NAMES)), "")


def _of_config(folder: Path, name: str) -> str:
    """Return the generator that the keys of a ``config.toml`` belong to."""
    try:
        tables = read_tables(folder, name) or {}
    except NewsletterError:
        return ""
    return "zola" if "base_url" in tables else "hugo" if "baseurl" in tables else ""


def project_folder(generator: str) -> str:
    """Return how a project's folder in a site is called, so that the generator does not publish it."""
    return "_newsletter" if generator in ("jekyll", "eleventy") else "newsletter"


def is_published(site: FoundSite, target: Path) -> bool:
    """Return whether the generator would publish files in the folder `target`."""
    if not target.is_relative_to(site.folder):
        return False
    parts = target.relative_to(site.folder).parts
    if site.generator in ("jekyll", "eleventy"):
        return not any(part.startswith(("_", ".")) for part in parts)
    return not parts or parts[0] in _PUBLISHED[site.generator]
