"""Everything but mail/send: what a client looks up, and SendGrid's other ways of sending, one function each.

A view gets the fake, the request's document, its query and the parts of its path, and gives (status, document).
"""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.fake_sendgrid.marketing import ROUTES as MARKETING

__all__ = ["ROUTES", "errors"]

View = Callable[..., tuple[int, Any]]


def errors(message: str, field: str | None = None) -> dict[str, Any]:
    """Write SendGrid's document for one error."""
    return {"errors": [{"message": message, "field": field, "help": None}]}


def _scopes(fake: Any, document: Any, query: dict[str, str]) -> tuple[int, Any]:
    return 200, {"scopes": fake.scopes}


def _forbidden() -> tuple[int, Any]:
    return 403, errors("access forbidden")


def _credits(fake: Any, document: Any, query: dict[str, str]) -> tuple[int, Any]:
    if "user.credits.read" not in fake.scopes:
        return _forbidden()
    left = fake.account.credits
    return 200, {"remain": left, "total": left, "overage": 0, "used": 0, "reset_frequency": "monthly"}


def _senders(fake: Any, document: Any, query: dict[str, str]) -> tuple[int, Any]:
    known = {f"notes@{domain}": True for domain in fake.account.domains} | fake.account.senders
    people = [{"id": index, "from_email": email, "verified": good} for index, (email, good) in enumerate(known.items())]
    return 200, {"results": people}


def _domains(fake: Any, document: Any, query: dict[str, str]) -> tuple[int, Any]:
    if "whitelabel.read" not in fake.scopes:
        return _forbidden()
    known = dict.fromkeys(fake.account.domains, True) | dict.fromkeys(fake.account.unpublished, False)
    wanted = query.get("domain", "")
    return 200, [_domain(name, valid=valid) for name, valid in known.items() if wanted in name]


def _domain(name: str, *, valid: bool) -> dict[str, Any]:
    hosts = {"mail_cname": f"em1.{name}", "dkim1": f"s1._domainkey.{name}", "dkim2": f"s2._domainkey.{name}"}
    dns = {
        kind: {"valid": valid, "type": "cname", "host": host, "data": "u1.wl.example.net"}
        for kind, host in hosts.items()
    }
    account = {"id": 1, "user_id": 7, "subdomain": "em1", "domain": name, "username": "notes", "ips": []}
    kind = {"custom_spf": False, "default": True, "legacy": False, "automatic_security": True}
    return {**account, **kind, "valid": valid, "dns": dns}


def _groups(fake: Any, document: Any, query: dict[str, str]) -> tuple[int, Any]:
    return 200, [
        {"id": group, "name": f"group {group}", "description": "", "is_default": False, "unsubscribes": 0}
        for group in sorted(fake.account.groups)
    ]


def _suppressed(fake: Any, document: Any, query: dict[str, str], kind: str) -> tuple[int, Any]:
    limit, offset = int(query.get("limit", 500)), int(query.get("offset", 0))
    if limit > 500:
        return 400, errors("limit is at most 500", "limit")
    details = {"spam_reports": {"ip": "192.0.2.1"}, "blocks": {"reason": "full", "status": "4.0.0"}}.get(kind, {})
    emails = fake.suppressions.get(kind, [])[offset : offset + limit]
    return 200, [{"email": email, "created": 1, **details} for email in emails]


def _group_suppressed(fake: Any, document: Any, query: dict[str, str], group: str) -> tuple[int, Any]:
    return (200, fake.group) if int(group) in fake.account.groups else (404, errors("no such group"))


def _new_batch(fake: Any, document: Any, query: dict[str, str]) -> tuple[int, Any]:
    name = f"batch-{len(fake.batches)}"
    fake.batches[name] = "scheduled"
    return 201, {"batch_id": name}


def _cancel(fake: Any, document: Any, query: dict[str, str]) -> tuple[int, Any]:
    if document.get("batch_id") not in fake.batches or document.get("status") not in ("cancel", "pause"):
        return 400, errors("invalid batch id")
    fake.batches[document["batch_id"]] = document["status"]
    return 201, document


