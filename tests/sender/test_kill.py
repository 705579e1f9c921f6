"""The plug is pulled: before and after every commit, at every stage of every request, one run each."""

import pytest

from tests.conftest import Project
from tests.fake_sendgrid import FakeSendGrid, Stage
from tests.sender.conftest import run, write_recipients
from tests.sender.killing import COMMITS, REQUESTS, Point, kill_and_resume, send_until

PEOPLE = 3500
BATCHES = 4
# the tables, the orphans of earlier runs, the suppressions and their number, the audience, the generation; then two for
# each batch
COMMITS_OF_A_RUN = 6 + 2 * BATCHES
POINTS = [
    *(Point(number=number, when=when) for number in range(COMMITS_OF_A_RUN) for when in COMMITS),
    *(Point(number=number, when=when) for number in range(BATCHES) for when in REQUESTS),
]


@pytest.fixture
def many(ready: Project) -> Project:
    """Return a project with a composed issue and the recipients of four batches."""
    write_recipients(ready.root / "recipients.csv", PEOPLE)
    return ready


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_a_killed_run_goes_on(many: Project, point: Point) -> None:
    """Nobody twice, nobody lost, at most the batches in flight uncertain; and the same command brings it to the end."""
    assert kill_and_resume(many, [point]) == 1


def test_there_are_no_more_commits(many: Project) -> None:
    """The points above are all there are: the run does not come to one more."""
    assert kill_and_resume(many, [Point(number=COMMITS_OF_A_RUN, when="before")]) == 0


@pytest.mark.parametrize(
    ("point", "command"),
    [
        (Point(number=8, when="after"), ["resolve", "--all", "--as", "not-submitted"]),
        (Point(number=0, when=Stage.ACCEPTED), ["send", "--yes"]),
    ],
    ids=["resolve", "send"],
)
def test_what_was_under_way_is_uncertain_for_the_next_command(many: Project, point: Point, command: list[str]) -> None:
    """Each finds by itself what the killed run left: a person decides about it, or the log settles it."""
    with FakeSendGrid() as fake:
        assert send_until(many, fake, point)
        done = run(many, fake, *command, "--json")
        assert (done.status, done.document["uncertain"]) == (0, 0)
        last = run(many, fake, "send", "--yes", "--json", "2025-W20")
        assert last.document["submitted"] == PEOPLE
        assert set(fake.accepted().values()) == {1}
