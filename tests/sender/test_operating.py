"""What an operator meets at night: full and closed outputs, copies of the journal, odd words, foreign files."""

import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import NOW, Project
from tests.fake_sendgrid import KEY, FakeSendGrid, Fault, Stage
from tests.sender.conftest import run, write_recipients


@pytest.mark.parametrize("output", [">/dev/full", "2>/dev/full", ">/dev/full 2>&1", ">&-", ">&- 2>&-", "| true"])
@pytest.mark.parametrize("command", ["send --yes", "send --yes --json", "status", "status --json"])
def test_an_uncertain_result_is_told_by_the_status_whoever_listens(
    tmp_path: Path, ready: Project, output: str, command: str
) -> None:
    """An output that is full, closed or not read takes nothing away from status 3."""
    write_recipients(ready.root / "recipients.csv", 10)
    program = f"{sys.executable} -m newsletter --now {NOW}"
    with FakeSendGrid(always=Fault.INTERNAL) as fake:
        if command.startswith("status"):
            run(ready, fake, "send", "--yes")
        done = subprocess.run(
            ["/bin/bash", "-c", f"set -o pipefail; {program} {command} {output}"],
            cwd=ready.root,
            env={**ready.env, "SENDGRID_API_KEY": KEY, "SENDGRID_HOST": fake.url},
            capture_output=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 3
    assert b"Traceback" not in done.stderr


def test_a_copy_of_the_journal_s_file_knows_what_has_begun(ready: Project, tmp_path: Path) -> None:
    """The audience is in the file itself before the first request leaves, not in its log alone."""
    journal = ready.root / "issues" / "journal.sqlite3"

    def on_stage(number: int, stage: Stage) -> None:
        if number == 0 and stage is Stage.READ:
            shutil.copy(journal, tmp_path / "copy")

    with FakeSendGrid() as fake:
        fake.on_stage = on_stage
        assert run(ready, fake, "send", "--yes").status == 0
    with sqlite3.connect(tmp_path / "copy") as copy:
        assert copy.execute("SELECT count(*) FROM recipients").fetchone() == (2500,)
    copy.close()


def test_an_emptied_journal_stops_everything(ready: Project) -> None:
    """Nothing is sent, and `status` does not say that nothing had begun."""
    journal = ready.root / "issues" / "journal.sqlite3"
    with FakeSendGrid() as fake:
        run(ready, fake, "send", "--yes")
        journal.write_bytes(b"")
        requests = fake.requests
        for command in (["send", "--yes", "2025-W20"], ["status"]):
            done = run(ready, fake, *command)
            assert (done.status, fake.requests) == (1, requests)
            assert "backup" in done.stderr


@pytest.mark.parametrize("mode", [["--test", "me@example.org"], ["--sandbox"]])
def test_a_rehearsal_points_at_nothing_that_does_not_know_it(ready: Project, mode: list[str]) -> None:
    """`status` and `resolve` are about real runs only."""
    with FakeSendGrid(always=Fault.INTERNAL) as fake:
        done = run(ready, fake, "send", *mode)
    assert done.status == 3
    assert "hint:" in done.stderr
    assert "resolve" not in done.stderr


def test_who_was_refused_as_a_batch_is_named_when_asked_for(ready: Project) -> None:
    """`-v status` names the people of a batch that failed; without it no address shows."""
    with FakeSendGrid([None, Fault.REQUEST]) as fake:
        assert "fix the cause before" in run(ready, fake, "send", "--yes").stderr
        shown, plain = run(ready, fake, "-v", "status").stdout, run(ready, fake, "status").stdout
    (number, people) = re.findall(r"batch (\d+) \(([\d,]+) recipients\) failed", shown)[0]
    first = 1000 * (int(number) - 1)  # of whichever batch came second: they are sent side by side
    names = re.findall(r"(person\d+)@example\.org", shown.split("refused: ")[1])
    assert names == [f"person{index}" for index in range(first, first + int(people.replace(",", "")))]
    assert "person" not in plain


@pytest.mark.parametrize(
    "command",
    [
        ["resolve", "2025-W20", "9" * 5000, "--as", "submitted"],
        ["send", "--yes", "--expect-recipients", "9" * 5000],
    ],
)
def test_a_number_that_is_none_is_a_wrong_word(ready: Project, command: list[str]) -> None:
    """However many digits it has."""
    with FakeSendGrid() as fake:
        done = run(ready, fake, *command)
    assert done.status == 2
    assert len(done.stderr) < 300


def test_a_foreign_journal_is_named_with_its_likely_cause(ready: Project) -> None:
    """What cannot be opened is said to be a question of owners, and no word is said of sending."""
    journal = ready.root / "issues" / "journal.sqlite3"
    journal.mkdir()
    with FakeSendGrid() as fake:
        done = run(ready, fake, "send", "--yes")
    assert (done.status, fake.requests) == (1, 0)
    assert str(journal) in done.stderr
    assert "another user" in done.stderr


def test_what_everybody_may_read_is_named(ready: Project) -> None:
    """Addresses and the key are for one user: a file that all may read gets a warning, also with -q, and no more."""
    (ready.root / "suppressions.csv").write_text("email\nnobody@example.org\n")
    (ready.root / ".env").write_text(f"SENDGRID_API_KEY={KEY}\n")
    names = ("recipients.csv", "suppressions.csv", ".env")
    for mode, warned in ((0o644, True), (0o640, False), (0o600, False)):
        for name in names:
            (ready.root / name).chmod(mode)
        with FakeSendGrid() as fake:
            done = ready.run("-q", "send", "--sandbox", SENDGRID_HOST=fake.url)
        assert done.status == 0, done.stderr
        for name in names:
            assert (f"warning: {name}: every user of this machine can read it" in done.stderr) is warned
            assert (f"hint: chmod 600 {name}" in done.stderr) is warned
