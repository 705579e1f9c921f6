"""Where a regular run may work: a place that forgets who got what would send everything again."""

from collections.abc import Mapping
from pathlib import Path

from newsletter.config import Config
from newsletter.errors import BlockedError
from newsletter.files import real_path
from newsletter.git import is_clone, is_tracked, top_level

__all__ = ["refuse_forgetful_place"]

_YES = ("1", "true", "yes", "on")


def refuse_forgetful_place(config: Config, environ: Mapping[str, str]) -> None:
    """Raise BlockedError where the journal will not be there next time, and no claim stands in for it.

    That is a CI job, whose checkout is thrown away, and a fresh clone that has no journal. A journal outside the
    checkout, or under version control, outlives both. A provider of campaigns knows by itself what was sent.
    """
    if config.provider.campaigns or config.send.claim != "none" or _outlives(config):
        return
    if environ.get("CI", "").strip().lower() in _YES:
        raise _forgets("this is a CI job (CI is set): its folder, and with it the journal, is gone when it ends")
    if not config.journal.exists() and is_clone(config.root):
        raise _forgets("this is a fresh clone without a journal: what was sent from another one is not known here")


def _outlives(config: Config) -> bool:
    """Return whether the journal lies outside the checkout, or is under version control."""
    checkout: Path = top_level(config.root) or config.root
    return not real_path(config.journal).is_relative_to(real_path(checkout)) or is_tracked(config.journal)


def _forgets(message: str) -> BlockedError:
    hint = (
        'set claim = "git" in [send], so that the remote knows what was sent; or keep the journal where it outlives the'
        " checkout: a path outside of it in [send] journal, or under version control"
    )
    return BlockedError(message, hint=hint)
