"""Requests: what is in them in every mode, and that SendGrid's rules have nothing against them."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter import merge
from newsletter.config import Config
from newsletter.email_addresses import parse_address
from newsletter.errors import UsageError
from newsletter.issues import Issue
from newsletter.models import InlineImage
from newsletter.providers.sendgrid.payload import MOST_BYTES, MailRequests
from newsletter.sender.envelope import Envelope, Schedule, envelope
from newsletter.sender.guards import check_recipient, parse_expected, to_error
from newsletter.sender.journal import temporary_journal
from newsletter.sender.recipients import Recipient
from newsletter.sender.status import Mode, WouldBlock
from newsletter.settings import NewsletterSettings, SendSettings, Unsubscribe
from tests.fake_sendgrid.rules import Account, judge
from tests.sender.conftest import make_issue

ANN = Recipient("ann@example.org", {"first_name": "Ann", "token": "a/b"}, 2)
URL = "https://notes.example.org/u?t={token}&e={email}"


def problems(draft: Envelope) -> tuple[str, ...]:
    """List what is wrong with the content and with the configuration."""
    requests = MailRequests(draft)
    return (*requests.content_problems(), *requests.setting_problems())


def built(draft: Envelope, *people: Recipient, batch: int = 1, attempt: int = 1) -> dict[str, Any]:
    """Build a request and give the document that it holds."""
    request = MailRequests(draft).build(people, batch=batch, attempt=attempt)
    assert request.recipients == people
    document: dict[str, Any] = json.loads(request.body)
    return document


def test_a_request_in_full(issue: Issue, config: Config) -> None:
    """Everything that SendGrid is told, in the standard configuration."""
    request = built(envelope(issue, config), ANN, batch=3, attempt=2)
    assert request == {
        "personalizations": [
            {
                "to": [{"email": "ann@example.org"}],
                "substitutions": {"%%html:first_name%%": "Ann", "%%text:first_name%%": "Ann"},
            }
        ],
        "custom_args": {"issue": "2025-W20", "origin": "d1", "batch": "3", "attempt": "2"},
        "from": {"email": "notes@example.org", "name": "Field Notes"},
        "subject": "Field Notes for %%text:first_name%%",
        "content": [
            {"type": "text/plain", "value": issue.message.text},
            {"type": "text/html", "value": issue.message.html},
        ],
        "headers": {"List-Id": "<field-notes.notes.example.org>"},
        "categories": ["2025-W20"],
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
            "subscription_tracking": {"enable": True, "substitution_tag": "%%unsubscribe%%"},
        },
        "attachments": [
            {
                "content": "iVBORw==",
                "type": "image/png",
                "filename": "qr-1.png",
                "disposition": "inline",
                "content_id": "qr-1",
            }
        ],
    }


def test_group_mode_names_the_group(issue: Issue, configured: Callable[..., Config]) -> None:
    """The asm group goes along, and subscription tracking is off: SendGrid would ignore it."""
    config = configured(unsubscribe=Unsubscribe(mode="group", group_id=7))
    request = built(envelope(issue, config), ANN)
    assert request["asm"] == {"group_id": 7}
    assert request["tracking_settings"]["subscription_tracking"] == {"enable": False}


def test_url_mode_has_an_address_and_headers_of_its_own(tmp_path: Path, configured: Callable[..., Config]) -> None:
    """The columns are URL-encoded, the HTML token is escaped, and the one-click headers stand beside the recipient."""
    config = configured(unsubscribe=Unsubscribe(mode="url", url=URL))
    issue = make_issue(tmp_path, html='<a href="%%html:unsubscribe%%">x</a>', text="%%text:unsubscribe%%")
    person = built(envelope(issue, config), ANN)["personalizations"][0]
    address = "https://notes.example.org/u?t=a%2Fb&e=ann%40example.org"
    assert person["substitutions"]["%%text:unsubscribe%%"] == address
    assert person["substitutions"]["%%html:unsubscribe%%"] == address.replace("&", "&amp;")
    assert person["headers"] == {
        "List-Unsubscribe": f"<{address}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def test_url_mode_has_headers_where_the_message_has_no_token(tmp_path: Path, configured: Callable[..., Config]) -> None:
    """Nothing is replaced in the message, and the mail program's own button works all the same."""
    issue = make_issue(tmp_path, html="<p>Hello</p>", text="Hello")
    issue = replace(issue, message=replace(issue.message, subject="Hello"))
    config = configured(unsubscribe=Unsubscribe(mode="url", url="https://notes.example.org/u?t={token}"))
    (person,) = built(envelope(issue, config), ANN)["personalizations"]
    assert person["headers"]["List-Unsubscribe"] == "<https://notes.example.org/u?t=a%2Fb>"
    (plain,) = built(envelope(issue, configured()), ANN)["personalizations"]
    assert plain == {"to": [{"email": "ann@example.org"}]}


