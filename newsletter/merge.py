"""Merge tokens: the parts of a message that differ between recipients.

A token is ``%%CONTEXT:FIELD%%``. A provider replaces it literally, in the subject and in both parts, with the
same value. A field that must be escaped in one way for HTML and in another
for text therefore needs two tokens:

    %%html:first_name%%    the field, escaped for HTML text and quoted attributes
    %%text:first_name%%    the field as plain text, for the text part and the subject

The field ``unsubscribe`` is the recipient's unsubscribe address if the newsletter has its own; for the modes of the
provider there are the provider's tags.
"""

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from urllib.parse import quote

from newsletter.models import Message
from newsletter.settings import Unsubscribe

__all__ = [
    "UNSUBSCRIBE_FIELD",
    "apply",
    "find",
    "inert_html",
    "inert_raw",
    "inert_text",
    "render",
    "substitutions",
    "token",
    "unsubscribe_tokens",
    "unsubscribe_url",
    "url_fields",
    "url_problem",
    "values",
]

UNSUBSCRIBE_FIELD = "unsubscribe"

_TOKEN = re.compile(r"%%(html|text):([A-Za-z_][A-Za-z0-9_]*)%%")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SPECIAL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029%&<>\"'{}]")  # values that need closer inspection
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_MARK_BEGINS = re.compile(r"%(?=[%>}]|&gt;)|<(?=%)|&lt;(?=%)|\{(?=[{%])|\}(?=\})")  # all but a mark's last character
_SPECIAL_HTML = re.compile(r"[%{}<>&]")
_TAG_MARK = re.compile(r"%%+|\{\{+|\}\}+|\{%|%\}|&lt;%|%&gt;")
_WORD_JOINER = "\u2060"


def token(context: str, field: str) -> str:
    """Return the token of `field` for `context` (``html`` or ``text``)."""
    return f"%%{context}:{field}%%"


def find(*texts: str) -> tuple[tuple[str, str], ...]:
    """List the (context, field) pairs whose tokens occur in `texts`, sorted, each once."""
    return tuple(sorted({(match[1], match[2]) for text in texts for match in _TOKEN.finditer(text)}))


def substitutions(tokens: Iterable[tuple[str, str]], fields: Mapping[str, str]) -> dict[str, str]:
    """Map each token to one recipient's value (see `values`)."""
    tokens = tuple(tokens)
    return dict(zip((token(*pair) for pair in tokens), values(tokens, fields), strict=True))


def values(tokens: Iterable[tuple[str, str]], fields: Mapping[str, str]) -> list[str]:
    """Return one recipient's value for each token, escaped for its context; a missing field is empty text.

    Line breaks and control characters become a space: a value may end up in the subject, which is a header.
    """
    found = []
    for context, field in tokens:
        value = fields.get(field, "")
        if _SPECIAL.search(value):
            value = inert_text(_CONTROL.sub(" ", value))
            value = html.escape(value) if context == "html" else value
        found.append(value)
    return found


def apply(text: str, values: Mapping[str, str]) -> str:
    """Replace tokens with their `values` (token to value), as a provider would."""
    for key, value in values.items():
        text = text.replace(key, value)
    return text


def render(message: Message, values: Mapping[str, str]) -> Message:
    """Return the message as one recipient gets it: `values` maps tokens (and the provider's tags) to their text."""
    return replace(
        message,
        subject=apply(message.subject, values),
        html=apply(message.html, values),
        text=apply(message.text, values),
    )


def unsubscribe_tokens(settings: Unsubscribe, tags: Mapping[str, str]) -> tuple[str, str]:
    """Return the tokens for the unsubscribe address in (an HTML attribute, the text part).

    `tags` are the provider's; a token is "" in a mode that the provider does not have.
    """
    if settings.mode == "url":
        return token("html", UNSUBSCRIBE_FIELD), token("text", UNSUBSCRIBE_FIELD)
    return tags.get(settings.mode, ""), tags.get(settings.mode, "")


def unsubscribe_url(settings: Unsubscribe, fields: Mapping[str, str]) -> str:
    """Return the unsubscribe address of mode ``url`` with one recipient's `fields`, each URL-encoded.

    Raises KeyError with the name of a field that is missing or empty.
    """

    def value(match: re.Match[str]) -> str:
        if not fields.get(match[1]):
            raise KeyError(match[1])
        return quote(fields[match[1]], safe="")

    return _PLACEHOLDER.sub(value, settings.url)


def url_fields(settings: Unsubscribe) -> tuple[str, ...]:
    """Return the fields in the unsubscribe address of mode ``url``; any column can be one, whatever it is called."""
    return tuple(_PLACEHOLDER.findall(settings.url))


def url_problem(settings: Unsubscribe) -> str:
    """Return why the address of mode ``url`` cannot give each recipient an own address, or ""."""
    if not settings.url.startswith("https://"):
        return "has no https address"
    if re.search(r"[^\x21-\x7e]", _PLACEHOLDER.sub("", settings.url)):
        return "has an address with a space, a control character or a non-ASCII letter, which a header cannot hold"
    if re.search("[{}]", _PLACEHOLDER.sub("", settings.url)):
        return "has an address with a brace that belongs to no {field}"
    return "" if url_fields(settings) else "has an address without a {field}: it would not identify who unsubscribes"


def inert_text(text: str) -> str:
    """Make what looks like one of our tokens or a provider's tags plain text: an invisible joiner splits its marks."""
    return _MARK_BEGINS.sub(rf"\g<0>{_WORD_JOINER}", text)


def inert_html(text: str) -> str:
    """Return plain text escaped for HTML, where character references split the marks and the text reads the same."""
    if not _SPECIAL_HTML.search(text):
        return text
    return _TAG_MARK.sub(_as_references, html.escape(text, quote=False))


def inert_raw(text: str) -> str:
    """Return the content of a comment, a style or a script, which has no references: a space splits the marks.

    Only those that open: ``}}`` and ``%}`` end rules of CSS.
    """
    return re.sub(r"%(?=%)|<(?=%)|\{(?=[{%])", r"\g<0> ", text)


def _as_references(mark: re.Match[str]) -> str:
    return _references(mark[0])


@lru_cache(maxsize=64)  # there are few marks, but an article may contain one many times
def _references(mark: str) -> str:
    return "".join(f"&#{ord(char)};" if char in "{}%" else char for char in mark)
