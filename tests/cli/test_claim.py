"""`claim = "git"`: of several machines with one remote, one sends an issue; real repositories on the disk."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_run import MONDAYS, cron, lines, sent, silent, story
from tests.conftest import CONFIG, Project, bare_environment
from tests.fake_sendgrid import KEY, FakeSendGrid, Fault
from tests.sender.conftest import write_recipients


@pytest.fixture
def machines(tmp_path: Path, fake: FakeSendGrid) -> list[Project]:
    """Make two machines with the same articles and a bare repository as the remote of both."""
    remote = tmp_path / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", str(remote)], check=True)
    made = [Project(root=tmp_path / name, env=bare_environment()) for name in ("one", "two")]
    head = CONFIG.replace("[newsletter]", '[newsletter]\narchive = "../content"')
    head = head.replace("[send]", 'postal_address = "1 Field Road, Exampleton"\n[compose]\noffline = true\n[send]')
    for project in made:
        project.root.mkdir()
        project.configure(f'{head}claim = "git"\nretries = 0\n')
        (project.root / ".env").write_text(f"SENDGRID_API_KEY={KEY}\nSENDGRID_HOST={fake.url}\n")
        (project.root / ".env").chmod(0o600)
        write_recipients(project.root / "recipients.csv", 3)
        subprocess.run(["git", "init", "-q", str(project.root)], check=True)
        subprocess.run(["git", "-C", str(project.root), "remote", "add", "origin", str(remote)], check=True)
    (tmp_path / "content").mkdir()
    (made[0].root / "content").symlink_to(tmp_path / "content")  # where `story` writes
    for number, day in enumerate(("05-14", "05-21", "05-28")):
        story(made[0], f"week{20 + number}", f"2025-{day}T09:00:00Z")
    return made


def refs(project: Project) -> list[str]:
    """List the claims of the remote."""
    done = subprocess.run(["git", "ls-remote", "origin"], cwd=project.root, capture_output=True, text=True, check=True)
    return [line.split()[1] for line in done.stdout.splitlines()]


def test_one_machine_sends_and_the_other_finds_it_sent(machines: list[Project], fake: FakeSendGrid) -> None:
    """Both end with 0, week after week, whichever comes first; no article comes twice."""
    for first, second, monday in ((0, 1, MONDAYS[0]), (1, 0, MONDAYS[1]), (0, 1, MONDAYS[2])):
        assert silent(cron(machines[first], monday))
        assert silent(cron(machines[second], monday))
    assert sent(fake) == {"2025-W20": ["week20"], "2025-W21": ["week21"], "2025-W22": ["week22"]}
    assert refs(machines[0]) == [f"refs/newsletter/2025-W{week}" for week in (20, 21, 22)]


def test_a_claim_names_nobody(machines: list[Project]) -> None:
    """It has the digest, the state, the counts and the keys of articles."""
    cron(machines[0], MONDAYS[0])
    command = ["git", "show", "refs/newsletter/2025-W20:claim.json"]
    found = subprocess.run(command, cwd=machines[0].root.parent / "remote.git", capture_output=True, check=True)
    assert b'"state": "done"' in found.stdout
    assert b'"submitted": 3' in found.stdout
    assert b"week20" in found.stdout
    assert b"@" not in found.stdout


@pytest.mark.parametrize("number", [2, 4])
def test_several_at_once_send_it_once(machines: list[Project], fake: FakeSendGrid, number: int) -> None:
    """Of runs at the same moment on several machines one sends; the others end with 0 or 6."""
    fake.plan = [Fault.SLOW_AFTER]
    fake.scopes = ["mail.send", "messages.read"]
    for extra in range(2, number):
        shutil.copytree(machines[0].root, machines[0].root.parent / f"copy{extra}", symlinks=True)
        machines.append(Project(root=machines[0].root.parent / f"copy{extra}", env=machines[0].env))
    command = [sys.executable, "-m", "newsletter", "--now", MONDAYS[0], "-q", "run", "--week"]
    runs = [subprocess.Popen(command, cwd=one.root, env=dict(one.env)) for one in machines]
    assert min(run.wait(timeout=90) for run in runs) == 0
    assert {run.returncode for run in runs} <= {0, 6}
    assert sent(fake) == {"2025-W20": ["week20"]}


def test_a_job_on_a_fresh_checkout_does_not_send_it_again(machines: list[Project], fake: FakeSendGrid) -> None:
    """With CI set, and nothing but the repository; an article that came late there comes into the next issue."""
    one = machines[0]
    assert one.run("-q", "run", "--week", now=MONDAYS[0], CI="true").status == 0
    shutil.rmtree(one.root / "issues")
    assert one.run("-q", "run", "--week", now=MONDAYS[0], CI="true").status == 0
    shutil.rmtree(one.root / "issues")
    story(one, "week19", "2025-05-15T09:00:00Z")
    assert one.run("-q", "run", "--week", now=MONDAYS[1], CI="true").status == 0
    assert sent(fake) == {"2025-W20": ["week20"], "2025-W21": ["week19", "week21"]}


def test_compose_and_send_claim_as_well(machines: list[Project], fake: FakeSendGrid) -> None:
    """The two commands by hand, on both machines, send it once."""
    for project in machines:
        assert project.run("-q", "compose", "--week").status == 0
        assert project.run("-q", "send", "--yes").status == 0
    assert sent(fake) == {"2025-W20": ["week20"]}


def test_what_stopped_half_way_is_named_by_the_other_machine(machines: list[Project], fake: FakeSendGrid) -> None:
    """It does not send; the first one goes on, and then nothing waits any more."""
    for project in machines:
        write_recipients(project.root / "recipients.csv", 1500)
    fake.plan = [None, Fault.LIMIT]
    assert cron(machines[0], MONDAYS[0]).status == 1
    done = cron(machines[1], MONDAYS[0])
    assert done.status == 5
    assert "1,000 submitted, 0 uncertain, 500 pending" in lines(done, "2025-W20")[0]
    assert silent(cron(machines[0], MONDAYS[0]))
    assert silent(cron(machines[1], MONDAYS[0]))
    assert max(fake.accepted().values()) == 1


def test_what_nobody_got_is_given_back(machines: list[Project], fake: FakeSendGrid) -> None:
    """The other machine may send it, and the first one finds that out."""
    fake.plan = [Fault.KEY]
    assert cron(machines[0], MONDAYS[0]).status == 1
    assert refs(machines[0]) == []
    assert silent(cron(machines[1], MONDAYS[0]))
    assert silent(cron(machines[0], MONDAYS[0]))
    assert silent(cron(machines[0], MONDAYS[1]))
    assert sent(fake) == {"2025-W20": ["week20"], "2025-W21": ["week21"]}


def test_a_remote_out_of_reach_sends_nothing(machines: list[Project], fake: FakeSendGrid) -> None:
    """What cannot be claimed does not leave, and the message says so; later it does."""
    remote = machines[0].root.parent / "remote.git"
    remote.rename(remote.with_name("away"))
    done = cron(machines[0], MONDAYS[0])
    assert (done.status, fake.requests) == (1, 0)
    assert "git" in done.stderr
    remote.with_name("away").rename(remote)
    assert cron(machines[0], MONDAYS[0]).status == 0
    assert sent(fake) == {"2025-W20": ["week20"]}


def test_without_a_remote_it_is_a_mistake_of_the_configuration(machines: list[Project], fake: FakeSendGrid) -> None:
    """The hint says what to type."""
    subprocess.run(["git", "-C", str(machines[0].root), "remote", "remove", "origin"], check=True)
    done = cron(machines[0], MONDAYS[0])
    assert (done.status, fake.requests) == (2, 0)
    assert "git remote add origin" in done.stderr


@pytest.mark.parametrize("held_by", ["no list", "revoked key"])
def test_what_another_machine_caught_up_with_is_not_sent_again(
    machines: list[Project], fake: FakeSendGrid, held_by: str
) -> None:
    """One machine composed an issue and could not send it; the other one's next issue has its articles."""
    people = machines[0].root / "recipients.csv"
    cron(machines[1], MONDAYS[0])
    if held_by == "no list":
        people.rename(machines[0].root / "away")
    else:
        fake.plan = [Fault.KEY]
    assert cron(machines[0], MONDAYS[1]).status in (1, 2)
    if held_by == "no list":
        (machines[0].root / "away").rename(people)
    assert silent(cron(machines[1], MONDAYS[2]))
    assert silent(cron(machines[0], MONDAYS[2]))
    assert sent(fake) == {"2025-W20": ["week20"], "2025-W22": ["week21", "week22"]}


