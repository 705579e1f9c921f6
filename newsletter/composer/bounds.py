"""Bound the cost of an article's body before it is parsed.

A body is cut if it has more text, tags or marks than any real one; the longest of 1,900 real articles has 68,000
characters and 5,200 tags. One that HTML's rules would make large, such as 300 open ``<b id=…>`` that begin again in
each of 3,000 paragraphs, is rebuilt so that its tags are nested in each other, twenty deep.
"""

import re
from collections import Counter
from collections.abc import Iterator

__all__ = ["DEEPEST", "HIDDEN", "bound_html", "bound_markdown", "cut_html"]

_HIDDEN = (
    "script style iframe object embed applet form select textarea button svg math template noscript video audio canvas "
    "title xml head frameset noframes noembed"
)
HIDDEN = frozenset(_HIDDEN.split())
"""Elements that are removed with their content."""
DEEPEST = 20  # nested tags; real articles have fewer
_LONGEST_SOURCE = 1_000_000  # characters, with all markup
_LONGEST = 150_000  # characters between tags
_MOST_ELEMENTS = 5000
_MOST_TAGS = 15_000  # at the ends of elements too
_MOST_ATTRIBUTES = 1000  # words in one tag: the parser compares all pairs
_MOST_MARKS = 20_000  # Markdown's parser takes up to 30 µs for each
_MOST_CLONES = 100_000  # formatting elements that HTML's parser may have to open again
_MOST_STEPS = 3_000_000  # through open elements: the parser looks at them for each tag
_ELLIPSIS = " …"

_FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())  # noqa: SIM905
_CLOSED_BY_NEXT = frozenset("dd dt li option p td th tr".split())  # noqa: SIM905
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())  # noqa: SIM905
_ATTRIBUTES = r"""(?:\s++[^\s<>"'=/]++(?:\s*+=\s*+(?:"[^"<>]*+"|'[^'<>]*+'|[^\s"'<>=`]++))?)*+"""
# A tag or a comment that every parser reads the same way, else the first character of something ambiguous.
_TAG = re.compile(rf"<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]*+)(?P<rest>{_ATTRIBUTES})\s*+/?>|<!--[^<>-]*+-->|<")
_ANY_TAG = re.compile(r"<(?P<end>/?)(?P<name>[a-zA-Z][^\s<>/]*+)[^<>]*+>|<!--|<[!?/][^<>]*+>?|<")
_MARK_OR_TAG = re.compile(rf"</?[a-zA-Z][a-zA-Z0-9]*+{_ATTRIBUTES}\s*+/?>|[^\w ,.]|(?<=[ \n])[ \n]")


def bound_html(source: str) -> tuple[str, bool]:
    """Return HTML that is cheap to parse, and whether its end was cut off."""
    kept, cut = cut_html(source)
    return kept if _is_cheap(kept) else "".join(_Rebuilt(kept).pieces()), cut


def cut_html(source: str) -> tuple[str, bool]:
    """Return HTML that is no longer than anybody writes, and whether something was cut off its end."""
    end = _end_of_html(source)
    return (source, False) if end is None else (source[:end] + _ELLIPSIS, True)


def bound_markdown(source: str) -> tuple[str, bool]:
    """Return Markdown that is cheap to parse, and whether its end was cut off.

    A tag of HTML is one mark and has no words: a body that is all HTML is as long as HTML may be.
    """
    longest, words, end = min(len(source), _LONGEST_SOURCE), 0, 0
    for number, mark in enumerate(_MARK_OR_TAG.finditer(source, 0, longest)):
        words += mark.start() - end
        if number == _MOST_MARKS or words > _LONGEST:
            longest = mark.start() - max(0, words - _LONGEST)
            break
        end = mark.end()
    else:
        longest -= max(0, words + longest - end - _LONGEST)
    return (source, False) if longest == len(source) else (source[:longest] + _ELLIPSIS, True)


