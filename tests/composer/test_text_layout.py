"""Cutting and wrapping plain text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.composer.text_layout import brief, clean_line, clean_text, shorten, shorten_headline, wrap


def test_a_cut_falls_between_words() -> None:
    """A text that is too long loses whole words and the punctuation before the cut."""
    assert shorten("one two, three four", 10) == "one two…"


@pytest.mark.parametrize("character", ["e\u0301", "👩‍👩‍👧", "👍🏽", "🇩🇪", "\u1100\u1161"])
def test_a_cut_never_falls_into_a_character(character: str) -> None:
    """A word without a space is cut between what a reader sees as characters, as late as it may be."""
    for limit in range(10, 20):
        whole = (limit - 1) // len(character)
        assert shorten(character * 30, limit) == character * whole + "…"


@given(st.text(max_size=300), st.integers(2, 80))
def test_a_cut_text_fits(text: str, limit: int) -> None:
    """Whatever the text, the result is no longer than asked for and stays on one line."""
    cut = shorten(text, limit)
    assert len(cut) <= limit
    assert "\n" not in cut


@given(st.text(max_size=100))
def test_a_cleaned_line_can_be_a_header(text: str) -> None:
    """Whatever was typed, one line without controls is left, and cleaning it again changes nothing."""
    line = clean_line(text)
    assert len(line.splitlines()) <= 1
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", line)
    assert clean_line(line) == line


def test_what_is_meant_stays() -> None:
    """Lines, hard spaces, joiners and accents are a person's; a break of any kind is one line break."""
    assert clean_text("a\r\nb\u2028c\n\nd\te") == "a\nb\nc\n\nd\te"
    assert clean_line(" «\u00a0Où\u202f?\u00a0»  👩\u200d👧 ") == "«\u00a0Où\u202f?\u00a0» 👩\u200d👧"


def test_an_address_has_a_line_of_its_own() -> None:
    """A link in the middle of a paragraph is parted from its words and never broken."""
    link = "https://review.example.org/" + "x" * 90
    assert wrap(f"before {link} after") == f"before\n{link}\nafter"


@pytest.mark.parametrize(
    "link", ["(https://x.example/a).", "\u201chttps://x.example/a\u201d", "to:https://x.example/a"]
)
def test_what_touches_an_address_stays_with_it(link: str) -> None:
    """A bracket is no reason to share a line with other words."""
    assert wrap(f"before {link} after") == f"before\n{link}\nafter"


def test_lines_stay_lines() -> None:
    """What a person broke stays broken; paragraphs are parted by one blank line, whatever stood between them."""
    assert wrap("one\n  two  \n \n\n\nthree") == "one\n  two\n\nthree"


@given(st.text(alphabet="ab \n-1.é", max_size=400))
def test_wrapped_lines_are_short_and_keep_the_words(text: str) -> None:
    """No line is longer than 72, and nothing but white space changes."""
    wrapped = wrap(text)
    assert all(len(line) <= 72 for line in wrapped.splitlines())
    assert "".join(wrapped.split()) == "".join(text.split())


@pytest.mark.parametrize(
    "character",
    [
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",  # England's flag
        "\U0001f1e9\U0001f1ea",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",
        "\u0915\u094d\u0937\u093f",
        "\u0e19\u0e49\u0e33",
        "\u1112\u1161\u11ab",
        "e\u0301\u0323",
    ],
)
def test_a_character_of_several_code_points_is_never_parted(character: str) -> None:
    """Neither where a text is shortened nor where a long word is broken into lines."""
    for before in range(8):
        text = "x" * before + character * 60
        cut = shorten(text, 40).removesuffix("…").removeprefix("x" * before)
        assert cut == character * (len(cut) // len(character))
        for line in wrap(text).split("\n"):
            kept = line.lstrip("x")
            assert kept == character * (len(kept) // len(character))


@pytest.mark.parametrize(
    ("headline", "cut"),
    [
        ("A headline that fits (as it is) \u2014 as it is", "A headline that fits (as it is) \u2014 as it is"),
        (
            "Nicola Mining Inc. (TSX.V: NIM) (OTCQB: HUSIF) Poised to Capitalize on Copper Demand",
            "Nicola Mining Inc. Poised to Capitalize on Copper Demand",
        ),
        (
            "A town looks at its harbour and its bridges (and finds them in need of paint)",
            "A town looks at its harbour and its bridges",
        ),
        (
            "What the tide tables say about the coming year \u2013 and what they leave out",
            "What the tide tables say about the coming year",
        ),
        ("word " * 30, "word " * 11 + "word…"),
    ],
)
def test_a_headline_is_cut_as_a_person_would(headline: str, cut: str) -> None:
    """Stock symbols go first; then it ends before a bracket or a dash, else after a word."""
    assert shorten_headline(headline, 60) == cut
    assert len(shorten_headline(headline, 60)) <= 60


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("Short.", "Short."),
        (
            "One sentence of a usual length. Another one that is too long to be there.",
            "One sentence of a usual length.",
        ),
        (
            "No. A sentence that goes on for longer than there is any room for it here",
            "No. A sentence that goes on for longer…",
        ),
        (
            "Of a kind that Dr. Who would have liked to see on this very day in May",
            "Of a kind that Dr. Who would have liked…",
        ),
    ],
)
def test_a_summary_ends_after_a_sentence(text: str, cut: str) -> None:
    """Where one ends in the second half of the room; the dot of a title is no end."""
    assert brief(text, 40) == cut
