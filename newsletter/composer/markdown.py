"""Read Markdown as CommonMark, with what sites' generators add to it.

Tables, strikethrough, bare addresses and task lists are GitHub's; footnotes, definition lists, attributes in braces
and alerts are those of Hugo, Zola, Jekyll and others.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import quote

from newsletter.composer.page_marks import add_boxes, join_wide_lines, read_page_marks

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

__all__ = ["inline_to_html", "markdown_to_html"]

_MOST_BARE = 1000  # addresses that are linked though no mark says so
_MOST_CELLS = 30_000  # of tables: the parser fills up short rows
_ALL_ADDRESSES = 300_000  # characters of one text's addresses together: references repeat them

_ALERT = re.compile(r"\[!(\w{1,30})\][+-]?[ \t]*([^\n]*)\n?")
_TASK = re.compile(r"\[([ xX])\](?=\s)")
_ATTRIBUTES = re.compile(r"(?<![ \t])[ \t]++\{[:#.][^{}\n]*+\}[ \t]*+$")  # at the end of a heading
_ATTRIBUTE_LINE = re.compile(r"^[ \t]*\{(?:[#.:]|\w+=)[^{}\n]*+\}[ \t]*$\n?", re.MULTILINE)  # of kramdown, goldmark
_ATTRIBUTES_BEHIND = re.compile(r"\{(?:[:#.]|\w+=)[^{}\n]*+\}")  # a link, a picture or an emphasis

# GitHub's autolinks, https://github.github.com/gfm/#autolinks-extension-
_BARE = re.compile(
    r"(?<![^\s*_~(])(?:https?://|www\.)(?P<host>[\w.-]++)[^\s<]*+|(?<![\w.+-])[\w.+-]++@[\w-]++(?:\.[\w-]++)++",
    re.IGNORECASE,
)
_TRAILING = "?!.,:*_~'\""
_ENTITY_END = re.compile(r"&[a-zA-Z0-9]{1,31};$")
_ADDRESS_SAFE = "%/:?#[]@!$&'()*+,;=~-._"


def markdown_to_html(text: str, *, tags: bool, typographer: bool = False) -> str:
    """Return Markdown as HTML, which nobody has cleaned; without `tags`, those in the text are shown as text.

    Bare addresses are no links then either: a headline that ends in one could draw a merge field into it.
    With `typographer`, quotes, dashes and dots become typographic ones, as generators do where a site says so.
    """
    parser = _parser(tags, typographer)
    columns = max((line.count("|") for line in text.split("\n")), default=0)
    tables = columns * text.count("\n") <= _MOST_CELLS
    (parser.enable if tables else parser.disable)("table")
    environment: dict[str, object] = {}
    tokens = parser.parse(text, environment)
    _bound_addresses(tokens)
    return str(parser.renderer.render(tokens, parser.options, environment))


def inline_to_html(text: str) -> str:
    """Return one line of Markdown, such as a caption, as HTML, which nobody has cleaned."""
    return str(_parser(True, False).renderInline(text))


@lru_cache(maxsize=4)
def _parser(tags: bool, typographer: bool) -> "MarkdownIt":
    from markdown_it import MarkdownIt
    from mdit_py_plugins.deflist import deflist_plugin
    from mdit_py_plugins.footnote import footnote_plugin

    parser = MarkdownIt("commonmark", {"html": tags, "typographer": typographer}).enable("strikethrough")
    if typographer:
        parser.enable(["replacements", "smartquotes"])
    parser.use(footnote_plugin, inline=False).use(deflist_plugin)
    add_boxes(parser)
    parser.core.ruler.after("block", "site_marks", _read_site_marks)
    parser.core.ruler.after("block", "page_marks", read_page_marks)
    parser.core.ruler.push("attributes_behind", _drop_attributes_behind)
    parser.core.ruler.push("wide_breaks", join_wide_lines)
    if tags:
        parser.core.ruler.push("bare_addresses", _link_bare_addresses)
    parser.add_render_rule("footnote_ref", _footnote_mark)
    parser.add_render_rule("footnote_anchor", _nothing)
    return parser


def _nothing(*_: object) -> str:
    return ""


def _footnote_mark(_renderer: object, tokens: "Sequence[Token]", index: int, *_: object) -> str:
    """Return the number of a footnote as text: a message has no place that a link within it would lead to."""
    return f"<sup>[{int(tokens[index].meta['id']) + 1}]</sup>"


def _read_site_marks(state: "StateCore") -> None:
    """Turn what begins or ends a block into words: alerts, boxes of tasks; take out attributes in braces."""
    tokens = state.tokens
    for number, token in enumerate(tokens):
        if token.type != "inline":
            continue
        around = [one.type for one in tokens[max(0, number - 2) : number]]
        if around[-1:] == ["heading_open"]:
            token.content = _ATTRIBUTES.sub("", token.content)
        elif around == ["blockquote_open", "paragraph_open"]:
            token.content = _ALERT.sub(_alert, token.content, count=1) if token.content[:2] == "[!" else token.content
        elif around == ["list_item_open", "paragraph_open"] and (box := _TASK.match(token.content)):
            token.content = ("☐" if box[1] == " " else "☑") + token.content[box.end() :]
        if "{" in token.content:
            token.content = _ATTRIBUTE_LINE.sub("", token.content)


def _alert(mark: re.Match[str]) -> str:
    title = mark[2].strip() or mark[1].capitalize()
    return f"**{title}**" + ("\\\n" if mark.end() < len(mark.string) else "")


def _drop_attributes_behind(state: "StateCore") -> None:
    for token in state.tokens:
        before = None
        for child in token.children or ():
            if before and child.type == "text" and child.content[:1] == "{":
                child.content = _ATTRIBUTES_BEHIND.sub("", child.content, count=1)
            before = child.type in ("link_close", "image", "em_close", "strong_close", "code_inline")


def _link_bare_addresses(state: "StateCore") -> None:
    left = _MOST_BARE
    for token in state.tokens:
        if token.children and left > 0 and _BARE.search(token.content):
            linked = [*_with_links(token.children)]
            left -= (len(linked) - len(token.children)) // 3
            token.children = linked


def _with_links(children: "Iterable[Token]") -> "Iterable[Token]":
    depth = 0
    for child in children:
        depth += {"link_open": 1, "link_close": -1}.get(child.type, 0)
        if child.type == "html_inline":
            depth += child.content[:2].lower() == "<a" and not child.content[2:3].isalpha()
            depth -= child.content[:3].lower() == "</a"
        if child.type == "text" and depth <= 0:
            yield from _linked(child.content)
        else:
            yield child


def _linked(text: str) -> "Iterable[Token]":
    """Yield the tokens of a text, its bare addresses as links."""
    from markdown_it.token import Token

    position = 0
    for match in islice(_BARE.finditer(text), _MOST_BARE):
        shown = _trimmed(match[0]) if match["host"] else match[0]
        if not (address := _address_of(shown, match["host"])):
            continue
        yield Token("text", "", 0, content=text[position : match.start()])
        yield Token("link_open", "a", 1, attrs={"href": address})
        yield Token("text", "", 0, content=shown)
        yield Token("link_close", "a", -1)
        position = match.start() + len(shown)
    yield Token("text", "", 0, content=text[position:])


def _trimmed(address: str) -> str:
    """Return an address without what ends the sentence: punctuation, a bracket that closes nothing, an entity."""
    surplus = address.count(")") - address.count("(")
    while address:
        if address[-1] in _TRAILING:
            address = address[:-1]
        elif address[-1] == ")" and surplus > 0:
            address, surplus = address[:-1], surplus - 1
        elif address[-1] == ";" and (entity := _ENTITY_END.search(address[-40:])):
            address = address[: -len(entity[0])]
        else:
            break
    return address


def _address_of(shown: str, host: str | None) -> str:
    """Return the address that a bare one stands for, "" where it is none."""
    if host is None:
        return f"mailto:{shown}" if shown[-1] not in "-_" and not shown.startswith("@") else ""
    parts = host.rstrip(".-_").split(".")
    if len(parts) < 2 or "_" in "".join(parts[-2:]):
        return ""
    return quote(shown if "://" in shown else f"http://{shown}", safe=_ADDRESS_SAFE)


def _bound_addresses(tokens: "Iterable[Token]") -> None:
    """Take away titles, which nobody sees, and addresses beyond a text's share: references repeat them."""
    left = _ALL_ADDRESSES
    for token in (inner for outer in tokens for inner in outer.children or ()):
        token.attrs.pop("title", None)
        for name in ("href", "src"):
            left -= len(str(token.attrs.get(name, "")))
            if left < 0:
                token.attrs.pop(name, None)
