"""Whole articles as their authors meant them: shortcodes, embeds, tables, code, links; and their text part."""

from typing import Any

import pytest

from newsletter.composer.compose import compose
from newsletter.composer.content import Body, Links, excerpt, make_body
from newsletter.composer.html_to_text import html_to_text
from newsletter.models import Article
from newsletter.settings import ComposeSettings
from tests.composer.browser import shown, widths
from tests.composer.samples import BASE, article, composed, config, outline, own

FULL = config(compose=ComposeSettings(body="full", qr="off"))
PAGES = {"b.md": "/news/b/", "@/news/b.md": "/news/b/", "/about.md#us": "/about/#us", "_posts/2025-05-01-x": "/x/"}


def page(_: Article, reference: str) -> str:
    """Know some pages."""
    return BASE + PAGES[reference] if reference in PAGES else ""


LINKS = Links(base_url=BASE, page=page)


def made(source: str, kind: str = "markdown", **changes: Any) -> Body:
    """Make a body."""
    return make_body(article(body=source, **{"body_format": kind, "title": "", **changes}), LINKS)


def html(source: str, kind: str = "markdown", **changes: Any) -> str:
    """Return a body's HTML."""
    return str(made(source, kind, **changes).html)


def text(source: str, kind: str = "markdown", **changes: Any) -> str:
    """Return a body's text."""
    return html_to_text(html(source, kind, **changes))


@pytest.mark.parametrize(
    "first", ['<img src="/a.png" alt="A tide">', "<div>\nWords\n</div>", "<!-- x -->", "<a id=x></a>"]
)
def test_markdown_may_begin_with_a_tag(first: str) -> None:
    """An HTML block ends at a blank line, and what follows is Markdown."""
    found = text(f"{first}\n\n## Two\n\nIt was **bold**, see [the log](https://log.example/).\n\n- high\n- low\n")
    assert found.endswith("Two\n\nIt was bold, see the log.\n\nhttps://log.example/\n\n- high\n- low")


@pytest.mark.parametrize(
    ("source", "shown_text"),
    [
        ("> [!NOTE]\n> Mind the gap.", "> Note\n> Mind the gap."),
        ("> [!warning] High water\n> Stay away.", "> High water\n> Stay away."),
        ("> [!TIP]\n>\n> - one", "> Tip\n>\n> - one"),
        ("> A [!NOTE] within.", "> A [!NOTE] within."),
        ("- [x] paint\n- [ ] sail", "- ☑ paint\n- ☐ sail"),
        ("1. [X] paint\n2. [link](/a)", f"1. ☑ paint\n2. link\n   {BASE}/a"),
        ("Rose[^1] twice[^b].\n\n[^1]: By one.\n[^b]: By two.", "Rose[1] twice[2].\n\n* * *\n\n1. By one.\n2. By two."),
        ("Rose[^1].\n\n[^1]: https://log.example/", "Rose[1].\n\n* * *\n\n1.\n   https://log.example/"),
        ("No[^9] such note.", "No[^9] such note."),
        ("Ebb\n: Going out.\n\nFlood\n: Coming in.", "Ebb\n  Going out.\n\nFlood\n  Coming in."),
        ("## Head {#id .big}\n\nWords.", "Head\n\nWords."),
        ("Words.\n{: .lead}\n\nMore.", "Words.\n\nMore."),
        ('[x](https://a.example/){:target="_blank"} y', "x y\n\nhttps://a.example/"),
        ("A {brace} and {another: one}.", "A {brace} and {another: one}."),
        ("~~old~~ new", "~old~ new"),
        ("See www.log.example/a_(b), x.", "See www.log.example/a_(b), x.\n\nhttp://www.log.example/a_(b)"),
    ],
)
def test_what_generators_add_is_read(source: str, shown_text: str) -> None:
    """Alerts, tasks, footnotes, definitions and attributes are no marks that readers see."""
    assert text(source) == shown_text


