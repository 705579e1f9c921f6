"""The picture that front matter names, under whatever key, and the words for it."""

import pytest

from newsletter.selector.article import Candidate
from tests.selector.archives import article, config, read


def yaml(lines: str, body: str = "Words.") -> str:
    """Write an article in YAML."""
    return f"---\ntitle: A story\ndate: 2025-05-15\n{lines}\n---\n{body}\n"


@pytest.mark.parametrize(
    ("lines", "picture", "words"),
    [
        ("enclosure: /a.jpg\nthumb: /b.jpg", "/a.jpg", ""),
        ("header_image: /a.jpg", "/a.jpg", ""),
        ("thumb: https://cdn.example/a@1x.jpg\nthumb_alt: A hill", "https://cdn.example/a@1x.jpg", "A hill"),
        ("socialimg: a.png\nimage-description: A *hill*", "a.png", "A *hill*"),
        ("heroImage: ../../assets/a.jpg\nalt: A hill", "../../assets/a.jpg", "A hill"),
        ("cover:\n  image: a.jpg\n  alt: A hill", "a.jpg", "A hill"),
        ("image:\n  url: /a.webp\n  caption: A hill", "/a.webp", "A hill"),
        ("image:\n  path: /a\n  alt: A hill", "/a", "A hill"),
        ("header:\n  overlay_color: '#333'\n  overlay_image: /a.jpg\n  image_description: A hill", "/a.jpg", "A hill"),
        ("images:\n  - src: a.jpg\n    alt: A hill\n  - src: b.jpg", "a.jpg", "A hill"),
        ("params:\n  featured-image: a.jpg\n  featuredImageAlt: A hill", "a.jpg", "A hill"),
        ("cover-img: [a.jpg, b.jpg]", "a.jpg", ""),
        ("resources:\n  - src: doc.pdf\n  - src: a.jpg\n  - src: b.jpg\n    name: Featured", "b.jpg", ""),
        ("resources:\n  - src: a.jpg\n    title: A hill\n  - src: c.pdf", "a.jpg", "A hill"),
        ("resources:\n  - src: cover.jpg\n    params:\n      alt: A hill", "cover.jpg", "A hill"),
        ("resources:\n  - src: '*.jpg'\n    name: featured", "", ""),
        ("cover: true\nimage: none\nthumbnail: A hill", "", ""),
        ("header: See /about\nhero: v2.0\nbackground: '#fff'", "", ""),
        ("photo:\n  url: https://photos.example/abc\n  author: Ann", "", ""),
        ("image:\n  url:\n    src:\n      image:\n        url: /a.jpg", "", ""),
        ("image: '  '\nog:\n  image: /a.jpg?v=2", "/a.jpg?v=2", ""),
    ],
)
def test_keys(lines: str, picture: str, words: str) -> None:
    """Each spelling that themes use names its picture, and what only has such a name does not."""
    found = article(yaml(lines))
    assert (found.banner, found.banner_alt) == (picture, words)


def test_a_sites_own_keys_go_first() -> None:
    """[select] picture_keys may name a key of any kind, also one in a table."""
    settings = config(picture_keys=("photo.url", "Post-Art"))
    lines = "image: /a.jpg\nphoto:\n  url: https://photos.example/abc\n"
    assert article(yaml(lines), settings=settings).banner == "https://photos.example/abc"
    assert article(yaml("image: /a.jpg\npost_art: /b.jpg"), settings=settings).banner == "/b.jpg"
    assert article(yaml("image: /a.jpg\nphoto: 3\npost_art: none"), settings=settings).banner == "/a.jpg"
    assert article(yaml("封面: /a.jpg\n標題: /b.jpg"), settings=config(picture_keys=("標題",))).banner == "/b.jpg"


@pytest.mark.parametrize("lines", ["thumb: {}.jpg", "image: a.jpg\nalt: {}", "resources:\n  - src: {}.jpg"])
def test_too_long(lines: str) -> None:
    """Addresses and texts have bounds, whatever their key."""
    assert not isinstance(read(yaml(lines.replace("{}", "a" * 20_000))), Candidate)


def test_a_category_is_not_read_from_a_new_key() -> None:
    """Only the banners that always counted name a category: a photo's name says nothing of it."""
    assert article(yaml("header_image: /img/harbour-1.jpg")).category == ""
    assert article(yaml("image: /img/harbour-1.jpg")).category == "harbour"
