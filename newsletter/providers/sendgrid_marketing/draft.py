"""A Single Send's JSON: built from an issue, and read from what SendGrid answers."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from newsletter.providers.sendgrid_marketing.handlebars import default_problem, field_problem, leftovers, translate
from newsletter.sender.campaign import Campaign, Content, Stage, Target
from newsletter.sender.envelope import Envelope
from newsletter.settings import MarketingSettings

__all__ = ["SEARCH", "SINGLE_SENDS", "SingleSendDraft", "document", "parse_content", "parse_single_send"]

SINGLE_SENDS = "marketing/singlesends"
SEARCH = f"{SINGLE_SENDS}/search"
_MOST = {"lists": 50, "segments": 10, "categories": 10}


class SingleSendDraft:
    """One issue as a Single Send (see `Draft`)."""

    def __init__(self, settings: MarketingSettings, envelope: Envelope) -> None:
        """Translate the merge fields of the message."""
        self._settings, self._envelope = settings, envelope
        message, defaults = envelope.message, envelope.defaults
        self._subject = translate(message.subject, defaults, markup=False)
        self._html = translate(message.html, defaults, markup=True)
        self._text = translate(message.text, defaults, markup=False)

    def content_problems(self) -> Iterator[str]:
        """Yield what SendGrid would refuse, or send wrongly, because of the content."""
        message = self._envelope.message
        if message.images:
            yield (
                f"{message.images[0].filename} is embedded in the message (cid:{message.images[0].cid}), which a Single"
                ' Send cannot: link or host the pictures (banners and qr in [compose], or qr = "off")'
            )
        elif "cid:" in message.html:
            yield "the HTML part shows an embedded picture (cid:), which a Single Send cannot have"
        for name, part in (("subject", message.subject), ("text part", message.text), ("HTML part", message.html)):
            if not part.strip():
                yield f"the {name} is empty"
            if leftovers(part):
                yield f"the {name} has two braces that SendGrid would take for a merge field"
        if problem := field_problem(self._envelope.tokens):
            yield problem

    def setting_problems(self) -> Iterator[str]:
        """Yield what SendGrid would refuse because of the configuration."""
        settings = self._settings
        if not (settings.lists or settings.segments):
            yield "[marketing] names neither lists nor segments"
        if not settings.sender_id:
            yield "[marketing] has no sender_id"
        if bool(settings.suppression_group_id) == bool(settings.unsubscribe_url):
            yield "[marketing] needs suppression_group_id or unsubscribe_url, one of the two"
        if self._envelope.unsubscribe.mode != "subscription":
            yield "[marketing] says how readers unsubscribe: remove unsubscribe from [send]"
        for name, most in _MOST.items():
            if len(getattr(settings, name)) > most:
                yield f"[marketing] names more than {most} {name}"
        if problem := default_problem(self._envelope.tokens, self._envelope.defaults):
            yield problem

    def content(self, target: Target) -> Content:
        """Return what the Single Send is to have."""
        return self._content(target.lists, target.segments)

    def _content(self, lists: tuple[str, ...], segments: tuple[str, ...]) -> Content:
        settings = self._settings
        return Content(
            subject=self._subject,
            html=self._html,
            text=self._text,
            sender=str(settings.sender_id),
            lists=tuple(sorted(lists)),
            segments=tuple(sorted(segments)),
            unsubscribe=settings.unsubscribe_url or f"group {settings.suppression_group_id}",
            labels=tuple(sorted({*settings.categories, *self._envelope.labels}))[: _MOST["categories"]],
        )

    def requests(self, name: str, at: str) -> Iterator[bytes]:
        """Yield the requests; lists and segments have the names of the configuration in place of their ids."""
        content = self._content(self._settings.lists, self._settings.segments)
        for method, path, body in (
            ("POST", SEARCH, {"name": name.rpartition(" ")[0]}),
            ("POST", SINGLE_SENDS, document(name, content)),
            ("GET", f"{SINGLE_SENDS}/ID", None),
            ("PUT", f"{SINGLE_SENDS}/ID/schedule", {"send_at": at}),
        ):
            yield json.dumps({"method": method, "path": f"/v3/{path}", "body": body}, ensure_ascii=False).encode()


def document(name: str, content: Content) -> dict[str, Any]:
    """Return the JSON with which a Single Send is created."""
    leave = _leave(content.unsubscribe)
    to = {"list_ids": list(content.lists), "segment_ids": list(content.segments)}
    return {
        "name": name,
        "categories": list(content.labels),
        "send_to": {**{key: ids for key, ids in to.items() if ids}, "all": False},
        "email_config": {
            "subject": content.subject,
            "html_content": content.html,
            "plain_content": content.text,
            "generate_plain_content": False,  # else ours is replaced
            "editor": "code",
            **({"sender_id": int(content.sender)} if content.sender != "0" else {}),
            **leave,
        },
    }


def _leave(unsubscribe: str) -> dict[str, Any]:
    """Return how readers leave: a group or an address, nothing where neither is set."""
    group = unsubscribe.removeprefix("group ")
    if not group.isdecimal():
        return {"custom_unsubscribe_url": group}
    return {"suppression_group_id": int(group)} if int(group) else {}


def parse_single_send(found: Mapping[str, Any]) -> Campaign:
    """Read what identifies a Single Send; TypeError, ValueError or KeyError for another document."""
    created = datetime.fromisoformat(found["created_at"])
    return Campaign(
        id=_text(found["id"]),
        name=_text(found["name"]),
        stage=Stage(found["status"]),
        created=created if created.tzinfo else created.replace(tzinfo=UTC),
        send_at=_text(found.get("send_at") or ""),
    )


def parse_content(found: Mapping[str, Any]) -> Content:
    """Read what a Single Send will send, and to whom; errors as above."""
    mail, to = found["email_config"], found.get("send_to") or {}
    group, url = mail.get("suppression_group_id"), mail.get("custom_unsubscribe_url")
    return Content(
        subject=_text(mail.get("subject") or ""),
        html=_text(mail.get("html_content") or ""),
        text=_text(mail.get("plain_content") or ""),
        sender=str(mail.get("sender_id") or 0),
        lists=("all",) if to.get("all") else tuple(sorted(map(_text, to.get("list_ids") or ()))),
        segments=tuple(sorted(map(_text, to.get("segment_ids") or ()))),
        unsubscribe=_text(url or f"group {group or 0}"),
        labels=tuple(sorted(map(_text, found.get("categories") or ()))),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
