r"""Take the marks of Markdown out of short texts of front matter: titles and summaries.

Every pattern takes time in proportion to the text: what it repeats cannot begin again within what it has read.
"""

import re

__all__ = ["unmark", "unmark_title"]

_MARKED = re.compile(r"[`*_\[\]<\\{~#>]")
_CODE = r"(?<!`)(?P<fence>`++)(?P<code>[^\n]+?)(?<!`)(?P=fence)(?!`)"
_CODE_SPAN = re.compile(_CODE)
_LITERAL = re.compile(r"\\(?P<escaped>[!-/:-@\[-`{-~])|" + _CODE)
_KEPT = re.compile("\0([0-9]+)\0")
_ADDRESS = r"(?:<[^<>\n]*+>|[^()<>\s]*+(?:\([^()\s]*+\)[^()<>\s]*+)*+)"  # it may have brackets, of one level
_LINK = re.compile(rf"""!?\[([^\[\]]*+)\]\([ \t]*+{_ADDRESS}(?:\s++(?:"[^"]*+"|'[^']*+'))?\s*+\)""")
_REFERENCE = re.compile(r"(?<![\w\]])!?\[([^\[\]^]++)\]\[[^\[\]]*+\]")
_NOTE = re.compile(r"\[\^[^\[\]\s]++\]")
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^<>\s]++|[\w.+-]++@[\w.-]++)>")
# Only around whole words, as in CommonMark: "4* to 5* hotels", "2 * 3 * 4" and "snake_case_names" stay.
_EMPHASIS = tuple(
    re.compile(rf"(?<![\w\\{mark}])({mark}{{1,3}}+)(?=\S)([^{mark}]++)(?<=\S)\1(?![\w{mark}])") for mark in (r"\*", "_")
)
_STRUCK = re.compile(r"~~(?=\S)([^~]++)(?<=\S)~~")
_DUNDER = re.compile(r"(?<!\w)__\w++")  # in a title it is a name of Python's, as a rule: __init__
_DEEPEST = 3  # emphasis within emphasis
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t][^\n]*+(?:\n|\Z)", re.MULTILINE)
_LINE_MARK = re.compile(r"^ {0,3}(?:#{1,6}|>)[ \t]++", re.MULTILINE)
_SHORTCODE = re.compile(
    r"\{\{<[^{}]*+(?<=>)\}\}|\{\{%[^{}]*+(?<=%)\}\}|\{%[^{}]*+(?<=%)\}|\{\{[ \t]*+\w++\([^{}]*+\}\}"
)
_COMMENT = re.compile(r"<!--(?:[^-<]|-(?!->)|<(?!!--))*+-->")
_BLOCK_TAG = re.compile(
    r"<(?P<end>/?)(?P<name>article|aside|center|details|div|figcaption|figure|footer|header|main|nav|section|summary"
    r"|table|tbody|td|th|thead|tr)\b(?P<attributes>(?:\s(?=[^<>=]*=)[^<>]*+)?)\s*+/?>",
    re.IGNORECASE,
)


def unmark(text: str) -> str:
    """Return a text in Markdown, with a generator's shortcodes in it or HTML around it, as its words alone."""
    if not _MARKED.search(text):
        return text
    text = _COMMENT.sub(" ", _SHORTCODE.sub(" ", text))
    text = _HEADING.sub("", text).strip() or _LINE_MARK.sub("", text)  # one that is all there is stays
    kept, text = _keep(text, _LITERAL)
    text = _without_blocks(_AUTOLINK.sub(r"\1", _LINE_MARK.sub("", text)))
    return _restore(_unmark_words(text), kept)


def unmark_title(text: str) -> str:
    """Return a title without the marks of code, emphasis and links; a backslash is one, as titles are plain text."""
    if not _MARKED.search(text):
        return text
    kept, text = _keep(text, _CODE_SPAN)
    names, text = _keep(text, _DUNDER, start=len(kept))
    return _restore(_unmark_words(text), kept + names)


def _keep(text: str, literal: re.Pattern[str], start: int = 0) -> tuple[list[str], str]:
    """Put what is literal out of the way: it is the text that has marks, and no longer has any."""
    kept: list[str] = []

    def note(match: re.Match[str]) -> str:
        groups = match.groupdict()
        kept.append(groups.get("escaped") or (groups.get("code") or match[0]).strip())
        return f"\0{start + len(kept) - 1}\0"

    return kept, literal.sub(note, text if start else text.replace("\0", " "))


def _restore(text: str, kept: list[str]) -> str:
    return _KEPT.sub(lambda match: kept[int(match[1])], text) if kept else text


def _unmark_words(text: str) -> str:
    for _ in range(_DEEPEST):
        before = text
        for pattern, replacement in _WORDS:
            text = pattern.sub(replacement, text)
        if text == before:
            break
    return text


_WORDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (_LINK, r"\1"),
    (_REFERENCE, r"\1"),
    (_NOTE, ""),
    *((pattern, r"\2") for pattern in _EMPHASIS),
    (_STRUCK, r"\1"),
)


def _without_blocks(text: str) -> str:
    """Take out the tags of blocks that end or have attributes: "the <div> element" is no markup."""
    if "<" not in text:
        return text
    ended = {match["name"].lower() for match in _BLOCK_TAG.finditer(text) if match["end"]}

    def replace(match: re.Match[str]) -> str:
        return " " if match["attributes"] or match["name"].lower() in ended else match[0]

    return _BLOCK_TAG.sub(replace, text)
