"""What the sender's tests share: a project's configuration and an issue as composing would leave it."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from newsletter.build import Build, SelectionRecord
from newsletter.config import Config
from newsletter.documents import SelectionDocument
from newsletter.issues import Issue
from newsletter.models import Counts, Filters, InlineImage, Message, Options, Outline, OutlineEntry, Period
from newsletter.providers.dry_run import DryRun
from newsletter.providers.sendgrid import TRAITS, prepare
from newsletter.sender import deliver
from newsletter.settings import NewsletterSettings, SendSettings
from tests.conftest import CONFIG, Done, Project, add_week, bare_environment
from tests.conftest import NOW as CLOCK
from tests.fake_sendgrid import KEY, FakeSendGrid

END = datetime(2025, 5, 19, tzinfo=UTC)
NOW = END + timedelta(hours=8)

PEOPLE = 2500
CONCURRENCY = 2

CHOICE = SelectionRecord(
    options=Options(),
    filters=Filters(),
    selection=SelectionDocument(
        articles=(),
        skipped=(),
        invalid=(),
        late=(),
        counts=Counts(scanned=0, in_period=0, articles=0, skipped=0, invalid=0, undated=0),
    ),
    seen=frozenset(),
    waiting={},
    generated="",
)
HTML = '<p>Hello %%html:first_name%%</p><p><a href="%%unsubscribe%%">Unsubscribe</a></p>'
TEXT = "Hello %%text:first_name%%\n\nUnsubscribe: %%unsubscribe%%\n"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Return a complete configuration."""
    return Config(
        path=tmp_path / "newsletter.toml",
        newsletter=NewsletterSettings(
            name="Field Notes", base_url="https://notes.example.org", postal_address="1 Field Road, Exampleton"
        ),
        send=SendSettings(from_="Field Notes <notes@example.org>"),
        provider=TRAITS,
    )


@pytest.fixture
def configured(config: Config) -> Callable[..., Config]:
    """Return a function that changes values of [send]."""
    return lambda **values: replace(config, send=replace(config.send, **values))


def make_issue(root: Path, name: str = "2025-W20", **values: Any) -> Issue:
    """Make an issue of the week before `END`, with a merge field, an unsubscribe link and a picture."""
    period = Period(kind="week", label="2025-W20", start=END - timedelta(days=7), end=END, timezone="UTC")
    message = Message(
        subject="Field Notes for %%text:first_name%%",
        html=values.pop("html", HTML),
        text=values.pop("text", TEXT),
        images=(InlineImage(cid="qr-1", filename="qr-1.png", mime_type="image/png", content=b"\x89PNG"),),
    )
    outline = Outline(issue=name, period=period, subject="Field Notes", entries=(OutlineEntry(key=f"{name}/a"),))
    build = Build(
        outline=outline,
        choice=CHOICE,
        subject=message.subject,
        images=message.images,
        digest=values.pop("digest", "d1"),
        findings=values.pop("findings", ()),
        files={},
        templates={},
        articles=(),
    )
    return Issue(id=name, directory=root / "issues" / name, message=message, build=build, **values)


@pytest.fixture
def issue(tmp_path: Path) -> Issue:
    """Return the issue of that week."""
    return make_issue(tmp_path)


def make_project(root: Path, people: int) -> Project:
    """Make a project with the composed issue of a week, whose sending is not patient, and a number of recipients."""
    project = Project(root=root, env=bare_environment())
    (root / "content").mkdir(parents=True)
    head = CONFIG.replace("[send]", 'postal_address = "1 Field Road, Exampleton"\n[send]')
    project.configure(f"{head}timeout = 10.0\ndeadline = 12.0\nconcurrency = {CONCURRENCY}\nretries = 1\n")
    add_week(project)
    write_recipients(root / "recipients.csv", people)
    assert project.run("compose", "--week", "--offline").status == 0
    return project


@pytest.fixture(scope="session")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Make such a project once, to copy from: composing takes longer than most tests that need an issue."""
    return make_project(tmp_path_factory.mktemp("composed") / "project", PEOPLE)


@pytest.fixture
def ready(composed: Project, tmp_path: Path) -> Project:
    """Return a project with a composed issue and its recipients."""
    shutil.copytree(composed.root, tmp_path / "project")
    return Project(root=tmp_path / "project", env=composed.env)


def run(project: Project, fake: FakeSendGrid, *arguments: str, now: str = CLOCK) -> Done:
    """Run a command with the key and the host in the environment."""
    return project.run(*arguments, now=now, SENDGRID_API_KEY=KEY, SENDGRID_HOST=fake.url)


def write_recipients(path: Path, number: int) -> Path:
    """Write a CSV file of `number` people."""
    lines = (f"person{index}@example.org,Ann {index},t{index}\n" for index in range(number))
    path.write_text("email,first_name,token\n" + "".join(lines), encoding="utf-8")
    path.chmod(0o600)
    return path


def dry_run(issue: Issue, config: Config, run: deliver.SendContext) -> deliver.SendResult:
    """Rehearse into the issue's folder, as ``send --dry-run`` does."""
    return deliver.dry_run(issue, config, run, provider=DryRun(issue, prepare, TRAITS.tags.values()))