def _logs(fake: Any, document: Any, query: dict[str, str]) -> tuple[int, Any]:
    if "messages.read" not in fake.scopes:
        return 403, errors("access forbidden")
    wanted = re.search(r"to_email = '([^']*)'", document["query"])
    since = re.search(r'sg_message_id_created_at >= TIMESTAMP "([^"]*)"', document["query"])
    if not (wanted and since):
        return 400, errors("invalid query")
    earliest = datetime.fromisoformat(since[1]).timestamp()
    messages = [
        _message(entry, f"{entry.message_id}.{index}", email)
        for entry in fake.ledger
        if time.monotonic() >= entry.time + fake.log_delay and entry.created >= earliest
        for index, email in enumerate(entry.emails)
        if email == wanted[1]
    ]
    return 200, {"messages": messages[: document.get("limit", 10)]}


def _message(entry: Any, name: str, email: str) -> dict[str, Any]:
    moment = datetime.fromtimestamp(entry.created, UTC).isoformat()
    return {
        "sg_message_id": name,
        "sg_message_id_created_at": moment,
        "from_email": entry.request["from"]["email"],
        "to_email": email,
        "subject": entry.request["subject"],
        "status": "processed",
    }


def _log(fake: Any, document: Any, query: dict[str, str], name: str) -> tuple[int, Any]:
    message_id, _, index = name.partition(".")
    for entry in fake.ledger:
        if entry.message_id == message_id:
            found = _message(entry, name, entry.emails[int(index)])
            del found["sg_message_id_created_at"]
            details = {"api_key_id": "k1", "client_ip": "192.0.2.1", "events": []}
            return 200, found | details | {"custom_args": entry.request.get("custom_args", {})}
    return 404, errors("no such message")


METRICS = (
    *("blocks", "bounce_drops", "bounces", "clicks", "deferred", "delivered", "invalid_emails", "opens", "processed"),
    *("requests", "spam_report_drops", "spam_reports", "unique_clicks", "unique_opens", "unsubscribe_drops"),
    "unsubscribes",
)


def _statistics(fake: Any, document: Any, query: dict[str, str]) -> tuple[int, Any]:
    """Count a category on two days, the first with all but one of each number; `fake.events` is what came of it."""
    if not {"stats.read", "categories.stats.read"} & {*fake.scopes}:
        return _forbidden()
    start = query.get("start_date", "")
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", start):
        return 400, errors("start_date has to be YYYY-MM-DD", "start_date")
    name = query.get("categories", "")
    requests = sum(len(entry.emails) for entry in fake.ledger if name in entry.request.get("categories", []))
    total = {"requests": requests, "processed": requests, "delivered": requests} | fake.events
    days: list[dict[str, int]] = [{}, {}]
    for metric in METRICS:
        days[1][metric] = min(1, total.get(metric, 0))
        days[0][metric] = total.get(metric, 0) - days[1][metric]
    return 200, [{"date": start, "stats": [{"type": "category", "name": name, "metrics": metrics}]} for metrics in days]


ROUTES: tuple[tuple[str, str, View], ...] = (
    ("GET", "/v3/scopes", _scopes),
    ("GET", "/v3/user/credits", _credits),
    ("GET", "/v3/verified_senders", _senders),
    ("GET", "/v3/whitelabel/domains", _domains),
    ("GET", "/v3/asm/groups", _groups),
    ("GET", r"/v3/asm/groups/(\d+)/suppressions", _group_suppressed),
    ("GET", r"/v3/suppression/(bounces|blocks|spam_reports|invalid_emails|unsubscribes)", _suppressed),
    ("POST", "/v3/mail/batch", _new_batch),
    ("POST", "/v3/user/scheduled_sends", _cancel),
    ("POST", "/v3/logs", _logs),
    ("GET", r"/v3/logs/([^/]+)", _log),
    ("GET", "/v3/categories/stats", _statistics),
    *MARKETING,
)
