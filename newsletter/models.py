"""The types that packages exchange: frozen, and without side effects.

    Article ─► Selection ─► Outline ─► Message ─► (sender) Batch ─► Delivery

Times are aware datetimes with a *fixed* offset (`datetime.timezone`, never a `ZoneInfo`): two of them compare and
subtract by the instant they mean, also across a daylight-saving change.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal

__all__ = [
    "PERIOD_LABELS",
    "Article",
    "BodyFormat",
    "Counts",
    "Filters",
    "Finding",
    "HostedImage",
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
    "WebEntry",
]


def later(default: Any) -> Any:
    """Return a field that version 0.1.0 did not have: with its default it is no part of an article's digest."""
    return field(default=default, metadata={"later": True})


BodyFormat = Literal["html", "markdown"]
PeriodKind = Literal["week", "day", "month", "days"]
PERIOD_LABELS: Mapping[PeriodKind, str] = {
    "week": r"[0-9]{4}-W[0-9]{2}",
    "day": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "month": r"[0-9]{4}-(0[1-9]|1[0-2])",
    "days": r"[0-9]{4}-[0-9]{2}-[0-9]{2}--[0-9]{4}-[0-9]{2}-[0-9]{2}",
}
"""The kinds of periods, and the labels that each may have as regular expressions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A half-open interval of time, `start` <= t < `end`.

    `label` is the issue id without the slug (``2025-W20``, ``2025-05-15``, ``2025-05``, ``2025-05-01--2025-05-10``);
    `timezone` is the IANA name of the zone in which its days begin; `kind` determines its name for readers.
    """

    kind: PeriodKind
    label: str
    start: datetime
    end: datetime
    timezone: str

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end

    def meets(self, other: "Period") -> bool:
        """Return whether the two overlap."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article, cleaned: text fields are plain text (no markup, no control characters), "" if missing.

    `key` identifies the article, `path` is relative to its archive folder with ``/``, `link` is absolute,
    `category` is a slug ("" if there is none) and the first of `categories`, `label` its name as the article
    spells it ("" if it does not); `banner` and `qrcode` are as in the front matter (a URL, or a path of the
    site or beside the article), `banner_alt` what the first shows; `body` is the raw text below the front matter,
    `teaser` what of it is above the mark that ends a summary, "" without one. `day` is the one that the article writes,
    in its own offset, None where that is the day of `published`. `archive` is the number of its folder.
    `late` marks an article of the previous period that arrived after its issue; `date_from` is the key of the date, or
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
        """Return the SHA-256 of title and text, which identifies an article under another key; "" without text."""
        from hashlib import sha256  # a slow import that few need

        return sha256(f"{self.title}\0{self.body}".encode()).hexdigest() if self.body else ""

    @property
    def text(self) -> str:
        """Return the SHA-256 of the text alone; "" without text."""
        from hashlib import sha256  # a slow import that few need

        return sha256(self.body.encode()).hexdigest() if self.body else ""


class SkipReason(StrEnum):
    """Why an article of the period was left out; the first that applies, in this order."""

    UNREADABLE = "unreadable"
    SECTION = "section"
    HIDDEN = "hidden"
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

    `elsewhere` marks one that was left out because of another source's article: its key, source_link or text.
    """

    key: str
    path: str
    reason: SkipReason
    detail: str = ""
    source: str = ""
    elsewhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Invalid:
    """A file that cannot be an article: `line` counts from 1; 0 means the whole file."""

    path: str
    line: int
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The numbers of files that a selection saw: articles + skipped + (invalid - undated) = in_period."""

    scanned: int
    in_period: int
    articles: int
    skipped: int
    invalid: int
    undated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """The filters of a selection, joined from configuration and command line.

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
    """The filters given on a command line, for comparing two runs; those not given are empty or None."""

    category: tuple[str, ...] = ()
    exclude_category: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    limit: int | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def given(self) -> dict[str, Any]:
        """Return the given filters by the options' names."""
        return {name: value for name, value in asdict(self).items() if value not in ((), None)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The articles selected for a period, in reading order, and every other file of it with a reason.

    `unreadable` are those of `invalid` whose date is in the period, or which are late. `late` are articles of the
    previous period that arrived after its issue, if the configuration only reports them; they count nowhere, as
    do those that were `missed`: no issue had them, and they are too old to come late. `crowded` are articles that came
    late and are out because a limit was full.
    `categories` and `sources` are those of all articles examined; `unread` counts the files whose format is not read,
    by file extension.
    """

    period: Period
    articles: tuple[Article, ...]
    skipped: tuple[Skipped, ...]
    invalid: tuple[Invalid, ...]
    counts: Counts
    unreadable: tuple[Invalid, ...] = ()
    late: tuple[Article, ...] = ()
    missed: tuple[Article, ...] = ()
    crowded: tuple[Article, ...] = ()
    categories: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    unread: Mapping[str, int] = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        """Return the keys and the paths of all articles examined."""
        return self.seen | {one.path for one in self.articles} | {one.path for one in self.skipped}

    @property
    def seen(self) -> frozenset[str]:
        """Return the keys of all articles examined, selected or skipped."""
        return frozenset(one.key for one in self.articles) | frozenset(one.key for one in self.skipped)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlineEntry:
    """One article's place in an issue; `title`, `summary` and `featured` are a person's edits, None if unchanged."""

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
    """A picture embedded in the message; HTML refers to it as ``cid:<cid>``."""

    cid: str
    filename: str
    mime_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostedImage:
    """A picture that the site hosts: HTML refers to it by `address`, and `filename` ends with a digest of `content`."""

    address: str
    filename: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The message for all recipients of an issue, with merge tokens (see `newsletter.merge`) where they differ."""

    subject: str
    html: str = field(repr=False)
    text: str = field(repr=False)
    images: tuple[InlineImage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WebEntry:
    """What the page of all issues and the feed say of one: `line` is its date line, `end` that of its period."""

    issue: str
    title: str
    summary: str
    line: str
    end: datetime


class Severity(StrEnum):
    """The severity of a finding: an error blocks sending, a warning does with ``--strict``."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One result of a check: a stable code, its severity, where (a path, an article's key), what, and what to do."""

    code: str
    severity: Severity
    where: str
    message: str
    hint: str = ""
