"""Match paths with the patterns of ``cascade``: ``*`` in a folder, ``**`` across folders, ``?``, ``[a-z]``, ``{a,b}``.

Patterns and paths are foreign, so that they are compared step by step, all ways at once: the places in a pattern that
have been reached are the bits of one number, and their lengths are bounded.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache

__all__ = ["matches"]

_LONGEST = 500  # characters of a pattern, and of a path
_MOST_WAYS = 64  # of the alternatives in braces
_LONGEST_WAYS = 5000  # characters of all of them together
_Token = tuple[str, str]


def matches(pattern: str, path: str) -> bool:
    """Return whether a path is one that a pattern means; both are compared in small letters."""
    if len(pattern) > _LONGEST or len(path) > _LONGEST:
        return False
    return any(_is_match(_program(way), path.lower()) for way in _ways(pattern.lower()))


def _ways(pattern: str) -> list[str]:
    """Return a pattern without braces, once for each of their alternatives."""
    ways = [pattern]
    done: list[str] = []
    most = min(_MOST_WAYS, _LONGEST_WAYS // max(1, len(pattern)))
    while ways and len(ways) + len(done) <= most:
        way = ways.pop()
        close = way.find("}")
        open_ = way.rfind("{", 0, close)
        if close < 0 or open_ < 0:
            done.append(way)
        else:
            ways += [way[:open_] + one + way[close + 1 :] for one in way[open_ + 1 : close].split(",")]
    return done


@lru_cache(maxsize=1000)
def _program(pattern: str) -> tuple[_Token, ...]:
    return tuple(_tokens(pattern))


def _tokens(pattern: str) -> Iterator[_Token]:
    at = 0
    while at < len(pattern):
        one = pattern[at]
        close = pattern.find("]", at + 2)
        if one == "*":
            end = at
            while pattern[end : end + 1] == "*":
                end += 1
            yield "all" if end - at > 1 else "step", ""
            at = end
        elif one == "[" and close > 0:
            yield "set", pattern[at + 1 : close]
            at = close + 1
        else:
            yield ("any", "") if one == "?" else ("one", one)
            at += 1


def _is_match(tokens: Sequence[_Token], path: str) -> bool:
    stars = sum(1 << at for at, (kind, _) in enumerate(tokens) if kind in ("all", "step"))
    steps: dict[str, tuple[int, int]] = {}
    states = 1 | (stars & 1) << 1
    for one in path:
        if one not in steps:
            steps[one] = _steps(tokens, one)
        onwards, staying = steps[one]
        states = (states & onwards) << 1 | states & staying
        states |= (states & stars) << 1  # no star is followed by another one
        if not states:
            return False
    return bool(states >> len(tokens))


def _steps(tokens: Sequence[_Token], one: str) -> tuple[int, int]:
    """Return the places from which a character leads to the next one, and those at which it stays."""
    onwards = staying = 0
    for at, (kind, text) in enumerate(tokens):
        if kind == "all" or (kind == "step" and one != "/"):
            staying |= 1 << at
        elif (kind == "one" and one == text) or (kind == "any" and one != "/") or (kind == "set" and _in(one, text)):
            onwards |= 1 << at
    return onwards, staying


def _in(one: str, text: str) -> bool:
    """Return whether a character is of a set like ``a-z`` or ``!0-9``."""
    wanted = not text.startswith(("!", "^"))
    text = text if wanted else text[1:]
    ranges = [text[at : at + 3] for at in range(len(text)) if text[at + 1 : at + 2] == "-"]
    return (one in text or any(len(each) == 3 and each[0] <= one <= each[2] for each in ranges)) == wanted
