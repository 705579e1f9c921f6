"""Image files that are to be embedded, and helpers for their addresses."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

__all__ = ["ImageData", "rare_kind", "split_address"]

_RARE_KIND = re.compile(r"\.(webp|avif|svg|bmp|tiff?)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageData:
    """The file of one picture that is to be embedded, or the `problem` that prevents it.

    `cached` marks a file of the cache of fetched pictures.
    """

    path: Path | None = None
    problem: str = ""
    cached: bool = False


def rare_kind(address: str) -> str:
    """Return the format of the picture at `address` if not every mail program shows it, else ""."""
    kind = _RARE_KIND.search(split_address(address).path)
    return kind[1].upper() if kind else ""


def split_address(address: str) -> SplitResult:
    """Split an untrusted address; one that cannot be split (``https://[``) has no parts."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")
