"""The content that all requests of an issue share, for any provider: no disk, no network, no clock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from newsletter import merge
from newsletter.config import Config
from newsletter.issues import Issue, message_digest
from newsletter.mime import list_headers
from newsletter.models import Message
from newsletter.sender.recipients import Recipient
from newsletter.sender.status import Mode
from newsletter.settings import Unsubscribe

__all__ = ["Envelope", "Schedule", "batch_args", "content_digest", "envelope"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """An undo window: the provider's id for all requests of the issue, and when (epoch seconds) they are delivered."""

    batch_id: str
    send_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The content of an issue's requests that does not depend on the recipients.

    `issue` and `digest` appear in the provider's log (see `batch_args`); a test has another issue id, so that it
    proves nothing about the real run. `message` has the merge `tokens`; `headers` are those of every message, `labels`
    are for filtering the provider's statistics. `addresses` are the spellings of the merge field that is the
    address itself.
    """

    issue: str
    digest: str
    message: Message
    sender: str
    reply_to: str
    headers: Mapping[str, str]
    labels: tuple[str, ...]
    tracking: bool
    unsubscribe: Unsubscribe
    defaults: Mapping[str, str]
    tokens: tuple[tuple[str, str], ...]
    addresses: tuple[str, ...] = ("email",)
    mode: Mode = "live"
    schedule: Schedule | None = None

    @property
    def fields(self) -> dict[str, str]:
        """Return the merge fields that the message and the unsubscribe address need, each with its default, else ""."""
        names = _names(self.tokens, self.unsubscribe).difference(self.addresses)
        return {name: self.defaults.get(name, "") for name in sorted(names - {merge.UNSUBSCRIBE_FIELD})}

    @property
    def needed(self) -> frozenset[str]:
        """Return the merge fields for which everybody must have a value."""
        return frozenset(_names((), self.unsubscribe)).difference(self.addresses, self.defaults)

    def values(self, recipient: Recipient) -> dict[str, str]:
        """Return one recipient's merge fields; KeyError names a field that the unsubscribe address lacks."""
        fields = {**self.defaults, **recipient.fields, **dict.fromkeys(self.addresses, recipient.email)}
        if self.unsubscribe.mode == "url":
            fields[merge.UNSUBSCRIBE_FIELD] = merge.unsubscribe_url(self.unsubscribe, fields)
        return fields

    def problem(self, recipient: Recipient) -> str:
        """Return what prevents a message for `recipient`, or ""."""
        try:
            if self.unsubscribe.mode == "url":
                self.values(recipient)
        except KeyError as error:
            return f"has no value for {error.args[0]!r}, which the unsubscribe address needs"
        return ""


def envelope(issue: Issue, config: Config, *, mode: Mode = "live", schedule: Schedule | None = None) -> Envelope:
    """Return the content that all requests of `issue` share."""
    message, settings = issue.message, config.send
    tokens = merge.find(message.subject, message.html, message.text)
    names = _names(tokens, settings.unsubscribe)
    return Envelope(
        issue=issue.id if mode in ("live", "dry-run") else f"{mode}:{issue.id}",
        digest=content_digest(issue),
        message=replace(message, subject=f"[Test] {message.subject}") if mode == "test" else message,
        sender=settings.from_,
        reply_to=settings.reply_to,
        headers=list_headers(config, issue.id),
        labels=("test",) if mode == "test" else _labels(issue, config),
        tracking=settings.tracking,
        unsubscribe=settings.unsubscribe,
        defaults=settings.defaults,
        tokens=tokens,
        addresses=("email", *(name for name in names if name.casefold() == "email" != name)),
        mode=mode,
        schedule=schedule,
    )


def _names(tokens: Iterable[tuple[str, str]], unsubscribe: Unsubscribe) -> set[str]:
    """Return the merge fields of `tokens` and of a recipient's own unsubscribe address."""
    fields = {field for _, field in tokens}
    return fields.union(merge.url_fields(unsubscribe)) if unsubscribe.mode == "url" else fields


def _labels(issue: Issue, config: Config) -> tuple[str, ...]:
    """Return the newsletter's slug, if it has one, and the issue."""
    return tuple(dict.fromkeys(filter(None, (config.newsletter.slug, issue.id))))


def content_digest(issue: Issue) -> str:
    """Return the SHA-256 of what is sent of `issue`, from its current files."""
    return message_digest(issue.message) if issue.changed else issue.digest


def batch_args(issue: str, digest: str, *, batch: int, attempt: int) -> dict[str, str]:
    """Return the custom arguments that identify one attempt at a batch of an issue in the provider's log.

    An id alone is not enough: another newsletter of the account may have an issue of that name and the same recipients.
    The configuration is not included, because it may change before the log is read.
    """
    return {"issue": issue, "origin": digest[:16], "batch": str(batch), "attempt": str(attempt)}
