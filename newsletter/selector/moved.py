"""Know an article that waits for its publication again where its file was moved meanwhile, by the key in its head.

Publishing is often a move: out of ``drafts/`` into ``posts/``. The key stays, and it is looked for only where something
that waits is no longer at its path, so that a usual run asks nothing more of a file.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from newsletter.selector.archive import Archive

__all__ = ["find_moved"]

Tells = Callable[[bytes], bool]


def find_moved(waiting: Mapping[str, str], archives: Sequence[Archive]) -> Tells | None:
    """Return a test of a file's first bytes: is it one of `waiting` (key: path) that has left its path.

    None where all are at their paths. An article whose key is its path cannot be known again: moved, it is another.
    """
    lost = [key for key, path in waiting.items() if not (key.endswith(path) or _is_there(key, path, archives))]
    return _tells(lost) if lost else None


def _is_there(key: str, path: str, archives: Iterable[Archive]) -> bool:
    return any(map(_tells([key]), (archive.head(path) for archive in archives)))


def _tells(keys: Sequence[str]) -> Tells:
    """Make what tells whether one of `keys` stands in some bytes of front matter, spelled as it is."""
    texts = [key.encode() for key in keys]
    values = b"|".join(map(re.escape, texts))
    line = re.compile(
        rb"""(?<![\w-])(?i:article_id|url)["']?[ \t]*[=:][ \t]*["']?(?:%s)["']?[ \t\r]*(?:[\n,#}]|\Z)""" % values
    )
    # Looking for the text first is ten times as fast as matching, and as good as always enough.
    return lambda head: any(text in head for text in texts) and line.search(head) is not None
