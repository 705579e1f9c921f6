"""Carry merge tokens safely through templates and premailer, and make everything else that looks like one inert.

Templates use ``{{ merge.first_name }}``. They output a placeholder of ASCII letters, digits and hyphens, which no
escaping or URL rewriting changes. It contains a digest of all texts by people, collected from the types
that hold them, so that no text can contain it. At the very end, everything that looks like a token or a tag is
made inert, and then the placeholders that templates requested become tokens.
"""

import dataclasses
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from newsletter import merge
from newsletter.composer.markup import write_page

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["MERGE_MARK", "Merge", "Placeholders"]

_FIELD = r"[A-Za-z_]\w*"
MERGE_MARK = re.compile(rf"\{{\{{\s*merge\.({_FIELD})\s*\}}\}}", re.ASCII)
_ADDRESSES = ("href", "src", "action")
_QUOTED = "url-"  # in a placeholder whose values are part of an address
Value = Callable[[str, str], str]  # what replaces the placeholder of (context, field)
_UNSUBSCRIBE = ""  # the field for the address, whatever the unsubscribe mode


class Merge:
    """The value of ``merge`` in templates: each item is the placeholder of the merge field of that name.

    It has no attributes, so that Jinja looks only for items: a column may have the name of any Python attribute.
    """

    def __init__(self, placeholder: Callable[[str], str]) -> None:
        """Keep the function that returns the placeholder of a field."""
        self._placeholder = placeholder

    def __getattribute__(self, name: str) -> str:
        raise AttributeError(name)

    def __getitem__(self, field: str) -> str:
        if not re.fullmatch(_FIELD, field, re.ASCII):
            raise KeyError(field)
        placeholder: str = object.__getattribute__(self, "_placeholder")(field)
        return placeholder

    def __str__(self) -> str:
        raise TypeError("merge is not a field: add its name, as in merge.first_name")


class Placeholders:
    """The placeholders of one issue; `fields` provides those of merge fields to templates."""

    def __init__(self, *content: object) -> None:
        """Derive the placeholders from all texts in the issue's `content`, which therefore cannot contain one."""
        digest = hashlib.sha256()
        for text in _texts(content):
            digest.update(text.encode(errors="surrogatepass") + b"\0")
        self._start = f"merge-{digest.hexdigest()[:24]}-"
        self._asked: dict[str, str] = {}  # field: placeholder
        self._linked: dict[str, str] = {}  # addresses of the page with placeholders: the same, to be quoted
        self.fields = Merge(self._placeholder)

    @property
    def unsubscribe_link(self) -> str:
        """Return the placeholder of the unsubscribe address."""
        return self._placeholder(_UNSUBSCRIBE)

    def mark(self, text: str) -> str:
        """Replace ``{{ merge.field }}`` in a person's text with placeholders."""
        return MERGE_MARK.sub(lambda match: self.fields[match[1]], text)

    def finish_html(self, page: "_Element", unsubscribe: str, value: Value = merge.token) -> str:
        """Return a page with placeholders as HTML with tokens, and nothing else that looks like one.

        `unsubscribe` replaces the placeholder of the unsubscribe address, and `value` gives what replaces that of a
        field in a context, by default its token.
        """
        for element in page.iter("*"):
            for name in _ADDRESSES:
                if self._start in (address := element.get(name, "")):
                    self._linked[address] = self._quoted(address)
                    element.set(name, self._linked[address])
        return self._fill(write_page(page), "html", unsubscribe, value)

    def finish_text(self, text: str, unsubscribe: str) -> str:
        """Do the same for plain text; only what the page links counts as an address, not what is glued to one."""
        for address, quoted in self._linked.items():
            text = text.replace(address, quoted)
        return self._fill(merge.inert_text(text), "text", unsubscribe)

    def for_everybody(self, text: str, defaults: Mapping[str, str]) -> str:
        """Return plain text with placeholders as everybody may read it: with the defaults of merge fields."""
        return self._fill(text, "text", "", lambda _, field: defaults.get(field, ""))

    def is_unsubscribe_link(self, address: str) -> bool:
        """Return whether an address of the page leads to where a reader unsubscribes."""
        return self.unsubscribe_link in address

    def _placeholder(self, field: str) -> str:
        return self._asked.setdefault(field, f"{self._start}{len(self._asked)}-end")

    def _quoted(self, address: str) -> str:
        """Mark the placeholders in an address: their values must be quoted. One that it begins with is all of it."""
        whole = self._start if address.startswith(self._start) else ""
        return whole + address.removeprefix(whole).replace(self._start, f"{self._start}{_QUOTED}")

    def _fill(self, text: str, context: str, unsubscribe: str, value: Value = merge.token) -> str:
        for field, placeholder in self._asked.items():
            own = field == _UNSUBSCRIBE
            quoted = placeholder.replace(self._start, f"{self._start}{_QUOTED}")
            text = text.replace(quoted, unsubscribe if own else value("url", field))
            text = text.replace(placeholder, unsubscribe if own else value(context, field))
        return text


def _texts(value: object) -> Iterator[str]:
    """Yield every text in `value`, including nested dataclasses, mappings and sequences."""
    if isinstance(value, str):
        yield value
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _texts(getattr(value, field.name))
    elif isinstance(value, Mapping):
        yield from _texts(tuple(value.items()))
    elif isinstance(value, Iterable) and not isinstance(value, bytes):
        for item in value:
            yield from _texts(item)
