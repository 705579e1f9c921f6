"""The contract between the sender and providers of campaigns: one suite that each of them passes.

To have another provider pass it, add a case to `CASES`.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from newsletter.config import Config
from newsletter.errors import ConfigError, ProviderError, UncertainError
from newsletter.providers import CAMPAIGNS, find_account, find_campaigns, find_provider, known_traits
from newsletter.providers.sendgrid.client import SendGrid
from newsletter.providers.sendgrid.secrets import Secrets
from newsletter.providers.sendgrid_marketing import TRAITS, connect
from newsletter.sender.campaign import Campaigns, Content, Stage, Target
from newsletter.sender.envelope import envelope
from newsletter.settings import MarketingSettings, SendSettings
from tests.fake_sendgrid import KEY, FakeSendGrid, Fault
from tests.providers.board import Board, Trouble
from tests.sender.conftest import make_issue

NAME = "2025-W20 aaaaaaaaaaaaaaaa"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One provider at work: what it is to send, how often it sent something, and how to lose one answer of a call."""

    campaigns: Campaigns
    content: Content
    sent: Callable[[], int]
    lose: Callable[[str], None]


def configured(config: Config) -> Config:
    """Return a configuration with a list."""
    settings = MarketingSettings(lists=("Weekly",), sender_id=1, suppression_group_id=7, categories=("notes",))
    send = replace(
        config.send, timeout=1.0, deadline=2.0, retries=0, delivery="marketing", defaults={"first_name": "you"}
    )
    return replace(config, marketing=settings, send=send, provider=TRAITS)


def connected(fake: FakeSendGrid) -> SendGrid:
    """Return the connection to a fake SendGrid."""
    return SendGrid(Secrets(api_key=KEY, host=fake.url), SendSettings(timeout=5, deadline=10, retries=0))


@contextmanager
def served(config: Config) -> Iterator[tuple[FakeSendGrid, Case]]:
    """Serve a SendGrid on loopback."""
    config = configured(config)
    with FakeSendGrid() as fake:
        fake.marketing.add_list("Weekly", "ann@example.org")
        campaigns = connect(config, {"SENDGRID_API_KEY": KEY, "SENDGRID_HOST": fake.url})
        draft = find_campaigns("marketing").prepare(config, envelope(make_issue(config.root), config))

        def sent() -> int:
            fake.marketing.settle()
            return len(fake.marketing.sent)

        yield (
            fake,
            Case(
                campaigns=campaigns,
                content=draft.content(campaigns.look_up()),
                sent=sent,
                lose=lambda call: fake.trouble.update({call: [Fault.RESET_AFTER]}),
            ),
        )


@contextmanager
def sendgrid_case(config: Config) -> Iterator[Case]:
    """Return SendGrid's Single Sends."""
    with served(config) as (_, case):
        yield case


@contextmanager
def board_case(config: Config) -> Iterator[Case]:
    """Put up a board."""
    board = Board()
    content = Content(
        subject="Notes",
        html="<p>Hello</p>",
        text="Hello",
        sender="1",
        lists=("all",),
        segments=(),
        unsubscribe="group 7",
    )
    yield Case(
        campaigns=board,
        content=content,
        sent=board.sent.total,
        lose=lambda call: board.trouble.update({call: [Trouble(done=True, error=UncertainError)]}),
    )


CASES: dict[str, Callable[[Config], AbstractContextManager[Case]]] = {"sendgrid": sendgrid_case, "board": board_case}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest, config: Config) -> Iterator[Case]:
    """Return each provider in turn."""
    with CASES[request.param](config) as made:
        yield made


def test_what_is_created_is_a_draft_that_sends_nothing(case: Case) -> None:
    """It is found by the beginning of its name, and has what was given to it."""
    made = case.campaigns.create(NAME, case.content)
    assert (made.stage, made.name, case.sent()) == (Stage.DRAFT, NAME, 0)
    assert case.campaigns.find("2025-W20 ") == (made,)
    assert case.campaigns.find("W20 ") == ()
    seen, content = case.campaigns.read(made.id)
    assert seen == made
    assert case.content.differing(content) == ()


