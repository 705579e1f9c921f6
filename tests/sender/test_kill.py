"""The plug is pulled: before and after every commit, at every stage of every request, one run each."""

import shutil
from pathlib import Path

import pytest

from tests.conftest import Project
from tests.fake_sendgrid import KEY, FakeSendGrid, Stage
from tests.sender.killing import COMMITS, REQUESTS, Point, kill_and_resume, make_project, send_until

PEOPLE = 3500
BATCHES = 4
# the tables, the orphans of earlier runs, the suppressions, the audience; then two for each batch
COMMITS_OF_A_RUN = 4 + 2 * BATCHES
POINTS = [
    *(Point(number=number, when=when) for number in range(COMMITS_OF_A_RUN) for when in COMMITS),
    *(Point(number=number, when=when) for number in range(BATCHES) for when in REQUESTS),
]


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Make a project with a composed issue, to copy from."""
    return make_project(tmp_path_factory.mktemp("kill") / "project", PEOPLE)


@pytest.fixture
def ready(composed: Project, tmp_path: Path) -> Project:
    """Copy the project for one run."""
    shutil.copytree(composed.root, tmp_path / "project")
    return Project(root=tmp_path / "project", env=composed.env)


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_a_killed_run_goes_on(ready: Project, point: Point) -> None:
    """Nobody twice, nobody lost, at most the batches in flight uncertain; and the same command brings it to the end."""
    assert kill_and_resume(ready, [point]) == 1


def test_there_are_no_more_commits(ready: Project) -> None:
    """The points above are all there are: the run does not come to one more."""
    assert kill_and_resume(ready, [Point(number=COMMITS_OF_A_RUN, when="before")]) == 0


@pytest.mark.parametrize(
    ("point", "command"),
    [
        (Point(number=6, when="after"), ["resolve", "--all", "--as", "not-submitted"]),
        (Point(number=0, when=Stage.ACCEPTED), ["send", "--yes"]),
    ],
    ids=["resolve", "send"],
)
def test_what_was_under_way_is_uncertain_for_the_next_command(ready: Project, point: Point, command: list[str]) -> None:
    """Each finds by itself what the killed run left: a person decides about it, or the log settles it."""
    with FakeSendGrid() as fake:
        assert send_until(ready, fake, point)
        done = ready.run(*command, "--json", SENDGRID_API_KEY=KEY, SENDGRID_HOST=fake.url)
        assert (done.status, done.document["uncertain"]) == (0, 0)
        last = ready.run("send", "--yes", "--json", "2025-W20", SENDGRID_API_KEY=KEY, SENDGRID_HOST=fake.url)
        assert last.document["submitted"] == PEOPLE
        assert set(fake.accepted().values()) == {1}
