"""Pictures of strangers: whatever is damaged in them, the issue is made without them."""

import io
from pathlib import Path

import pytest
from PIL import Image, features

from newsletter.composer.images import BrokenPictureError, fit_picture, read_code
from newsletter.settings import ComposeSettings
from tests.composer.samples import article, composed, config


def picture(kind: str, size: tuple[int, int] = (90, 60), **options: bytes) -> bytes:
    """Make a picture."""
    saved = io.BytesIO()
    Image.new("RGB", size, "navy").save(saved, kind, **options)
    return saved.getvalue()


NO_EXIF = b"Exif\0\0no such block"
DAMAGED = {
    "webp-exif": picture("WEBP", exif=NO_EXIF),
    "png-exif": picture("PNG", exif=NO_EXIF),
    "png-cut": picture("PNG")[:-30],
    "too-tall-for-jpeg": picture("PNG", (9, 66_000)),
    "empty": b"",
}
if features.check("avif"):
    DAMAGED["avif"] = picture("AVIF")[:-8] + bytes(8)


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_picture_is_left_out(tmp_path: Path, content: bytes) -> None:
    """As a banner it makes a finding, as a code a generated one takes its place."""
    (tmp_path / "damaged.png").write_bytes(content)
    settings = config(tmp_path, compose=ComposeSettings(banners="embed", qr="article", assets_dir="."))
    composition = composed(article(1, banner="/damaged.png", qrcode="/damaged.png"), settings=settings)
    assert [one.code for one in composition.findings] == ["banner-broken", "qr-generated"]
    with pytest.raises(BrokenPictureError):
        fit_picture(content, 50)
    with pytest.raises(BrokenPictureError):
        read_code(content)
