"""Convert pictures to PNG or JPEG, which every mail program shows, at twice their displayed size; read QR codes.

Only this module needs Pillow and zxing-cpp. It runs in the process that `decoder` starts, since the cost of a picture
is known only once it is decoded; the bounds here depend only on its first bytes, so they are the same everywhere.
"""

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from newsletter.composer import colours

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["BrokenPictureError", "FittedPicture", "fit_picture", "read_code"]

# Bytes per pixel while decoding and resizing: JPEG 3, of which a fraction is decoded, WebP and AVIF 16 with
# the copies their decoders make, the others 8. The memory of the decoder is enough for these.
_MOST_PIXELS = {"JPEG": 120_000_000, "WEBP": 10_000_000, "AVIF": 10_000_000}
_MOST_PIXELS_OTHERS = 15_000_000
_MOST_PIXELS_PROGRESSIVE = 50_000_000  # of a JPEG whose scans are all kept until the last is read
_OPAQUE = 255
_FEW_COLOURS = 1024  # that a palette of 256 shows without steps
_HEAVY = 400_000  # bytes of a PNG; what would be larger becomes a JPEG
_MOST_FRAMES, _MOST_MOVED, _HEAVY_MOVED = 100, 12_000_000, 1_000_000  # of an animation: frames, their pixels, bytes
_MOST_SIDE = 20_000  # pixels
_MOST_ASPECT = 20  # of the longer side to the shorter one
_MOST_SCANS = 32  # of a JPEG; cameras and programs write 10, and each costs as much as a complete picture
_LARGE = 10_000_000  # pixels from which a JPEG is decoded at a half, a quarter or an eighth of its size
_CODE_SIDE = 1500  # pixels; a larger picture of a code is read from a copy of this size
_CODE_BYTES = 2000  # a code holds no more than 2,953
_QUALITY = 82
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "AVIF", "BMP", "TIFF")
_TEXTS = (
    (re.compile(rb"<!doctype html|<html[\s>]", re.IGNORECASE), "a web page"),
    (re.compile(rb"<svg[\s>]", re.IGNORECASE), "SVG"),
)


class BrokenPictureError(Exception):
    """Bytes that are not a picture, or that are too large or not the expected kind of picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedPicture:
    """A picture ready to be embedded; `width` and `height` are in pixels, `note` says what of it is not shown."""

    content: bytes = field(repr=False)
    mime_type: str
    width: int
    height: int
    note: str = ""


@contextmanager
def _foreign() -> Iterator[None]:
    """Turn any error that Pillow raises for a picture into BrokenPictureError.

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
    """Return a picture at most `width` pixels wide: JPEG for photographs, PNG for few colours or transparency.

    What is taller than `width` x `height` is cropped to that shape; with `exact`, what is wider as well. Transparent
    pixels get the colour `ground`, if it is given. Colours are those of sRGB. An animated GIF stays one within its
    bounds, unless it has to be cropped. Raises BrokenPictureError.
    """
    picture = _open(content, 2 * width)
    still = ""
    if picture.format == "GIF" and getattr(picture, "is_animated", False):
        whole = not height or _crop(picture, width / height, exact=exact).size == picture.size
        if whole and (animation := _fit_animation(picture, content, width)):
            return animation
        still = "of its frames only the first is shown: it is cropped, or has too many or too large ones"
    picture = colours.in_eight_bits(picture)
    graphic = picture.mode in ("1", "P", "PA") or picture.mode == "LA"
    if picture.mode in ("1", "P", "PA", "LA", "L") or "transparency" in picture.info:
        profile = picture.info.get("icc_profile") if picture.mode == "L" else None
        picture = picture if profile else picture.convert("RGBA" if _is_clear(picture) else "RGB")
    if height:
        picture = _crop(picture, width / height, exact=exact)
    picture = colours.in_srgb(_resized(picture, width))
    if picture.mode == "RGBA" and picture.getchannel("A").getextrema()[0] == _OPAQUE:
        picture = picture.convert("RGB")
    if picture.mode == "RGBA" and ground:
        picture = _on(ground, picture)
    return _saved(picture, graphic=graphic, note=still)


