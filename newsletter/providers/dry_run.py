"""The provider of a dry run: it writes down what would be asked of a real one, and asks nobody."""

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Self

from newsletter import merge
from newsletter.documents import dump
from newsletter.email_addresses import parse_address
from newsletter.errors import StorageError
from newsletter.files import make_folder, write_file
from newsletter.issues import DRY_RUN, DRY_RUN_SUMMARY, Issue
from newsletter.mime import build_eml, unsubscribe_headers
from newsletter.sender.envelope import Envelope
from newsletter.sender.provider import Outcome, Request, Requests, Withheld
from newsletter.sender.recipients import Recipient
from newsletter.sender.status import Status, document

__all__ = ["DryRun"]

_STAND_IN = "https://example.org/unsubscribe"


class DryRun:
    """A provider that keeps the requests of another one, a line each, in an issue's ``dry-run/`` folder.

    Used as a context; `keep` puts the files in place of those of the run before, with mode 0600 where they name people.
    """

    def __init__(self, issue: Issue, prepare: Callable[[Envelope], Requests], tags: Iterable[str]) -> None:
        """Take the issue whose folder it writes to, and the other provider's way to make requests and its tags."""
        self._issue, self._prepare, self._tags = issue, prepare, tags
        self._folder = issue.directory / DRY_RUN
        self._draft = self._folder / f".requests.{os.getpid()}.tmp"
        self._envelope: Envelope | None = None
        self._first: Request | None = None

    def __enter__(self) -> Self:
        try:
            make_folder(self._folder)
            self._file = open(os.open(self._draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
        except OSError as error:
            raise self._refusal(error) from error
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        with suppress(OSError):
            self._draft.unlink(missing_ok=True)

    def prepare(self, envelope: Envelope) -> Requests:
        """Return what makes the other provider's requests of the issue."""
        self._envelope = envelope
        return self._prepare(envelope)

    def submit(self, request: Request) -> Outcome:
        """Write the request down."""
        self._first = self._first or request
        try:
            self._file.write(request.body + b"\n")
        except OSError as error:
            raise self._refusal(error) from error
        return Withheld()

    def keep(self, status: Status) -> None:
        """Put requests.jsonl, sample.eml and summary.json in place, one after the other, none of them half written."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._draft.replace(self._folder / "requests.jsonl")
        except OSError as error:
            raise self._refusal(error) from error
        sample = self._folder / "sample.eml"
        if self._first and self._envelope:
            content = _sample(self._issue, self._envelope, self._tags, self._first.recipients[0])
            write_file(sample, content, mode=0o600)
        else:
            sample.unlink(missing_ok=True)
        write_file(self._folder / DRY_RUN_SUMMARY, dump(document(status)))

    def _refusal(self, error: OSError) -> StorageError:
        reason = f"the dry run cannot be written: {error.strerror}"
        return StorageError(reason, place=str(self._folder), hint="make room, or make the folder writable")


def _sample(issue: Issue, envelope: Envelope, tags: Iterable[str], recipient: Recipient) -> bytes:
    """Render what `recipient` would get, with what the provider fills in and adds."""
    fields = envelope.values(recipient)
    own = unsubscribe_headers(fields[merge.UNSUBSCRIBE_FIELD]) if envelope.unsubscribe.mode == "url" else {}
    values = {**merge.substitutions(envelope.tokens, fields), **dict.fromkeys(tags, _STAND_IN)}
    return build_eml(
        merge.render(envelope.message, values),
        sender=_mailbox(envelope.sender),
        to=recipient.email,
        date=issue.outline.period.end,
        headers={**envelope.headers, **unsubscribe_headers(_STAND_IN), **own},
        reply_to=_mailbox(envelope.reply_to),
    )


def _mailbox(text: str) -> str:
    name, address = parse_address(text)
    return f"{name} <{address}>" if name else address
