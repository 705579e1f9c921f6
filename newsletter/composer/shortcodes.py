"""Resolve what a generator would: Hugo's and Zola's shortcodes, Liquid's tags. Code is left alone.

source ─► pieces of code and of text ─► tags in the text, none longer than its paragraph ─► what each stands for
"""

import html
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache

from newsletter.composer.attributes import captioned_link, read_arguments
from newsletter.composer.markdown import inline_to_html
from newsletter.composer.page_marks import DRAWING

__all__ = ["NO_PAGE", "resolve_shortcodes"]

NO_PAGE = "unresolved:"
"""The address of a page that is unknown: a link to it becomes plain text."""

_CLOSERS = {
    "{{<": re.compile(r"[>%]\}\}"),
    "{{%": re.compile(r"[>%]\}\}"),
    "{%": re.compile(r"%\}"),
    "{{": re.compile(r"\}\}"),
}
_OUTPUT = re.compile(
    r"""\s*(?:[\w:]{1,60}+\(|(?:site|page|post|layout|jekyll|relative_url)\b|["'][^"'{}]{0,500}["']\s*\|)"""
)
_ESCAPED = re.compile(r"\{\{([<%])/\*((?:[^*]|\*(?!/)){0,500}+)\*/([>%])\}\}")
_RAW_TAG = re.compile(r"\{%-?\s{0,9}(end)?raw\s{0,9}-?%\}\n?")
_END_OF_LINE = re.compile(r"[ \t]*+\n(?![ \t]*+(?:\n|[-*+][ \t]|\d{1,9}[.)][ \t]))")
_LONGEST = 500  # characters of what is put out between ``{{`` and ``}}``
_BREAK = re.compile(r"(\n[ \t]*(?=\n)|</(?:p|li|h[1-6]|td|th|div)>)", re.IGNORECASE)
_RAW = re.compile(r"<(pre|code|script|style)\b[^<>]*+>", re.IGNORECASE)
_FENCE = re.compile(r"[ \t>]*+(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*+(`{3,}+|~{3,}+)([^\n]*+)")
_RUN_OR_SHORTCODE = re.compile(r"`++|\{\{[<%](?!/\*)")
_ITEM = re.compile(r"[ \t]*+(?:[-*+]|\d{1,9}[.)])[ \t]")
_IN_LINK = ("](", "](<", '="', "='", "]: ", "]:")
_WITHOUT_WORDS = frozenset("end else elsif when assign br break continue toc endif endfor more summary".split())  # noqa: SIM905
_VERBATIM = ("highlight", "raw", "verbatim", "comment", "code", "prism", DRAWING)
_TITLED = frozenset(  # boxes whose title is a part of what readers see
    "tab details notice admonition callout accordion collapse expand spoiler note tip warning info alert".split()  # noqa: SIM905
)
_EMBEDS = {
    "youtube": "https://www.youtube.com/watch?v={}",
    "youtube-lite": "https://www.youtube.com/watch?v={}",
    "youtubelite": "https://www.youtube.com/watch?v={}",
    "vimeo": "https://vimeo.com/{}",
    "gist": "https://gist.github.com/{}",
    "tweet": "https://x.com/i/status/{}",
    "twitter": "https://x.com/i/status/{}",
    "x": "https://x.com/i/status/{}",
    "instagram": "https://www.instagram.com/p/{}/",
}
_PICTURES = ("figure", "img", "image", "picture", "resize_image")
_FILES = ("video", "audio", "iframe", "pdf", "mp4", "webm")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tag:
    """One tag: its name, whether it closes a pair, and what it was called with."""

    name: str
    closes: bool
    arguments: str
    written: str
    output: bool = False


def resolve_shortcodes(source: str, *, markdown: bool, page: Callable[[str], str]) -> tuple[str, Counter[str]]:
    """Return a body without tags, and the names of those that could not be shown, with how often they occur.

    `page` gives the address of a page by its reference, "" for an unknown one.
    """
    if "{{" not in source and "{%" not in source:
        return source, Counter()
    tokens = [*_tokens(source, markdown=markdown)]
    writer = _Writer(tokens=tokens, page=page)
    return writer.write(), writer.dropped