def _is_clear(picture: "Image") -> bool:
    return "A" in picture.mode or "transparency" in picture.info


def _resized(picture: "Image", width: int) -> "Image":
    if picture.width <= width:
        return picture
    info = picture.info
    smaller = picture.resize((width, max(1, round(picture.height * width / picture.width))))
    smaller.info = info
    return smaller


def _saved(picture: "Image", *, graphic: bool, note: str) -> FittedPicture:
    """Save a picture as what suits it: a palette only where there are few colours, or were in its file."""
    if picture.mode == "RGBA" or graphic:
        few = graphic or picture.getcolors(_FEW_COLOURS) is not None
        content = _written(picture.quantize(256) if few else picture, "PNG", optimize=few)
        if len(content) <= _HEAVY:
            return _fitted(picture, content, "image/png", note)
        picture = _on("white", picture) if picture.mode == "RGBA" else picture
    content = _written(picture.convert("RGB"), "JPEG", quality=_QUALITY, optimize=True, progressive=True)
    return _fitted(picture, content, "image/jpeg", note)


def _written(picture: "Image", kind: str, **options: Any) -> bytes:
    saved = io.BytesIO()
    picture.info = {}
    picture.save(saved, kind, **options)
    return saved.getvalue()


def _fitted(picture: "Image", content: bytes, mime_type: str, note: str) -> FittedPicture:
    return FittedPicture(content=content, mime_type=mime_type, width=picture.width, height=picture.height, note=note)


def _fit_animation(picture: "Image", content: bytes, width: int) -> FittedPicture | None:
    """Return an animated GIF at most `width` pixels wide, None where it has more than its share of frames or bytes."""
    frames = int(getattr(picture, "n_frames", 1))
    if frames > _MOST_FRAMES or frames * picture.width * picture.height > _MOST_MOVED or len(content) > _HEAVY_MOVED:
        return None
    durations = []
    moved = []
    for number in range(frames):
        picture.seek(number)
        durations.append(max(20, int(picture.info.get("duration", 100))))
        moved.append(_resized(picture.convert("RGBA"), width))
    if moved[0].size != picture.size:
        options = {
            "append_images": moved[1:],
            "duration": durations,
            "loop": picture.info.get("loop", 0),
            "disposal": 2,
        }
        content = _written(moved[0], "GIF", save_all=True, **options)
        if len(content) > _HEAVY_MOVED:
            return None
    return _fitted(moved[0], content, "image/gif", "")


@_foreign()
def read_code(content: bytes) -> str:
    """Return the text of the one QR code that a picture shows; BrokenPictureError if there is none, or several."""
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
    """Return a picture on a background colour."""
    from PIL import Image

    ground = Image.new("RGBA", picture.size, colour)
    ground.alpha_composite(picture)
    return ground


def _open(content: bytes, wanted: int) -> "Image":
    """Decode a picture and turn it upright; a large JPEG may be reduced to sides of `wanted` pixels or more."""
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
    return f"it is {kind}, not a raster image" if kind else "it is not a picture of a known kind"


def _refuse_costly(picture: "Image", content: bytes) -> None:
    """Refuse a picture that is too large, too narrow, or has too many scans."""
    most = _MOST_PIXELS.get(picture.format or "", _MOST_PIXELS_OTHERS)
    if picture.info.get("progressive"):
        most = min(most, _MOST_PIXELS_PROGRESSIVE)
    short, long = sorted(picture.size)
    if long > _MOST_SIDE:
        raise BrokenPictureError(f"a side has more than {_MOST_SIDE:,} pixels")
    if short * long > most:
        raise BrokenPictureError(f"more than {most:,} pixels")
    if long > _MOST_ASPECT * short:
        raise BrokenPictureError(f"one side is more than {_MOST_ASPECT} times as long as the other")
    if picture.format == "JPEG" and content.count(b"\xff\xda") > _MOST_SCANS:  # in pixels, 00 comes after ff
        raise BrokenPictureError(f"more than {_MOST_SCANS} scans")
