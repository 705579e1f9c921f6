"""Markdown is Markdown: the examples of the specifications go through the whole pipeline of bodies."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import nh3
import pytest
from lxml import html as lxml_html

from newsletter.composer.content import body_html
from tests.composer.samples import BASE, article

FOLDER = Path(__file__).parents[1] / "commonmark"
CORE = json.loads((FOLDER / "commonmark-0.31.2.json").read_text(encoding="utf-8"))
EXTENSIONS = json.loads((FOLDER / "gfm-extensions.json").read_text(encoding="utf-8"))
HIDDEN = {"script", "style", "textarea", "title"}
SCHEMES = {"http", "https", "mailto", "tel"}

UNCLOSED = "an element that is never closed is repeated by the parser; links without words are none"
BARE = "a bare address is a link, as the extension for autolinks says"
ROWS = "a table's rows say the headings of their columns, since columns do not fit into a phone"
DEVIATIONS = {
    **dict.fromkeys((21, 31, 187, 344, 476, 477, 630, 631, 642, 643), UNCLOSED),
    **dict.fromkeys((606, 608, 611, 612), BARE),
    484: "a link without words is none",
    501: "a link to a place of the article itself is none",
}
DEVIATIONS_OF_EXTENSIONS = {
    **dict.fromkeys((198, 199, 201, 202, 204, 205), ROWS),
    653: "what would hide its content is left out with it",
}


def read(markup: str) -> tuple[str, list[str]]:
    """Return the letters of HTML, without blanks, and the addresses of its links."""
    root: Any = lxml_html.fragment_fromstring(markup, create_parent="div")
    links = [str(link.get("href")) for link in root.iter("a") if link.get("href")]
    return "".join(root.text_content().split()), links


def ours(markdown: str) -> tuple[str, list[str]]:
    """Return what becomes of Markdown."""
    return read(str(body_html(article(body=markdown, body_format="markdown", title=""), BASE)))


def theirs(markup: str) -> tuple[str, list[str]]:
    """Return what a specification says, sanitised, its links absolute."""
    text, links = read(nh3.clean(markup, clean_content_tags=HIDDEN, link_rel=None, url_schemes=SCHEMES))
    below = (BASE + link if link.startswith("/") else link for link in links)
    return text, [urljoin(article().link, link) for link in below]


@pytest.mark.parametrize("start", range(0, len(CORE), 50))
def test_the_specification_holds(start: int) -> None:
    """Words and links are those of the specification, but for deviations that have a reason."""
    for example in CORE[start : start + 50]:
        same = ours(example["markdown"]) == theirs(example["html"])
        assert same is (example["example"] not in DEVIATIONS), example


@pytest.mark.parametrize("example", EXTENSIONS, ids=lambda example: str(example["example"]))
def test_the_extensions_hold(example: dict[str, Any]) -> None:
    """Tables, strikethrough, autolinks and the filter of tags are GitHub's."""
    same = ours(example["markdown"]) == theirs(example["html"])
    assert same is (example["example"] not in DEVIATIONS_OF_EXTENSIONS), example


@pytest.mark.parametrize("number", [198, 199, 201, 202, 204])
def test_a_table_loses_no_word(number: int) -> None:
    """Each cell of the specification's tables is there, in the order of its row."""
    (example,) = [one for one in EXTENSIONS if one["example"] == number]
    root: Any = lxml_html.fragment_fromstring(example["html"], create_parent="div")
    text = ours(example["markdown"])[0]
    assert all("".join(cell.text_content().split()) in text for cell in root.iter("td", "th"))


def test_all_examples_are_there() -> None:
    """The data is complete; `scripts/fetch_commonmark.py` brings it."""
    assert [one["example"] for one in CORE] == list(range(1, 653))
    assert len(EXTENSIONS) == 22
