"""Bring a picture's colours to sRGB in eight bits, which is what mail programs take for granted."""

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["in_eight_bits", "in_srgb"]

_SIXTEEN = 65_536


def in_eight_bits(picture: "Image") -> "Image":
    """Return a picture of 16 or more bits a pixel in shades of 8; any other as it is."""
    if not picture.mode.startswith(("I", "F")):
        return picture
    info = picture.info
    if picture.mode.startswith("I;16"):
        shades = picture.convert("I").point([shade >> 8 for shade in range(_SIXTEEN)], "L")
    else:
        low, high = _range(picture)
        scale = 255 / ((high - low) or 1)
        shades = picture.convert("F").point(lambda shade: shade * scale - low * scale).convert("L")
    shades.info = {name: value for name, value in info.items() if name != "transparency"}
    return shades


def _range(picture: "Image") -> tuple[float, float]:
    """Return the numbers that stand for black and for white."""
    extrema: Any = picture.getextrema()
    low, high = extrema
    if picture.mode == "F":
        return low, high
    return 0, 255 if high <= 255 else _SIXTEEN - 1


def in_srgb(picture: "Image") -> "Image":
    """Return a picture as RGB or RGBA in sRGB; its profile is applied, a broken one is left aside."""
    wanted = "RGBA" if picture.mode == "RGBA" else "RGB"
    converted = (
        _converted(picture, _profile(picture), wanted) if picture.mode != wanted or _has_profile(picture) else None
    )
    if converted is not None:
        return converted
    return picture if picture.mode == wanted else picture.convert(wanted)


def _has_profile(picture: "Image") -> bool:
    profile = picture.info.get("icc_profile") or b""
    return bool(profile) and b"sRGB" not in profile[:4096].replace(b"\0", b"")


def _profile(picture: "Image") -> Any:
    """Return the profile of a picture's colours, None where it has none to apply."""
    from PIL import ImageCms

    profile = picture.info.get("icc_profile")
    if profile:
        try:
            return ImageCms.ImageCmsProfile(io.BytesIO(profile))
        except (OSError, ImageCms.PyCMSError):
            return None
    return ImageCms.createProfile("LAB") if picture.mode == "LAB" else None


def _converted(picture: "Image", profile: Any, wanted: Any) -> "Image | None":
    from PIL import ImageCms

    if profile is None:
        return None
    try:
        return ImageCms.profileToProfile(picture, profile, ImageCms.createProfile("sRGB"), outputMode=wanted)
    except (ImageCms.PyCMSError, ValueError):  # a profile of another kind of colours
        return None