SHORTCODES: list[tuple[str, str]] = [
    ('See [b]({{< ref "b.md" >}}).', f"See b.\n\n{BASE}/news/b/"),
    ('See [b]({{% relref "nosuch.md" %}}).', "See b."),
    ("See [b](@/news/b.md).", f"See b.\n\n{BASE}/news/b/"),
    ("See [us](/about.md#us).", f"See us.\n\n{BASE}/about/#us"),
    ("See [b](../nosuch.md).", "See b."),
    ("See [x]({% post_url 2025-05-01-x %}).", f"See x.\n\n{BASE}/x/"),
    ("See [x]({{ site.baseurl }}/y/).", f"See x.\n\n{BASE}/y/"),
    ('See [x]({{ "/y/" | relative_url }}).', f"See x.\n\n{BASE}/y/"),
    ("{{< highlight go >}}\na *b* _c_\n\n  d\n{{< /highlight >}}", "a *b* _c_\n\n  d"),
    ("{% highlight ruby %}\nx {{ y }}\n{% endhighlight %}", "x {{ y }}"),
    ("{% raw %}{{ x }}{% endraw %} y", "{{ x }} y"),
    ("A {% comment %}no\n\nno{% endcomment %}b.", "A b."),
    ("{{< note >}}\n\nKept **words**.\n\n{{< /note >}}", "Kept words."),
    ('{% quote(author="V") %}Kept.{% end %}', "Kept."),
    ('{{ youtube(id="abc", autoplay=true) }}', "▶ YouTube\n\nhttps://www.youtube.com/watch?v=abc"),
    ("{{< vimeo 123 >}}", "▶ Vimeo\n\nhttps://vimeo.com/123"),
    ("{{< gist ann 9f >}}", "▶ GitHub Gist\n\nhttps://gist.github.com/ann/9f"),
    ('{{< tweet user="ann" id="9" >}}', "▶ X\n\nhttps://x.com/ann/status/9"),
    ('{{< figure src="/a.png" alt="A tide" caption="At noon" >}}', "[A tide]\n\nAt noon"),
    ('{{< figure src="/a.png" caption="At [noon](/n/)" >}}', f"At noon\n\n{BASE}/n/"),
    ("Code `{{< youtube x >}}` stays.", "Code {{< youtube x >}} stays."),
    ("```\n{{</* ref */>}} {% x %}\n```", "{{< ref >}} {% x %}"),
    ("    {{< in >}} indented\n", "{{< in >}} indented"),
    ("Never {{< closed\n\nhere >}} it.", "Never {{< closed\n\nhere >}} it."),
    ("Go's {{ .Title }} and {{x}} stay.", "Go's {{ .Title }} and {{x}} stay."),
    ('{{< box ""\n`Words [x](/y) and more`>}} After.', "After."),
]


@pytest.mark.parametrize(("source", "shown_text"), SHORTCODES)
def test_shortcodes_are_what_a_generator_makes_of_them(source: str, shown_text: str) -> None:
    """Links lead to pages or are plain text, code is code, films are links, everything else leaves its words."""
    assert text(source) == shown_text


@pytest.mark.parametrize(
    ("source", "dropped"),
    [
        ("{{< chart >}} {{< chart >}} {{< youtube x >}}", (("chart", 2),)),
        ("{{< tabs >}}Words{{< /tabs >}}", ()),
        ("<svg><text>x</text></svg>", (("svg", 1),)),
        ("![a](/a.webp) ![b](/b.avif) ![c](/c.png)", (("AVIF picture", 1), ("WEBP picture", 1))),
        ("<iframe></iframe><form><input></form>", (("form", 1), ("iframe", 1))),
        ("`<svg>` and <!-- <svg> -->", ()),
    ],
)
def test_what_is_not_shown_is_counted(source: str, dropped: tuple[tuple[str, int], ...]) -> None:
    """By its name; what became words or a link is shown, and what is code was never meant to be."""
    assert made(source).dropped == dropped


def test_what_is_not_shown_is_a_finding_of_its_article() -> None:
    """It says what, and how often."""
    found = composed(article(1, body="<p>x</p><svg></svg><svg></svg>"), settings=FULL).findings
    assert [(one.code, one.where) for one in found] == [("body-dropped", article(1).path)]
    assert "svg (2 times)" in found[0].message


