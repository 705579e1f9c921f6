"""Find a pending article whose file was moved, by the key in its first bytes.

Publishing is often a move: out of ``drafts/`` into ``posts/``. The key stays the same. It is searched for only if a
pending article is no longer at its path, so that a usual run does no extra work.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from newsletter.selector.archive import Archive

__all__ = ["find_moved"]

Tells = Callable[[bytes], bool]


def find_moved(waiting: Mapping[str, str], archives: Sequence[Archive]) -> Tells | None:
    """Return a test of a file's first bytes: whether it is one of `waiting` (key: path) that was moved.

    None if all are at their paths. An article whose key is its path becomes another article when it is moved.
    """
    lost = [key for key, path in waiting.items() if not (key.endswith(path) or _is_there(key, path, archives))]
    return _tells(lost) if lost else None


def _is_there(key: str, path: str, archives: Iterable[Archive]) -> bool:
    return any(map(_tells([key]), (archive.head(path) for archive in archives)))


def _tells(keys: Sequence[str]) -> Tells:
    """Return a function that returns whether one of `keys` occurs literally in bytes of front matter."""
    texts = [key.encode() for key in keys]
    values = b"|".join(map(re.escape, texts))
    line = re.compile(
        rb"""(?<![\w-])(?i:article_id|url)["']?[ \t]*[=:][ \t]*["']?(?:%s)["']?[ \t\r]*(?:[\n,#}]|\Z)""" % values
    )
    # Searching for the text first is ten times as fast as matching, and almost always enough.
    return lambda head: any(text in head for text in texts) and line.search(head) is not None
