"""Select the articles of a period: read, apply the rules, sort; nothing is left out silently."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from newsletter.config import Config
from newsletter.models import Article, Counts, Filters, Invalid, Period, Selection, Skipped, SkipReason
from newsletter.selector.archive import HEAD, Archive, File, RulesOut
from newsletter.selector.article import Candidate, Reader, Unreadable
from newsletter.selector.cleaning import fold
from newsletter.selector.duplicates import Had, Marks, Repeat
from newsletter.selector.language import foreign_paths
from newsletter.selector.moved import find_moved
from newsletter.selector.order import sort_key
from newsletter.selector.prescreen import Prescreen
from newsletter.selector.rules import Rule, is_published, rules

__all__ = ["PreviousIssues", "find", "select"]

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousIssues:
    """The time just before a period, and the keys of all articles that issues saw of it.

    `waiting` maps the keys of articles that an earlier issue saw unpublished, and none had since, to their
    paths: once published, they are late, whatever their date. `broken` are the paths of files that were unreadable
    then, and `had` are articles that no late one may repeat. `claimed` maps the keys seen to the (path, source) of
    all articles with them, the source None if unknown: another source's article with such a key was not seen.
    What is dated before `reach` does not come any more (None: everything does), unless it waited.
    """

    period: Period
    seen: frozenset[str]
    waiting: Mapping[str, str] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()
    had: Marks = field(default_factory=dict)
    claimed: Mapping[str, Collection[tuple[str, str | None]]] = field(default_factory=dict)
    reach: datetime | None = None


@dataclass(slots=True)
class _Pool:
    """The files of the archives for a period."""

    candidates: list[Candidate] = field(default_factory=list)
    late: list[Candidate] = field(default_factory=list)
    unreadable: list[Invalid] = field(default_factory=list)
    undated: list[Invalid] = field(default_factory=list)
    foreign: dict[Candidate, str] = field(default_factory=dict)
    scanned: int = 0
    unread: Counter[str] = field(default_factory=Counter)


def select(
    archives: Sequence[Path],
    period: Period,
    *,
    filters: Filters,
    config: Config,
    now: datetime,
    submitted: Mapping[str, Had] | None = None,
    earlier: PreviousIssues | None = None,
    prescreen: bool = True,
    progress: Progress | None = None,
) -> Selection:
    """Select the articles of `period` from the folders `archives`; ConfigError for a missing one.

    `submitted` maps the keys and fingerprints of articles that were sent to their record. `earlier` brings
    in late articles (`[select] late`). `progress` is called with the number of files scanned. Without `prescreen`, all
    files are parsed, which only takes longer.
    """
    late = config.select.late
    seen = earlier if late != "off" else None
    pool = _load(archives, period, seen, config, prescreen, progress, named=filters.include)
    if earlier:
        pool.late = [one for one in pool.late if one.article.key not in earlier.waiting or is_published(one, now)]
    missed = [one for one in pool.late if earlier and _is_out_of_reach(one.article, earlier)]
    pool.late = [one for one in pool.late if one not in missed]
    known = submitted if submitted and config.select.exclude_submitted else {}
    applied = rules(filters, config, now=now, foreign=pool.foreign, submitted=known, had=earlier.had if earlier else {})
    in_order = sort_key(config.select.order)
    candidates, skipped = _apply(applied, pool.candidates + (pool.late if late == "include" else []))
    reported = _apply(applied, pool.late)[0] if late == "report" else []
    missed = _apply(applied, missed)[0] if missed else []
    return Selection(
        period=period,
        articles=tuple(one.article for one in sorted(candidates, key=in_order)),
        skipped=skipped,
        invalid=_sorted(pool.undated + pool.unreadable),
        unreadable=_sorted(pool.unreadable),
        late=tuple(one.article for one in sorted(reported, key=in_order)),
        missed=tuple(one.article for one in sorted(missed, key=in_order)),
        crowded=_crowded(pool, skipped),
        counts=_count(pool, articles=len(candidates), skipped=len(skipped)),
        categories=tuple(sorted({name for one in pool.candidates for name in one.article.categories})),
        sources=tuple(sorted({one.article.source for one in pool.candidates if one.article.source})),
        unread=dict(sorted(pool.unread.items())),
    )


def find(
    archives: Sequence[Path],
    keys: Collection[str],
    *,
    config: Config,
    paths: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> dict[str, Article]:
    """Find articles by their keys anywhere in the archives, whatever their date.

    Drafts, sections and what the site hides are not found. Of several with the same key, return the one at the
    key's path in `paths`, else the earliest.
    """
    texts = [key.encode() for key in keys]

    def lacks_keys(head: bytes, path: str) -> bool:
        return path not in keys and not any(text in head for text in texts)

    found = _find(archives, keys, config, lacks_keys, progress)
    if len({one.key for one in found}) < len(set(keys)):
        # Keys that are spelled differently, or far down in long front matter, are rare enough for a second search.
        found = _find(archives, keys, config, _nothing, progress)
    wanted = paths or {}
    return {one.key: one for one in sorted(found, key=lambda one: one.path == wanted.get(one.key))}


def _find(
    archives: Sequence[Path], keys: Collection[str], config: Config, rules_out: RulesOut, progress: Progress | None
) -> list[Article]:
    """List the articles with these keys, the newest first."""
    reader = Reader(config)

    def read(file: File, archive: int) -> Candidate | None:
        one = reader.read(file, archive=archive, wanted=_always)
        if not isinstance(one, Candidate) or one.article.key not in keys:
            return None
        return None if one.draft or one.section or one.hidden else one

    found: list[Candidate] = []
    for number, archive in enumerate(_opened(archives, config)):
        ones = archive.scan(rules_out, partial(read, archive=number), progress)
        found += [one for one in ones if isinstance(one, Candidate)]
    return [one.article for one in sorted(found, key=sort_key("newest"))]


def _nothing(head: bytes, path: str) -> bool:
    """Rule nothing out."""
    return False


def _unless(excepted: Callable[[bytes], bool] | None, rules_out: RulesOut) -> RulesOut:
    """Rule out the files that `rules_out` does, except those whose head is `excepted`."""
    return (lambda head, path: rules_out(head, path) and not excepted(head)) if excepted else rules_out


def _always(published: datetime) -> bool:
    """Accept an article of any time."""
    return True


def _load(
    archives: Sequence[Path],
    period: Period,
    earlier: PreviousIssues | None,
    config: Config,
    prescreen: bool,
    progress: Progress | None,
    *,
    named: Collection[str],
) -> _Pool:
    """Read every file of the archives that belongs to the period, or is late for the previous one.

    What is `named` by its path is read also where it is outside of the site's sections.
    """
    pool = _Pool()
    reader = Reader(config)
    folders = _opened(archives, config)
    stretches = (period, earlier.period) if earlier else (period,)
    waiting = earlier.waiting if earlier else {}
    paths, moved = frozenset(waiting.values()), find_moved(waiting, folders)
    screen = Prescreen(stretches, reader.finder, paths)
    rules_out = _unless(moved, screen.rules_out) if prescreen else _nothing

    def read(file: File, archive: int) -> Candidate | Unreadable | None:
        waits = file.path in paths or (moved and moved(file.content[:HEAD]))
        return reader.read(file, archive=archive, wanted=_always if waits else screen.wanted)

    for number, archive in enumerate(folders):
        ones: Iterable[Candidate | Unreadable | Invalid]
        ones = archive.scan(rules_out, partial(read, archive=number), progress)
        for one in ones:
            _add(pool, one, period, earlier)
        outside = [read(file, archive=number) for file in archive.outside(named)]
        for found in outside:
            if found:
                _add(pool, found, period, earlier)
        pool.scanned += archive.scanned + len(outside)
        pool.unread += archive.unread
        _mark_foreign(pool, number, config.newsletter.language, archive)
    return pool


def _add(pool: _Pool, one: Candidate | Unreadable | Invalid, period: Period, earlier: PreviousIssues | None) -> None:
    """Add the result for one file to the pool."""
    if isinstance(one, Invalid):
        pool.undated.append(one)
    elif isinstance(one, Unreadable):
        if one.published is None:
            pool.undated.append(one.invalid)
        elif one.published in period or (earlier and one.invalid.path not in earlier.broken):
            pool.unreadable.append(one.invalid)
    elif one.article.published in period:
        pool.candidates.append(one)
    elif earlier and _is_late(one.article, earlier):
        pool.late.append(replace(one, article=replace(one.article, late=True)))


def _is_late(article: Article, earlier: PreviousIssues) -> bool:
    unseen = article.published in earlier.period and not _was_seen(article, earlier)
    return unseen or article.key in earlier.waiting


def _is_out_of_reach(article: Article, earlier: PreviousIssues) -> bool:
    return earlier.reach is not None and article.published < earlier.reach and article.key not in earlier.waiting


def _was_seen(article: Article, earlier: PreviousIssues) -> bool:
    """Return whether an issue saw an article: its key, and not only on another source's article."""
    claims = earlier.claimed.get(article.key, ())
    own = any(source is None or path == article.path or fold(source) == fold(article.source) for path, source in claims)
    return article.key in earlier.seen and (own or not claims)