@pytest.mark.parametrize(
    ("source", "links"),
    [
        ('<iframe src="https://www.youtube-nocookie.com/embed/ab_c?rel=0" title="The launch"></iframe>', "The launch"),
        ('<video controls><source src="/v.mp4">No film</video>', "v.mp4"),
        ("<audio src='https://pod.example/1.mp3'></audio>", "1.mp3"),
        ('<iframe src="//maps.example/x"></iframe>', "maps.example"),
    ],
)
@pytest.mark.parametrize("kind", ["html", "markdown"])
def test_films_and_frames_become_links(source: str, links: str, kind: str) -> None:
    """Each has a caption, and leads where the film can be seen."""
    assert f">▶ {links}</a>" in html(source, kind)
    assert made(source, kind).dropped == ()


@pytest.mark.parametrize(
    "source",
    [
        '<a href="https://x.example/"><img src="/gate-at-noon.png"></a>',
        "[![](/img.png)](https://x.example/)",
        '<a href="https://x.example/"><img src="/p.webp" alt=""></a>',
    ],
)
@pytest.mark.parametrize("template", ["digest", "compact"])
def test_no_markup_of_an_author_blocks_an_issue(source: str, template: str) -> None:
    """A linked picture without words gets those of its file or its link."""
    settings = config(compose=ComposeSettings(body="full", qr="off", template=template))
    found = composed(article(1, body=source, body_format="markdown"), settings=settings).findings
    assert {str(one.severity) for one in found} <= {"warning", "info"}
    assert "link-empty" not in {one.code for one in found}


def test_findings_of_bodies_name_the_article() -> None:
    """A link that is not safe is somebody's."""
    found = composed(article(1), article(2, body='<a href="http://plain.example/">x</a>'), settings=FULL).findings
    assert [(one.code, one.where) for one in found] == [("link-insecure", article(2).path)]


@pytest.mark.parametrize(
    "source",
    [
        "[top](#top) [self](./) [again](https://review.example.org/2025-05-13-story-number-1/?) x",
        '<a href="#a">top</a> <a href="">self</a> <a href="https://review.example.org/2025-05-13-story-number-1">again</a>',
    ],
)
def test_a_link_to_the_story_itself_is_none(source: str) -> None:
    """Its words stay; what only points at a place of the page goes."""
    assert "top</a>" not in html(source)
    assert "self</a>" not in html(source)
    assert text(source).startswith("top self again")
    assert text('<h2>Head <a href="#head">¶</a></h2><p>x <a href="#fnref1">↩</a></p>', "html") == "Head\n\nx"


@pytest.mark.parametrize(
    "head", ["# A gauge, at last\n\n", "<h1>A <em>gauge</em>, at last</h1>\n\n", "A gauge, at last\n===\n\n"]
)
def test_a_heading_that_repeats_the_title_goes(head: str) -> None:
    """Once, at the beginning; another heading stays, and so do the same words further down."""
    story = {"title": "A gauge, at last"}
    assert text(f"{head}Words.", **story) == "Words."
    assert text(f"Words.\n\n{head}More.", **story).count("at last") == 1
    assert text("## Another\n\nWords.", **story) == "Another\n\nWords."


