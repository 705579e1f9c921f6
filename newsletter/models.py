"""The types that cross the borders between the rooms: frozen, and without behaviour that touches the world.

    Article ─► Selection ─► Outline ─► Message ─► (sender) Batch ─► Delivery

Times are aware datetimes with a *fixed* offset (`datetime.timezone`, never a `ZoneInfo`): two of them compare and
subtract by the instant they mean, also across a daylight-saving change.
"""

from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal

__all__ = [
    "Article",
    "BodyFormat",
    "Counts",
    "Filters",
    "Finding",
    "InlineImage",
    "Invalid",
    "Message",
    "Options",
    "Outline",
    "OutlineEntry",
    "Period",
    "PeriodKind",
    "Selection",
    "Severity",
    "SkipReason",
    "Skipped",
]


def later(default: Any) -> Any:
    """Return a field that version 0.1.0 did not have: with its default it is no part of an article's digest."""
    return field(default=default, metadata={"later": True})


BodyFormat = Literal["html", "markdown"]
PeriodKind = Literal["week", "day", "month", "days"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A half-open stretch of time, `start` <= t < `end`.

    `label` is the issue id without the slug (``2025-W20``, ``2025-05-15``, ``2025-05``, ``2025-05-01--2025-05-10``);
    `timezone` is the IANA name in which its days begin; `kind` says how a reader would call it.
    """

    kind: PeriodKind
    label: str
    start: datetime
    end: datetime
    timezone: str

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end

    def meets(self, other: "Period") -> bool:
        """Return whether the two have any time in common."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article, cleaned: text fields hold plain text (no markup, no control characters), "" where it has none.

    `key` says who is the same article, `path` is relative to its archive folder with ``/``, `link` is absolute,
    `category` is a slug ("" when nothing names one) and the first of `categories`, `label` its name as the article
    spells it ("" where it does not); `banner` and `qrcode` are as the front matter has them (a URL, or a path of the
    site or beside the article), `banner_alt` what the first shows; `body` is the raw text below the front matter,
    `teaser` what of it is above the mark that ends a summary, "" without one. `day` is the one that the article writes,
    in its own offset, None where that is the day of `published`. `archive` is the number of its folder.
    `late` marks one of the previous period that came after its issue; `date_from` is the key that gave the date, or
    ``path`` or ``file name``.
    """

    key: str
    path: str
    title: str
    published: datetime
    link: str
    body: str
    body_format: BodyFormat = "html"
    teaser: str = later("")
    day: date | None = later(None)
    summary: str = ""
    description: str = ""
    category: str = ""
    categories: tuple[str, ...] = ()
    label: str = ""
    source: str = ""
    source_link: str = ""
    authors: tuple[str, ...] = later(())
    banner: str = ""
    banner_alt: str = later("")
    qrcode: str = ""
    language: str = ""
    weight: int = 0
    featured: bool = False
    late: bool = False
    date_from: str = ""
    archive: int = 0

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256 of title and text, which recognises an article under another key; "" without text."""
        from hashlib import sha256  # a slow import that few need

        return sha256(f"{self.title}\0{self.body}".encode()).hexdigest() if self.body else ""

    @property
    def text(self) -> str:
        """Return the SHA-256 of the text alone; "" without text."""
        from hashlib import sha256  # a slow import that few need

        return sha256(self.body.encode()).hexdigest() if self.body else ""


class SkipReason(StrEnum):
    """Why an article of the period is out; the first that holds, in this order."""

    UNREADABLE = "unreadable"
    SECTION = "section"
    DRAFT = "draft"
    FUTURE = "future"
    EXPIRED = "expired"
    LANGUAGE = "language"
    CATEGORY = "category"
    SOURCE = "source"
    EXCLUDED = "excluded"
    DUPLICATE = "duplicate"
    SUBMITTED = "submitted"
    PER_SOURCE = "per_source"
    PER_CATEGORY = "per_category"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """An article of the period that is not in the selection, with its one reason and that reason's detail.

    `elsewhere` marks one that is out for what an article of another source says: its key, its source_link or its text.
    """

    key: str
    path: str
    reason: SkipReason
    detail: str = ""
    source: str = ""
    elsewhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Invalid:
    """A file that cannot be an article: `line` counts from 1, 0 where the whole file is meant."""

    path: str
    line: int
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many files a selection saw: articles + skipped + (invalid - undated) = in_period."""

    scanned: int
    in_period: int
    articles: int
    skipped: int
    invalid: int
    undated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What narrows a selection down, after configuration and command line are joined.

    Categories are slugs or labels, sources names (compared without regard to case), `include` and `exclude` are
    keys or paths of articles; 0 means no limit.
    """

    categories: tuple[str, ...] = ()
    exclude_categories: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    exclude_sources: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    limit: int = 20
    per_category: int = 0
    per_source: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The filters that a command line gave, for comparing two runs; what was not given is empty or None."""

    category: tuple[str, ...] = ()
    exclude_category: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    limit: int | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def given(self) -> dict[str, Any]:
        """Return what was given, by the options' names."""
        return {name: value for name, value in asdict(self).items() if value not in ((), None)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The articles picked for a period, in reading order, and every other file of it with a reason.

    `unreadable` are those of `invalid` whose date is in the period, or which came late. `late` are articles of the
    previous period that came after its issue where the configuration wants them reported only; they count nowhere.
    `categories` and `sources` are those of all articles looked at.
    """

    period: Period
    articles: tuple[Article, ...]
    skipped: tuple[Skipped, ...]
    invalid: tuple[Invalid, ...]
    counts: Counts
    unreadable: tuple[Invalid, ...] = ()
    late: tuple[Article, ...] = ()
    categories: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """Return the keys and the paths of all articles that were looked at."""
        return self.seen | {one.path for one in self.articles} | {one.path for one in self.skipped}

    @property
    def seen(self) -> frozenset[str]:
        """Return the keys of all articles that were looked at, in or out."""
        return frozenset(one.key for one in self.articles) | frozenset(one.key for one in self.skipped)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlineEntry:
    """One article's place in an issue; `title`, `summary` and `featured` are a person's wish, None where unchanged."""

    key: str
    title: str | None = None
    summary: str | None = None
    featured: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What a person may edit of an issue (`issue.toml`): texts in Markdown or plain, and the articles in order."""

    issue: str
    period: Period
    subject: str
    preheader: str = ""
    intro: str = ""
    entries: tuple[OutlineEntry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineImage:
    """A picture that travels in the message; HTML refers to it as ``cid:<cid>``."""

    cid: str
    filename: str
    mime_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What every recipient of an issue gets, with merge tokens (see `newsletter.merge`) where recipients differ."""

    subject: str
    html: str = field(repr=False)
    text: str = field(repr=False)
    images: tuple[InlineImage, ...] = ()


class Severity(StrEnum):
    """How much a finding matters: an error blocks sending, a warning does under ``--strict``."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One result of a check: a stable code, how bad, where (a path, an article's key), what, and what to do."""

    code: str
    severity: Severity
    where: str
    message: str
    hint: str = ""
