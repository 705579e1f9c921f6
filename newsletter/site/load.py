"""Find out what a site is made with, and read what it says: the only door to this package."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from newsletter.errors import ConfigError
from newsletter.pages import Pages, SiteFacts
from newsletter.settings import NewsletterSettings, SiteSettings
from newsletter.site.detect import generator_of
from newsletter.toml_binding import shown_path

__all__ = ["read_site"]

_NONE_HINT = "name the folder of hugo.toml, config.toml or _config.yml; for other sites set links or generator"


def read_site(settings: SiteSettings, root: Path, newsletter: Mapping[str, Any]) -> SiteFacts | None:
    """Read the site that [site] names, for the project folder `root` and the table [newsletter] as it is written.

    None where no site decides. Raises ConfigError where the site's configuration is missing or cannot be read.
    """
    folder = root / settings.folder
    if not folder.is_dir():
        raise ConfigError("no such folder of a site", place=shown_path(folder), hint="[site] folder names it")
    tag = newsletter.get("language")
    facts = _facts(folder, settings, root, tag if isinstance(tag, str) else "") if settings.folder else None
    if facts is None and settings.generator not in ("auto", "none"):
        hint = "[site] folder names the one with its configuration"
        raise ConfigError(f"no configuration of {settings.generator.title()}", place=shown_path(folder), hint=hint)
    if settings.links:
        return _listed(settings, root, facts)
    if facts is None and settings.permalinks:
        return _patterned(settings, root, folder)
    if facts is None and settings.folder and settings.generator == "auto":
        raise ConfigError("no configuration of Hugo, Zola or Jekyll", place=shown_path(folder), hint=_NONE_HINT)
    return facts


def _facts(folder: Path, settings: SiteSettings, root: Path, tag: str) -> SiteFacts | None:
    """Read the site in `folder` as one of the generator that is set, else of the first that has a configuration."""
    generator = generator_of(folder) if settings.generator == "auto" else settings.generator
    # Each generator's module is loaded for its sites alone: the start of a command stays short.
    if generator == "zola":
        from newsletter.site.zola import zola_facts

        return zola_facts(folder, settings, root, tag)
    if generator == "jekyll":
        from newsletter.site.jekyll import jekyll_facts

        return jekyll_facts(folder, settings, root)
    if generator == "hugo":
        from newsletter.site.hugo_facts import load_hugo_facts

        return load_hugo_facts(folder, settings, root, tag)
    return None


def _patterned(settings: SiteSettings, root: Path, folder: Path) -> SiteFacts:
    """Return a site of which nothing is known but the patterns of its addresses."""
    from newsletter.site.hugo import HugoPages
    from newsletter.site.hugo_config import HugoConfig, Language
    from newsletter.site.mounts import Mount

    def pages(newsletter: NewsletterSettings) -> Pages:
        archives = [root / archive for archive in newsletter.archive]
        sources = [os.path.relpath(archive, folder) for archive in archives]
        mounts = [Mount(source=source) for source in sources]
        language = Language(key="en", tag="en", tables={})
        config = HugoConfig(folder=folder, tables={}, languages={"en": language}, default="en", places={})
        base_url, patterns = newsletter.base_url, settings.permalinks
        return HugoPages(config, mounts, archives, settings.sections, base_url=base_url, tag="", patterns=patterns)

    return SiteFacts(generator="none", newsletter={}, pages=pages, sections=settings.sections)


def _listed(settings: SiteSettings, root: Path, facts: SiteFacts | None) -> SiteFacts:
    """Return a site whose pages are those of a list; what else the site says stays."""
    from newsletter.site.listed import ListedPages, load_list

    listed = load_list(root / settings.links)
    base = facts or SiteFacts(generator="none", newsletter={}, pages=lambda newsletter: None)

    def pages(newsletter: NewsletterSettings) -> ListedPages:
        archives = [root / archive for archive in newsletter.archive]
        folder = root / settings.folder
        inner = base.pages(newsletter)
        return ListedPages(listed, settings.links, folder, archives, base_url=newsletter.base_url, inner=inner)

    return replace(base, pages=pages)