@pytest.mark.parametrize(
    ("source", "shown_text"),
    [
        ("<section>One.</section><section>Two.</section>Three", "One.\n\nTwo.\n\nThree"),
        ("<details><summary>Hours</summary>Nine.</details>", "Hours\n\nNine."),
        ("<figure><img src='/a.png' alt='A tide'><figcaption>Noon</figcaption></figure>", "[A tide]\n\nNoon"),
        ("<dl><dt>Ebb<dd>Out<dd>Away<dt>Flood<dd>In</dl>", "Ebb\n  Out\n  Away\n\nFlood\n  In"),
        (
            "10<sup>6</sup> t of CO<sub>2</sub>, x<sup>n+1</sup>, 1<sup>st</sup>, 5<sup>2k</sup>",
            "10⁶ t of CO₂, xⁿ⁺¹, 1st, 5^(2k)",
        ),
        ("<p>was <del>100</del> <ins>80</ins>, <q>so</q></p>", "was ~100~ 80, “so”"),
        ("<p>a</p><p> </p><p><br></p><div></div><ul><li></li></ul><p>b</p>", "a\n\nb"),
        (
            "<table><tr><th>Port<th>High<tr><td>Aber<td>4.1<tr><td>Bryn<td></table>",
            "Port: Aber · High: 4.1\n\nPort: Bryn",
        ),
        ("<table><tr><th>Port<td>Aber<tr><th>High<td>4</table>", "Port · Aber\n\nHigh · 4"),
        ("<table><caption>Tides</caption><tr><td>a<td><table><tr><td>b<td>c</table></table>", "Tides\n\na\n\nb · c"),
        ("<blockquote>One<blockquote>Two</blockquote></blockquote>Three", "> One\n>\n>> Two\n\nThree"),
        (
            "<pre>a\n\tb  c\n\n\nd <a href='https://x.example/'>x</a></pre>",
            "a\n    b  c\n \n\nd x\n\nhttps://x.example/",
        ),
        ("<pre>a <code><a href='https://x.example/'>x</a></code></pre>", "a x"),
    ],
)
def test_html_is_read_as_browsers_do(source: str, shown_text: str) -> None:
    """Blocks part words, raised and deleted words keep their meaning, cells hold what they hold."""
    assert text(source, "html") == shown_text


def test_a_paragraph_holds_no_block() -> None:
    """Rows of tables whose cells hold blocks are blocks."""
    source = "<table><tr><td><p>a<p>b</td><td><ul><li>c</ul></table>"
    assert "<p><" not in html(source, "html").replace("<p><strong", "")
    assert html(source, "html").count("<p>") == 2


@pytest.mark.parametrize(
    "code", ["def f(x):\n    if x:\n        return 1", "jobs:\n  build:\n    run: make", "x" * 200]
)
def test_code_is_as_it_was_in_both_parts(code: str) -> None:
    """It keeps its blanks and lines in the text part, and wraps in the HTML part."""
    message = composed(article(1, body=f"```\n{code}\n```", body_format="markdown"), settings=FULL)
    assert f"\n{code}\n" in message.message.text
    assert "white-space:pre-wrap" in message.message.html
    assert message.findings == ()


@pytest.mark.parametrize(
    "words",
    ["ประวัติศาสตร์ของท่าเรือแห่งนี้เริ่มต้นขึ้นเมื่อ" * 9, "क्षेत्रीय" * 40, "한국어문장" * 40, "👨‍👩‍👧‍👦" * 40, "🏴󠁧󠁢󠁥󠁮󠁧󠁿" * 60],
)
def test_no_line_begins_within_a_character(words: str) -> None:
    """Neither a line of the text part nor an excerpt parts a family, a flag or a vowel from its consonant."""
    import regex

    clusters = regex.findall(r"\X", words)
    found = "".join((regex.findall(r"\X", line) == line and "") or line for line in text(words).split("\n"))
    assert regex.findall(r"\X", found) == clusters
    first = excerpt(article(body=words, body_format="markdown")).removesuffix("…")
    assert regex.findall(r"\X", first) == clusters[: len(regex.findall(r"\X", first))]


@pytest.mark.parametrize(
    ("address", "tagged"),
    [
        ("/y/", f"{BASE}/y/?utm_source=letter"),
        ("/y/#z", f"{BASE}/y/?utm_source=letter#z"),
        ("/y/?utm_source=other&a=1", f"{BASE}/y/?a=1&amp;utm_source=letter"),
        ("https://other.example/", "https://other.example/"),
    ],
)
def test_links_of_the_own_site_are_measured_once(address: str, tagged: str) -> None:
    """In bodies and in the intro, before a fragment; other people's stay as they are."""
    settings = config(compose=ComposeSettings(body="full", qr="off", utm={"source": "letter"}))
    message = composed(
        article(1, body=f'<a href="{address}">x</a>'), settings=settings, intro=f"[y]({address})"
    ).message
    assert message.html.count(f'href="{tagged}"') == 2


