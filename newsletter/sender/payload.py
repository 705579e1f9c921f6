"""Turn a message and a batch of recipients into a request: plain dicts, no disk, no network, no clock.

What all requests of an issue share is built once (`envelope`); what differs is the personalisations and the opaque
ids that tell batch from batch (`build_request`). Both are checked against SendGrid's limits before a byte leaves.
"""

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from newsletter import merge
from newsletter.config import Config
from newsletter.email_addresses import parse_address
from newsletter.issues import Issue, message_digest
from newsletter.mime import list_headers, unsubscribe_headers
from newsletter.models import InlineImage
from newsletter.sender.provider import Request
from newsletter.sender.recipients import Recipient
from newsletter.sender.status import Mode
from newsletter.settings import SendSettings, Unsubscribe

__all__ = [
    "BATCH_SIZE",
    "Envelope",
    "Schedule",
    "batch_args",
    "build_request",
    "check_recipient",
    "content_digest",
    "content_problems",
    "envelope",
    "room_for",
    "setting_problems",
]

BATCH_SIZE = 1000  # personalisations in one request, SendGrid's limit
MOST_BYTES = 30_000_000
_SUBSTITUTION_BYTES = 10_000
_WORST_GROWTH = 8  # bytes that one character may become: an HTML reference, or UTF-8 with a joiner beside it
_MOST_MENTIONS = 3  # of a field in one personalisation: for HTML, as plain text, and of the address as an address
_QUOTED_GROWTH = 3 * 3  # bytes of a byte in the unsubscribe address, which stands in the header and in both parts
_LONGEST_EMAIL = 254
_NAME_MARKS = re.compile(r"[;,\r\n]")  # SendGrid loses the mail silently when a name holds one of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """An undo window: SendGrid's id for all requests of the issue, and when (epoch seconds) they go out."""

    batch_id: str
    send_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Everything about an issue's requests that does not depend on who gets them.

    `issue` and `digest` are what the provider's log shows (see `batch_args`); a test's issue is another one, so that it
    proves nothing about the real run.
    A recipient whose fields have fewer characters than `room` needs no closer look: they surely fit. `addresses` are
    the spellings of the merge field that is the address itself.
    """

    shared: Mapping[str, Any]
    tokens: tuple[tuple[str, str], ...]
    defaults: Mapping[str, str]
    unsubscribe: Unsubscribe
    issue: str
    digest: str
    room: int
    addresses: tuple[str, ...] = ("email",)

    @property
    def fields(self) -> dict[str, str]:
        """Name the merge fields that the message and the unsubscribe address need, each with its default, else ""."""
        names = _names(self.tokens, self.unsubscribe).difference(self.addresses)
        return {name: self.defaults.get(name, "") for name in sorted(names - {merge.UNSUBSCRIBE_FIELD})}

    @property
    def needed(self) -> frozenset[str]:
        """Name the merge fields that everybody must have a value of."""
        return frozenset(_names((), self.unsubscribe)).difference(self.addresses, self.defaults)


def envelope(issue: Issue, config: Config, *, mode: Mode = "live", schedule: Schedule | None = None) -> Envelope:
    """Build what all requests of `issue` share."""
    message = issue.message
    tokens = merge.find(message.subject, message.html, message.text)
    return Envelope(
        shared={**_message(issue, config, mode), **_options(config.send, mode, schedule)},
        tokens=tokens,
        defaults=config.send.defaults,
        unsubscribe=config.send.unsubscribe,
        issue=issue.id if mode in ("live", "dry-run") else f"{mode}:{issue.id}",
        digest=content_digest(issue),
        room=_room(tokens, config),
        addresses=("email", *(n for n in _names(tokens, config.send.unsubscribe) if n.casefold() == "email" != n)),
    )


def _names(tokens: Iterable[tuple[str, str]], unsubscribe: Unsubscribe) -> set[str]:
    """Name the merge fields of `tokens` and of a recipient's own unsubscribe address."""
    fields = {field for _, field in tokens}
    return fields.union(merge.url_fields(unsubscribe)) if unsubscribe.mode == "url" else fields


