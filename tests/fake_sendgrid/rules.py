"""What SendGrid's mail/send refuses, with the field paths it names: a pure function over the request's document."""

import base64
import binascii
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["Account", "judge"]

Found = Iterator[tuple[str, str | None]]

RESERVED = {
    *("x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding"),
    *("to", "from", "subject", "reply-to", "cc", "bcc"),
}
EMAIL = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\"]+")


class Account:
    """What the rules depend on besides the request."""

    def __init__(self) -> None:
        """Start as an account in good standing, with one unsubscribe group and one verified sender domain."""
        self.groups = {7}
        self.domains = {"example.org"}
        self.unpublished: set[str] = set()  # domains whose DNS records SendGrid does not find
        self.senders: dict[str, bool] = {}  # single senders, and whether they are verified
        self.credits = 10_000_000
        self.invalid: set[str] = set()  # addresses that SendGrid takes exception to


def judge(document: Any, account: Account) -> list[dict[str, str | None]]:
    """List what is wrong with a request, as SendGrid's ``errors`` array; nothing where it is accepted."""
    if not isinstance(document, dict):
        return [{"message": "Bad Request", "field": None, "help": None}]
    found = [error for rule in RULES for error in rule(document, account)]
    return [{"message": message, "field": field, "help": None} for message, field in found]


def personalisations(document: dict[str, Any], account: Account) -> Found:
    """Ask for 1 to 1000 of them, at most 1000 addresses, each valid, none twice in one."""
    entries = document.get("personalizations")
    if not isinstance(entries, list) or not 1 <= len(entries) <= 1000:
        yield "There must be 1 to 1000 personalizations.", "personalizations"
        return
    people = 0
    for index, entry in enumerate(entries):
        where = f"personalizations.{index}"
        addresses = [(kind, at, to) for kind in ("to", "cc", "bcc") for at, to in enumerate(entry.get(kind, ()))]
        people += len(addresses)
        if not entry.get("to"):
            yield "The to array is required for all personalization objects.", f"{where}.to"
        yield from one(entry, where, addresses, account)
    if people > 1000:
        yield "There may be at most 1000 recipients in a request.", "personalizations"


def one(entry: dict[str, Any], where: str, addresses: list[tuple[str, int, Any]], account: Account) -> Found:
    """Check one personalisation."""
    for kind, at, to in addresses:
        yield from address(to, f"{where}.{kind}.{at}", account)
    emails = [str(to.get("email", "")).lower() for _, _, to in addresses]
    if len(set(emails)) < len(emails):
        yield "Each email address in the personalization block should be unique.", where
    substitutions = entry.get("substitutions", {})
    if not all(isinstance(value, str) for value in substitutions.values()):
        yield "Substitutions must be strings.", f"{where}.substitutions"
    elif sum(len(key.encode()) + len(value.encode()) for key, value in substitutions.items()) > 10_000:
        yield "The substitutions may take at most 10000 bytes.", f"{where}.substitutions"
    if "subject" in entry and not entry["subject"]:
        yield "The subject must have at least one character.", f"{where}.subject"
    yield from headers(entry.get("headers", {}), f"{where}.headers")


def address(value: Any, where: str, account: Account) -> Found:
    """Check one address object: an email of at most 320 characters, a name without separators."""
    email = value.get("email") if isinstance(value, dict) else None
    if not isinstance(email, str) or len(email) > 320 or not EMAIL.fullmatch(email) or email.lower() in account.invalid:
        yield "Does not contain a valid address.", f"{where}.email"
    if isinstance(value, dict) and re.search("[;,]", value.get("name", "")):
        yield "The name may not hold ; or ,", f"{where}.name"


def headers(values: dict[str, Any], where: str) -> Found:
    """Ask for ASCII names without spaces, none of the reserved ones, values on one line."""
    for name, value in values.items():
        if not re.fullmatch(r"[!-9;-~]+", name) or name.lower() in RESERVED:
            yield f"The header {name} may not be set.", f"{where}.{name}"
        if not isinstance(value, str) or re.search(r"[\r\n]", value):
            yield "Header values must be strings on one line.", f"{where}.{name}"


