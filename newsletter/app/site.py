"""What the newsletter's site says, where the configuration names one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from newsletter.pages import SiteFacts
from newsletter.settings import SiteSettings

__all__ = ["read_site"]


def read_site(settings: SiteSettings, root: Path, newsletter: Mapping[str, Any]) -> SiteFacts:
    """Read the site; where none is configured, articles alone say what their pages are."""
    if settings != SiteSettings():
        from newsletter.site import load

        if facts := load.read_site(settings, root, newsletter):
            return facts
    from newsletter.site.plain import plain_facts

    return plain_facts(root)
