"""Create a project folder: the starter's files, or the sample newsletter with articles of last week."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import newsletter
from newsletter.config import CONFIG_NAME
from newsletter.files import Folder, open_folder
from newsletter.toml_binding import load_tables

__all__ = ["create_project", "demo_zone"]

STARTER = Path(newsletter.__file__).parent / "starter"
DEMO = Path(newsletter.__file__).parent / "demo"
HIDDEN = {"env.example": ".env.example", "gitignore": ".gitignore"}
"""The names of files in a project that would take effect here under that name."""
PEOPLE = {"recipients.csv", "suppressions.csv"}
SAMPLE_MONDAY = date(2025, 5, 12)
"""The Monday of the week of the sample articles."""


def create_project(target: Path, *, demo_now: datetime | None = None) -> None:
    """Create a project in the folder `target`; existing files are left alone.

    With `demo_now`, create the sample newsletter, with articles dated in the latest complete week before that time.
    """
    with open_folder(target.resolve(), make=True) as folder:
        if demo_now:
            _copy(DEMO, folder, _shift(demo_now))
        _copy(STARTER, folder)
        for name in ("content", "issues"):
            with folder.folder(name, make=True):
                pass


def _copy(source: Path, target: Folder, shift: timedelta = timedelta()) -> None:
    """Copy a folder's files, except those that exist; dates in articles and in their names are moved by `shift`.

    Files with personal data are readable only by their owner, whatever the umask. Links in `target` are not followed.
    """
    for path in sorted(source.rglob("*")):
        if not path.is_file() or path.suffix == ".pyc":
            continue
        content = path.read_bytes()
        name = HIDDEN.get(path.name, str(path.relative_to(source)))
        if path.suffix == ".md":
            content = _moved(content.decode(), shift).encode()
            name = _moved(name, shift)
        if not target.has(name):
            target.write(name, content, mode=0o600 if name in PEOPLE else 0o644)


def _moved(text: str, shift: timedelta) -> str:
    def move(match: re.Match[str]) -> str:
        return (date.fromisoformat(match[0]) + shift).isoformat()

    return re.sub(r"\d{4}-\d\d-\d\d", move, text)


def demo_zone() -> ZoneInfo:
    """Return the time zone of the sample newsletter."""
    tables, _ = load_tables(DEMO / CONFIG_NAME)
    return ZoneInfo(tables["newsletter"]["timezone"])


def _shift(now: datetime) -> timedelta:
    """Return the time between the sample week and the latest complete one."""
    this_monday = now.date() - timedelta(days=now.weekday())
    return this_monday - timedelta(days=7) - SAMPLE_MONDAY
