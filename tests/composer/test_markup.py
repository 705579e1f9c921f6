"""Writing a tree: what comes out has the same words and the same borders, however it is read."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from newsletter.composer.markup import shown_pictures, write_inner, write_page
from newsletter.providers.sendgrid import TRAITS

GROUP_TAG = TRAITS.tags["group"]

TEXTS = st.text(alphabet="<>!-&{}%;'\"/ =a#3\u00a0é", max_size=30) | st.sampled_from(
    ["<!--<style>-->", "&{x};", "<!-- x -->", "</p>", "%%html:email%%", GROUP_TAG, "&amp;", "--><b>", "<!--#exec -->"]
)


class Reader(HTMLParser):
    """Collect what another parser finds: start tags as they stand, attributes, words."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.tags: list[str] = []
        self.values: list[str] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag."""
        self.tags.append((self.get_starttag_text() or "")[1:-1])
        self.values += [value or "" for _, value in attrs]

    def handle_data(self, data: str) -> None:
        """Keep words."""
        self.words += data


@given(TEXTS, TEXTS, TEXTS)
def test_nothing_raw_is_left_in_texts_and_attributes(title: str, text: str, tail: str) -> None:
    """Another parser reads the same values and words, and no tag holds a border."""
    root = etree.Element("div")
    child = etree.SubElement(root, "p", title=title, alt=title)
    child.text, child.tail = text, tail
    written = write_inner(root)
    reader = Reader()
    reader.feed(written)
    reader.close()
    assert reader.values == [title, title]
    assert reader.words == text + tail
    assert not set("".join(reader.tags)) & set("<>")
    assert "%%" not in written
    assert "{{" not in written


@pytest.mark.parametrize(
    ("markup", "written"),
    [
        ('<a href=" /a b?c=ü&amp;d=(1)">x</a>', '<a href="/a%20b?c=%C3%BC&amp;d=(1)">x</a>'),
        ("<p title='say \"x\"'>a<br>b<img src=c></p>", '<p title=\'say "x"\'>a<br>b<img src="c"></p>'),
        ("""<p title="'a' &quot;b&quot;"></p>""", """<p title="'a' &quot;b&quot;"></p>"""),
        ("<p><!--[if mso]><b>%%x%% {{ y }}<![endif]-->z</p>", "<p><!--[if mso]><b>% %x% % { { y }}<![endif]-->z</p>"),
        (
            "<div><style>a{width:50%}@media x{b{c:d}}</style></div>",
            "<div><style>a{width:50%}@media x{b{c:d}}</style></div>",
        ),
        ('<p><script>{"a":{"b":"%%x%%<b>"}}</script></p>', '<p><script>{"a":{"b":"% %x% %<b>"}}</script></p>'),
        ("<p>100 % &lt;% &#37;%&gt; {{{</p>", "<p>100 % &lt;&#37; &#37;&#37;&gt; &#123;&#123;&#123;</p>"),
    ],
)
def test_what_is_written(markup: str, written: str) -> None:
    """Addresses are quoted, marks are parted, and what has no references stays what it is."""
    body = etree.fromstring(f"<html><body>{markup}</body></html>", etree.HTMLParser()).find("body")
    assert body is not None
    assert write_inner(body) == written


def test_a_page_is_written_whole() -> None:
    """With its declaration, and without what is behind it."""
    page = etree.fromstring("<!DOCTYPE html><html><body>x</body></html>", etree.HTMLParser())
    assert write_page(page) == "<!DOCTYPE html>\n<html><body>x</body></html>\n"


def test_words_show_no_picture() -> None:
    """Only addresses do, those in styles and in Outlook's comments among them."""
    markup = """<html><head><style>p{background:url("cid:a")}</style></head><body background="cid:b">
    <!--[if mso]><v:fill src="cid:c"/><![endif]--><img src="cid:d" alt="cid:no"><p style="background:url(cid:e)">cid:no
    <a href="https://x.example/?cid:no">"cid:no"</a></p></body></html>"""
    assert shown_pictures(etree.fromstring(markup, etree.HTMLParser())) == set("abcde")
