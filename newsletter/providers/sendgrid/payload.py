"""Build mail/send's JSON from a message and a batch of recipients, within SendGrid's limits.

The part that all requests of an issue share is built once (`MailRequests`); they differ in the personalisations and in
opaque ids that identify the batch. Both are checked against SendGrid's limits before anything is sent.
"""

import base64
import json
import re
from collections.abc import Callable, Iterator, Sequence
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from newsletter import merge
from newsletter.email_addresses import parse_address
from newsletter.mime import unsubscribe_headers
from newsletter.models import InlineImage
from newsletter.providers.sendgrid.traits import TRAITS
from newsletter.sender.envelope import Envelope, batch_args
from newsletter.sender.provider import Request
from newsletter.sender.recipients import Recipient

__all__ = ["MOST_BYTES", "MailRequests"]

BATCH_SIZE = 1000  # personalisations in one request, SendGrid's limit
MOST_BYTES = 30_000_000
_SUBSTITUTION_BYTES = 10_000
_WORST_GROWTH = 8  # bytes that one character may become: an HTML reference, or UTF-8 with a joiner beside it
_MOST_MENTIONS = 3  # copies of a field in one personalisation: for HTML, as plain text, and in the unsubscribe address
_QUOTED_GROWTH = 3 * 3  # bytes per byte of the unsubscribe address, which is in the header and in both parts
_LONGEST_EMAIL = 254
_NAME_MARKS = re.compile(r"[;,\r\n]")  # SendGrid silently loses the mail if a name contains one of them


class MailRequests:
    """The builder of one issue's requests (see `Requests`)."""

    most = BATCH_SIZE

    def __init__(self, envelope: Envelope) -> None:
        """Build the part that all requests share."""
        self._envelope = envelope
        self._shared = json.dumps({**_message(envelope), **_options(envelope)})
        self._personalisation = _personalisation(envelope)
        self._room = _room(envelope)
        self._each, self._growth = _sizes(envelope)

    def build(self, recipients: Sequence[Recipient], *, batch: int, attempt: int = 1) -> Request:
        """Return the request for one batch of 1 to `most` recipients, in their order."""
        assert 1 <= len(recipients) <= BATCH_SIZE
        people = ", ".join(map(self._personalisation, recipients))
        args = json.dumps(batch_args(self._envelope.issue, self._envelope.digest, batch=batch, attempt=attempt))
        body = f'{{"personalizations": [{people}], "custom_args": {args}, {self._shared[1:]}'
        return Request(body=body.encode(), recipients=tuple(recipients))

    def fits(self, people: int, size: int) -> bool:
        """Return whether `people` with this many bytes of addresses and fields certainly fit into one request.

        SendGrid's limit applies to JSON, where a non-ASCII letter takes several times its bytes.
        """
        return people * self._each + size * self._growth <= MOST_BYTES - len(self._shared) - 1000

    def check(self, recipient: Recipient) -> str:
        """Return what makes a request for `recipient` impossible, or ""; fast if the fields certainly fit."""
        if sum(map(len, recipient.fields.values())) < self._room:
            return ""
        values = merge.substitutions(self._envelope.tokens, self._envelope.values(recipient))
        size = sum(len(name) + len(value.encode()) for name, value in values.items())
        return "" if size <= _SUBSTITUTION_BYTES else f"has more than {_SUBSTITUTION_BYTES} bytes of merge fields"

    def content_problems(self) -> Iterator[str]:
        """Yield what SendGrid would refuse in every request because of the content."""
        message = self._envelope.message
        for name, part in (("text", message.text), ("HTML", message.html)):
            if not part.strip():
                yield f"the {name} part is empty"
        size = len(self._shared)
        if size > MOST_BYTES // 2:
            yield f"the message takes {size / 1e6:.1f} MB, which leaves no room for a batch of recipients"
        if not message.subject.strip():
            yield "the subject is empty"
        if re.search(r"[\r\n]", message.subject):
            yield "the subject has a line break"
        for image in message.images:
            if any(map(_NAME_MARKS.search, (image.filename, image.mime_type, image.cid))):
                yield f"the picture {image.filename!r} has a name or type with a separator in it"

    def setting_problems(self) -> Iterator[str]:
        """Yield what SendGrid would refuse in every request because of the configuration."""
        for address in (self._envelope.sender, self._envelope.reply_to):
            if _NAME_MARKS.search(name := parse_address(address)[0]):
                yield f"the sender's name {name!r} holds a comma or a semicolon"
        for name, value in self._envelope.headers.items():
            if not re.fullmatch(r"[\x20-\x7e]+", value):
                yield f"the header {name} is not plain ASCII text"


