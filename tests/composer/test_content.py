"""What becomes of bodies, summaries and the intro."""

from typing import Any

import pytest

from newsletter.composer.content import Links, body_html, excerpt, markdown_html, summary_of
from newsletter.composer.html_to_text import html_to_text
from newsletter.composer.text_layout import wrap
from tests.composer.samples import BASE, article

LINKS = Links(base_url=BASE)


def body(source: str, **changes: Any) -> str:
    """Render a body."""
    return str(body_html(article(body=source, **changes), BASE))


def test_links_of_the_site_become_absolute() -> None:
    """A path hangs below the site, anything else below the article."""
    html = body('<a href="/about">a</a> <a href="more">b</a> <a href="//cdn.example.org/x">c</a>')
    assert f'href="{BASE}/about"' in html
    assert f'href="{article().link}more"' in html
    assert 'href="https://cdn.example.org/x"' in html


def test_pictures_fit_the_column() -> None:
    """A picture has words, a width of at most the column, and a kind that mail programs show."""
    html = body(
        '<img src="/a.png" width="2000"><img src="/b.webp"><img src="http://x.example/c.png"><img src="data:x">'
    )
    assert html.count("<img") == 1
    assert 'width="552"' in html
    assert 'alt=""' in html


@pytest.mark.parametrize("odd", ["\0", "\1", "\x0b", "\x1f", "\x85", "\ufffe", "\uffff", "&#1;", "&#xfffe;"])
def test_characters_that_are_none_are_left_out(odd: str) -> None:
    """Feeds hold them; they end no issue, wherever they stand: in words, attributes, and what is taken apart."""
    html = body(
        f'<p>H<a>q{odd}q</a></p><img src="/a.png" alt="a{odd}b"><table><tbody>{odd}<tr><td>c{odd}d</td></tr></tbody>'
    )
    words = html_to_text(html)
    assert all(char == "\n" or char.isprintable() for char in html + words)
    assert 'alt="a' in html
    assert html_to_text(body("<p>one\ftwo</p>")) == "one two"


@pytest.mark.parametrize("width", ["²", "١٢", "5" * 5000, "-1", "50%", ""])
def test_a_width_that_is_no_number_of_pixels_counts_as_none(width: str) -> None:
    """Such a picture is as wide as the column, and such a list begins as lists do."""
    html = body(f'<img src="/a.png" width="{width}"><ol start="{width}"><li>x</li></ol>')
    assert 'width="552"' in html
    assert "start" not in html


def test_headings_and_tables_do_not_disturb_the_page() -> None:
    """Headings of a body are bold paragraphs, a table's row is a line."""
    html = body("<h1>Big</h1><table><tr><th>a</th><td>b</td></tr></table>")
    assert "<h1" not in html
    assert "<table" not in html
    assert "a</span> · <span>b" in html


def test_shortcodes_vanish() -> None:
    """Hugo's and Zola's shortcodes are not shown."""
    html = body("<p>kept {{< toc >}}{{% note %}}{% figure() %} words</p>")
    assert html == "<p>kept  words</p>"


def test_markdown_bodies_become_html() -> None:
    """A Markdown body is rendered and then treated like any other."""
    html = body("# Title\n\nSome *words* <script>x</script>", body_format="markdown")
    assert '<p class="body-heading">Title</p>' in html
    assert "<em>words</em>" in html
    assert "script" not in html


def test_the_intro_is_markdown_and_nothing_more() -> None:
    """Tags in an intro are shown; plain words need no Markdown library and come out the same."""
    assert str(markdown_html("Plain words & more.\n\nAgain.", LINKS)) == "<p>Plain words &amp; more.</p><p>Again.</p>"
    assert "<strong>b</strong>" in markdown_html("a **b**", LINKS)
    assert "&lt;b&gt;" in markdown_html("<b>x</b> *y*", LINKS)


def test_a_summary_has_stand_ins() -> None:
    """Summary, else description, else the first words of the body, else nothing."""
    assert summary_of(article(description="d")) == article().summary
    assert summary_of(article(summary="", description="d")) == "d"
    assert summary_of(article(summary="", body="<p>First words.</p>")) == "First words."
    assert excerpt(article(body="  ")) == ""


def test_text_has_every_link_on_its_own_line() -> None:
    """Plain text keeps paragraphs and lists, and the addresses behind words."""
    text = html_to_text('<p>One <a href="https://a.example/">two</a>.</p><ul><li>three</li></ul>')
    assert text.split("\n\n") == ["One two.", "https://a.example/", "- three"]


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("- one [two](https://a.example/)\n\n- three\n", "- one two\n  https://a.example/\n- three"),
        (
            "- one [two](https://a.example/)\n  - three [four](https://b.example/)\n- five\n",
            "- one two\n  https://a.example/\n  - three four\n    https://b.example/\n- five",
        ),
        ("> one [two](https://a.example/)\n\nthree", "> one two\n>\n> https://a.example/\n\nthree"),
        ('<div>one <a href="https://a.example/">two</a><p>three</p></div>', "one two\n\nhttps://a.example/\n\nthree"),
        ("see <https://a.example/>\n", "see\nhttps://a.example/"),
    ],
)
def test_text_has_every_link_once(markdown: str, text: str) -> None:
    """However blocks are nested, a link's address follows the words of its own block."""
    assert html_to_text(body(markdown, body_format="markdown")) == text


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("1. one\n2. two\n", "1. one\n2. two"),
        ("9. one\n\n   more\n1. two", "9. one\n\n   more\n10. two"),
        ("two  \nlines", "two\nlines"),
        ("two\nlines", "two lines"),
        ("one\n\n---\n\ntwo", "one\n\n* * *\n\ntwo"),
        ("one:\n\n- " + "word " * 20, "one:\n\n- " + "word " * 13 + "word\n  " + "word " * 5 + "word"),
        ("- <https://a.example/>\n", "-\n  https://a.example/"),
        ("```\none\ntwo\n```", "one\ntwo"),
        ("<li>one</li><p>two</p>", "- one\n\ntwo"),
    ],
)
def test_text_keeps_the_form_of_markdown(markdown: str, text: str) -> None:
    """Numbers, hard breaks and rules stay; what is wrapped in a list hangs below its words."""
    assert wrap(html_to_text(body(markdown, body_format="markdown"))) == text


def test_first_words_are_one_line_of_prose() -> None:
    """The items of a list become a sentence, and no address is in the middle of it."""
    lists = '<p>We did:</p><ul><li>one <a href="/x">thing</a></li><li>two</li></ul><hr><p>More.</p>'
    assert excerpt(article(body=lists)) == "We did: one thing; two. More."


@pytest.mark.parametrize("nothing", ["", "   ", "<script>x</script>", "<!-- x -->"])
def test_nothing_gives_nothing(nothing: str) -> None:
    """An empty body is empty, not an error."""
    assert body(nothing).strip() == ""
