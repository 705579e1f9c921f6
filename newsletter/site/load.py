"""Find out what a site is made with, and read what it says: the only door to this package."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from newsletter.errors import ConfigError
from newsletter.pages import SiteFacts
from newsletter.settings import SiteSettings
from newsletter.site.hugo_config import load_hugo_config
from newsletter.site.hugo_facts import hugo_facts
from newsletter.toml_binding import shown_path

__all__ = ["read_site"]

_NONE_HINT = "[site] folder names the one with hugo.toml, config.toml or _config.yml; other sites are read by links"


def read_site(settings: SiteSettings, root: Path, newsletter: Mapping[str, Any]) -> SiteFacts | None:
    """Read the site that [site] names, for the project folder `root` and the table [newsletter] as it is written.

    None where no site decides. Raises ConfigError where the site's configuration is missing or cannot be read.
    """
    if not settings.folder:
        return None
    folder = root / settings.folder
    if not folder.is_dir():
        raise ConfigError("no such folder of a site", place=shown_path(folder), hint="[site] folder names it")
    tag = newsletter.get("language")
    facts = _facts(folder, settings, root, tag if isinstance(tag, str) else "")
    if facts is None:
        raise ConfigError("no configuration of Hugo, Zola or Jekyll", place=shown_path(folder), hint=_NONE_HINT)
    return facts


def _facts(folder: Path, settings: SiteSettings, root: Path, tag: str) -> SiteFacts | None:
    if config := load_hugo_config(folder):
        return hugo_facts(config, settings, root, tag)
    return None
