"""Ask git about the folder of a project: whether it is a clone, what is under version control, what a remote has."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from newsletter.errors import ConfigError, StorageError

__all__ = ["find_remote", "git", "is_clone", "is_tracked", "top_level", "try_git"]

_TIMEOUT = 120.0  # seconds
_SETTINGS = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
# What a repository's own configuration may name as a program that git runs beside its work. Its remotes remain.
_NO_PROGRAMS = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}", "-c", "core.pager=cat")
_PROTOCOLS = {"GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh"}  # not ext, whose address is a command
# Set by git for its hooks: they would lead to another repository than that of the folder.
_OF_ANOTHER = (
    *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_DIR", "GIT_INDEX_FILE", "GIT_NAMESPACE"),
    *("GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_WORK_TREE"),
)
_AUTHOR = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "newsletter"), ("EMAIL", "newsletter@localhost"))
}


def try_git(folder: Path, *arguments: str, content: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run git in `folder` with `content` on its input; StorageError where there is no git, or it takes too long."""
    own = {name: value for name, value in os.environ.items() if name not in _OF_ANOTHER}
    environ: Mapping[str, str] = {
        "GIT_SSH_COMMAND": "ssh -o BatchMode=yes",
        **_PROTOCOLS,
        **own,
        **_SETTINGS,
        **_AUTHOR,
    }
    command = ["git", *_NO_PROGRAMS, *arguments]
    try:
        return subprocess.run(  # noqa: S603 - a project's folder is code (see `trust`), its repository as well
            command,
            cwd=folder,
            env=environ,
            input=content,
            capture_output=True,
            timeout=_TIMEOUT,
            check=False,
        )
    except FileNotFoundError as error:
        raise ConfigError("git is not installed here", hint="install git, or set claim in [send] to none") from error
    except subprocess.TimeoutExpired as error:
        hint = "check the network and the remote of this repository, then run the same command again"
        raise StorageError(f"git {arguments[0]} took longer than {_TIMEOUT:.0f} s", hint=hint) from error


def git(folder: Path, *arguments: str, content: bytes = b"") -> str:
    """Run git and return what it printed; StorageError with its last words where it failed."""
    done = try_git(folder, *arguments, content=content)
    if done.returncode:
        words = done.stderr.decode(errors="replace").strip().splitlines()
        hint = "check the network, and that this machine may push to the remote; then run the same command again"
        raise StorageError(f"git {arguments[0]} failed: {words[-1] if words else 'no reason given'}", hint=hint)
    return done.stdout.decode(errors="replace").strip()


def find_remote(folder: Path) -> str:
    """Return the name of the repository's remote: ``origin``, else the only one; ConfigError where there is none."""
    done = try_git(folder, "remote")
    names = done.stdout.decode(errors="replace").split() if not done.returncode else []
    names = [name for name in names if not name.startswith("-")]  # git would take it for an option
    if "origin" in names or len(names) == 1:
        return "origin" if "origin" in names else names[0]
    hint = 'claim = "git" needs one that all machines share: git remote add origin URL'
    raise ConfigError(f"{folder} is in no git repository with a remote", hint=hint)


def top_level(folder: Path) -> Path | None:
    """Return the folder of the checkout that `folder` is in; None where it is in none."""
    try:
        done = try_git(folder, "rev-parse", "--show-toplevel")
    except ConfigError:
        return None
    return None if done.returncode else Path(done.stdout.decode(errors="surrogateescape").strip())


def is_clone(folder: Path) -> bool:
    """Return whether a folder is in a repository that was made by ``git clone``, as its first record says."""
    try:
        path = try_git(folder, "rev-parse", "--git-path", "logs/HEAD")
        if path.returncode:
            return False
        with (folder / path.stdout.decode().strip()).open(encoding="utf-8", errors="replace") as file:
            return "\tclone: " in file.readline(10_000)
    except (OSError, ConfigError):
        return False


def is_tracked(path: Path) -> bool:
    """Return whether a file is under version control."""
    try:
        return path.parent.is_dir() and not try_git(path.parent, "ls-files", "--error-unmatch", path.name).returncode
    except ConfigError:
        return False
