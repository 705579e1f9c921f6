"""Decide what each story shows: its banner and its QR code, linked or in the message."""

import hashlib
import re
from dataclasses import dataclass, field
from urllib.parse import quote, urljoin, urlsplit

from newsletter.composer.languages import Language
from newsletter.composer.qr import draw_code
from newsletter.composer.stories import Code, Picture, category_label
from newsletter.config import Config
from newsletter.models import Article, Finding, InlineImage

__all__ = ["Gallery", "banner_address", "code_target"]

_EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif"}


@dataclass(slots=True)
class Gallery:
    """The pictures of one issue: what each story shows, and the files that travel in the message."""

    config: Config
    language: Language
    images: dict[str, InlineImage] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def code(self, article: Article) -> Code | None:
        """Give the QR code of an article, None where codes are off."""
        if self.config.compose.qr == "off" or not article.link:
            return None
        target = code_target(article, self.config)
        drawn = draw_code(target)
        return Code(
            src=self.attach(drawn.png, "image/png", f"qr-{article.key}"),
            alt=self.language.words["code_for"].format(target=target),
            width=drawn.width,
            target=target,
            link="" if target == article.link else target,
        )

    def banner(self, article: Article) -> Picture | None:
        """Give the banner of an article, None where it has none that mail programs show."""
        address = banner_address(article, self.config)
        subject = category_label(article.category, self.config) or article.source or self.config.newsletter.name
        alt = self.language.words["picture"].format(subject=subject)
        return Picture(src=address, alt=alt) if address.startswith("https://") else None

    def attach(self, content: bytes, mime_type: str, name: str) -> str:
        """Put a picture into the message and give its address; the same bytes travel once."""
        digest = hashlib.sha256(content).hexdigest()[:8]
        if digest not in self.images:
            stem = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:40] or "picture"
            self.images[digest] = InlineImage(
                cid=f"{stem}-{digest}",
                filename=f"{stem}-{digest}.{_EXTENSIONS[mime_type]}",
                mime_type=mime_type,
                content=content,
            )
        return f"cid:{self.images[digest].cid}"


def code_target(article: Article, config: Config) -> str:
    """Give the address that an article's code holds: its plain link, or `qr_url` filled in."""
    key = quote(article.key, safe="")
    fields = {"link": article.link, "article_id": key, "key": key}
    return re.sub(r"\{(link|article_id|key)\}", lambda match: fields[match[1]], config.compose.qr_url)


def banner_address(article: Article, config: Config) -> str:
    """Give the absolute address of an article's banner, "" where it has none or a path without a site."""
    if not article.banner or urlsplit(article.banner).scheme:
        return article.banner
    base = config.newsletter.base_url
    return urljoin(f"{base.rstrip('/')}/", article.banner.lstrip("/")) if base else ""
