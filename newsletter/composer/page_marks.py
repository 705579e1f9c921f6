"""Read the marks in Markdown that stand for parts of a page: boxes, tables of contents, formulas, drawings.

Boxes are those of Docusaurus and Quarto (``:::note``) and of Python-Markdown (``!!! note``); abbreviations, comments
and options are kramdown's.
"""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

__all__ = ["DRAWING", "add_boxes", "join_wide_lines", "read_page_marks"]

DRAWING = "mermaid"
"""The name of the element that stands for a drawing that only a program on the page makes."""

_BOX = re.compile(r"\s*(?:\{[^{}]{0,200}\}|[A-Za-z][\w-]{0,40})?(?:\[([^\]]{0,200})\]|\s+(\S.{0,200}))?\s*")
_KIND = re.compile(r"\{?\.?(?:callout-)?([A-Za-z][\w-]{0,40})")
_SILENT_BOXES = frozenset("div columns column panel-tabset details fragment".split())  # noqa: SIM905
_CONTENTS = re.compile(r"\[\[?_?toc_?\]?\]|\{\{toc\}\}|.{0,100}\n\{:\s?toc[^{}]{0,50}\}", re.IGNORECASE)
_ABBREVIATION = re.compile(r"^\*\[[^\]\n]{1,100}\]:[^\n]*\n?", re.MULTILINE)
_COMMENT = re.compile(r"\{::comment\}.*?(?:(\{:/(?:comment)?\})|$)", re.DOTALL)
_COMMENT_END = re.compile(r"\{:/(?:comment)?\}")
_OPTION = re.compile(r"\{::[a-z_]{1,30}[^{}\n]{0,200}/?\}|\{:/[a-z_]{0,30}\}")
_FORMULA = re.compile(r"\$\$(.+)\$\$", re.DOTALL)
_WIDE = "[\u2e80-\u303f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff60]"  # Chinese and Japanese, not Korean
_ENDS_WIDE, _BEGINS_WIDE = re.compile(f"{_WIDE}$"), re.compile(_WIDE)


def add_boxes(parser: "MarkdownIt") -> None:
    """Add the boxes that generators know to a parser."""
    from mdit_py_plugins.admon import admon_plugin
    from mdit_py_plugins.container import container_plugin

    container_plugin(parser, "box", marker=":", validate=lambda info, _: bool(_match_box(info)), render=_box)
    parser.use(admon_plugin)


def _match_box(info: str) -> "re.Match[str] | None":
    """Match what follows the colons. Blanks before it count as one: there may be very many."""
    words = info.strip()
    return _BOX.fullmatch(words if info.startswith(words) else f" {words}")


def _box(_renderer: object, tokens: "Sequence[Token]", index: int, *_: object) -> str:
    """Return the tags of a box: its title, else its kind, is a paragraph of its own."""
    if tokens[index].nesting < 0:
        return "</div>"
    from markdown_it.common.utils import escapeHtml

    info = tokens[index].info
    title, kind = _match_box(info), _KIND.match(info.strip())
    words = (title[1] or title[2] or "").strip() if title else ""
    if not words and kind and kind[1].lower() not in _SILENT_BOXES:
        words = kind[1].replace("-", " ").capitalize()
    return f"<div><p><strong>{escapeHtml(words)}</strong></p>" if words else "<div>"


def read_page_marks(state: "StateCore") -> None:
    """Take out what makes a part of a page, and keep formulas as they are written."""
    commented = False
    for number, token in enumerate(state.tokens):
        if token.type == "fence" and token.info.split()[:1] == [DRAWING]:
            token.type, token.content = "html_block", f"<{DRAWING}></{DRAWING}>\n"
        if token.type != "inline":
            continue
        if commented:
            end = _COMMENT_END.search(token.content)
            token.content, commented = (token.content[end.end() :], False) if end else ("", True)
        if "{:" in token.content and "`" not in token.content:
            open_comment = [mark for mark in _COMMENT.finditer(token.content) if not mark[1]]
            commented = commented or bool(open_comment)
            token.content = _OPTION.sub("", _COMMENT.sub("", token.content)) if not _is_contents(token) else ""
        elif token.content[:1] in ("[", "{") and _is_contents(token):
            token.content = ""
        elif token.content.startswith("*["):
            token.content = _ABBREVIATION.sub("", token.content)
        elif token.content.startswith("$$") and (formula := _FORMULA.fullmatch(token.content.strip())):
            _keep_formula(state.tokens, number, formula[1].strip("\n"))


def _is_contents(token: "Token") -> bool:
    return bool(_CONTENTS.fullmatch(token.content.strip()))


def _keep_formula(tokens: "list[Token]", number: int, formula: str) -> None:
    """Show a formula as its source: no mail program draws it."""
    tokens[number].type, tokens[number].content, tokens[number].tag = "code_block", formula, "code"
    for around in (number - 1, number + 1):
        if tokens[around].tag == "p":
            tokens[around].hidden = True


def join_wide_lines(state: "StateCore") -> None:
    """Join lines that end and begin in a script without blanks: a break there is none between words."""
    for token in state.tokens:
        children = token.children or []
        for before, child, after in zip(children, children[1:], children[2:], strict=False):
            between = child.type == "softbreak" and before.type == after.type == "text"
            if between and _ENDS_WIDE.search(before.content) and _BEGINS_WIDE.match(after.content):
                child.type = "text"
