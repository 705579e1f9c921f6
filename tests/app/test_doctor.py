"""``newsletter doctor``: a newsletter in good order is well, and each of many mistakes is named with its cure."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from newsletter.app.doctor import CHECKS, Setting, diagnose
from newsletter.cli.session import Session
from newsletter.config import Config, load_config
from newsletter.diagnosis import Diagnosis, Level
from newsletter.providers import known_traits
from tests.app.name_server import NameServer
from tests.conftest import NOW, Project, add_week, bare_environment
from tests.fake_sendgrid import KEY, FakeSendGrid

KEY_RECORD = "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQ"
CONFIGURATION = """\
[newsletter]
name = "Field Notes"
base_url = "https://notes.example.org"
postal_address = "1 Field Road, Exampleton"

[send]
from = "Field Notes <notes@example.org>"
timeout = 5.0
"""


@dataclass(kw_only=True)
class World:
    """A newsletter in good order with everything around it, for a test to spoil."""

    project: Project
    sendgrid: FakeSendGrid
    dns: NameServer
    environ: dict[str, str]
    started: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def root(self) -> Path:
        """Return the project folder."""
        return self.project.root

    def change(self, old: str, new: str) -> None:
        """Change newsletter.toml."""
        assert old in CONFIGURATION
        self.project.configure(CONFIGURATION.replace(old, new))

    def config(self) -> Config:
        """Read newsletter.toml as it is now."""
        return load_config(self.root / "newsletter.toml", known_traits())

    def found(self, *, offline: bool = False) -> list[Diagnosis]:
        """Look at everything."""
        setting = Setting(
            config=self.config(),
            environ=self.environ,
            now=datetime.fromisoformat(NOW),
            started=self.started,
            events=Session(quiet=True),
            name_server=self.dns.place,
        )
        return list(diagnose(setting, offline=offline))

    def crontab(self, *lines: str) -> None:
        """Put a `crontab` on the PATH that lists these lines."""
        program = self.root.parent / "bin" / "crontab"
        program.parent.mkdir(exist_ok=True)
        table = self.root.parent / "crontab.txt"
        table.write_text("\n".join(lines) + "\n")
        program.write_text(f"#!/bin/sh\ncat {table}\n")
        program.chmod(0o755)

    def git(self, *arguments: str) -> None:
        """Run git in the project."""
        subprocess.run(["git", *arguments], cwd=self.root, check=True, capture_output=True)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Make a newsletter with which all is well."""
    project = Project(root=tmp_path / "project", env=bare_environment())
    (project.root / "content").mkdir(parents=True)
    project.configure(CONFIGURATION)
    add_week(project)
    for name, text in (("recipients.csv", "email\nann@example.org\n"), (".env", f"SENDGRID_API_KEY={KEY}\n")):
        (project.root / name).write_text(text)
        (project.root / name).chmod(0o600)
    with FakeSendGrid() as sendgrid, NameServer() as dns:
        with (project.root / ".env").open("a") as file:
            file.write(f"SENDGRID_HOST={sendgrid.url}\n")
        publish(dns)
        environ = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
        yield World(project=project, sendgrid=sendgrid, dns=dns, environ=environ)


def publish(dns: NameServer) -> None:
    """Fill the zone of example.org as it should be."""
    dns.text("example.org", "v=spf1 include:_spf.example.net ~all", "other-verification=1")
    dns.text("_spf.example.net", "v=spf1 ip4:192.0.2.1 -all")
    dns.text("s1._domainkey.example.org", KEY_RECORD)
    dns.text("s2._domainkey.example.org", KEY_RECORD)
    dns.text("_dmarc.example.org", "v=DMARC1; p=none; rua=mailto:d@example.org")
    dns.zone["example.org", "MX"] = ["10 mail.example.org."]


def worse(found: list[Diagnosis]) -> list[Diagnosis]:
    """Keep what is not well."""
    return [one for one in found if one.level is not Level.OK]


def test_all_is_well(world: World) -> None:
    """Every check has something good to say."""
    found = world.found()
    assert worse(found) == []
    said = {one.check for one in found}
    assert {check.name for check in CHECKS} - {"account"} <= said
    assert {"scopes", "domain", "credits"} <= said


