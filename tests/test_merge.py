"""Merge tokens: what they become for one recipient, and that nothing else becomes one."""

import html
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter import merge
from newsletter.models import Message
from newsletter.providers.sendgrid import TRAITS
from newsletter.settings import Unsubscribe


def test_tokens_are_listed_in_order() -> None:
    """Each once, and not as a set happens to have them: requests are the same from run to run."""
    names = [f"{context}:{letter}" for context in ("html", "text") for letter in "abcdef"]
    texts = [f"%%{name}%%" for name in [*reversed(names), *names]]
    assert [":".join(pair) for pair in merge.find(*texts)] == names


def test_a_value_is_escaped_for_each_context() -> None:
    """The same field is escaped in HTML and plain in text."""
    tokens = merge.find("%%html:name%% %%text:name%%")
    values = merge.substitutions(tokens, {"name": '<b>& "Co"'})
    assert merge.apply("%%html:name%%", values) == "&lt;b&gt;&amp; &quot;Co&quot;"
    assert merge.apply("%%text:name%%", values) == '<b>& "Co"'


def test_a_missing_field_is_empty_and_line_breaks_become_spaces() -> None:
    """No recipient sees a token, and no value breaks a header."""
    values = merge.substitutions([("text", "a"), ("text", "b")], {"a": "one\r\nBcc: two"})
    assert values == {"%%text:a%%": "one Bcc: two", "%%text:b%%": ""}


@given(st.text(alphabet="%<>htmlex:_ ab", max_size=40))
@example("%%%")
@example("<%%>")
@example("%%%%text:a%%%%")
def test_inert_text_holds_no_token_and_no_tag(text: str) -> None:
    """Whatever an article says, after neutralising there is nothing in it that a provider would replace."""
    for inert in (merge.inert_text(text), merge.inert_html(text)):
        assert merge.find(inert) == ()
        assert "%%" not in inert
        assert "<%" not in inert
        assert "%>" not in inert


@given(st.text(alphabet="%<>htmlex:_ ab", max_size=40))
def test_a_value_cannot_smuggle_a_token_in(text: str) -> None:
    """Replacing all tokens one after another never meets a token that a value brought along."""
    tokens = [("html", "a"), ("text", "a"), ("text", "b")]
    values = merge.substitutions(tokens, {"a": text, "b": "secret"})
    assert "secret" not in merge.apply("%%html:a%% %%text:a%%", values)


def test_inert_text_keeps_its_words() -> None:
    """Only an invisible joiner is added."""
    assert merge.inert_text("100 %% of <% that %>").replace("\u2060", "") == "100 %% of <% that %>"
    assert merge.inert_text("100 % of that") == "100 % of that"


@given(st.text(alphabet="%<>htmlex:_ ab", max_size=40))
@example("%%<%%>")
def test_inert_html_keeps_its_characters(text: str) -> None:
    """A browser shows what was written."""
    assert html.unescape(merge.inert_html(text)) == text


@pytest.mark.parametrize(
    ("mode", "tokens"),
    [
        ("subscription", ("%%unsubscribe%%",) * 2),
        ("group", ("<%asm_group_unsubscribe_raw_url%>",) * 2),
        ("url", ("%%html:unsubscribe%%", "%%text:unsubscribe%%")),
    ],
)
def test_every_mode_has_an_unsubscribe_token(mode: Any, tokens: tuple[str, str]) -> None:
    """SendGrid's own tags are its words; our address is escaped for the part that it is in."""
    assert merge.unsubscribe_tokens(Unsubscribe(mode=mode), TRAITS.tags) == tokens


def test_the_unsubscribe_address_is_filled_and_encoded() -> None:
    """Columns go URL-encoded into the address; an empty one is named."""
    settings = Unsubscribe(mode="url", url="https://x.example.org/u?e={email}&t={token}")
    fields = {"email": "a+b@c.org", "token": "1/2 3"}
    assert merge.unsubscribe_url(settings, fields) == "https://x.example.org/u?e=a%2Bb%40c.org&t=1%2F2%203"
    with pytest.raises(KeyError, match="token"):
        merge.unsubscribe_url(settings, {"email": "a@b.org", "token": ""})


@pytest.mark.parametrize(
    ("url", "fields", "problem"),
    [
        ("https://x.example.org/u?t={token}", ("token",), ""),
        ("https://x.example.org/{first name}/{Kunden-Nr.}", ("first name", "Kunden-Nr."), ""),
        ("", (), "has no https address"),
        ("http://x.example.org/{t}", ("t",), "has no https address"),
        ("https://x.example.org/u", (), "has an address without a {field}: it would not identify who unsubscribes"),
        ("https://x.example.org/{}{t}", ("t",), "has an address with a brace that belongs to no {field}"),
        ("https://x.example.org/{t", (), "has an address with a brace that belongs to no {field}"),
        ("https://x.example.org/{{t}}", ("t",), "has an address with a brace that belongs to no {field}"),
    ],
)
def test_an_unsubscribe_address_has_a_field_that_is_one(url: str, fields: tuple[str, ...], problem: str) -> None:
    """Any column can be a field; stray braces, and an address that is the same for all, are told."""
    settings = Unsubscribe(mode="url", url=url)
    assert (merge.url_fields(settings), merge.url_problem(settings)) == (fields, problem)


def test_a_message_is_rendered_in_all_its_parts() -> None:
    """Subject, HTML and text are filled alike."""
    message = Message(subject="Hello %%text:n%%", html="<p>%%html:n%%</p>", text="%%text:n%%")
    values = merge.substitutions(merge.find(message.subject, message.html, message.text), {"n": "A&B"})
    rendered = merge.render(message, values)
    assert (rendered.subject, rendered.html, rendered.text) == ("Hello A&B", "<p>A&amp;B</p>", "A&B")
