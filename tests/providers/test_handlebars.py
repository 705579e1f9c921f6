"""Merge tokens as Handlebars: what a reader sees is what mail/send would show, and nothing else is replaced."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter import merge
from newsletter.providers.sendgrid_marketing.handlebars import (
    UNSUBSCRIBE,
    default_problem,
    field_problem,
    leftovers,
    translate,
)
from tests.fake_sendgrid.handlebars import render

TOKEN = "%%html:first_name%%"
PLAIN = "%%text:first_name%%"
LEAVE = "https://u.example.net/asm"
NAMES = st.text(st.sampled_from("Zoë 日😀'\"&<>{}%\\`=\n"), max_size=8)
HOSTILE = st.text(st.sampled_from("{}\\%&<>\"'ab #/^!>-="), max_size=12)


def test_each_context_has_its_escaping() -> None:
    """HTML in two braces, the text part and the subject in three; defaults as SendGrid's own syntax has them."""
    assert translate(TOKEN, {}, markup=True) == "{{first_name}}"
    assert translate(PLAIN, {}, markup=False) == "{{{first_name}}}"
    defaults = {"first_name": "dear reader"}
    assert translate(TOKEN, defaults, markup=True) == '{{insert first_name "default=dear reader"}}'
    assert translate(PLAIN, defaults, markup=False) == '{{{insert first_name "default=dear reader"}}}'


@given(before=HOSTILE, after=HOSTILE, name=NAMES, leave=st.booleans())
def test_a_text_part_reads_as_it_is(before: str, after: str, name: str, leave: bool) -> None:
    """Whatever stands beside a token, SendGrid shows the same characters and the value; joiners are invisible."""
    token = UNSUBSCRIBE if leave else PLAIN
    made = translate(merge.inert_text(before) + token + merge.inert_text(after), {}, markup=False)
    shown = render(made, {"first_name": name, "unsubscribe": LEAVE})
    assert _visible(shown) == _visible(before + (LEAVE if leave else name) + after)


@given(before=HOSTILE, after=HOSTILE, name=NAMES)
def test_html_reads_as_it_is(before: str, after: str, name: str) -> None:
    """The same in HTML, where character references keep things apart."""
    made = translate(merge.inert_html(before) + TOKEN + merge.inert_html(after), {}, markup=True)
    assert html.unescape(render(made, {"first_name": name})) == before + html.unescape(html.escape(name)) + after


@given(value=NAMES, default=st.text(st.sampled_from("Zoë 日😀'&<>%`="), max_size=8))
def test_a_value_cannot_bring_markup_or_handlebars(value: str, default: str) -> None:
    """A contact's field is shown as text, and is not looked at again."""
    made = translate(f"<p>{TOKEN}</p>", {"first_name": default}, markup=True)
    shown = render(made, {"first_name": value})
    assert "<" not in shown[3:-4]
    assert html.unescape(shown[3:-4]) == (value or default)


@pytest.mark.parametrize("text", ["{{x}}", "a {{{ b", "{{#if a}}", "{{!-- c --}}"])
def test_what_composing_let_through_is_found(text: str) -> None:
    """Nothing does; a message that has it is not handed over."""
    assert leftovers(text)
    assert not leftovers(merge.inert_text(text))
    assert not leftovers(merge.inert_html(text))
    assert not leftovers(f"@media{{a{{b:c}}}} {TOKEN} {UNSUBSCRIBE}")


@pytest.mark.parametrize(
    ("tokens", "problem"),
    [
        ([("html", "first_name")], ""),
        ([("url", "first_name")], "in an address"),
        ([("html", "if")], "means something else"),
        ([("text", "unsubscribe")], "means something else"),
    ],
)
def test_a_field_that_cannot_be_one_is_named(tokens: list[tuple[str, str]], problem: str) -> None:
    """An address, where nothing quotes it; a word of Handlebars."""
    assert problem in field_problem(tokens)
    assert bool(problem) == bool(field_problem(tokens))


@pytest.mark.parametrize("default", ['say "hi"', "back\\slash", "{", "}", "two\nlines"])
def test_a_default_that_cannot_be_written_is_named(default: str) -> None:
    """Handlebars has quotation marks around it."""
    assert "the default of 'first_name'" in default_problem([("html", "first_name")], {"first_name": default})
    assert default_problem([("html", "city")], {"first_name": default}) == ""


def _visible(text: str) -> str:
    return re.sub("\u2060", "", text)
