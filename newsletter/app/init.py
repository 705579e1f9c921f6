"""Create a project folder: the starter's files, or the sample newsletter with articles of last week."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import newsletter
from newsletter.config import CONFIG_NAME
from newsletter.files import Folder, open_folder
from newsletter.toml_binding import load_tables

__all__ = ["create_project", "demo_zone", "ignore_project"]

STARTER = Path(newsletter.__file__).parent / "starter"
DEMO = Path(newsletter.__file__).parent / "demo"
HIDDEN = {"env.example": ".env.example", "gitignore": ".gitignore"}
"""The names of files in a project that would take effect here under that name."""
GITIGNORE = ".gitignore"
PEOPLE = {"recipients.csv", "suppressions.csv"}
SAMPLE_MONDAY = date(2025, 5, 12)
"""The Monday of the week of the sample articles."""


def shipped_names() -> tuple[str, ...]:
    """List the templates that come with the program."""
    from newsletter.composer.templates import shipped_templates

    return tuple(sorted(path.parent.name for path in shipped_templates().glob("*/issue.html")))


def create_project(
    target: Path, *, demo_now: datetime | None = None, config: str = "", template: str = ""
) -> tuple[str, ...]:
    """Create a project in the folder `target`; existing files are left alone.

    With `demo_now`, create the sample newsletter, with articles dated in the latest complete week before that time.
    `config` is the ``newsletter.toml`` for a site's newsletter, whose articles are the site's. `template` is written
    to the configuration. Returns the lines that an existing ``.gitignore`` lacks.
    """
    with open_folder(target.resolve(), make=True) as folder:
        if demo_now:
            _copy(DEMO, folder, _shift(demo_now), template)
        if config and not folder.has(CONFIG_NAME):
            folder.write(CONFIG_NAME, _with_template(config, template) if template else config)
        _copy(STARTER, folder, template=template)
        for name in ("issues",) if config else ("content", "issues"):
            with folder.folder(name, make=True):
                pass
        there = set(folder.read(GITIGNORE).decode(errors="replace").split()) if folder.has(GITIGNORE) else set()
    wanted = (STARTER / "gitignore").read_text(encoding="utf-8").splitlines()
    return tuple(line for line in wanted if not line.startswith("#") and line not in there)


def ignore_project(file: Path, line: str) -> bool:
    """Let a generator ignore a project: write `line` into the site's `file`; false where that is there without it."""
    with open_folder(file.parent) as folder:
        if not folder.has(file.name):
            folder.write(file.name, f"{line}\n")
        return line in folder.read(file.name).decode(errors="replace").split()


def _copy(source: Path, target: Folder, shift: timedelta = timedelta(), template: str = "") -> None:
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
    """Return the time zone of the sample newsletter."""
    tables, _ = load_tables(DEMO / CONFIG_NAME)
    return ZoneInfo(tables["newsletter"]["timezone"])


def _shift(now: datetime) -> timedelta:
    """Return the time between the sample week and the latest complete one."""
    this_monday = now.date() - timedelta(days=now.weekday())
    return this_monday - timedelta(days=7) - SAMPLE_MONDAY
