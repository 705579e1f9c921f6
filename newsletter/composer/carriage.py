"""Decide how the pictures that the program makes reach a reader: inside the message, or hosted on the site.

Hosted pictures have content-addressed names in the first assets folder: what an issue in the world shows is never
replaced by another picture.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from newsletter.config import Config
from newsletter.errors import ConfigError
from newsletter.models import HostedImage, InlineImage

__all__ = ["Carriage"]

_SHORT = 8  # digits of a digest in a name inside a message; more if another picture's begin the same
_LONG = 32  # digits in a name that lasts for ever
_EXTENSIONS: Mapping[str, str] = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif"}


@dataclass(slots=True)
class Carriage:
    """The pictures of one issue, by the SHA-256 of their content: those inside the message and those hosted."""

    config: Config
    inline: dict[str, InlineImage] = field(default_factory=dict)
    hosted: dict[str, HostedImage] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise ConfigError where pictures are to be hosted and there is no place for them, or no address."""
        settings = self.config.compose
        if "host" not in (settings.banners, settings.codes):
            return
        for key, value in (("assets_dir", self.config.assets), ("assets_url", self.config.hosted_url)):
            if not value:
                hint = f"set {key} in [compose]: pictures are written into assets_dir and linked below assets_url"
                raise ConfigError(f"hosted pictures need {key}", place=str(self.config.path), hint=hint)

    def add(self, content: bytes, mime_type: str, stem: str, *, host: bool) -> str:
        """Keep a picture and return the address that shows it; identical bytes are kept once."""
        digest = hashlib.sha256(content).hexdigest()
        if host:
            return self._host(digest, content, mime_type, stem)
        if digest not in self.inline:
            name = f"{stem}-{digest[:_SHORT]}"
            if any(image.cid == name for image in self.inline.values()):  # another picture whose digest begins so
                name = f"{stem}-{digest}"
            filename = f"{name}.{_EXTENSIONS[mime_type]}"
            self.inline[digest] = InlineImage(cid=name, filename=filename, mime_type=mime_type, content=content)
        return f"cid:{self.inline[digest].cid}"

    def _host(self, digest: str, content: bytes, mime_type: str, stem: str) -> str:
        if digest not in self.hosted:
            filename = f"{stem}-{digest[:_LONG]}.{_EXTENSIONS[mime_type]}"
            address = self.config.hosted_url + filename
            self.hosted[digest] = HostedImage(address=address, filename=filename, content=content)
        return self.hosted[digest].address
