"""Bodies as generators and editors write them: hidden parts, lazy pictures, formulas, boxes, contents, nesting."""

import pytest

from newsletter.composer.content import excerpt
from tests.composer.samples import BASE, article
from tests.composer.test_bodies import html, made, text


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ('<img src="data:image/gif;base64,R0" data-src="/a.jpg">', "/a.jpg"),
        ('<img src="/blank.gif" data-lazy-src="/a.jpg">', "/a.jpg"),
        ('<img src="data:image/gif;base64,R0"><noscript><img src="/a.jpg"></noscript>', "/a.jpg"),
        ('<img data-src="/a.jpg"><noscript><img src="/a.jpg"></noscript>', "/a.jpg"),
        ('<img srcset="/a.jpg 300w, /b.jpg 600w">', "/a.jpg"),
        ('<picture><source srcset="/a.webp"><img src="/a.jpg"></picture>', "/a.jpg"),
    ],
)
def test_a_picture_is_shown_from_where_it_really_is(source: str, address: str) -> None:
    """No placeholder that a script would replace, and none twice."""
    assert html(source, "html").count("<img") == 1
    assert f'src="{BASE}{address}"' in html(source, "html")
    assert made(source, "html").dropped == ()


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("<p>a</p><p hidden>x</p><p style='color:red; display: none'>x</p><p>b</p>", "a\n\nb"),
        ('<p>a <span class="visually-hidden">x</span>b</p>', "a b"),
        ('<p style="color:red">a</p>', "a"),
        ('<h2>Two<a class="anchor" href="#t"><span>Link to this heading</span></a></h2>a', "Two\n\na"),
        ('<h2><a href="#t">Two</a></h2>a', "Two\n\na"),
        ('<p>a<img src="https://t.example/p.gif" width="1" height="1"></p>', "a"),
        ('<p>Hi <img class="emoji" src="/1f600.png" alt="\U0001f600">.</p>', "Hi \U0001f600."),
        ('<pre class="lineno">1\n2</pre><pre>a\nb</pre>', "a\nb"),
        ('<ul><li><input type="checkbox" checked> a<li><input type="checkbox"> b</ul>', "- \u2611 a\n- \u2610 b"),
        (
            "<ruby>\u6f22<rt>kan</rt></ruby> <ruby>\u5b57<rp>(</rp><rt>ji</rt><rp>)</rp></ruby>",
            "\u6f22(kan) \u5b57(ji)",
        ),
        ("<ol reversed><li>a<li>b</ol>", "2. a\n1. b"),
        ('<ol type="A"><li>a<li value="4">b</ol>', "A. a\nD. b"),
        (
            '<a href="https://x.example/" aria-label="The log"><svg aria-hidden="true"></svg></a>',
            "The log\n\nhttps://x.example/",
        ),
    ],
)
def test_what_attributes_say_is_done(source: str, shown: str) -> None:
    """What is hidden on the page is hidden; marks, boxes and numbers are those that readers see there."""
    assert text(source, "html") == shown
    assert not any(word in html(source, "html") for word in ("hidden", "visually", "lineno", "checked", "reversed"))


def test_words_from_another_program_are_not_all_bold() -> None:
    """Google's editor wraps whole texts in a bold that is none."""
    assert "<b>" not in html('<b style="font-weight:normal"><p>a</p></b>', "html")
    assert "<b>a</b>" in html("<b>a</b>", "html")


@pytest.mark.parametrize(
    ("source", "link"),
    [
        ('<script src="https://gist.github.com/ann/9f.js"></script>', "https://gist.github.com/ann/9f"),
        ('<script async src="https://asciinema.org/a/1.js"></script>', "https://asciinema.org/a/1"),
        ('<object data="/p.pdf"><p>No plug-in</p></object>', f"{BASE}/p.pdf"),
        ('<lite-youtube videoid="abc"></lite-youtube>', "https://www.youtube.com/watch?v=abc"),
    ],
)
def test_what_scripts_would_show_is_a_link(source: str, link: str) -> None:
    """Gists, recordings, documents and films have a caption."""
    assert text(source, "html").startswith("\u25b6 ")
    assert text(source, "html").endswith(f"\n\n{link}")


FORMULA = '<math><mi>a</mi><annotation encoding="application/x-tex">a^2</annotation></math>'
KATEX = f'<span class="katex"><span>{FORMULA}</span><span class="katex-html" aria-hidden="true">a2</span></span>'


