"""Merge tokens as Handlebars, which is what Marketing Campaigns replaces.

    %%html:first_name%%    {{first_name}}      escaped for HTML by SendGrid
    %%text:first_name%%    {{{first_name}}}    not escaped: the text part and the subject are no HTML

With a default in [send.defaults] it is ``{{insert first_name "default=reader"}}``, or the same in three braces.

Nothing else may look like Handlebars. Composing takes care of what articles contain; here it is what touches a token: a
brace beside it would make other braces of it, and a backslash before it would show it as it is.
"""

import re
from collections.abc import Iterable, Mapping

__all__ = ["UNSUBSCRIBE", "default_problem", "field_problem", "leftovers", "translate"]

UNSUBSCRIBE = "{{{unsubscribe}}}"
_MARK = re.compile(rf"(%%(?:html|text|url):[A-Za-z_][A-Za-z0-9_]*%%|{re.escape(UNSUBSCRIBE)})")
_JOINER = "\u2060"  # a word joiner: invisible, and no part of any mark
_KEYWORDS = frozenset(
    (
        *("if", "unless", "each", "else", "with", "lookup", "log", "insert", "this", "true", "false", "null", "as"),
        *("undefined", "and", "or", "not", "equals", "notEquals", "greaterThan", "lessThan", "length", "formatDate"),
        *("root", "unsubscribe", "unsubscribe_preferences"),
    )
)


def translate(text: str, defaults: Mapping[str, str], *, markup: bool) -> str:
    """Return `text` with Handlebars in place of tokens; `markup`: it is HTML."""
    pieces = _MARK.split(text)
    for index, piece in enumerate(pieces):
        if index % 2:
            pieces[index] = piece if piece == UNSUBSCRIBE else _expression(piece, defaults)
        else:
            pieces[index] = _apart(piece, markup, before=index > 0, after=index < len(pieces) - 1)
    return "".join(pieces)


def _expression(token: str, defaults: Mapping[str, str]) -> str:
    context, _, field = token.strip("%").partition(":")
    inner = f'insert {field} "default={defaults[field]}"' if defaults.get(field) else field
    return f"{{{{{inner}}}}}" if context == "html" else f"{{{{{{{inner}}}}}}}"


def _apart(piece: str, markup: bool, *, before: bool, after: bool) -> str:
    """Keep a piece of text apart from the mark before it and the one after it."""
    if before and piece.startswith("}"):
        piece = ("&#125;" if markup else f"{_JOINER}}}") + piece[1:]
    if after and piece.endswith(("{", "\\")):
        piece = piece[:-1] + (f"&#{ord(piece[-1])};" if markup else piece[-1] + _JOINER)
    return piece


def leftovers(text: str) -> bool:
    """Return whether a composed text has what SendGrid would take for Handlebars, the unsubscribe tag aside."""
    return any("{{" in piece for piece in _MARK.split(text)[::2])


def field_problem(tokens: Iterable[tuple[str, str]]) -> str:
    """Return what makes one of the (context, field) pairs impossible, or ""."""
    for context, field in tokens:
        if context == "url":
            return f"the merge field {field!r} is in an address: campaigns have no way to quote it there"
        if field in _KEYWORDS:
            return f"the merge field {field!r} has a name that means something else in a campaign"
    return ""


def default_problem(tokens: Iterable[tuple[str, str]], defaults: Mapping[str, str]) -> str:
    """Return what makes the default of a used field impossible, or ""."""
    for field in sorted({field for _, field in tokens}):
        if re.search(r'["\\{}\x00-\x1f]', defaults.get(field, "")):
            return f"the default of {field!r} has a quotation mark, a backslash, a brace or a control character"
    return ""