def test_the_earlier_of_two_issues_yields_as_well(machines: list[Project], fake: FakeSendGrid) -> None:
    """Its articles are in a later issue that another machine has claimed: readers would get them twice."""
    cron(machines[1], MONDAYS[0])
    machines[0].run("compose", "--week", now=MONDAYS[1])
    cron(machines[1], MONDAYS[2])
    done = machines[0].run("send", "2025-W21", "--yes", now=MONDAYS[2])
    assert "another machine has claimed 2025-W22, which has some of its articles" in done.stderr
    assert sent(fake) == {"2025-W20": ["week20"], "2025-W22": ["week21", "week22"]}


def test_a_draft_that_another_machine_saw_comes_once_it_is_published(
    machines: list[Project], fake: FakeSendGrid
) -> None:
    """It was left out there because it was a draft, which is no lasting reason."""
    story(machines[0], "week19", "2025-05-15T09:00:00Z", draft=True)
    cron(machines[0], MONDAYS[0])
    story(machines[0], "week19", "2025-05-15T09:00:00Z")
    assert silent(cron(machines[1], MONDAYS[1]))
    assert sent(fake) == {"2025-W20": ["week20"], "2025-W21": ["week19", "week21"]}


def test_a_draft_comes_after_another_machine_gave_its_issue_up(machines: list[Project], fake: FakeSendGrid) -> None:
    """An issue that was sent meanwhile without it, as it was in the other one, has not settled it."""
    first, second = machines
    story(first, "week19", "2025-05-15T09:00:00Z", draft=True)
    second.run("compose", "--week", now=MONDAYS[0])
    cron(first, MONDAYS[0])
    cron(second, MONDAYS[0])
    story(first, "week19", "2025-05-15T09:00:00Z")
    fake.plan = [Fault.INTERNAL]
    assert cron(first, MONDAYS[1]).status == 3
    cron(second, MONDAYS[2])
    assert first.run("cancel", "2025-W21", now=MONDAYS[2]).status in (0, 3)
    assert first.run("resolve", "2025-W21", "--all", "--as", "not-submitted", now=MONDAYS[2]).status == 0
    assert silent(cron(first, MONDAYS[2]))
    cron(second, "2025-06-09T07:00:00Z")
    assert sent(fake) == {"2025-W20": ["week20"], "2025-W22": ["week22"], "2025-W23": ["week19", "week21"]}


