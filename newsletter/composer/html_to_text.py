"""Turn sanitised HTML into plain text: paragraphs, lists with their marks, and every link's address on its own line.

Quotations are marked with ``>``, code stays as it is, and pictures are their words in brackets.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from string import ascii_lowercase
from typing import TYPE_CHECKING

from newsletter.composer.text_layout import Laid, split_words, wrap
from newsletter.raised import lowered, raised

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["EMBED_MARK", "first_words", "html_to_text"]

EMBED_MARK = "▶ "
"""How the words of a link begin that stands for a film or a frame."""

_WIDTH = 72
_BLOCKS = ("p", "div", "li", "ul", "ol", "blockquote", "pre", "hr", "dl", "dt", "dd", "figure", "figcaption")
_RULE = "* * *"
_ENDS = tuple(".,:;!?…\u3002\uff01\uff1f\uff1a\u3001\u2013\u2014")
_CLOSING = "\"')]}\u00bb\u201d\u2019\u300d\u300f\uff09"
_NOTE = re.compile(r"\[\d{1,4}\]")
_DELETED = ("del", "s", "strike")
_AROUND = {**dict.fromkeys(_DELETED, ("~", "~")), "q": ("\u201c", "\u201d")}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Paragraph:
    """Text lines after `lead`: an item's mark, or spaces of the same width on later lines."""

    lead: str
    words: str
    addresses: tuple[str, ...]
    quoted: int = 0
    code: bool = False
    close: bool = False

    @property
    def opens_item(self) -> bool:
        return bool(self.lead.strip())


def html_to_text(markup: str) -> Laid:
    """Turn sanitised HTML into plain text, its lines as they will be sent.

    Every link's address is on a line of its own below the words of its paragraph.
    """
    text = ""
    for before, paragraph in pairwise([None, *_paragraphs(markup)]):
        assert paragraph is not None
        within = paragraph.close or (before and before.lead and paragraph.opens_item)
        mark = ">" * min(before.quoted if before else 0, paragraph.quoted)
        text += ("\n" if within else f"\n{mark}\n") + _write(paragraph)
    return Laid(text.lstrip("\n"))


def _write(paragraph: _Paragraph) -> str:
    """Write a paragraph; in a list, later lines are aligned with the text of the first."""
    mark = ">" * paragraph.quoted + " " * bool(paragraph.quoted)
    if paragraph.code:
        lines = re.sub(r"\n(?=\n\n)", "\n ", paragraph.words).split("\n")  # a blank: nothing takes these lines for one
        blanks = " " * len(paragraph.lead)
        lines += [line for address in paragraph.addresses for line in ("", address)]
        return "\n".join(mark + (blanks if number else paragraph.lead) + line for number, line in enumerate(lines))
    hanging = "\n" + " " * len(paragraph.lead)
    pieces = [paragraph.words.replace("\n", hanging), *paragraph.addresses]
    text = paragraph.lead + (hanging if paragraph.lead else "\n\n").join(filter(None, pieces))
    return "\n".join((mark + line).rstrip() for line in wrap(text, _WIDTH - len(mark)).split("\n"))


def first_words(markup: str) -> str:
    """Return the words of sanitised HTML on one line, without addresses; the items of a list are separated by ``;``."""
    text = ""
    said = (paragraph for paragraph in _paragraphs(markup, prose=True) if paragraph.words not in ("", _RULE))
    for before, paragraph in pairwise([None, *said]):
        assert paragraph is not None
        open_end = before and not before.words.rstrip(_CLOSING).endswith(_ENDS)
        item = before and before.lead and paragraph.opens_item
        text += (("; " if item else ". ") if open_end else " ") + " ".join(split_words(paragraph.words))
    return text.lstrip()


def _paragraphs(markup: str, *, prose: bool = False) -> Iterator[_Paragraph]:
    """Yield the paragraphs in order; a link's address belongs to the one in which its text ends.

    With `prose`, only what is said: no pictures, no films, nothing that was deleted.
    """
    from lxml import etree

    if not markup.strip():
        return
    root = etree.fromstring(f"<div>{markup}</div>", etree.HTMLParser(huge_tree=True))
    if prose:
        _leave_prose(root)
    collector = _Collector()
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if element.tag in _BLOCKS:
            yield from collector.end_paragraph()
        if event == "start":
            collector.open(element)
        else:
            collector.close(element)
    yield from collector.end_paragraph()


def _leave_prose(root: "_Element") -> None:
    """Empty what is no running text: pictures and their captions, films, code, deletions, footnotes."""
    notes = [one for one in root.iter("sup") if _NOTE.fullmatch(one.text or "")]
    unsaid = [*notes, *root.iter("img", *_DELETED)]
    aside = [*root.iter("pre", "figcaption")]
    if _letters(root) > sum(map(_letters, aside)):
        unsaid += aside
    if notes and (rule := next(reversed([*root.iter("hr")]), None)) is not None and rule.getnext() is not None:
        unsaid += rule.itersiblings()  # the footnotes themselves
    unsaid += [one for one in root.iter("a", "span") if _stands_for_another(one)]
    for element in unsaid:
        tail = element.tail
        element.clear()
        element.tail = tail


