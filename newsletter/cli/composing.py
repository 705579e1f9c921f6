"""From a selection, or from an ``issue.toml`` that is there already, to an issue on disk."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.build import Build, Choice, Used
from newsletter.cli.history import sending_has_begun
from newsletter.cli.selecting import Request, find_articles, select_articles
from newsletter.documents import selection_document
from newsletter.errors import NewsletterError, UsageError
from newsletter.files import write_file
from newsletter.issues import (
    OUTLINE,
    Issue,
    check_issue_id,
    issue_id,
    load_build,
    load_issue,
    load_outline,
    save_issue,
    save_outline,
)
from newsletter.models import Article, Filters, Outline, Selection, SkipReason

if TYPE_CHECKING:
    from newsletter.composer.compose import Composition

__all__ = ["ComposeOptions", "compose_issue"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeOptions:
    """How to compose: under another name, with a new selection, without fetching."""

    name: str | None = None
    reselect: bool = False
    offline: bool = False


def compose_issue(request: Request, options: ComposeOptions) -> Issue | Selection:
    """Write the issue asked for and give it back; the selection when there is nothing to put into it.

    The articles of an issue that is already there are those of its ``issue.toml``, unless a new selection is asked
    for. An issue whose sending has begun stays as it is. Holds the project's lock, so that no send is under way.
    """
    from newsletter.sender.lock import locked

    name = options.name or issue_id(request.config.newsletter.slug, request.period)
    directory = request.config.issues / check_issue_id(name)
    with locked(request.config.journal):
        return _compose(request, directory, options)


def _compose(request: Request, directory: Path, options: ComposeOptions) -> Issue | Selection:
    _refuse_another_newsletters(directory, request.config.newsletter.slug)
    if sending_has_begun(request.config, directory.name):
        request.session.note(f"{directory.name} is being sent or was sent; it is left as it is")
        return load_issue(directory)
    if (directory / OUTLINE).is_file() and not options.reselect:
        return _compose_again(request, directory, options)
    selection = select_articles(replace(request, history=request.history.without(directory.name)))
    request.session.report_invalid(selection.invalid, request.history.reported())
    request.session.report_late(selection.late)
    if not selection.articles:
        return selection
    return _compose_first(request, directory, selection, options)


def _refuse_another_newsletters(directory: Path, slug: str) -> None:
    """Raise UsageError where an issue is there that was composed with another slug."""
    build = _former_build(directory)
    if build and build.choice.slug not in (slug, None):
        hint = f"its newsletter's slug is {build.choice.slug!r}: name that one's --config, or another --issue"
        raise UsageError(f"{directory.name} is an issue of another newsletter", hint=hint)


def _compose_first(request: Request, directory: Path, selection: Selection, options: ComposeOptions) -> Issue:
    """Compose a selection; its ``issue.toml`` is written once that went well, else the next try would not pick anew."""
    from newsletter.composer.compose import first_outline

    outline = first_outline(selection, directory.name, request.config)
    articles = {article.key: article for article in selection.articles}
    composition = _render(request, outline, articles, options)
    _keep_edits(directory)
    save_outline(directory, outline, {key: article.title for key, article in articles.items()})
    choice = _choice(request, selection, outline, generated=_digest((directory / OUTLINE).read_bytes()))
    return _save(request, outline, articles, composition, choice)


def _compose_again(request: Request, directory: Path, options: ComposeOptions) -> Issue:
    """Render an issue that is already there as its ``issue.toml`` has it.

    What it once saw stays on record, and what a person added was seen as well.
    """
    build = _former_build(directory)
    if build:
        _compare(request, directory.name, build, named=options.name is not None)
    request.session.note(f"{directory.name} is there: its articles are those of {OUTLINE} (--reselect picks anew)")
    outline = load_outline(directory, build.outline.period if build else request.period)
    everything = select_articles(request, outline.period, Filters(limit=0))
    articles = {article.key: article for article in everything.articles}
    articles |= find_articles(request, {entry.key for entry in outline.entries} - set(articles))
    composition = _render(request, outline, articles, options)
    choice = build.choice if build else _choice(request, select_articles(request, outline.period), outline)
    seen = choice.seen.union(entry.key for entry in outline.entries)
    return _save(request, outline, articles, composition, replace(choice, seen=seen))


def _compare(request: Request, name: str, build: Build, *, named: bool) -> None:
    """Refuse other filters than the issue's; where it was `named`, say that they, or another period, do not count."""
    other_filters = request.narrowed.document() != build.choice.options
    if other_filters and not named:
        hint = "--reselect picks anew, --issue ID makes another issue"
        raise UsageError(f"{name} was composed with other filters", hint=hint)
    other_period = build.outline.period != request.period
    if other_filters or other_period:
        request.session.note(f"{name} keeps its own period and filters; those given here need --reselect to count")


def _render(
    request: Request, outline: Outline, articles: Mapping[str, Article], options: ComposeOptions
) -> "Composition":
    """Make the message; nothing is written."""
    from newsletter.composer.compose import compose

    config = request.config
    with request.session.progress("pictures fetched") as progress:
        offline = options.offline or config.compose.offline
        now = None if options.reselect else request.session.now(config)  # a new selection asks for every picture
        return compose(outline, articles, config, offline=offline, now=now, progress=progress)


def _save(
    request: Request,
    outline: Outline,
    articles: Mapping[str, Article],
    composition: "Composition",
    choice: Choice,
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
    path = directory / OUTLINE
    former = path.read_bytes() if path.is_file() else None
    build = _former_build(directory)
    if former is not None and not (build and build.choice.generated == _digest(former)):
        write_file(_free_name(directory), former)


def _free_name(directory: Path) -> Path:
    """Name the next copy of issue.toml: ``.bak``, then ``.bak2`` and so on; no copy takes the place of another."""
    names = (directory / f"{OUTLINE}.bak{number if number > 1 else ''}" for number in count(1))
    return next(name for name in names if not name.exists())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _former_build(directory: Path) -> Build | None:
    """Read the build.json of an earlier compose, None where it was never finished or is damaged."""
    try:
        return load_build(directory)
    except NewsletterError:
        return None


def _choice(request: Request, selection: Selection, outline: Outline, generated: str = "") -> Choice:
    """Describe how an issue's articles were chosen.

    An article that is neither in nor out for a reason was not seen: it comes late into the next issue.
    """
    document = selection_document(selection)
    del document["period"]
    unpublished = (SkipReason.DRAFT, SkipReason.FUTURE)
    return Choice(
        options=request.narrowed.document(),
        filters=asdict(request.narrowed.filters(request.config)),
        selection=document,
        seen=frozenset({one.key for one in outline.entries} | {one.key for one in selection.skipped}),
        waiting={one.key: one.path for one in selection.skipped if one.reason in unpublished},
        generated=generated,
        slug=request.config.newsletter.slug,
    )


def _used(article: Article) -> Used:
    text = json.dumps({**asdict(article), "published": article.published.isoformat()}, sort_keys=True)
    return Used(
        key=article.key,
        path=article.path,
        digest=_digest(text.encode()),
        mark=article.mark,
        source_link=article.source_link,
        text=article.text,
    )
