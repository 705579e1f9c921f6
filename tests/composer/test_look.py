"""How the default template looks: what Outlook, phones, the dark and languages from right to left make of it."""

import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from lxml.html import HtmlElement, document_fromstring
from PIL import Image

from newsletter.settings import ComposeSettings, SelectSettings, Theme
from tests.composer.samples import article, composed, config, own, week_of

FULL = ComposeSettings(body="full")


def page_of(html: str) -> HtmlElement:
    """Parse the HTML part of a message."""
    return document_fromstring(html)


@pytest.mark.parametrize("settings", [ComposeSettings(), FULL, ComposeSettings(template="compact")])
def test_outlook_finds_space_where_it_looks_for_it(settings: ComposeSettings) -> None:
    """It pads table cells alone: elsewhere, padding is for others: it has its own cells, or none."""
    html = composed(*week_of(12), settings=config(compose=settings)).message.html
    padded = [one for one in page_of(html).iter("*") if re.search(r"padding[a-z-]*:[^;]*[1-9]", one.get("style", ""))]
    assert {one.tag for one in padded} <= {"td", "ol", "a", "div"}
    assert {one.get("class") for one in padded if one.tag == "div"} <= {"desk", "ground text"}
    buttons = page_of(html).xpath("//a[contains(@class, 'press')]/..")
    assert all("outlined" in button.get("class") for button in buttons)
    assert ".outlined{padding:9px 16px}" in html.partition("<![endif]-->")[0]


def test_every_row_begins_below_its_hairline() -> None:
    """The cell that draws the line keeps its distance."""
    rows = page_of(composed(*week_of(6)).message.html).xpath("//td[contains(@class, 'rule')][contains(., 'Story')]")
    assert rows
    assert all("padding:24px 0 32px" in row.get("style") for row in rows)


def test_from_right_to_left_everything_is_mirrored() -> None:
    """Numbers stay inside the column, the phone's button keeps its distance, the intro stands where all else does."""
    html = composed(*week_of(9), settings=config(newsletter={"language": "ar"})).message.html
    assert re.search(r'<ol style="[^"]*padding:0;padding-right:28px', html)
    assert "margin-left:8px!important" in html
    assert re.search(r'<div dir="auto" style="[^"]*text-align:right', html)


def test_small_lines_keep_their_parts_whole() -> None:
    """Each part has its own direction; lines break after a dot, and neither inside a date nor inside "3 stories"."""
    html = composed(*week_of(3)).message.html
    one, day = "Field Office", "14\u00a0May\u00a02025"
    assert f'<span dir="auto">{one}</span>\u00a0· <span dir="auto">{day}</span></p>' in html
    assert (
        '<span dir="auto">12\u00a0to\u00a018\u00a0May\u00a02025</span>\u00a0· <span dir="auto">3\u00a0stories' in html
    )


def test_a_clear_logo_does_not_vanish_in_the_dark(tmp_path: Path) -> None:
    """Its picture is opaque, and a light ground surrounds it wherever dark mode is known."""
    Image.new("RGBA", (400, 100), (0, 0, 0, 0)).save(tmp_path / "logo.png")
    theme = Theme(logo="logo.png", surface="#fffaf0")
    message = composed(
        article(), settings=config(tmp_path, compose=ComposeSettings(assets_dir=".", theme=theme))
    ).message
    (logo,) = (image for image in message.images if image.filename.startswith("logo"))
    assert Image.open(io.BytesIO(logo.content)).convert("RGBA").getpixel((0, 0)) == (255, 250, 240, 255)
    assert message.html.count(".logo{background:#fffaf0!important;padding:8px!important}") == 2
    assert ".logo" not in composed(article()).message.html


def test_a_story_without_banner_has_its_code_at_the_end() -> None:
    """Where pictures would stand, there is no column of codes; the words come first."""
    bare = [article(number, banner="") for number in range(1, 4)]
    html = composed(*bare).message.html
    assert 'width="208"' not in html
    codes = [match.start() for match in re.finditer('alt="QR code', html)]
    buttons = [match.start() for match in re.finditer('aria-label="Read', html)]
    assert all(button < code for button, code in zip(buttons, codes, strict=True))


@pytest.mark.parametrize("link", ["https://review.example.org/" + "x" * 330])
def test_a_code_too_large_for_the_side_does_not_cover_the_words(link: str) -> None:
    """The row takes the whole column then."""
    html = composed(article(1), article(2, link=link), article(3)).message.html
    rows = page_of(html).xpath("//td[starts-with(@style, 'padding:24px 0 32px')]")
    assert ["max-width:208px" in html_of(row) for row in rows] == [False, True]


def html_of(element: HtmlElement) -> str:
    """Return the styles of an element and those in it."""
    return " ".join(one.get("style", "") for one in element.iter("*"))


