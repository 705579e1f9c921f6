"""Decide what each story shows: its banner and its QR code, linked or in the message.

article ─► addresses to fetch ─► file (local, or from cache or network) ─► decoder ─► picture in the message
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, unquote

from newsletter.addresses import web_host
from newsletter.composer.cache import forget
from newsletter.composer.carriage import Carriage
from newsletter.composer.findings import finding
from newsletter.composer.image_data import ImageData, is_weak_alt, rare_kind, split_address
from newsletter.composer.image_locations import (
    Source,
    check_assets,
    find_source,
    is_missing,
    local_file,
    picture_address,
)
from newsletter.composer.interpolate import fill
from newsletter.composer.languages import Language
from newsletter.composer.qr import MOST_BYTES, QrCode, draw_codes, size
from newsletter.composer.stories import Code, Picture, Shape, category_label
from newsletter.composer.text_layout import clean_line, shorten
from newsletter.composer.theme import palettes
from newsletter.composer.wishes import Wishes
from newsletter.config import Config
from newsletter.errors import ConfigError
from newsletter.models import Article, Finding

if TYPE_CHECKING:
    from newsletter.composer.decoder import Decoder

__all__ = ["Gallery", "code_host", "code_name", "code_target", "collect"]

Decoded = TypeVar("Decoded")

_ICON = 64  # pixels; it would be blown up
_ADDRESS = 36  # characters of an address that are worth typing
_TARGET = 24  # characters of a headline: the complete one is beside the code, or above it
_SHOWN = 120  # characters of a code's text in a message
_LONGEST_ALT = 300  # characters that somebody listens to
_STEM = 24  # characters of a name before its digest: names are in the HTML as well
# Addresses with an unambiguous host: no user before an @, no backslash (a slash to browsers), no space or control.
_PLAIN_ADDRESS = re.compile(r"https?://[^\s/?#@\\\x00-\x1f\x7f]+(?:[/?#][^\s\\\x00-\x1f\x7f]*)?", re.IGNORECASE)


def collect(
    pictured: Iterable[Article],
    coded: Iterable[Article],
    config: Config,
    *,
    offline: bool,
    now: datetime | None = None,
    progress: Callable[[int], None] | None,
) -> Mapping[Source, ImageData]:
    """Return the files of the pictures that the message will embed, by source: local ones, then cache and network.

    These are the banners of the `pictured` articles and the codes of the `coded` ones, as far as they are needed.
    `now` determines which cached pictures are requested again; without it, all are.
    """
    check_assets(config)
    banners = ((one.banner, one) for one in pictured if config.compose.banners != "link")
    codes = ((one.qrcode, one) for one in coded if config.compose.qr in ("auto", "article"))
    wanted = dict.fromkeys(find_source(name, one, config) for name, one in (*banners, *codes) if name)
    found: dict[Source, ImageData] = {source: ImageData(path=source) for source in wanted if isinstance(source, Path)}
    remote = [source for source in wanted if isinstance(source, str) and split_address(source).scheme]
    if remote:
        from newsletter.composer.fetch import fetch_pictures

        fetched = fetch_pictures(
            remote,
            cache=config.issues / ".pictures",
            offline=offline or config.compose.offline,
            now=now,
            private_hosts=config.compose.private_hosts,
            progress=progress,
        )
        found.update(fetched.items())
    return found


def code_target(article: Article, config: Config) -> str:
    """Return the address in an article's code: its plain link, or `qr_url` with its fields replaced.

    Raises ConfigError for a field that does not exist: it would be printed into every code.
    """
    key = quote(article.key, safe="")
    fields = {"link": article.link, "key": key, "article_id": key}
    return fill("qr_url", config.compose.qr_url or "{link}", fields, config)


def code_host(address: str) -> tuple[str, int] | None:
    """Return the host of an address without ``www.``, and its port, 0 for those of http and https.

    None for anything but a web address, or for one that programs read in different ways.
    """
    if not _PLAIN_ADDRESS.fullmatch(address) or not (place := web_host(address)):
        return None
    return place[0].removeprefix("www."), 0 if place[1] in (80, 443) else place[1]


def code_name(article: Article) -> str:
    """Return the beginning of the file name of an article's code, before the digest of its contents."""
    name = _file_stem(f"qr-{article.key}")
    return name if len(name) <= _STEM else f"{name[: _STEM - 7]}-{hashlib.sha256(article.key.encode()).hexdigest()[:6]}"


def _file_stem(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:40]


def _stock_name(address: str) -> str:
    """Return the name of a picture without its number, as a slug: ``…/Business_Corporate-3.jpg`` is one of many."""
    name = unquote(split_address(address).path).rpartition("/")[2].partition(".")[0]
    return re.sub(r"[\W_]+", "-", re.sub(r"(?<!\d)\d++$", "", name)).strip("-").lower()


