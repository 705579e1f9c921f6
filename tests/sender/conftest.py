"""What the sender's tests share: a project's configuration and an issue as composing would leave it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from newsletter.build import Build, Choice
from newsletter.config import Config
from newsletter.documents import SelectionDocument
from newsletter.issues import Issue
from newsletter.models import Counts, Filters, InlineImage, Message, Options, Outline, OutlineEntry, Period
from newsletter.settings import NewsletterSettings, SendSettings

END = datetime(2025, 5, 19, tzinfo=UTC)
NOW = END + timedelta(hours=8)

CHOICE = Choice(
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
    """Give a complete configuration."""
    return Config(
        path=tmp_path / "newsletter.toml",
        newsletter=NewsletterSettings(
            name="Field Notes", base_url="https://notes.example.org", postal_address="1 Field Road, Exampleton"
        ),
        send=SendSettings(from_="Field Notes <notes@example.org>"),
    )


@pytest.fixture
def configured(config: Config) -> Callable[..., Config]:
    """Give a function that changes values of [send]."""
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
    """Give the issue of that week."""
    return make_issue(tmp_path)


def write_recipients(path: Path, number: int) -> Path:
    """Write a CSV file of `number` people."""
    lines = (f"person{index}@example.org,Ann {index},t{index}\n" for index in range(number))
    path.write_text("email,first_name,token\n" + "".join(lines), encoding="utf-8")
    path.chmod(0o600)
    return path
