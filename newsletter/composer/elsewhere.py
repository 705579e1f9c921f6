"""Find the articles that are left out because another source has their key, their source_link or their text.

An author can copy another's article and date the copy earlier. The earliest is kept, so a person must be warned.
"""

from collections.abc import Iterable, Iterator, Set

from newsletter.composer.findings import finding
from newsletter.models import Finding, Skipped

__all__ = ["repeats_again", "repeats_of"]

_CODE = "duplicate-elsewhere"


def repeats_of(skipped: Iterable[Skipped]) -> Iterator[Finding]:
    """Yield a finding for each article that is left out because of another source's article."""
    for one in skipped:
        if one.elsewhere:
            message = f"this article is left out, since another source's is kept or was sent: {one.detail}"
            hint = "if the other one is the copy, compose with --exclude PATH --reselect, or list exclude_sources"
            yield finding(_CODE, one.path, message, hint)


def repeats_again(former: Iterable[Finding], skipped: Iterable[Skipped], paths: Set[str]) -> Iterator[Finding]:
    """Yield the findings of an issue that is composed again from its issue.toml; `paths` are its articles'.

    The `former` ones still count, except for articles that a person has included since. `skipped` are those that have
    the key of an article that a person added.
    """
    earlier = [one for one in former if one.code == _CODE and one.where not in paths]
    known = {one.where for one in earlier}
    yield from earlier
    yield from (one for one in repeats_of(skipped) if one.where not in known | paths)