def test_a_sandbox_run_says_so(issue: Issue, config: Config) -> None:
    """In SendGrid's words, so that nothing is delivered; no other run has them."""
    found = built(envelope(issue, config, mode="sandbox"), ANN)
    assert found["mail_settings"] == {"sandbox_mode": {"enable": True}}
    assert "mail_settings" not in built(envelope(issue, config, mode="test"), ANN)


def test_options_of_the_configuration(issue: Issue, configured: Callable[..., Config]) -> None:
    """Reply-To, List-Id, Feedback-ID, tracking, the newsletter's category, the undo window."""
    config = configured(reply_to="Desk <desk@example.org>", list_id="notes.example.org", feedback_id="{issue}:notes")
    config = replace(
        config, newsletter=replace(config.newsletter, slug="notes"), send=replace(config.send, tracking=True)
    )
    request = built(envelope(issue, config, schedule=Schedule(batch_id="b", send_at=9)), ANN)
    assert request["reply_to"] == {"email": "desk@example.org", "name": "Desk"}
    assert request["headers"] == {"List-Id": "<notes.example.org>", "Feedback-ID": "2025-W20:notes"}
    assert request["categories"] == ["notes", "2025-W20"]
    assert request["tracking_settings"]["open_tracking"] == {"enable": True}
    assert (request["batch_id"], request["send_at"]) == ("b", 9)


def test_defaults_stand_in_for_missing_fields(issue: Issue, configured: Callable[..., Config]) -> None:
    """A recipient without a value gets the default, and nothing where there is none."""
    draft = envelope(issue, configured(defaults={"first_name": "reader"}))
    nobody = Recipient("b@example.org", {}, 3)
    assert built(draft, nobody)["personalizations"][0]["substitutions"] == {
        "%%html:first_name%%": "reader",
        "%%text:first_name%%": "reader",
    }
    assert draft.fields == {"first_name": "reader"}
    known = built(draft, ANN)["personalizations"][0]["substitutions"]
    assert set(known.values()) == {"Ann"}


def test_too_much_to_merge_is_found_before_anything_leaves(issue: Issue, config: Config) -> None:
    """Beyond 10,000 bytes SendGrid refuses the request; just below it is fine."""
    draft = envelope(issue, config)
    requests = MailRequests(draft)
    assert check_recipient(draft, requests, Recipient("a@example.org", {"first_name": "x" * 4900}, 2)) == ""
    for value in ("é" * 4900, "&" * 2100):  # in HTML "&" takes five
        assert "10000 bytes" in check_recipient(draft, requests, Recipient("a@example.org", {"first_name": value}, 2))


@pytest.mark.parametrize(("length", "fits"), [(9981, True), (9982, False)])
def test_ten_thousand_bytes_are_not_too_much(tmp_path: Path, config: Config, length: int, fits: bool) -> None:
    """SendGrid counts the token, here 19 bytes, and what stands for it."""
    draft = envelope(make_issue(tmp_path, html="<p></p>", text="Hello %%text:first_name%%"), config)
    person = Recipient("a@example.org", {"first_name": "x" * length}, 2)
    assert (check_recipient(draft, MailRequests(draft), person) == "") is fits


