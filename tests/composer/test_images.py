"""Pictures of strangers: whatever is damaged in them, the issue is made without them."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, features

from newsletter.composer.images import BrokenPictureError, fit_picture, read_code
from newsletter.errors import ConfigError
from newsletter.models import Article
from newsletter.settings import ComposeSettings
from tests.composer.samples import BASE, article, composed, config


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
    settings = config(tmp_path, compose=ComposeSettings(banners="embed", qr="article", assets_dir=(".",)))
    composition = composed(article(1, banner="/damaged.png", qrcode="/damaged.png"), settings=settings)
    assert [one.code for one in composition.findings] == ["banner-broken", "qr-generated"]
    with pytest.raises(BrokenPictureError):
        fit_picture(content, 50)
    with pytest.raises(BrokenPictureError):
        read_code(content)


def bundle(root: Path, path: str, **changes: Any) -> Article:
    """Make an article at `path` of the archive, with a picture of its own in the same folder."""
    folder = (root / "content" / path).parent
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cover 1.png").write_bytes(picture("PNG"))
    return article(1, **{"path": path, "banner": "cover 1.png", "link": f"{BASE}/news/bundle/", **changes})


@pytest.mark.parametrize(
    ("path", "banner", "address"),
    [
        ("news/bundle/index.md", "cover 1.png", "/news/bundle/cover%201.png"),
        ("news/bundle/index.fr.md", "./cover%201.png", "/news/bundle/cover%201.png"),
        ("posts/other/index.md", "cover 1.png", "/news/bundle/cover%201.png"),
        ("news/story.md", "cover 1.png", "/news/cover%201.png"),
        ("news/bundle/index.md", "/cover 1.png", "/cover%201.png"),
        ("news/bundle/index.md", "img/none.png", "/img/none.png"),
    ],
)
def test_a_banner_beside_its_article_hangs_below_the_page(tmp_path: Path, path: str, banner: str, address: str) -> None:
    """As generators publish it, and as pictures in the text do; a path whose file is not there is one of the site."""
    made = bundle(tmp_path, path, banner=banner)
    assert f'src="{BASE}{address}"' in composed(made, settings=config(tmp_path)).message.html


@pytest.mark.parametrize("base", [BASE, ""])
def test_a_banner_beside_its_article_can_travel(tmp_path: Path, base: str) -> None:
    """It is read from the article's own folder, of its own archive, and from nowhere outside it."""
    about = {"base_url": base, "archive": ("elsewhere", "content")}
    settings = config(tmp_path, compose=ComposeSettings(banners="embed", qr="off"), newsletter=about)
    made = bundle(tmp_path, "news/bundle/index.md", archive=1)
    assert [one.filename.split("-")[0] for one in composed(made, settings=settings).message.images] == ["banner"]
    (tmp_path / "secret.png").write_bytes(picture("PNG"))
    for banner, archive in [("../../../secret.png", 1), ("cover 1.png", 0)]:
        outside = composed(replace(made, banner=banner, archive=archive), settings=settings)
        assert [one.code for one in outside.findings] == ["banner-broken"]


def test_a_code_beside_its_article_is_read_there(tmp_path: Path) -> None:
    """An article's own code may lie where its banner does."""
    made = bundle(tmp_path, "news/bundle/index.md", qrcode="cover 1.png")
    findings = composed(made, settings=config(tmp_path, compose=ComposeSettings(qr="article"))).findings
    assert ["no QR code can be read" in one.message for one in findings] == [True]


def test_a_picture_that_the_assets_folder_lacks_is_found(tmp_path: Path) -> None:
    """A linked banner is not fetched; where the site's pictures are at hand, a missing one is named all the same."""
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "there.png").write_bytes(picture("PNG"))
    settings = config(tmp_path, compose=ComposeSettings(assets_dir=("static",)))
    banners = {"/img/missing.png": 1, "/there.png": 0, "//cdn.example.org/x.png": 0, f"{BASE}/img/x.png": 0}
    for banner, count in banners.items():
        findings = composed(article(1, banner=banner), settings=settings).findings
        assert [one.message for one in findings] == [f"the banner is not in static: {banner}"] * count
    assert composed(bundle(tmp_path, "news/index.md"), settings=settings).findings == ()


def test_an_assets_folder_that_is_not_there_is_a_mistake() -> None:
    """The configuration names it, and the error says so."""
    with pytest.raises(ConfigError, match="no folder 'nosuch'") as caught:
        composed(article(1), settings=config(compose=ComposeSettings(assets_dir=("nosuch",))))
    assert caught.value.place == str(config().path)
