"""How Hugo makes paths of names and titles, and of the patterns in `permalinks`.

Found by building with Hugo 0.168: `hugo list all` says the same (tests/site/).
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, unquote_plus

__all__ = ["Named", "Pathing", "expand", "expand_url", "logical_path", "lower", "quoted"]

_ALLOWED = frozenset("./\\_#+~-@")
_HEX = frozenset("0123456789abcdefABCDEF")
_TOKEN = re.compile(r":(\w{1,40})(\[[^\[\]]{0,20}\])?", re.ASCII)
_QUOTE_SAFE = "/?%@+~!$&'()*,;=:-._[]"
_SLICE = re.compile(r"\[(\d{1,3}|last)?(:)?(\d{1,3}|last)?\]", re.ASCII)
_WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()  # noqa: SIM905
_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)


def lower(text: str) -> str:
    """Write a text in small letters as Go does: each character by itself."""
    return text.lower() if text.isascii() else "".join(one.lower()[:1] for one in text)


def logical_path(path: str) -> str:
    """Return the path by which Hugo knows a file: in small letters, each blank a hyphen."""
    return lower(path).replace(" ", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pathing:
    """How a site writes its paths: `disablePathToLower` and `removePathAccents`."""

    keep_case: bool = False
    remove_accents: bool = False

    def cleaned(self, text: str) -> str:
        """Return a text as part of a path: forbidden characters go, blanks become one hyphen."""
        text = _sanitize(text)
        if self.remove_accents:
            decomposed = unicodedata.normalize("NFD", text)
            text = unicodedata.normalize("NFC", "".join(one for one in decomposed if unicodedata.category(one) != "Mn"))
        return text if self.keep_case else lower(text)


def _sanitize(text: str) -> str:
    made: list[str] = []
    blank = hyphen = False
    for at, one in enumerate(text):
        if _is_allowed(text, at, one):
            hyphen = one == "-"
            if blank and not hyphen:
                made.append("-")
            blank = False
            made.append(one)
        elif made and not hyphen and one.isspace():
            blank = True
    return "".join(made)


def _is_allowed(text: str, at: int, one: str) -> bool:
    if one.isascii():
        if one == "%":
            return text[at + 1 : at + 2] in _HEX and text[at + 2 : at + 3] in _HEX
        return one.isalnum() or one in _ALLOWED
    category = unicodedata.category(one)
    return category[0] in "LM" or category == "Nd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What of a page a pattern may name. `sections` are those above it, `section_slugs` as their pages call them."""

    title: str
    slug: str
    section: str
    sections: Sequence[str]
    section_slugs: Callable[[], Sequence[str]]
    basename: str
    date: datetime


def expand(pattern: str, page: Named, pathing: Pathing) -> str:
    """Return the path that a pattern of `permalinks` makes of a page."""
    return pathing.cleaned(unquote_plus(expand_url(pattern, page, pathing)).strip("/"))


def expand_url(pattern: str, page: Named, pathing: Pathing) -> str:
    """Fill the names in a pattern; what is unknown stays as it is written, and so does the rest."""

    def fill(token: re.Match[str]) -> str:
        made = _value(token[1], token[2] or "", page, pathing)
        return token[0] if made is None else made

    return _TOKEN.sub(fill, pattern)


def _value(name: str, part: str, page: Named, pathing: Pathing) -> str | None:
    """Return what a token stands for, None for one that is unknown."""
    clean = pathing.cleaned
    if name in ("sections", "sectionslugs"):
        names = page.sections if name == "sections" else page.section_slugs()
        return "/".join(map(clean, _part(names, part)))
    texts: Mapping[str, Callable[[], str]] = {
        "title": lambda: clean(_in_one(page.title)),
        "slug": lambda: clean(page.slug or _in_one(page.title)),
        "section": lambda: clean(page.section),
        "sectionslug": lambda: clean((list(page.section_slugs()) or [""])[0]),
        "filename": lambda: clean(page.basename),
        "contentbasename": lambda: clean(page.basename),
        "slugorfilename": lambda: clean(page.slug or page.basename),
        "slugorcontentbasename": lambda: clean(page.slug or page.basename),
    }
    if name in texts:
        return texts[name]() + part
    date = _date_part(name, page.date)
    return None if date is None else date + part


def _in_one(title: str) -> str:
    """Return a title as one step of a path."""
    return title.replace("/", "-").replace("\\", "-")


def _part(names: Sequence[str], part: str) -> Sequence[str]:
    """Return the names that ``[1:]``, ``[:last]``, ``[0]`` mean, all without such a part."""
    found = _SLICE.fullmatch(part)
    if not found:
        return names
    last = len(names) - 1
    first, end = (None if one is None else last if one == "last" else int(one) for one in (found[1], found[3]))
    if found[2]:
        return names[first or 0 : len(names) if end is None else end]
    return names[first : first + 1] if first is not None and first >= 0 else ()


def _date_part(name: str, date: datetime) -> str | None:
    """Return a part of a date, by Hugo's name of it or as the layouts of Go write it."""
    month, weekday = _MONTHS[date.month - 1], _WEEKDAYS[date.weekday()]
    parts = {
        "year": str(date.year),
        "month": f"{date.month:02}",
        "monthname": month,
        "day": f"{date.day:02}",
        "weekday": str(date.isoweekday() % 7),
        "weekdayname": weekday,
        "yearday": str(date.timetuple().tm_yday),
        "2006": str(date.year),
        "06": f"{date.year % 100:02}",
        "January": month,
        "Jan": month[:3],
        "01": f"{date.month:02}",
        "1": str(date.month),
        "02": f"{date.day:02}",
        "2": str(date.day),
        "Monday": weekday,
        "Mon": weekday[:3],
        "15": f"{date.hour:02}",
        "04": f"{date.minute:02}",
        "05": f"{date.second:02}",
    }
    return parts.get(name)


def quoted(path: str) -> str:
    """Quote a path of a site as Hugo does, with one slash where there are several."""
    return quote(re.sub("/{2,}", "/", path), safe=_QUOTE_SAFE)
