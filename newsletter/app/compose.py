"""From a selection, or from an ``issue.toml`` that is there already, to an issue on disk."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.app.events import Events
from newsletter.app.history import sending_has_begun
from newsletter.app.select import Request, find_articles, select_articles
from newsletter.build import ArticleRecord, Build, SelectionRecord
from newsletter.documents import SkippedDocument, selected
from newsletter.errors import NewsletterError, UsageError
from newsletter.issues import (
    OUTLINE,
    Issue,
    check_issue_id,
    issue_id,
    keep_outline,
    load_build,
    load_issue,
    load_outline,
    read_outline,
    save_issue,
    save_outline,
)
from newsletter.models import Article, Filters, Finding, Outline, Selection, Skipped, SkipReason

if TYPE_CHECKING:
    from newsletter.composer.compose import Composition

__all__ = ["ComposeOptions", "compose_issue"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeOptions:
    """How to compose: under another name, with a new selection, without fetching."""

    name: str | None = None
    reselect: bool = False
    offline: bool = False


def compose_issue(request: Request, options: ComposeOptions, events: Events) -> Issue | Selection:
    """Write the issue asked for and give it back; the selection when there is nothing to put into it.

    The articles of an issue that is already there are those of its ``issue.toml``, unless a new selection is asked
    for. An issue whose sending has begun stays as it is. Holds the project's lock, so that no send is under way.
    """
    from newsletter.sender.lock import locked

    name = options.name or issue_id(request.config.newsletter.slug, request.period)
    directory = request.config.issues / check_issue_id(name)
    with locked(request.config.journal):
        return _compose(request, directory, options, events)


def _compose(request: Request, directory: Path, options: ComposeOptions, events: Events) -> Issue | Selection:
    _refuse_another_newsletters(directory, request.config.newsletter.slug)
    if sending_has_begun(request.config, directory.name):
        events.note(f"{directory.name} has already been (or is being) sent; leaving it unchanged")
        return load_issue(directory)
    if read_outline(directory) is not None and not options.reselect:
        return _compose_again(request, directory, options, events)
    selection = select_articles(replace(request, history=request.history.without(directory.name)), events)
    events.report_invalid(selection.invalid, request.history.reported())
    events.report_late(selection.late)
    if not selection.articles:
        return selection
    return _compose_first(request, directory, selection, options, events)


def _refuse_another_newsletters(directory: Path, slug: str) -> None:
    """Raise UsageError where an issue is there that was composed with another slug."""
    build = _former_build(directory)
    if build and build.choice.slug not in (slug, None):
        hint = f"its newsletter's slug is {build.choice.slug!r}: name that one's --config, or another --issue"
        raise UsageError(f"{directory.name} is an issue of another newsletter", hint=hint)


def _compose_first(
    request: Request, directory: Path, selection: Selection, options: ComposeOptions, events: Events
) -> Issue:
    """Compose a selection; its ``issue.toml`` is written once that went well, else the next try would not pick anew."""
    from newsletter.composer.compose import first_outline
    from newsletter.composer.elsewhere import repeats_of

    outline = first_outline(selection, directory.name, request.config)
    articles = {article.key: article for article in selection.articles}
    left_out = _left_out(selection.skipped, outline)
    composition = _render(request, outline, articles, options, events, left_out)
    composition = _with_repeats(composition, repeats_of(selection.skipped))
    _keep_edits(directory)
    save_outline(directory, outline, {key: article.title for key, article in articles.items()})
    choice = _choice(request, selection, outline, generated=_digest(read_outline(directory) or b""))
    return _save(request, outline, articles, composition, choice)


def _compose_again(request: Request, directory: Path, options: ComposeOptions, events: Events) -> Issue:
    """Render an issue that is already there as its ``issue.toml`` has it.

    What it once saw stays on record, and what a person added was seen as well.
    """
    build = _former_build(directory)
    if build:
        _compare(request, directory.name, build, events, named=options.name is not None)
    events.note(f"{directory.name} already exists: rendering the articles of its {OUTLINE} (--reselect selects again)")
    outline = load_outline(directory, build.outline.period if build else request.period)
    everything = select_articles(request, events, outline.period, Filters(limit=0))
    articles = _named_articles(request, outline, build, everything, events)
    choice = build.choice if build else _choice(request, select_articles(request, events, outline.period), outline)
    left_out = _left_out(choice.selection.skipped, outline)
    composition = _render(request, outline, articles, options, events, left_out)
    used = [articles[entry.key] for entry in outline.entries if entry.key in articles]
    composition = _with_repeats(composition, _repeats_again(build, everything, used))
    seen = choice.seen.union(entry.key for entry in outline.entries)
    return _save(request, outline, articles, composition, replace(choice, seen=seen))


def _named_articles(
    request: Request, outline: Outline, build: Build | None, everything: Selection, events: Events
) -> dict[str, Article]:
    """Find the outline's articles; of several with one key it is the file that the issue had, else the earliest.

    Without that, anybody could replace an article of a composed issue by an earlier one that bears its key.
    """
    paths = {one.key: one.path for one in build.articles} if build else {}
    articles = {article.key: article for article in everything.articles}
    keys = {entry.key for entry in outline.entries}
    others = {key for key in keys & articles.keys() if paths.get(key, articles[key].path) != articles[key].path}
    found = find_articles(request, keys - articles.keys() | others, events, paths)
    return articles | {key: one for key, one in found.items() if key not in others or one.path == paths[key]}


def _left_out(skipped: Iterable[Skipped | SkippedDocument], outline: Outline) -> int:
    """Count the articles of the period that only a limit kept out of an issue; a person may have added some."""
    keys = {entry.key for entry in outline.entries}
    limits = (SkipReason.PER_SOURCE, SkipReason.PER_CATEGORY, SkipReason.LIMIT)
    return sum(one.reason in limits and one.key not in keys for one in skipped)


def _repeats_again(build: Build | None, everything: Selection, articles: Iterable[Article]) -> Iterable[Finding]:
    """Find again what other sources keep out of an issue that was composed before."""
    from newsletter.composer.elsewhere import repeats_again

    recorded = {one.key for one in build.articles} if build else set()
    added = {article.key for article in articles} - recorded
    skipped = [one for one in everything.skipped if one.key in added]
    return repeats_again(build.findings if build else (), skipped, {article.path for article in articles})


def _with_repeats(composition: "Composition", repeats: Iterable[Finding]) -> "Composition":
    return replace(composition, findings=(*composition.findings, *repeats))


def _compare(request: Request, name: str, build: Build, events: Events, *, named: bool) -> None:
    """Refuse other filters than the issue's; where it was `named`, say that they, or another period, do not count."""
    other_filters = request.narrowed.options() != build.choice.options
    if other_filters and not named:
        hint = "--reselect selects again, --issue ID makes another issue"
        raise UsageError(f"{name} was composed with other filters", hint=hint)
    other_period = build.outline.period != request.period
    if other_filters or other_period:
        events.note(f"{name} keeps its own period and filters; use --reselect to apply the ones given")


