"""Determine the language of a file: ``post.fr.md``, ``index.pt-br.md``, a folder ``fr/`` beside ``en/``."""

import re
from collections.abc import Callable, Collection

from newsletter.language_tags import same_language

__all__ = ["foreign_paths", "is_language", "split_suffix"]

_ISO_639_1 = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en"
    " eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv"
    " ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne"
    " ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st"
    " su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
_CODES = frozenset(_ISO_639_1.split())


def is_language(tag: str) -> bool:
    """Return whether `tag` looks like ``fr``, ``pt-BR`` or ``zh-Hans``: a two-letter code with or without a region."""
    match = re.fullmatch(r"([A-Za-z]{2})(?:[-_](?:[A-Za-z]{2}|[A-Za-z]{4}|\d{3}))?", tag)
    return bool(match) and tag[:2].lower() in _CODES


def split_suffix(stem: str) -> tuple[str, str]:
    """Split a file name without its ending, ``post.fr``, into (``post``, ``fr``); the language is "" without one."""
    name, dot, tag = stem.rpartition(".")
    return (name, tag) if dot and name and is_language(tag) else (stem, "")


def foreign_paths(
    paths: Collection[str], language: str, folders: Collection[str], exists: Callable[[str], bool]
) -> dict[str, str]:
    """Map each of `paths`, of one archive, that is a version in another language to the reason.

    `folders` are the archive's top-level folders, `exists` returns whether a path is a file of it. A folder ``fr/``
    is a language only with evidence: a folder of the newsletter's language beside it, or the same file
    outside it. Otherwise it may be a topic (``it``, ``uk``).
    """
    has_own_folder = any(is_language(name) and same_language(name, language) for name in folders)
    marks = {path: _marks(path, has_own_folder, exists) for path in paths}
    own = {page for page, tag in marks.values() if tag and same_language(tag, language)}
    foreign = {}
    for path, (page, tag) in marks.items():
        if tag and not same_language(tag, language):
            foreign[path] = tag
        elif not tag and page in own:
            foreign[path] = f"its version in {language} is beside it"
    return foreign


def _marks(path: str, has_own_folder: bool, exists: Callable[[str], bool]) -> tuple[str, str]:
    """Split a path into (the path without marks of a language, that language or "")."""
    folder, slash, file = path.rpartition("/")
    stem, dot, ending = file.rpartition(".")
    name, tag = split_suffix(stem)
    page = folder + slash + name + dot + ending
    first, _, rest = page.partition("/")
    if not tag and rest and is_language(first) and (has_own_folder or exists(rest)):
        return rest, first
    return page, tag
