"""Small words that several rooms need in what they say to a person."""

from collections.abc import Iterable

__all__ = ["closest", "counted"]


def counted(number: int, noun: str) -> str:
    """Write how many there are of something: ``1 request``, ``1,200 requests``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def closest(word: str, known: Iterable[str]) -> str:
    """Name the one of `known` that was probably meant by `word`; "" where none is like it."""
    import difflib  # only who mistyped something needs it

    return next(iter(difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)), "")
