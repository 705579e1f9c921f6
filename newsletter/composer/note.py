"""Put a note for a person in front of a message, in both parts; nothing in it can become a merge token or a tag."""

import re
from dataclasses import replace

from newsletter import merge
from newsletter.composer.markup import write_inner
from newsletter.models import Message

__all__ = ["add_note"]

_BODY = re.compile(r"<body\b[^>]*>")
_STYLE = "margin:0;padding:16px;background:#fff8d6;color:#1c1e21;font:14px/1.5 sans-serif"


def add_note(message: Message, title: str, lines: tuple[str, ...]) -> Message:
    """Return `message` with `title` before its subject, and `lines` at the top of its parts."""
    from lxml import etree

    holder = etree.Element("div")
    box = etree.SubElement(holder, "div", style=_STYLE)
    for line in lines:
        etree.SubElement(box, "p", style="margin:0 0 4px").text = _plain(line)
    note = write_inner(holder)
    start = _BODY.search(message.html)
    at = start.end() if start else 0
    text = "\n".join([merge.inert_text(_plain(line)) for line in lines])
    return replace(
        message,
        subject=f"{merge.inert_text(title)}: {message.subject}",
        html=f"{message.html[:at]}{note}{message.html[at:]}",
        text=f"{text}\n\n{'-' * 40}\n\n{message.text}",
    )


def _plain(line: str) -> str:
    """Return `line` with nothing in it that cannot be shown."""
    return " ".join("".join(char if char.isprintable() else " " for char in line).split())
