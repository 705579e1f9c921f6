"""How the default template looks: what Outlook, phones, the dark and languages from right to left make of it."""

import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from lxml.html import HtmlElement, document_fromstring
from PIL import Image

from newsletter.errors import TemplateError
from newsletter.settings import ComposeSettings, Theme
from tests.composer.samples import BASE, article, composed, config, own, week_of

FULL = ComposeSettings(body="full")


def page_of(html: str) -> HtmlElement:
    """Parse the HTML part of a message."""
    return document_fromstring(html)


ALL = [ComposeSettings(template=name) for name in ("digest", "magazine", "wire", "letter", "compact")]
PLACES: list[Literal["end", "story", "lead", "issue"]] = ["end", "story", "lead", "issue"]


@pytest.mark.parametrize("settings", [*ALL, FULL])
def test_outlook_finds_space_where_it_looks_for_it(settings: ComposeSettings) -> None:
    """It pads table cells alone: elsewhere, padding is for others, and its buttons have their own cells."""
    html = composed(*week_of(12), settings=config(compose=settings)).message.html
    padded = [one for one in page_of(html).iter("*") if re.search(r"padding[a-z-]*:[^;]*[1-9]", one.get("style", ""))]
    assert {one.tag for one in padded} <= {"td", "ol", "a", "div"}
    buttons = page_of(html).xpath("//a[contains(@class, 'on-accent')]/..")
    assert all("outlined" in button.get("class") for button in buttons)
    assert ".outlined{padding:12px 24px}" in html.partition("<![endif]-->")[0]


def test_from_right_to_left_everything_is_mirrored() -> None:
    """Pictures keep their distance at their right, numbers stay inside the column, the intro is where all else is."""
    settings = config(newsletter={"language": "ar"}, compose=ComposeSettings(contents=True))
    html = composed(*week_of(9), settings=settings, intro="x").message.html
    assert re.search(r'<ol [^>]*dir="rtl"[^>]*style="[^"]*padding:0;padding-right:28px', html)
    assert ".thumb{width:112px!important;padding-right:16px!important}" in html
    assert re.search(r'<div class="intro" dir="auto" style="[^"]*text-align:right', html)


def test_small_lines_keep_their_parts_whole() -> None:
    """Lines break after a dot, and neither inside a date nor inside "3 stories"; the year is said once."""
    html = composed(*week_of(3)).message.html
    assert ">Field Office\u00a0· 14\u00a0May</p>" in html
    assert ">Week\u00a020\u00a0· 12\u00a0to\u00a018\u00a0May\u00a02025\u00a0· 3\u00a0stories</p>" in html


def test_names_that_run_the_other_way_are_isolated() -> None:
    """A Hebrew source in an English line keeps its own direction; so does everything in a newsletter from the right."""
    hebrew = "\u05d4\u05e1\u05e7\u05d9\u05e8\u05d4"
    assert f'<span dir="auto">{hebrew}</span>' in composed(article(1), article(2, source=hebrew)).message.html
    html = composed(article(2), settings=config(newsletter={"language": "ar"})).message.html
    assert '<span dir="auto">Field Office</span>\u00a0· <span dir="auto">' in html


def test_a_clear_logo_does_not_vanish_in_the_dark(tmp_path: Path) -> None:
    """Its picture is opaque, and a light ground surrounds it wherever dark mode is known."""
    Image.new("RGBA", (400, 100), (0, 0, 0, 0)).save(tmp_path / "logo.png")
    theme = Theme(logo="logo.png", surface="#fffaf0")
    message = composed(
        article(), settings=config(tmp_path, compose=ComposeSettings(assets_dir=(".",), theme=theme))
    ).message
    (logo,) = (image for image in message.images if image.filename.startswith("logo"))
    assert Image.open(io.BytesIO(logo.content)).convert("RGBA").getpixel((0, 0)) == (255, 250, 240, 255)
    assert message.html.count(".logo{background:#fffaf0!important;padding:8px!important}") == 2
    assert ".logo{" not in composed(article()).message.html


def test_a_logo_of_its_own_is_shown_in_the_dark(tmp_path: Path) -> None:
    """Each is on its own ground, and hidden in the other scheme."""
    for name in ("day", "night"):
        Image.new("RGBA", (400, 100), (0, 0, 0, 0)).save(tmp_path / f"{name}.png")
    theme = Theme(logo="day.png", logo_dark="night.png", surface_dark="#101010")
    settings = config(tmp_path, compose=ComposeSettings(assets_dir=(".",), theme=theme))
    message = composed(article(), settings=settings).message
    corners = {
        Image.open(io.BytesIO(image.content)).convert("RGBA").getpixel((0, 0))
        for image in message.images
        if image.filename.startswith("logo")
    }
    assert corners == {(255, 255, 255, 255), (16, 16, 16, 255)}
    day, night = page_of(message.html).xpath("//h1//img")
    assert "display:block" in day.get("style")
    assert "display:none" in night.get("style")
    assert message.html.count(".logo-light{display:none!important}") == 2
    assert message.html.count(".logo-dark{display:block!important}") == 2


