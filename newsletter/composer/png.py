"""Write a black and white picture as a PNG file: a code needs no more, and Pillow's import costs more than 20 codes."""

import struct
import zlib
from collections.abc import Sequence

__all__ = ["write_bilevel_png"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def write_bilevel_png(rows: Sequence[bytes], scale: int) -> bytes:
    """Write `rows` of bytes (1 is black, 0 white), each drawn as `scale` x `scale` pixels, opaque, one bit a pixel."""
    lines = b"".join(_line(row, scale) * scale for row in rows)
    header = struct.pack(">IIBBBBB", len(rows[0]) * scale, len(rows) * scale, 1, 0, 0, 0, 0)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(lines, 9)) + _chunk(b"IEND", b"")


def _line(row: bytes, scale: int) -> bytes:
    bits = "".join("0" * scale if module else "1" * scale for module in row)
    bits += "0" * (-len(bits) % 8)
    return b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