@pytest.mark.parametrize(
    ("source", "shown", "dropped"),
    [
        (f"<p>So {KATEX}.</p>", "So a^2.", ()),
        ('<p>So <math alttext="b"><mi>b</mi></math>.</p>', "So b.", ()),
        ("<p>So <math><mi>b</mi></math>.</p>", "So .", (("math", 1),)),
        ("So\n\n$$\nx_1 * y_1 * z\n$$\n", "So\n\nx_1 * y_1 * z", ()),
        ("```mermaid\na-->b\n```\n\nEnd", "End", (("mermaid", 1),)),
        ("{{< mermaid >}}\na-->b\n{{< /mermaid >}}\n\nEnd", "End", (("mermaid", 1),)),
    ],
)
def test_formulas_and_drawings(source: str, shown: str, dropped: tuple[tuple[str, int], ...]) -> None:
    """A formula is shown once, as its source; a drawing that only a script makes is named."""
    body = made(source)
    assert text(source) == shown
    assert body.dropped == dropped


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        (":::note\nMind *it*.\n:::", "Note\n\nMind it."),
        ("::: tip High water\nMind.\n:::\n\nEnd", "High water\n\nMind.\n\nEnd"),
        (":::  \u63d0\u793a\nMind.\n:::", "\u63d0\u793a\n\nMind."),
        ("::: {.callout-warning}\nMind.\n:::", "Warning\n\nMind."),
        ('!!! note "Watch"\n    Inner.\n\nEnd', "Watch\n\nInner.\n\nEnd"),
        ("* TOC\n{:toc}\n\n[TOC]\n\n[[toc]]\n\nEnd [TOC].", "End [TOC]."),
        ("The HTML.\n\n*[HTML]: Hyper\n*[W3C]: x", "The HTML."),
        ("a {::comment}x{:/comment}b\n\n{::comment}\nx\n\ny\n{:/comment}\n\n{::options a='b' /}\n\nc", "a b\n\nc"),
        ("`{::comment}` and\n\n```\n:::note\n[TOC]\n```", "{::comment} and\n\n:::note\n[TOC]"),
        ("\u65e5\u672c\n\u8a9e\nab\ncd\n\ud55c\n\uae00", "\u65e5\u672c\u8a9e ab cd \ud55c \uae00"),
        ('{{< figure src="/a.png" alt="A" >}}\n[b](https://b.example/) *c*', "[A]\n\nb c\n\nhttps://b.example/"),
        ('{{< figure src="/a.png" caption="A" >}}\n[b](https://b.example/)', "A\n\nb\n\nhttps://b.example/"),
        ('{{< tab "Go" >}}\na\n{{< /tab >}}', "Go\n\na"),
        ("{% raw %}\n```\n{{ x }}\n{% endraw %}\n```\n\ny *z*", "{{ x }}\n\ny z"),
        ("```\n{% raw %}\n{{ x }}\n{% endraw %}\n```", "{{ x }}"),
    ],
)
def test_marks_for_parts_of_a_page(source: str, shown: str) -> None:
    """Boxes have their titles; contents, abbreviations, comments and options are not text."""
    assert text(source) == shown


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("<ul>x<li>a</li><br><a href='/q'>b</a></ul>", f"- x\n- a b\n  {BASE}/q"),
        ("<pre><code><div>a</div><div>b</div></code></pre>", "a\nb"),
        ("<strong><div>a</div></strong><li>b</li>", "a\n\n- b"),
    ],
)
def test_elements_are_nested_as_html_wants(source: str, shown: str) -> None:
    """What browsers forgive an author is put into a place that every program knows."""
    assert text(source, "html") == shown


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("/y[1]?a[]=1", f"{BASE}/y%5B1%5D?a%5B%5D=1"),
        ("https://matrix.example/#/#room", "https://matrix.example/#/%23room"),
        ("http://[::1]/a", "http://[::1]/a"),
    ],
)
def test_addresses_are_quoted_alike_in_both_parts(address: str, written: str) -> None:
    """Brackets are for hosts alone."""
    assert f'href="{written}"' in html(f'<a href="{address}">x</a>', "html")
    assert text(f'<a href="{address}">x</a>', "html").endswith(written)


def test_an_address_with_a_user_is_no_link() -> None:
    """Readers would take the user for the host."""
    assert html('<a href="https://bank.example@evil.example/">x</a>', "html") == "x"


def test_cells_that_cover_several_rows() -> None:
    """Each cell has the heading of its own column; those of a thead are headings whatever their tag."""
    rows = "<tr><td rowspan=2>Mon<td>9<td>Row<tr><td>10<td>Sail"
    table = f"<table><thead><tr><td>Day<td>Time<td>What</thead>{rows}</table>"
    assert text(table, "html") == "Day: Mon \u00b7 Time: 9 \u00b7 What: Row\n\nTime: 10 \u00b7 What: Sail"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<figure><img src='/a.png'><figcaption>Photo: Ann</figcaption></figure><p>Words.</p>", "Words."),
        ("<pre>import x</pre><p>Words.</p>", "Words."),
        ("<pre>only code</pre>", "only code"),
        ("<p>One</p><p>\u201cTwo.\u201d</p><ul><li>a<li>b</ul><p>End</p>", "One. \u201cTwo.\u201d a; b. End"),
    ],
)
def test_an_excerpt_is_running_text(source: str, words: str) -> None:
    """Captions and code are none, and what ended a block ends a sentence."""
    assert excerpt(article(body=source, summary="")) == words
