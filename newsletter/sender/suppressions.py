"""The people nothing is sent to: the suppression file, a CSV file with a column ``email`` that any tool can write."""

from collections.abc import Iterator
from pathlib import Path

from newsletter.sender.recipients import load_recipients

__all__ = ["Suppressions"]


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
