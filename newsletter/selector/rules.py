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
from newsletter.selector.order import in_turns, sort_key
from newsletter.settings import SelectSettings

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
    Articles in `filters.include` bypass the filters (language, category, source, submitted, limits), but no other
    rules.
    """
    named = frozenset(filters.include)
    in_categories = _category_filter(filters, config)
    in_sources = _source_filter(filters)
    language, in_order = config.newsletter.language, sort_key(config.select.order)
    return (
        _each(SkipReason.SECTION, lambda one: "a section page" if one.section else None),
        _each(SkipReason.HIDDEN, lambda one: one.hidden or None),
        _each(SkipReason.DRAFT, lambda one: "draft" if one.draft else None),
        _each(SkipReason.FUTURE, lambda one: _future(one, now)),
        _each(SkipReason.EXPIRED, lambda one: _expired(one, now)),
        _each(SkipReason.LANGUAGE, lambda one: foreign.get(one) or _foreign(one.article, language), spared=named),
        _each(SkipReason.CATEGORY, lambda one: in_categories(one.article), spared=named),
        _each(SkipReason.SOURCE, lambda one: in_sources(one.article), spared=named),
        _each(
            SkipReason.EXCLUDED, lambda one: "by its key or path" if _is_named(one.article, filters.exclude) else None
        ),
        _each(SkipReason.DUPLICATE, lambda one: _came_before(one.article, submitted, had)),
        lambda candidates: ((one, SkipReason.DUPLICATE, what) for one, what in repetitions(candidates).items()),
        _each(SkipReason.SUBMITTED, lambda one: submitted_issue(one.article, submitted), spared=named),
        lambda candidates: _beyond_shares(sorted(candidates, key=in_order), filters),
        lambda candidates: _beyond_limit(sorted(candidates, key=in_order), filters, config.select),
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
    """Return whether an article is public: neither hidden nor a draft nor in the future."""
    return not one.hidden and not one.draft and _future(one, now) is None


def _future(one: Candidate, now: datetime) -> str | None:
    if one.early:
        return None
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


def _beyond_limit(ordered: list[Candidate], filters: Filters, settings: SelectSettings) -> Iterator[Verdict]:
    """Leave out what comes after the limit is reached, where days or others take turns; named articles go first."""
    if filters.limit and len(ordered) > filters.limit:
        ordered = in_turns(ordered, settings.balance, settings.order)
        ordered.sort(key=lambda one: not _is_named(one.article, filters.include))
        for one in ordered[filters.limit :]:
            if not _is_named(one.article, filters.include):
                yield one, SkipReason.LIMIT, f"{filters.limit} articles are in"


def _beyond_shares(ordered: list[Candidate], filters: Filters) -> Iterator[Verdict]:
    """Leave out what a source or a category has too many of, in reading order; named articles take places first."""
    ordered.sort(key=lambda one: not _is_named(one.article, filters.include))
    shares = _Shares(filters)
    for one in ordered:
        full = None if _is_named(one.article, filters.include) else shares.full_for(one.article)
        if full:
            yield one, *full
        else:
            shares.take(one.article)


class _Shares:
    """Count what is taken, by source and by category."""

    def __init__(self, filters: Filters) -> None:
        self.filters = filters
        self.taken: Counter[tuple[SkipReason, str]] = Counter()

    def full_for(self, article: Article) -> tuple[SkipReason, str] | None:
        """Return a description of the first share that `article` exceeds."""
        for reason, most, name, shown in (
            (SkipReason.PER_SOURCE, self.filters.per_source, fold(article.source), article.source),
            (SkipReason.PER_CATEGORY, self.filters.per_category, article.category, article.category),
        ):
            if most and name and self.taken[reason, name] >= most:
                return reason, f"{most} of {shown} are in"
        return None

    def take(self, article: Article) -> None:
        """Count a selected article."""
        self.taken[SkipReason.PER_SOURCE, fold(article.source)] += 1
        self.taken[SkipReason.PER_CATEGORY, article.category] += 1
