"""Pictures keep their colours, their shades and their movement on the way into a message."""

import io
import struct
from typing import Any

import pytest
from PIL import Image, ImageCms

from newsletter.composer.images import FittedPicture, fit_picture


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    """Write a picture as a file."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def shown(fitted: FittedPicture) -> Image.Image:
    """Read what travels."""
    return Image.open(io.BytesIO(fitted.content))


def colours(fitted: FittedPicture) -> int:
    """Count the colours of what travels."""
    found = shown(fitted).convert("RGBA").getcolors(1 << 20)
    assert found
    return len(found)


def ramp(mode: str = "L", size: int = 256) -> Image.Image:
    """Draw a ramp from dark to light, in three colours that differ."""
    grey = Image.linear_gradient("L").rotate(90).resize((size, size))
    turned = grey.rotate(90)
    return Image.merge("RGB", (grey, turned, grey.point(lambda shade: 255 - shade))).convert(mode)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_of_grey_keep_their_shades(kind: str) -> None:
    """The middle of a ramp is grey, its ends are black and white."""
    deep = Image.new("I;16", (256, 64))
    for x in range(256):
        for y in range(64):
            deep.putpixel((x, y), x * 257)
    picture = shown(fit_picture(saved(deep, kind), 200)).convert("L")
    dark, middle, light = (int(str(picture.getpixel((x, 20)))) for x in (2, picture.width // 2, picture.width - 3))
    assert dark < 8
    assert 120 <= middle <= 136
    assert light > 247


@pytest.mark.parametrize("mode", ["I", "F"])
def test_shades_of_scientists_are_not_all_white(mode: str) -> None:
    """32 bits a pixel become 8, whatever the largest number is."""
    deep = ramp("L").convert(mode).point(lambda shade: shade * 200 + 5)
    picture = shown(fit_picture(saved(deep, "TIFF"), 200)).convert("L")
    assert len(picture.getcolors() or ()) > 100


def fixed(*numbers: float) -> bytes:
    """Write numbers as profiles do."""
    return b"".join(struct.pack(">i", round(number * 65536)) for number in numbers)


def profile(name: bytes, red: tuple[float, ...], green: tuple[float, ...], blue: tuple[float, ...]) -> bytes:
    """Write an ICC profile of three primaries and one curve."""
    text = b"desc" + bytes(4) + struct.pack(">I", len(name) + 1) + name + bytes(1 + 78)
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(2.2 * 256)) + bytes(2)
    tags = {
        b"desc": text + bytes(-len(text) % 4),
        b"wtpt": b"XYZ " + bytes(4) + fixed(0.9642, 1, 0.8249),
        b"rXYZ": b"XYZ " + bytes(4) + fixed(*red),
        b"gXYZ": b"XYZ " + bytes(4) + fixed(*green),
        b"bXYZ": b"XYZ " + bytes(4) + fixed(*blue),
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve),
    }
    table, data, start = b"", b"", 128 + 4 + 12 * len(tags)
    for tag, content in tags.items():
        table += tag + struct.pack(">II", start + len(data), len(content))
        data += content
    white = fixed(0.9642, 1, 0.8249)
    head = bytes(8) + b"\2\x10\0\0mntrRGB XYZ " + bytes(12) + b"acsp" + bytes(28) + white + bytes(48)
    head = struct.pack(">I", start + len(data)) + head[4:]
    return head[:128] + struct.pack(">I", len(tags)) + table + data


WIDE = profile(b"Wide", (0.5151, 0.2412, -0.0011), (0.292, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841))
SWAPPED = profile(b"Swapped", (0.1571, 0.0666, 0.7841), (0.292, 0.6922, 0.0419), (0.5151, 0.2412, -0.0011))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_a_profile_is_applied_once(kind: str) -> None:
    """Numbers of other primaries become those of the screen's; sRGB's own profile changes nothing; none travels."""
    picture = Image.new("RGB", (80, 60), (200, 60, 60))
    own = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert fit_picture(saved(picture, kind, icc_profile=own), 80) == fit_picture(saved(picture, kind), 80)
    wide = shown(fit_picture(saved(picture, kind, icc_profile=WIDE), 80))
    swapped = shown(fit_picture(saved(picture, kind, icc_profile=SWAPPED), 80))
    assert "icc_profile" not in wide.info
    reds: Any = wide.convert("RGB").getpixel((40, 30))
    blues: Any = swapped.convert("RGB").getpixel((40, 30))
    assert reds[0] > 208
    assert reds[1] < 60
    assert blues[2] > 180 > 100 > blues[0]


def test_a_broken_profile_is_left_aside() -> None:
    """The picture is shown as if it had none."""
    picture = Image.new("RGB", (80, 60), (200, 60, 60))
    assert fit_picture(saved(picture, "PNG", icc_profile=b"none such" * 30), 80) == fit_picture(
        saved(picture, "PNG"), 80
    )


def test_lab_and_print_colours_are_those_of_the_screen() -> None:
    """Red stays red, twice the same."""
    red = Image.new("RGB", (80, 60), (200, 40, 40))
    lab = ImageCms.profileToProfile(
        red, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    assert lab
    for content in (saved(lab, "TIFF"), saved(red.convert("CMYK"), "JPEG"), saved(red.convert("CMYK"), "TIFF")):
        fitted = fit_picture(content, 80)
        assert fitted == fit_picture(content, 80)
        found: Any = shown(fitted).convert("RGB").getpixel((40, 30))
        assert all(abs(one - other) < 8 for one, other in zip(found, (200, 40, 40), strict=True))


def test_photographs_with_an_unused_alpha_are_jpegs() -> None:
    """All their colours stay; what is clear stays clear with its colours; a drawing of few colours has a palette."""
    photo = ramp("RGBA", 400)
    assert fit_picture(saved(photo, "PNG"), 300).mime_type == "image/jpeg"
    assert colours(fit_picture(saved(photo, "PNG"), 300)) > 2000
    photo.putalpha(ramp("L", 400))
    clear = fit_picture(saved(photo, "PNG"), 300)
    assert clear.mime_type == "image/png"
    assert colours(clear) > 2000
    drawing = Image.new("RGBA", (200, 200), (0, 0, 0, 0))
    drawing.paste((200, 0, 0, 255), (20, 20, 90, 90))
    assert shown(fit_picture(saved(drawing, "PNG"), 200)).mode == "P"


def moving(frames: int, size: tuple[int, int] = (120, 90)) -> bytes:
    """Make an animation."""
    first, *others = (Image.new("RGB", size, (number * 7 % 256, 90, 20)) for number in range(frames))
    return saved(first, "GIF", save_all=True, append_images=others, duration=60, loop=0)


def test_an_animation_moves_within_its_bounds() -> None:
    """It is as wide as its place, and has all frames; one of too many shows its first, and that is noted."""
    for width in (200, 60):
        fitted = fit_picture(moving(5), width)
        assert (fitted.mime_type, fitted.note, fitted.width) == ("image/gif", "", min(width, 120))
        assert getattr(shown(fitted), "n_frames", 1) == 5
    still = fit_picture(moving(120), 200)
    assert still.mime_type != "image/gif"
    assert "only the first" in still.note


def test_what_is_too_tall_is_cropped() -> None:
    """A banner is no taller than it may be; a logo, which has no such bound, is not cropped."""
    tall = saved(Image.new("RGB", (200, 1500), "navy"), "PNG")
    assert (fit_picture(tall, 100, height=150).height, fit_picture(tall, 100).height) == (150, 750)
