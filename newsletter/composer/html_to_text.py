"""Turn sanitised HTML into plain text: paragraphs, lists with their marks, and every link's address on its own line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["first_words", "html_to_text"]

_BLOCKS = ("p", "div", "li", "ul", "ol", "blockquote", "pre", "hr", "dt", "dd", "figure", "figcaption")
_RULE = "* * *"
_ENDS = tuple(".,:;!?…")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Paragraph:
    """Text lines after `lead`: an item's mark, or spaces of the same width on later lines."""

    lead: str
    words: str
    addresses: tuple[str, ...]

    @property
    def opens_item(self) -> bool:
        return bool(self.lead.strip())


def html_to_text(markup: str) -> str:
    """Turn sanitised HTML into plain paragraphs; each link's address follows on its own line."""
    text = ""
    for before, paragraph in pairwise([None, *_paragraphs(markup)]):
        assert paragraph is not None
        within = before and before.lead and paragraph.opens_item  # no blank line between the items of a list
        text += ("\n" if within else "\n\n") + _write(paragraph)
    return text.lstrip("\n")


def _write(paragraph: _Paragraph) -> str:
    """Write a paragraph; in a list, later lines are aligned with the text of the first."""
    hanging = "\n" + " " * len(paragraph.lead)
    pieces = [paragraph.words.replace("\n", hanging), *paragraph.addresses]
    return paragraph.lead + (hanging if paragraph.lead else "\n\n").join(filter(None, pieces))


def first_words(markup: str) -> str:
    """Return the words of sanitised HTML on one line, without addresses; the items of a list are separated by ``;``."""
    text = ""
    said = (paragraph for paragraph in _paragraphs(markup) if paragraph.words not in ("", _RULE))
    for before, paragraph in pairwise([None, *said]):
        assert paragraph is not None
        item = before and before.lead and not before.words.endswith(_ENDS)
        text += (("; " if paragraph.opens_item else ". ") if item else " ") + " ".join(paragraph.words.split())
    return text.lstrip()


def _paragraphs(markup: str) -> Iterator[_Paragraph]:
    """Yield the paragraphs in order; a link's address belongs to the one in which its text ends."""
    from lxml import etree

    if not markup.strip():
        return
    root = etree.fromstring(f"<div>{markup}</div>", etree.HTMLParser(huge_tree=True))
    collector = _Collector()
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if element.tag in _BLOCKS:
            yield from collector.end_paragraph()
        if event == "start":
            collector.open(element)
        else:
            collector.close(element)
    yield from collector.end_paragraph()


class _Collector:
    """The state between two block boundaries: the text so far, the open lists, an item's mark."""

    def __init__(self) -> None:
        """Start outside of any list."""
        self._words: list[str] = []
        self._addresses: list[str] = []
        self._numbers: list[int | None] = [None]  # of each open list's next item; None for bullets
        self._leads = [""]  # of the open item in each; the first is for items outside of a list
        self._marked = True

    def open(self, element: "_Element") -> None:
        """Handle the start of an element."""
        if element.tag in ("ul", "ol"):
            self._numbers.append(int(element.get("start") or 1) if element.tag == "ol" else None)
            self._leads.append("")
        elif element.tag == "li":
            self._open_item()
        self._words.append({"br": "\n", "hr": _RULE}.get(str(element.tag), ""))
        self._add(element.text, element)

    def close(self, element: "_Element") -> None:
        """Handle the end of an element, and the text after it."""
        if element.tag in ("ul", "ol"):
            self._numbers.pop()
            self._leads.pop()
        elif element.tag == "li":
            self._leads[-1] = ""
        elif element.tag == "a" and "".join(map(str, element.itertext())) != element.get("href"):
            self._addresses.append(element.get("href", ""))
        self._add(element.tail, element.getparent())

    def end_paragraph(self) -> Iterator[_Paragraph]:
        """Yield the paragraph that ends here, if it has any text."""
        words = "\n".join(line.strip() for line in "".join(self._words).split("\n")).strip("\n")
        self._words.clear()
        if words or self._addresses:
            yield _Paragraph(lead=self._lead(), words=words, addresses=tuple(self._addresses))
            self._addresses.clear()

    def _open_item(self) -> None:
        number = self._numbers[-1]
        self._leads[-1] = "- " if number is None else f"{number}. "
        self._numbers[-1] = None if number is None else number + 1
        self._marked = False

    def _lead(self) -> str:
        """Return a paragraph's prefix: an item's mark for its first one, else spaces of the same width."""
        *outer, last = self._leads
        lead = " " * len("".join(outer)) + (" " * len(last) if self._marked else last)
        self._marked = True
        return lead

    def _add(self, text: str | None, place: "_Element | None") -> None:
        """Add text; line breaks in it count only in ``pre``."""
        kept = place is not None and (place.tag == "pre" or next(place.iterancestors("pre"), None) is not None)
        self._words.append((text or "") if kept else re.sub(r"[ \t\r\n]+", " ", text or ""))
