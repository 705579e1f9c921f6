"""Contacts: what a person of a recipients file is as one, in calls or as a file, and how SendGrid's jobs fare."""

import csv
import gzip
import io
import itertools
import time
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from tempfile import TemporaryFile
from typing import Any
from urllib.parse import quote

import orjson

from newsletter.email_addresses import parse_email
from newsletter.errors import ProviderError
from newsletter.providers.sendgrid.account import read_answer
from newsletter.providers.sendgrid.answers import cure, explain, whole_number, without_addresses
from newsletter.providers.sendgrid.client import SendGrid, as_list, as_text
from newsletter.providers.sendgrid_marketing import lookups
from newsletter.providers.sendgrid_marketing.upload import download, upload
from newsletter.sender.contacts import Call, ContactList, Job
from newsletter.sender.recipients import Recipient

__all__ = ["Contacts"]

_RESERVED = {
    "first_name": 50,
    "last_name": 50,
    "address_line_1": 100,
    "address_line_2": 100,
    "city": 60,
    "state_province_region": 50,
    "country": 50,
    "postal_code": 254,
    "external_id": 254,
}
"""The fields that every contact can have, each with the most characters that SendGrid takes."""
_MOST, _MOST_BYTES = 30_000, 5_900_000  # of one call, which SendGrid limits to 6 MB
_MOST_UPLOADED = 1_000_000  # contacts of one file
_ERROR_BYTES = 4_000_000
_TRIES = 4


