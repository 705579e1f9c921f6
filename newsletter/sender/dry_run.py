"""The provider of a dry run: it writes down what would be asked of a real one, and asks nobody."""

import json
import re
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any, Self

from newsletter import merge
from newsletter.documents import dump
from newsletter.errors import StorageError
from newsletter.files import open_folder
from newsletter.issues import Issue
from newsletter.mime import build_eml, unsubscribe_headers
from newsletter.sender.provider import Outcome, Request, Withheld
from newsletter.sender.status import Status, document

__all__ = ["DIRECTORY", "PERSONAL", "DryRun"]

DIRECTORY = "dry-run"
REQUESTS = "requests.jsonl"
SAMPLE = "sample.eml"
SUMMARY = "summary.json"  # the one file there that names nobody
PERSONAL = re.compile(rf"{REQUESTS}|{SAMPLE}|\.({REQUESTS}|requests|{SAMPLE})\.[0-9a-f]+\.tmp")
"""The files there that name people; a killed run leaves some under temporary names."""
_STAND_IN = "https://example.org/unsubscribe"


class DryRun:
    """A provider that keeps requests as JSON lines, in an issue's ``dry-run/`` folder.

    Used as a context; `keep` puts the files in place of those of the run before, with mode 0600 where they name people.
    """

    def __init__(self, issue: Issue) -> None:
        """Take the issue whose folder it writes to."""
        self._issue = issue
        self._folder = issue.directory / DIRECTORY
        self._open = ExitStack()
        self._first: Request | None = None

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            try:
                issue = opened.enter_context(open_folder(self._issue.directory, make=True))
                self._files = opened.enter_context(issue.folder(DIRECTORY, make=True))
                self._file, self._draft = opened.enter_context(self._files.draft(REQUESTS, 0o600))
            except OSError as error:
                raise self._refusal(error) from error
            self._open = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

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
            self._files.keep(self._file, self._draft, REQUESTS)
        except OSError as error:
            raise self._refusal(error) from error
        if self._first:
            self._files.write(SAMPLE, _sample(self._issue, self._first), mode=0o600)
        else:
            self._files.remove(SAMPLE)
        self._files.write(SUMMARY, dump(document(status)))

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
