"""The provider of a dry run: it writes the requests for a real one to disk and sends nothing."""

import re
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Self

from newsletter import merge
from newsletter.documents import dump
from newsletter.email_addresses import parse_address
from newsletter.errors import StorageError
from newsletter.files import open_folder
from newsletter.issues import DRY_RUN, DRY_RUN_SUMMARY, Issue
from newsletter.mime import build_eml, unsubscribe_headers
from newsletter.sender.envelope import Envelope
from newsletter.sender.provider import NotSent, Outcome, Request, Requests
from newsletter.sender.recipients import Recipient
from newsletter.sender.status import Status, document

__all__ = ["PERSONAL", "DryRun", "keep_campaign"]

REQUESTS = "requests.jsonl"
SAMPLE = "sample.eml"
PERSONAL = re.compile(rf"{REQUESTS}|{SAMPLE}|\.({REQUESTS}|requests|{SAMPLE})\.[0-9a-f]+\.tmp")
"""The files there with personal data; a killed run can leave some under temporary names."""
_STAND_IN = "https://example.org/unsubscribe"


class DryRun:
    """A provider that writes the requests of another one, one per line, to an issue's ``dry-run/`` folder.

    Used as a context manager; `keep` replaces the files of the previous run, with mode 0600 for personal data.
    """

    def __init__(self, issue: Issue, prepare: Callable[[Envelope], Requests], tags: Iterable[str]) -> None:
        """Keep the issue whose folder it writes to, and the other provider's request builder and tags."""
        self._issue, self._prepare, self._tags = issue, prepare, tags
        self._folder = issue.directory / DRY_RUN
        self._open = ExitStack()
        self._envelope: Envelope | None = None
        self._first: Request | None = None

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            try:
                issue = opened.enter_context(open_folder(self._issue.directory, make=True))
                self._files = opened.enter_context(issue.folder(DRY_RUN, make=True))
                self._file, self._draft = opened.enter_context(self._files.draft(REQUESTS, 0o600))
            except OSError as error:
                raise self._refusal(error) from error
            self._open = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def prepare(self, envelope: Envelope) -> Requests:
        """Return the other provider's builder of the issue's requests."""
        self._envelope = envelope
        return self._prepare(envelope)

    def submit(self, request: Request) -> Outcome:
        """Write the request to the file."""
        self._first = self._first or request
        try:
            self._file.write(request.body + b"\n")
        except OSError as error:
            raise self._refusal(error) from error
        return NotSent()

    def keep(self, status: Status) -> None:
        """Put requests.jsonl, sample.eml and summary.json in place one by one, each complete."""
        try:
            self._files.keep(self._file, self._draft, REQUESTS)
        except OSError as error:
            raise self._refusal(error) from error
        if self._first and self._envelope:
            content = _sample(self._issue, self._envelope, self._tags, self._first.recipients[0])
            self._files.write(SAMPLE, content, mode=0o600)
        else:
            self._files.remove(SAMPLE)
        self._files.write(DRY_RUN_SUMMARY, dump(document(status)))

    def _refusal(self, error: OSError) -> StorageError:
        reason = f"the dry run cannot be written: {error.strerror}"
        return StorageError(reason, place=str(self._folder), hint="free some disk space, or make the folder writable")


def keep_campaign(
    issue: Issue, envelope: Envelope, tags: Iterable[str], requests: Iterable[bytes], status: Status
) -> None:
    """Write the requests of a campaign, one per line, to an issue's ``dry-run/`` folder, with a sample."""
    reader = Recipient(email="reader@example.org", fields={})
    with open_folder(issue.directory, make=True) as folder, folder.folder(DRY_RUN, make=True) as files:
        files.write(REQUESTS, b"".join(request + b"\n" for request in requests), mode=0o600)
        files.write(SAMPLE, _sample(issue, envelope, tags, reader), mode=0o600)
        files.write(DRY_RUN_SUMMARY, dump(document(status)))


def _sample(issue: Issue, envelope: Envelope, tags: Iterable[str], recipient: Recipient) -> bytes:
    """Render the message for `recipient`, with the values and headers that the provider adds."""
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
