"""Quote and split web addresses."""

import re
from urllib.parse import quote, urlsplit

__all__ = ["URL_SAFE", "path_below", "quote_address", "quote_path", "web_host"]

# Characters that an address may contain unquoted, and "%", which begins a quoted one.
URL_SAFE = "%/:?#[]@!$&'()*+,;=~-._"
_PORTS = {"http": 80, "https": 443}
_LONGEST_HOST = 253
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9._-]*[a-z0-9])?|[0-9a-f.]*:[0-9a-f:.]*")  # a name or an IP address
_NO_PATH = re.compile(r'[\[\]{}|\\^`"<> ]|%(?![0-9A-Fa-f]{2})')
_PARTS = re.compile(r"([a-z][a-z0-9+.-]*)(://[^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)


def quote_address(address: str) -> str:
    """Quote characters that an absolute address may not contain, except in its host; return other text unchanged."""
    match = _PARTS.fullmatch(address)
    return f"{match[1].lower()}{match[2]}{quote(match[3], safe=URL_SAFE)}" if match else address


def quote_path(address: str) -> str:
    """Quote what no path, query or fragment may hold and authors write: brackets, braces, blanks, bars."""
    match = _PARTS.fullmatch(address)
    if not match:
        return address
    path, mark, place = _NO_PATH.sub(lambda one: quote(one[0]), match[3]).partition("#")
    return match[1] + match[2] + path + mark + place.replace("#", "%23")


def path_below(path: str, base_url: str) -> str:
    """Return a path of the host as one below the site, where `base_url` has a path of its own that it begins with."""
    try:
        above = urlsplit(base_url).path.rstrip("/")
    except ValueError:
        return path
    return path.removeprefix(above) if above and path.startswith(f"{above}/") else path


def web_host(address: str) -> tuple[str, int] | None:
    """Return the host of a web address, in lower-case ASCII, and its port; None for any other address.

    The port is the explicit one, else the scheme's default. An international name is returned in its ``xn--`` form.
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
