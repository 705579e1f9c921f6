"""What README and the first guide tell people to type works, in that order, on a real terminal."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Project, bare_environment, on_terminal
from tests.fake_sendgrid import KEY, FakeSendGrid

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "newsletter" / "demo"
NOW = "2025-05-19T08:00:00Z"


@pytest.fixture
def sendgrid() -> Iterator[FakeSendGrid]:
    """Serve a SendGrid on loopback that knows the sender of the pages' examples."""
    with FakeSendGrid() as server:
        server.account.domains = {"harbour.example"}
        yield server


def typed(text: str) -> list[str]:
    """List the commands of the program, and the changes of folder, that a page has people type."""
    return re.findall(r"^(?:\$ |    )((?:newsletter|cd) [^\n]*)$", text, re.MULTILINE)


def type_in(command: str, folder: Path, env: dict[str, str]) -> tuple[int, str]:
    """Run one command as a person at a terminal who answers every question with yes."""
    words = [sys.executable, "-m", "newsletter", "--now", NOW, *command.split()[1:]]
    return on_terminal(words, cwd=folder, env=env, typed="y\n")


def fill(project: Path, configuration: str, sendgrid: FakeSendGrid) -> None:
    """Do what a page has a person do by hand: the configuration, the readers, the articles, the key."""
    (project / "newsletter.toml").write_text(configuration)
    shutil.copy(SAMPLES / "recipients.csv", project)
    shutil.copytree(SAMPLES / "content", project / "content", dirs_exist_ok=True)
    (project / ".env").write_text(f"SENDGRID_API_KEY={KEY}\nSENDGRID_HOST={sendgrid.url}\n")
    for name in ("recipients.csv", ".env"):
        (project / name).chmod(0o600)


@pytest.mark.parametrize("page", ["README.md", "docs/guides/first-issue.md"])
def test_what_a_page_has_people_type_works(page: str, tmp_path: Path, sendgrid: FakeSendGrid) -> None:
    """From ``newsletter init`` to ``newsletter send`` each command ends with 0, and every reader has the issue."""
    configuration = re.findall(r"```toml\n(\[.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)[0]
    commands = typed((ROOT / page).read_text())
    assert "newsletter send" in commands
    folder = tmp_path
    for command in commands:
        if command.startswith("cd "):
            folder = folder / command.removeprefix("cd ")
            fill(folder, configuration, sendgrid)
            continue
        status, written = type_in(command, folder, bare_environment() | {"TERM": "xterm"})
        assert status == 0, f"{command}\n{written}"
    live = [entry for entry in sendgrid.ledger if "[Test]" not in entry.request["subject"]]
    assert sorted(email for entry in live for email in entry.emails) == [
        "gone@example.org",
        "reader.four@example.org",
        "reader.one@example.org",
        "reader.three@example.org",
        "reader.two@example.org",
    ]


@pytest.mark.parametrize("page", ["README.md", "docs/guides/cron.md"])
def test_the_line_for_cron_works_without_a_word(page: str, tmp_path: Path, sendgrid: FakeSendGrid) -> None:
    """Run as cron would, it sends, and a second time it does nothing and says nothing."""
    line = re.findall(r"^(?:    )?0 7 \* \* 1 +(.*)$", (ROOT / page).read_text(), re.MULTILINE)[0]
    project = Project(root=tmp_path / "project", env=bare_environment())
    assert project.run("-q", "init", "project", cwd=tmp_path).status == 0
    configuration = re.findall(r"```toml\n(\[.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)[0]
    fill(project.root, configuration, sendgrid)
    program = f"{sys.executable} -m newsletter --now {NOW}"
    line = line.replace("/srv/newsletter", str(project.root)).replace("newsletter -q", f"{program} -q")
    line = line.replace("900..1100", "5")
    for _ in range(2):
        done = subprocess.run(
            ["/bin/sh", "-c", line], env=dict(project.env), capture_output=True, text=True, timeout=60, check=False
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(sendgrid.ledger) == 1
