"""Helpers for messages of several modules."""

from collections.abc import Iterable

__all__ = ["closest", "counted"]


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 request``, ``1,200 requests``, ``2 addresses``."""
    ending = "es" if noun.endswith(("s", "ch")) else "s"
    return f"{number:,} {noun}{'' if number == 1 else ending}"


def closest(word: str, known: Iterable[str]) -> str:
    """Return the one of `known` that was probably meant by `word`; "" if none is similar."""
    import difflib  # needed only after a typing error

    return next(iter(difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)), "")
