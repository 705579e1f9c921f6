"""Make pictures what every mail program shows: PNG or JPEG, at twice the size they are drawn in.

Only this room needs Pillow, and only where a picture is embedded.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["BrokenPictureError", "FittedPicture", "fit_picture", "read_code"]

_MOST_PIXELS = 40_000_000
_QUALITY = 82
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "AVIF", "BMP", "TIFF")
_FINDER = ("1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111")


class BrokenPictureError(Exception):
    """Bytes that are not a picture, or one too large, or not the picture they should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedPicture:
    """A picture ready to travel; `width` and `height` are its pixels."""

    content: bytes = field(repr=False)
    mime_type: str
    width: int
    height: int


@contextmanager
def _foreign() -> Iterator[None]:
    """Take whatever a picture makes Pillow raise for a broken picture.

    Its decoders and encoders raise nearly everything: RuntimeError for a damaged AVIF, SyntaxError for a damaged
    EXIF block, OSError for a JPEG taller than the format allows.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except BrokenPictureError:
        raise
    except Exception as error:
        raise BrokenPictureError(f"not a picture: {str(error)[:80]}") from error


@_foreign()
def fit_picture(content: bytes, width: int, ground: str = "") -> FittedPicture:
    """Make a picture at most `width` pixels wide: JPEG for photographs, PNG for few colours or transparency.

    What is transparent gets the colour `ground`, where one is given. Raises BrokenPictureError.
    """
    picture = _open(content)
    graphic = picture.mode in ("1", "P", "LA", "PA") or "A" in picture.mode or "transparency" in picture.info
    picture = picture.convert("RGBA" if graphic else "RGB")
    if graphic and ground:
        picture = _on(ground, picture)
    if picture.width > width:
        picture = picture.resize((width, max(1, round(picture.height * width / picture.width))))
    saved = io.BytesIO()
    if graphic:
        picture.quantize(256).save(saved, "PNG", optimize=True)
    else:
        picture.save(saved, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
    mime_type = "image/png" if graphic else "image/jpeg"
    return FittedPicture(content=saved.getvalue(), mime_type=mime_type, width=picture.width, height=picture.height)


@_foreign()
def read_code(content: bytes) -> list[bytes]:
    """Read the modules of a QR code's picture, to be drawn anew: rows of 1 for dark and 0 for light.

    Raises BrokenPictureError where the picture is not a plain QR code.
    """
    from PIL import ImageOps

    picture = _on("white", _open(content).convert("RGBA"))
    dark = ImageOps.invert(picture.convert("L")).point(lambda value: 255 if value > 127 else 0)
    box = dark.getbbox()
    if box is None:
        raise BrokenPictureError("the picture is blank")
    rows = _modules(dark.crop(box))
    count = len(rows)
    corners = [rows[:7], rows[:7], rows[-7:]]
    starts = [0, count - 7, 0]
    for lines, start in zip(corners, starts, strict=True):
        if tuple("".join(map(str, line[start : start + 7])) for line in lines) != _FINDER:
            raise BrokenPictureError("the picture is not a plain QR code")
    return rows


def _modules(dark: "Image") -> list[bytes]:
    """Sample the middle of each module; the first run of dark pixels is the seven modules of a finder pattern."""
    line = dark.tobytes()[: dark.width]
    run = next((index for index, value in enumerate(line) if not value), 0)
    count = round(dark.width / (run / 7)) if run >= 7 else 0
    if not 21 <= count <= 177 or (count - 17) % 4 or abs(dark.width - dark.height) > max(2, run // 7):
        raise BrokenPictureError("the picture is not a plain QR code")
    across, down = dark.width / count, dark.height / count
    pixels = dark.load()
    assert pixels is not None
    return [
        bytes(1 if pixels[int((x + 0.5) * across), int((y + 0.5) * down)] else 0 for x in range(count))
        for y in range(count)
    ]


def _on(colour: str, picture: "Image") -> "Image":
    """Put a picture that may be transparent onto a colour."""
    from PIL import Image

    ground = Image.new("RGBA", picture.size, colour)
    ground.alpha_composite(picture)
    return ground


def _open(content: bytes) -> "Image":
    """Decode a picture and turn it upright."""
    from PIL import Image, ImageOps

    picture = Image.open(io.BytesIO(content), formats=_FORMATS)
    if picture.width * picture.height > _MOST_PIXELS:
        raise BrokenPictureError(f"more than {_MOST_PIXELS:,} pixels")
    return ImageOps.exif_transpose(picture)