def sender(document: dict[str, Any], account: Account) -> Found:
    """Ask for a valid sender, reply-to, headers and subject."""
    yield from address(document.get("from"), "from", account)
    if "reply_to" in document:
        yield from address(document["reply_to"], "reply_to", account)
    yield from headers(document.get("headers", {}), "headers")
    if not isinstance(document.get("subject"), str) or not document["subject"]:
        yield "The subject is required.", "subject"


def content(document: dict[str, Any], account: Account) -> Found:
    """Ask for plain text before HTML, none of them empty."""
    parts = document.get("content")
    if not isinstance(parts, list) or not parts:
        yield "Unless a valid template_id is provided, the content parameter is required.", "content"
        return
    for index, part in enumerate(parts):
        if not isinstance(part.get("value"), str) or not part["value"]:
            yield "The content value must be a string at least one character in length.", f"content.{index}.value"
    kinds = [part.get("type") for part in parts]
    if kinds != sorted(kinds, key=lambda kind: (kind != "text/plain", kind != "text/html")):
        yield "If present, text/plain must be first, followed by text/html.", "content"


def arguments(document: dict[str, Any], account: Account) -> Found:
    """Ask for custom arguments that are strings and, with a personalisation's own, at most 10,000 bytes."""
    common = document.get("custom_args", {})
    for entry in [{}, *document.get("personalizations", [])][:1001]:
        together = {**common, **entry.get("custom_args", {})}
        if not all(isinstance(value, str) for value in together.values()):
            yield "Custom arguments must be strings.", "custom_args"
            return
        if sum(len(key.encode()) + len(value.encode()) for key, value in together.items()) > 10_000:
            yield "The custom arguments may take at most 10000 bytes.", "custom_args"
            return


def categories(document: dict[str, Any], account: Account) -> Found:
    """Ask for at most ten, ASCII, at most 255 characters, none twice."""
    values = document.get("categories", [])
    if len(values) > 10:
        yield "There may be at most 10 categories.", "categories"
    if len(set(values)) < len(values):
        yield "Categories must be unique.", "categories"
    for index, value in enumerate(values):
        if not isinstance(value, str) or not value.isascii() or not 1 <= len(value) <= 255:
            yield "A category is ASCII text of 1 to 255 characters.", f"categories.{index}"


def attachments(document: dict[str, Any], account: Account) -> Found:
    """Ask for base64, and no separators in what becomes a MIME header."""
    for index, item in enumerate(document.get("attachments", [])):
        where = f"attachments.{index}"
        for key in ("filename", "type", "content_id"):
            if re.search(r"[;,\r\n]", item.get(key, "")):
                yield f"The {key} may not hold ; , or line breaks.", f"{where}.{key}"
        try:
            good = bool(base64.b64decode(item.get("content", ""), validate=True))
        except binascii.Error:
            good = False
        if not good:
            yield "The attachment content must be base64 encoded.", f"{where}.content"
        if item.get("disposition") == "inline" and "/" not in item.get("type", ""):
            yield "An inline attachment needs its MIME type.", f"{where}.type"


def settings(document: dict[str, Any], account: Account) -> Found:
    """Check the schedule, the unsubscribe group, the sandbox switch."""
    send_at = document.get("send_at")
    if send_at is not None and (not isinstance(send_at, int) or send_at > time.time() + 72 * 3600):
        yield "Scheduling is allowed for up to 72 hours.", "send_at"
    if "asm" in document:
        group = document["asm"].get("group_id")
        if type(group) is not int or group not in account.groups:
            yield "The unsubscribe group does not exist.", "asm.group_id"
        if len(document["asm"].get("groups_to_display", [])) > 25:
            yield "There may be at most 25 groups.", "asm.groups_to_display"
    sandbox = document.get("mail_settings", {}).get("sandbox_mode", {}).get("enable", False)
    if not isinstance(sandbox, bool):
        yield "The sandbox_mode must be a boolean.", "mail_settings.sandbox_mode.enable"


RULES: tuple[Callable[[dict[str, Any], Account], Found], ...] = (
    *(personalisations, sender, content, arguments, categories, attachments, settings),
)
