"""What composing says to the person who asked for it."""

import email
import email.policy

import pytest

from tests.conftest import Project
from tests.fake_sendgrid import KEY, FakeSendGrid

DRY_RUN = "send --dry-run"


def test_the_subject_is_shown_as_it_was_written(week: Project) -> None:
    """Merge fields are not shown as what becomes of them; under --json the token stays."""
    path = week.root / "newsletter.toml"
    path.write_text(path.read_text() + '[compose]\nsubject = "Hi {{ merge.first_name }}"\n')
    assert "subject: Hi {{ merge.first_name }}\n" in week.run("compose", "--week").stderr
    assert week.run("compose", "--week", "--json").document["subject"] == "Hi %%text:first_name%%"


def test_the_next_step_is_the_right_one(week: Project) -> None:
    """After errors it is to fix them."""
    said = week.run("compose", "--week").stderr
    assert "error[postal-address]" in said
    assert "next: fix the errors, then compose again" in said
    path = week.root / "newsletter.toml"
    path.write_text(path.read_text().replace("[send]", 'postal_address = "1 Sample Street"\n[send]'))
    said = week.run("compose", "--week").stderr
    assert "next: open preview.html" in said
    assert DRY_RUN in said


@pytest.mark.parametrize(
    "unsubscribe", ['{mode = "subscription"}', '{mode = "url", url = "https://x.example/?{token}"}']
)
def test_both_samples_have_the_headers_of_the_mail(week: Project, unsubscribe: str) -> None:
    """What compose and the dry run show of one mail has the same headers, those of the configuration among them."""
    path = week.root / "newsletter.toml"
    more = (
        f'[send]\nreply_to = "Night Desk <desk@example.org>"\nfeedback_id = "{{issue}}:x"\nunsubscribe = {unsubscribe}'
    )
    path.write_text(path.read_text().replace("[send]", more))
    (week.root / "recipients.csv").write_text("email,token\none@example.org,t\n")
    week.run("compose", "--week")
    week.run("send", "--dry-run")
    composed, sample = (
        email.message_from_bytes((week.issue() / name).read_bytes(), policy=email.policy.default)
        for name in ("email.eml", "dry-run/sample.eml")
    )
    assert composed.keys() == sample.keys()
    for eml in (composed, sample):
        assert (eml["Reply-To"].addresses[0].addr_spec, eml["Feedback-ID"]) == ("desk@example.org", "2025-W20:x")
        assert eml["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_what_was_sent_has_no_next_step(week: Project) -> None:
    """Composing leaves it as it was, so there is nothing to look at or to send."""
    with FakeSendGrid() as sendgrid:
        path = week.root / "newsletter.toml"
        path.write_text(path.read_text().replace("[send]", 'postal_address = "1 Sample Street"\n[send]'))
        (week.root / "recipients.csv").write_text("email\none@example.org\n")
        (week.root / ".env").write_text(f"SENDGRID_API_KEY={KEY}\nSENDGRID_HOST={sendgrid.url}\n")
        week.run("compose", "--week")
        assert week.run("send", "--yes").status == 0
    assert "next:" not in week.run("compose", "--week").stderr


def test_an_empty_period_is_not_blamed_on_filters(week: Project) -> None:
    """The error is true in both cases; the hint tells an empty period from filters that leave nothing."""
    for options, dated in ((("2025-W01",), False), (("2025-W20", "--category", "none"), True)):
        done = week.run("compose", "--week", *options)
        assert done.status == 4
        assert f"error: no articles to include for {options[0]}" in done.stderr
        assert ("no article is dated in this period" in done.stderr) is not dated
