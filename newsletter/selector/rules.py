"""Why an article of the period is left out. Each rule takes the remaining candidates and returns those it leaves out.

The rules are in the order of `SkipReason`, and the first that applies is the reason.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime

from newsletter.config import Config
from newsletter.language_tags import same_language
from newsletter.models import Article, Filters, SkipReason
from newsletter.selector.article import Candidate
from newsletter.selector.cleaning import fold, slugify
from newsletter.selector.duplicates import Had, Marks, Repeat, repeated_issue, repetitions, submitted_issue
from newsletter.selector.order import sort_key

__all__ = ["Rule", "Verdict", "is_published", "rules"]

Verdict = tuple[Candidate, SkipReason, str | Repeat]
Rule = Callable[[Collection[Candidate]], Iterable[Verdict]]


def rules(
    filters: Filters,
    config: Config,
    *,
    now: datetime,
    foreign: Mapping[Candidate, str],
    submitted: Mapping[str, Had],
    had: Marks,
) -> tuple[Rule, ...]:
    """Return the rules of one selection in their order.

    `foreign` maps candidates in another language, by their path, to that reason; `submitted` maps the keys
    and fingerprints of articles that were sent to their record; a late article may not repeat what issues `had`.
    repeat.
    Articles in `filters.include` bypass the filters (category, source, submitted, limits), but no other rules.
    """
    named = frozenset(filters.include)
    in_categories = _category_filter(filters, config)
    in_sources = _source_filter(filters)
    language = config.newsletter.language
    return (
        _each(SkipReason.SECTION, lambda one: "a section page" if one.section else None),
        _each(SkipReason.DRAFT, lambda one: "draft" if one.draft else None),
        _each(SkipReason.FUTURE, lambda one: _future(one, now)),
        _each(SkipReason.EXPIRED, lambda one: _expired(one, now)),
        _each(SkipReason.LANGUAGE, lambda one: foreign.get(one) or _foreign(one.article, language)),
        _each(SkipReason.CATEGORY, lambda one: in_categories(one.article), spared=named),
        _each(SkipReason.SOURCE, lambda one: in_sources(one.article), spared=named),
        _each(
            SkipReason.EXCLUDED, lambda one: "by its key or path" if _is_named(one.article, filters.exclude) else None
        ),
        _each(SkipReason.DUPLICATE, lambda one: _came_before(one.article, submitted, had)),
        lambda candidates: ((one, SkipReason.DUPLICATE, what) for one, what in repetitions(candidates).items()),
        _each(SkipReason.SUBMITTED, lambda one: submitted_issue(one.article, submitted), spared=named),
        lambda candidates: _beyond_limits(sorted(candidates, key=sort_key(config.select.order)), filters),
    )


def _each(
    reason: SkipReason, detail: Callable[[Candidate], str | Repeat | None], spared: Collection[str] = frozenset()
) -> Rule:
    """Return a rule about single articles: `detail` returns why one is left out, None if it is not."""

    def rule(candidates: Collection[Candidate]) -> Iterator[Verdict]:
        for one in candidates:
            if not _is_named(one.article, spared) and (found := detail(one)) is not None:
                yield one, reason, found

    return rule


def _is_named(article: Article, names: Collection[str]) -> bool:
    """Return whether one of `names` is the article's key or path."""
    return article.key in names or article.path in names


def is_published(one: Candidate, now: datetime) -> bool:
    """Return whether an article is neither a draft nor in the future."""
    return not one.draft and _future(one, now) is None


def _future(one: Candidate, now: datetime) -> str | None:
    instant = max(one.article.published, one.not_before or one.article.published)
    return f"from {instant.isoformat()}" if instant > now else None


def _expired(one: Candidate, now: datetime) -> str | None:
    return f"since {one.expires.isoformat()}" if one.expires and one.expires <= now else None


def _foreign(article: Article, language: str) -> str | None:
    return article.language if article.language and not same_language(article.language, language) else None


def _came_before(article: Article, submitted: Mapping[str, Had], had: Marks) -> Repeat | None:
    """Return what a late article repeats of earlier issues, unless it is the same article: then it is `submitted`."""
    return repeated_issue(article, had) if article.late and not submitted_issue(article, submitted) else None


def _category_filter(filters: Filters, config: Config) -> Callable[[Article], str | None]:
    """Filter by category: a filter may name the slug or the configured label."""
    slugs = {slugify(label): slug for slug, label in config.compose.labels.items()}

    def named(names: Iterable[str]) -> frozenset[str]:
        return frozenset(slug for name in names for slug in (slugify(name), slugs.get(slugify(name))) if slug)

    wanted, unwanted = named(filters.categories), named(filters.exclude_categories)
    return lambda article: _outside(article.categories, wanted, unwanted)


def _source_filter(filters: Filters) -> Callable[[Article], str | None]:
    wanted, unwanted = (frozenset(map(fold, names)) for names in (filters.sources, filters.exclude_sources))
    return lambda article: None if _outside((fold(article.source),), wanted, unwanted) is None else article.source


def _outside(names: tuple[str, ...], wanted: frozenset[str], unwanted: frozenset[str]) -> str | None:
    """Return the names that a filter refuses, None if it accepts them."""
    if (not wanted or not wanted.isdisjoint(names)) and unwanted.isdisjoint(names):
        return None
    return ", ".join(names)


def _beyond_limits(ordered: list[Candidate], filters: Filters) -> Iterator[Verdict]:
    """Leave out articles beyond the limits, in reading order; named articles count first."""
    ordered.sort(key=lambda one: not _is_named(one.article, filters.include))
    limits = _Limits(filters)
    for one in ordered:
        full = None if _is_named(one.article, filters.include) else limits.full_for(one.article)
        if full:
            yield one, *full
        else:
            limits.take(one.article)


class _Limits:
    """Counts selected articles by source, by category and in total."""

    def __init__(self, filters: Filters) -> None:
        self.filters = filters
        self.taken: Counter[tuple[SkipReason, str]] = Counter()

    def full_for(self, article: Article) -> tuple[SkipReason, str] | None:
        """Return a description of the first limit that `article` exceeds."""
        for reason, limit, name, shown in (
            (SkipReason.PER_SOURCE, self.filters.per_source, fold(article.source), f" of {article.source}"),
            (SkipReason.PER_CATEGORY, self.filters.per_category, article.category, f" of {article.category}"),
            (SkipReason.LIMIT, self.filters.limit, "all", " articles"),
        ):
            if limit and name and self.taken[reason, name] >= limit:
                return reason, f"{limit}{shown} are in"
        return None

    def take(self, article: Article) -> None:
        """Count a selected article."""
        self.taken[SkipReason.PER_SOURCE, fold(article.source)] += 1
        self.taken[SkipReason.PER_CATEGORY, article.category] += 1
        self.taken[SkipReason.LIMIT, "all"] += 1
