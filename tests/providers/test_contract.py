"""The contract between the sender and its providers: one suite that each of them passes.

To have another provider pass it, add a case to `CASES`.
"""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from newsletter import merge
from newsletter.config import Config
from newsletter.errors import ProviderError
from newsletter.issues import Issue
from newsletter.providers import PROVIDERS, Package, find_provider, known_traits, sendgrid
from newsletter.providers.dry_run import DryRun
from newsletter.sender.deliver import SendContext, dry_run
from newsletter.sender.envelope import batch_args, envelope
from newsletter.sender.provider import Accepted, LiveProvider, NotSent, Provider, RetryLater, Uncertain
from newsletter.sender.recipients import Recipient
from newsletter.sender.status import summarise
from newsletter.settings import SendSettings, Unsubscribe
from tests.composer import samples
from tests.fake_sendgrid import KEY, FakeSendGrid
from tests.providers import drop
from tests.sender.conftest import make_issue

ODD = (
    "Ann",
    "",
    "%s %% %(a)s",
    '"\\"',
    "<b>&amp;",
    "%%text:token%%",
    "a\r\nBcc: b@example.org",
    "Zoë 😀 \u2028",
    "x" * 900,
)
EMAILS = tuple(f"person{number}@example.org" for number in range(len(ODD)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One provider at work, and a way to see what it took.

    `accepted` lists whom it has messages for, each as often as there is one; `out_of_reach` is the same provider where
    nothing can be brought to it, None where that cannot be.
    """

    package: Package
    provider: Provider
    accepted: Callable[[], list[str]]
    out_of_reach: Provider | None = None
    outcome: type = Accepted


@contextmanager
def sendgrid_case(config: Config, issue: Issue) -> Iterator[Case]:
    """Serve a SendGrid on loopback."""
    with FakeSendGrid() as fake:
        made = sendgrid.connect(config, {"SENDGRID_API_KEY": KEY, "SENDGRID_HOST": fake.url})
        gone = sendgrid.connect(config, {"SENDGRID_API_KEY": KEY, "SENDGRID_HOST": "http://127.0.0.1:1"})
        yield Case(
            package=find_provider("mail"),
            provider=made,
            accepted=lambda: [email for entry in fake.ledger for email in entry.emails],
            out_of_reach=gone,
        )


@contextmanager
def drop_case(config: Config, issue: Issue) -> Iterator[Case]:
    """Make a folder."""
    folder = config.root / "drop"
    folder.mkdir()
    yield Case(
        package=drop,
        provider=drop.connect(config, {"DROP_FOLDER": str(folder)}),
        accepted=lambda: [
            email for path in folder.glob("*.json") for email in json.loads(path.read_bytes())["messages"]
        ],
        out_of_reach=drop.Drop(folder=folder / "nowhere"),
    )


@contextmanager
def dry_case(config: Config, issue: Issue) -> Iterator[Case]:
    """Make the dry run over the drop, whose requests are easy to read."""
    with DryRun(issue, drop.prepare, drop.TRAITS.tags.values()) as made:

        def accepted() -> list[str]:
            made.keep(summarise(issue.id, (), batches=0, digest=issue.digest))
            lines = (issue.directory / "dry-run" / "requests.jsonl").read_text().splitlines()
            return [email for line in lines for email in json.loads(line)["messages"]]

        yield Case(package=drop, provider=made, accepted=accepted, outcome=NotSent)


CASES: dict[str, Callable[[Config, Issue], Any]] = {"mail": sendgrid_case, "drop": drop_case, "dry-run": dry_case}
LIVE = [name for name in CASES if name != "dry-run"]


@pytest.fixture
def case(request: pytest.FixtureRequest, config: Config, issue: Issue) -> Iterator[Case]:
    """Bring up the provider of a case."""
    with CASES[request.param](config, issue) as made:
        yield made


every = pytest.mark.parametrize("case", CASES, indirect=True)
live = pytest.mark.parametrize("case", LIVE, indirect=True)


def people() -> list[Recipient]:
    """Make people whose names are anything that a file of recipients may hold."""
    rows = enumerate(zip(EMAILS, ODD, strict=True), 2)
    return [Recipient(email, {"first_name": name, "token": "t"} if name else {}, line) for line, (email, name) in rows]


def test_every_registered_provider_has_a_case() -> None:
    """A provider that is added here is held to the contract, and its traits are found by its name."""
    assert {*PROVIDERS} <= {*CASES}
    for name in PROVIDERS:
        assert known_traits()[name]() is find_provider(name).TRAITS


@every
def test_a_batch_goes_through_as_it_is(case: Case, config: Config, issue: Issue) -> None:
    """In the order of its recipients, each once, whatever their fields hold; the same batch gives the same bytes."""
    requests = case.provider.prepare(envelope(issue, config))
    good = [person for person in people() if not requests.check(person)]
    assert good == people()
    batches = [good[at : at + min(requests.most, 5)] for at in range(0, len(good), min(requests.most, 5))]
    for number, batch in enumerate(batches, 1):
        request = requests.build(batch, batch=number)
        assert request.recipients == tuple(batch)
        assert request == requests.build(tuple(batch), batch=number)
        assert isinstance(case.provider.submit(request), case.outcome)
    assert sorted(case.accepted()) == sorted(EMAILS)


@every
def test_several_threads_at_once(case: Case, config: Config, issue: Issue) -> None:
    """Making and bringing requests keeps their people apart."""
    requests = case.provider.prepare(envelope(issue, config))

    def bring(number: int) -> object:
        who = Recipient(f"p{number}@example.org", {"first_name": f"Ann {number}"}, number)
        return case.provider.submit(requests.build([who], batch=number))

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(bring, range(1, 41)))
    assert {type(outcome) for outcome in outcomes} == {case.outcome}
    assert sorted(case.accepted()) == sorted(f"p{number}@example.org" for number in range(1, 41))


@every
def test_a_good_issue_has_no_problem(case: Case, config: Config, issue: Issue) -> None:
    """What the provider takes it does not complain about, and one recipient always fits."""
    requests = case.provider.prepare(envelope(issue, config))
    assert [*requests.content_problems(), *requests.setting_problems()] == []
    assert requests.most >= 1
    assert requests.fits(1, 1000)


@live
def test_out_of_reach_is_no_exception(case: Case, config: Config, issue: Issue) -> None:
    """Where nothing can be brought to it, that is an outcome that loses nobody."""
    assert case.out_of_reach
    request = case.out_of_reach.prepare(envelope(issue, config)).build(people()[:1], batch=1)
    outcome = case.out_of_reach.submit(request)
    assert isinstance(outcome, RetryLater | Uncertain)
    assert outcome.reason.isprintable()
    assert case.accepted() == []


@live
def test_the_log_shows_what_was_accepted_and_nothing_else(case: Case, config: Config, issue: Issue) -> None:
    """An attempt is found by a recipient of it and its own ids; another attempt, batch or issue is not."""
    provider: LiveProvider = case.provider  # type: ignore[assignment]
    draft = envelope(issue, config)
    provider.submit(provider.prepare(draft).build(people()[:1], batch=1, attempt=2))

    def find(email: str = EMAILS[0], issue: str = draft.issue, batch: int = 1, attempt: int = 2) -> bool:
        args = batch_args(issue, draft.digest, batch=batch, attempt=attempt)
        return provider.find(email=email, since="2000-01-01T00:00:00.000Z", args=args)

    assert find()
    assert not any((find(email=EMAILS[1]), find(issue="another"), find(batch=2), find(attempt=1)))


@live
def test_an_undo_window_is_there_where_the_traits_say_so(case: Case) -> None:
    """Else it is refused in words; what is cancelled may be cancelled again."""
    provider: LiveProvider = case.provider  # type: ignore[assignment]
    if not case.package.TRAITS.undo[1]:
        with pytest.raises(ProviderError):
            provider.schedule()
        return
    schedule = provider.schedule()
    assert schedule
    for _ in range(2):
        provider.cancel(schedule)


@live
def test_suppressions_are_pairs_of_words(case: Case) -> None:
    """An address, and the reason."""
    provider: LiveProvider = case.provider  # type: ignore[assignment]
    assert all(email and reason for email, reason in provider.suppressions())


MODES = [(name, mode) for name in LIVE for mode in ("subscription", "group", "url")]


@pytest.mark.parametrize(("case", "mode"), MODES, indirect=["case"])
def test_every_unsubscribe_way_comes_from_the_template_to_the_reader(case: Case, mode: Any) -> None:
    """The provider's tag is in both parts of a composed issue, once, and no text of an article can be one."""
    traits = case.package.TRAITS
    way = Unsubscribe(mode=mode, group_id=7, url="https://example.org/?t={token}")
    sending = SendSettings(from_="Review <review@example.org>", unsubscribe=way)
    config = samples.config(send=sending, provider=traits)
    in_html, in_text = merge.unsubscribe_tokens(way, traits.tags)
    hostile = samples.article(summary=f"On {in_text}, {in_html}")
    composition = samples.composed(hostile, settings=config)
    assert bool(in_html) == bool(in_text) == (mode in {*traits.tags, "url"})
    found = [finding.code for finding in composition.findings if finding.code == "unsubscribe"]
    assert found == ([] if in_html else ["unsubscribe", "unsubscribe"])
    if in_html:
        assert composition.message.html.count(in_html) == composition.message.text.count(in_text) == 1
        assert not any(tag in composition.page for tag in (in_html, in_text))


@pytest.mark.parametrize("package", [sendgrid, drop], ids=["mail", "drop"])
def test_a_dry_run_keeps_the_requests_to_the_byte(package: Package, config: Config, tmp_path: Path) -> None:
    """Each line is what the provider would be given, and the sample has neither a token nor a tag left."""
    traits = package.TRAITS
    tag = traits.tags["subscription"]
    issue = make_issue(tmp_path, html=f'<a href="{tag}">%%html:first_name%%</a>', text=f"%%text:first_name%% {tag}")
    (tmp_path / "r.csv").write_text("email,first_name\na@example.org,Ann\nb@example.org,Zoë\nc@example.org,\n")
    config = replace(config, provider=traits)
    run = SendContext(recipients=tmp_path / "r.csv", now=issue.outline.period.end)
    report = dry_run(issue, config, run, provider=DryRun(issue, package.prepare, traits.tags.values()))
    assert report.status.would_block == ()
    requests = package.prepare(envelope(issue, config, mode="dry-run"))
    names = {"a": "Ann", "b": "Zoë", "c": ""}
    whom = [Recipient(f"{key}@example.org", {"first_name": name}, n) for n, (key, name) in enumerate(names.items(), 2)]
    batches = [whom[at : at + requests.most] for at in range(0, 3, requests.most)]
    expected = [requests.build(batch, batch=number).body for number, batch in enumerate(batches, 1)]
    kept = (issue.directory / "dry-run" / "requests.jsonl").read_bytes()
    assert kept == b"".join(body + b"\n" for body in expected)
    sample = (issue.directory / "dry-run" / "sample.eml").read_bytes()
    assert b"Subject: Field Notes for Ann" in sample
    assert not any(mark in sample for mark in (b"%%", tag.encode()))
    assert (report.status.batches, report.status.pending) == (len(batches), 3)