def _opened(archives: Sequence[Path], config: Config) -> list[Archive]:
    """Open the folders of articles; where a site decides, only its sections count."""
    pages = config.pages
    scopes = [partial(pages.scope, number) if pages else None for number in range(len(archives))]
    return [Archive(root, scope) for root, scope in zip(archives, scopes, strict=True)]


def _mark_foreign(pool: _Pool, number: int, language: str, archive: Archive) -> None:
    """Record which candidates of the archive `number` are versions in another language; a draft replaces nothing."""
    ones = {
        one.article.path: one
        for one in pool.candidates + pool.late
        if one.archive == number and not (one.draft or one.hidden or one.language_known)
    }
    for path, detail in foreign_paths(ones, language, archive.folders, archive.has).items():
        pool.foreign[ones[path]] = detail


def _apply(applied: Iterable[Rule], candidates: list[Candidate]) -> tuple[list[Candidate], tuple[Skipped, ...]]:
    """Apply the rules in order, and return the selected and the skipped candidates."""
    skipped: list[Skipped] = []
    for rule in applied:
        out = {one: _skipped(one, reason, detail) for one, reason, detail in rule(candidates)}
        candidates = [one for one in candidates if one not in out]
        skipped += out.values()
    return candidates, tuple(sorted(skipped, key=lambda one: (one.path, one.key)))


