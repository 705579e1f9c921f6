"""Match paths with the patterns of ``cascade``: ``*`` in a folder, ``**`` across folders, ``?``, ``[a-z]``, ``{a,b}``.

Patterns and paths are foreign, so that they are compared step by step, all ways at once: the time is at most the
product of their lengths, which are bounded.
"""

from collections.abc import Iterator

__all__ = ["matches"]

_LONGEST = 500  # characters of a pattern, and of a path
_MOST_WAYS = 64  # of the alternatives in braces
_Token = tuple[str, str]


def matches(pattern: str, path: str) -> bool:
    """Return whether a path is one that a pattern means; both are compared in small letters."""
    if len(pattern) > _LONGEST or len(path) > _LONGEST:
        return False
    return any(_is_match(list(_tokens(way)), path.lower()) for way in _ways(pattern.lower()))


def _ways(pattern: str) -> list[str]:
    """Return a pattern without braces, once for each of their alternatives."""
    ways = [pattern]
    done: list[str] = []
    while ways and len(ways) + len(done) <= _MOST_WAYS:
        way = ways.pop()
        close = way.find("}")
        open_ = way.rfind("{", 0, close)
        if close < 0 or open_ < 0:
            done.append(way)
        else:
            ways += [way[:open_] + one + way[close + 1 :] for one in way[open_ + 1 : close].split(",")]
    return done


def _tokens(pattern: str) -> Iterator[_Token]:
    at = 0
    while at < len(pattern):
        one = pattern[at]
        close = pattern.find("]", at + 2)
        if pattern.startswith("**", at):
            yield "all", ""
            at += 2
        elif one == "[" and close > 0:
            yield "set", pattern[at + 1 : close]
            at = close + 1
        else:
            yield {"*": ("step", ""), "?": ("any", "")}.get(one, ("one", one))
            at += 1


def _is_match(tokens: list[_Token], path: str) -> bool:
    states = _free({0}, tokens)
    for one in path:
        following = set()
        for state in states:
            kind, text = tokens[state] if state < len(tokens) else ("end", "")
            if kind == "all" or (kind == "step" and one != "/"):
                following.add(state)
            elif (
                (kind == "one" and one == text) or (kind == "any" and one != "/") or (kind == "set" and _in(one, text))
            ):
                following.add(state + 1)
        states = _free(following, tokens)
    return len(tokens) in states


def _free(states: set[int], tokens: list[_Token]) -> set[int]:
    """Add to the states those that follow without a character."""
    reached = set(states)
    for state in states:
        at = state
        while at < len(tokens) and tokens[at][0] in ("all", "step"):
            at += 1
            reached.add(at)
    return reached


def _in(one: str, text: str) -> bool:
    """Return whether a character is of a set like ``a-z`` or ``!0-9``."""
    wanted = not text.startswith(("!", "^"))
    text = text if wanted else text[1:]
    ranges = [text[at : at + 3] for at in range(len(text)) if text[at + 1 : at + 2] == "-"]
    return (one in text or any(len(each) == 3 and each[0] <= one <= each[2] for each in ranges)) == wanted
