"""The suppression file: addresses that nothing is sent to, in any format of a recipients file."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from newsletter.email_addresses import parse_email
from newsletter.errors import ProviderError, RecipientsError
from newsletter.files import write_file
from newsletter.sender.recipients import Form, load_form, load_recipients
from newsletter.wording import counted

__all__ = ["Added", "Suppressions", "add_suppressions"]

_NO_FILE = (0, 0, 0)


class Added(NamedTuple):
    """The number of addresses added to the file, and of those left out, because nothing can be sent to them."""

    added: int
    left_out: int


class Suppressions:
    """The current suppression file, read again when it changes; a missing file means no suppressions."""

    def __init__(self, path: Path) -> None:
        """Keep the path; the file is not read yet."""
        self._path = path
        self._seen: tuple[int, int, int] | None = None

    def changed(self) -> bool:
        """Return whether the file has changed since the last call.

        Raises RecipientsError if it was removed since: that does not mean that nobody is suppressed.
        """
        try:
            stat = self._path.stat()
            seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        except FileNotFoundError as error:
            if self._seen not in (None, _NO_FILE):
                message, hint = "was removed during the run", "restore it, then run the same command again"
                raise RecipientsError(message, place=str(self._path), hint=hint) from error
            seen = _NO_FILE
        before, self._seen = self._seen, seen
        return before != seen

    def load(self) -> Iterator[str]:
        """Yield the addresses; RecipientsError names the invalid lines, so that nobody is overlooked."""
        if _is_there(self._path):
            yield from (recipient.email for recipient in load_recipients(self._path))


def _is_there(path: Path) -> bool:
    """Return whether there is a file; RecipientsError if it is not a regular file: a pipe would be read as empty."""
    if path.exists() and not path.is_file():
        raise RecipientsError("is not a file", place=str(path), hint="name a file in [send] suppressions")
    return path.exists()


def add_suppressions(path: Path, people: Iterable[tuple[str, str]]) -> Added:
    """Add (address, reason) pairs to the file at `path`, which is created if necessary.

    They are written in the file's own format; existing lines are not changed. An address that no
    recipient can have is left out, because the file could not be read with it. Raises RecipientsError for a file that
    cannot be read; where a provider's list breaks off, what came before is added, and ProviderError says so.
    """
    known = {email.casefold() for email in Suppressions(path).load()}
    new: dict[str, tuple[str, str]] = {}
    left_out = 0
    try:
        for text, reason in people:
            email = parse_email(text)
            if not email:
                left_out += 1
            elif email.casefold() not in known:
                new.setdefault(email.casefold(), (email, reason))
    except ProviderError as error:
        _write(path, new)
        kept = f"; {counted(len(new), 'address')} that came before were added" if new else ""
        raise ProviderError(f"{error}{kept}", hint=error.hint) from error
    _write(path, new)
    return Added(len(new), left_out)


def _write(path: Path, new: Mapping[str, tuple[str, str]]) -> None:
    """Add the `new` (address, reason) pairs to the file."""
    if new:
        before = path.read_bytes() if _is_there(path) else b""
        form = load_form(path) if before else Form("empty", 0, "")
        after = before + _added(form, new.values(), parted=before[-1:] in (b"", b"\n")).encode()
        write_file(path, after, mode=0o600, keep=True)


def _added(form: Form, people: Iterable[tuple[str, str]], *, parted: bool) -> str:
    """Return the lines for `people` in a file of that format; `parted`: its last line ends with a line break."""
    end = "\r\n" if form.first.endswith("\r\n") else "\n"
    added = io.StringIO()
    added.write("" if parted else end)
    if form.kind == "json":
        added.writelines(json.dumps({"email": email, "reason": reason}) + end for email, reason in people)
        return added.getvalue()
    writer = csv.writer(added, delimiter=form.delimiter, lineterminator=end)
    quoting = csv.writer(added, delimiter=form.delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    names = {"csv": form.names, "plain": ("email",), "empty": ("email", "reason")}[form.kind]
    if form.kind == "empty":
        writer.writerow(names)
    for email, reason in people:
        cells = [{"email": email, "reason": reason}.get(name.casefold(), "") for name in names]
        (quoting if cells[0].startswith("#") else writer).writerow(cells)  # without quotes, it would be a comment
    return added.getvalue()