def content_digest(issue: Issue) -> str:
    """Give the SHA-256 of what is sent of `issue` as its files are now."""
    return message_digest(issue.message) if issue.changed else issue.digest


def batch_args(issue: str, digest: str, *, batch: int, attempt: int) -> dict[str, str]:
    """Give what the provider's log shows of one attempt at a batch of an issue of that content.

    An id is no proof: another newsletter of the account may have an issue of that name, and readers in common. Nothing
    of the configuration is in it, which may change before the log is asked.
    """
    return {"issue": issue, "origin": digest[:16], "batch": str(batch), "attempt": str(attempt)}


def _message(issue: Issue, config: Config, mode: Mode) -> dict[str, Any]:
    message = issue.message
    return {
        "from": _address(config.send.from_),
        "subject": f"[Test] {message.subject}" if mode == "test" else message.subject,
        "content": [
            {"type": "text/plain", "value": message.text},
            {"type": "text/html", "value": message.html},
        ],
        "headers": list_headers(config, issue.id),
        "categories": ["test"] if mode == "test" else _categories(issue, config),
        **({"attachments": [_attachment(image) for image in message.images]} if message.images else {}),
    }


def _options(settings: SendSettings, mode: Mode, schedule: Schedule | None) -> dict[str, Any]:
    options: dict[str, Any] = {"tracking_settings": _tracking(settings.tracking, settings.unsubscribe)}
    if settings.reply_to:
        options["reply_to"] = _address(settings.reply_to)
    if settings.unsubscribe.mode == "group":
        options["asm"] = {"group_id": settings.unsubscribe.group_id}
    if mode == "sandbox":
        options["mail_settings"] = {"sandbox_mode": {"enable": True}}
    if schedule:
        options |= {"batch_id": schedule.batch_id, "send_at": schedule.send_at}
    return options


def _room(tokens: Sequence[tuple[str, str]], config: Config) -> int:
    """Give the number of characters that fit whatever they are; 0 where every recipient needs a closer look."""
    if config.send.unsubscribe.mode == "url":
        return 0
    names = sum(len(merge.token(*pair)) for pair in tokens)
    standard = _LONGEST_EMAIL + sum(map(len, config.send.defaults.values()))
    return (_SUBSTITUTION_BYTES - names) // (_WORST_GROWTH * max(1, len(tokens))) - standard


def build_request(envelope: Envelope, recipients: Sequence[Recipient], *, batch: int, attempt: int = 1) -> Request:
    """Build the request for one batch of 1 to `BATCH_SIZE` recipients, in their order."""
    assert 1 <= len(recipients) <= BATCH_SIZE
    return {
        "personalizations": [_personalisation(envelope, recipient) for recipient in recipients],
        "custom_args": batch_args(envelope.issue, envelope.digest, batch=batch, attempt=attempt),
        **envelope.shared,
    }


def room_for(envelope: Envelope) -> Callable[[int, int], bool]:
    """Give what tells whether a request surely has room for so many people with so many bytes of addresses and fields.

    SendGrid's limit is one of JSON, where a letter that is not ASCII takes several times the bytes that it has.
    """
    url = envelope.unsubscribe.url if envelope.unsubscribe.mode == "url" else ""
    growth = _WORST_GROWTH * _MOST_MENTIONS + _QUOTED_GROWTH * url.count("{")
    each = 300 + sum(len(merge.token(*pair)) + 10 for pair in envelope.tokens) + _QUOTED_GROWTH * len(url.encode())
    room = MOST_BYTES - len(json.dumps(envelope.shared)) - 1000
    return lambda people, size: people * each + size * growth <= room


