"""QR codes that two decoders read from a screenshot of the email: opaque, with a quiet zone, in whole pixels."""

from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.composer.png import write_bilevel_png

__all__ = ["CODE_WIDTH", "QrCode", "draw_code", "draw_modules"]

CODE_WIDTH = 180  # px every code is shown in, long link or short, so that those of an issue look like one set
_QUIET = 4  # modules; the standard asks for them, and without them decoders fail
_LONG = 100  # bytes from which error level L keeps the modules large
_MASK = 0  # any mask is valid; trying all eight costs 8 ms a code, four fifths of its drawing


@dataclass(frozen=True, slots=True, kw_only=True)
class QrCode:
    """A code as a PNG at twice its displayed size; `width` is the displayed one in pixels."""

    png: bytes
    width: int


def draw_code(target: str) -> QrCode:
    """Draw the code of the address `target`: four pixels a module where it fits into `CODE_WIDTH`, else three."""
    import segno

    level = "l" if len(target.encode()) > _LONG else "m"
    return draw_modules(segno.make(target, error=level, micro=False, boost_error=False, mask=_MASK).matrix)


def draw_modules(matrix: Sequence[bytes | bytearray]) -> QrCode:
    """Draw the modules of a code (rows of 1 for dark and 0 for light, without a quiet zone).

    What whole pixels leave of `CODE_WIDTH` widens the quiet zone; a code too large for it is as wide as it must be.
    """
    modules = len(matrix) + 2 * _QUIET
    scale = 4 if modules * 4 <= CODE_WIDTH else 3
    width = max(CODE_WIDTH, modules * scale)
    margin = width - len(matrix) * scale  # on each side: half of what is left, drawn at twice the size
    return QrCode(png=write_bilevel_png(matrix, 2 * scale, margin), width=width)
