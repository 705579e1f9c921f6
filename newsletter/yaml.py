"""Read YAML front matter as plain text, lists and tables, from the parser's events.

This is not a loader of PyYAML, for three reasons. Scalars stay as written: a title ``1.10`` or ``No`` or
``2024-05-01`` is text, and dates are parsed in one place for every format. Tags are refused, so that no object is ever
built. Aliases are counted: ten lines of them can expand to a billion nodes.
"""

from collections.abc import Iterator
from typing import Any

import yaml

from newsletter.errors import ArticleError

__all__ = ["parse_yaml"]

_MAX_DEPTH = 50
_MAX_NODES = 10_000
_WITHOUT_END = ("while scanning a quoted scalar", "while scanning a simple key")
_BRACES_HINT = "put a value that begins with { or [ between quotes"
_NULLS = ("", "~", "null", "Null", "NULL")
_PLAIN_TAGS = (None, "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:timestamp")


def parse_yaml(source: str, first_line: int = 0, *, most: int = _MAX_NODES, repeats: bool = False) -> dict[str, Any]:
    """Parse a YAML mapping whose text begins `first_line` lines below its file's top; ArticleError names the line.

    It may hold `most` values. Of a key that is twice the last value counts where `repeats` are allowed.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _Builder(yaml.parse(source, Loader=loader), first_line, most, repeats=repeats).document()
    except yaml.MarkedYAMLError as error:
        line, hint = first_line + _line(error) + 1, "fix that line of the front matter, or a quote left open above it"
        raise ArticleError(f"not valid YAML: {error.problem}", line=line, hint=hint) from None
    except yaml.YAMLError as error:
        raise ArticleError(f"not valid YAML: {error}".splitlines()[0], line=first_line) from None
    except RecursionError:
        raise ArticleError("the front matter is nested too deep", line=first_line) from None


def _line(error: yaml.MarkedYAMLError) -> int:
    """Return the number of lines above the one to fix: where an unterminated text begins, not where parsing stopped."""
    marks = [error.problem_mark, error.context_mark]
    if error.context in _WITHOUT_END:
        marks.reverse()
    return next((mark.line for mark in marks if mark), 0)


class _Builder:
    """Builds values from events, with a bound on depth and on the nodes that aliases expand to."""

    def __init__(self, events: Iterator[Any], first_line: int, most: int, *, repeats: bool) -> None:
        self.events = events
        self.first_line = first_line
        self.most = most
        self.repeats = repeats
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.nodes = 0

    def document(self) -> dict[str, Any]:
        """Return the first document's mapping, {} for an empty one."""
        event = self.next()
        while isinstance(event, yaml.StreamStartEvent | yaml.DocumentStartEvent):
            event = self.next()
        if isinstance(event, yaml.StreamEndEvent):
            return {}
        if not isinstance(event, yaml.MappingStartEvent):
            raise ArticleError("the front matter is not a table", line=self.line(event), hint="write 'key: value'")
        table: dict[str, Any] = self.value(event, 0)
        for _ in self.events:
            pass
        return table

    def next(self) -> Any:
        return next(self.events)

    def line(self, event: Any) -> int:
        return int(self.first_line + event.start_mark.line + 1)

    def value(self, event: Any, depth: int) -> Any:
        """Return the value that begins with `event`: text, None, a list or a dict."""
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event)
        before = self.nodes
        self.count(1, event, depth)
        if event.tag not in _PLAIN_TAGS:
            raise ArticleError(f"YAML tags are not read: {event.tag!r}", line=self.line(event), hint="remove the tag")
        if isinstance(event, yaml.ScalarEvent):
            value: Any = None if event.implicit[0] and event.value in _NULLS else event.value
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self.sequence(depth)
        else:
            value = self.mapping(depth)
        if event.anchor:
            self.anchors[event.anchor] = (value, self.nodes - before)
        return value

    def alias(self, event: Any) -> Any:
        if event.anchor not in self.anchors:
            raise ArticleError(f"unknown alias: {event.anchor!r}", line=self.line(event))
        value, size = self.anchors[event.anchor]
        self.count(size, event, 0)
        return value

    def sequence(self, depth: int) -> list[Any]:
        values = []
        while not isinstance(event := self.next(), yaml.SequenceEndEvent):
            values.append(self.value(event, depth + 1))
        return values

    def mapping(self, depth: int) -> dict[str, Any]:
        table: dict[str, Any] = {}
        while not isinstance(event := self.next(), yaml.MappingEndEvent):
            key = self.value(event, depth + 1)
            if not isinstance(key, str):
                raise ArticleError("a key is not text", line=self.line(event), hint=_BRACES_HINT)
            if key in table and not self.repeats:
                raise ArticleError(f"duplicate key {key!r}", line=self.line(event), hint="keep one of them")
            table[key] = self.value(self.next(), depth + 1)
        return table

    def count(self, nodes: int, event: Any, depth: int) -> None:
        self.nodes += nodes
        if self.nodes > self.most or depth > _MAX_DEPTH:
            problem = "is nested too deep" if depth > _MAX_DEPTH else "expands to too many values"
            raise ArticleError(f"the front matter {problem}", line=self.line(event))
