"""What `build.json` holds: how an issue was made, for the next compose, for later issues and for sending."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from newsletter import __version__
from newsletter.documents import findings_document, parse_findings, parse_period, period_document
from newsletter.models import Finding, InlineImage, Outline, OutlineEntry

__all__ = ["Build", "Choice", "Used", "build_document", "parse_build"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How an issue's articles were chosen.

    `options` are the filters of the command line, `filters` what they came to with those of the configuration, and
    `selection` is what ``select --json`` would have printed, without the period. `seen` are the keys of the articles
    that are in, or out for a reason; `waiting` maps those of drafts and future articles to their paths. `generated` is
    the digest of issue.toml as it was before a person edited it, "" where nobody knows. `slug` is that of the
    newsletter whose issue it is, None where an earlier version did not say: then it may be of any.
    """

    options: Mapping[str, Any]
    filters: Mapping[str, Any]
    selection: Mapping[str, Any]
    seen: frozenset[str]
    waiting: Mapping[str, str]
    generated: str
    slug: str | None = None

    @property
    def broken(self) -> frozenset[str]:
        """Give the paths of the files that could not be read."""
        return frozenset(invalid["path"] for invalid in self.selection["invalid"])

    @property
    def claims(self) -> list[tuple[str, str, str | None]]:
        """List (key, path, source) of each article that was looked at; the source is None where it was not kept."""
        looked_at = [*self.selection.get("articles", ()), *self.selection.get("skipped", ())]
        return [(one["key"], one["path"], one.get("source")) for one in looked_at]


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """An article as it was when it was composed: `digest` of all it said, and by what it is known again.

    That are `mark` (its title and text), `source_link` and `text` (a digest); "" where it has none. `source` is None
    where an earlier version did not say it.
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

    `subject`, `images` (their content aside) and `digest` are those of the message; `files` and `templates` map names
    to digests.
    """

    outline: Outline
    choice: Choice
    subject: str
    images: tuple[InlineImage, ...]
    digest: str
    findings: tuple[Finding, ...]
    files: Mapping[str, str] = field(repr=False)
    templates: Mapping[str, str] = field(repr=False)
    articles: tuple[Used, ...] = field(repr=False)

    def is_of(self, slug: str) -> bool:
        """Tell whether it is, or may be, an issue of the newsletter with this slug."""
        return self.choice.slug in (slug, None)


def build_document(build: Build) -> dict[str, Any]:
    """Describe how an issue was made."""
    choice, outline = build.choice, build.outline
    return {
        "version": __version__,
        "slug": choice.slug,
        "issue": outline.issue,
        "period": period_document(outline.period),
        "subject": build.subject,
        "outline": {name: getattr(outline, name) for name in ("subject", "preheader", "intro")},
        "entries": [asdict(entry) for entry in outline.entries],
        "digest": build.digest,
        "files": dict(build.files),
        "images": [{"cid": i.cid, "filename": i.filename, "mime_type": i.mime_type} for i in build.images],
        "findings": findings_document(build.findings),
        "options": dict(choice.options),
        "filters": dict(choice.filters),
        "selection": dict(choice.selection),
        "seen": sorted(choice.seen),
        "waiting": [{"key": key, "path": path} for key, path in choice.waiting.items()],
        "generated": choice.generated,
        "templates": dict(build.templates),
        "articles": [_used_document(article) for article in build.articles],
    }


def _used_document(used: Used) -> dict[str, str]:
    return {name: value for name, value in asdict(used).items() if value is not None}


def parse_build(issue: str, document: Mapping[str, Any]) -> Build:
    """Read what `build_document` wrote of `issue`; KeyError, TypeError or ValueError where it is something else."""
    entries = tuple(OutlineEntry(**entry) for entry in document["entries"])
    outline = {name: _text(document["outline"][name]) for name in ("subject", "preheader", "intro")}
    _texts(entry.key for entry in entries)
    return Build(
        outline=Outline(issue=issue, period=parse_period(document["period"]), entries=entries, **outline),
        choice=_parse_choice(document),
        subject=_text(document["subject"]),
        images=tuple(InlineImage(content=b"", **_names(image)) for image in document["images"]),
        digest=_text(document["digest"]),
        findings=parse_findings(document["findings"]),
        files=_names(document["files"]),
        templates=_names(document["templates"]),
        articles=tuple(Used(**_names(one)) for one in document["articles"]),
    )


def _parse_choice(document: Mapping[str, Any]) -> Choice:
    selection = document["selection"]
    _texts(invalid["path"] for invalid in selection["invalid"])
    choice = Choice(
        options=dict(document["options"]),
        filters=dict(document["filters"]),
        selection=selection,
        seen=frozenset(_texts(document["seen"])),
        waiting={_text(one["key"]): _text(one["path"]) for one in document["waiting"]},
        generated=_text(document["generated"]),
        slug=None if document.get("slug") is None else _text(document["slug"]),
    )
    _texts(value for claim in choice.claims for value in claim if value is not None)
    return choice


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def _texts(values: Iterable[object]) -> list[str]:
    return [_text(value) for value in values]


def _names(table: Mapping[str, object]) -> dict[str, str]:
    return {name: _text(value) for name, value in table.items()}
