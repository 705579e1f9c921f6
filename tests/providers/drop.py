"""A second provider, as small as the contract allows: it drops each request as a file into the folder DROP_FOLDER.

It stands for any mail server: no undo window, no sandbox, no unsubscribe page but one under its own tag.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from newsletter import merge
from newsletter.config import Config, load_environment
from newsletter.diagnosis import Examination, ok
from newsletter.errors import ConfigError, ProviderError
from newsletter.figures import Figures
from newsletter.sender.envelope import Envelope, batch_args
from newsletter.sender.provider import Accepted, Outcome, Request, RetryLater
from newsletter.sender.recipients import Recipient
from newsletter.traits import ProviderTraits

__all__ = ["TRAITS", "Drop", "DropRequests", "connect", "count", "examine", "prepare"]

TRAITS = ProviderTraits(name="the drop", tags={"subscription": "<%leave%>"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DropRequests:
    """Messages as they are received, and what the log shows; there are no limits."""

    envelope: Envelope
    most: int = 2

    def fits(self, people: int, size: int) -> bool:
        """Whatever their number."""
        return True

    def check(self, recipient: Recipient) -> str:
        """Whoever it is."""
        return ""

    def content_problems(self) -> Sequence[str]:
        """Whatever it says."""
        return ()

    def setting_problems(self) -> Sequence[str]:
        """Whoever sends."""
        return ()

    def build(self, recipients: Sequence[Recipient], *, batch: int, attempt: int = 1) -> Request:
        """Write the messages down."""
        args = batch_args(self.envelope.issue, self.envelope.digest, batch=batch, attempt=attempt)
        messages = {recipient.email: self._text(recipient) for recipient in recipients}
        return Request(body=json.dumps({"args": args, "messages": messages}).encode(), recipients=tuple(recipients))

    def _text(self, recipient: Recipient) -> str:
        values = merge.substitutions(self.envelope.tokens, self.envelope.values(recipient))
        return merge.render(self.envelope.message, {**values, "<%leave%>": "https://drop.example/leave"}).text


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """The folder as a provider."""

    folder: Path

    @property
    def where(self) -> str:
        """The folder, as a place."""
        return str(self.folder)

    def prepare(self, envelope: Envelope) -> DropRequests:
        """Return what writes the messages of one issue."""
        return DropRequests(envelope=envelope)

    def submit(self, request: Request) -> Outcome:
        """Write one file, whole or not at all."""
        args = json.loads(request.body)["args"]
        draft = self.folder / f".{os.urandom(8).hex()}"
        try:
            draft.write_bytes(request.body)
            draft.rename(draft.with_name(f"{args['issue']}-{args['batch']}-{args['attempt']}-{draft.name[1:]}.json"))
        except OSError as error:
            return RetryLater(reason=f"the drop takes nothing: {error.strerror}")
        return Accepted(message_id=draft.name[1:])

    def schedule(self) -> str:
        """Refuse: what is dropped is delivered."""
        raise ProviderError("the drop cannot hold an issue back")

    def cancel(self, schedule: str) -> None:
        """Refuse as well."""
        raise ProviderError("the drop cannot hold an issue back")

    def find(self, *, email: str, since: str, args: Mapping[str, str]) -> bool:
        """Look into the files."""
        found = (json.loads(path.read_bytes()) for path in self.folder.glob("*.json"))
        return any(one["args"] == args and email in one["messages"] for one in found)

    def suppressions(self) -> Iterator[tuple[str, str]]:
        """Read who left."""
        path = self.folder / "left"
        yield from ((email, "left") for email in (path.read_text().split() if path.exists() else ()))


def prepare(envelope: Envelope) -> DropRequests:
    """Return what writes the messages of one issue."""
    return DropRequests(envelope=envelope)


def connect(config: Config, environ: Mapping[str, str], *, sandbox: bool = False) -> Drop:
    """Return the folder that the environment names."""
    folder = load_environment(config.root, environ).get("DROP_FOLDER", "")
    if not folder or sandbox:
        raise ConfigError("the drop has no sandbox" if sandbox else "DROP_FOLDER is not set", hint="send for real")
    return Drop(folder=Path(folder))


def examine(config: Config, environ: Mapping[str, str]) -> Examination:
    """Return whether the folder is there."""
    folder = connect(config, environ).where
    return Examination(diagnoses=(ok("folder", folder),))


def count(config: Config, environ: Mapping[str, str], issue: str, since: date) -> Figures:
    """Count the messages; each that lies there was delivered."""
    folder = Path(connect(config, environ).where)
    found = (json.loads(path.read_bytes()) for path in folder.glob("*.json"))
    number = sum(len(one["messages"]) for one in found if one["args"].get("issue") == issue)
    return Figures(requested=number, processed=number, delivered=number)
