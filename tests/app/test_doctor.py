"""``newsletter doctor``: a newsletter in good order is well, and each of many mistakes is named with its cure."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.app.doctor import CHECKS
from newsletter.diagnosis import Diagnosis, Level
from tests.app.doctor_world import CONFIGURATION, World, publish
from tests.app.name_server import NameServer
from tests.app.planted import PLANTED, texts, unreachable_remote, written
from tests.conftest import Project, add_week, bare_environment
from tests.fake_sendgrid import KEY, FakeSendGrid


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


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_mistake_is_named_with_its_cure(name: str, world: World) -> None:
    """The check that is about it says what is wrong and what to do; every other one still has its say."""
    spoil, check, level, message, hint = PLANTED[name]
    spoil(world)
    found = world.found()
    named = [one for one in found if (one.check, one.level) == (check, level)]
    assert [one for one in named if message in one.message and hint in one.hint and one.hint], named
    assert {check.name for check in CHECKS if not check.online} <= {one.check for one in found}


def test_a_remote_that_takes_claims_is_well(world: World) -> None:
    """Asking leaves no reference behind, neither here nor there."""
    remote = world.root.parent / "remote.git"
    unreachable_remote(world)
    world.git("init", "-q", "--bare", str(remote))
    world.git("remote", "set-url", "origin", str(remote))
    assert [one.level for one in world.found() if one.check == "claim"] == [Level.OK, Level.OK]
    assert not [path for path in remote.glob("refs/**/*") if path.is_file()]


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
    assert document["counts"] == {"ok": 16, "warning": 0, "failure": 1}
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