@dataclass(slots=True, kw_only=True)
class _Writer:
    """Write the tokens of one body again, with what each tag stands for."""

    tokens: "list[str | _Tag]"
    page: Callable[[str], str]
    dropped: Counter[str] = field(default_factory=Counter)
    _closers: dict[str, list[int]] = field(default_factory=dict)
    _pieces: list[str] = field(default_factory=list)

    def write(self) -> str:
        """Return the body."""
        for index, token in enumerate(self.tokens):
            if isinstance(token, _Tag) and token.closes:
                self._closers.setdefault(token.name, []).append(index)
        index = 0
        while index < len(self.tokens):
            token = self.tokens[index]
            if isinstance(token, str):
                self._put(token)
            elif token.name in _VERBATIM and (end := self._end_of(token, index)):
                self._put(_verbatim(token, "".join(map(_written, self.tokens[index + 1 : end]))))
                index = end
            else:
                self._put(self._stands_for(token, index))
            index += 1
        return "".join(self._pieces)

    def _put(self, piece: str) -> None:
        """Add a piece; empty ones are left out, so that the last one is what precedes a link's address."""
        if piece:
            self._pieces.append(piece)

    def _end_of(self, tag: _Tag, index: int) -> int:
        """Return where the tag that closes another one is, 0 where there is none."""
        for name in (tag.name, "end"):
            closers = self._closers.get(name, [])
            if (place := bisect_right(closers, index)) < len(closers):
                return closers[place]
        return 0

    def _stands_for(self, tag: _Tag, index: int) -> str:
        values, named = read_arguments(tag.arguments)
        first = next((named[name] for name in ("id", "src", "url", "path", "file", "link") if name in named), "")
        first = first or (values[0] if values else "")
        if tag.closes:
            return ""
        if tag.name in ("ref", "relref", "link", "post_url"):
            return self._link(f"_posts/{first}" if tag.name == "post_url" else first)
        if tag.output:
            return first if tag.name == "" else ""
        if tag.name in _PICTURES and first:
            return _figure(first, values[1] if len(values) > 1 else "", named) + self._blank_line(index)
        if shown := _embed(tag.name, first, values, named):
            return shown + self._blank_line(index)
        if not self._end_of(tag, index):
            self.dropped[tag.name] += tag.name not in _WITHOUT_WORDS
            return ""
        title = named.get("title") or named.get("summary") or (first if tag.name == "tab" else "")
        blank = self._blank_line(index) if title and tag.name in _TITLED else ""
        return f"<p><strong>{html.escape(title, quote=False)}</strong></p>{blank}" if blank else ""

    def _blank_line(self, index: int) -> str:
        """Return what parts a tag of HTML from a next line of Markdown, which it would take into its own block."""
        behind = self.tokens[index + 1] if index + 1 < len(self.tokens) else ""
        return "\n" if isinstance(behind, str) and _END_OF_LINE.match(behind) else ""

    def _link(self, reference: str) -> str:
        """Return the address of a page where a link wants one, and nothing elsewhere."""
        before = self._pieces[-1] if self._pieces else ""
        address = (
            html.escape(self.page(reference), quote=True).replace(" ", "%20").replace("(", "%28").replace(")", "%29")
        )
        return address or (NO_PAGE if before.endswith(_IN_LINK) else "")


def _verbatim(tag: _Tag, content: str) -> str:
    """Return what stands for a tag whose content is not read."""
    if tag.name in ("raw", "verbatim"):
        return content
    if tag.name == "comment":
        return ""
    if tag.name == DRAWING:
        return f"<{DRAWING}></{DRAWING}>"
    content = content.strip("\n").rstrip()
    return f"\n<pre><code>{html.escape(content, quote=False)}</code></pre>\n"


def _figure(source: str, alt: str, named: dict[str, str]) -> str:
    caption = " ".join(filter(None, (named.get("title", ""), named.get("caption", ""), named.get("attr", ""))))
    alt = named.get("alt", "") or alt
    picture = f'<img src="{html.escape(source)}" alt="{html.escape(alt)}">'
    if link := named.get("link") or named.get("href"):
        picture = f'<a href="{html.escape(link)}">{picture}</a>'
    words = f"<figcaption>{inline_to_html(caption)}</figcaption>" if caption else ""
    return f"<figure>{picture}{words}</figure>" if words else picture