def _letters(element: "_Element") -> int:
    return len("".join("".join(map(str, element.itertext())).split()))


def _stands_for_another(element: "_Element") -> bool:
    return "body-named" in element.get("class", "").split() or (element.text or "").startswith(EMBED_MARK)


def _counted(number: int, kind: str) -> str:
    """Return the number of an item as its list is counted: 2, b or B; Roman numbers stay plain."""
    if kind in ("a", "A") and 0 < number <= len(ascii_lowercase):
        letter = ascii_lowercase[number - 1]
        return letter.upper() if kind == "A" else letter
    return str(number)


class _Collector:
    """The state between two block boundaries: the text so far, the open lists, an item's mark."""

    def __init__(self) -> None:
        """Start outside of any list."""
        self._words: list[str] = []
        self._addresses: list[str] = []
        self._numbers: list[int | None] = [None]  # of each open list's next item; None for bullets
        self._kinds = ["1"]  # how each open list is numbered
        self._leads = [""]  # of the open item in each; the first is for items outside of a list
        self._marked = True
        self._quoted = 0
        self._code = 0
        self._marked_up = 0  # ``<code>``
        self._close = False
        self._signs: list[int] = []  # where the words of each open superscript or subscript begin

    def open(self, element: "_Element") -> None:
        """Handle the start of an element."""
        tag = str(element.tag)
        if tag in ("ul", "ol"):
            self._numbers.append(int(element.get("start") or 1) if tag == "ol" else None)
            self._kinds.append(element.get("type", "1"))
            self._leads.append("")
        elif tag == "li":
            self._open_item(element.get("value", ""))
        elif tag == "dd":
            self._leads.append("  ")
            self._close = True
        elif tag in ("sup", "sub"):
            self._signs.append(len(self._words))
        self._quoted += tag == "blockquote"
        self._code += tag == "pre"
        self._marked_up += tag == "code"
        self._words.append({"br": "\n", "hr": _RULE}.get(tag, _AROUND.get(tag, ("", ""))[0]))
        if tag == "img" and (alt := " ".join(split_words(element.get("alt", "")))):
            self._words.append(f"[{alt}]")
        self._add(element.text)

    def close(self, element: "_Element") -> None:
        """Handle the end of an element, and the text after it."""
        tag = str(element.tag)
        self._words.append(_AROUND.get(tag, ("", ""))[1])
        if tag in ("ul", "ol"):
            self._numbers.pop()
            self._kinds.pop()
            self._leads.pop()
        elif tag == "li":
            self._leads[-1] = ""
        elif tag == "dd":
            self._leads.pop()
        elif tag in ("sup", "sub"):
            start = self._signs.pop()
            sign = "".join(self._words[start:])
            self._words[start:] = [raised(sign) if tag == "sup" else lowered(sign)]
        elif tag == "a" and not self._is_in_code() and "".join(map(str, element.itertext())) != element.get("href"):
            self._addresses.append(element.get("href", ""))
        self._quoted -= tag == "blockquote"
        self._code -= tag == "pre"
        self._marked_up -= tag == "code"
        self._add(element.tail)

    def end_paragraph(self) -> Iterator[_Paragraph]:
        """Yield the paragraph that ends here, if it has any text."""
        text = "".join(self._words)
        if self._code:
            words = text.strip("\n").rstrip().expandtabs(4)
        else:
            words = "\n".join(line.strip(" \t\r\n") for line in text.split("\n")).strip("\n")
        self._words.clear()
        self._signs = [0] * len(self._signs)
        if words.strip() or self._addresses:
            yield _Paragraph(
                lead=self._lead(),
                words=words,
                addresses=tuple(self._addresses),
                quoted=self._quoted,
                code=bool(self._code),
                close=self._close,
            )
            self._addresses.clear()
            self._close = False

    def _is_in_code(self) -> bool:
        """Return whether a link is one of those that programs add to code, each word's to its manual."""
        return bool(self._code and self._marked_up)

    def _open_item(self, value: str) -> None:
        number = self._numbers[-1]
        number = int(value) if value and number is not None else number
        self._leads[-1] = "- " if number is None else f"{_counted(number, self._kinds[-1])}. "
        self._numbers[-1] = None if number is None else number + 1
        self._marked = False

    def _lead(self) -> str:
        """Return a paragraph's prefix: an item's mark for its first one, else spaces of the same width."""
        *outer, last = self._leads
        lead = " " * len("".join(outer)) + (" " * len(last) if self._marked else last)
        self._marked = True
        return lead

    def _add(self, text: str | None) -> None:
        """Add text; line breaks in it count only in ``pre``."""
        self._words.append((text or "") if self._code else re.sub(r"[ \t\r\n]+", " ", text or ""))
