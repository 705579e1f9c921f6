"""Make pictures what every mail program shows: PNG or JPEG, at twice the size they are drawn in; read QR codes.

Only this module needs Pillow and zxing-cpp. It runs in the process that `decoder` starts, since what a picture costs
is known only once it is decoded; the bounds here refuse what can be told from its first bytes, the same everywhere.
"""

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["BrokenPictureError", "FittedPicture", "fit_picture", "read_code"]

# Bytes that a pixel takes while it is decoded and resized: JPEG 3 of which a fraction is decoded, WebP and AVIF 16 with
# the copies their decoders make, the others 8. The memory of the decoder is enough for these.
_MOST_PIXELS = {"JPEG": 40_000_000, "WEBP": 10_000_000, "AVIF": 10_000_000}
_MOST_PIXELS_OTHERS = 15_000_000
_MOST_SIDE = 20_000  # pixels
_MOST_ASPECT = 20  # of the longer side to the shorter one
_MOST_SCANS = 32  # of a JPEG; cameras and programs write 10, and each costs as much as a whole picture
_LARGE = 10_000_000  # pixels from which a JPEG is decoded in a half, a quarter or an eighth of its size
_CODE_SIDE = 1500  # pixels; a larger picture of a code is read from a copy of this size
_CODE_BYTES = 2000  # a code holds no more than 2,953
_QUALITY = 82
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "AVIF", "BMP", "TIFF")
_TEXTS = (
    (re.compile(rb"<!doctype html|<html[\s>]", re.IGNORECASE), "a web page"),
    (re.compile(rb"<svg[\s>]", re.IGNORECASE), "SVG"),
)


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
    EXIF block, OSError for a JPEG taller than the format allows. Their words are not repeated: they may hold the
    address of an object in memory, and differ between versions.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except BrokenPictureError:
        raise
    except MemoryError as error:
        raise BrokenPictureError("decoding it takes too much memory") from error
    except Exception as error:
        raise BrokenPictureError("it is damaged, cut off or too large to decode") from error


@_foreign()
def fit_picture(content: bytes, width: int, ground: str = "", *, height: int = 0, exact: bool = False) -> FittedPicture:
    """Make a picture at most `width` pixels wide: JPEG for photographs, PNG for few colours or transparency.

    What is taller than `width` x `height` is cropped to that shape; with `exact`, what is wider as well. What is
    transparent gets the colour `ground`, where one is given. Raises BrokenPictureError.
    """
    picture = _open(content, 2 * width)
    if height:
        picture = _crop(picture, width / height, exact=exact)
    graphic = picture.mode in ("1", "P", "LA", "PA") or "A" in picture.mode or "transparency" in picture.info
    mode = "RGBA" if graphic else "RGB"
    picture = picture if picture.mode == mode else picture.convert(mode)
    if picture.width > width:
        picture = picture.resize((width, max(1, round(picture.height * width / picture.width))))
    if graphic and ground:
        picture = _on(ground, picture)
    saved = io.BytesIO()
    if graphic:
        picture.quantize(256).save(saved, "PNG", optimize=True)
    else:
        picture.save(saved, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
    mime_type = "image/png" if graphic else "image/jpeg"
    return FittedPicture(content=saved.getvalue(), mime_type=mime_type, width=picture.width, height=picture.height)


@_foreign()
def read_code(content: bytes) -> str:
    """Return the text of the one QR code that a picture shows; BrokenPictureError where there is none, or several."""
    import zxingcpp

    picture = _open(content, _CODE_SIDE)
    picture.thumbnail((_CODE_SIDE, _CODE_SIDE))
    grey = _on("white", picture.convert("RGBA")).convert("L")
    pixels = memoryview(grey.tobytes()).cast("B", (grey.height, grey.width))
    texts = {code.text for code in zxingcpp.read_barcodes(pixels, formats=zxingcpp.BarcodeFormat.QRCode)}  # type: ignore[arg-type]
    if len(texts) != 1:
        raise BrokenPictureError("it shows several QR codes" if texts else "no QR code can be read in it")
    (text,) = texts
    if len(text.encode(errors="replace")) > _CODE_BYTES:
        raise BrokenPictureError(f"its QR code holds more than {_CODE_BYTES:,} bytes")
    return text


def _crop(picture: "Image", shape: float, *, exact: bool) -> "Image":
    """Cut a picture to `shape` (its width for a height of 1): the sides alike, but more below than above.

    What people look at, faces above all, is in the upper half of tall pictures.
    """
    width, height = picture.size
    if width < shape * height:
        kept = max(1, round(width / shape))
        top = (height - kept) // 3
        return picture.crop((0, top, width, top + kept))
    if exact:
        kept = max(1, round(height * shape))
        left = (width - kept) // 2
        return picture.crop((left, 0, left + kept, height))
    return picture


def _on(colour: str, picture: "Image") -> "Image":
    """Put a picture that may be transparent onto a colour."""
    from PIL import Image

    ground = Image.new("RGBA", picture.size, colour)
    ground.alpha_composite(picture)
    return ground


def _open(content: bytes, wanted: int) -> "Image":
    """Decode a picture and turn it upright; a large JPEG may come smaller, each side `wanted` pixels or more."""
    from PIL import AvifImagePlugin, Image, ImageOps, UnidentifiedImageError

    AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # each thread's stack counts as memory
    try:
        picture = Image.open(io.BytesIO(content), formats=_FORMATS)
    except UnidentifiedImageError as error:
        raise BrokenPictureError(_other_kind(content)) from error
    _refuse_costly(picture, content)
    if picture.format == "JPEG" and picture.width * picture.height > _LARGE:
        picture.draft(None, (wanted, wanted))
    ImageOps.exif_transpose(picture, in_place=True)
    picture.load()
    return picture


def _other_kind(content: bytes) -> str:
    kind = next((name for pattern, name in _TEXTS if pattern.search(content[:4096])), "")
    return f"it is {kind}, and not a picture of pixels" if kind else "it is not a picture of a known kind"


def _refuse_costly(picture: "Image", content: bytes) -> None:
    """Refuse a picture that is too large, too narrow, or has too many scans."""
    most = _MOST_PIXELS.get(picture.format or "", _MOST_PIXELS_OTHERS)
    short, long = sorted(picture.size)
    if long > _MOST_SIDE:
        raise BrokenPictureError(f"a side has more than {_MOST_SIDE:,} pixels")
    if short * long > most:
        raise BrokenPictureError(f"more than {most:,} pixels")
    if long > _MOST_ASPECT * short:
        raise BrokenPictureError(f"one side is more than {_MOST_ASPECT} times as long as the other")
    if picture.format == "JPEG" and content.count(b"\xff\xda") > _MOST_SCANS:  # in pixels, 00 comes after ff
        raise BrokenPictureError(f"more than {_MOST_SCANS} scans")