def _end_of_html(source: str) -> int | None:
    """Return the position at which HTML reaches its bounds; None if it does not."""
    longest, words, elements, end = min(len(source), _LONGEST_SOURCE), 0, 0, 0
    for number, tag in enumerate(_TAG.finditer(source, 0, longest)):
        words += tag.start() - end
        elements += not tag["end"]
        if number == _MOST_TAGS or elements > _MOST_ELEMENTS or words > _LONGEST:
            return tag.start() - max(0, words - _LONGEST)
        end = tag.end()
    words += longest - end
    if words > _LONGEST:
        return longest - (words - _LONGEST)
    return None if longest == len(source) else longest


def _is_cheap(source: str) -> bool:
    """Return whether parsing `source` is certain to be cheap.

    HTML's parser reopens formatting elements that were not closed in the element in which they began. Here only
    properly nested elements count as closed, and none that began before a tag or comment that parsers may read
    differently: so there are never fewer open elements than for a parser.
    """
    stack: list[str] = []
    formatting = clones = steps = 0
    for tag in _TAG.finditer(source):
        name, top = (tag["name"] or "").lower(), stack[-1] if stack else ""
        if tag["end"]:
            if name == top:
                formatting -= stack.pop() in _FORMATTING
        elif name not in _VOID and (name or tag[0] == "<"):
            if name == top and name in _CLOSED_BY_NEXT:
                stack.pop()
            stack.append(name)
            formatting += name in _FORMATTING
        clones += formatting
        steps += len(stack)
    return clones <= _MOST_CLONES and steps <= _MOST_STEPS and not _has_long_tag(source)


def _has_long_tag(source: str) -> bool:
    """Return whether a tag, or anything that may be one, has more attributes than any real one."""
    tags = list(_TAG.finditer(source))
    inside = [tag["rest"] or "" for tag in tags]
    if any(tag[0] == "<" for tag in tags):  # parsers may take the rest for part of an ambiguous tag
        inside += source.split("<")
    return any(map(_is_long, inside))


def _is_long(tag: str) -> bool:
    return len(tag) > _MOST_ATTRIBUTES and len(tag.split()) > _MOST_ATTRIBUTES


class _Rebuilt:
    """HTML rewritten so that each tag is closed in the element in which it began, and none is nested too deep."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._stack: list[str] = []
        self._open: Counter[str] = Counter()

    def pieces(self) -> Iterator[str]:
        """Yield the pieces of the HTML in order."""
        position = 0
        while tag := _ANY_TAG.search(self._source, position):
            yield self._source[position : tag.start()]
            position = self._behind(tag)
            if name := (tag["name"] or "").lower():
                yield from self._close(name) if tag["end"] else self._begin(name, tag)
            elif tag[0] == "<":
                yield "&lt;"
        yield self._source[position:]
        yield from self._close_all(0)

    def _behind(self, tag: re.Match[str]) -> int:
        """Return where the text continues: after a tag, after hidden content, or at the end if that is not closed."""
        name = (tag["name"] or "").lower()
        if tag[0] == "<!--":
            end = self._source.find("-->", tag.end())
        elif name in HIDDEN - _VOID and not tag["end"]:
            found = re.compile(rf"</{name}\b", re.IGNORECASE).search(self._source, tag.end())
            end = found.start() if found else -1
        else:
            return tag.end()
        return len(self._source) if end < 0 else end

    def _begin(self, name: str, tag: re.Match[str]) -> Iterator[str]:
        if self._stack and self._stack[-1] == name and name in _CLOSED_BY_NEXT:
            yield from self._close(name)
        if name in _VOID:
            yield tag[0] if not _is_long(tag[0]) else f"<{name}>"
        elif name not in HIDDEN and len(self._stack) < DEEPEST:
            self._stack.append(name)
            self._open[name] += 1
            yield tag[0] if _TAG.fullmatch(tag[0]) and not _is_long(tag[0]) else f"<{name}>"

    def _close(self, name: str) -> Iterator[str]:
        if self._open[name]:
            yield from self._close_all(len(self._stack) - 1 - self._stack[::-1].index(name))

    def _close_all(self, depth: int) -> Iterator[str]:
        while len(self._stack) > depth:
            name = self._stack.pop()
            self._open[name] -= 1
            yield f"</{name}>"
