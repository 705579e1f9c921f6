"""Write a message as a MIME file, the same bytes for the same message.

multipart/alternative
├── text/plain
└── multipart/related          (text/html alone where there are no pictures)
    ├── text/html
    └── image/png, inline …
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime

from newsletter.characters import characters
from newsletter.config import Config
from newsletter.email_addresses import parse_address
from newsletter.models import Message

__all__ = ["build_eml", "list_headers", "unsubscribe_headers"]

_POLICY = SMTP.clone(cte_type="7bit")
_NO_HEADER = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_NO_NAME = re.compile(r"[^A-Za-z0-9._@+-]+")
_ENCODED_WORD = "=?"  # the beginning of an encoded word
_LINE = 60  # characters of one word; a longer one may be cut
_WORD_BYTES = 45  # of text in one: 75 characters with its marks, RFC 2047
_LONGEST_NAME = 15  # characters that a header's name takes of its first line
_FOLD = "\r\n "


class _Written(str):
    """A header's value exactly as written to the file, which Python's email package does not change.

    Otherwise it would decode encoded words (RFC 2047) in any value, including line breaks, and
    write the result: https://github.com/python/cpython/issues/121650.
    """

    def __new__(cls, name: str, value: str) -> "_Written":
        written = super().__new__(cls, value)
        written.name = name
        return written

    name: str  # the package recognizes a finished header by it

    def fold(self, *, policy: EmailPolicy) -> str:
        """Return the header's lines."""
        return f"{self.name}: {self}{policy.linesep}"


def build_eml(
    message: Message, *, sender: str, to: str, date: datetime, headers: Mapping[str, str], reply_to: str = ""
) -> bytes:
    """Write `message` (without merge tokens left) as the bytes of an .eml file: CRLF, 7 bit, quoted-printable.

    `sender`, `to` and `reply_to` are addresses with or without a name; `headers` are further ones. Message-ID and
    boundaries come from the content's digest, so that nothing in it is random. No text can add a header.
    """
    digest = _digest(message, sender, to)
    eml = EmailMessage(policy=_POLICY)
    eml["From"] = _mailbox("From", sender)
    eml["To"] = _mailbox("To", to)
    if reply_to:
        eml["Reply-To"] = _mailbox("Reply-To", reply_to)
    eml["Subject"] = _words("Subject", message.subject)
    eml["Date"] = format_datetime(date)
    eml["Message-ID"] = _ascii("Message-ID", f"<{digest[:32]}@{parse_address(sender)[1].rpartition('@')[2]}>")
    for name, value in headers.items():
        eml[name] = _ascii(name, value)
    eml.set_content(_lines(message.text), charset="utf-8", cte="quoted-printable")
    eml.add_alternative(_lines(message.html), subtype="html", charset="utf-8", cte="quoted-printable")
    _add_images(eml, message)
    for number, part in enumerate(part for part in eml.walk() if part.is_multipart()):
        part.set_boundary(f"=_{number}_{digest[:40]}")
    return eml.as_bytes()


def _words(name: str, text: str) -> str:
    """Return the value of a text header; `text` is not decoded."""
    text = _NO_HEADER.sub(" ", text)
    return text if _is_plain(text) else _Written(name, _encoded(name, text))


def _mailbox(name: str, text: str) -> Address | str:
    """Return the value of a header with one address, with or without a name."""
    words, address = parse_address(_NO_HEADER.sub(" ", text))
    if not _is_plain(words) or _ENCODED_WORD in text:
        return _Written(name, f"{_encoded(name, words)}{_FOLD}<{address}>" if words else address)
    user, _, domain = address.rpartition("@")
    return Address(words, user, domain)


def _ascii(name: str, value: str) -> str:
    """Return the value of a machine-readable header, on one line; non-ASCII characters are encoded."""
    value = _NO_HEADER.sub(" ", value)
    return _Written(name, value if value.isascii() else _encoded(name, value))


def _is_plain(text: str) -> bool:
    """Return whether Python's email package writes a text as it is: it folds what it must encode, and loses blanks.

    https://github.com/python/cpython/issues/144156
    """
    return (
        text.isascii()
        and _ENCODED_WORD not in text
        and "  " not in text
        and text == text.strip()
        and max(map(len, text.split()), default=0) < _LINE
    )


def _encoded(name: str, text: str) -> str:
    """Return a text as encoded words (RFC 2047), a line each; what readers see as one character is never parted."""
    pieces, piece, room = [], "", _WORD_BYTES - max(0, len(name) + len(": ") - 1)
    for character in _characters(text):
        if piece and len((piece + character).encode()) > room:
            pieces.append(piece)
            piece, room = "", _WORD_BYTES
        piece += character
    return _FOLD.join(f"=?utf-8?b?{b64encode(one.encode()).decode()}?=" for one in (*pieces, piece))


def _characters(text: str) -> Iterator[str]:
    """Yield what readers see as characters; one that is longer than an encoded word may be, in pieces."""
    for character in characters(text):
        if len(character.encode()) <= _WORD_BYTES - _LONGEST_NAME:
            yield character
        else:
            yield from character


def list_headers(config: Config, issue: str) -> dict[str, str]:
    """Return the headers of every message of `issue`: they identify the list to mail programs and mailbox providers."""
    headers = {"List-Id": config.list_id}
    if config.send.feedback_id:
        headers["Feedback-ID"] = config.send.feedback_id.replace("{issue}", issue)
    return headers


def unsubscribe_headers(address: str) -> dict[str, str]:
    """Return the headers for one-click unsubscribing, RFC 8058; `address` is that of one recipient."""
    return {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _add_images(eml: EmailMessage, message: Message) -> None:
    html = eml.get_payload(1)
    assert isinstance(html, EmailMessage)
    for image in message.images:
        maintype, _, subtype = (_NO_NAME.sub("-", part) for part in image.mime_type.partition("/"))
        html.add_related(
            image.content,
            maintype,
            subtype,
            cid=f"<{_NO_NAME.sub('-', image.cid)}>",
            filename=_NO_NAME.sub("-", image.filename),
            disposition="inline",
        )


def _digest(message: Message, sender: str, to: str) -> str:
    digest = hashlib.sha256()
    for text in (sender, to, message.subject, message.text, message.html):
        digest.update(text.encode(errors="replace") + b"\0")
    for image in message.images:
        digest.update(image.cid.encode(errors="replace") + b"\0" + image.content)
    return digest.hexdigest()


def _lines(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"
