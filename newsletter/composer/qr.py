"""QR codes that two decoders read from a screenshot of the email: opaque, with a quiet zone, in whole pixels."""

from dataclasses import dataclass

from newsletter.composer.png import write_bilevel_png

__all__ = ["CODE_WIDTH", "QrCode", "draw_code"]

CODE_WIDTH = 184  # px there are for a code beside a story
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
    code = segno.make(target, error=level, micro=False, boost_error=False, mask=_MASK)
    modules = len(code.matrix) + 2 * _QUIET
    scale = 4 if modules * 4 <= CODE_WIDTH else 3
    return QrCode(png=write_bilevel_png(_with_quiet_zone(code.matrix), 2 * scale), width=modules * scale)


def _with_quiet_zone(matrix: tuple[bytearray, ...]) -> list[bytes]:
    side = bytes(_QUIET)
    blank = [bytes(len(matrix) + 2 * _QUIET)] * _QUIET
    return [*blank, *(side + bytes(row) + side for row in matrix), *blank]
