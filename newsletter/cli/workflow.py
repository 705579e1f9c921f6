"""What joins the wings: from the options to a selection, from a selection to an issue on disk."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsletter.cli.options import FilterOptions, PeriodOptions
from newsletter.cli.session import Session
from newsletter.config import Config
from newsletter.documents import parse_period, selection_document
from newsletter.errors import NewsletterError, UsageError
from newsletter.files import write_file
from newsletter.issues import (
    OUTLINE,
    Issue,
    check_issue_id,
    issue_ids,
    load_build,
    load_issue,
    load_outline,
    save_issue,
    save_outline,
)
from newsletter.models import Article, Filters, Outline, Period, Selection

if TYPE_CHECKING:
    from newsletter.selector.selection import Late

__all__ = ["ComposeOptions", "compose_issue", "select_articles"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeOptions:
    """How to compose: under another name, with a new selection, without fetching."""

    name: str | None = None
    reselect: bool = False
    offline: bool = False


def select_articles(session: Session, config: Config, asked: PeriodOptions, narrowed: FilterOptions) -> Selection:
    """Select what an issue of the period would hold."""
    now = session.now(config)
    period = asked.period(config, now, lambda: _last_end(config))
    return _select(session, config, period, narrowed.filters(config), now)


def compose_issue(
    session: Session, config: Config, asked: PeriodOptions, narrowed: FilterOptions, options: ComposeOptions
) -> Issue | None:
    """Write the period's issue and give it back; None when there is nothing to put into it.

    The articles of an issue that is already there are those of its ``issue.toml``, unless a new selection is asked
    for. An issue whose sending has begun stays as it is.
    """
    now = session.now(config)
    period = asked.period(config, now, lambda: _last_end(config))
    directory = config.issues / check_issue_id(options.name or _issue_id(config, period))
    if _sending_has_begun(config, directory.name):
        session.note(f"{directory.name} is being sent or was sent; it is left as it is")
        return load_issue(directory)
    if (directory / OUTLINE).is_file() and not options.reselect:
        return _compose_again(session, config, directory, period, narrowed, options, now)
    selection = _select(session, config, period, narrowed.filters(config), now)
    session.report_invalid(selection.invalid)
    if not selection.articles:
        return None
    outline = _start_outline(directory, selection, config)
    articles = {article.key: article for article in selection.articles}
    return _render(session, config, outline, articles, _record(directory, selection, narrowed, config), options)


def _compose_again(
    session: Session,
    config: Config,
    directory: Path,
    period: Period,
    narrowed: FilterOptions,
    options: ComposeOptions,
    now: datetime,
) -> Issue:
    """Render an issue that is already there as its ``issue.toml`` has it."""
    build = _former_build(directory)
    if build and not options.name and narrowed.document() != build["options"]:
        hint = "--reselect picks anew, --issue ID makes another issue"
        raise UsageError(f"{directory.name} was composed with other filters", hint=hint)
    outline = load_outline(directory, parse_period(build["period"]) if build else period)
    session.note(f"{directory.name} is there already: its articles are those of {OUTLINE} (--reselect picks anew)")
    everything = _select(session, config, outline.period, Filters(limit=0), now)
    articles = {article.key: article for article in everything.articles}
    articles |= _find(session, config, {entry.key for entry in outline.entries} - set(articles))
    record = build or _record(directory, everything, narrowed, config)
    kept = {name: record[name] for name in ("options", "filters", "selection", "seen", "generated")}
    return _render(session, config, outline, articles, kept, options)


def _render(
    session: Session,
    config: Config,
    outline: Outline,
    articles: Mapping[str, Article],
    record: Mapping[str, Any],
    options: ComposeOptions,
) -> Issue:
    from newsletter.composer.compose import compose

    with session.progress("pictures fetched") as progress:
        composition = compose(outline, articles, config, offline=options.offline, progress=progress)
    used = (articles[entry.key] for entry in outline.entries if entry.key in articles)
    return save_issue(
        config.issues / outline.issue,
        outline,
        composition.message,
        composition.eml,
        findings=composition.findings,
        record={**record, "templates": dict(composition.templates), "articles": _article_digests(used)},
    )


def _start_outline(directory: Path, selection: Selection, config: Config) -> Outline:
    """Write the ``issue.toml`` of a selection; one that a person has edited is kept as ``issue.toml.bak``."""
    from newsletter.composer.compose import first_outline

    path = directory / OUTLINE
    former = path.read_bytes() if path.is_file() else None
    build = _former_build(directory)
    if former is not None and hashlib.sha256(former).hexdigest() != (build or {}).get("generated"):
        write_file(path.with_name(f"{OUTLINE}.bak"), former)
    outline = first_outline(selection, directory.name, config)
    save_outline(directory, outline, {article.key: article.title for article in selection.articles})
    return outline


def _select(session: Session, config: Config, period: Period, filters: Filters, now: datetime) -> Selection:
    from newsletter.selector.selection import select

    with session.progress("files read") as progress:
        return select(
            config.archives,
            period,
            filters=filters,
            config=config,
            now=now,
            submitted=_submitted_articles(config),
            earlier=_earlier(config, period),
            progress=progress,
        )


def _find(session: Session, config: Config, keys: set[str]) -> dict[str, Article]:
    """Find articles outside the period that a person wrote into ``issue.toml``."""
    from newsletter.selector.selection import find

    if not keys:
        return {}
    with session.progress("files read") as progress:
        return find(config.archives, keys, config=config, progress=progress)


def _earlier(config: Config, period: Period) -> "Late | None":
    """Find the issue whose period ends where this one begins, and what it saw; None where there is none."""
    from newsletter.selector.selection import Late

    for name in issue_ids(config.issues):
        build = load_build(config.issues / name)
        before = parse_period(build["period"])
        if before.end == period.start and before.kind == period.kind:
            return Late(period=before, seen=frozenset(build["seen"]))
    return None


def _submitted_articles(config: Config) -> dict[str, str]:
    """Map the keys of articles that went out to the issue that had them."""
    return {
        entry["key"]: name
        for name in _submitted_issues(config)
        for entry in load_build(config.issues / name)["entries"]
    }


def _last_end(config: Config) -> datetime | None:
    """Give the end of the period of the last submitted issue."""
    names = _submitted_issues(config)
    return max((parse_period(load_build(config.issues / name)["period"]).end for name in names), default=None)


def _submitted_issues(config: Config) -> tuple[str, ...]:
    return ()


def _sending_has_begun(config: Config, issue: str) -> bool:
    from newsletter.sender.journal import read_journal

    journal = read_journal(config.root / config.send.journal)
    if journal is None:
        return False
    with journal:
        return journal.find(issue) is not None


def _issue_id(config: Config, period: Period) -> str:
    slug = config.newsletter.slug
    return f"{slug}-{period.label}" if slug else period.label


def _former_build(directory: Path) -> dict[str, Any] | None:
    """Read the build.json of an earlier compose, None where it was never finished or is damaged."""
    try:
        return load_build(directory)
    except NewsletterError:
        return None


def _record(directory: Path, selection: Selection, narrowed: FilterOptions, config: Config) -> dict[str, Any]:
    """Describe how a selection was made, for build.json."""
    document = selection_document(selection)
    del document["period"]
    return {
        "options": narrowed.document(),
        "filters": asdict(narrowed.filters(config)),
        "selection": document,
        "seen": sorted(selection.seen),
        "generated": hashlib.sha256((directory / OUTLINE).read_bytes()).hexdigest(),
    }


def _article_digests(articles: Iterable[Article]) -> list[dict[str, str]]:
    def digest(article: Article) -> str:
        text = json.dumps({**asdict(article), "published": article.published.isoformat()}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    return [{"key": article.key, "path": article.path, "digest": digest(article)} for article in articles]
