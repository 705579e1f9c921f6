"""`build.json`: how an issue was made, for composing it again, for later issues and for sending.

`_BuildDocument` is the file, field by field. A project folder may come from somebody else, so values that are
used as a file name, a header or a date are checked on reading. `Build` is what the rest of the program uses.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from newsletter import __version__
from newsletter.documents import SCHEMA, SelectionDocument, decode
from newsletter.models import (
    PERIOD_LABELS,
    Filters,
    Finding,
    InlineImage,
    Options,
    Outline,
    OutlineEntry,
    Period,
    PeriodKind,
)

__all__ = [
    "OUTLINE",
    "PARTS",
    "ArticleRecord",
    "Build",
    "NewerError",
    "SelectionRecord",
    "build_document",
    "parse_build",
]

OUTLINE = "issue.toml"
PARTS = ("email.html", "email.txt", "email.eml")
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_PICTURE = re.compile(rf"images/{_PLAIN.pattern}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionRecord:
    """How an issue's articles were chosen.

    `options` are the filters of the command line, `filters` the same joined with those of the configuration, and
    `selection` is what ``select --json`` would have printed, without the period. `seen` are the keys of the articles
    that were selected or skipped; `waiting` maps those of drafts and future articles to their paths. `generated` is
    the digest of issue.toml before a person edited it, "" if unknown. `slug` is that of the
    issue's newsletter, None if an earlier version did not record it: then it may be any.
    """

    options: Options
    filters: Filters
    selection: SelectionDocument
    seen: frozenset[str]
    waiting: Mapping[str, str]
    generated: str
    slug: str | None = None

    @property
    def broken(self) -> frozenset[str]:
        """Return the paths of the files that could not be read."""
        return frozenset(invalid.path for invalid in self.selection.invalid)

    @property
    def claims(self) -> list[tuple[str, str, str | None]]:
        """List (key, path, source) of each article that was examined; the source is None if it was not recorded."""
        articles = [(one.key, one.path, one.source) for one in self.selection.articles]
        return [*articles, *((one.key, one.path, one.source) for one in self.selection.skipped)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRecord:
    """An article as it was when it was composed: the `digest` of its contents, and what identifies it later.

    These are `mark` (`Article.fingerprint`), `source_link` and `text` (a digest), "" if it has none. `source` is None
    if an earlier version did not record it.
    """

    key: str
    path: str
    digest: str
    mark: str
    source_link: str = ""
    text: str = ""
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """How an issue was made. Digests are SHA-256 in hexadecimal.

    `subject`, `images` (without content) and `digest` are those of the message; `files` and `templates` map names
    to digests.
    """

    outline: Outline
    choice: SelectionRecord
    subject: str
    images: tuple[InlineImage, ...]
    digest: str
    findings: tuple[Finding, ...]
    files: Mapping[str, str] = field(repr=False)
    templates: Mapping[str, str] = field(repr=False)
    articles: tuple[ArticleRecord, ...] = field(repr=False)

    def belongs_to(self, slug: str) -> bool:
        """Return whether it is, or may be, an issue of the newsletter with this slug."""
        return self.choice.slug in (slug, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Period:
    """A period; ValueError for one that no command can create (see `selector.period`)."""

    kind: PeriodKind
    label: str
    start: str
    end: str
    timezone: str

    @classmethod
    def of(cls, period: Period) -> "_Period":
        start, end = period.start.isoformat(), period.end.isoformat()
        return cls(kind=period.kind, label=period.label, start=start, end=end, timezone=period.timezone)

    def __post_init__(self) -> None:
        if not re.fullmatch(PERIOD_LABELS[self.kind], self.label):
            raise ValueError(f"{self.label!r} is not the label of a {self.kind}")
        if self.kind == "day":
            date.fromisoformat(self.label)
        try:
            ZoneInfo(self.timezone)
        except (KeyError, OSError):
            raise ValueError(f"{self.timezone!r} is not a time zone") from None
        start, end = map(datetime.fromisoformat, (self.start, self.end))
        if not (start.tzinfo and end.tzinfo and start <= end):
            raise ValueError("its times lack an offset, or the end is before the start")

    def period(self) -> Period:
        start, end = map(datetime.fromisoformat, (self.start, self.end))
        return Period(kind=self.kind, label=self.label, start=start, end=end, timezone=self.timezone)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Schema:
    schema: int


class NewerError(Exception):
    """A `build.json` of a later version, whose fields may mean something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Texts:
    subject: str
    preheader: str
    intro: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Image:
    """A picture in the folder ``images/``; ValueError for names that are not plain."""

    cid: str
    filename: str
    mime_type: str

    def __post_init__(self) -> None:
        for name in (self.cid, self.filename):
            _require_plain(name)
        if not re.fullmatch(r"image/[a-z]+", self.mime_type):
            raise ValueError(f"{self.mime_type[:50]!r} is not the type of a picture")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    key: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _BuildDocument:
    """The file itself, in its order; fields that a later version adds are ignored."""

    schema: int
    version: str = ""
    slug: str | None = None
    issue: str = ""
    period: _Period
    subject: str
    outline: _Texts
    entries: tuple[OutlineEntry, ...]
    digest: str
    files: dict[str, str]
    images: tuple[_Image, ...]
    findings: tuple[Finding, ...]
    options: Options
    filters: Filters
    selection: SelectionDocument
    seen: tuple[str, ...]
    waiting: tuple[_Waiting, ...]
    generated: str
    templates: dict[str, str]
    articles: tuple[ArticleRecord, ...]

    def __post_init__(self) -> None:
        for name in self.files:
            if name not in (OUTLINE, *PARTS):
                _require_plain(name, _PICTURE)
        for name in (OUTLINE, *PARTS, *(f"images/{image.filename}" for image in self.images)):
            if name not in self.files:
                raise ValueError(f"'files' does not name {name}")
        if re.search(r"[\x00-\x1f\x7f]", self.subject):
            raise ValueError("'subject' holds a control character")


