"""QR codes: drawn, read from pictures of other people's making, and decoded."""

import io
import re
from pathlib import Path

import cv2
import numpy
import pytest
import segno
from PIL import Image

from newsletter.composer.images import BrokenPictureError, fit_picture, read_code
from newsletter.composer.png import read_bilevel_png, write_bilevel_png
from newsletter.composer.qr import CAPACITIES, COLUMN, draw_codes
from newsletter.settings import ComposeSettings
from tests.composer.samples import article, composed, config

SHORT = "https://go.example.org/4121"
LONG = (
    "https://review.example.org/2025-05-15-a-quiet-workshop-becomes-the-leader-in-repairing-old-batteries-" + "x" * 40
)


def decoded(png: bytes) -> str:
    """Decode the one code in a picture."""
    picture = cv2.imdecode(numpy.frombuffer(png, numpy.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return cv2.QRCodeDetector().detectAndDecode(picture)[0]


@pytest.mark.parametrize("target", [SHORT, LONG])
def test_a_code_decodes_and_is_drawn_in_whole_pixels(target: str) -> None:
    """The picture is twice the displayed size, opaque, has a quiet zone, and holds the target."""
    (code,) = draw_codes([target])
    rows = read_bilevel_png(code.png)
    assert len(rows) == len(rows[0]) == 2 * code.width
    top = next(row for row in rows if "0" in row)
    module = len(top.strip("1").partition("1")[0]) // 7  # the upper edge of a finder pattern
    assert module in (6, 8)
    assert all(set(row) == {"1"} for row in rows[: 4 * module])
    assert all(row[: 4 * module] == "1" * 4 * module for row in rows)
    assert Image.open(io.BytesIO(code.png)).mode == "1"
    assert decoded(code.png) == target


def test_the_codes_of_an_issue_are_one_set() -> None:
    """Whatever the link, size, modules and quiet zone are those of the largest beside it, and each still decodes."""
    short, long = draw_codes([SHORT, LONG])
    assert short.width == long.width <= COLUMN
    edges = [
        next(index for index, row in enumerate(read_bilevel_png(code.png)) if "0" in row) for code in (short, long)
    ]
    assert edges == [4 * 6] * 2
    assert (decoded(short.png), decoded(long.png)) == (SHORT, LONG)
    assert draw_codes([SHORT])[0].width < 120  # by itself it need not be so large


def test_a_code_holds_the_plain_link() -> None:
    """UTM parameters make no code larger; a short link is linked beside its code. Its words are the headline's."""
    short = ComposeSettings(utm={"source": "news"}, qr_url="https://go.example.org/{key}")
    message = composed(article(7), settings=config(compose=short)).message
    assert decoded(message.images[0].content) == "https://go.example.org/7"
    assert '<a class="slot" href="https://go.example.org/7"' in message.html
    assert 'alt="QR code for Story number 7 has a…"' in message.html
    assert "<br>go.example.org/7</a>" in message.html


def test_a_code_too_large_for_its_place_leaves_the_others_alone() -> None:
    """One overlong link does not swell a whole issue."""
    overlong = LONG + "y" * 200
    short, long, large = draw_codes([SHORT, LONG, overlong])
    assert short.width == long.width <= COLUMN < large.width
    assert decoded(large.png) == overlong


@pytest.mark.parametrize("level", "lm")
@pytest.mark.parametrize("version", range(1, 10))
def test_the_table_of_versions_is_the_standards(level: str, version: int) -> None:
    """What is said to fit into a version does, and a byte more needs the next one."""
    room = CAPACITIES[level][version - 1]
    sizes = [segno.make("x" * n, error=level, mode="byte", boost_error=False, micro=False) for n in (room, room + 1)]
    assert [code.version for code in sizes] == [version, version + 1]


def test_an_own_code_has_no_short_link_beside_it(tmp_path: Path) -> None:
    """What it holds is the article's business; only codes that are drawn here hold the address of `qr_url`."""
    own = article(1, qrcode="/own.png")
    (tmp_path / "own.png").write_bytes(picture_of_code(own.link))
    short = ComposeSettings(assets_dir=(".",), qr_url="https://go.example.org/{key}")
    message = composed(own, article(2), settings=config(tmp_path, compose=short)).message
    assert [decoded(one.content) for one in message.images] == [own.link, "https://go.example.org/2"]
    assert set(re.findall(r"https://go\.example\.org/\w+", message.html)) == {"https://go.example.org/2"}


@pytest.mark.parametrize("kind", ["WEBP", "PNG", "JPEG"])
@pytest.mark.parametrize(("scale", "border"), [(4, 0), (10, 1), (7, 4)])
def test_an_articles_own_code_is_read(kind: str, scale: int, border: int) -> None:
    """Whatever picture a code comes as, its text is known: it leaves as a code that is drawn here."""
    drawn = io.BytesIO()
    segno.make(LONG, error="m").save(drawn, kind="png", scale=scale, border=border)
    picture, given = Image.open(drawn).convert("RGB"), io.BytesIO()
    picture.save(given, kind, quality=85)
    assert read_code(given.getvalue()) == LONG


def test_a_transparent_code_is_read() -> None:
    """Black modules on nothing are black modules on white."""
    assert read_code(picture_of_code(SHORT, light=None)) == SHORT


def picture_of_code(target: str, **options: None) -> bytes:
    """Draw a code as others do."""
    drawn = io.BytesIO()
    segno.make(target, error="m").save(drawn, kind="png", scale=6, border=4, **options)
    return drawn.getvalue()


def picture_of(mode: str, size: tuple[int, int], kind: str = "PNG") -> bytes:
    """Make a plain picture."""
    saved = io.BytesIO()
    Image.new(mode, size, "red" if mode != "L" else 0).save(saved, kind)
    return saved.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"", b"not a picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, picture_of("RGB", (90, 90)), picture_of("L", (200, 90))],
)
def test_what_is_no_code_is_refused(content: bytes) -> None:
    """Broken bytes and other pictures raise the error that makes the composer generate a code."""
    with pytest.raises(BrokenPictureError):
        read_code(content)


def test_photographs_become_jpeg_and_graphics_png() -> None:
    """A wide photograph shrinks to the width asked for; transparency stays PNG; a small picture is not enlarged."""
    wide = fit_picture(picture_of("RGB", (2000, 1000), "WEBP"), 624)
    assert (wide.mime_type, wide.width, wide.height) == ("image/jpeg", 624, 312)
    clear = io.BytesIO()
    Image.new("RGBA", (50, 20), (255, 0, 0, 100)).save(clear, "PNG")
    assert fit_picture(clear.getvalue(), 624).mime_type == "image/png"
    assert fit_picture(picture_of("RGBA", (50, 20)), 624).mime_type == "image/jpeg"  # nothing of it is transparent
    assert fit_picture(picture_of("RGB", (50, 20)), 624).width == 50


def test_a_transparent_picture_can_be_put_onto_a_colour() -> None:
    """Dark drawings on nothing cannot vanish on a dark page then; without a colour, they stay as they are."""
    clear = io.BytesIO()
    Image.new("RGBA", (50, 20), (0, 0, 0, 0)).save(clear, "PNG")
    shown = Image.open(io.BytesIO(fit_picture(clear.getvalue(), 624, "#ffeedd").content)).convert("RGBA")
    assert shown.getcolors() == [(1000, (255, 238, 221, 255))]
    assert "transparency" in Image.open(io.BytesIO(fit_picture(clear.getvalue(), 624).content)).info


def test_a_picture_of_too_many_pixels_is_refused() -> None:
    """A small file may hold a huge picture; it is not unpacked."""
    with pytest.raises(BrokenPictureError, match="pixels"):
        fit_picture(write_bilevel_png([bytes(8000)] * 6000, 1), 624)


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("https://review.example.org/other", True),
        ("HTTPS://REVIEW.EXAMPLE.ORG:443/x", True),
        ("https://vendor.example/n/1", True),
        ("https://www.vendor.example/n/1", True),
        ("https://short.example/x", True),
        ("https://evil.example/login", False),
        ("https://review.example.org.evil.example/", False),
        ("https://evil-review.example.org/", False),
        ("https://review.example.org@evil.example/", False),
        ("https://evil.example\\@review.example.org/", False),
        ("https://review.example.org:8443/", False),
        ("https://evil.example/https://review.example.org/", False),
        ("javascript:alert(1)", False),
        ("WIFI:S:free;T:nopass;;", False),
        ("tel:+4990012345", False),
        ("review.example.org", False),
        ("https://r\u0435view.example.org/", False),
    ],
)
def test_a_code_that_leads_elsewhere_is_not_shown(tmp_path: Path, text: str, own: bool) -> None:
    """The vendor's picture is used where it leads to the article, to its source, or where the configuration allows."""
    one = article(1, qrcode="/own.png", source_link="https://vendor.example/story")
    (tmp_path / "own.png").write_bytes(picture_of_code(text))
    settings = config(tmp_path, compose=ComposeSettings(assets_dir=(".",), qr_hosts=("short.example",)))
    composition = composed(one, settings=settings)
    (code,) = composition.message.images
    assert decoded(code.content) == (text if own else one.link)
    found = [finding for finding in composition.findings if finding.code == "qr-elsewhere"]
    assert len(found) == (0 if own else 1)
    assert own or text[:15] in found[0].message


def test_a_link_that_no_code_holds_leaves_the_others_alone() -> None:
    """The story is there without a code, and a finding says so."""
    composition = composed(article(1, link="https://review.example.org/" + "x" * 3000), article(2))
    assert len(composition.message.images) == 1
    assert "qr-missing" in {finding.code for finding in composition.findings}