def test_codes_stand_together_at_the_end() -> None:
    """Each with the number of its story, its short title and its address, linked; phones do not show them."""
    short = ComposeSettings(qr_url="https://go.example.org/{key}")
    page = page_of(composed(*week_of(4), settings=config(compose=short)).message.html)
    (grid,) = page.xpath("//td[contains(@class, 'desk')]")
    assert "Continue on another screen or on paper" in grid.text_content()
    links = grid.xpath(".//a")
    assert [link.get("href") for link in links] == [
        f"https://go.example.org/{link.xpath('string(img/@src)').split('-')[1]}" for link in links
    ]
    assert [link.findtext("b") for link in links] == ["1", "2", "3", "4"]
    assert all(link.text_content().strip().endswith(link.get("href").removeprefix("https://")) for link in links)


@pytest.mark.parametrize("place", PLACES)
def test_codes_are_where_they_are_wanted(place: Literal["end", "story", "lead", "issue"]) -> None:
    """With each story, with the lead, or one for the issue; phones hide them all, and each links what it holds."""
    settings = config(compose=ComposeSettings(qr_place=place))
    composition = composed(*week_of(4), settings=settings)
    assert not {one.code for one in composition.findings} & {"qr-link", "qr-quality", "text-coverage", "cid-unused"}
    page = page_of(composition.message.html)
    codes = page.xpath("//img[contains(@src, 'cid:qr-')]")
    assert len(codes) == len(composition.message.images) == (4 if place in ("end", "story") else 1)
    assert all(code.xpath("ancestor::*[contains(@class, 'desk')] and ancestor::a[@href]") for code in codes)
    assert all(f"width:{code.get('width')}px" in code.get("style") for code in codes)  # for Claws


def test_the_code_of_an_issue_leads_to_its_page() -> None:
    """To the web page where there is one, else to the site."""
    compose = ComposeSettings(qr_place="issue", web_url="https://review.example.org/issues/{issue}/")
    for settings, target in (
        (compose, "https://review.example.org/issues/2025-W20/"),
        (replace(compose, web_url=""), BASE),
    ):
        html = composed(article(), settings=config(compose=settings)).message.html
        (link,) = page_of(html).xpath("//a[img[contains(@src, 'cid:qr-issue')]]")
        assert link.get("href") == target


@pytest.mark.parametrize("settings", ALL)
def test_on_paper_there_are_no_buttons(settings: ComposeSettings) -> None:
    """Printing hides them, shows the codes on white, and keeps headlines with their words."""
    html = composed(*week_of(6), settings=config(compose=settings)).message.html
    paper = html.partition("@media print{")[2].partition("}\n}")[0]
    assert ".button{display:none!important}" in paper
    assert ".codes{display:table-cell!important}" in paper
    assert ".surface,.filled,.banner{background:#fff!important}" in paper
    assert "page-break-after:avoid!important" in paper


@pytest.mark.parametrize("settings", ALL)
def test_every_text_has_a_colour_without_a_doctype(settings: ComposeSettings) -> None:
    """Tables inherit none then: each text says it, or an element around it within the innermost table does."""
    html = composed(*week_of(12), settings=config(compose=settings), intro="Hello.").message.html
    coloured = re.findall(r"\.([\w-]+)(?=[^{}]*\{color:)", html.partition("<style")[2].partition("@media")[0])
    for text in page_of(html).xpath("//table//text()[normalize-space()]"):
        around = [text.getparent(), *text.getparent().iterancestors()]
        inner = around[: next(index for index, one in enumerate(around) if one.tag == "table")]
        assert any(
            "color:" in one.get("style", "").replace("background-color:", "")
            or set(one.get("class", "").split()) & set(coloured)
            for one in inner
        ), text


def test_no_picture_makes_a_column() -> None:
    """Thunderbird sets the most width of pictures itself: cells are as wide as they should be without them."""
    for settings in ALL:
        for picture in page_of(composed(*week_of(6), settings=config(compose=settings)).message.html).iter("img"):
            assert "max-width" not in picture.get("style", "")