def _render(
    request: Request,
    outline: Outline,
    articles: Mapping[str, Article],
    options: ComposeOptions,
    events: Events,
    left_out: int,
) -> "Composition":
    """Make the message; nothing is written."""
    from newsletter.composer.compose import compose

    config = request.config
    with events.progress("pictures fetched") as progress:
        offline = options.offline or config.compose.offline
        now = None if options.reselect else request.now  # a new selection asks for every picture
        return compose(outline, articles, config, offline=offline, now=now, left_out=left_out, progress=progress)


def _save(
    request: Request,
    outline: Outline,
    articles: Mapping[str, Article],
    composition: "Composition",
    choice: SelectionRecord,
) -> Issue:
    """Write the message down, and how it came about."""
    used = (articles[entry.key] for entry in outline.entries if entry.key in articles)
    return save_issue(
        request.config.issues / outline.issue,
        outline,
        composition.message,
        composition.eml,
        composition.page,
        findings=composition.findings,
        choice=choice,
        templates=dict(composition.templates),
        articles=map(_used, used),
    )


def _keep_edits(directory: Path) -> None:
    """Keep a copy of an ``issue.toml`` that a person has, or may have, edited."""
    former = read_outline(directory)
    build = _former_build(directory)
    if former is not None and not (build and build.choice.generated == _digest(former)):
        keep_outline(directory, former)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _former_build(directory: Path) -> Build | None:
    """Read the build.json of an earlier compose, None where it was never finished or is damaged."""
    try:
        return load_build(directory)
    except NewsletterError:
        return None


def _choice(request: Request, selection: Selection, outline: Outline, generated: str = "") -> SelectionRecord:
    """Describe how an issue's articles were chosen.

    An article that is neither in nor out for a reason was not seen: it comes late into the next issue.
    """
    unpublished = (SkipReason.DRAFT, SkipReason.FUTURE)
    return SelectionRecord(
        options=request.narrowed.options(),
        filters=request.narrowed.filters(request.config),
        selection=selected(selection),
        seen=frozenset({one.key for one in outline.entries} | {one.key for one in selection.skipped}),
        waiting={one.key: one.path for one in selection.skipped if one.reason in unpublished},
        generated=generated,
        slug=request.config.newsletter.slug,
    )


def _used(article: Article) -> ArticleRecord:
    unsaid = {one.name for one in fields(article) if one.metadata and getattr(article, one.name) == one.default}
    said = {name: value for name, value in asdict(article).items() if name not in unsaid}
    text = json.dumps(said, sort_keys=True, default=lambda when: when.isoformat())  # its day and its time
    return ArticleRecord(
        key=article.key,
        path=article.path,
        digest=_digest(text.encode()),
        mark=article.fingerprint,
        source_link=article.source_link,
        text=article.text,
    )