def _embed(name: str, first: str, values: list[str], named: dict[str, str]) -> str:
    caption = named.get("title", "") or named.get("caption", "")
    if name in _EMBEDS and first:
        parts = "/".join(values[:2]) if name == "gist" and not named else named.get("id", "") or first
        address = parts if "://" in parts else _EMBEDS[name].format(parts)
        if "user" in named and name in ("tweet", "twitter", "x"):
            address = f"https://x.com/{named['user']}/status/{parts}"
        return captioned_link(address, caption)
    return captioned_link(first, caption) if name in _FILES and first else ""


def _written(token: "str | _Tag") -> str:
    return token if isinstance(token, str) else token.written


def _tokens(source: str, *, markdown: bool) -> "Iterator[str | _Tag]":
    raw = False  # whether ``{% raw %}`` was opened
    for piece, code in _marked_code(source) if markdown else _raw_elements(source):
        if code:
            tokens = _tags_of_code(piece, raw=raw)
        else:
            tokens = (token for paragraph in _BREAK.split(piece) for token in _tags(paragraph))
        for token in tokens:
            yield token
            if isinstance(token, _Tag) and token.name == "raw":
                raw = not token.closes


def _tags_of_code(code: str, *, raw: bool) -> "Iterator[str | _Tag]":
    """Yield code with the tags in it that are none of its text: Liquid's marks of what it does not read."""
    code = _ESCAPED.sub(r"{{\1\2\3}}", code)
    if raw and (mark := _RAW_TAG.search(code)) and mark[1]:
        yield code[: mark.start()]
        yield _Tag(name="raw", closes=True, arguments="", written=mark[0])
        code = code[mark.end() :]
    pair = {mark[1] for mark in _RAW_TAG.finditer(code)} == {None, "end"}
    yield _RAW_TAG.sub("", code) if pair else code


def _tags(text: str) -> "Iterator[str | _Tag]":
    """Yield the text and the tags of a paragraph; what opens and does not close in it is text."""
    position = searched = 0
    kinds = list(_CLOSERS)
    while kinds and (opening := _opening(tuple(kinds)).search(text, searched)):
        kind = opening[0]
        if kind == "{{":
            end = _OUTPUT.match(text, opening.end()) and _CLOSERS[kind].search(
                text, opening.end(), opening.end() + _LONGEST
            )
            if not end:
                searched = opening.end()
                continue
        else:
            end = _CLOSERS[kind].search(text, opening.end())
        if not end:
            kinds.remove(kind)  # no later one closes: looking again would take the square of the length
            searched = opening.start()
            continue
        tag = _read_tag(kind, text[opening.end() : end.start()], text[opening.start() : end.end()])
        searched = end.end() if tag else opening.end()
        if tag:
            yield text[position : opening.start()]
            yield tag
            position = end.end()
    yield text[position:]


@cache
def _opening(kinds: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, kinds)))


def _read_tag(kind: str, inner: str, written: str) -> "str | _Tag | None":
    """Return the tag that is between marks, its own words where it is escaped; None where it is none."""
    if escaped := _ESCAPED.fullmatch(written):
        return f"{{{{{escaped[1]}{escaped[2]}{escaped[3]}}}}}"
    if kind == "{{":
        return _output(inner, written)
    words = inner.strip("-+ \t\n").removesuffix("/").strip()
    closes = words.startswith("/")
    match = re.match(r"[\w./:-]{1,60}", words.lstrip("/ "))
    name = match[0].lower() if match else ""
    rest = words.lstrip("/ ")[match.end() :] if match else words
    if kind == "{%" and name.startswith("end"):
        name, closes = name.removeprefix("end") or "end", True
    if name == "include" and (file := re.match(r"\s*(\S{1,100})", rest)):
        name, rest = file[1].rpartition("/")[2].partition(".")[0].lower(), rest[file.end() :]
    return _Tag(name=name, closes=closes, arguments=rest.strip("() \t\n"), written=written)


