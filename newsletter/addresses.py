"""Web addresses as people write them."""

import re
from urllib.parse import quote, urlsplit

__all__ = ["URL_SAFE", "path_below", "quote_address", "web_host"]

# What an address may hold unquoted; a percent sign too, as it is quoted already.
URL_SAFE = "%/:?#[]@!$&'()*+,;=~-._"
_PORTS = {"http": 80, "https": 443}
_LONGEST_HOST = 253
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9._-]*[a-z0-9])?|[0-9a-f.]*:[0-9a-f:.]*")  # a name or an IP address
_PARTS = re.compile(r"([a-z][a-z0-9+.-]*)(://[^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)


def quote_address(address: str) -> str:
    """Quote what an absolute address may not hold, and leave its host as it is; what is no such address stays."""
    match = _PARTS.fullmatch(address)
    return f"{match[1].lower()}{match[2]}{quote(match[3], safe=URL_SAFE)}" if match else address


def path_below(path: str, base_url: str) -> str:
    """Return a path of the host as one below the site, where `base_url` has a path of its own that it begins with."""
    try:
        above = urlsplit(base_url).path.rstrip("/")
    except ValueError:
        return path
    return path.removeprefix(above) if above and path.startswith(f"{above}/") else path


def web_host(address: str) -> tuple[str, int] | None:
    """Return the host of a web address, in ASCII and small letters, and its port; None for any other address.

    The port is the one written, else the scheme's. A name of another script comes as its ``xn--`` form.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    host = _ascii_host(host).removesuffix(".")
    if parts.scheme not in _PORTS or len(host) > _LONGEST_HOST or not _HOST.fullmatch(host):
        return None
    return host, port or _PORTS[parts.scheme]


def _ascii_host(host: str) -> str:
    if host.isascii() or len(host) > _LONGEST_HOST:
        return host
    import idna

    try:
        return idna.encode(host, uts46=True).decode()
    except UnicodeError:
        return ""
