"""Another provider means one package and one line: whole commands through one that only these tests have."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import NOW, Project
from tests.sender.conftest import make_project

ROOT = Path(__file__).parent.parent.parent
REGISTER = 'PROVIDERS["drop"] = "tests.providers.drop"'
PROGRAM = f"from newsletter.providers import PROVIDERS; {REGISTER}; from newsletter.__main__ import main; main()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A project that sends through the drop."""

    project: Project
    folder: Path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the program with the one line more."""
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, "--now", NOW, *arguments],
            cwd=self.project.root,
            env={**self.project.env, "PYTHONPATH": str(ROOT), "DROP_FOLDER": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def dropped(self) -> dict[str, str]:
        """Return the text that each reader has."""
        files = [json.loads(path.read_text()) for path in self.folder.glob("*.json")]
        everybody = [email for file in files for email in file["messages"]]
        assert len(everybody) == len({*everybody})
        return {email: text for file in files for email, text in file["messages"].items()}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Compose an issue for the drop and five readers."""
    project = make_project(tmp_path / "project", 5)
    with (project.root / "newsletter.toml").open("a") as file:
        file.write('delivery = "drop"\n')
    made = Shop(project=project, folder=tmp_path / "drop")
    assert made.run("compose", "--week", "--offline").returncode == 0
    return made


def test_an_issue_goes_through_it_from_compose_to_status(shop: Shop) -> None:
    """Each reader gets it once, with the provider's own unsubscribe tag filled in, in requests of its own size."""
    assert "<%leave%>" in (shop.project.issue() / "email.txt").read_text()
    assert shop.run("check").returncode == 0
    shop.folder.mkdir()
    done = shop.run("send", "--yes")
    assert (done.returncode, done.stdout) == (0, "2025-W20: 5 submitted of 5\n")
    texts = shop.dropped()
    assert {*texts} == {f"person{number}@example.org" for number in range(5)}
    assert all("https://drop.example/leave" in text for text in texts.values())
    assert json.loads(shop.run("status", "--json").stdout)["batches"] == 3
    assert shop.run("send", "--yes").returncode == 0
    assert shop.dropped() == texts


def test_what_it_puts_off_goes_on_later(shop: Shop) -> None:
    """Where it takes nothing, its own words are shown and everybody stays pending."""
    done = shop.run("send", "--yes")
    assert (done.returncode, "the drop takes nothing" in done.stderr) == (1, True)
    assert "SendGrid" not in done.stdout + done.stderr
    shop.folder.mkdir()
    assert shop.run("send", "--yes").returncode == 0
    assert len(shop.dropped()) == 5


def test_its_dry_run_and_its_suppressions(shop: Shop) -> None:
    """The dry run keeps its own requests; who left it is suppressed."""
    shop.folder.mkdir()
    (shop.folder / "left").write_text("person1@example.org nobody\n")
    pulled = shop.run("suppressions", "pull")
    assert pulled.stdout == "suppressions.csv: 1 added\n"
    assert "1 left out: the drop has them as addresses" in pulled.stderr
    assert shop.run("send", "--dry-run").returncode == 0
    lines = (shop.project.issue() / "dry-run" / "requests.jsonl").read_text().splitlines()
    whom = [email for line in lines for email in json.loads(line)["messages"]]
    assert whom == [f"person{number}@example.org" for number in (0, 2, 3, 4)]
    assert shop.dropped() == {}


@pytest.mark.parametrize(
    ("line", "arguments", "status", "words"),
    [
        ("", ("send", "--sandbox"), 2, "the drop has no sandbox"),
        ("undo_minutes = 15", ("send", "--yes"), 2, "send.undo_minutes: must be 0: the drop cannot hold an issue back"),
        ('delivery = "pigeon"', ("check",), 2, "send.delivery: 'pigeon' is not one of: mail, drop, marketing"),
        ('unsubscribe = {mode = "group"}', ("send", "--yes"), 5, ""),
    ],
)
def test_what_it_lacks_is_refused_in_words(
    shop: Shop, line: str, arguments: tuple[str, ...], status: int, words: str
) -> None:
    """No sandbox, no undo window, no unsubscribe groups; and an unknown provider."""
    path = shop.project.root / "newsletter.toml"
    text = path.read_text().replace('delivery = "drop"\n', "") if "delivery" in line else path.read_text()
    path.write_text(f"{text}{line}\n")
    done = shop.run(*arguments)
    assert (done.returncode, words in done.stderr) == (status, True)
    assert not shop.folder.exists()


def test_an_unsubscribe_mode_that_it_lacks_is_a_guard(shop: Shop) -> None:
    """A dry run names the mode and the provider."""
    with (shop.project.root / "newsletter.toml").open("a") as file:
        file.write('unsubscribe = {mode = "group", group_id = 7}\n')
    found = json.loads(shop.run("send", "--dry-run", "--json").stdout)["would_block"]
    assert "the drop has no unsubscribe mode group" in [guard["message"] for guard in found]