def test_offline_nobody_is_asked(world: World) -> None:
    """Neither the provider nor the DNS hears of it."""
    assert worse(world.found(offline=True)) == []
    assert (world.sendgrid.keys, world.dns.asked) == (set(), [])


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


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_mistake_is_named_with_its_cure(name: str, world: World) -> None:
    """The check that is about it says what is wrong and what to do; every other one still has its say."""
    spoil, check, level, message, hint = PLANTED[name]
    spoil(world)
    found = world.found()
    named = [one for one in found if (one.check, one.level) == (check, level)]
    assert [one for one in named if message in one.message and hint in one.hint and one.hint], named
    assert {check.name for check in CHECKS if not check.online} <= {one.check for one in found}


def test_many_readers_need_dmarc(world: World) -> None:
    """From 5000 messages on, the large mailbox providers refuse what has no policy."""
    texts("_dmarc.example.org")(world)
    people = "".join(f"reader{number}@example.org\n" for number in range(5000))
    written("recipients.csv", "email\n" + people)(world)
    assert [one.level for one in world.found() if one.check == "DMARC"] == [Level.FAILURE]


def test_a_policy_above_the_domain_counts(world: World) -> None:
    """A subdomain is covered by the policy of its domain."""
    world.change("notes@example.org", "notes@news.example.org")
    (line,) = [one for one in world.found() if one.check == "DMARC"]
    assert (line.level, line.message[:11]) == (Level.OK, "example.org")


@pytest.mark.parametrize("line", ["PATH=/srv/bin:/usr/bin", "PATH = '{bin}'"])
def test_a_crontab_that_finds_the_program_is_well(line: str, world: World) -> None:
    """Its own PATH counts, quoted or not."""
    folder = world.root.parent / "bin"
    world.crontab(line.format(bin=folder), "0 7 * * 1  cd /srv/n && newsletter -q run --week")
    shutil.copy(folder / "crontab", folder / "newsletter")
    levels = [one.level for one in world.found(offline=True) if one.check == "cron"]
    assert (Level.FAILURE in levels) == ("{bin}" not in line)


def test_the_command_says_it_all_and_how_it_ended(world: World) -> None:
    """The exit status is 1 where anything is a failure, 0 with warnings; --json is one document."""
    (world.root / "recipients.csv").chmod(0o644)
    done = world.project.run("doctor", "--name-server", world.dns.place)
    assert done.status == 0
    assert "warning  files: every user of this machine can read recipients.csv\n" in done.stdout
    assert "         hint: chmod 600 recipients.csv\n" in done.stdout
    assert done.stderr == "1 warning\n"
    (world.root / "recipients.csv").unlink()
    quiet = world.project.run("-q", "doctor", "--offline")
    assert (quiet.status, quiet.stderr) == (1, "")
    assert quiet.stdout.startswith("failure  recipients: ")
    document = world.project.run("doctor", "--offline", "--json").document
    assert document["counts"] == {"ok": 13, "warning": 0, "failure": 1}
    assert {"check", "level", "message", "hint"} == document["checks"][0].keys()
    assert document["offline"] is True


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CONFIGURATION.replace("[send]", "[sned]"), "send"),
        (CONFIGURATION.replace('name = "Field', 'timezone = "Europe/Berln"\nname = "Field'), "Berln"),
        ("[newsletter\n", "TOML"),
    ],
)
def test_a_configuration_that_cannot_be_used_ends_with_2(text: str, message: str, world: World) -> None:
    """It is a failure with its cure, also as a document."""
    world.project.configure(text)
    done = world.project.run("doctor")
    assert done.status == 2
    assert done.stdout.startswith("failure  configuration: newsletter.toml:")
    assert message in done.stdout
    document = world.project.run("doctor", "--json").document
    assert [(one["check"], one["level"]) for one in document["checks"]] == [("configuration", "failure")]


def test_without_a_project_it_says_so(tmp_path: Path) -> None:
    """There is nothing to look at."""
    done = Project(root=tmp_path, env=bare_environment()).run("doctor")
    assert done.status == 2
    assert "newsletter init" in done.stdout


def test_a_name_server_is_an_address(world: World) -> None:
    """Anything else is a usage error."""
    done = world.project.run("doctor", "--name-server", "nowhere:x")
    assert (done.status, done.stderr.partition("\n")[0]) == (
        2,
        "error: 'nowhere:x' is not the address of a name server",
    )


def test_no_key_and_no_address_is_shown(world: World) -> None:
    """Neither the key nor a reader's address is in what it prints."""
    done = world.project.run("-v", "doctor", "--name-server", world.dns.place)
    assert KEY not in done.stdout + done.stderr
    assert "ann@" not in done.stdout + done.stderr
