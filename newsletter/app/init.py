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
"""What files are called in a project; here they would already do what they are for."""
PEOPLE = {"recipients.csv", "suppressions.csv"}
SAMPLE_MONDAY = date(2025, 5, 12)
"""The Monday of the week in which the sample articles are dated."""


def shipped_names() -> tuple[str, ...]:
    """List the templates that come with the program."""
    from newsletter.composer.templates import shipped_templates

    return tuple(sorted(path.parent.name for path in shipped_templates().glob("*/issue.html")))


def create_project(target: Path, *, demo_now: datetime | None = None, template: str = "") -> None:
    """Create a project in the folder `target`; existing files are left alone.

    With `demo_now` it is the sample newsletter, with articles of the latest complete week before that time. A
    `template` is named in its configuration.
    """
    with open_folder(target.resolve(), make=True) as folder:
        if demo_now:
            _copy(DEMO, folder, _shift(demo_now), template)
        _copy(STARTER, folder, template=template)
        for name in ("content", "issues"):
            with folder.folder(name, make=True):
                pass


def _copy(source: Path, target: Folder, shift: timedelta = timedelta(), template: str = "") -> None:
    """Copy a folder's files to where nothing is yet; dates in articles and in their names move by `shift`.

    Files of people are for their owner alone, whatever the umask; no link in `target` is followed.
    """
    for path in sorted(source.rglob("*")):
        if not path.is_file() or path.suffix == ".pyc":
            continue
        content = path.read_bytes()
        name = HIDDEN.get(path.name, str(path.relative_to(source)))
        if path.suffix == ".md":
            content = _moved(content.decode(), shift).encode()
            name = _moved(name, shift)
        if name == CONFIG_NAME and template:
            content = _with_template(content.decode(), template).encode()
        if not target.has(name):
            target.write(name, content, mode=0o600 if name in PEOPLE else 0o644)


def _with_template(text: str, template: str) -> str:
    """Name a template in the configuration's table [compose]; there is one, or it comes before [send]."""
    line = f'template = "{template}"\n'
    if "[compose]\n" in text:
        return text.replace("[compose]\n", f"[compose]\n{line}", 1)
    return text.replace("[send]\n", f"[compose]\n{line}\n[send]\n", 1)


def _moved(text: str, shift: timedelta) -> str:
    def move(match: re.Match[str]) -> str:
        return (date.fromisoformat(match[0]) + shift).isoformat()

    return re.sub(r"\d{4}-\d\d-\d\d", move, text)


def demo_zone() -> ZoneInfo:
    """Return the time zone of the sample newsletter, in which its week is decided."""
    tables, _ = load_tables(DEMO / CONFIG_NAME)
    return ZoneInfo(tables["newsletter"]["timezone"])


def _shift(now: datetime) -> timedelta:
    """Compute how far the sample week is from the latest complete one."""
    this_monday = now.date() - timedelta(days=now.weekday())
    return this_monday - timedelta(days=7) - SAMPLE_MONDAY
