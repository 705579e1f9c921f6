"""Compose an issue on disk from a selection or from an existing ``issue.toml``."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.app.events import Events
from newsletter.app.history import sending_has_begun
from newsletter.app.references import page_finder
from newsletter.app.select import Request, find_articles, select_articles
from newsletter.app.site_files import listed_issues, write_pictures, write_web
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
from newsletter.marks import Superseded, remove_mark
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
    """Write the requested issue and return it; return the selection if it has no articles.

    An existing issue keeps the articles of its ``issue.toml``, unless a new selection is requested.
    An issue whose sending has begun is not changed. Holds the project's lock, so that no send can run meanwhile.
    """
    from newsletter.sender.lock import locked

    name = options.name or issue_id(request.config.newsletter.slug, request.period)
    directory = request.config.issues / check_issue_id(name)
    with locked(request.config.journal, holder=str(request.config.path)):
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
    if request.history.catch_up is not None:
        events.report_missed(selection.missed, f"it is older than catch_up = {request.config.run.catch_up!r} in [run]")
        events.report_missed(selection.crowded, "it came late, and the limits in [select] were full")
    if not selection.articles:
        return selection
    return _compose_first(request, directory, selection, options, events)


def _refuse_another_newsletters(directory: Path, slug: str) -> None:
    """Raise UsageError if the existing issue was composed with another slug."""
    build = _former_build(directory)
    if build and build.choice.slug not in (slug, None):
        hint = f"its newsletter's slug is {build.choice.slug!r}: name that one's --config, or another --issue"
        raise UsageError(f"{directory.name} is an issue of another newsletter", hint=hint)


def _compose_first(
    request: Request, directory: Path, selection: Selection, options: ComposeOptions, events: Events
) -> Issue:
    """Compose a selection; write its ``issue.toml`` only on success, or the next attempt would not select again."""
    from newsletter.composer.compose import first_outline
    from newsletter.composer.elsewhere import repeats_of

    outline = first_outline(selection, directory.name, request.config)
    articles = {article.key: article for article in selection.articles}
    left_out = _left_out(selection.skipped, outline)
    composition = _render(request, outline, articles, options, events, left_out)
    composition = _with_repeats(composition, repeats_of(selection.skipped))
    _keep_edits(directory)
    remove_mark(directory, Superseded)
    save_outline(directory, outline, {key: article.title for key, article in articles.items()})
    choice = _choice(request, selection, outline, generated=_digest(read_outline(directory) or b""))
    return _save(request, outline, articles, composition, choice)


def _compose_again(request: Request, directory: Path, options: ComposeOptions, events: Events) -> Issue:
    """Render an existing issue from its ``issue.toml``.

    The articles it saw stay recorded, and articles that a person added count as seen.
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
    """Find the outline's articles; of several with the same key, take the issue's own file, else the earliest.

    Otherwise anybody could replace an article of a composed issue with an earlier one that has the same key.
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
    """Return the findings about articles that other sources keep out of an issue that is composed again."""
    from newsletter.composer.elsewhere import repeats_again

    recorded = {one.key for one in build.articles} if build else set()
    added = {article.key for article in articles} - recorded
    skipped = [one for one in everything.skipped if one.key in added]
    return repeats_again(build.findings if build else (), skipped, {article.path for article in articles})


def _with_repeats(composition: "Composition", repeats: Iterable[Finding]) -> "Composition":
    return replace(composition, findings=(*composition.findings, *repeats))


def _compare(request: Request, name: str, build: Build, events: Events, *, named: bool) -> None:
    """Refuse filters that differ from the issue's; if it was `named`, note that they or another period are ignored."""
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
    """Render the message, and prove its own links; write nothing."""
    from newsletter.app.proof import prove_links
    from newsletter.composer.compose import compose

    config = request.config
    with events.progress("pictures fetched") as progress:
        offline = options.offline or config.compose.offline
        now = None if options.reselect else request.now  # a new selection requests every picture again
        composition = compose(
            outline,
            articles,
            config,
            offline=offline,
            now=now,
            left_out=left_out,
            progress=progress,
            page=page_finder(config),
            listed=listed_issues(config),
        )
    proved = prove_links(composition.message, outline, articles, config)
    return replace(composition, findings=(*composition.findings, *proved))


def _save(
    request: Request,
    outline: Outline,
    articles: Mapping[str, Article],
    composition: "Composition",
    choice: SelectionRecord,
) -> Issue:
    """Write the message and its build record, after what the site has to show for it."""
    write_pictures(composition.hosted, request.config)
    write_web(composition.web, request.config)
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
    """Back up an ``issue.toml`` that a person has, or may have, edited."""
    former = read_outline(directory)
    build = _former_build(directory)
    if former is not None and not (build and build.choice.generated == _digest(former)):
        keep_outline(directory, former)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _former_build(directory: Path) -> Build | None:
    """Read the build.json of an earlier compose; None if it was never finished or is damaged."""
    try:
        return load_build(directory)
    except NewsletterError:
        return None


def _choice(request: Request, selection: Selection, outline: Outline, generated: str = "") -> SelectionRecord:
    """Describe how an issue's articles were chosen.

    An article that is neither selected nor skipped was not seen: the next issue includes it as late. What was only
    reported to be late, or too old for that, by a run that catches up counts as seen, so that it is reported once.
    """
    reported = (*selection.late, *selection.missed) if request.history.catch_up is not None else ()
    unpublished = (SkipReason.HIDDEN, SkipReason.DRAFT, SkipReason.FUTURE)
    return SelectionRecord(
        options=request.narrowed.options(),
        filters=request.narrowed.filters(request.config),
        selection=selected(selection),
        seen=frozenset(one.key for ones in (outline.entries, selection.skipped, reported) for one in ones),
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