def git(project: Project, *arguments: str, content: str = "") -> str:
    """Run git in a project."""
    command = ["git", "-c", "user.name=T", "-c", "user.email=t@example.org", *arguments]
    return subprocess.run(
        command, cwd=project.root, input=content, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_a_branch_with_the_name_of_a_claim_is_none(machines: list[Project], fake: FakeSendGrid) -> None:
    """``git ls-remote`` lists it too, and before the claim itself; a claim that git would put there is not made."""
    commit = git(machines[1], "commit-tree", git(machines[1], "mktree"), "-m", "x")
    assert silent(cron(machines[0], MONDAYS[0]))
    git(machines[1], "push", "-q", "origin", f"{commit}:refs/heads/refs/newsletter/2025-W20")
    assert silent(cron(machines[1], MONDAYS[0]))
    git(machines[1], "push", "-q", "origin", f"{commit}:refs/heads/refs/newsletter/2025-W21")
    assert "cannot be claimed" in cron(machines[0], MONDAYS[1]).stderr
    assert sent(fake) == {"2025-W20": ["week20"]}
    assert max(fake.accepted().values()) == 1


@pytest.mark.parametrize(
    "claim", ["", "x", "[]", '"at": ""', '"at": "2025"', '"at": "2025-05-19T08:00:00"', '"at": 1', '"start": "x"']
)
def test_a_claim_that_is_none_sends_nothing(machines: list[Project], fake: FakeSendGrid, claim: str) -> None:
    """Anybody who may push can write one: whatever it says is a message, and the issue does not leave."""
    good = '"issue": "2025-W20", "digest": "x", "state": "sending", "at": "2025-05-19T08:00:00+00:00"'
    text = f"{{{good}, {claim}}}" if ":" in claim else claim
    blob = git(machines[1], "hash-object", "-w", "--stdin", content=text)
    commit = git(
        machines[1], "commit-tree", git(machines[1], "mktree", content=f"100644 blob {blob}\tclaim.json\n"), "-m", "x"
    )
    git(machines[1], "push", "-q", "origin", f"{commit}:refs/newsletter/2025-W20")
    done = cron(machines[0], MONDAYS[0])
    assert (done.status != 0, fake.requests) == (True, 0)
    assert "cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_repository_s_configuration_runs_nothing(machines: list[Project], fake: FakeSendGrid, tmp_path: Path) -> None:
    """Hooks, file watchers, filters for showing, and remotes whose name is an option or whose address is a command."""
    cron(machines[0], MONDAYS[0])
    project, ran = machines[1], tmp_path / "ran"
    (tmp_path / "hooks").mkdir()
    for name in ("pre-push", "reference-transaction", "post-index-change", "pre-auto-gc"):
        hook = tmp_path / "hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {ran}\n")
        hook.chmod(0o755)
    (project.root / ".gitattributes").write_text("* diff=evil\n")
    (project.root / ".git" / "info").mkdir(exist_ok=True)
    (project.root / ".git" / "info" / "attributes").write_text("* diff=evil\n")
    with (project.root / ".git" / "config").open("a") as file:
        file.write(f'[core]\nhooksPath = {tmp_path}/hooks\nfsmonitor = "touch {ran}; false"\n')
        file.write(f'[diff "evil"]\ntextconv = "touch {ran}; cat"\n')
        file.write(f'[remote "--upload-pack=touch${{IFS}}{ran};"]\nurl = {tmp_path}/remote.git\n')
        file.write('[protocol "ext"]\nallow = always\n')
    assert silent(cron(project, MONDAYS[0]))
    assert silent(cron(project, MONDAYS[1]))
    text = (project.root / "newsletter.toml").read_text()
    project.configure(text.replace('claim = "git"', 'claim = "none"'))
    cron(project, MONDAYS[2])
    project.configure(text)
    git(project, "remote", "remove", "origin")
    assert cron(project, MONDAYS[2]).status == 2
    git(project, "remote", "add", "origin", f"ext::sh -c touch% {ran}")
    assert cron(project, MONDAYS[2]).status == 1
    assert not ran.exists()


def test_a_hook_of_another_repository_leads_nowhere_else(machines: list[Project], fake: FakeSendGrid) -> None:
    """Git tells its hooks where their repository is; a run that one starts has its own."""
    project = machines[0]
    other = project.root.parent / "other.git"
    subprocess.run(["git", "init", "-q", "--bare", str(other)], check=True)
    away = Project(root=project.root, env={**project.env, "GIT_DIR": str(other), "GIT_WORK_TREE": "/"})
    assert silent(cron(away, MONDAYS[0]))
    assert silent(cron(machines[1], MONDAYS[0]))
    assert sent(fake) == {"2025-W20": ["week20"]}
    assert max(fake.accepted().values()) == 1