def test_a_test_is_not_counted_with_the_issue(issue: Issue, config: Config) -> None:
    """Its category is its own, so that the issue's statistics are about its readers."""
    modes: tuple[Mode, ...] = ("test", "sandbox", "live")
    found = [built(envelope(issue, config, mode=mode), ANN)["categories"] for mode in modes]
    assert found == [["test"], ["2025-W20"], ["2025-W20"]]


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"text": " \n"}, "the text part is empty"),
        ({"html": ""}, "the HTML part is empty"),
        ({"subject": "a\nb"}, "the subject has a line break"),
        ({"images": (InlineImage(cid="a;b", filename="f", mime_type="image/png", content=b"x"),)}, "separator"),
        ({"html": "x" * 16_000_000}, "leaves no room"),
    ],
)
def test_what_sendgrid_would_refuse_is_said(issue: Issue, config: Config, values: dict[str, Any], problem: str) -> None:
    """Our own limits come before SendGrid's."""
    bad = replace(issue, message=replace(issue.message, **values))
    assert any(problem in found for found in problems(envelope(bad, config)))
    assert problems(envelope(issue, config)) == ()


@pytest.mark.parametrize("setting", ["from_", "reply_to"])
def test_a_name_with_a_comma_is_refused(issue: Issue, configured: Callable[..., Config], setting: str) -> None:
    """SendGrid would lose the mail without a word."""
    found = problems(envelope(issue, configured(**{setting: "Notes, Field <notes@example.org>"})))
    assert found == ("the sender's name 'Notes, Field' holds a comma or a semicolon",)


TEXT = st.text(st.characters(blacklist_categories=["Cs"]), max_size=40)
NAME = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="<>"), max_size=20)


@settings(deadline=None, max_examples=80)
@given(
    names=st.lists(TEXT, min_size=1, max_size=6),
    sender=NAME,
    mode=st.sampled_from(["subscription", "group", "url"]),
    subject=TEXT,
)
def test_what_passes_our_checks_passes_sendgrid_s(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], sender: str, mode: Any, subject: str
) -> None:
    """Whatever the fields, the sender's name and the subject hold: refused by us, or accepted by the rules."""
    config = Config(
        path=Path("/nowhere/newsletter.toml"),
        newsletter=NewsletterSettings(name="Notes", base_url="https://notes.example.org"),
        send=SendSettings(
            from_=f"{sender} <notes@example.org>", unsubscribe=Unsubscribe(mode=mode, group_id=7, url=URL)
        ),
    )
    issue = make_issue(Path("/nowhere"))
    issue = replace(issue, message=replace(issue.message, subject=subject))
    draft = envelope(issue, config)
    people = [
        Recipient(f"p{index}@example.org", {"first_name": name, "token": name} if name else {}, index + 2)
        for index, name in enumerate(names)
    ]
    requests = MailRequests(draft)
    good = [person for person in people if not check_recipient(draft, requests, person)]
    if good and not problems(draft) and parse_address(draft.sender)[1]:
        assert judge(built(draft, *good), Account()) == []


@pytest.mark.parametrize(("text", "least", "most"), [("7", 7, 7), ("1..20", 1, 20), (" 0..0 ", 0, 0)])
def test_an_expected_number(text: str, least: int, most: int) -> None:
    """One number or a range."""
    expected = parse_expected(text)
    assert (expected.least, expected.most) == (least, most)


@pytest.mark.parametrize("text", ["", "x", "-1", "1..", "..1", "5..1", "1...2", "1-2", "9" * 13, "\u0661"])
def test_what_is_no_expected_number_is_refused(text: str) -> None:
    """It is not taken for any number, not even for none."""
    with pytest.raises(UsageError, match="not a number of recipients"):
        parse_expected(text)


@pytest.mark.parametrize(("number", "more"), [(1, ""), (2, " (and 1 more: see the dry run)"), (3, " (and 2 more")])
def test_one_guard_is_told_and_the_others_are_counted(number: int, more: str) -> None:
    """The first one with its cure."""
    found = tuple(WouldBlock(code="x", message=f"m{index}", hint=f"h{index}") for index in range(number))
    error = to_error("2025-W20", found)
    assert str(error).startswith(f"2025-W20: m0{more}")
    assert (error.message == "m0", error.hint) == (number == 1, "h0")


