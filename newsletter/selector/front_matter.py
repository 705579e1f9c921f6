"""Split an article file into its front matter and its body, and parse the front matter.

    +++  TOML  +++        ---  YAML  ---        {  JSON  }

A byte order mark, blank lines before the fence, CRLF and spaces after a fence are accepted. Keys are returned in lower
case, because sites use both ``publishDate`` and ``publishdate``; a duplicate key is an error, because it is unknown
which of the two is meant.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import tomli

from newsletter.errors import ArticleError

__all__ = ["FrontMatter", "lower_keys", "parse_front_matter"]

_OPENING = re.compile(r"\s*(?:(\+\+\+|---)[ \t]*(?:\n|\Z)|(?=\{))")
_CLOSING = {
    "+++": re.compile(r"^\+\+\+[ \t]*(?:\n|\Z)", re.MULTILINE),
    "---": re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.MULTILINE),
}

_LARGEST = 1 << 20  # characters, read in a second
_LONGEST_KEY = 100  # characters of a key that are searched for
_NUMBER_HINT = "put it between quotes"
# Each part of a dotted key is a table, and parsing takes quadratic time in their number.
_DOTTED = re.compile(r"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){50}""")
_MANY_DOTS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatter:
    """The keys of a file, in lower case at the top level, the text below them, and the source of both."""

    fields: dict[str, Any]
    body: str
    source: str

    def wrong(self, key: str, message: str, hint: str) -> ArticleError:
        """Return the error about `key` with its line."""
        return ArticleError(message, line=_find_line(key, self.source, any_case=True), hint=hint)

    def written(self, key: str, value: str) -> str:
        """Return `key` with a `value`, text between quotes, in the format of the file."""
        fence = self.source.lstrip()[:1]
        name = f'"{key}"' if fence == "{" else key
        return f"{name} = {value}" if fence == "+" else f"{name}: {value}"


def parse_front_matter(content: bytes) -> FrontMatter:
    """Parse the bytes of an article file; ArticleError names what is wrong and on which line."""
    text = _decode(content)
    opening = _OPENING.match(text)
    if not opening:
        raise ArticleError("no front matter", line=1, hint="begin the file with +++, --- or {, then title and date")
    if not opening[1]:
        return _parse_json(text, opening.end())
    closing = _CLOSING[opening[1]].search(text, opening.end())
    if not closing:
        line = text.count("\n", 0, opening.start(1)) + 1
        raise ArticleError("the front matter does not end", line=line, hint=f"did you forget the closing {opening[1]}?")
    first_line = text.count("\n", 0, opening.end())
    if closing.start() - opening.end() > _LARGEST:
        raise _too_large(first_line)
    parse = _parse_toml if opening[1] == "+++" else _parse_yaml
    fields = parse(text[opening.end() : closing.start()], first_line)
    return FrontMatter(fields=lower_keys(fields.items(), text), body=text[closing.end() :].strip(), source=text)


def lower_keys(pairs: Iterable[tuple[Any, Any]], source: str = "") -> dict[str, Any]:
    """Return a table of `pairs` with its keys in lower case; ArticleError with the line if two keys become one.

    `source` is the text in which the line is searched for.
    """
    table: dict[str, Any] = {}
    for key, value in pairs:
        name = str(key).lower()
        if name in table:
            line = _find_line(str(key), source)
            hint = "keep one of them; capitals do not matter"
            raise ArticleError(f"duplicate key {str(key)[:_LONGEST_KEY]!r}", line=line, hint=hint)
        table[name] = value
    return table


def _find_line(key: str, source: str, *, any_case: bool = False) -> int:
    """Return the number of the first line of `source` that sets `key`; 0 without one."""
    end = r"""["']?[ \t]*+[=:]""" if len(key) <= _LONGEST_KEY else ""  # the expression of a long one is too large
    pattern = rf"""(?:^|[{{,])[ \t]*+["']?{re.escape(key[:_LONGEST_KEY])}{end}"""
    found = re.search(pattern, source, re.MULTILINE | (re.IGNORECASE if any_case else 0))
    return source.count("\n", 0, found.end()) + 1 if found else 0


def _too_large(line: int) -> ArticleError:
    hint = "keep only the article's keys there; its text goes below them"
    return ArticleError(f"the front matter is larger than {_LARGEST >> 20} MB", line=line, hint=hint)


def _too_deep(line: int) -> ArticleError:
    return ArticleError("the front matter is nested too deep", line=line)


def _decode(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise ArticleError("the file is UTF-16", line=1, hint="save it as UTF-8") from None
        line = content.count(b"\n", 0, error.start) + 1
        raise ArticleError("not UTF-8 text", line=line, hint="save the file as UTF-8") from None
    return text.replace("\r\n", "\n")


def _parse_toml(source: str, first_line: int) -> dict[str, Any]:
    if source.count(".") > _MANY_DOTS and (dotted := _DOTTED.search(source)):
        raise _too_deep(first_line + source.count("\n", 0, dotted.start()) + 1)
    try:
        fields = tomli.loads(source, parse_float=str)  # a title 1.10 stays 1.10
    except tomli.TOMLDecodeError as error:
        raise ArticleError(
            f"not valid TOML: {error.msg}", line=first_line + error.lineno, hint="fix that line of the front matter"
        ) from None
    except RecursionError:
        raise _too_deep(first_line) from None
    except ValueError:  # more digits than Python converts
        raise ArticleError("a number has more digits than 64 bits hold", line=first_line, hint=_NUMBER_HINT) from None
    for key, value in fields.items():
        if _has_large_number(value):
            line = first_line + _find_line(key, source)
            raise ArticleError(f"{key!r} has a number larger than 64 bits", line=line, hint=_NUMBER_HINT)
    return fields


def _has_large_number(value: Any) -> bool:
    """Return whether a value contains a number beyond TOML's 64 bits, which Python may refuse to format."""
    values = [value]
    while values:
        one = values.pop()
        if isinstance(one, int) and one.bit_length() > 64:
            return True
        if isinstance(one, list | dict):
            values.extend(one.values() if isinstance(one, dict) else one)
    return False


def _parse_yaml(source: str, first_line: int) -> dict[str, Any]:
    from newsletter.selector.yaml import parse_yaml

    return parse_yaml(source, first_line)


def _parse_json(text: str, start: int) -> FrontMatter:
    decoder = json.JSONDecoder(object_pairs_hook=partial(lower_keys, source=text), parse_int=str, parse_float=str)
    head = text[: start + _LARGEST]  # its end is known only after parsing
    try:
        fields, end = decoder.raw_decode(head, start)
    except json.JSONDecodeError as error:
        if len(head) < len(text) and _ran_out(error):
            raise _too_large(text.count("\n", 0, start) + 1) from None
        raise ArticleError(
            f"not valid JSON: {error.msg}", line=error.lineno, hint="fix that line of the front matter"
        ) from None
    except RecursionError:
        raise _too_deep(text.count("\n", 0, start) + 1) from None
    return FrontMatter(fields=fields, body=text[end:].strip(), source=text)


def _ran_out(error: json.JSONDecodeError) -> bool:
    """Return whether the error is an unexpected end of the text; a word or an escape may be cut in two."""
    return error.pos > len(error.doc) - len("-Infinity") or error.msg.startswith("Unterminated string")
