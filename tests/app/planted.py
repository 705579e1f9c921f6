"""Mistakes that `newsletter doctor` has to name: what plants each, and what is said of it."""

import os
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from newsletter.diagnosis import Level
from tests.app.doctor_world import CONFIGURATION, World
from tests.fake_sendgrid import KEY

Spoil = Callable[[World], object]


def no_group(world: World) -> None:
    """Name a group that is not there."""
    world.change("timeout = 5.0", "unsubscribe = {mode = 'group', group_id = 99}")


def lost_journal(world: World) -> None:
    """Take the journal away after an issue was begun."""
    compose(world)
    (world.project.issue() / "sending.json").write_text('{"schema": 1, "journal": "x", "began": "2025-05-19"}')


def compose(world: World) -> None:
    """Compose the week's issue."""
    assert world.project.run("compose", "--week", "--offline").status == 0


def begun(world: World) -> Path:
    """Send the week's issue, and return the journal."""
    compose(world)
    assert world.project.run("send", "--yes", **send_environment(world)).status == 0
    return world.root / "issues" / "journal.sqlite3"


def send_environment(world: World) -> dict[str, Any]:
    """Return the key and the host."""
    return {"SENDGRID_API_KEY": KEY, "SENDGRID_HOST": world.sendgrid.url}


def damaged(world: World) -> None:
    """Overwrite a page of the journal."""
    journal = begun(world)
    content = bytearray(journal.read_bytes())
    content[4096:8192] = b"\xff" * 4096
    journal.write_bytes(content)


def uncertain(world: World) -> None:
    """Let a batch of the journal be uncertain."""
    with sqlite3.connect(begun(world)) as connection:
        connection.execute("UPDATE batches SET state = 'uncertain'")
    connection.close()


def template(text: str) -> Spoil:
    """Return what writes a template of the project's own."""

    def spoil(world: World) -> None:
        folder = world.root / "templates" / "digest"
        folder.mkdir(parents=True)
        (folder / "issue.html").write_text(text)

    return spoil


def scopes(*names: str) -> Spoil:
    """Return what leaves the key only these permissions."""
    return lambda world: world.sendgrid.scopes.__setitem__(slice(None), names)


def changed(old: str, new: str) -> Spoil:
    """Return what changes newsletter.toml."""
    return lambda world: world.change(old, new)


def written(name: str, text: str, mode: int = 0o600) -> Spoil:
    """Return what writes a file of the project."""

    def spoil(world: World) -> None:
        (world.root / name).parent.mkdir(exist_ok=True)
        (world.root / name).write_text(text)
        (world.root / name).chmod(mode)

    return spoil


def texts(name: str, *records: str) -> Spoil:
    """Return what replaces the TXT records of a name; none: the name is gone."""

    def spoil(world: World) -> None:
        world.dns.zone.pop((name, "TXT"), None)
        if records:
            world.dns.text(name, *records)

    return spoil


def kept_by_git(name: str) -> Spoil:
    """Return what puts a file under version control."""

    def spoil(world: World) -> None:
        world.git("init", "-q")
        world.git("add", "-f", name)

    return spoil


def env(**values: str) -> Spoil:
    """Return what writes another ``.env``."""
    return written(".env", "".join(f"{name}={value}\n" for name, value in values.items()))


def empty_archive(world: World) -> None:
    """Remove every article."""
    for path in (world.root / "content").iterdir():
        path.unlink()


def old_archive(world: World) -> None:
    """Leave an article of two months ago alone."""
    empty_archive(world)
    world.project.add("old.md", title="Old", date="2025-03-08T10:00:00Z")


def no_recipients(world: World) -> None:
    """Remove the recipients file."""
    (world.root / "recipients.csv").unlink()


def silent(world: World) -> None:
    """Let the name server say nothing."""
    world.dns.silent = True


def long_spf(world: World) -> None:
    """Include eleven records."""
    world.dns.text("example.org", "v=spf1 " + " ".join(f"include:s{n}.example.net" for n in range(11)) + " -all")


def unpublished(world: World) -> None:
    """Let SendGrid know the domain, and not find its records."""
    world.sendgrid.account.domains, world.sendgrid.account.unpublished = set(), {"example.org"}


def unknown_sender(world: World) -> None:
    """Let SendGrid know nothing of the sender."""
    world.sendgrid.account.domains = {"other.example"}


def waiting_sender(world: World) -> None:
    """Let SendGrid wait for the address to be verified."""
    unknown_sender(world)
    world.sendgrid.account.senders = {"notes@example.org": False}


def table(text: str, *old: str) -> Spoil:
    """Return what adds a table to newsletter.toml; files of the project named in `old` were written in 2024."""

    def spoil(world: World) -> None:
        world.project.configure(f"{CONFIGURATION}{text}\n")
        for name in old:
            path = world.root / name
            path.parent.mkdir(exist_ok=True)
            path.write_text("content/energy.md,https://notes.example.org/energy/\n")
            for one in (path, path.parent):
                os.utime(one, (1.7e9, 1.7e9))

    return spoil


