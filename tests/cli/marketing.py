"""A project whose issues go out as Single Sends, on one machine or several."""

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

from tests.conftest import NOW, Done, Project, add_week, bare_environment
from tests.fake_sendgrid import KEY, FakeSendGrid

__all__ = ["CONFIG", "READERS", "machine", "make", "newsletter", "sent"]

CONFIG = """\
[newsletter]
name = "Field Notes"
base_url = "https://notes.example.org"
postal_address = "1 Field Road, Exampleton"

[compose]
qr = "off"
offline = true
intro = "Hello {{ merge.first_name }}, this is what happened."

[send]
from = "Field Notes <notes@example.org>"
delivery = "marketing"
retries = 0
timeout = 1.0
deadline = 1.2

[send.defaults]
first_name = "reader"

[marketing]
lists = "Weekly"
sender_id = 1
suppression_group_id = 7
settle = 0.1
"""
READERS = ("ann@example.org", "bob@example.org", "eve@example.org")


def make(root: Path, fake: FakeSendGrid, config: str = CONFIG, *, compose: bool = True) -> Project:
    """Make a project with a week of articles and, at SendGrid, its list."""
    shutil.copytree(_week(config, composed=compose), root)
    project = Project(root=root, env={**bare_environment(), "SENDGRID_API_KEY": KEY, "SENDGRID_HOST": fake.url})
    if not fake.marketing.lists:
        fake.marketing.add_list("Weekly", *READERS)
        fake.marketing.contacts["ann@example.org"]["first_name"] = "Ann"
    return project


_KEPT = tempfile.TemporaryDirectory(prefix="newsletter-marketing-")
atexit.register(_KEPT.cleanup)


@functools.cache
def _week(config: str, *, composed: bool) -> Path:
    """Make a project with a week of articles once for each configuration: composing takes longer than most tests."""
    root = Path(tempfile.mkdtemp(dir=_KEPT.name)) / "project"
    project = Project(root=root, env=bare_environment())
    (root / "content").mkdir(parents=True)
    project.configure(config)
    add_week(project)
    if composed:
        assert project.run("compose", "--week").status == 0
    return root


def machine(project: Project, root: Path) -> Project:
    """Copy a project to another machine."""
    shutil.copytree(project.root, root)
    return Project(root=root, env=project.env)


def newsletter(project: Project, *arguments: str, now: str = NOW) -> Done:
    """Run a command."""
    return project.run(*arguments, now=now)


def sent(fake: FakeSendGrid) -> list[str]:
    """List the names of the Single Sends that were really sent, each as often as it was."""
    with fake.marketing.lock:
        fake.marketing.settle()
        return [fake.marketing.single_sends[name]["name"] for name in fake.marketing.sent]