def _output(inner: str, written: str) -> "_Tag | None":
    """Read ``{{ youtube(id="x") }}`` of Zola, and ``{{ site.url }}`` or ``{{ "/x" | relative_url }}`` of Liquid."""
    if not _OUTPUT.match(inner):
        return None
    name, bracket, rest = inner.strip().partition("(")
    if bracket and re.fullmatch(r"[\w:]{1,60}", name):
        return _Tag(name=name.lower(), closes=False, arguments=rest.rstrip(") "), written=written)
    plain = inner.strip()
    if plain[:1] in "\"'":
        return _Tag(name="", closes=False, arguments=plain.partition("|")[0], written=written, output=True)
    return _Tag(name=plain[:60], closes=False, arguments="", written=written, output=True)


def _raw_elements(source: str) -> Iterator[tuple[str, bool]]:
    """Split HTML into (text, False) and (an element that holds code, True)."""
    position = searched = 0
    unclosed: set[str] = set()
    while opening := _RAW.search(source, searched):
        name = opening[1].lower()
        end = None if name in unclosed else re.compile(rf"</{name}\s*>", re.IGNORECASE).search(source, opening.end())
        if not end:
            unclosed.add(name)
            searched = opening.end()
            continue
        yield source[position : opening.start()], False
        yield source[opening.start() : end.end()], True
        position = searched = end.end()
    yield source[position:], False


def _marked_code(source: str) -> Iterator[tuple[str, bool]]:
    """Split Markdown into (text, False) and (code, True): fences, indented blocks, spans and HTML's elements."""
    text: list[str] = []
    code: list[str] = []
    fence, blank, in_list = "", True, False
    for line in source.splitlines(keepends=True):
        opening = _FENCE.match(line)
        if fence:
            code.append(line)
            closes = opening and opening[1].startswith(fence) and not opening[2].strip()
            if closes:
                yield "".join(code), True
                fence, code, blank = "", [], True
            continue
        if opening and not (opening[1][0] == "`" and "`" in opening[2]):
            yield from _spans("".join(text))
            text, code, fence = [], [line], opening[1]
            continue
        empty = not line.strip()
        in_list = bool(_ITEM.match(line)) or (in_list and (empty or not blank or line[0] in " \t"))
        if not empty and blank and not in_list and line.startswith(("    ", "\t")):
            yield from _spans("".join(text))
            text = []
            yield line, True
            continue  # `blank` stays: the next indented line is code as well
        text.append(line)
        blank = empty
    yield from _spans("".join(text))
    yield "".join(code), True


def _spans(text: str) -> Iterator[tuple[str, bool]]:
    """Split text into (text, False) and (code, True): spans in backticks, of one paragraph, and HTML's elements."""
    for piece, raw in _raw_elements(text):
        if raw or "`" not in piece:
            yield piece, raw
        else:
            for paragraph in re.split(r"(\n[ \t]*(?=\n))", piece):
                yield from _backticks(paragraph)


def _backticks(paragraph: str) -> Iterator[tuple[str, bool]]:
    runs = [*_runs(paragraph)]
    later: dict[int, list[int]] = {}
    for number, (start, end) in enumerate(runs):
        later.setdefault(end - start, []).append(number)
    position = number = 0
    while number < len(runs):
        start, end = runs[number]
        same = later[end - start]
        if (place := bisect_right(same, number)) < len(same):
            number = same[place]
            yield paragraph[position:start], False
            yield paragraph[start : runs[number][1]], True
            position = runs[number][1]
        number += 1
    yield paragraph[position:], False


def _runs(paragraph: str) -> Iterator[tuple[int, int]]:
    """Yield where runs of backticks begin and end, but for those that quote what a shortcode is called with."""
    position, open_ended = 0, False
    while found := _RUN_OR_SHORTCODE.search(paragraph, position):
        position = found.end()
        if found[0][0] == "`":
            yield found.span()
        elif not open_ended:
            closing = _CLOSERS["{{<"].search(paragraph, position)
            position = closing.end() if closing else position
            open_ended = not closing
