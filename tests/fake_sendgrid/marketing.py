"""Marketing Campaigns: lists, contacts and Single Sends, with a ledger of what was really sent."""

import csv
import gzip
import io
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.fake_sendgrid.handlebars import render

__all__ = ["ROUTES", "Marketing", "errors"]

View = Callable[..., tuple[int, Any]]
RESERVED = ("email", "first_name", "last_name", "city", "country", "postal_code", "state_province_region")
UNSUBSCRIBE = "https://u.example.net/asm"


def errors(message: str, field: str | None = None) -> dict[str, Any]:
    """Write SendGrid's document for one error."""
    return {"errors": [{"message": message, "field": field or "", "error_id": "e1"}]}


@dataclass
class ContactList:
    """A list: its name, and whom it has."""

    name: str
    emails: set[str] = field(default_factory=set)


@dataclass
class Marketing:
    """The state of Marketing Campaigns.

    `lag` is by how many seconds a search is behind; `delay` is how long a Single Send that is sent now stays
    scheduled. `sent` has the id of each Single Send that was triggered, each time it was: the ledger of the tests.
    """

    lag: float = 0.0
    delay: float = 0.0
    polls: int = 1  # how often a job is pending before it is done
    lists: dict[str, ContactList] = field(default_factory=dict)
    segments: dict[str, ContactList] = field(default_factory=dict)
    senders: dict[int, tuple[str, bool]] = field(default_factory=lambda: {1: ("notes@example.org", True)})
    custom: dict[str, str] = field(default_factory=dict)  # names of fields to ids
    contacts: dict[str, dict[str, str]] = field(default_factory=dict)  # by address: fields by name
    bad: set[str] = field(default_factory=set)  # addresses that a job takes exception to
    single_sends: dict[str, dict[str, Any]] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    tested: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    templates: dict[str, dict[str, Any]] = field(default_factory=dict)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    uploads: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    url: str = ""
    counting: bool = False  # only count contacts, for benchmarks
    lock: threading.RLock = field(default_factory=threading.RLock)

    def add_list(self, name: str, *emails: str) -> str:
        """Make a list and return its id."""
        made = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{name}/{len(self.lists)}"))
        self.lists[made] = ContactList(name, set(emails))
        for email in emails:
            self.contacts.setdefault(email, {"email": email})
        return made

    def settle(self) -> None:
        """Trigger what is due."""
        for name, one in self.single_sends.items():
            if one["status"] == "scheduled" and one["due"] is not None and time.monotonic() >= one["due"]:
                one["status"] = "triggered"
                self.sent.append(name)
                remember(one)

    def received(self, email: str) -> list[tuple[str, str, str]]:
        """Render what `email` got: (subject, text, HTML)."""
        got = []
        for name in self.sent:
            to, mail = self.single_sends[name]["send_to"], self.single_sends[name]["email_config"]
            if any(email in self.lists[key].emails for key in to.get("list_ids", ())):
                leave = mail.get("custom_unsubscribe_url") or UNSUBSCRIBE
                values = {**self.contacts[email], "unsubscribe": leave}
                parts = (mail["subject"], mail["plain_content"], mail["html_content"])
                subject, text, html = (render(part, values) for part in parts)
                got.append((subject, text, html))
        return got


def remember(one: dict[str, Any]) -> None:
    """Note a Single Send's state, for searches that are behind."""
    one["history"].append((time.monotonic(), one["status"]))


