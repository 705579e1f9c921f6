"""Fixed words and dates in the newsletter's language: one file a language, picked by its tag.

To add a language, copy `en.py`, translate it, and give it the tag's first part as its name.
"""

import importlib
import pkgutil

from newsletter.composer.languages.words import Language
from newsletter.language_tags import split_tag

__all__ = ["Language", "available", "direction", "load_language"]

_RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "ps", "sd", "ug", "ur", "yi"})
_RIGHT_TO_LEFT_SCRIPTS = frozenset({"adlm", "arab", "aran", "hebr", "mand", "nkoo", "rohg", "syrc", "thaa"})
_FALLBACK = "en"


def available() -> tuple[str, ...]:
    """List the languages there are words for, sorted."""
    return tuple(sorted(name for _, name, _ in pkgutil.iter_modules(__path__) if name != "words"))


def load_language(tag: str) -> Language:
    """Give the words of a language tag such as ``de`` or ``de-AT``; English where there are none for it."""
    primary = split_tag(tag)[0]
    name = primary if primary in available() else _FALLBACK
    language = importlib.import_module(f"{__name__}.{name}").LANGUAGE
    assert isinstance(language, Language)
    return language


def direction(tag: str) -> str:
    """Tell how a language tag is written: ``ltr`` or ``rtl``; a script in the tag (``uz-Arab``) decides before it."""
    primary, *rest = split_tag(tag)
    scripts = [part for part in rest if len(part) == 4 and part.isalpha()]
    right_to_left = scripts[0] in _RIGHT_TO_LEFT_SCRIPTS if scripts else primary in _RIGHT_TO_LEFT
    return "rtl" if right_to_left else "ltr"
