"""Check who owns a project folder: its files decide what is read and sent, and to whom, so it is code."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

__all__ = ["distrust"]


def distrust(path: Path, environ: Mapping[str, str]) -> str:
    """Return why the file at `path`, which nobody named, must not be used; "" if it is the user's own.

    As in git, the file and its folder must belong to the user, under sudo to the one who called it. A folder in
    which everybody may write, such as /tmp, is not trusted: anybody may put `templates/` or `.env` beside the file.
    """
    own = _own(environ)
    for name, status in (("it", path.lstat()), ("it", path.stat()), ("its folder", path.parent.stat())):
        if status.st_uid not in own:
            return f"{name} belongs to another user (uid {status.st_uid})"
    for name, status in (("it", path.stat()), ("its folder", path.parent.stat())):
        if status.st_mode & stat.S_IWOTH:
            return f"{name} can be written by every user"
    return ""


def _own(environ: Mapping[str, str]) -> set[int]:
    """Return the ids of the user who runs this."""
    own = os.geteuid()
    caller = environ.get("SUDO_UID", "") if own == 0 else ""
    return {own, int(caller)} if caller.isdecimal() and len(caller) < 11 else {own}
