"""Titles and summaries without the marks of Markdown, of generators and of HTML."""

import pytest

from newsletter.selector.unmark import unmark, unmark_title


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (r"**The *whole* fleet** and a \*star\* here.", "The whole fleet and a *star* here."),
        ("See [the port](https://a.example/Port_(harbour)) today.", "See the port today."),
        ('See [it](<https://a.example/a b> "Title").', "See it."),
        (r"The [log][1] and <https://log.example/x>, C\# too.", "The log and https://log.example/x, C# too."),
        ("[![A gauge](g.png)](https://a.example/) reads.", "A gauge reads."),
        ("It rose[^1], ~~fell~~ rose, by `a*b*c`.", "It rose, fell rose, by a*b*c."),
        ("__Both__ _kinds_, **a_b** and *`x_y_z`*", "Both kinds, a_b and x_y_z"),
        (
            "4* to 5* hotels, 2 * 3 * 4, snake_case_names, a[0][1]",
            "4* to 5* hotels, 2 * 3 * 4, snake_case_names, a[0][1]",
        ),
        ('<div class="lead">The gauge</div><!-- teaser --> reads.', "The gauge reads."),
        ("<section>One.</section><section>Two.</section>", "One. Two."),
        ("the <div> element of Acme <ACM>, 3 < 4 > 2", "the <div> element of Acme <ACM>, 3 < 4 > 2"),
        ('Before {{< ref "x" >}}{{% note %}} and {% raw %}after{{ youtube(id="a") }}.', "Before and after ."),
        ("Use {{ name }} and {this}.", "Use {{ name }} and {this}."),
        ("## Introduction\nHello again!\n> Quoted.", "Hello again! Quoted."),
        ("# Only a heading", "Only a heading"),
        ("C# and #1", "C# and #1"),
        ("\0000\0 `a` \0001\0", "0 a 1"),
    ],
)
def test_a_summary_is_its_words(text: str, words: str) -> None:
    """Marks go, words and what only looks like a mark stay."""
    assert " ".join(unmark(text).split()) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("What `__init__` does", "What __init__ does"),
        ("What __init__ and **bold** do", "What __init__ and bold do"),
        ("``a`b`` and `a_b_c`", "a`b and a_b_c"),
        ("The _real_ story of *args", "The real story of *args"),
        ("[Video] See [the port](https://a.example/)", "[Video] See the port"),
        ("\u00af\\_(\u30c4)_/\u00af in C:\\_x", "\u00af\\_(\u30c4)_/\u00af in C:\\_x"),
        ("<b> and > in C#", "<b> and > in C#"),
    ],
)
def test_a_title_is_its_words(text: str, words: str) -> None:
    """Titles are plain text as a rule: a backslash stays, and so do the names of Python's methods."""
    assert unmark_title(text) == words
