"""Split text into what readers see as characters (grapheme clusters, UAX 29): a flag or a family is one."""

import re
from collections.abc import Iterator

__all__ = ["characters"]

# Latin letters, spaces, dashes, quotation marks: each is a character by itself, as long as no other kind follows.
_SINGLE = re.compile("[\x20-\x7e\xa0-\xac\xae-\u02ff\u2000-\u200a\u2010-\u2027\u202f-\u205f\u20a0-\u20cf]*")


def characters(text: str) -> Iterator[str]:
    """Yield what readers see as characters."""
    if _SINGLE.fullmatch(text):
        yield from text
        return
    import regex  # a slow import that only other scripts need

    for match in regex.finditer(r"\X", text):
        yield match[0]
