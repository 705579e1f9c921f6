"""Draw QR codes that decoders can read from a screenshot of the email: opaque, with a quiet zone, in whole pixels."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt

from newsletter.composer.png import write_bilevel_png

__all__ = ["CAPACITIES", "COLUMN", "MOST_BYTES", "QrCode", "draw_codes", "size"]

COLUMN = 184  # px available for a code beside a story's text
MOST_BYTES = 2953  # that the largest code holds
_ROOMY = 132  # px up to which a code is drawn in four pixels a module: it still fits beside a button on a phone
_QUIET = 4  # modules; required by the standard, and decoders fail without them
_LONG = 100  # bytes from which error level L keeps the modules large
# Bytes that fit into a code of each version from 1, by error level; nothing larger than version 9 fits into the column.
CAPACITIES = {"l": (17, 32, 53, 78, 106, 134, 154, 192, 230), "m": (14, 26, 42, 62, 84, 106, 122, 152, 180)}
_MASK = 0  # any mask is valid
_UTF_8 = 2  # bytes of the mark (ECI) that says that a text is UTF-8; plain ASCII needs none
_DARK = bytes.maketrans(b"\x00\xff", b"\x01\x00")

_Modules = Sequence[bytes]  # rows of 1 for dark and 0 for light, without a quiet zone


@dataclass(frozen=True, slots=True, kw_only=True)
class QrCode:
    """A code as a PNG at twice its displayed size; `width` is the displayed one in pixels."""

    png: bytes
    width: int


def draw_codes(targets: Sequence[str]) -> list[QrCode]:
    """Draw codes for addresses, all of one size.

    All have the size of the largest one that fits into `COLUMN`; codes that do not fit are as large as necessary.
    """
    version = max(map(_version, targets), default=0)
    return [_draw(_modules(target, version), 17 + 4 * version) for target in targets]


def size(target: str) -> int:
    """Return how many bytes a text takes in a code."""
    return len(target.encode()) + (0 if target.isascii() else _UTF_8)


def _version(target: str) -> int:
    """Return the version (17 + 4 x version modules wide) that a code needs, 0 if none fits into the column."""
    version = 1 + bisect_left(CAPACITIES[_level(target)], size(target))
    return version if version <= len(CAPACITIES["l"]) else 0


def _level(target: str) -> str:
    return "l" if size(target) > _LONG else "m"


def _modules(target: str, version: int) -> _Modules:
    import zxingcpp

    options = {"ecLevel": _level(target), "dataMask": _MASK}  # the level is raised where the version has room for it
    if version and _version(target):
        options["version"] = version
    if not target.isascii():
        options["eci"] = "UTF-8"
    listed = ",".join(f"{name}={value}" for name, value in options.items())
    code = zxingcpp.create_barcode(target, zxingcpp.BarcodeFormat.QRCode, options=listed)
    image = code.to_image(scale=1, add_quiet_zones=False)
    content = bytes(image).translate(_DARK)  # type: ignore[call-overload]  # it is a buffer
    side = isqrt(len(content))
    return [content[start : start + side] for start in range(0, side * side, side)]


def _draw(matrix: _Modules, modules: int) -> QrCode:
    """Draw a code in whole pixels, in the space of a code of `modules` modules with its quiet zone."""
    modules = max(modules, len(matrix)) + 2 * _QUIET
    scale = 4 if modules * 4 <= _ROOMY else 3
    width = modules * scale
    margin = width - len(matrix) * scale  # on each side: half of the rest, drawn at twice the size
    return QrCode(png=write_bilevel_png(matrix, 2 * scale, margin), width=width)