def unreachable_remote(world: World) -> None:
    """Claim issues in a remote that is not there."""
    world.change("timeout = 5.0", 'claim = "git"')
    world.git("init", "-q")
    world.git("remote", "add", "origin", str(world.root / "gone.git"))


FAILURE, WARNING = Level.FAILURE, Level.WARNING
PLANTED: dict[str, tuple[Spoil, str, Level, str, str]] = {
    "no archive": (changed("base_url", 'archive = "gone"\nbase_url'), "archive", FAILURE, "not a folder", "archive in"),
    "no article": (empty_archive, "archive", FAILURE, "no article", "archive in [newsletter]"),
    "an article that cannot be read": (
        written("content/bad.md", "+++\ntitle = \n+++\n"), "archive", WARNING, "bad.md", ""
    ),
    "a site that is not copied any more": (
        old_archive, "archive", WARNING, "the newest article is of 2025-03-08", "still copied",
    ),
    "no such template": (changed("[send]", '[compose]\ntemplate = "none"\n[send]'), "templates", FAILURE, "none", ""),
    "a template with a mistake": (template("{{ nothing }}"), "templates", FAILURE, "nothing", ""),
    "a section that is not there": (
        table('[site]\nsections = ["blog"]'), "site", FAILURE, "no section 'blog'", "sections in [site]"
    ),
    "a site that was not built": (table('[site]\noutput = "public"'), "site", FAILURE, "not there", "build the site"),
    "a site that was built before": (
        table('[site]\noutput = "public"', "public/index.html"), "site", WARNING, "was built on 2023-11-14", "build"
    ),
    "a list that was written before": (
        table('[site]\nlinks = "lists/pages.csv"', "lists/pages.csv"), "site", WARNING, "was written on", "again"
    ),
    "a site that publishes none of it": (
        lambda world: [
            written("pages.csv", "content/other.md,https://notes.example.org/other/\n")(world),
            table('[site]\nlinks = "pages.csv"')(world),
        ],
        "site", WARNING, "left out because of its hidden", "--explain",
    ),
    "an approval that nobody is asked for": (
        table("[run]\nrequire_approval = true"), "run", WARNING, "report_to is missing", "report_to"
    ),
    "a catch-up that is too short": (table('[run]\ncatch_up = "7d"'), "run", WARNING, "21 days", "max_age_days"),
    "a deploy that is no command": (
        table("[run]\nbefore_send = 'if then'"), "run", FAILURE, "cannot be read", "in [run]"
    ),
    "a deploy that is not installed": (
        table("[run]\nbefore_send = 'A=1 hugoo --minify && ls'"), "run", FAILURE, "calls hugoo", "whole path"
    ),
    "a deploy that cron does not find": (
        lambda world: [
            written("../bin/deploy", "#!/bin/sh\n", 0o755)(world), table("[run]\nbefore_send = 'deploy'")(world),
        ],
        "run", WARNING, "not on cron's PATH", "whole path",
    ),
    "fewer recipients than expected": (
        table('[run]\nexpect_recipients = "100..200"'), "run", FAILURE, "expects 100", "expect_recipients"
    ),
    "a claim without a repository": (
        changed("timeout = 5.0", 'claim = "git"'), "claim", FAILURE, "in no git repository", "git remote add"
    ),
    "a claim in a remote out of reach": (
        unreachable_remote, "claim", FAILURE, "ls-remote failed", "push to the remote"
    ),
    "a job that forgets": (
        lambda world: world.environ.__setitem__("CI", "true"), "claim", FAILURE, "CI job", 'claim = "git"'
    ),
    "no folder of pictures": (
        changed("[send]", '[compose]\nassets_dir = "gone"\n[send]'), "templates", FAILURE, "assets_dir", "name"
    ),
    "colours that cannot be read": (
        changed("[send]", '[compose.theme]\ntext = "#eeeeee"\n[send]'), "templates", WARNING, "contrast", "colours"
    ),
    "no sender": (changed('from = "Field Notes <notes@example.org>"', ""), "sender", FAILURE, "no sender", "set from"),
    "a sender of a free mail service": (
        changed("notes@example.org", "notes@gmail.com"), "sender", FAILURE, "gmail.com", "a domain of your own"
    ),
    "no postal address": (changed("postal_address", "# "), "sender", FAILURE, "postal address", "set postal_address"),
    "the starter's sender": (
        changed("notes@example.org", "newsletter@news.example.org"), "sender", FAILURE, "the starter's", "your own"
    ),
    "no site": (changed("base_url", "# "), "sender", WARNING, "base_url", "set base_url"),
    "no recipients": (no_recipients, "recipients", FAILURE, "recipients.csv", ""),
    "recipients without addresses": (
        written("recipients.csv", "name\nAnn\n"), "recipients", FAILURE, "email", ""
    ),
    "nobody": (written("recipients.csv", "email\n"), "recipients", FAILURE, "no recipients", "one per line"),
    "no suppressions": (
        changed("timeout = 5.0", 'suppressions = "gone.csv"'), "suppressions", FAILURE, "gone.csv", "suppressions pull"
    ),
    "public recipients": (
        written("recipients.csv", "ann@example.org\n", 0o644), "files", WARNING, "machine can read", "chmod 600"
    ),
    "recipients that everybody may write": (
        written("recipients.csv", "email\nann@example.org\n", 0o666), "files", FAILURE, "machine can change", "chmod"
    ),
    "the key under version control": (
        kept_by_git(".env"), "version control", FAILURE, "git keeps .env", "git rm --cached .env"
    ),
    "people under version control": (
        kept_by_git("recipients.csv"), "version control", WARNING, "recipients.csv", "git rm --cached"
    ),
    "a crontab without PATH": (
        lambda world: world.crontab("0 7 * * 1  cd /srv/n && newsletter -q run --week"),
        "cron", FAILURE, "not on its PATH", "schedule --cron",
    ),
    "a crontab with a percent sign": (
        lambda world: world.crontab("0 7 * * 1 /srv/bin/newsletter run --day $(date +%F)"), "cron", FAILURE, "%", r"\%"
    ),
    "a damaged journal": (damaged, "journal", FAILURE, "", "backup"),
    "a lost journal": (lost_journal, "journal", FAILURE, "2025-W20", "bring the journal back"),
    "an uncertain batch": (uncertain, "journal", WARNING, "2025-W20", "resolve"),
    "no key": (env(), "key", FAILURE, "SENDGRID_API_KEY is not set", ".env"),
    "a key with a blank": (env(SENDGRID_API_KEY="'SG. x'"), "key", FAILURE, "white space", "copy the key again"),
    "a host that nobody is at": (
        env(SENDGRID_API_KEY=KEY, SENDGRID_HOST="http://127.0.0.1:1"), "account", FAILURE, "cannot reach", "network"
    ),
    "credits that are used up": (
        lambda world: setattr(world.sendgrid.account, "credits", 0), "credits", FAILURE, "no credits", "May 2025"
    ),
    "a key that may not send": (scopes("stats.read"), "scopes", FAILURE, "mail.send", "permission"),
    "a key that may not look up": (scopes("mail.send"), "scopes", WARNING, "messages.read", "permission"),
    "a key that may not see domains": (scopes("mail.send"), "domain", WARNING, "whitelabel.read", "permission"),
    "a sender that is not verified": (unknown_sender, "sender", FAILURE, "not a verified sender", "verify it"),
    "a sender that waits": (waiting_sender, "sender", FAILURE, "waits to be verified", "verify it"),
    "a domain that is not authenticated": (unknown_sender, "domain", WARNING, "not authenticated", "authenticate it"),
    "a domain without its records": (unpublished, "domain", FAILURE, "s1._domainkey.example.org", "publish"),
    "no such unsubscribe group": (no_group, "unsubscribe group", FAILURE, "no unsubscribe group 99", "7 (group 7)"),
    "a group for one click": (no_group, "unsubscribe", WARNING, "one click", "List-Unsubscribe-Post"),
    "an unsubscribe address without TLS": (
        changed("timeout = 5.0", "unsubscribe = {mode = 'url', url = 'http://example.org/{email}'}"),
        "unsubscribe", FAILURE, "url", "https://",
    ),
    "no SPF": (texts("example.org"), "SPF", WARNING, "no SPF", "v=spf1"),
    "two SPF records": (texts("example.org", "v=spf1 -all", "v=spf1 ~all"), "SPF", FAILURE, "2 SPF", "join them"),
    "an SPF record for all": (texts("example.org", "v=spf1 +all"), "SPF", FAILURE, "+all", "~all"),
    "an SPF record that is too long": (long_spf, "SPF", FAILURE, "look-ups", "ten"),
    "half of DKIM": (texts("s2._domainkey.example.org"), "DKIM", WARNING, "s2._domainkey", "publish the records"),
    "a revoked DKIM key": (
        lambda world: [texts(f"s{n}._domainkey.example.org", "v=DKIM1; p=")(world) for n in (1, 2)],
        "DKIM", FAILURE, "no signing key", "publish the records",
    ),
    "no DMARC": (texts("_dmarc.example.org"), "DMARC", WARNING, "no DMARC", "v=DMARC1; p=none"),
    "two DMARC policies": (
        texts("_dmarc.example.org", "v=DMARC1; p=none", "v=DMARC1; p=reject"), "DMARC", FAILURE, "2 policies", "keep"
    ),
    "a DMARC policy of none": (
        texts("_dmarc.example.org", "v=DMARC1; policy=none"), "DMARC", FAILURE, "cannot be read", "p=none"
    ),
    "nobody takes replies": (
        lambda world: world.dns.zone.pop(("example.org", "MX")), "replies", WARNING, "takes no mail", "reply_to"
    ),
    "a silent name server": (silent, "SPF", WARNING, "no name server", "network"),
    "a clock that is wrong": (
        lambda world: setattr(world, "started", world.started - timedelta(hours=1)), "clock", FAILURE, "off", "clock"
    ),
}  # fmt: skip
