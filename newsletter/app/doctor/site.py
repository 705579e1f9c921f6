"""What [site] names: the sections, the built site and the generator's list, and whether they are up to date."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from newsletter.app.doctor.setting import RECENT, Setting
from newsletter.diagnosis import Diagnosis, failure, ok, warning
from newsletter.models import SkipReason
from newsletter.settings import SiteSettings
from newsletter.toml_binding import shown_path
from newsletter.wording import counted

__all__ = ["check_site"]

_MOST_NAMES = 8  # sections that a hint lists
_OF_THE_SITE = (SkipReason.HIDDEN, SkipReason.SECTION)


def check_site(setting: Setting) -> Iterator[Diagnosis]:
    """Look whether what [site] names is there, is newer than the newest article, and publishes any of them."""
    if setting.config.site == SiteSettings():
        yield ok("site", "[site] is not set: the articles themselves say their addresses")
        return
    found = [*_sections(setting), *_built(setting), *_published(setting)]
    yield from found or [ok("site", "it decides the addresses, and what is public")]


def _sections(setting: Setting) -> Iterator[Diagnosis]:
    """Look for the folders of the sections that the configuration names."""
    archives = [folder for folder in setting.config.archives if folder.is_dir()]
    for section in setting.config.site.sections:
        if archives and not any((folder / section).is_dir() for folder in archives):
            known = sorted({path.name for folder in archives for path in folder.iterdir() if path.is_dir()})
            hint = f"sections in [site] may be: {', '.join(known[:_MOST_NAMES]) or 'none, there is no folder'}"
            yield failure("site", f"there is no section {section!r} in {', '.join(map(shown_path, archives))}", hint)


def _built(setting: Setting) -> Iterator[Diagnosis]:
    """Compare the built site and the list of pages with the newest article."""
    config = setting.config
    newest = max((article.published for article in setting.recent.articles), default=None)
    folder, listed = config.root / config.site.output, config.root / config.site.links
    if config.site.output and not folder.is_dir():
        hint = "build the site there before issues are composed (before_send in [run] comes later), or remove output"
        yield failure("site", f"the built site is not there: {shown_path(folder)}", hint)
    elif config.site.output and newest and (built := _changed(folder)) < newest:
        message = f"{shown_path(folder)} was built on {built:%Y-%m-%d}, before the newest article"
        yield warning("site", message, "build the site before issues are composed: links to new pages are missing")
    if config.site.links and newest and (written := _changed(listed)) < newest:
        message = f"{shown_path(listed)} was written on {written:%Y-%m-%d}, before the newest article"
        yield warning("site", message, "write the list again before issues are composed: pages not in it are left out")


def _changed(path: Path) -> datetime:
    """Return when a file, or something in a folder, was changed last."""
    times = [one.stat().st_mtime for one in (path, *(path.iterdir() if path.is_dir() else ()))]
    return datetime.fromtimestamp(max(times), UTC)


def _published(setting: Setting) -> Iterator[Diagnosis]:
    """Look whether the site publishes any of the recent articles."""
    left_out = [one for one in setting.recent.skipped if one.reason in _OF_THE_SITE]
    if left_out and not setting.recent.articles:
        first = left_out[0]
        message = (
            f"none of the {counted(len(left_out), 'article')} of the last {RECENT.days} days is in an issue:"
            f" {first.path} is left out because of its {first.reason}"
        )
        yield warning("site", message, "compare [site] with the site; 'newsletter select --explain' names each reason")
