"""Merge tokens: filled where a person put them, inert everywhere else."""

from pathlib import Path

import pytest

from newsletter import merge
from newsletter.composer.tokens import Placeholders
from newsletter.errors import TemplateError
from newsletter.providers.sendgrid import TRAITS
from newsletter.settings import ComposeSettings, SendSettings, Unsubscribe
from tests.composer.samples import article, composed, config, own

SUBSCRIPTION_TAG, GROUP_TAG = TRAITS.tags["subscription"], TRAITS.tags["group"]
HOSTILE = (
    "%%html:email%%",
    "%%text:email%%",
    "%%unsubscribe%%",
    "<%asm_group_unsubscribe_raw_url%>",
    "{{ merge.email }}",
)


def test_a_persons_fields_become_tokens_for_each_context() -> None:
    """A merge field in subject and intro is escaped for text in one part and for HTML in the other."""
    intro = "Dear {{merge.first_name}}, *hello*."
    message = composed(article(), subject="For {{ merge.first_name }}", intro=intro).message
    assert message.subject == "For %%text:first_name%%"
    assert "Dear %%html:first_name%%, <em>hello</em>." in message.html
    assert "Dear %%text:first_name%%, hello." in message.text
    assert "<title>For %%html:first_name%%</title>" in message.html


def test_each_content_has_placeholders_of_its_own() -> None:
    """No text can name one, as a text that did would be another content."""
    one, other = Placeholders(["a"]), Placeholders(["b"])
    assert one.unsubscribe_link != other.unsubscribe_link
    assert one.fields["email"] != other.fields["email"]
    assert other.finish_text(one.mark("{{ merge.email }}"), "") == one.fields["email"]


NAMES = ("first_name", "mark", "fields", "unsubscribe_link", "_start", "keys", "__class__", "__html__")


@pytest.mark.parametrize("name", NAMES)
def test_a_field_may_have_any_name(name: str, tmp_path: Path) -> None:
    """In a person's texts and in a template, `merge` holds merge fields and nothing of Python's."""
    mark = f"{{{{ merge.{name} }}}}"
    page = f'{{% extends "shipped/digest/issue.html" %}}{{% block intro %}}<p>Ours: {mark}</p>{{% endblock %}}'
    settings = config(tmp_path, compose=own(tmp_path, "mine", html=page, txt=f"Ours: {mark}"))
    message = composed(article(), settings=settings, subject=f"For {mark}").message
    assert message.subject == f"For %%text:{name}%%"
    assert f"Ours: %%html:{name}%%</p>" in message.html
    assert message.text == f"Ours: %%text:{name}%%\n"


@pytest.mark.parametrize("wrong", ["merge", "merge.größe", 'merge["first name"]'])
@pytest.mark.parametrize("part", ["html", "txt"])
def test_what_is_no_field_is_a_mistake_of_the_template(wrong: str, part: str, tmp_path: Path) -> None:
    """It is named with its line, and not printed into the mail."""
    parts = {"html": "<p>x</p>", "txt": "x", part: f"\n{{{{ {wrong} }}}}"}
    with pytest.raises(TemplateError, match="merge ") as caught:
        composed(article(), settings=config(tmp_path, compose=own(tmp_path, "mine", **parts)))
    assert caught.value.place == f"{tmp_path / 'templates' / 'mine' / 'issue'}.{part}:2"


def test_style_blocks_are_left_alone(tmp_path: Path) -> None:
    """Whatever attributes they have, their braces are CSS; a story that talks of them has its own made inert."""
    rules = "@media (max-width:599px){.x{color:#123456!important}}"
    page = f'<STYLE type="text/css" data-premailer="ignore">{rules}</STYLE><p class="x">{{{{ lead.title }}}}</p>'
    settings = config(tmp_path, compose=own(tmp_path, "mine", html=page))
    message = composed(article(title="<style>{{ merge.email }} %%html:email%%</style>"), settings=settings).message
    assert rules in message.html
    assert merge.find(message.html) == ()


@pytest.mark.parametrize("mark", HOSTILE)
def test_an_articles_tokens_are_inert(mark: str) -> None:
    """Whatever an article holds, no token but the unsubscribe link's is in the message, and its characters show."""
    own = article(title=f"Title {mark}", summary=f"Summary {mark}", source=mark, body=f"<p>{mark}</p>")
    for settings in (ComposeSettings(body="summary"), ComposeSettings(body="full")):
        message = composed(own, settings=config(compose=settings)).message
        assert merge.find(message.subject, message.html, message.text) == ()
        assert message.html.count(SUBSCRIPTION_TAG) == 1
        assert message.text.count(SUBSCRIPTION_TAG) == 1
        assert GROUP_TAG not in message.html + message.text + message.subject
        assert "{{" not in message.html.partition("</head>")[2] + message.text + message.subject


@pytest.mark.parametrize(
    ("unsubscribe", "in_html", "in_text"),
    [
        (Unsubscribe(), SUBSCRIPTION_TAG, SUBSCRIPTION_TAG),
        (Unsubscribe(mode="group", group_id=7), GROUP_TAG, GROUP_TAG),
        (Unsubscribe(mode="url", url="https://x.example/?t={token}"), "%%html:unsubscribe%%", "%%text:unsubscribe%%"),
    ],
)
def test_the_unsubscribe_link_survives_inlining(unsubscribe: Unsubscribe, in_html: str, in_text: str) -> None:
    """Every way to unsubscribe is unharmed in an attribute and in the text part."""
    send = SendSettings(from_="Review <review@example.org>", unsubscribe=unsubscribe)
    composition = composed(article(), settings=config(send=send))
    assert f'href="{in_html}"' in composition.message.html
    assert in_text in composition.message.text
    assert not [found for found in composition.findings if found.code in ("unsubscribe", "leftover-tag")]


def test_the_stand_in_reader_sees_defaults() -> None:
    """The .eml holds the defaults, no token, and the headers of a subscribed list."""
    send = SendSettings(from_="Review <review@example.org>", defaults={"first_name": "reader"})
    eml = composed(article(), settings=config(send=send), subject="For {{ merge.first_name }}").eml.decode()
    assert "Subject: For reader\r\n" in eml
    assert "%%" not in eml
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in eml
    assert "List-Id: <the-sample-review.review.example.org>\r\n" in eml
    assert "Date: Mon, 19 May 2025 00:00:00 +0000\r\n" in eml


def test_the_preview_changes_addresses_and_no_words() -> None:
    """An article that talks of a picture's id is shown as it is."""
    first = composed(article(title="x"), settings=config(compose=ComposeSettings(qr="link")))
    word = f'"cid:{first.message.images[0].cid}"'
    told = composed(article(title="x", summary=f"See {word}."), settings=config(compose=ComposeSettings(qr="link")))
    assert f"See {word}." in told.page
    assert f'src="images/{told.message.images[0].filename}"' in told.page
    assert 'src="cid:' not in told.page
