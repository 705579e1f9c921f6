"""Carry merge tokens safely through templates and premailer, and make everything else in a message inert.

Templates write ``{{ merge.first_name }}``. What they put out is a placeholder of letters, digits and hyphens, which no
escaping and no URL rewriting changes; it holds a digest of the issue's content, so that no article can contain it.
At the very end, whatever looks like a token or a provider's tag is made inert, and then the placeholders become
tokens.
"""

import hashlib
import re
from collections.abc import Iterable

from newsletter import merge

__all__ = ["MERGE_MARK", "Merge", "Placeholders"]

_STYLE_BLOCK = re.compile(r"(<style\b[^>]*>.*?</style>)", re.DOTALL | re.IGNORECASE)
_TAG_MARK = re.compile(r"\{\{|\}\}|\{%|%\}|&lt;%|%&gt;")
_WORD_JOINER = "\u2060"
_FIELD = r"[A-Za-z_]\w*"
MERGE_MARK = re.compile(rf"\{{\{{\s*merge\.({_FIELD})\s*\}}\}}", re.ASCII)


class Merge:
    """What templates know as ``merge``: each item is the placeholder of the merge field of that name.

    It has no attributes, so that Jinja looks for items alone: a column may be called whatever Python's objects have.
    """

    def __init__(self, start: str) -> None:
        """Take what placeholders begin with."""
        self._start = start

    def __getattribute__(self, name: str) -> str:
        raise AttributeError(name)

    def __getitem__(self, field: str) -> str:
        if not re.fullmatch(_FIELD, field, re.ASCII):
            raise KeyError(field)
        return f"{object.__getattribute__(self, '_start')}{field}-end"

    def __str__(self) -> str:
        raise TypeError("merge is no field: name one, as in merge.first_name")


class Placeholders:
    """The placeholders of one issue; `fields` gives templates those of merge fields."""

    def __init__(self, content: Iterable[str]) -> None:
        """Derive the placeholders from the issue's `content`, which therefore cannot name one."""
        digest = hashlib.sha256("\0".join(content).encode()).hexdigest()
        self._start = f"merge-{digest[:16]}-"
        self._pattern = re.compile(rf"{self._start}({_FIELD})?-end", re.ASCII)
        self.fields = Merge(self._start)

    @property
    def unsubscribe_link(self) -> str:
        """Give the placeholder of the unsubscribe address."""
        return f"{self._start}-end"

    def mark(self, text: str) -> str:
        """Replace ``{{ merge.field }}`` in a person's text by placeholders."""
        return MERGE_MARK.sub(lambda match: self.fields[match[1]], text)

    def finish_html(self, markup: str, unsubscribe: str) -> str:
        """Turn finished HTML with placeholders into HTML with tokens, and nothing else that looks like one.

        `unsubscribe` is what stands for the unsubscribe address.
        """
        pieces = _STYLE_BLOCK.split(markup)
        pieces[::2] = (_TAG_MARK.sub(_as_references, merge.inert_html(piece)) for piece in pieces[::2])
        return self._fill("".join(pieces), "html", unsubscribe)

    def finish_text(self, text: str, unsubscribe: str) -> str:
        """Do the same for plain text."""
        text = _TAG_MARK.sub(lambda match: _WORD_JOINER.join(match[0]), merge.inert_text(text))
        return self._fill(text, "text", unsubscribe)

    def _fill(self, text: str, context: str, unsubscribe: str) -> str:
        return self._pattern.sub(lambda match: merge.token(context, match[1]) if match[1] else unsubscribe, text)


def _as_references(match: re.Match[str]) -> str:
    return "".join(f"&#{ord(char)};" if char in "{}%" else char for char in match[0])
