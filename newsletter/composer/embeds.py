"""Turn what email cannot play or frame into captioned links, and count what it cannot show at all."""

import html
import re
from collections import Counter
from collections.abc import Mapping

from newsletter.composer.attributes import captioned_link, read_arguments
from newsletter.composer.page_marks import DRAWING

__all__ = ["link_embeds"]

_MEDIA = "iframe|video|audio|embed|object|lite-youtube|lite-vimeo|math|script|noscript"
_OTHERS = f"svg|form|canvas|applet|{DRAWING}"
_OPENING = re.compile(rf"<!--|<({_MEDIA}|{_OTHERS})\b([^<>]*+)>", re.IGNORECASE)
_DECORATION = re.compile(r"""\baria-hidden\s*=\s*["']?true""", re.IGNORECASE)
_TEX = re.compile(r"<annotation\b[^<>]{0,200}tex[^<>]{0,200}>([^<>]++)</annotation", re.IGNORECASE)
_SCRIPTS = re.compile(r"(?:https:)?//(gist\.github\.com/[\w./-]{1,200}|asciinema\.org/a/\w{1,40})\.js(?:\?.{0,200})?")
_PICTURE = re.compile(r"<img\b[^<>]++>", re.IGNORECASE)
_LITE = {"lite-youtube": "https://www.youtube.com/watch?v={}", "lite-vimeo": "https://vimeo.com/{}"}
_SILENT = ("script", "noscript")  # what has no place of its own on the page
_SOURCE = re.compile(r"<source\b([^<>]*+)>", re.IGNORECASE)
_LONGEST_CONTENT = 10_000  # characters between the tags of one
_MOST = 500  # in one body; more are left out


def link_embeds(source: str) -> tuple[str, Counter[str]]:
    """Return HTML with links in the places of frames, films and sounds, and what is left out, by its name."""
    dropped: Counter[str] = Counter()
    pieces: list[str] = []
    position = searched = 0
    while dropped.total() + len(pieces) // 2 < _MOST and (opening := _OPENING.search(source, searched)):
        if not opening[1]:
            end = source.find("-->", opening.end())
            searched = len(source) if end < 0 else end
            continue
        name = opening[1].lower()
        end = _end(source, opening.end(), name)
        link = _link(name, opening[2], source[opening.end() : end]) if name in _MEDIA.split("|") else ""
        if link:
            pieces += [source[position : opening.start()], link]
            position = searched = _behind(source, end, name)
        else:
            if name not in _SILENT and not _DECORATION.search(opening[2]):
                dropped[name] += 1
            searched = end
    return "".join([*pieces, source[position:]]), dropped


def _end(source: str, start: int, name: str) -> int:
    """Return where an element ends: at its end tag, where that is near, else at once."""
    if name == "embed":
        return start
    found = re.compile(rf"</{name}\b", re.IGNORECASE).search(source, start, start + _LONGEST_CONTENT)
    return found.start() if found else start


def _behind(source: str, end: int, name: str) -> int:
    closing = re.compile(rf"</{name}[^<>]{{0,20}}>", re.IGNORECASE).match(source, end)
    return closing.end() if closing else end


def _link(name: str, attributes: str, content: str) -> str:
    """Return what is shown in the place of an element, "" where nothing can be."""
    _, named = read_arguments(attributes)
    if name == "noscript":
        return "".join(_PICTURE.findall(content))
    if name == "math":
        tex = _TEX.search(content)
        return f"<code>{tex[1].strip() if tex else named['alttext']}</code>" if tex or named.get("alttext") else ""
    address = _address(name, named, content)
    caption = html.unescape(named.get("title") or named.get("aria-label") or named.get("playlabel") or "")
    return captioned_link(html.unescape(address), caption) if address else ""


def _address(name: str, named: Mapping[str, str], content: str) -> str:
    """Return where what an element shows is, "" where it does not say."""
    if name == "script":
        found = _SCRIPTS.fullmatch(named.get("src", ""))
        return f"https://{found[1]}" if found else ""
    if name in _LITE:
        return _LITE[name].format(named["videoid"]) if named.get("videoid") else ""
    address = named.get("src") or named.get("data-src") or (named.get("data", "") if name == "object" else "")
    if not address and name in ("video", "audio") and (source := _SOURCE.search(content)):
        address = read_arguments(source[1])[1].get("src", "")
    return address
