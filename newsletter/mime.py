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

from newsletter.models import Message
from newsletter.settings import parse_address

__all__ = ["build_eml"]

_POLICY = SMTP.clone(cte_type="7bit")


def build_eml(
    message: Message, *, sender: str, to: str, date: datetime, headers: Mapping[str, str] | None = None
) -> bytes:
    """Write `message` (without merge tokens left) as the bytes of an .eml file: CRLF, 7 bit, quoted-printable.

    `sender` and `to` are addresses with or without a name; `headers` are further ones. Message-ID and boundaries
    come from the content's digest, so that nothing in it is random.
    """
    digest = _digest(message, sender, to)
    eml = EmailMessage(policy=_POLICY)
    eml["From"] = _address(sender)
    eml["To"] = _address(to)
    eml["Subject"] = message.subject
    eml["Date"] = format_datetime(date)
    eml["Message-ID"] = f"<{digest[:32]}@{parse_address(sender)[1].rpartition('@')[2]}>"
    for name, value in (headers or {}).items():
        eml[name] = value
    eml.set_content(_lines(message.text), charset="utf-8", cte="quoted-printable")
    eml.add_alternative(_lines(message.html), subtype="html", charset="utf-8", cte="quoted-printable")
    _add_images(eml, message)
    for number, part in enumerate(part for part in eml.walk() if part.is_multipart()):
        part.set_boundary(f"=_{number}_{digest[:40]}")
    return eml.as_bytes()


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
