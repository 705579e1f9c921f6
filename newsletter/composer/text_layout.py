"""Plain text: clean it, shorten it without splitting words or characters, wrap it for the text part."""

import re
from collections.abc import Iterable, Iterator

from newsletter.characters import characters

__all__ = ["brief", "clean_line", "clean_text", "shorten", "shorten_headline", "wrap"]

_ELLIPSIS = "…"
_LONGEST_CHARACTER = 100  # code points; a family of four has 11
_SENTENCE = re.compile(r"(?<=\w{3})[.!?\u3002](?=\s)")  # not the dot of "Dr." or of an initial
_BRACKETS = {
    "(": ")",
    "[": "]",
    "{": "}",
    "\uff08": "\uff09",
    "\u300c": "\u300d",
    "\u300e": "\u300f",
    "\u3010": "\u3011",
}
_LOOSE = " .,;:\u2013\u2014-\u00b7"  # does not end a headline, nor come before an ellipsis
_TICKER = re.compile(r" ?[(\[][A-Z][A-Za-z. ]{1,20}: ?[A-Z0-9.]{1,10}[)\]]")
_PAUSE = re.compile(r"(?: [(\[\u2013\u2014|-]|: | ?\u2014)(?=.)")
_BREAK = re.compile(r"\r\n|[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]")
_LEAD = re.compile(r" {0,40}(?:(?:[-*•]|\d{1,4}[.)]) +(?=\S))?")
_ADDRESS = re.compile(r"https?://\S")
_WORD = re.compile(r"(?:[^\s]|[\u00a0\u2007\u202f])+")  # a no-break space is a part of its word
_LONG_WORD = 40  # characters
_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")  # control and direction characters


class Laid(str):
    """Text whose lines are as they will be sent, as Markup is text that is escaped: `wrap` leaves it alone."""

    __slots__ = ()


def split_words(text: str) -> list[str]:
    """Return the words of a text; those that a no-break space joins are one."""
    return _WORD.findall(text)


def clean_line(text: str) -> str:
    """Return a person's text on one line without control and direction characters, because it may become a header."""
    return re.sub(r"[ \t\n]+", " ", clean_text(text)).strip()


def clean_text(text: str) -> str:
    """Do the same for a text of several lines, keeping the lines."""
    return _UNSEEN.sub("", _BREAK.sub("\n", text))


def shorten(text: str, limit: int) -> str:
    """Shorten `text` to at most `limit` characters, after a whole word if possible, with an ellipsis."""
    text = " ".join(split_words(text))
    if len(text) <= limit:
        return text
    end = limit - len(_ELLIPSIS)
    space = text.rfind(" ", 0, end + 1)
    endless = end - space > _LONG_WORD and not text[space:end].isascii()  # scripts that part no words
    end = _cut(text, 0, end) if space <= end // 2 or endless else space
    return text[:end].rstrip(" .,;:\u2013\u2014-\u00b7(") + _ELLIPSIS


def brief(text: str, limit: int) -> str:
    """Cut `text` to at most `limit` characters: after a sentence, where one ends in the second half of them."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    ends = [match.end() for match in _SENTENCE.finditer(text, limit // 2, limit + 1) if match.end() <= limit]
    return text[: ends[-1]] if ends else shorten(text, limit)


def shorten_headline(text: str, limit: int) -> str:
    """Cut a headline to at most `limit` characters as a person would.

    The symbols of stock exchanges go first, "(NASDAQ: SUUN)"; then it ends before a bracket or at a dash or colon,
    where one is in its second half; else after a word. It never ends inside a bracket, unless it begins in one.
    """
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    text = " ".join(_TICKER.sub("", text).split())
    if len(text) <= limit:
        return text
    ends = [match.start() for match in _PAUSE.finditer(text, limit // 2, limit)]
    cut = text[: ends[-1]] if ends else shorten(text, limit)
    before = cut[: _unclosed(cut)].rstrip(_LOOSE)
    return f"{before}\u2026" if before and len(before) < len(cut.rstrip(_LOOSE)) else cut


def _unclosed(text: str) -> int:
    """Return the place of the first bracket that is not closed, the length of `text` without one."""
    opened: list[int] = []
    for place, character in enumerate(text):
        if character in _BRACKETS:
            opened.append(place)
        elif opened and character == _BRACKETS[text[opened[-1]]]:
            opened.pop()
    return opened[0] if opened else len(text)


def _cut(text: str, start: int, room: int) -> int:
    """Return where a text that begins at `start` is cut to take at most `room`, between what readers see as characters.

    The result has at least one of those; a flag, a family or a Devanagari syllable is never split (UAX 29).
    """
    if text.isascii():
        return start + room
    end = 0
    for character in characters(text[start : start + room + _LONGEST_CHARACTER]):
        if end and end + len(character) > room:
            break
        end += len(character)
    return start + end


def wrap(text: str, width: int = 72) -> str:
    """Wrap every line to `width`, aligned with its first word if it begins with a list marker.

    A web address gets its own line, unbroken; adjacent characters, such as a bracket, stay with it.
    """
    if isinstance(text, Laid):
        return text
    paragraphs = ([line for line in part.split("\n") if line.strip()] for part in re.split(r"\n\s*\n", text))
    wrapped = ("\n".join(line for typed in part for line in _lines(typed, width)) for part in paragraphs)
    return "\n\n".join(filter(None, wrapped))


def _lines(typed: str, width: int) -> Iterator[str]:
    lead = _LEAD.match(typed)[0]  # type: ignore[index]  # it matches anything
    hanging = " " * len(lead)
    words: list[str] = []
    for word in [*split_words(typed[len(lead) :]), ""]:
        if word and not _ADDRESS.search(word):
            words.append(word)
            continue
        yield from _filled(words, width, lead, hanging)
        lead = hanging if words else lead
        words = []
        if word:
            yield from [lead.rstrip(), hanging + word] if lead.strip() else [hanging + word]
            lead = hanging


def _filled(words: Iterable[str], width: int, lead: str, hanging: str) -> Iterator[str]:
    """Fill lines with words; a word longer than a line is broken, beginning in the rest of the last line."""
    line, begun = lead, False
    for word in words:
        position = 0
        while position < len(word):
            left, room = len(word) - position, width - len(line) - begun
            if left > room and begun and (left <= width - len(hanging) or room < 1):
                yield line
                line, begun = hanging, False
                continue
            end = len(word) if left <= room else _cut(word, position, max(room, 1))
            line += " " * begun + word[position:end]
            position = end
            begun = True
            if position < len(word):
                yield line
                line, begun = hanging, False
    if begun:
        yield line
