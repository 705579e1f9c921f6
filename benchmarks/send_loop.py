"""The plain way to send, a serial loop over the sendgrid package's helpers: ``send_loop CSV REQUEST``.

The same CSV, 1000 recipients a request, the same parts, fields and settings as the program's, and no journal.
"""

import csv
import itertools
import json
import os
import sys
from pathlib import Path
from typing import Any

from sendgrid import SendGridAPIClient
from sendgrid.helpers.mail import (
    Category,
    ClickTracking,
    Content,
    CustomArg,
    Email,
    Header,
    Mail,
    OpenTracking,
    Personalization,
    Subject,
    SubscriptionSubstitutionTag,
    SubscriptionTracking,
    Substitution,
    To,
    TrackingSettings,
)


def build(first: dict[str, Any], people: list[dict[str, str]]) -> Mail:
    """Build one request with the helpers; `first` is a request of the dry run, which has the common content."""
    mail = Mail()
    mail.from_email = Email(first["from"]["email"], first["from"].get("name"))
    mail.subject = Subject(first["subject"])
    for part in first["content"]:
        mail.add_content(Content(part["type"], part["value"]))
    for person in people:
        entry = Personalization()
        entry.add_to(To(person["email"]))
        for token in first["personalizations"][0].get("substitutions", {}):
            entry.add_substitution(Substitution(token, person["first_name"]))
        mail.add_personalization(entry)
    for name, value in first["headers"].items():
        mail.add_header(Header(name, value))
    for name in first["categories"]:
        mail.add_category(Category(name))
    for name, value in first["custom_args"].items():
        mail.add_custom_arg(CustomArg(name, value))
    tracking = TrackingSettings()
    tracking.click_tracking = ClickTracking(False, False)
    tracking.open_tracking = OpenTracking(False)
    tag = first["tracking_settings"]["subscription_tracking"]["substitution_tag"]
    tracking.subscription_tracking = SubscriptionTracking(True, substitution_tag=SubscriptionSubstitutionTag(tag))
    mail.tracking_settings = tracking
    return mail


def main() -> None:
    """Send everybody in the CSV file, a thousand at a time."""
    recipients, sample = map(Path, sys.argv[1:3])
    first = json.loads(sample.read_text())
    client = SendGridAPIClient(os.environ["SENDGRID_API_KEY"], host=os.environ["SENDGRID_HOST"])
    with recipients.open(newline="") as file:
        reader = csv.DictReader(file)
        while people := list(itertools.islice(reader, 1000)):
            response = client.send(build(first, people))
            assert response.status_code == 202


if __name__ == "__main__":
    main()
