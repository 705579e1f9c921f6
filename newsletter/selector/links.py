"""Make an article's address on the site: below `base_url`, never anywhere else."""

import re
from urllib.parse import quote, unquote

from newsletter.addresses import URL_SAFE

__all__ = ["leaves_site", "page_link"]

_FILE = re.compile(r"\.(?:html?|php|aspx?|xml|txt|pdf)$", re.IGNORECASE)
# A path below the site has no query and no fragment: quoting both keeps it one. Brackets are for hosts alone.
_PATH_SAFE = URL_SAFE.translate(dict.fromkeys(map(ord, "?#[]")))


def page_link(path: str, base_url: str) -> str:
    """Join `base_url` and a path below the site; a path without an extension gets a trailing slash."""
    site = base_url.rstrip("/") + "/"
    path = path.removeprefix(site).lstrip("/")
    if path and not path.endswith("/") and not _FILE.search(path):
        path += "/"
    return site + quote(path, safe=_PATH_SAFE)


def leaves_site(url: str, base_url: str) -> bool:
    """Return whether a `url` names a scheme, a host or a folder above, plain or percent-encoded."""
    plain = unquote(unquote(url.removeprefix(base_url.rstrip("/") + "/"))).replace("\\", "/")
    outside = re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//", plain) or re.search(r"[\x00-\x1f\x7f]", plain)
    return bool(outside) or ".." in plain.split("/")