def test_phones_show_codes_and_nothing_where_pictures_are_off() -> None:
    """The lead's too, in their own width, so that decoders read them; without a height, browsers draw no frame."""
    page = page_of(composed(*week_of(3)).message.html)
    codes = page.xpath("//*[contains(@class, 'desk')]/img[starts-with(@alt, 'QR code')]")
    small = page.xpath("//div[@class='phone']/img[@alt='']")
    assert len(small) == 3
    assert [(one.get("src"), one.get("width"), one.get("height")) for one in small] == [
        (code.get("src"), code.get("width"), None) for code in codes
    ]


@pytest.mark.parametrize("qr", ["off", "auto"])
def test_the_guides_pieces_of_a_story_go_together(tmp_path: Path, qr: Literal["off", "auto"]) -> None:
    """Also for a story without banner or code; what the caller writes is there in either case."""
    guide = (Path(__file__).parents[2] / "docs" / "guides" / "templates.md").read_text(encoding="utf-8")
    (pieces,) = re.findall(r"```jinja\n(\{% import.*?)```", guide, re.DOTALL)
    imported, _, pieces = pieces.partition("\n")
    html = f'{{% extends "shipped/digest/issue.html" %}}{imported}{{% block story %}}{pieces}{{% endblock %}}'
    settings = config(tmp_path, compose=replace(own(tmp_path, "ours", html=html), qr=qr))
    message = composed(article(1), article(2, banner=""), settings=settings).message
    assert message.html.count("content to the left of the code") == 1
    assert message.html.count('alt="QR code') == (0 if qr == "off" else 3)


def test_below_a_whole_article_the_code_keeps_its_distance() -> None:
    """On a phone, it stands beside the button there, too."""
    page = page_of(composed(article(), settings=config(compose=FULL)).message.html)
    (code,) = page.xpath("//img[starts-with(@alt, 'QR code')]/ancestor::div[contains(@style, 'margin:24px 0 0')]")
    assert code.get("class") == "desk"
    assert page.xpath("//table[@class='paired']/following-sibling::div[@class='phone']")


def test_without_styles_a_caption_and_a_headline_below_it_do_not_touch() -> None:
    """Some programs drop all styles but those of elements; others take the caption's space back."""
    html = composed(*week_of(2)).message.html
    assert html.count('<p class="caption muted" style=') == html.count("margin:8px 0 24px") == 2
    assert ".caption{margin-bottom:0!important}" in html


def test_stock_pictures_are_decoration() -> None:
    """Where only the file's name says what a banner shows, nothing is said; a category of the article's own is."""
    stock = article(1, category="business-corporate", banner="https://cdn.example.org/Business_Corporate-3.jpg")
    images = page_of(composed(stock, article(2)).message.html).xpath("//img[contains(@src, 'cdn.example.org')]")
    assert [one.get("alt") for one in images] == ["", "Picture: Travel"]
    assert ["muted" in one.get("class") for one in images] == [False, True]


@pytest.mark.parametrize(("summary", "space"), [("", "20px"), ("Words.", "12px")])
def test_a_button_keeps_its_distance(summary: str, space: str) -> None:
    """Where no words come between, the small line keeps it."""
    html = composed(article(summary=summary, body="")).message.html
    assert re.search(rf'<p class="muted" style="[^"]*margin:4px 0 {space}', html)


def test_lines_in_what_people_wrote_are_faint() -> None:
    """A rule in the intro or in a body is a hairline in light and dark."""
    body = article(body="<p>One.</p><hr><p>Two.</p>")
    html = composed(body, settings=config(compose=FULL), intro="One\n\n***\n\nTwo").message.html
    assert html.count("<hr") == html.count('<hr class="rule" style="') == 2


def test_one_source_is_not_named_in_the_intro() -> None:
    """It stands below every headline; two are worth a sentence."""
    assert "With stories" not in composed(article(1), article(3)).message.text
    assert "With stories from Field Office and Night Desk." in composed(article(1), article(2)).message.text


def test_the_text_part_says_nothing_of_scanning() -> None:
    """A short link of a code stands below the story's; labels need no colon, whose place depends on the language."""
    short = ComposeSettings(qr_url="https://go.example.org/{key}")
    text = composed(article(4), settings=config(newsletter={"language": "fr"}, compose=short)).message.text
    lines = text.splitlines()
    found = lines.index("https://go.example.org/4")
    assert lines[found - 2 : found] == ["Lire l\u2019article complet", article(4).link]
    assert "Scannez" not in text
    assert "Se d\u00e9sabonner" in lines


def test_compact_keeps_its_rhythm() -> None:
    """Stories without sections are parted by hairlines as those in sections are."""
    settings = config(compose=ComposeSettings(template="compact"), select=SelectSettings(group_by="none"))
    rows = page_of(composed(*week_of(4), settings=settings).message.html).xpath("//td[contains(@class, 'rule')]")
    assert len(rows) == 1 + 3
