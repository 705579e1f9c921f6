"""What the machine has to offer: files and who may read them, room, the journal, what cron calls."""

import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from newsletter.app.doctor.regular import CRON_PATH
from newsletter.app.doctor.setting import Setting
from newsletter.app.operations import issues_in
from newsletter.config import ENV, Config
from newsletter.diagnosis import Diagnosis, failure, ok, warning
from newsletter.files import real_path
from newsletter.issues import BUILD
from newsletter.sender.integrity import damage
from newsletter.sender.lock import refuse_network_disk
from newsletter.sender.sent_marker import has_marker
from newsletter.sender.status import State
from newsletter.toml_binding import shown_path
from newsletter.wording import counted

__all__ = ["check_cron", "check_disk", "check_journal", "check_modes", "check_version_control"]

_LITTLE, _NONE = 500_000_000, 50_000_000  # bytes of free space
_CALL = re.compile(r"(?:^|[\s;&|(])newsletter\s")
_ABSOLUTE = re.compile(r"/newsletter\s|\s-m\s+newsletter\s")
_SETS = re.compile(r"\s*([A-Za-z_]+)\s*=(.*)")
_PLAIN_GIT = ("-c", "core.fsmonitor=false")  # a program that the folder's own configuration may name
_PATIENCE = 10  # seconds for another program


def check_cron(setting: Setting) -> Iterator[Diagnosis]:
    """Look whether what this user's crontab calls is found there: cron has a PATH of its own."""
    cure = "'newsletter schedule --cron' prints a line that works"
    calls = 0
    for number, line, path in _cron_lines(setting.environ):
        where = f"line {number} of the crontab"
        command, percent, _ = line.replace(r"\%", "").partition("%")
        calls += bool(_CALL.search(command) or _ABSOLUTE.search(command))
        if _CALL.search(command) and not shutil.which("newsletter", path=path):
            program = shutil.which("newsletter", path=setting.environ.get("PATH", ""))
            hint = f"put PATH={Path(program).parent}:{CRON_PATH} above it; {cure}" if program else cure
            yield failure("cron", f"{where} calls newsletter, which is not on its PATH ({path})", hint)
        if percent and (calls and "newsletter" in line):
            yield failure("cron", f"{where} has a %, at which cron ends the command", rf"write \%; {cure}")
    if not calls:
        yield ok("cron", "this user's crontab does not call newsletter ('newsletter schedule' prints lines that do)")
    else:
        yield ok("cron", f"this user's crontab calls newsletter in {counted(calls, 'line')}")


def _cron_lines(environ: Mapping[str, str]) -> Iterator[tuple[int, str, str]]:
    """Yield the commands of this user's crontab that name the program: (line, text, the PATH that holds there)."""
    path = CRON_PATH
    for number, line in enumerate(_output("crontab", "-l", environ=environ).splitlines(), 1):
        if line.lstrip().startswith("#"):
            continue
        if (sets := _SETS.fullmatch(line)) is not None:
            path = sets[2].strip().strip("\"'") if sets[1] == "PATH" else path
        elif "newsletter" in line:
            yield number, line, path


def _output(*command: str, environ: Mapping[str, str], cwd: Path | None = None) -> str:
    """Return what another program prints; "" where it is not there or has nothing to say."""
    program = shutil.which(command[0], path=environ.get("PATH", ""))
    if not program:
        return ""
    try:
        done = subprocess.run(  # noqa: S603 - a program of the user's own PATH with fixed arguments
            [program, *command[1:]],
            cwd=cwd,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode(errors="replace") if done.returncode == 0 else ""


def check_modes(setting: Setting) -> Iterator[Diagnosis]:
    """Look at who may read the files with addresses and the key, and who may write what decides."""
    config = setting.config
    private = [path for path in dict.fromkeys(_private(config)) if path.exists()]
    found = False
    for path in private:
        mode = path.stat().st_mode
        if mode & (stat.S_IROTH | stat.S_IWOTH):
            found = True
            what = "change" if mode & stat.S_IWOTH else "read"
            say = failure if mode & stat.S_IWOTH else warning
            yield say(
                "files", f"every user of this machine can {what} {shown_path(path)}", f"chmod 600 {shown_path(path)}"
            )
    for path in (config.path, config.root, config.root / "templates", config.issues):
        if path.exists() and path.stat().st_mode & stat.S_IWOTH:
            found = True
            yield failure(
                "files", f"every user of this machine can change {shown_path(path)}", f"chmod o-w {shown_path(path)}"
            )
    if not found:
        yield ok("files", f"{counted(len(private), 'file')} with addresses or the key, for their owner only")


def _private(config: Config) -> tuple[Path, ...]:
    return (config.recipients, config.suppressions, config.root / ENV, config.journal)


def check_version_control(setting: Setting) -> Iterator[Diagnosis]:
    """Look whether git keeps what nobody else should see."""
    config = setting.config
    names = {os.path.relpath(real_path(path), real_path(config.root)): path for path in _private(config)}
    inside = [name for name in names if not name.startswith("..")]
    kept = _output("git", *_PLAIN_GIT, "ls-files", "--", *inside, environ=setting.environ, cwd=config.root).splitlines()
    for name in kept:
        hint = f"git rm --cached {name}, and list it in .gitignore"
        if name == ENV:
            yield failure("version control", f"git keeps {name}, with the key in it", f"make a new key; {hint}")
        else:
            yield warning("version control", f"git keeps {name}, with people's addresses in it", hint)
    if not kept:
        yield ok("version control", "git keeps neither the key nor addresses")


def check_disk(setting: Setting) -> Iterator[Diagnosis]:
    """Look whether issues and the journal can be written, and how much room is left."""
    config = setting.config
    refuse_network_disk(config.journal)
    for folder in dict.fromkeys((_existing(config.issues), _existing(config.journal.parent))):
        free = shutil.disk_usage(folder).free
        if not os.access(folder, os.W_OK | os.X_OK):
            hint = "run as the user who owns it, or mount the disk for writing"
            yield failure("disk", f"{shown_path(folder)} cannot be written by this user", hint)
        elif free < _LITTLE:
            say = failure if free < _NONE else warning
            yield say("disk", f"{free / 1e6:,.0f} MB are left at {shown_path(folder)}", "make room: remove old issues")
        else:
            yield ok("disk", f"{free / 1e9:,.1f} GB are left at {shown_path(folder)}")


def _existing(folder: Path) -> Path:
    """Return a folder, or the nearest one above it that is there."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def check_journal(setting: Setting) -> Iterator[Diagnosis]:
    """Look whether the journal is whole, knows the issues that were begun, and what in it waits for a person."""
    config = setting.config
    problem, known = damage(config.journal)
    lost = sorted(
        path.parent.name
        for path in config.issues.glob(f"*/{BUILD}")
        if has_marker(path.parent) and path.parent.name not in known
    )
    if problem:
        hint = "bring it back from a backup before anything is sent, or people get an issue twice"
        yield failure("journal", f"{shown_path(config.journal)} is damaged: {problem}", hint)
        return
    if lost:
        message = f"{shown_path(config.journal)} does not know {', '.join(lost[:3])}, whose sending has begun"
        yield failure("journal", message, "bring the journal back from a backup, or people get an issue twice")
    for issue in issues_in(config, State.UNCERTAIN, State.SUBMITTING):
        hint = f"'newsletter status {issue}' tells more, 'newsletter resolve {issue}' settles it"
        yield warning("journal", f"for some recipients of {issue} it is unknown whether they have it", hint)
    if not lost:
        yield ok("journal", f"{shown_path(config.journal)} is undamaged" if known else "nothing was sent yet")
