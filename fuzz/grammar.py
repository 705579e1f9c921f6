"""Make inputs: seeds with changes that mean something, and whole new documents; chance is a seeded `random.Random`."""

import json
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

__all__ = ["LARGEST", "PIECES", "Change", "Make", "altered", "changed", "documents", "mutated"]

LARGEST = 200_000
"""Bytes that an input may have."""

Make = Callable[[Random], bytes]
"""Makes an input."""

Change = tuple[str, int, int, bytes]
"""Its kind, where (of 1000), how much, and a piece."""

_KINDS = ("insert", "insert", "replace", "delete", "double", "many", "flip", "cut")

PIECES = (
    b"\0", b"\n", b"\r", b"\r\n", b'"', b"'", b"\\", b"<", b">", b"&", b"%", b"{", b"}", b"{{", b"{%", b"[", b"]",
    b"(", b"@", b"#", b",", b":", b"=", b" ", b"\t", b"\xff", b"\x80", b"\xed\xa0\x80", b"\xef\xbb\xbf",
    b"\xe2\x80\xae",
    b"\xcc\x81", b"\\ud800", b"\\u0000", b"%00", b"%%", b"<!--", b"-->", b"<style>", b"]]>", b"=?utf-8?q?=0A?=",
    b"0", b"-1", b"1e999", b"nan", b"0x" + b"f" * 4000, b"9" * 5000, b"\xd9\xa1", b"9999-12-31", b"0001-01-01",
    b"null", b"true", b"[]", b"{}", b'""', b"../", b"/", b"//", b"xn--", b"javascript:",
)  # fmt: skip
"""What is odd nearly everywhere."""


def changed(data: bytes, changes: Sequence[Change]) -> bytes:
    """Apply changes to an input, one after the other."""
    for kind, where, size, piece in changes:
        start = len(data) * (where % 1001) // 1000
        head, part, tail = data[:start], data[start : start + size], data[start + size :]
        match kind:
            case "insert":
                data = head + piece + part + tail
            case "replace":
                data = head + piece + tail
            case "delete":
                data = head + tail
            case "double":
                data = head + part + part + tail
            case "many":
                data = head + (piece or part) * (size * 50) + part + tail
            case "flip":
                data = head + bytes(byte ^ 1 << size % 8 for byte in part[:1]) + part[1:] + tail
            case "cut":
                data = head or data
        data = data[:LARGEST]
    return data


def mutated(chance: Random, seed: bytes, words: Sequence[bytes]) -> bytes:
    """Make a few changes to a seed."""
    pieces = words if words and chance.random() < 0.5 else PIECES
    changes = [
        (chance.choice(_KINDS), chance.randrange(1001), int(60 * chance.random() ** 2), _piece(chance, pieces))
        for _ in range(chance.randint(1, 5))
    ]
    return changed(seed, changes)


def _piece(chance: Random, pieces: Sequence[bytes]) -> bytes:
    return chance.choice(pieces) if chance.random() < 0.8 else chance.randbytes(chance.randint(1, 6))


def documents(keys: Sequence[str], *, values: Sequence[str] = (), form: str = "json") -> Make:
    """Make documents with these keys, and `values` that are written as they are: TOML, YAML or JSON."""
    odd = (*values, *values, "1e999", "-0", "9" * 5000, "0x" + "f" * 4000, "true", "null", "[]", "{}", '""')
    sign = " = " if form == "toml" else ": "

    def pair(chance: Random, depth: int) -> str:
        key = chance.choice(keys) if chance.random() < 0.9 else _text(chance)
        return (json.dumps(key) if form == "json" else key) + sign + value(chance, depth)

    def value(chance: Random, depth: int) -> str:
        count = chance.randint(0, 3)
        match chance.randrange(10 if depth < 4 else 8):
            case 9:
                return f"[{', '.join(value(chance, depth + 1) for _ in range(count))}]"
            case 8:
                return f"{{{', '.join(pair(chance, depth + 1) for _ in range(count))}}}"
            case 6 | 7:
                return json.dumps(_text(chance), ensure_ascii=chance.random() < 0.5)
            case 5:
                return str(chance.randint(-(1 << chance.randint(1, 70)), 1 << chance.randint(1, 70)))
            case _:
                return chance.choice(odd)

    def make(chance: Random) -> bytes:
        pairs = [pair(chance, 0) for _ in range(chance.randint(0, 8))]
        return _encoded(f"{{{', '.join(pairs)}}}" if form == "json" else "\n".join(pairs) + "\n")

    return make


def altered(document: bytes) -> Make:
    """Make a JSON document in which one to three values, at any depth, are other ones or gone."""

    def make(chance: Random) -> bytes:
        made = json.loads(document)
        for _ in range(chance.randint(1, 3)):
            if places := list(_places(made)):
                holder, key = chance.choice(places)
                holder[key] = chance.choice(_VALUES)
                if chance.random() < 0.2:
                    del holder[key]
        return json.dumps(made).encode()

    return make


_VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    1 << 200,
    "",
    "a",
    "\0",
    "\ud800",
    "../x",
    "/x",
    "9999-12-31",
    [],
    {},
    [{}],
    {"a": 1},
)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each place of a document: what holds it, and its key or number there."""
    if not isinstance(value, dict | list):
        return
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, key
        yield from _places(value[key])


def _text(chance: Random) -> str:
    """Make a short text of any characters, more often of those that need care."""
    kinds = ((0x20, 0x7E), (0x20, 0x7E), (0, 0x1F), (0x80, 0x2FF), (0x2000, 0x206F), (0xD800, 0xDFFF), (0, 0x10FFFF))
    return "".join(chr(chance.randint(*chance.choice(kinds))) for _ in range(chance.randint(0, 12)))


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
