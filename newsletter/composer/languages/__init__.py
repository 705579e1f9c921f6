"""Fixed phrases and dates in the newsletter's language: one file per language, named by the first part of its tag."""

import importlib
import pkgutil
from functools import cache

from newsletter.composer.languages.language import Language
from newsletter.language_tags import split_tag

__all__ = ["Language", "available", "direction", "load_language"]

_RIGHT_TO_LEFT_SCRIPTS = frozenset({"adlm", "arab", "aran", "hebr", "mand", "nkoo", "rohg", "syrc", "thaa"})
_FALLBACK = "en"


def available() -> tuple[str, ...]:
    """Return the tags of the languages with phrases, sorted."""
    return tuple(sorted(name for _, name, _ in pkgutil.iter_modules(__path__) if name != "language"))


def load_language(tag: str) -> Language:
    """Return the phrases of a language tag such as ``de`` or ``de-AT``; English if there are none for it."""
    primary = split_tag(tag)[0]
    name = primary if primary in available() else _FALLBACK
    language = importlib.import_module(f"{__name__}.{name}").LANGUAGE
    assert isinstance(language, Language)
    return language


def direction(tag: str) -> str:
    """Return a language's direction, ``ltr`` or ``rtl``; a script in the tag (``uz-Arab``) takes precedence."""
    primary, *rest = split_tag(tag)
    scripts = [part for part in rest if len(part) == 4 and part.isalpha()]
    if scripts:
        return "rtl" if scripts[0] in _RIGHT_TO_LEFT_SCRIPTS else "ltr"
    return _direction(primary)


@cache
def _direction(language: str) -> str:
    from babel import Locale, UnknownLocaleError

    try:
        return str(Locale.parse(language).text_direction)
    except (UnknownLocaleError, ValueError):
        return "ltr"