def _crowded(pool: _Pool, skipped: Iterable[Skipped]) -> tuple[Article, ...]:
    """List what came late and is out only because a limit was full."""
    out = {one.key for one in skipped if one.reason in _LIMITS}
    return tuple(one.article for one in pool.late if one.article.key in out)


_LIMITS = (SkipReason.PER_SOURCE, SkipReason.PER_CATEGORY, SkipReason.LIMIT)


def _count(pool: _Pool, *, articles: int, skipped: int) -> Counts:
    return Counts(
        scanned=pool.scanned,
        in_period=articles + skipped + len(pool.unreadable),
        articles=articles,
        skipped=skipped,
        invalid=len(pool.undated) + len(pool.unreadable),
        undated=len(pool.undated),
    )


def _skipped(one: Candidate, reason: SkipReason, why: str | Repeat) -> Skipped:
    """Return the skipped article with its reason, and the source of its date if that is not a key."""
    article = one.article
    detail, elsewhere = why if isinstance(why, Repeat) else (why, False)
    dated = f"dated by its {article.date_from}" if article.date_from in ("path", "file name") else ""
    return Skipped(
        key=article.key,
        path=article.path,
        reason=reason,
        detail="; ".join(filter(None, (detail, dated))),
        source=article.source,
        elsewhere=elsewhere,
    )


def _sorted(invalid: Iterable[Invalid]) -> tuple[Invalid, ...]:
    return tuple(sorted(invalid, key=lambda one: (one.path, one.line, one.message)))
