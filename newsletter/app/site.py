"""What the newsletter's site says, where the configuration names one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from newsletter.pages import SiteFacts
from newsletter.settings import SiteSettings

__all__ = ["read_site"]


def read_site(settings: SiteSettings, root: Path, newsletter: Mapping[str, Any]) -> SiteFacts | None:
    """Read the site; nothing of it is loaded where none is configured."""
    if settings == SiteSettings():
        return None
    from newsletter.site import load

    return load.read_site(settings, root, newsletter)
