"""Write a message as a MIME file, the same bytes for the same message.

multipart/alternative
├── text/plain
└── multipart/related          (text/html alone where there are no pictures)
    ├── text/html
    └── image/png, inline …
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from newsletter.config import Config
from newsletter.email_addresses import parse_address
from newsletter.models import Message

__all__ = ["build_eml", "list_headers", "unsubscribe_headers"]

_POLICY = SMTP.clone(cte_type="7bit")


def build_eml(
    message: Message, *, sender: str, to: str, date: datetime, headers: Mapping[str, str], reply_to: str = ""
) -> bytes:
    """Write `message` (without merge tokens left) as the bytes of an .eml file: CRLF, 7 bit, quoted-printable.

    `sender`, `to` and `reply_to` are addresses with or without a name; `headers` are further ones. Message-ID and
    boundaries come from the content's digest, so that nothing in it is random.
    """
    digest = _digest(message, sender, to)
    eml = EmailMessage(policy=_POLICY)
    eml["From"] = _address(sender)
    eml["To"] = _address(to)
    if reply_to:
        eml["Reply-To"] = _address(reply_to)
    eml["Subject"] = message.subject
    eml["Date"] = format_datetime(date)
    eml["Message-ID"] = f"<{digest[:32]}@{parse_address(sender)[1].rpartition('@')[2]}>"
    for name, value in headers.items():
        eml[name] = value
    eml.set_content(_lines(message.text), charset="utf-8", cte="quoted-printable")
    eml.add_alternative(_lines(message.html), subtype="html", charset="utf-8", cte="quoted-printable")
    _add_images(eml, message)
    for number, part in enumerate(part for part in eml.walk() if part.is_multipart()):
        part.set_boundary(f"=_{number}_{digest[:40]}")
    return eml.as_bytes()


def list_headers(config: Config, issue: str) -> dict[str, str]:
    """Give the headers of every message of `issue`: they tell mail programs and mailbox providers what list it is."""
    headers = {"List-Id": config.list_id}
    if config.send.feedback_id:
        headers["Feedback-ID"] = config.send.feedback_id.replace("{issue}", issue)
    return headers


def unsubscribe_headers(address: str) -> dict[str, str]:
    """Give the headers that let mail programs offer a button to unsubscribe, RFC 8058; `address` is one recipient's."""
    return {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _add_images(eml: EmailMessage, message: Message) -> None:
    html = eml.get_payload(1)
    assert isinstance(html, EmailMessage)
    for image in message.images:
        maintype, _, subtype = image.mime_type.partition("/")
        html.add_related(
            image.content,
            maintype,
            subtype,
            cid=f"<{image.cid}>",
            filename=image.filename,
            disposition="inline",
        )


def _digest(message: Message, sender: str, to: str) -> str:
    digest = hashlib.sha256()
    for text in (sender, to, message.subject, message.text, message.html):
        digest.update(text.encode() + b"\0")
    for image in message.images:
        digest.update(image.cid.encode() + b"\0" + image.content)
    return digest.hexdigest()


def _address(text: str) -> Address:
    name, address = parse_address(text)
    user, _, domain = address.rpartition("@")
    return Address(name, user, domain)


def _lines(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"
