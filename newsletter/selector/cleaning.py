"""Clean the texts of front matter: plain text on one line, without invisible characters that change it."""

import html
import re
import unicodedata
from datetime import date, datetime
from html.entities import html5
from typing import Any
from urllib.parse import urlsplit

from newsletter.addresses import quote_address

__all__ = ["address", "clean", "fold", "is_empty", "safe_link", "slugify", "to_text", "unmarked"]

# Only elements that occur in running text: "Rates < 5 %" and "the <div> element of Acme <ACM>" stay as they are.
# Behind its name an element has nothing but attributes: "a <b and c> d" is not markup. *+ never backtracks, and so
# takes linear time.
_ATTRIBUTES = r"(?:\s(?=[^<>=]*=)[^<>]*+)?\s*+/?>"
_BREAK_TAG = re.compile(r"</?(?:blockquote|br|h[1-6]|hr|li|ol|p|ul)" + _ATTRIBUTES, re.IGNORECASE)
_INLINE_TAG = re.compile(
    r"</?(?:a|abbr|b|bdi|bdo|big|cite|code|del|em|font|i|img|ins|kbd|mark|q|s|small|span|strike|strong|sub"
    r"|sup|tt|u|wbr)" + _ATTRIBUTES,
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z][a-z\d]{1,31});", re.IGNORECASE)
_LINK = re.compile(r"""!?\[([^\[\]]++)\]\([ \t]*+[^()\s]*+(?:\s++"[^"]*+")?\s*+\)""")
# Only around whole words, as in CommonMark: "4* to 5* hotels", "2 * 3 * 4" and "snake_case_names" stay.
_EMPHASIS = re.compile(r"(?<![\w*])(\*{1,3}+|_{1,3}+|`)(?=\S)([^*_`]++)(?<=\S)\1(?![\w*])")
# Bidirectional controls, zero-width marks, soft hyphens, byte order marks, interlinear marks. The joiners U+200C and
# U+200D stay: Persian and emoji need them.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]"
)
_BREAKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SURROGATES = re.compile("[\ud800-\udfff]")
_BLANKS = "".join(map(chr, range(0x21))) + "\x7f\xa0\u2028\u2029"
_PLAIN_LINK = re.compile(r"https?://[a-z0-9.-]+/[\w%/:?@!$&'()*+,;=~.-]*", re.ASCII)  # most are
_LONGEST_SLUG = 200
_SPECIAL = re.compile(r"[^ -;=?-~]|&|<")


def to_text(value: Any) -> str:
    """Return a scalar of front matter as its text; "" for None, lists and tables."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, int | float) else ""


def is_empty(value: Any) -> bool:
    """Return whether a value counts as missing: nothing, blank text, an empty list or table."""
    return value is None or (isinstance(value, str) and not value.strip()) or value in ([], {})


def clean(value: Any) -> str:
    """Return a value as plain text on one line: no markup, entities resolved, no control or direction characters."""
    text = to_text(value)
    if not _SPECIAL.search(text):
        return " ".join(text.split())
    text = _ENTITY.sub(_character, _INLINE_TAG.sub("", _BREAK_TAG.sub(" ", text)))
    return _SURROGATES.sub("\ufffd", _INVISIBLE.sub("", _BREAKS.sub(" ", text))).strip()


def unmarked(text: str) -> str:
    """Return a Markdown text without the markup of links, pictures and emphasis."""
    return _EMPHASIS.sub(r"\2", _LINK.sub(r"\1", text))


def _character(entity: re.Match[str]) -> str:
    """Resolve an entity; text that only begins like one is kept: ``&sections;`` is not ``&sect;`` and more text."""
    name = entity[0][1:]
    return html.unescape(entity[0]) if name[0] == "#" else html5.get(name, entity[0])


def slugify(text: str) -> str:
    """Return a label as a slug: ``Business & Corporate`` becomes ``business-corporate``; any script is kept."""
    text = text[:_LONGEST_SLUG]  # decomposing characters takes quadratic time in the length of a run of accents
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return "-".join(re.findall(r"[^\W_]+", plain.lower()))


def fold(name: str) -> str:
    """Return a name for comparison: without regard to case and spaces."""
    return " ".join(name.split()).casefold()


def address(value: Any) -> str:
    """Return an address or a path without surrounding spaces and control characters."""
    return _SURROGATES.sub("\ufffd", _INVISIBLE.sub("", to_text(value))).strip(_BLANKS)


def safe_link(value: Any) -> str:
    """Return a value if it is an absolute http or https address, with unsafe characters quoted, else ""."""
    text = address(value)
    if _PLAIN_LINK.fullmatch(text):
        return text
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
    except ValueError:
        return ""
    if not good or _BREAKS.search(text):
        return ""
    return quote_address(text)
