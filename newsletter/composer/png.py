"""Write black and white PNG files: codes need no more, and importing Pillow costs more than drawing 20 codes."""

import struct
import zlib
from collections.abc import Iterator, Sequence

__all__ = ["read_bilevel_png", "write_bilevel_png"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def write_bilevel_png(rows: Sequence[bytes | bytearray], scale: int, margin: int = 0) -> bytes:
    """Return `rows` of bytes (1 is black, 0 white) as a PNG, each drawn as `scale` x `scale` opaque pixels of one bit.

    `margin` is the number of white pixels around them.
    """
    width, height = len(rows[0]) * scale + 2 * margin, len(rows) * scale + 2 * margin
    blank = _line("1" * width) * margin
    lines = blank + b"".join(_line(_pixels(row, scale, margin)) * scale for row in rows) + blank
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(lines)) + _chunk(b"IEND", b"")


def read_bilevel_png(content: bytes) -> list[str]:
    """Read the output of `write_bilevel_png`, one string per row with "0" for black; [] for any other file."""
    try:
        width, height, *kind = struct.unpack(">IIBBBBB", content[16:29])
        lines = zlib.decompress(b"".join(_data(content)))
    except (struct.error, zlib.error):
        return []
    stride = 1 + (width + 7) // 8
    if kind != [1, 0, 0, 0, 0] or b"tRNS" in content or len(lines) != stride * height or any(lines[::stride]):
        return []
    rows = (lines[start + 1 : start + stride] for start in range(0, len(lines), stride))
    return [f"{int.from_bytes(row, 'big'):0{len(row) * 8}b}"[:width] for row in rows]


def _data(content: bytes) -> Iterator[bytes]:
    """Yield the compressed pixels of all chunks; struct.error if one is cut off."""
    position = len(_SIGNATURE)
    while position < len(content):
        length, kind = struct.unpack(">I4s", content[position : position + 8])
        if kind == b"IDAT":
            yield content[position + 8 : position + 8 + length]
        position += length + 12


def _pixels(row: bytes | bytearray, scale: int, margin: int) -> str:
    side = "1" * margin
    return side + "".join("0" * scale if module else "1" * scale for module in row) + side


def _line(bits: str) -> bytes:
    bits += "0" * (-len(bits) % 8)
    return b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
