"""The provider of a dry run: it writes down what would be asked of a real one, and asks nobody."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Self

from newsletter import merge
from newsletter.documents import dump
from newsletter.errors import StorageError
from newsletter.files import make_folder, write_file
from newsletter.issues import Issue
from newsletter.mime import build_eml, unsubscribe_headers
from newsletter.sender.provider import Outcome, Request, Withheld
from newsletter.sender.status import Status, document

__all__ = ["DIRECTORY", "SUMMARY", "DryRun"]

DIRECTORY = "dry-run"
SUMMARY = "summary.json"  # the one file there that names nobody
_STAND_IN = "https://example.org/unsubscribe"


class DryRun:
    """A provider that keeps requests as JSON lines, in an issue's ``dry-run/`` folder.

    Used as a context; `keep` puts the files in place of those of the run before, with mode 0600 where they name people.
    """

    def __init__(self, issue: Issue) -> None:
        """Take the issue whose folder it writes to."""
        self._issue = issue
        self._folder = issue.directory / DIRECTORY
        self._draft = self._folder / f".requests.{os.getpid()}.tmp"
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

    def submit(self, request: Request) -> Outcome:
        """Write the request down."""
        self._first = self._first or request
        try:
            self._file.write(json.dumps(request).encode() + b"\n")
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
        if self._first:
            write_file(sample, _sample(self._issue, self._first), mode=0o600)
        else:
            sample.unlink(missing_ok=True)
        write_file(self._folder / SUMMARY, dump(document(status)))

    def _refusal(self, error: OSError) -> StorageError:
        reason = f"the dry run cannot be written: {error.strerror}"
        return StorageError(reason, place=str(self._folder), hint="make room, or make the folder writable")


def _sample(issue: Issue, request: Request) -> bytes:
    """Render what the first recipient of `request` would get, with what SendGrid fills in and adds."""
    person: Mapping[str, Any] = request["personalizations"][0]
    tags = dict.fromkeys((merge.SUBSCRIPTION_TAG, merge.GROUP_TAG), _STAND_IN)
    return build_eml(
        merge.render(issue.message, {**person.get("substitutions", {}), **tags}),
        sender=_mailbox(request["from"]),
        to=person["to"][0]["email"],
        date=issue.outline.period.end,
        headers={**request["headers"], **unsubscribe_headers(_STAND_IN), **person.get("headers", {})},
        reply_to=_mailbox(request["reply_to"]) if "reply_to" in request else "",
    )


def _mailbox(address: Mapping[str, str]) -> str:
    return f"{address['name']} <{address['email']}>" if "name" in address else address["email"]
