"""Find the picture of an article in its front matter, and the words that stand for it, whatever its site calls them.

Names are compared without their hyphens and underscores: `featured_image`, `featuredImage`, `featured-image`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from newsletter.selector.cleaning import address, clean, to_text
from newsletter.selector.fields import LONGEST_ADDRESS, Fields

__all__ = ["front_picture"]

# What names nothing but a picture: its address needs no ending.
_PLAIN = ("enclosure", "images", "image", "featuredimage", "cover", "banner", "thumbnail")
_OTHERS = (
    *("headerimage", "heroimage", "coverimage", "featureimage", "bannerimage", "postimage", "leadimage", "mainimage"),
    *("titleimage", "articleimage", "cardimage", "previewimage", "hero", "header", "feature", "featureimg", "coverimg"),
    *("featuredimg", "headerimg", "bannerimg", "img", "picture", "splash", "teaser", "teaserimage", "thumb"),
    *("thumbnailimage", "thumbnailimg", "thumbimage", "socialimage", "socialimg", "shareimage", "shareimg", "ogimage"),
    *("opengraphimage", "twitterimage", "metaimage", "seoimage", "imageurl", "og", "seo", "backgroundimage"),
    *("background",),
)
_USUAL = tuple((name,) for name in (*_PLAIN, *_OTHERS))
_IN_TABLES = (
    *("image", "url", "src", "path", "file", "filename", "feature", "cover", "overlayimage", "header", "hero"),
    *("teaser", "thumbnail", "ogimage"),
)
_DEEPEST = 3
_ALT_IN_TABLES = ("alt", "alttext", "imagealt", "imagedescription", "description", "caption", "title")
_ALT_ENDINGS = ("alt", "alttext", "description", "caption")
_ALT = ("alt", "alttext", "imagealt", "imagealttext", "imagedescription", "imagecaption")
_ENDING = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg|bmp|tiff?)(?:[?#]\S*)?", re.IGNORECASE)
_HUGOS_NAMES = ("feature", "cover", "thumbnail")  # what Hugo looks for in the names of a bundle's resources


def front_picture(fields: Fields, wanted: Iterable[str] = ()) -> tuple[str, str]:
    """Return (the address, the alternative text) of the picture that front matter names, ("", "") without one.

    `wanted` are keys that go first, ``photo`` or ``cover.src``. Raises ArticleError for a text that is too long.
    """
    named = {_name(key): (key, value) for key, value in reversed(fields.values.items())}
    own = [tuple(map(_name, key.split("."))) for key in wanted]
    for name, *inner in (*own, *(one for one in _USUAL if one[0] in named)):
        key, value = named.get(name, ("", None))
        for part in inner:
            value = _members(value).get(part)
        found, alt = _picture(value, anything=name in _PLAIN or (name, *inner) in own)
        if found := address(fields.bounded(key, found, LONGEST_ADDRESS)):
            return found, _words(fields, key, (alt, *_said_beside(name, named)))
    found, alt = _resource(fields.values.get("resources"))
    return address(fields.bounded("resources", found, LONGEST_ADDRESS)), _words(fields, "resources", (alt,))


@lru_cache(maxsize=1000)  # articles of a site have the same keys
def _name(key: str) -> str:
    return re.sub(r"[\W_]", "", key.lower())


def _members(value: Any) -> dict[str, Any]:
    """Return what a table holds, by the names that are compared."""
    return {_name(str(key)): one for key, one in reversed(value.items())} if isinstance(value, dict) else {}


def _picture(value: Any, *, anything: bool, depth: int = 0) -> tuple[str, Any]:
    """Return (an address, its alternative text) of a text, the first of a list, or a table.

    With `anything` an address needs no ending of a picture; a word such as ``true`` or ``none`` is never one.
    """
    if isinstance(value, list):
        value = next(iter(value), None)
    if isinstance(value, dict) and depth < _DEEPEST:
        table = _members(value)
        for name in _IN_TABLES:
            found, alt = _picture(table.get(name), anything=anything, depth=depth + 1)
            if found:
                return found, alt or _first(table, _ALT_IN_TABLES)
        return "", None
    text = value.strip() if isinstance(value, str) else ""
    return (text if _is_address(text, anything=anything) else ""), None


def _is_address(text: str, *, anything: bool) -> bool:
    if "\n" in text or not re.search("[./]", text):
        return False
    return anything or bool(_ENDING.search(text[-500:]))


def _said_beside(name: str, named: Mapping[str, tuple[str, Any]]) -> Iterator[Any]:
    """Return what keys beside a picture's say of it: ``thumb_alt``, ``image-description``, ``alt``."""
    for key in (*(name + ending for ending in _ALT_ENDINGS), *_ALT):
        if key in named:
            yield named[key][1]


def _first(table: Mapping[str, Any], names: Iterable[str]) -> Any:
    return next((table[name] for name in names if to_text(table.get(name)).strip()), None)


def _words(fields: Fields, key: str, values: Iterable[Any]) -> str:
    """Return the first of `values` that is text, as plain text on one line."""
    return next(filter(None, (clean(fields.bounded(key, value)) for value in values)), "")


def _resource(value: Any) -> tuple[str, Any]:
    """Return the resource of a Hugo bundle whose name, or file, is that of a picture for the page, else the first."""
    ones = [_members(one) for one in value[:1000]] if isinstance(value, list) else []
    pictures = [one for one in ones if _is_address(to_text(one.get("src")), anything=False) and "*" not in one["src"]]
    for name in (*_HUGOS_NAMES, ""):
        for one in pictures:
            if name in f"{to_text(one.get('name'))} {one['src']}".lower():
                return one["src"], _first({**one, **_members(one.get("params"))}, _ALT_IN_TABLES)
    return "", None