def test_what_is_scheduled_is_sent_once(case: Case) -> None:
    """Scheduling it again sends nothing."""
    made = case.campaigns.create(NAME, case.content)
    case.campaigns.schedule(made.id, "now")
    with pytest.raises(ProviderError):
        case.campaigns.schedule(made.id, "now")
    assert case.sent() == 1
    assert case.campaigns.read(made.id)[0].stage is Stage.TRIGGERED


def test_a_later_time_can_be_taken_back(case: Case) -> None:
    """It is scheduled until then, and a draft again after."""
    made = case.campaigns.create(NAME, case.content)
    case.campaigns.schedule(made.id, "2099-01-01T00:00:00Z")
    seen, _ = case.campaigns.read(made.id)
    assert (seen.stage, seen.send_at[:10]) == (Stage.SCHEDULED, "2099-01-01")
    case.campaigns.unschedule(made.id)
    assert case.campaigns.read(made.id)[0].stage is Stage.DRAFT
    with pytest.raises(ProviderError):
        case.campaigns.unschedule(made.id)
    assert case.sent() == 0


def test_what_is_deleted_is_gone(case: Case) -> None:
    """And what is not there cannot be read, scheduled or deleted."""
    made = case.campaigns.create(NAME, case.content)
    case.campaigns.delete(made.id)
    assert case.campaigns.find("2025-W20 ") == ()
    for call in (
        lambda: case.campaigns.read(made.id),
        lambda: case.campaigns.schedule(made.id, "now"),
        lambda: case.campaigns.delete(made.id),
    ):
        with pytest.raises(ProviderError):
            call()


def test_a_lost_answer_is_unknown(case: Case) -> None:
    """The call did its work; and the error says that this is unknown."""
    case.lose("create")
    with pytest.raises(UncertainError):
        case.campaigns.create(NAME, case.content)
    (made,) = case.campaigns.find("2025-W20 ")
    case.lose("schedule")
    with pytest.raises(UncertainError):
        case.campaigns.schedule(made.id, "now")
    assert case.sent() == 1


def test_a_test_reaches_nobody_else(case: Case) -> None:
    """And leaves no campaign behind."""
    case.campaigns.test(case.content, [f"tester{number}@example.org" for number in range(12)])
    assert (case.sent(), case.campaigns.find("2025")) == (0, ())


def test_statistics_are_numbers(case: Case) -> None:
    """Of one campaign."""
    made = case.campaigns.create(NAME, case.content)
    assert case.campaigns.count(made.id).requested == 0
    case.campaigns.schedule(made.id, "now")
    assert case.sent() == 1
    assert case.campaigns.count(made.id).requested > 0


def test_the_registry_knows_both_kinds() -> None:
    """A delivery is of one kind; asking for the other is an error in words."""
    assert known_traits()["marketing"]().campaigns
    assert not known_traits()["mail"]().campaigns
    with pytest.raises(ConfigError):
        find_provider("marketing")
    with pytest.raises(ConfigError):
        find_campaigns("mail")
    assert {find_account(name).TRAITS.name for name in ("mail", *CAMPAIGNS)} == {"SendGrid"}


@pytest.mark.parametrize("fault", [Fault.LIMIT, Fault.KEY, Fault.REQUEST, Fault.MISSING, Fault.REDIRECT])
def test_what_is_surely_refused_is_no_doubt(config: Config, fault: Fault) -> None:
    """Nothing was changed, and the error says so."""
    with served(config) as (fake, case):
        made = case.campaigns.create(NAME, case.content)
        fake.trouble["schedule"] = [fault]
        with pytest.raises(ProviderError):
            case.campaigns.schedule(made.id, "now")
        assert case.campaigns.read(made.id)[0].stage is Stage.DRAFT


def test_a_target_without_lists_is_nobody(config: Config, tmp_path: Path) -> None:
    """The draft that says that an issue was cancelled cannot be sent, even by a person."""
    config = configured(config)
    draft = find_campaigns("marketing").prepare(config, envelope(make_issue(tmp_path), config))
    nobody = Target(lists=(), segments=(), contacts=0, address="", columns=frozenset())
    assert draft.content(nobody).lists == ()
