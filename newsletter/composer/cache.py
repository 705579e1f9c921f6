"""Cache fetched pictures between runs, in a bounded folder, with the validators of their hosts.

Beside the pictures, each named by the digest of its address, ``index.json`` keeps for each its size, the validators of
its host (ETag, Last-Modified) and when it was last asked for. A picture that is not in the index is asked for again.
"""

import contextlib
import json
import os
import re
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from newsletter.errors import StorageError
from newsletter.files import write_file

__all__ = ["PictureCache", "forget"]

_INDEX, _PART = "index.json", ".part"
_AGE = timedelta(hours=1)  # how long a picture is not requested again
_NAME = re.compile(r"[0-9a-f]{64}")
_VALIDATOR = re.compile(r"[\x20-\x7e]{0,300}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """The index entry of one picture; `asked` is an ISO 8601 time, "" if it was fetched without a clock."""

    size: int
    etag: str = ""
    modified: str = ""
    asked: str = ""


class PictureCache:
    """The pictures in `folder`; `now` determines their age; without it, all are requested again."""

    def __init__(self, folder: Path, *, now: datetime | None, most_bytes: int, most_files: int) -> None:
        """Read the index; `most_bytes` and `most_files` are the bounds of the folder."""
        self._folder = folder
        self._now = now
        self._most_bytes, self._most_files = most_bytes, most_files
        self._usable = not folder.is_symlink()
        self._index = _load_index(folder / _INDEX) if self._usable else {}

    def find(self, address: str) -> Path | None:
        """Return the file of a picture; None if it is missing or has changed since it was written."""
        path = self._path(address)
        if not self._usable or path.is_symlink() or not path.is_file():
            return None
        entry = self._index.get(path.name)
        return path if not entry or entry.size == path.stat().st_size else None

    def is_fresh(self, address: str) -> bool:
        """Return whether a picture was requested recently."""
        entry = self._index.get(self._path(address).name)
        if not entry or not entry.asked or not self._now or not self.find(address):
            return False
        return abs(self._now - datetime.fromisoformat(entry.asked)) < _AGE

    def validators(self, address: str) -> dict[str, str]:
        """Return the headers of a conditional request for a picture; none if it is not cached."""
        entry = self._index.get(self._path(address).name)
        if not entry or not self.find(address):
            return {}
        headers = {"If-None-Match": entry.etag, "If-Modified-Since": entry.modified}
        return {name: value for name, value in headers.items() if value}

    def part(self, address: str) -> Path:
        """Return the file that a picture is written to until it is complete; OSError if it cannot be created."""
        if not self._usable:
            raise OSError(0, f"{self._folder.name} is a link")
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(address)
        return path.with_name(f"{path.name}{_PART}")

    def keep(self, address: str, part: Path, etag: str, modified: str) -> None:
        """Store a complete picture; OSError when the disk refuses."""
        path = self._path(address)
        size = part.stat().st_size
        part.replace(path)
        etag, modified = (value if _VALIDATOR.fullmatch(value) else "" for value in (etag, modified))
        self._index[path.name] = _Entry(size=size, etag=etag, modified=modified, asked=self._stamp())

    def confirm(self, address: str) -> None:
        """Record that a picture is unchanged at its host."""
        name = self._path(address).name
        entry = self._index[name]
        self._index[name] = _Entry(size=entry.size, etag=entry.etag, modified=entry.modified, asked=self._stamp())

    def drop(self, address: str) -> None:
        """Remove the entry of a picture that its host no longer has."""
        forget(self._path(address))

    def finish(self, in_use: Collection[str]) -> None:
        """Write the index, and remove the least recently used pictures until the rest is within the bounds."""
        if not self._usable or not self._folder.is_dir():
            return
        used = {self._path(address).name for address in in_use}
        with contextlib.suppress(OSError, StorageError):  # a cache that cannot be written is only slow
            for name in used:
                with contextlib.suppress(FileNotFoundError):
                    os.utime(self._folder / name)
            self._trim(used)
            there = {entry.name for entry in os.scandir(self._folder)}
            index = {name: asdict(entry) for name, entry in sorted(self._index.items()) if name in there}
            write_file(self._folder / ".gitignore", "*\n")
            write_file(self._folder / _INDEX, json.dumps(index, indent=1) + "\n")

    def _trim(self, used: Collection[str]) -> None:
        """Remove leftovers of a killed run, then the oldest pictures that this run does not use."""
        files = []
        for entry in os.scandir(self._folder):
            if entry.name.endswith(_PART):
                forget(Path(entry.path))
            elif _NAME.fullmatch(entry.name):
                about = entry.stat(follow_symlinks=False)
                files.append((about.st_mtime_ns, about.st_size, entry.name))
        count, size = len(files), sum(bytes_ for _, bytes_, _ in files)
        for _, bytes_, name in sorted(files):
            if name not in used and (count > self._most_files or size > self._most_bytes):
                count, size = count - 1, size - bytes_
                forget(self._folder / name)

    def _path(self, address: str) -> Path:
        return self._folder / sha256(address.encode(errors="surrogatepass")).hexdigest()

    def _stamp(self) -> str:
        return self._now.isoformat() if self._now else ""


def forget(path: Path) -> None:
    """Remove a picture from its folder, so that the next run requests it again."""
    with contextlib.suppress(OSError):
        path.unlink()


def _load_index(path: Path) -> dict[str, _Entry]:
    """Read the index; if it or an entry is missing or damaged, the pictures are requested again."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(descriptor, "rb") as file:
            stored = json.loads(file.read(10_000_000))
    except (OSError, ValueError, RecursionError):
        return {}
    entries = stored.items() if isinstance(stored, dict) else ()
    return {name: entry for name, about in entries if (entry := _entry(about))}


def _entry(about: object) -> _Entry | None:
    try:
        entry = _Entry(**about)  # type: ignore[arg-type]  # any values of the file
        texts = (entry.etag, entry.modified, entry.asked)
        good = isinstance(entry.size, int) and all(_VALIDATOR.fullmatch(text) for text in texts)
        aware = not entry.asked or datetime.fromisoformat(entry.asked).tzinfo
    except (TypeError, ValueError):
        return None
    return entry if good and aware else None