def now() -> str:
    """Return the time as SendGrid writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


PRIVATE = ("history", "due")


def shown(one: dict[str, Any]) -> dict[str, Any]:
    """Return a Single Send as SendGrid shows it."""
    return {key: value for key, value in one.items() if key not in PRIVATE and value is not None}


def create(fake: Any, document: Any, query: dict[str, str]) -> tuple[int, Any]:
    """Make a draft."""
    if not 1 <= len(document.get("name", "")) <= 100:
        return 400, errors("the name has 1 to 100 characters", "name")
    group = document.get("email_config", {}).get("suppression_group_id")
    if group is not None and group not in fake.account.groups:
        return 400, errors("suppression group does not exist", "email_config.suppression_group_id")
    state: Marketing = fake.marketing
    with state.lock:
        made = {
            "categories": [],
            "send_to": {},
            "email_config": {},
            **document,
            "id": str(uuid.uuid4()),
            "status": "draft",
            "created_at": now(),
            "updated_at": now(),
            "history": [],
            "due": None,
        }
        remember(made)
        state.single_sends[made["id"]] = made
    return 201, shown(made)


def search(fake: Any, document: Any, query: dict[str, str]) -> tuple[int, Any]:
    """Look for names, as far as the search has come; two pages where there is more than the page holds."""
    state: Marketing = fake.marketing
    size, start = int(query.get("page_size", 50)), int(query.get("page_token", 0))
    with state.lock:
        state.settle()
        limit = time.monotonic() - state.lag
        found = []
        for one in state.single_sends.values():
            seen = [status for moment, status in one["history"] if moment <= limit]
            if seen and document.get("name", "").lower() in one["name"].lower():
                short = {key: one[key] for key in ("id", "name", "categories", "created_at", "updated_at")}
                found.append({**short, "status": seen[-1], "abtest": None, "is_abtest": False})
    more = {"next": f"{fake.url}/v3/x?page_size={size}&page_token={start + size}"} if start + size < len(found) else {}
    return 200, {"result": found[start : start + size], "_metadata": {"count": len(found), **more}}


def listing(fake: Any, document: Any, query: dict[str, str]) -> tuple[int, Any]:
    """List what there is."""
    return search(fake, {}, query)


def read(fake: Any, document: Any, query: dict[str, str], name: str) -> tuple[int, Any]:
    """Show one."""
    state: Marketing = fake.marketing
    with state.lock:
        state.settle()
        return (200, shown(state.single_sends[name])) if name in state.single_sends else (404, errors("not found"))


def delete(fake: Any, document: Any, query: dict[str, str], name: str) -> tuple[int, Any]:
    """Delete one."""
    with fake.marketing.lock:
        return (204, None) if fake.marketing.single_sends.pop(name, None) else (404, errors("not found"))


def schedule(fake: Any, document: Any, query: dict[str, str], name: str) -> tuple[int, Any]:
    """Schedule one; what was triggered is not sent again."""
    state: Marketing = fake.marketing
    with state.lock:
        state.settle()
        one = state.single_sends.get(name)
        if one is None:
            return 404, errors("not found")
        if one["status"] == "triggered":
            return 400, errors("single send was already triggered")
        if problem := _incomplete(one, state):
            return 400, errors(problem)
        at_once = document["send_at"] == "now"
        one["status"], one["send_at"] = "scheduled", now() if at_once else document["send_at"]
        one["due"] = time.monotonic() + state.delay if at_once else None
        remember(one)
        return 201, {"status": "scheduled", "send_at": one["send_at"]}


def _incomplete(one: dict[str, Any], state: Marketing) -> str:
    to, mail = one["send_to"], one["email_config"]
    if not to.get("list_ids") and not to.get("segment_ids"):
        return "send_to is empty"
    if any(key not in state.lists for key in to.get("list_ids", ())):
        return "list does not exist"
    if not state.senders.get(mail.get("sender_id"), ("", False))[1]:
        return "sender is not verified"
    if not mail.get("suppression_group_id") and not mail.get("custom_unsubscribe_url"):
        return "suppression group or custom unsubscribe url is required"
    return "" if mail.get("subject") and mail.get("html_content") else "subject or content is missing"


def unschedule(fake: Any, document: Any, query: dict[str, str], name: str) -> tuple[int, Any]:
    """Make a draft of it again."""
    state: Marketing = fake.marketing
    with state.lock:
        state.settle()
        one = state.single_sends.get(name)
        if one is None or one["status"] != "scheduled":
            return 404, errors("no schedule")
        one["status"], one["due"] = "draft", None
        remember(one)
        return 200, {"status": "draft", "send_at": one["send_at"]}


METRICS = (
    *("bounce_drops", "bounces", "clicks", "invalid_emails", "opens", "spam_report_drops", "spam_reports"),
    *("unique_clicks", "unique_opens", "unsubscribes"),
)


def statistics(fake: Any, document: Any, query: dict[str, str], name: str) -> tuple[int, Any]:
    """Count what was sent to the lists."""
    state: Marketing = fake.marketing
    one = state.single_sends.get(name)
    if one is None:
        return 404, errors("not found")
    ids = one["send_to"].get("list_ids", ())
    number = sum(len(state.lists[key].emails) for key in ids) * state.sent.count(name)
    stats = {**dict.fromkeys(METRICS, 0), "requests": number, "delivered": number} | fake.events
    return 200, {"results": [{"id": name, "aggregation": "total", "stats": stats}]}


def all_lists(fake: Any, document: Any, query: dict[str, str]) -> tuple[int, Any]:
    """List the lists."""
    if fake.no_marketing:
        return 403, errors("access forbidden")
    made = [
        {"id": key, "name": one.name, "contact_count": len(one.emails), "_metadata": {}}
        for key, one in fake.marketing.lists.items()
    ]
    return 200, {"result": made, "_metadata": {"count": len(made)}}


def new_list(fake: Any, document: Any, query: dict[str, str]) -> tuple[int, Any]:
    """Make a list, whose name no other may have."""
    if any(one.name == document["name"] for one in fake.marketing.lists.values()):
        return 400, errors("list name already exists", "name")
    made = fake.marketing.add_list(document["name"])
    return 201, {"id": made, "name": document["name"], "contact_count": 0, "_metadata": {}}


def all_segments(fake: Any, document: Any, query: dict[str, str]) -> tuple[int, Any]:
    """List the segments."""
    every = fake.marketing.segments.items()
    return 200, {"segments": [{"id": key, "name": one.name, "contacts_count": len(one.emails)} for key, one in every]}


def one_sender(fake: Any, document: Any, query: dict[str, str], number: str) -> tuple[int, Any]:
    """Show a sender."""
    found = fake.marketing.senders.get(int(number))
    if found is None:
        return 404, errors("not found")
    who = {"email": found[0], "name": "Field Notes"}
    place = {"address": "1 Field Road", "city": "Exampleton", "country": "Exampleland", "nickname": "notes"}
    state = {"verified": found[1], "locked": False, "created_at": 1, "updated_at": 1}
    return 200, {"id": int(number), "from": who, "reply_to": who, **place, **state}


def all_fields(fake: Any, document: Any, query: dict[str, str]) -> tuple[int, Any]:
    """List the fields."""
    reserved = [{"id": f"_rf{n}", "name": name, "field_type": "Text"} for n, name in enumerate(RESERVED)]
    custom = [{"id": key, "name": name, "field_type": "Text"} for name, key in fake.marketing.custom.items()]
    return 200, {"reserved_fields": reserved, "custom_fields": custom}


def new_template(fake: Any, document: Any, query: dict[str, str]) -> tuple[int, Any]:
    """Make a template for a test."""
    name = f"d-{uuid.uuid4().hex}"
    fake.marketing.templates[name] = {}
    return 201, {"id": name, "name": document["name"], "generation": "dynamic"}


def new_version(fake: Any, document: Any, query: dict[str, str], name: str) -> tuple[int, Any]:
    """Give it its content."""
    fake.marketing.templates[name] = document
    return 201, {"id": "v1", "template_id": name, "name": document["name"]}


def delete_template(fake: Any, document: Any, query: dict[str, str], name: str) -> tuple[int, Any]:
    """Delete it."""
    return (204, None) if fake.marketing.templates.pop(name, None) is not None else (404, errors("not found"))


def test_send(fake: Any, document: Any, query: dict[str, str]) -> tuple[int, Any]:
    """Send a test."""
    version = fake.marketing.templates.get(document["template_id"])
    if not version:
        return 400, errors("template has no version", "template_id")
    fake.marketing.tested += [(email, version) for email in document["emails"]]
    return 202, {}


def upsert(fake: Any, document: Any, query: dict[str, str]) -> tuple[int, Any]:
    """Take contacts, at most 30,000."""
    if not 1 <= len(document.get("contacts", ())) <= 30_000:
        return 400, errors("1 to 30000 contacts", "contacts")
    state: Marketing = fake.marketing
    people = [{**one.pop("custom_fields", {}), **one} for one in document["contacts"]]
    return 202, {"job_id": _job(state, people, document.get("list_ids", ()))}


def _job(state: Marketing, people: list[dict[str, str]], ids: Any) -> str:
    """Do the work of a job at once, and let it be pending for a while."""
    named = {key: name for name, key in state.custom.items()}
    bad = []
    for one in people:
        email = one["email"].lower()
        if email in state.bad:
            bad.append(email)
            continue
        if not state.counting:
            known = state.contacts.setdefault(email, {"email": email})
            known |= {named.get(key, key): value for key, value in one.items() if key != "email"}
        for key in ids:
            state.lists[key].emails.add(email)
    job = str(uuid.uuid4())
    with state.lock:
        state.jobs[job] = {"polls": state.polls, "requested": len(people), "bad": bad}
    return job


def new_import(fake: Any, document: Any, query: dict[str, str]) -> tuple[int, Any]:
    """Say where to put a file."""
    state: Marketing = fake.marketing
    job = str(uuid.uuid4())
    state.uploads[job] = document
    uri = f"{fake.url}/upload/{job}"
    headers = [{"header": "Content-Type", "value": "text/csv"}, {"header": "x-amz-meta-job", "value": job}]
    return 200, {"job_id": job, "upload_uri": uri, "upload_headers": headers}


def upload(fake: Any, body: bytes, headers: Any, job: str) -> int:
    """Take the file of an import, without any key."""
    state: Marketing = fake.marketing
    wanted = state.uploads.pop(job, None)
    if wanted is None or headers.get("Authorization") or headers.get("x-amz-meta-job") != job:
        return 403
    rows = csv.reader(io.TextIOWrapper(gzip.GzipFile(fileobj=io.BytesIO(body)), encoding="utf-8", newline=""))
    next(rows)
    reserved = {f"_rf{n}": name for n, name in enumerate(RESERVED)}
    keys = [reserved.get(key, key) for key in wanted["field_mappings"]]
    people = ({key: value for key, value in zip(keys, row, strict=True) if value} for row in rows)
    made = _job(state, list(people), wanted.get("list_ids", ()))
    with state.lock:
        state.jobs[job] = state.jobs.pop(made)
    return 200


def import_status(fake: Any, document: Any, query: dict[str, str], job: str) -> tuple[int, Any]:
    """Tell how far a job is."""
    state: Marketing = fake.marketing
    found = state.jobs.get(job)
    if found is None:
        return (200, {"id": job, "status": "pending"}) if job in state.uploads else (404, errors("not found"))
    if found["polls"] > 0:
        found["polls"] -= 1
        return 200, {"id": job, "status": "pending", "job_type": "upsert", "results": {}, "started_at": now()}
    number, bad = found["requested"], len(found["bad"])
    results = {"requested_count": number, "created_count": number - bad, "updated_count": 0, "errored_count": bad}
    if bad:
        results["errors_url"] = f"{fake.url}/errors/{job}"
    status = "failed" if bad == number else "errored" if bad else "completed"
    return 200, {"id": job, "status": status, "job_type": "upsert", "results": results, "finished_at": now()}


def error_file(fake: Any, job: str) -> bytes:
    """Write the errors of a job."""
    lines = [f"{email},invalid email address\n" for email in fake.marketing.jobs[job]["bad"]]
    return "".join(["email,error\n", *lines]).encode()


def count(fake: Any, document: Any, query: dict[str, str]) -> tuple[int, Any]:
    """Count all contacts."""
    return 200, {"contact_count": len(fake.marketing.contacts), "billable_count": len(fake.marketing.contacts)}


_ID = "([^/]+)"
_SEND = "/v3/marketing/singlesends"
ROUTES: tuple[tuple[str, str, View], ...] = (
    ("POST", f"{_SEND}/search", search),
    ("POST", _SEND, create),
    ("GET", _SEND, listing),
    ("GET", f"{_SEND}/{_ID}", read),
    ("DELETE", f"{_SEND}/{_ID}", delete),
    ("PUT", f"{_SEND}/{_ID}/schedule", schedule),
    ("DELETE", f"{_SEND}/{_ID}/schedule", unschedule),
    ("GET", f"/v3/marketing/stats/singlesends/{_ID}", statistics),
    ("GET", "/v3/marketing/lists", all_lists),
    ("POST", "/v3/marketing/lists", new_list),
    ("GET", "/v3/marketing/segments/2.0", all_segments),
    ("GET", r"/v3/marketing/senders/(\d+)", one_sender),
    ("GET", "/v3/marketing/field_definitions", all_fields),
    ("POST", "/v3/templates", new_template),
    ("POST", f"/v3/templates/{_ID}/versions", new_version),
    ("DELETE", f"/v3/templates/{_ID}", delete_template),
    ("POST", "/v3/marketing/test/send_email", test_send),
    ("PUT", "/v3/marketing/contacts", upsert),
    ("GET", "/v3/marketing/contacts/count", count),
    ("PUT", "/v3/marketing/contacts/imports", new_import),
    ("GET", f"/v3/marketing/contacts/imports/{_ID}", import_status),
)