def _require_plain(name: str, pattern: re.Pattern[str] = _PLAIN) -> None:
    """Raise ValueError for anything but the plain name of a file that the program could have written."""
    if not pattern.fullmatch(name):
        raise ValueError(f"{name[:50]!r} is not the name of a file of an issue")


def build_document(build: Build) -> dict[str, Any]:
    """Return the `build.json` that describes how an issue was made."""
    choice, outline = build.choice, build.outline
    document = _BuildDocument(
        schema=SCHEMA,
        version=__version__,
        slug=choice.slug,
        issue=outline.issue,
        period=_Period.of(outline.period),
        subject=build.subject,
        outline=_Texts(subject=outline.subject, preheader=outline.preheader, intro=outline.intro),
        entries=outline.entries,
        digest=build.digest,
        files=dict(build.files),
        images=tuple(_Image(cid=i.cid, filename=i.filename, mime_type=i.mime_type) for i in build.images),
        findings=build.findings,
        options=choice.options,
        filters=choice.filters,
        selection=choice.selection,
        seen=tuple(sorted(choice.seen)),
        waiting=tuple(_Waiting(key=key, path=path) for key, path in choice.waiting.items()),
        generated=choice.generated,
        templates=dict(build.templates),
        articles=build.articles,
    )
    return {**asdict(document), "options": choice.options.given()}


def parse_build(issue: str, content: bytes) -> Build:
    """Read the `build.json` of `issue`; ValueError names what is wrong, and where.

    Raises NewerError if it has another schema.
    """
    if decode(content, _Schema).schema != SCHEMA:
        raise NewerError
    document = decode(content, _BuildDocument)
    texts, period = document.outline, document.period.period()
    return Build(
        outline=Outline(issue=issue, period=period, entries=document.entries, **asdict(texts)),
        choice=SelectionRecord(
            options=document.options,
            filters=document.filters,
            selection=document.selection,
            seen=frozenset(document.seen),
            waiting={one.key: one.path for one in document.waiting},
            generated=document.generated,
            slug=document.slug,
        ),
        subject=document.subject,
        images=tuple(InlineImage(content=b"", **asdict(image)) for image in document.images),
        digest=document.digest,
        findings=document.findings,
        files=document.files,
        templates=document.templates,
        articles=document.articles,
    )
