"""The settings of `newsletter.toml`: one frozen dataclass per table, with defaults and the rules of single values.

A field's `metadata` may have ``key`` (its name in the file, if Python reserves that word), ``check`` (a function
that returns what is wrong with a value, or "") and ``least`` and ``most`` (the smallest and the largest number
allowed).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from newsletter.email_addresses import parse_address

__all__ = [
    "STARTER_HOST",
    "STARTER_NAME",
    "ComposeSettings",
    "MarketingSettings",
    "NewsletterSettings",
    "QrPlace",
    "RunSettings",
    "SelectSettings",
    "SendSettings",
    "SiteSettings",
    "Theme",
    "Unsubscribe",
    "WebSettings",
    "Weekday",
    "category_problem",
    "parse_hours",
    "parse_span",
    "weekday_number",
]

STARTER_NAME = "My Newsletter"
STARTER_HOST = "news.example.org"
"""What a new project says until its owner has changed it; nothing is sent with it."""

Order = Literal["newest", "oldest", "weight", "featured"]
GroupBy = Literal["category", "source", "day", "none"]
Balance = Literal["day", "category", "source", "none"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Generator = Literal["auto", "hugo", "zola", "jekyll", "none"]
QrPictures = Literal["", "embed", "host"]
QrPlace = Literal["end", "story", "lead", "issue"]
CategorySource = Literal["front_matter", "banner", "folder"]


def weekday_number(name: Weekday) -> int:
    """Return 0 for Monday to 6 for Sunday."""
    return get_args(Weekday).index(name)


def _address(value: str) -> str:
    return "" if parse_address(value)[1] else f"{value!r} is not an address like 'News <news@example.org>'"


def _header(value: str) -> str:
    return "" if re.fullmatch(r"[\x20-\x7e]+", value) else f"{value!r} is not one line of ASCII text"


def _list_id(value: str) -> str:
    return "" if re.fullmatch(r"<?[\x21-\x3b\x3d\x3f-\x7e]+>?", value) else f"{value!r} is not like 'notes.example.org'"


def _url(value: str) -> str:
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if good and not re.search(r"\s", value):
        return ""
    return f"{value!r} is not a web address like 'https://news.example.org'"


def _host(value: str) -> str:
    good = re.fullmatch(r"[^\s/?#@\\:]+(:[0-9]{1,5})?", value)
    return "" if good else f"{value!r} is not a host like 'go.example.org'"


def _slug(value: str) -> str:
    return "" if re.fullmatch(r"[a-z0-9][a-z0-9-]*", value) else f"{value!r} is not a slug like 'energy-weekly'"


def _language(value: str) -> str:
    good = re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", value)
    return "" if good else f"{value!r} is not a language tag like 'en' or 'pt-BR'"


def _timezone(value: str) -> str:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(value)
    except (KeyError, OSError, ValueError):
        return f"{value!r} is not a time zone like 'Europe/Berlin'"
    return ""


def _colour(value: str) -> str:
    return "" if re.fullmatch(r"#[0-9a-fA-F]{6}", value) else f"{value!r} is not a colour like '#0a4f96'"


def parse_span(text: str) -> timedelta | None:
    """Read a span such as ``28d`` or ``4w``; None for anything else."""
    match = re.fullmatch(r"([0-9]{1,5})([dw])", text)
    return timedelta(days=int(match[1]) * (7 if match[2] == "w" else 1)) if match else None


def _span(value: str) -> str:
    return "" if parse_span(value) is not None else f"{value!r} is not a span like '28d' or '4w'"


def parse_hours(text: str) -> tuple[time, time] | None:
    """Read the hours of a day such as ``07:00-19:00`` or ``7-19``; None for anything else."""
    match = re.fullmatch(r"([01]?[0-9]|2[0-3])(?::([0-5][0-9]))?\s*-\s*([01]?[0-9]|2[0-3])(?::([0-5][0-9]))?", text)
    return (time(int(match[1]), int(match[2] or 0)), time(int(match[3]), int(match[4] or 0))) if match else None


def _hours(value: str) -> str:
    return "" if parse_hours(value) else f"{value!r} is not like '07:00-19:00'"


def _expected(value: str) -> str:
    match = re.fullmatch(r"([0-9]{1,12})(?:\.\.([0-9]{1,12}))?", value)
    good = match and int(match[1]) <= int(match[2] or match[1])
    return "" if good else f"{value!r} is not a number of recipients like '1200' or '1000..1500'"


def _text(value: str) -> str:
    return "" if value.strip() else "may not be empty"


def _label(value: str) -> str:
    return "" if re.fullmatch(r"[\x20-\x7e]{1,255}", value) else f"{value[:40]!r} is not ASCII text of 1 to 255 letters"


def _https(value: str) -> str:
    return _url(value) if value.startswith("https://") else f"{value!r} is not an address that begins with https://"


def category_problem(name: str) -> str:
    """Return what is wrong with the name of a category, or ""."""
    return "" if any(map(str.isalnum, name)) else "names no category: it has neither letters nor digits"


def _checked(default: str, check: Callable[[str], str]) -> Any:
    return field(default=default, metadata={"check": check})


def _number(default: float, least: float, most: float = 1_000_000_000) -> Any:
    return field(default=default, metadata={"least": least, "most": most})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsletterSettings:
    """[newsletter]: the publisher, the archive and the time zone."""

    name: str = field(metadata={"check": _text})
    slug: str = _checked("", _slug)
    language: str = _checked("en", _language)
    timezone: str = _checked("UTC", _timezone)
    base_url: str = _checked("", _url)
    archive: tuple[str, ...] = ("content",)
    postal_address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSettings:
    """[site]: the source of the site, and what of it makes pages and addresses.

    `folder` has the generator's configuration, `output` is where it builds to, `links` the list that it writes;
    `permalinks` maps a section to a pattern that replaces the site's own.
    """

    folder: str = ""
    generator: Generator = "auto"
    sections: tuple[str, ...] = ()
    output: str = ""
    links: str = ""
    permalinks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectSettings:
    """[select]: which articles make an issue, and in what order."""

    categories: tuple[str, ...] = field(default=(), metadata={"check": category_problem})
    exclude_categories: tuple[str, ...] = field(default=(), metadata={"check": category_problem})
    sources: tuple[str, ...] = ()
    exclude_sources: tuple[str, ...] = ()
    lead_sources: tuple[str, ...] = ()
    limit: int = _number(20, 0)
    per_category: int = _number(0, 0)
    per_source: int = _number(0, 0)
    balance: Balance = "day"
    order: Order = "newest"
    group_by: GroupBy = "category"
    week_starts_on: Weekday = "monday"
    category_from: tuple[CategorySource, ...] = ("front_matter", "banner", "folder")
    date_keys: tuple[str, ...] = ("date", "publishDate", "published", "published_at")
    title_keys: tuple[str, ...] = ("title",)
    summary_keys: tuple[str, ...] = ("summary", "excerpt", "abstract", "deck", "lead", "description", "subtitle")
    picture_keys: tuple[str, ...] = ()
    excerpt_separator: str = ""
    exclude_submitted: bool = True
    late: Literal["include", "report", "off"] = "include"


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """[compose.theme]: the look. Colours are #rrggbb; logos are https addresses or files in the assets folder.

    `accent_dark` is derived from `accent` where it is "". `logo_dark` is shown in place of `logo` in the dark.
    `radius` rounds buttons and pictures, in pixels.
    """

    accent: str = _checked("#0a4f96", _colour)
    accent_dark: str = _checked("", _colour)
    background: str = _checked("#f4f2ee", _colour)
    background_dark: str = _checked("#121416", _colour)
    surface: str = _checked("#ffffff", _colour)
    surface_dark: str = _checked("#1b1e22", _colour)
    text: str = _checked("#1c1e21", _colour)
    text_dark: str = _checked("#e8e6e3", _colour)
    muted: str = _checked("#5c6066", _colour)
    muted_dark: str = _checked("#a9adb3", _colour)
    logo: str = ""
    logo_dark: str = ""
    logo_width: int = _number(160, 16)
    masthead: Literal["plain", "filled"] = "plain"
    radius: int = _number(4, 0, 24)
    heading_font: str = "Georgia, Gelasio, serif"
    body_font: str = "-apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeSettings:
    """[compose]: content and look of an issue; `private_hosts` may have private addresses and other ports."""

    subject: str = ""
    preheader: str = ""
    intro: str = ""
    template: str = "digest"
    body: Literal["summary", "full"] = "summary"
    banners: Literal["link", "embed", "host"] = "link"
    qr: Literal["auto", "article", "link", "off"] = "auto"
    qr_place: QrPlace = "end"
    qr_pictures: QrPictures = ""
    qr_url: str = "{link}"
    qr_hosts: tuple[str, ...] = field(default=(), metadata={"check": _host})
    offline: bool = False
    assets_dir: tuple[str, ...] = ()
    assets_url: str = _checked("", _url)
    private_hosts: tuple[str, ...] = ()
    web_url: str = _checked("", _url)
    contents: bool = False
    theme: Theme = Theme()
    utm: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def codes(self) -> Literal["embed", "host"]:
        """Return how the pictures of codes and logos reach a reader: as configured, else as the banners do."""
        return self.qr_pictures or ("host" if self.banners == "host" else "embed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsubscribe:
    """[send] unsubscribe: how a reader unsubscribes; `group_id` is for mode group, `url` for mode url."""

    mode: Literal["subscription", "group", "url"] = "subscription"
    group_id: int = _number(0, 0)
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendSettings:
    """[send]: sender, recipients and delivery. `timeout` and `deadline` are seconds, `rate` requests a second."""

    from_: str = field(default="", metadata={"key": "from", "check": _address})
    reply_to: str = _checked("", _address)
    recipients: str = "recipients.csv"
    suppressions: str = ""
    unsubscribe: Unsubscribe = Unsubscribe()
    delivery: str = "mail"  # a name in `newsletter.providers`
    claim: Literal["none", "git"] = "none"
    journal: str = "issues/journal.sqlite3"
    max_age_days: int = _number(21, 0, 36_500)
    timeout: float = _number(30.0, 1, 3600)
    deadline: float = _number(120.0, 1, 86_400)
    retries: int = _number(5, 0, 100)
    concurrency: int = _number(4, 1, 64)
    rate: float = _number(0.0, 0, 10_000)
    max_per_day: int = _number(0, 0)
    max_per_hour: int = _number(0, 0)
    tracking: bool = False
    undo_minutes: int = 0
    list_id: str = _checked("", _list_id)
    feedback_id: str = _checked("", _header)
    proxy: str = _checked("", _url)
    defaults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """[run]: what ``newsletter run`` does beyond composing and sending; `hours` are in the newsletter's time zone."""

    catch_up: str = _checked("28d", _span)
    report_to: str = _checked("", _address)
    require_approval: bool = False
    hours: str = _checked("", _hours)
    before_send: str = ""
    expect_recipients: str = _checked("", _expected)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketingSettings:
    """[marketing]: what an issue is sent to where the provider has the lists; only with ``delivery = "marketing"``.

    `lists` and `segments` are names or ids. Readers leave by `suppression_group_id` or `unsubscribe_url`. `settle` is
    how many seconds a prepared issue must be alone at the provider before it is scheduled.
    """

    lists: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    sender_id: int = _number(0, 0)
    suppression_group_id: int = _number(0, 0)
    unsubscribe_url: str = _checked("", _https)
    categories: tuple[str, ...] = field(default=(), metadata={"check": _label})
    settle: float = _number(5.0, 0, 600)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """[web]: where an issue is a page of the site; `folder` is in the source of the site, `url` its address."""

    folder: str = ""
    url: str = _checked("", _url)
