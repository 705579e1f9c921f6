"""The people nothing is sent to: the suppression file, a CSV file with a column ``email`` that any tool can write."""

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from newsletter.files import write_file
from newsletter.sender.recipients import load_recipients

__all__ = ["Suppressions", "add_suppressions"]


class Suppressions:
    """The suppression file as it stands, read again when it changes; no file means nobody."""

    def __init__(self, path: Path) -> None:
        """Name the file; it is not read yet."""
        self._path = path
        self._seen: tuple[int, int, int] | None = None

    def changed(self) -> bool:
        """Tell whether the file is another one than when it was last asked, from then on taken as known."""
        try:
            stat = self._path.stat()
            seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        except FileNotFoundError:
            seen = (0, 0, 0)
        before, self._seen = self._seen, seen
        return before != seen

    def load(self) -> Iterator[str]:
        """Yield the addresses; RecipientsError names the lines that are none, so that nobody is overlooked."""
        if self._path.exists():
            yield from (recipient.email for recipient in load_recipients(self._path))


def add_suppressions(path: Path, people: Iterable[tuple[str, str]]) -> int:
    """Add (address, reason) pairs to the file at `path`, made where there is none, and give how many were new.

    What stands there stays as it is, whoever wrote it. Raises RecipientsError for a file that cannot be read.
    """
    known = {email.casefold() for email in Suppressions(path).load()}
    text = path.read_text(encoding="utf-8") if path.exists() else "email,reason\n"
    header = [name.strip().casefold() for name in next(csv.reader([text.partition("\n")[0].lstrip("\ufeff")]), [])]
    names = header if "email" in header else ["email"]
    added = io.StringIO()
    writer = csv.DictWriter(added, names, extrasaction="ignore", lineterminator="\n")
    new = 0
    for email, reason in people:
        if email.casefold() not in known:
            known.add(email.casefold())
            writer.writerow({"email": email, "reason": reason})
            new += 1
    if new:
        write_file(path, text + ("" if text.endswith("\n") else "\n") + added.getvalue(), mode=0o600)
    return new