class Contacts:
    """An account's contacts (see `ContactBook`)."""

    many = 10 * _MOST
    """From here on a file takes less time than calls, of which SendGrid allows three in two seconds."""

    def __init__(self, client: SendGrid, *, proxy: str, timeout: float) -> None:
        """Keep the connection, and how files are brought elsewhere."""
        self._client, self._proxy, self._timeout = client, proxy, timeout

    def lists(self) -> tuple[ContactList, ...]:
        """Return the account's lists."""
        return tuple(
            ContactList(id=one.id, name=one.name, contacts=one.contacts) for one in lookups.lists(self._client)
        )

    def make_list(self, name: str) -> ContactList:
        """Make a list."""
        made = self._client.ask("post", "marketing/lists", lambda found: as_text(found["id"]), body={"name": name})
        return ContactList(id=made, name=name, contacts=0)

    @cached_property
    def _ids(self) -> dict[str, str]:
        return lookups.fields(self._client)

    def fields(self) -> tuple[str, ...]:
        """Return the reserved fields that can be pushed, and the custom ones."""
        custom = (name for name, key in self._ids.items() if not key.startswith("_rf"))
        return (*_RESERVED, *custom)

    def total(self) -> int:
        """Return how many contacts the account has."""
        return self._client.ask("get", "marketing/contacts/count", lambda found: whole_number(found["contact_count"]))

    def check(self, contact: Recipient) -> str:
        """Return what SendGrid would refuse of somebody."""
        if len(contact.email) > 254:
            return "has an address of more than 254 characters"
        for name, value in contact.fields.items():
            if len(value) > _RESERVED.get(name, 1000):
                return f"has a {name} of more than {_RESERVED.get(name, 1000)} characters"
        return ""

    def calls(self, people: Iterable[Recipient], contact_list: str) -> Iterator[Call]:
        """Yield calls of at most 30,000 contacts and 6 MB."""
        head = b'{"list_ids":[%s],"contacts":[' % orjson.dumps(contact_list)
        body, number, last = bytearray(head), 0, 0
        for one in people:
            contact = orjson.dumps(self._contact(one))  # kept on its own, each would take a kilobyte or more
            if number and (number == _MOST or len(body) + len(contact) > _MOST_BYTES):
                yield Call(body=b"%s]}" % body[:-1], people=number, line=last)
                body, number = bytearray(head), 0
            body += contact + b","
            number, last = number + 1, one.line
        if number:
            yield Call(body=b"%s]}" % body[:-1], people=number, line=last)

    def _contact(self, one: Recipient) -> dict[str, Any]:
        contact: dict[str, Any] = {"email": one.email.lower()}
        custom = {}
        for name, value in one.fields.items():
            if name in _RESERVED:
                contact[name] = value
            elif name in self._ids:
                custom[self._ids[name]] = value
        return {**contact, "custom_fields": custom} if custom else contact

    def push(self, call: Call) -> str:
        """Make a call, and make it again where it is unknown whether SendGrid has it: that changes nothing."""
        for tries in itertools.count(1):
            try:
                return self._client.ask(
                    "put", "marketing/contacts", lambda found: as_text(found["job_id"]), content=call.body
                )
            except ProviderError:
                if tries == _TRIES:
                    raise
            time.sleep(2.0 ** (tries - 1))
        raise AssertionError("the loop ends with a job or an error")

    def upload(self, people: Iterable[Recipient], contact_list: str) -> tuple[Call, str] | None:
        """Upload at most a million contacts as one compressed CSV file."""
        names = self.fields()
        with TemporaryFile() as file:
            done = _write(file, itertools.islice(people, _MOST_UPLOADED), names)
            if done is None:
                return None
            size = file.tell()
            file.seek(0)
            mappings = [self._ids.get("email"), *(self._ids.get(name) for name in names)]
            wanted = {"list_ids": [contact_list], "file_type": "csv", "field_mappings": mappings}
            address, headers, job = self._client.ask("put", "marketing/contacts/imports", _place, body=wanted)
            upload(address, headers, file, size, proxy=self._proxy, timeout=self._timeout)
        return done, job

    def job(self, job: str) -> Job:
        """Return how far a job is, with the reasons for what was refused."""
        path = f"marketing/contacts/imports/{quote(job, safe='')}"
        answer = self._client.look_up(path)
        if answer.status == 404:
            return Job(state="done")  # SendGrid had accepted it, and does not remember it for ever
        if answer.status != 200:
            raise ProviderError(f"SendGrid refused {path}: {explain(answer)}", hint=cure(answer))
        status, refused, address = read_answer(answer, path, _status)
        if status == "pending":
            return Job(state="pending")
        reasons = self._reasons(address) if address else ()
        return Job(state="failed" if status == "failed" else "done", refused=refused, reasons=reasons)

    def _reasons(self, address: str) -> tuple[tuple[str, str], ...]:
        """Read the file of errors, whose form SendGrid does not document: an address in a line, and the rest of it."""
        try:
            content = download(address, proxy=self._proxy, timeout=self._timeout, most=_ERROR_BYTES)
            rows = [*csv.reader(io.StringIO(content.decode(errors="replace"), newline=""))]
        except (ProviderError, csv.Error):
            return ()
        named = ((next(filter(parse_email, row), ""), row) for row in rows)
        return tuple(
            (email, without_addresses("; ".join(cell for cell in row if cell not in ("", email))))
            for email, row in named
            if email
        )


def _write(file: Any, people: Iterable[Recipient], names: tuple[str, ...]) -> Call | None:
    """Write people as compressed CSV; return how many, None where there are none."""
    count, last = 0, 0
    with (
        gzip.GzipFile(fileobj=file, mode="wb", compresslevel=1, mtime=0) as packed,
        io.TextIOWrapper(packed, encoding="utf-8", newline="") as text,
    ):
        rows = csv.writer(text)
        rows.writerow(("email", *names))
        for one in people:
            rows.writerow((one.email.lower(), *(one.fields.get(name, "") for name in names)))
            count, last = count + 1, one.line
    return Call(body=b"", people=count, line=last) if count else None


def _place(found: Any) -> tuple[str, dict[str, str], str]:
    headers = {as_text(one["header"]): as_text(one["value"]) for one in as_list(found["upload_headers"])}
    return as_text(found["upload_uri"]), headers, as_text(found["job_id"])


def _status(found: Mapping[str, Any]) -> tuple[str, int, str]:
    results = found.get("results") or {}
    refused, address = results.get("errored_count") or 0, results.get("errors_url") or ""
    return as_text(found["status"]), whole_number(refused), as_text(address)