def test_an_unsubscribe_address_may_be_long(configured: Callable[..., Config], tmp_path: Path) -> None:
    """It is in each request three times a person, and grows in JSON."""
    url = f"https://u.example.org/{'é' * 1500}?t={{token}}"
    html = f'<a href="%%html:unsubscribe%%">x</a>{"x" * 24_000_000}'
    draft = envelope(
        make_issue(tmp_path, html=html, text="%%text:unsubscribe%%"),
        configured(unsubscribe=Unsubscribe(mode="url", url=url)),
    )
    people = [person(index, "a") for index in range(1, 1001)]
    requests = MailRequests(draft)
    assert not check_recipient(draft, requests, people[0])
    assert len(requests.build(people, batch=1).body) > MOST_BYTES
    assert not requests.fits(len(people), 1000 * 30)


@pytest.mark.parametrize("letter", ["я", "'", "%", "😀", "a"])
@pytest.mark.parametrize("mode", ["subscription", "url"])
def test_a_batch_is_as_small_as_sendgrid_s_bytes_ask_for(
    letter: str, mode: Any, configured: Callable[..., Config], tmp_path: Path
) -> None:
    """However its letters grow in JSON, no request is too large, and nobody is left out."""
    settings = Unsubscribe(mode=mode, url="https://u.example.org/?t={token}" if mode == "url" else "")
    tag = "%%html:unsubscribe%%" if mode == "url" else "%%unsubscribe%%"
    html = f'<a href="{tag}">%%html:first_name%%</a>{"x" * 3_000_000}'
    issue = make_issue(tmp_path, html=html, text="%%text:first_name%% %%text:token%%")
    draft = envelope(issue, configured(unsubscribe=settings))
    requests = MailRequests(draft)
    most = next(n for n in range(5000, 0, -100) if not check_recipient(draft, requests, person(0, letter * n)))
    people = [person(index, letter * most) for index in range(1, 1500)]
    with temporary_journal() as journal:
        with journal.transaction():
            row = journal.freeze(issue, people, draft.fields, requests.fits, requests.most)
        batches = [journal.begin(row.key, number) for number in journal.states(row.key)]
    made = [requests.build(batch.recipients, batch=batch.number) for batch in batches if batch]
    sent = [entry["to"][0]["email"] for one in made for entry in json.loads(one.body)["personalizations"]]
    assert sent == [who.email for who in people]
    assert max(len(one.body) for one in made) <= MOST_BYTES


@pytest.mark.parametrize("mode", ["subscription", "group", "url"])
def test_a_body_is_what_json_makes_of_its_document(
    mode: Any, configured: Callable[..., Config], tmp_path: Path
) -> None:
    """The places for the values change no byte, whatever the values and the texts around them hold."""
    issue = make_issue(tmp_path, html='%s 100%% %d \\ "%%html:first_name%%" <a href="%%html:unsubscribe%%">x</a> 😀')
    draft = envelope(issue, configured(unsubscribe=Unsubscribe(mode=mode, group_id=7, url=URL)))
    values = ("%s", '"', "\\u0000", "\\", "Ann \u2028 😀", "%(a)s", "\ud800")
    people = [
        Recipient(f"p{n}@example.org", {"first_name": value, "token": f"t{n}"}, n) for n, value in enumerate(values)
    ]
    body = MailRequests(draft).build(people, batch=1).body
    assert body == json.dumps(json.loads(body)).encode()
    document = json.loads(body)
    assert [entry["to"] for entry in document["personalizations"]] == [[{"email": who.email}] for who in people]
    expected = [merge.substitutions(draft.tokens, draft.values(who)) for who in people]
    assert [entry["substitutions"] for entry in document["personalizations"]] == expected


def test_people_without_a_merge_field_have_an_address_alone(tmp_path: Path, config: Config) -> None:
    """No empty substitutions go along."""
    issue = make_issue(tmp_path, html='<a href="%%unsubscribe%%">x</a>', text="%%unsubscribe%%")
    issue = replace(issue, message=replace(issue.message, subject="Field Notes"))
    assert built(envelope(issue, config), ANN)["personalizations"] == [{"to": [{"email": "ann@example.org"}]}]


def person(number: int, name: str) -> Recipient:
    """Make a recipient whose name is long."""
    return Recipient(f"p{number}@example.org", {"first_name": name, "token": name[:400]}, number)
