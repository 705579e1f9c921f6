"""Pushing people as files, and how it goes on: over SendGrid's contacts, with a small number for many."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.errors import ProviderError
from newsletter.providers.sendgrid_marketing import contact_book
from newsletter.providers.sendgrid_marketing.upload import upload
from newsletter.sender.push import Pushed, push, read_people
from newsletter.sender.recipients import Recipient
from tests.fake_sendgrid import FakeSendGrid
from tests.providers.test_campaigns import connected


class Few(contact_book.Contacts):
    """Contacts of which five are many."""

    many = 5


@pytest.fixture
def fake() -> Iterator[FakeSendGrid]:
    """Serve a SendGrid on loopback."""
    with FakeSendGrid() as made:
        made.marketing.custom = {"town": "w1"}
        yield made


def go(fake: FakeSendGrid, folder: Path, number: int = 7, waits: list[int] | None = None) -> Pushed:
    """Push this many people, the second of them suppressed."""
    path = folder / "people.csv"
    path.write_text("email,town\n" + "".join(f"p{index}@example.org,Bonn\n" for index in range(number)))
    book = Few(connected(fake), proxy="", timeout=5)
    people, survey = read_people(path, {"p1@example.org"}, book.fields(), book.check)
    (target,) = fake.marketing.lists or (fake.marketing.add_list("Weekly"),)
    wait = (waits if waits is not None else []).append
    state = folder / "push.json"
    return push(book, people, survey, target, state=state, progress=lambda count: None, wait=wait)


def everybody(fake: FakeSendGrid) -> set[str]:
    """Return who is in the list."""
    return next(iter(fake.marketing.lists.values())).emails


def test_many_go_as_a_file(fake: FakeSendGrid, tmp_path: Path) -> None:
    """One upload, to where SendGrid says and with its headers; its job is followed, and the fields are there."""
    fake.marketing.polls = 3
    waits: list[int] = []
    assert go(fake, tmp_path, waits=waits).contacts == 6
    assert waits == [0, 1, 2]
    assert everybody(fake) == {f"p{index}@example.org" for index in (0, 2, 3, 4, 5, 6)}
    assert fake.marketing.contacts["p0@example.org"]["town"] == "Bonn"
    assert (fake.marketing.calls["upsert"], fake.marketing.calls["new_import"]) == (0, 1)
    assert not (tmp_path / "push.json").exists()


def test_more_than_a_file_holds_goes_as_several(
    fake: FakeSendGrid, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One after the other, each noted before the next."""
    monkeypatch.setattr(contact_book, "_MOST_UPLOADED", 4)
    assert go(fake, tmp_path, 10).contacts == 9
    assert (len(everybody(fake)), fake.marketing.calls["new_import"]) == (9, 3)


def test_a_file_that_was_not_taken_is_brought_again(fake: FakeSendGrid, tmp_path: Path) -> None:
    """The place was refused; the same command asks for another one."""
    fake.marketing.polls = 0
    with pytest.raises(ProviderError, match="refused a file: HTTP 403"):
        _refused(fake, tmp_path)
    assert not (tmp_path / "push.json").exists()
    fake.on_call = lambda name, when: None
    assert go(fake, tmp_path).contacts == 6
    assert len(everybody(fake)) == 6


def _refused(fake: FakeSendGrid, folder: Path) -> None:
    """Push to a place that is forgotten at once."""

    def forget(name: str, when: str) -> None:
        if (name, when) == ("new_import", "after"):
            fake.marketing.uploads.clear()

    fake.on_call = forget
    go(fake, folder)


def test_what_is_not_done_in_time_is_followed_by_the_next_run(fake: FakeSendGrid, tmp_path: Path) -> None:
    """Nobody is pushed again; the note has no address."""
    fake.marketing.polls = 405
    assert go(fake, tmp_path).pending == 1
    assert "@" not in (tmp_path / "push.json").read_text()
    done = go(fake, tmp_path)
    assert (done.pending, done.resumed, fake.marketing.calls["new_import"]) == (0, 6, 1)


def test_another_file_is_pushed_from_its_beginning(fake: FakeSendGrid, tmp_path: Path) -> None:
    """What an earlier run noted is of another file, or of other suppressions."""
    fake.marketing.polls = 1000
    go(fake, tmp_path)
    fake.marketing.polls = 0
    assert go(fake, tmp_path, 8).resumed == 0
    assert len(everybody(fake)) == 7


def test_who_is_refused_of_a_file_is_named(fake: FakeSendGrid, tmp_path: Path) -> None:
    """By the line of the file."""
    fake.marketing.bad = {"p3@example.org"}
    done = go(fake, tmp_path)
    assert (done.refused, done.errors) == (1, ((5, "invalid email address"),))


def test_calls_keep_within_the_limits(fake: FakeSendGrid) -> None:
    """At most 30,000 contacts and 6 MB, whatever the fields."""
    book = contact_book.Contacts(connected(fake), proxy="", timeout=5)
    people = [Recipient(f"p{index}@example.org", {"town": "é" * 400}, index) for index in range(10_000)]
    calls = list(book.calls(people, "list-1"))
    assert sum(call.people for call in calls) == len(people)
    assert max(len(call.body) for call in calls) <= 6_000_000
    assert [call.people for call in book.calls((Recipient("a@example.org", {}, 1) for _ in range(60_001)), "x")] == [
        30_000,
        30_000,
        1,
    ]


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("https://[far", {}),
        ("https://far.example:x/", {}),
        ("http://127.0.0.1:9/\u65e5", {}),
        ("http://127.0.0.1:9/", {"a": "b\r\nc: d"}),
    ],
)
def test_an_impossible_place_for_a_file_is_an_error(address: str, headers: dict[str, str]) -> None:
    """What an answer names is foreign; it ends in no traceback."""
    with pytest.raises(ProviderError, match="no file can be transferred"):
        upload(address, headers, io.BytesIO(), 0, proxy="", timeout=1)