@dataclass(slots=True)
class Gallery:
    """The pictures of one issue: what each story shows, how they reach readers, and the findings about some."""

    config: Config
    language: Language
    material: Mapping[Source, ImageData]
    decoder: "Decoder"
    wishes: Wishes = Wishes()
    findings: list[Finding] = field(default_factory=list)
    carriage: Carriage = field(init=False)

    def __post_init__(self) -> None:
        """Prepare to carry pictures. Raises ConfigError where they cannot be hosted."""
        self.carriage = Carriage(self.config)

    def banners(self, articles: Iterable[Article], lead: Article | None) -> Mapping[str, Picture]:
        """Return the banners of an issue by the keys of its articles; one that several have is shown once, first.

        The lead's is shown with it, wherever it is in the order.
        """
        shown: dict[str, Article] = {}
        found: dict[str, Picture] = {}
        for article in sorted(articles, key=lambda one: one is not lead):
            banner = self.banner(article, lead=article is lead)
            source = str(find_source(article.banner, article, self.config)) if banner else article.key
            other = shown.setdefault(source, article)
            if other is not article:
                message = f"the banner is shown once: {other.path or other.key} has the same"
                self._find("banner-repeated", article, message, "a picture of its own would tell this story")
            elif banner:
                found[article.key] = banner
        return found

    def banner(self, article: Article, *, lead: bool) -> Picture | None:
        """Return the banner of an article, None if there is none that mail programs show."""
        if not article.banner:
            self._find("banner-missing", article, "the article has no banner")
            return None
        alt = self._alt(article)
        if self.config.compose.banners != "link":
            return self._fitted_banner(article, alt, self.wishes.lead_picture if lead else self.wishes.row_picture)
        address = picture_address(article.banner, article, self.config)
        if problem := _link_problem(address):
            self._find("banner-unusable", article, f"the banner is left out: {problem}", _EMBED_HINT)
            return None
        if is_missing(article.banner, article, self.config):
            message = f"the banner is not in {', '.join(self.config.compose.assets_dir)}: {article.banner}"
            self._find("banner-broken", article, message, "put the picture there, or fix its path")
        return Picture(src=address, alt=alt)

    def _alt(self, article: Article) -> str:
        """Return what a banner shows, as its article says it, else what it stands for.

        Nothing where only its file's name says that: such a picture is decoration.
        """
        if article.banner_alt and not is_weak_alt(article.banner_alt):
            return shorten(clean_line(article.banner_alt), _LONGEST_ALT)
        if article.category and _stock_name(article.banner) == article.category:
            return ""
        subject = category_label(article, self.config) or article.source or self.config.newsletter.name
        return self.language.words["picture"].format(subject=subject)

    def logos(self) -> tuple[str, str]:
        """Return the addresses of the theme's logos for light and for dark, "" where it has none.

        What is transparent in a logo gets the ground that it is shown on: most are dark, and would vanish in the dark.
        """
        theme = self.config.compose.theme
        grounds = [scheme.accent if theme.masthead == "filled" else scheme.surface for scheme in palettes(theme)]
        light, dark = (self._logo(*pair) for pair in zip((theme.logo, theme.logo_dark), grounds, strict=True))
        return light, dark

    def _logo(self, logo: str, ground: str) -> str:
        """Return the address of a logo; a file of the assets folder reaches readers as the codes do."""
        theme = self.config.compose.theme
        if not logo or logo.startswith("https://"):
            return logo
        from newsletter.composer.images import BrokenPictureError

        hint = "name an https address, or a picture in the folder that assets_dir names"
        message = f"theme.logo: {logo!r} does not exist or is not a picture"
        wrong = ConfigError(message, place=str(self.config.path), hint=hint)
        path = local_file(logo, self.config)
        if not path:
            raise wrong
        try:
            fitted = self.decoder.fit(path, 2 * theme.logo_width, ground)
        except BrokenPictureError as error:
            raise wrong from error
        return self._attach(fitted.content, fitted.mime_type, "logo", self.config.compose.codes)

    def _fitted_banner(self, article: Article, alt: str, shape: Shape) -> Picture | None:
        from newsletter.composer.images import BrokenPictureError

        try:
            fitted = self._decoded(
                article.banner,
                article,
                lambda path: self.decoder.fit(path, shape.width, height=shape.height, exact=shape.exact),
            )
        except BrokenPictureError as error:
            hint = "fix the picture, or put it into the assets folder"
            self._find("banner-broken", article, f"the banner is left out: {error}", hint)
            return None
        if max(fitted.width, fitted.height) <= _ICON:
            message = f"the banner is left out: it is an icon of {fitted.width} by {fitted.height} pixels"
            self._find("banner-unusable", article, message, "name a picture of 600 pixels or more")
            return None
        if fitted.note:
            self._find("banner-still", article, f"the banner does not move: {fitted.note}", "use a shorter animation")
        stem = _file_stem(f"banner-{article.key}")[:_STEM]
        src = self._attach(fitted.content, fitted.mime_type, stem, self.config.compose.banners)
        return Picture(src=src, alt=alt, width=fitted.width, height=fitted.height)

    def codes(self, articles: Iterable[Article]) -> Mapping[str, Code]:
        """Return the QR codes by the keys of their articles, all of one size; none if codes are off."""
        linked = [article for article in articles if article.link and self.config.compose.qr != "off"]
        planned = [one for article in linked if self._fits(one := (article, *self._planned_code(article)))]
        drawn = draw_codes([wish for _, _, wish in planned])
        shown = zip(planned, drawn, strict=True)
        return {article.key: self._code(article, target, code) for (article, target, _), code in shown}

    def _fits(self, planned: tuple[Article, str, str]) -> bool:
        """Return whether a code can hold its text; add a finding if it cannot."""
        article, _, text = planned
        fits = size(text) <= MOST_BYTES
        if not fits:
            message = f"there is no QR code: its link has more than {MOST_BYTES:,} bytes"
            self._find("qr-missing", article, message, "shorten the link, or set qr_url in [compose]")
        return fits

    def _planned_code(self, article: Article) -> tuple[str, str]:
        """Return (the address to show for a code, its text: the same, or that of the article's own code)."""
        own = self._own_code(article) if self.config.compose.qr in ("auto", "article") else None
        if own:
            return article.link, own
        target = code_target(article, self.config)
        return target, target

    def _code(self, article: Article, target: str, drawn: QrCode) -> Code:
        return Code(
            src=self._attach(drawn.png, "image/png", code_name(article), self.config.compose.codes),
            alt=self.language.words["code_for"].format(target=shorten(article.title, _TARGET)),
            width=drawn.width,
            target=target,
            link="" if target == article.link else target,
            address=_spoken(target),
        )

    def issue_code(self, target: str) -> Code | None:
        """Return the one code of an issue that leads to `target`, its web page or the site."""
        if not target or self.config.compose.qr == "off" or size(target) > MOST_BYTES:
            return None
        (drawn,) = draw_codes([target])
        return Code(
            src=self._attach(drawn.png, "image/png", "qr-issue", self.config.compose.codes),
            alt=self.language.words["code_for"].format(target=self.config.newsletter.name),
            width=drawn.width,
            target=target,
            address=_spoken(target),
        )

    def _own_code(self, article: Article) -> str:
        """Return the text of the article's own code, "" if unavailable; only qr = "article" adds a finding for that.

        A code that leads elsewhere than to the article always adds a finding, and is not shown.
        """
        from newsletter.composer.images import BrokenPictureError

        problem = "the article names none"
        if article.qrcode:
            try:
                text = self._decoded(article.qrcode, article, self.decoder.read_code)
            except BrokenPictureError as error:
                problem = str(error)
            else:
                return text if self._leads_home(text, article) else self._elsewhere(text, article)
        if self.config.compose.qr == "article":
            message = f"the QR code is generated: {problem}"
            self._find("qr-generated", article, message, 'qr = "auto" does so without a finding')
        return ""

    def _leads_home(self, text: str, article: Article) -> bool:
        """Return whether a code leads to the host of the article's link or source, or to one of `qr_hosts`."""
        known = [article.link, article.source_link]
        known += [f"https://{host}" for host in self.config.compose.qr_hosts]
        return code_host(text) in {host for address in known if (host := code_host(address))}

    def _elsewhere(self, text: str, article: Article) -> str:
        shown = shorten(clean_line(text), _SHOWN) or "no text"
        message = f"the QR code is generated: the article's own leads elsewhere, to {shown!r}"
        self._find("qr-elsewhere", article, message, "if this is intended, add its host to qr_hosts in [compose]")
        return ""

    def _decoded(self, address: str, article: Article, decode: Callable[[Path], Decoded]) -> Decoded:
        """Decode a picture of an article; a broken one is removed from the cache."""
        from newsletter.composer.images import BrokenPictureError

        nowhere = ImageData(problem="there is no such file in the assets folder, or beside the article")
        material = self.material.get(find_source(address, article, self.config), nowhere)
        if not material.path:
            raise BrokenPictureError(material.problem)
        try:
            return decode(material.path)
        except BrokenPictureError:
            if material.cached:
                forget(material.path)
            raise

    def _attach(self, content: bytes, mime_type: str, stem: str, how: str) -> str:
        """Carry a picture, as `how` says, and return its address."""
        return self.carriage.add(content, mime_type, stem, host=how == "host")

    def _find(self, code: str, article: Article, message: str, hint: str = "") -> None:
        self.findings.append(finding(code, article.path or article.key, message, hint))


def _spoken(address: str) -> str:
    """Return an address as people read it: whole where it is short, else its host."""
    plain = address.partition("://")[2].removesuffix("/")
    return plain if len(plain) <= _ADDRESS else f"{plain.partition('/')[0]}/…"


_EMBED_HINT = 'banners = "embed" puts a converted copy into the message'


def _link_problem(address: str) -> str:
    if not address:
        return "it is a path, and there is no base_url"
    if not address.startswith("https://") or not split_address(address).netloc:
        return "its address is not https"
    kind = rare_kind(address)
    return f"not every mail program shows {kind}" if kind else ""