def test_a_picture_is_shown_once() -> None:
    """Of two stories with the same banner the first has it; the lead's stays with the lead wherever it is."""
    same = "https://cdn.example.org/banners/business-1.jpg"
    stories = [article(1, banner=same), article(2, banner=same), article(3), article(4, featured=True, banner=same)]
    composition = composed(*stories)
    pictures = page_of(composition.message.html).xpath(f"//img[@src='{same}']/ancestor::a")
    assert [one.get("href") for one in pictures] == [stories[3].link]
    found = [one for one in composition.findings if one.code == "banner-repeated"]
    assert [one.where for one in found] == [stories[0].path, stories[1].path]
    assert {str(one.severity) for one in found} == {"info"}


def test_pictures_are_links_with_words() -> None:
    """Stock pictures, of which only the file's name tells something, have their story's headline."""
    stock = article(1, category="business-corporate", banner="https://cdn.example.org/Business_Corporate-3.jpg")
    links = page_of(composed(stock, article(2)).message.html).xpath("//a[img[contains(@src, 'cdn.example.org')]]")
    assert [link.get("href") for link in links] == [stock.link, article(2).link]
    assert [link.find("img").get("alt") for link in links] == ["Story number 1 has a headline of a…", "Picture: Travel"]


@pytest.mark.parametrize(
    ("size", "kept"), [((600, 900), (288, 192)), ((900, 300), (288, 192)), ((200, 200), (200, 133))]
)
def test_rows_have_cropped_pictures(tmp_path: Path, size: tuple[int, int], kept: tuple[int, int]) -> None:
    """Whatever their shape: three to two, never enlarged; a lead is cropped where it is too tall only."""
    for name in ("a", "b"):
        Image.new("RGB", size, "red" if name == "a" else "blue").save(tmp_path / f"{name}.png")
    settings = config(tmp_path, compose=ComposeSettings(banners="embed", assets_dir=(".",), qr="off"))
    images = composed(article(1, banner="/a.png"), article(2, banner="/b.png"), settings=settings).message.images
    lead, row = (Image.open(io.BytesIO(image.content)).size for image in images)
    assert row == kept
    assert lead == (size[0], min(size[1], round(size[0] * 311 / 552)))


def test_a_template_says_what_pictures_it_wants(tmp_path: Path) -> None:
    """Its own constants go before those of the template it extends; one that cannot be met is named."""
    for name in ("a", "b"):
        Image.new("RGB", (1200, 800), "red" if name == "a" else "blue").save(tmp_path / f"{name}.png")
    stories = article(1, banner="/a.png"), article(2, banner="/b.png")
    extends = '{% extends "shipped/digest/issue.html" %}'
    mine = own(tmp_path, "mine", html=f"{{% set row_picture = [100, 100] %}}{extends}")
    embed = replace(mine, banners="embed", assets_dir=(".",), qr="off")
    images = composed(*stories, settings=config(tmp_path, compose=embed)).message.images
    assert [Image.open(io.BytesIO(image.content)).size for image in images] == [(1104, 622), (200, 200)]
    for wish in ("row_picture = [0, 1]", 'lead_picture = "x"', 'pictures = "some"', "qr_place = 1"):
        wrong = own(tmp_path, re.sub(r"\W+", "", wish), html=f"{{% set {wish} %}}{extends}")
        with pytest.raises(TemplateError, match=wish.partition(" ")[0]):
            composed(*stories, settings=config(tmp_path, compose=wrong))


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


def test_lines_in_what_people_wrote_are_faint() -> None:
    """A rule in the intro or in a body is a hairline in light and dark."""
    body = article(body="<p>One.</p><hr><p>Two.</p>")
    html = composed(body, settings=config(compose=FULL), intro="One\n\n***\n\nTwo").message.html
    assert html.count("<hr") == html.count('<hr class="rule" style="') == 2


def test_the_text_part_reads_like_a_newspaper() -> None:
    """Numbered stories under their sections, one link each; short ones for typing at the end."""
    short = ComposeSettings(qr_url="https://go.example.org/{key}")
    text = composed(*week_of(4), settings=config(newsletter={"language": "fr"}, compose=short)).message.text
    assert "\n== TRAVEL ==\n\n2.  Story number 2 has a headline of a usual length\n" in text
    stories, _, end = text.partition("\u2500\u2500")
    numbers = (1, 2, 3, 4)
    assert re.findall(r"(?m)^    (https://\S+)$", stories) == [article(number).link for number in numbers]
    assert re.findall(r"(?m)^\d+\.  (https://\S+)$", end) == [f"https://go.example.org/{number}" for number in numbers]
    assert text.count("Lire l\u2019article complet") == 1
    assert "Scannez" not in text
    assert "Se d\u00e9sabonner" in text.splitlines()
