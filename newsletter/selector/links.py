"""Where an article stands on the site: below `base_url`, never anywhere else."""

import re
from urllib.parse import quote, unquote

from newsletter.errors import ArticleError
from newsletter.selector.text import URL_SAFE

__all__ = ["page_link"]

_FILE = re.compile(r"\.(?:html?|php|aspx?|xml|txt|pdf)$", re.IGNORECASE)
# A path below the site has no query and no fragment: quoting both keeps it one.
_PATH_SAFE = URL_SAFE.replace("?", "").replace("#", "")


def page_link(url: str, page: str, base_url: str) -> str:
    """Join `base_url` and the path `url`, or where that is "" the path `page`; a path without an ending gets a slash.

    Raises ArticleError for a `url` that names a scheme, a host or a folder above.
    """
    site = base_url.rstrip("/") + "/"
    path = (url or page).strip().removeprefix(site)
    if url and _leaves_site(path):
        raise ArticleError(
            f"url leads outside the site: {url[:80]}", hint="write it as a path of the site, like 2025-05-15-a-story"
        )
    path = path.lstrip("/")
    if path and not path.endswith("/") and not _FILE.search(path):
        path += "/"
    return site + quote(path, safe=_PATH_SAFE)


def _leaves_site(path: str) -> bool:
    plain = unquote(unquote(path)).replace("\\", "/")
    outside = re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//", plain) or re.search(r"[\x00-\x1f\x7f]", plain)
    return bool(outside) or ".." in plain.split("/")
