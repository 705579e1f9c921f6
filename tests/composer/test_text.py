"""Cutting and wrapping plain text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.composer.text import shorten, wrap


def test_a_cut_falls_between_words() -> None:
    """A text that is too long loses whole words and the punctuation before the cut."""
    assert shorten("one two, three four", 10) == "one two…"


@pytest.mark.parametrize("cluster", ["e\u0301", "👩‍👩‍👧", "👍🏽", "🇩🇪🇫🇷", "\u1100\u1161"])
def test_a_cut_never_falls_into_a_character(cluster: str) -> None:
    """A word without a space is cut between what a reader sees as characters."""
    whole = cluster * 30
    for limit in range(10, 20):
        kept = shorten(whole, limit).removesuffix("…")
        assert whole.startswith(kept)
        assert not re.match("[\u0300-\u036f\u200d\U0001f3fb-\U0001f3ff\u1161]", whole[len(kept) :])
        assert not kept.endswith("\u200d")


@given(st.text(max_size=300), st.integers(2, 80))
def test_a_cut_text_fits(text: str, limit: int) -> None:
    """Whatever the text, the result is no longer than asked for and stays on one line."""
    cut = shorten(text, limit)
    assert len(cut) <= limit
    assert "\n" not in cut


def test_an_address_has_a_line_of_its_own() -> None:
    """A link in the middle of a paragraph is parted from its words and never broken."""
    link = "https://review.example.org/" + "x" * 90
    assert wrap(f"before {link} after") == f"before\n{link}\nafter"


@given(st.text(alphabet="ab \n-é", max_size=400))
def test_wrapped_lines_are_short_and_keep_the_words(text: str) -> None:
    """No line is longer than 72, and nothing but white space changes."""
    wrapped = wrap(text)
    assert all(len(line) <= 72 for line in wrapped.splitlines())
    assert "".join(wrapped.split()) == "".join(text.split())
