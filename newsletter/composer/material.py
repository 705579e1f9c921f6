"""Pictures on their way into a message: their bytes, and what their addresses tell."""

import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

__all__ = ["Material", "rare_kind", "split_address"]

_RARE_KIND = re.compile(r"\.(webp|avif|svg|bmp|tiff?)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """The bytes of one picture that is to be embedded, or the `problem` that keeps them away."""

    content: bytes = field(default=b"", repr=False)
    problem: str = ""


def rare_kind(address: str) -> str:
    """Name the kind of the picture at `address` if not every mail program shows that kind, else ""."""
    kind = _RARE_KIND.search(split_address(address).path)
    return kind[1].upper() if kind else ""


def split_address(address: str) -> SplitResult:
    """Split an address that anybody may have written; one that cannot be split (``https://[``) has no parts."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")
