"""The five minutes of a newcomer: a sample project, an issue, a dry run; and the same from cron."""

import json
import stat

from tests.conftest import Project


def test_the_sample_newsletter_goes_all_the_way(demo: Project) -> None:
    """Compose, check and dry-run work without a key, an account or a network."""
    assert demo.run("compose", "--week").status == 0
    assert demo.run("check", "--strict").status == 0
    done = demo.run("send", "--dry-run", "--json")
    assert done.status == 0
    document = done.document
    assert document["mode"] == "dry-run"
    assert document["would_block"] == []
    assert document["audience"] == document["pending"] + document["skipped"] == 5
    assert document["recipients"] == document["pending"] == 4


def test_the_dry_run_leaves_what_would_be_sent(demo: Project) -> None:
    """The requests are there for their owner only, each reader once, the suppressed one not at all."""
    demo.run("compose", "--week")
    demo.run("send", "--dry-run")
    folder = demo.issue() / "dry-run"
    assert {path.name for path in folder.iterdir()} == {"summary.json", "requests.jsonl", "sample.eml"}
    assert stat.S_IMODE((folder / "requests.jsonl").stat().st_mode) == 0o600
    requests = [json.loads(line) for line in (folder / "requests.jsonl").read_text().splitlines()]
    readers = [p["to"][0]["email"] for request in requests for p in request["personalizations"]]
    assert len(readers) == len({reader.lower() for reader in readers}) == 4
    assert "gone@example.org" not in readers
    sent = {part["type"]: part["value"] for part in requests[0]["content"]}
    assert sent["text/html"] == (demo.issue() / "email.html").read_text()
    assert sent["text/plain"] == (demo.issue() / "email.txt").read_text()


def test_nothing_of_the_environment_is_needed(demo: Project) -> None:
    """Started by cron from another folder, with a bare environment, the configuration's name is enough."""
    named = {"NEWSLETTER_CONFIG": str(demo.root / "newsletter.toml")}
    assert demo.run("-q", "compose", "--week", cwd=demo.root.parent, **named).status == 0
    done = demo.run("-q", "send", "--dry-run", cwd=demo.root.parent, **named)
    assert (done.status, done.stderr) == (0, "")


def test_a_recipients_file_without_email_is_refused(demo: Project) -> None:
    """The header must have the column; the message names file and line."""
    demo.run("compose", "--week")
    (demo.root / "recipients.csv").write_text("mail,first_name\na@example.org,A\n")
    done = demo.run("send", "--dry-run")
    assert done.status == 2
    assert "recipients.csv:1: " in done.stderr
    assert "email" in done.stderr