def test_merge_fields_in_links_are_quoted() -> None:
    """In the intro and in templates, in both parts; what is all of an address stays one."""
    intro = "[x](https://a.example/?n={{ merge.first_name }}&x=1) {{ merge.first_name }}"
    message = composed(article(1), intro=intro).message
    assert message.html.count("n=%%url:first_name%%&amp;x=1") == 1
    assert message.text.count("n=%%url:first_name%%&x=1") == 1
    assert "%%html:first_name%%" in message.html
    assert "%%text:first_name%%" in message.text


def test_a_template_may_quote_a_field_or_link_one(tmp_path: Any) -> None:
    """A field within an address is quoted; a field that is the address is not."""
    link = '<a href="https://a.example/{{ merge.id }}">x</a><a href="{{ merge.link }}">y</a>'
    made = config(tmp_path, compose=own(tmp_path, "ours", html=f"<html><body><h1>x</h1>{link}</body></html>"))
    page_html = composed(article(1), settings=made).message.html
    assert 'href="https://a.example/%%url:id%%"' in page_html
    assert 'href="%%html:link%%"' in page_html


def test_a_subpath_is_there_once() -> None:
    """A path of the host that begins with the site's own path is one of the site."""
    links = Links(base_url="https://pages.example/docs")
    body = make_body(article(body='<a href="/docs/y/">y</a><a href="/z/">z</a><a href="/docsy/">d</a>'), links).html
    for path in ("docs/y/", "docs/z/", "docs/docsy/"):
        assert f'href="https://pages.example/{path}"' in body


def test_pictures_are_as_wide_as_they_are() -> None:
    """Icons stand in their line, known widths are kept, unknown ones never exceed the column."""
    found = html(
        '<p>a <img src="/i.png" width="16"> b <img src="/j.png" height="20"></p><img src="/k.png" width="900">'
        '<img src="/l.png">'
    )
    assert found.count("body-picture") == 2
    assert 'width="16" alt="" style="max-width:16px"' in found
    assert "height:20px" in found
    assert found.count('width="552"') == 2


WIDE = {
    "code": "```\n" + "x" * 300 + "\n```",
    "word": "W" * 300,
    "address": f"https://log.example/{'y' * 300}",
    "table": "|" + "a long heading|" * 9 + "\n|" + "-|" * 9 + "\n|" + "nonbreaking |" * 9,
    "picture": '<img src="/a.png" width="2000"> ![x](/b.png)',
    "quotes": ">" * 15 + " deep " + "q" * 80,
    "lists": "\n".join("  " * depth + "- " + "item" * 10 for depth in range(15)),
    "inline code": "`" + "c" * 300 + "`",
    "fixed": '<div style="width:900px"><table width="900"><tr><td nowrap>' + "n" * 200 + "</td></tr></table></div>",
}


@pytest.mark.browser
@pytest.mark.parametrize("template", ["digest", "compact"])
def test_no_body_is_wider_than_the_screen(tmp_path: Any, template: Any) -> None:
    """From a small phone to a tablet, whatever an article holds."""
    settings = config(compose=ComposeSettings(body="full", qr="off", template=template))
    bodies = [article(1, body=source, body_format="markdown") for source in WIDE.values()]
    pages = [shown(composed(one, article(2), settings=settings).message) for one in bodies]
    for width in (320, 360, 480, 600):
        assert dict(zip(WIDE, widths(pages, tmp_path, width), strict=True)) == dict.fromkeys(WIDE, width)


def test_references_that_are_unknown_are_plain_words() -> None:
    """Without a site, and without the archive at hand, no link leads to a place that is made up."""
    story = article(1, body="See [b](b.md) and [c](@/c.md).", body_format="markdown")
    message = compose(outline(story), {story.key: story}, FULL, offline=True).message
    assert "See b and c." in message.text


@pytest.mark.parametrize("title", ["See https://evil.example/?q=", "www.evil.example/?", "[x](https://evil.example/?"])
def test_no_headline_draws_a_merge_field_into_a_link(title: str) -> None:
    """A field that is beside a headline in subject and intro stays a word, in both parts."""
    settings = config(
        compose=ComposeSettings(subject="{headline}{{ merge.x }}", intro="{headline}{{ merge.x }}", qr="off")
    )
    message = composed(article(1, title=title), settings=settings).message
    assert "%%url:" not in message.subject + message.html + message.text
