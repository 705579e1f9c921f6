"""Read the names and values in a tag, a generator's or HTML's; write a link that stands for what email cannot show."""

import html
import re
from urllib.parse import parse_qsl, unquote, urlsplit

__all__ = ["captioned_link", "read_arguments"]

_ARGUMENT = re.compile(r"""(?:([\w-]{1,50})\s*=\s*)?(?:"([^"]*+)"|`([^`]*+)`|'([^']*+)'|([^\s"'`=,]++))""")
_VIDEOS = (
    (re.compile(r"(?:www\.)?youtube(?:-nocookie)?\.com/embed/([\w-]{1,40})"), "https://www.youtube.com/watch?v={}"),
    (re.compile(r"player\.vimeo\.com/video/(\d{1,20})"), "https://vimeo.com/{}"),
)
_NAMES = {"youtube.com": "YouTube", "youtu.be": "YouTube", "vimeo.com": "Vimeo", "gist.github.com": "GitHub Gist",
          "x.com": "X", "twitter.com": "X", "instagram.com": "Instagram"}  # fmt: skip


def read_arguments(text: str) -> tuple[list[str], dict[str, str]]:
    """Return (the values without a name, the others by their names in lower case); the first of a name counts."""
    values: list[str] = []
    named: dict[str, str] = {}
    for match in _ARGUMENT.finditer(text):
        value = match[match.lastindex] if match.lastindex and match.lastindex > 1 else ""
        if match[1]:
            named.setdefault(match[1].lower(), value)
        else:
            values.append(value)
    return values, named


def captioned_link(address: str, caption: str = "") -> str:
    """Return HTML that links what an email cannot play or frame; "" where the address leads nowhere."""
    address = _page_of(address.strip())
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if parts.scheme not in ("", "http", "https") or not (parts.netloc or parts.path):
        return ""
    host = parts.netloc.removeprefix("www.")
    name = parts.path.rpartition("/")[2]
    file = unquote(name) if re.search(r"\.\w{2,5}$", name) else ""
    words = " ".join(caption.split()) or _NAMES.get(host) or file or host or "…"
    return f'<p><a href="{html.escape(address)}">▶ {html.escape(words, quote=False)}</a></p>'


def _page_of(address: str) -> str:
    """Return the page on which what an address frames is shown."""
    if address.startswith("//"):
        address = f"https:{address}"
    for pattern, page in _VIDEOS:
        if match := pattern.match(address.partition("//")[2]):
            start = dict(parse_qsl(urlsplit(address).query)).get("start", "") if "youtube" in page else ""
            return page.format(match[1]) + (f"&t={start}" if start.isdecimal() else "")
    return address