def _message(envelope: Envelope) -> dict[str, Any]:
    message = envelope.message
    return {
        "from": _address(envelope.sender),
        "subject": message.subject,
        "content": [
            {"type": "text/plain", "value": message.text},
            {"type": "text/html", "value": message.html},
        ],
        "headers": dict(envelope.headers),
        "categories": list(envelope.labels),
        **({"attachments": [_attachment(image) for image in message.images]} if message.images else {}),
    }


def _options(envelope: Envelope) -> dict[str, Any]:
    options: dict[str, Any] = {"tracking_settings": _tracking(envelope)}
    if envelope.reply_to:
        options["reply_to"] = _address(envelope.reply_to)
    if envelope.unsubscribe.mode == "group":
        options["asm"] = {"group_id": envelope.unsubscribe.group_id}
    if envelope.mode == "sandbox":
        options["mail_settings"] = {"sandbox_mode": {"enable": True}}
    if envelope.schedule:
        options |= {"batch_id": envelope.schedule.batch_id, "send_at": envelope.schedule.send_at}
    return options


def _tracking(envelope: Envelope) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "click_tracking": {"enable": envelope.tracking, "enable_text": False},
        "open_tracking": {"enable": envelope.tracking},
        "subscription_tracking": {"enable": False},
    }
    if envelope.unsubscribe.mode == "subscription":
        settings["subscription_tracking"] = {"enable": True, "substitution_tag": TRAITS.tags["subscription"]}
    return settings


def _personalisation(envelope: Envelope) -> Callable[[Recipient], str]:
    """Return a function that returns the JSON of one recipient.

    Recipients of an issue differ only in values: the rest is built once, with gaps for them. That takes half of the
    time of serializing each as a dictionary, for the same bytes.
    """
    url = envelope.unsubscribe.mode == "url"
    place = "\0"
    entry: dict[str, Any] = {"to": [{"email": place}]}
    if envelope.tokens:
        entry["substitutions"] = dict.fromkeys((merge.token(*pair) for pair in envelope.tokens), place)
    if url:
        entry["headers"] = {**unsubscribe_headers(""), "List-Unsubscribe": place}
    form = json.dumps(entry).replace("%", "%%").replace(json.dumps(place), "%s")
    if not envelope.tokens and not url:
        return lambda recipient: form % quoted(recipient.email)

    def write(recipient: Recipient) -> str:
        fields = envelope.values(recipient)
        values = [recipient.email, *merge.values(envelope.tokens, fields)]
        if url:
            values.append(unsubscribe_headers(fields[merge.UNSUBSCRIBE_FIELD])["List-Unsubscribe"])
        return form % tuple(map(quoted, values))

    return write


def _room(envelope: Envelope) -> int:
    """Return the number of characters that always fit; 0 if every recipient needs a closer check."""
    if envelope.unsubscribe.mode == "url":
        return 0
    names = sum(len(merge.token(*pair)) for pair in envelope.tokens)
    standard = _LONGEST_EMAIL + sum(map(len, envelope.defaults.values()))
    return (_SUBSTITUTION_BYTES - names) // (_WORST_GROWTH * max(1, len(envelope.tokens))) - standard


def _sizes(envelope: Envelope) -> tuple[int, int]:
    """Return the most bytes of each recipient besides the values, and the most bytes that a byte of a value becomes."""
    url = envelope.unsubscribe.url if envelope.unsubscribe.mode == "url" else ""
    growth = _WORST_GROWTH * _MOST_MENTIONS + _QUOTED_GROWTH * url.count("{")
    each = 300 + sum(len(merge.token(*pair)) + 10 for pair in envelope.tokens) + _QUOTED_GROWTH * len(url.encode())
    return each, growth


def _address(text: str) -> dict[str, str]:
    name, email = parse_address(text)
    return {"email": email, "name": name} if name else {"email": email}


def _attachment(image: InlineImage) -> dict[str, str]:
    return {
        "content": base64.b64encode(image.content).decode(),
        "type": image.mime_type,
        "filename": image.filename,
        "disposition": "inline",
        "content_id": image.cid,
    }