def check_recipient(envelope: Envelope, recipient: Recipient) -> str:
    """Say what makes a request for `recipient` impossible, or ""."""
    if sum(map(len, recipient.fields.values())) < envelope.room:
        return ""
    try:
        fields = _fields(envelope, recipient)
    except KeyError as error:
        return f"has no value for {error.args[0]!r}, which the unsubscribe address needs"
    values = merge.substitutions(envelope.tokens, fields)
    size = sum(len(name) + len(value.encode()) for name, value in values.items())
    return "" if size <= _SUBSTITUTION_BYTES else f"has more than {_SUBSTITUTION_BYTES} bytes of merge fields"


def content_problems(envelope: Envelope) -> Iterator[str]:
    """Say what SendGrid would refuse in every request because of the issue's content; nothing where it is fine."""
    shared = envelope.shared
    for name, part in zip(("text", "HTML"), shared["content"], strict=True):
        if not part["value"].strip():
            yield f"the {name} part is empty"
    size = len(json.dumps(shared))
    if size > MOST_BYTES // 2:
        yield f"the message takes {size / 1e6:.1f} MB, which leaves no room for a batch of recipients"
    if not shared["subject"].strip():
        yield "the subject is empty"
    if re.search(r"[\r\n]", shared["subject"]):
        yield "the subject has a line break"
    for item in shared.get("attachments", ()):
        if any(_NAME_MARKS.search(item[key]) for key in ("filename", "type", "content_id")):
            yield f"the picture {item['filename']!r} has a name or type with a separator in it"


def setting_problems(envelope: Envelope) -> Iterator[str]:
    """Say what SendGrid would refuse in every request because of the configuration."""
    shared = envelope.shared
    for key in ("from", "reply_to"):
        if _NAME_MARKS.search(name := shared.get(key, {}).get("name", "")):
            yield f"the sender's name {name!r} holds a comma or a semicolon"
    for name, value in shared["headers"].items():
        if not re.fullmatch(r"[\x20-\x7e]+", value):
            yield f"the header {name} is not plain ASCII text"


def _personalisation(envelope: Envelope, recipient: Recipient) -> dict[str, Any]:
    entry: dict[str, Any] = {"to": [{"email": recipient.email}]}
    if not envelope.tokens and envelope.unsubscribe.mode != "url":
        return entry
    fields = _fields(envelope, recipient)
    if envelope.tokens:
        entry["substitutions"] = merge.substitutions(envelope.tokens, fields)
    if envelope.unsubscribe.mode == "url":
        entry["headers"] = unsubscribe_headers(fields[merge.UNSUBSCRIBE_FIELD])
    return entry


def _fields(envelope: Envelope, recipient: Recipient) -> dict[str, str]:
    """Give one recipient's merge fields; KeyError names a field that the unsubscribe address lacks."""
    fields = {**envelope.defaults, **recipient.fields, **dict.fromkeys(envelope.addresses, recipient.email)}
    if envelope.unsubscribe.mode == "url":
        fields[merge.UNSUBSCRIBE_FIELD] = merge.unsubscribe_url(envelope.unsubscribe, fields)
    return fields


def _address(text: str) -> dict[str, str]:
    name, email = parse_address(text)
    return {"email": email, "name": name} if name else {"email": email}


def _categories(issue: Issue, config: Config) -> list[str]:
    """Name the issue, so that its statistics can be asked for, and the newsletter where it has a slug."""
    return list(dict.fromkeys(filter(None, (config.newsletter.slug, issue.id))))


def _tracking(tracking: bool, unsubscribe: Unsubscribe) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "click_tracking": {"enable": tracking, "enable_text": False},
        "open_tracking": {"enable": tracking},
        "subscription_tracking": {"enable": False},
    }
    if unsubscribe.mode == "subscription":
        settings["subscription_tracking"] = {"enable": True, "substitution_tag": merge.SUBSCRIPTION_TAG}
    return settings


def _attachment(image: InlineImage) -> dict[str, str]:
    return {
        "content": base64.b64encode(image.content).decode(),
        "type": image.mime_type,
        "filename": image.filename,
        "disposition": "inline",
        "content_id": image.cid,
    }
