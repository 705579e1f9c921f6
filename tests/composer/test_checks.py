"""Every check: silent on a good issue, heard on a bad one, and explained in the documentation."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from newsletter.composer.checks import SEVERITIES, check
from newsletter.composer.png import write_bilevel_png
from newsletter.composer.theme import contrast, luma
from newsletter.config import Config
from newsletter.models import Article, InlineImage, Message, Outline, OutlineEntry
from newsletter.settings import ComposeSettings, SendSettings, Theme, Unsubscribe
from tests.composer.samples import article, composed, config, outline, week_of

DOCUMENTED = Path(__file__).parents[2] / "docs" / "reference" / "checks.md"
FOUND_WHILE_COMPOSING = {
    "link-missing",
    "link-unanswered",
    "duplicate-elsewhere",
    "article-missing",
    "banner-broken",
    "banner-missing",
    "banner-still",
    "banner-repeated",
    "banner-unusable",
    "qr-elsewhere",
    "qr-generated",
    "qr-missing",
}

Change = Callable[[Message], Message]


def html(old: str, new: str) -> Change:
    """Change the HTML part; `old` must be in it."""

    def change(message: Message) -> Message:
        assert old in message.html
        return replace(message, html=message.html.replace(old, new))

    return change


def codes(change: Change, settings: Config | None = None, **changes: Any) -> set[str]:
    """Compose two good stories, change the message, and give the codes that checking it finds."""
    settings = settings or config()
    articles = (article(1), article(2))
    message = change(composed(*articles, settings=settings).message)
    page = outline(*articles, settings=settings, **changes)
    return {one.code for one in check(message, page, {one.key: one for one in articles}, settings)}


def as_it_is(message: Message) -> Message:
    """Change nothing."""
    return message


def code_image(png: bytes) -> Change:
    """Put another picture in place of the first code."""

    def change(message: Message) -> Message:
        first, *others = message.images
        return replace(message, images=(replace(first, content=png), *others))

    return change


def test_a_good_issue_has_no_finding() -> None:
    """The default template's work is clean, also without the articles at hand."""
    assert codes(as_it_is) == set()
    message = composed(article(1)).message
    assert check(message, outline(article(1)), None, config()) == ()


def cut(message: Message) -> Message:
    """Take the end off the first code, as a full disk does."""
    return code_image(message.images[0].content[:-30])(message)


BUTTON = 'href="https://review.example.org/2025-05-13-story-number-1/"'
EXTRA = InlineImage(cid="extra", filename="extra.png", mime_type="image/png", content=b"x" * 500_000)
SMALL = write_bilevel_png([b"\1" * 21] * 21, 2)

BAD: list[tuple[str, Change]] = [
    ("alt-missing", html('alt="QR code', 'title="QR code')),
    ("alt-weak", html('alt="Picture: Public Health"', 'alt="banner.jpg"')),
    ("charset", lambda message: replace(message, text=message.text.encode("latin-1", "replace").decode("latin-1"))),
    ("cid-missing", lambda message: replace(message, images=())),
    ("cid-unused", lambda message: replace(message, images=(*message.images, EXTRA))),
    ("picture-weight", lambda message: replace(message, images=(*message.images, EXTRA))),
    ("css-important", html("display:none!important", "display:none")),
    ("css-size", html("<style>", "<style>" + ".x{color:#000000!important}" * 1000)),
    ("css-support", html('style="margin:0;padding:0;', 'style="display:flex;padding:0;')),
    ("headings", html("<h1", "<h4")),
    ("headings", html("<h1", "<h2>Before the name</h2><h1")),
    ("leftover-tag", html("You receive", "You, {{ first_name }}, receive")),
    ("leftover-tag", lambda message: replace(message, text=message.text + "%%name%%\n")),
    ("link-empty", html(BUTTON, 'href=""')),
    ("link-empty", html(BUTTON, 'href="https://[x"')),
    ("link-empty", html(BUTTON, 'href="https:///story"')),
    ("link-insecure", html(BUTTON, 'href="http://review.example.org/"')),
    ("link-relative", html(BUTTON, 'href="/story"')),
    ("link-tracking", html(BUTTON, 'href="https://other.example/?fbclid=1"')),
    ("link-vague", html(">Read the full story</a>", ">Read more</a>")),
    ("picture-address", html("https://cdn.example.org/banners/energy-1.jpg", "data:image/png;base64,AAAA")),
    ("picture-kind", html("energy-1.jpg", "energy-1.webp")),
    ("picture-kind", html("energy-1.jpg", "energy-1.BMP?width=552")),
    ("picture-width", html('width="552"', 'width="100%"')),
    ("picture-width", html('width="552"', 'width="5²"')),
    ("postal-address", html("1 Sample Street", "2 Other Street")),
    ("postal-address", lambda message: replace(message, text=message.text.replace("Sampleton", ""))),
    ("qr-link", html(BUTTON, 'href="https://review.example.org/elsewhere/"')),
    ("qr-quality", code_image(b"GIF89a")),
    ("qr-quality", code_image(SMALL)),
    ("qr-quality", code_image(SMALL[:20])),
    ("qr-quality", cut),
    ("qr-quality", html('width="123"', 'width="100"')),
    ("qr-quality", html('width="123"', 'width="²"')),
    ("size", html("You receive", "x" * 102_400)),
    ("subject-missing", lambda message: replace(message, subject="  ")),
    ("subject-length", lambda message: replace(message, subject="x" * 200)),
    ("subject-too-long", lambda message: replace(message, subject="x" * 201)),
    ("text-coverage", lambda message: replace(message, text=f"Other — words.\n{message.text[-40:]}")),
    ("text-lines", lambda message: replace(message, text=message.text + "x" * 79 + "\n")),
    ("text-lines", lambda message: replace(message, text=message.text + "see https://x.example/ now\n")),
    ("text-lines", lambda message: replace(message, text=message.text + "https://x.example/ is the site\n")),
    ("unsubscribe", html("%%unsubscribe%%", "https://x.example/")),
    ("unsubscribe", html('href="%%unsubscribe%%"', 'href="https://x.example/" title="%%unsubscribe%%"')),
    ("unsubscribe", lambda message: replace(message, text=message.text.replace("%%unsubscribe%%", ""))),
]


@pytest.mark.parametrize(("code", "change"), BAD, ids=[f"{number}-{code}" for number, (code, _) in enumerate(BAD)])
def test_a_bad_message_is_found(code: str, change: Change) -> None:
    """One defect each, and its code among the findings."""
    assert code in codes(change)


# Neither white nor black words can be read on it, though it can itself on black.
GREY_BUTTON = Theme(accent_dark="#7b7b7b", background_dark="#000000", surface_dark="#000000")


def weighing(*weights: int) -> Change:
    """Let pictures of this many bytes travel, and no others."""
    return lambda message: replace(message, images=tuple(replace(EXTRA, content=b"x" * weight) for weight in weights))


def filled(length: int) -> Change:
    """Fill the HTML part up to this many bytes."""
    return lambda message: replace(message, html=message.html + "x" * (length - len(message.html.encode())))


def styled(length: int) -> Change:
    """Have one style block of this many bytes."""
    return lambda message: replace(message, html=f"<style>{'.x{}':{length}}</style>")


def lacking(missing: int) -> Change:
    """Have a hundred words in the HTML part, of which this many are not in the text part."""
    words = [f"word{first}{second}" for first in "abcdefghij" for second in "abcdefghij"]
    return lambda message: replace(message, html=" ".join(words), text="\n".join(words[missing:]))


def quiet(margin: int) -> Change:
    """Show a code with this many quiet modules above it, and enough beside it."""
    rows = [bytes(37)] * margin + [bytes(8) + b"\1" * 7 + bytes(22)] + [bytes(37)] * (36 - margin)
    png = write_bilevel_png(rows, 8)

    def change(message: Message) -> Message:
        alone = replace(message, images=(replace(message.images[0], content=png),))
        return html('width="123"', 'width="148"')(alone)

    return change


LIMITS: list[tuple[str, Change, Change]] = [
    ("css-size", styled(16_384), styled(16_385)),
    ("picture-weight", weighing(400_000), weighing(400_001)),
    ("picture-weight", weighing(*[400_000] * 5), weighing(*[400_000] * 5, 1)),
    ("qr-quality", quiet(4), quiet(3)),
    ("size", filled(102_400), filled(102_401)),
    ("subject-length", lambda message: replace(message, subject="x" * 60), lambda m: replace(m, subject="x" * 61)),
    ("text-coverage", lacking(10), lacking(11)),
    ("text-lines", lambda message: replace(message, text="x" * 78), lambda message: replace(message, text="x" * 79)),
]


@pytest.mark.parametrize(("code", "within", "beyond"), LIMITS, ids=[f"{n}-{one[0]}" for n, one in enumerate(LIMITS)])
def test_a_limit_is_where_it_is_said_to_be(code: str, within: Change, beyond: Change) -> None:
    """What just fits makes no finding, a byte, a word or a module more does."""
    assert code not in codes(within)
    assert code in codes(beyond)


SETTINGS: list[tuple[str, Config]] = [
    ("contrast", config(compose=ComposeSettings(theme=Theme(muted="#6f6f6f")))),
    ("contrast", config(compose=ComposeSettings(theme=GREY_BUTTON))),
    ("button-colour", config(compose=ComposeSettings(theme=Theme(accent="#0b5cad")))),
    ("language-words", config(newsletter={"language": "sw"})),
    ("postal-address", config(newsletter={"postal_address": " "})),
]


@pytest.mark.parametrize(("code", "settings"), SETTINGS, ids=[code for code, _ in SETTINGS])
def test_a_bad_configuration_is_found(code: str, settings: Config) -> None:
    """What the configuration gets wrong is found at the file's name."""
    assert codes(as_it_is, settings) == {code}


def test_colours_that_can_just_be_read_are_none() -> None:
    """Grey of a contrast of 4.56 passes where 4.49 does not."""
    assert codes(as_it_is, config(compose=ComposeSettings(theme=Theme(muted="#6e6e6e")))) == set()


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("no-articles", {"entries": ()}),
        ("no-articles", {"entries": (OutlineEntry(key="gone"),)}),
        ("leftover-tag", {"intro": "Dear {{ first_name }}"}),
        ("preheader-length", {"preheader": "x" * 39}),
        ("preheader-length", {"preheader": "x" * 131}),
        (
            "preheader-repeats",
            {
                "preheader": "The same words in both of them, exactly",
                "subject": "The same words in both of them, exactly",
            },
        ),
    ],
)
def test_a_bad_outline_is_found(code: str, changes: dict[str, Any]) -> None:
    """What a person wrote into issue.toml is checked."""
    assert code in codes(as_it_is, **changes)


@pytest.mark.parametrize("length", [40, 130])
def test_a_preheader_of_forty_to_a_hundred_and_thirty_characters_is_good(length: int) -> None:
    """Both ends are within."""
    assert codes(as_it_is, preheader="x" * length) == set()


@pytest.mark.parametrize("place", ["subject", "preheader", "intro"])
@pytest.mark.parametrize(
    "mark", ["{{ foo }}", "{{ merge.first name }}", "{{ merge.first_name }", "{merge.first_name}", "{{ merge.größe }}"]
)
def test_a_mistyped_merge_field_is_found_where_it_stands(place: str, mark: str) -> None:
    """Readers would see the braces; the finding names the text that holds them."""
    changes: dict[str, Any] = {place: f"Dear {mark}, hello"}
    page = outline(article(1), **changes)
    findings = check(composed(article(1)).message, page, None, config())
    assert [(one.severity, f"in the {place}:" in one.message) for one in findings if one.code == "leftover-tag"] == [
        ("error", True)
    ]


def test_a_mistyped_merge_field_is_quoted_with_its_surroundings() -> None:
    """Right merge fields around it are quoted as they stand."""
    page = outline(article(1), subject="{{merge.a}} {{ nme }}, {{merge.b}}")
    (found_one,) = (one for one in check(composed(article(1)).message, page, None, config()))
    assert found_one.message.endswith("in the subject: merge.a}} {{ nme }}, {{merge.b}}"[-34:])
    assert "{{ nme }}, {{merge.b}}" in found_one.message


def test_a_code_saved_anew_is_called_what_it_is() -> None:
    """Its rows are written in another way: that is no missing quiet zone, and no crash."""
    message, saved = composed(article(1)).message, io.BytesIO()
    Image.open(io.BytesIO(message.images[0].content)).save(saved, "PNG", optimize=True)
    (quality,) = check(code_image(saved.getvalue())(message), outline(article(1)), None, config())
    assert (quality.code, "not the plain" in quality.message) == ("qr-quality", True)


def test_an_address_may_be_broken_into_lines() -> None:
    """Tags and punctuation between the words of the postal address do not count."""
    assert "postal-address" not in codes(html("1 Sample Street, Sampleton", "1 Sample Street<br>Sampleton"))


def test_a_code_that_is_not_shown_needs_no_link(tmp_path: Path) -> None:
    """The compact template shows none: their short links are nobody's riddle."""
    short = ComposeSettings(template="compact", qr_url="https://go.example.org/{key}")
    assert "qr-link" not in found(*week_of(3), settings=config(tmp_path, compose=short))


def test_too_large_an_issue_is_told_what_helps() -> None:
    """The list of a composed issue is frozen: a limit alone would change nothing."""
    (size,) = (one for one in composed(*week_of(120)).findings if one.code == "size")
    assert "--reselect" in size.hint
    assert "issue.toml" in size.hint


def test_a_finding_is_safe_to_print() -> None:
    """What a finding quotes from a person's text cannot steer a terminal."""
    page = outline(article(1), intro="{{ foo }}\x1b[2J\u202e words")
    (found_one,) = (one for one in check(composed(article(1)).message, page, None, config()))
    assert found_one.message == "looks like an unreplaced placeholder in the intro: {{ foo }}[2J words"


def test_braces_of_a_headline_are_no_merge_field() -> None:
    """A headline that becomes the subject may hold braces: they are inert."""
    title = "Why {{ merge.first_name }} stands in so many letters"
    assert "leftover-tag" not in {one.code for one in composed(article(1, title=title)).findings}


def found(*articles: Article, settings: Config | None = None, intro: str = "") -> dict[str, str]:
    """Compose and give the findings' messages by code."""
    return {one.code: one.message for one in composed(*articles, settings=settings, intro=intro).findings}


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
@pytest.mark.parametrize("template", ["digest", "compact"])
def test_the_caption_of_a_code_is_no_gap_of_the_text(template: str, language: str) -> None:
    """The shortest issue has the fewest words; the one sentence that only a picture needs is not missed in the text."""
    settings = config(newsletter={"language": language, "name": "R"}, compose=ComposeSettings(template=template))
    short = article(1, title="Tides", summary="Calm.", source="", category="", banner="")
    assert "text-coverage" not in found(short, settings=settings)
    assert "text-coverage" not in found(*week_of(3), settings=settings)


def test_articles_without_summary_are_named() -> None:
    """The finding's place is the article's file."""
    composition = composed(article(1, summary=""), article(2))
    assert [(one.code, one.where) for one in composition.findings] == [("summary-missing", article(1).path)]


def test_nothing_stands_in_for_an_article_without_words() -> None:
    """What the finding says of first words is true: a body of pictures, or none, has none."""
    for body in ("", "{{< youtube x >}}"):
        said = found(article(1, summary="", body=body), article(2))["summary-missing"]
        assert said == "the article has no summary, and no text that could be used instead"


def test_a_word_that_the_contents_cut_is_no_gap_of_the_text() -> None:
    """Half of a compound is in no text part, where the headline is whole, on two lines if it must be."""
    parts = ("Donaudampfschifffahrt", "Elektrizitätswerk", "Hauptbetriebswerk", "Unterbeamten", "Gesellschafter")
    titles = ["".join(parts[start:] + parts[:start]) for start in range(5)] * 2
    week = [article(number, title=one, summary="Calm.", source="", category="") for number, one in enumerate(titles)]
    assert "text-coverage" not in found(*week)


def test_a_merge_field_wants_a_default() -> None:
    """A field without a default is found, one with a default is not."""
    intro = "Dear {{ merge.first_name }}"
    assert set(found(article(1), intro=intro)) == {"merge-default"}
    send = SendSettings(from_="Review <review@example.org>", defaults={"first_name": "reader"})
    assert found(article(1), settings=config(send=send), intro=intro) == {}


def test_what_every_recipient_has_wants_no_default() -> None:
    """The address of each, and the way to unsubscribe that is made for each."""
    own_way = Unsubscribe(mode="url", url="https://x.example/?t={email}")
    send = SendSettings(from_="Review <review@example.org>", unsubscribe=own_way)
    assert found(article(1), settings=config(send=send), intro="Dear {{ merge.email }}") == {}


def test_the_newsletter_may_follow_its_own_links() -> None:
    """UTM parameters of the settings are no tracking of somebody else's."""
    assert found(article(1), settings=config(compose=ComposeSettings(utm={"source": "news"}))) == {}


def test_ninety_stories_are_told_how_many_fit() -> None:
    """The size finding's number is true: that many stories fit, and some more do not."""
    settings = config(newsletter={"base_url": "https://a-rather-long-name.review.example.org"})
    stories = week_of(90)
    message = found(*stories, settings=settings)["size"]
    fit = int(re.search(r"(\d+) of 90 articles fit", message)[1])  # type: ignore[index]
    assert len(composed(*stories[:fit], settings=settings).message.html.encode()) <= 102_400
    assert len(composed(*stories[: fit + 6], settings=settings).message.html.encode()) > 102_400


def test_click_tracking_counts() -> None:
    """With tracking on, links grow; an issue near the limit is found."""
    send = SendSettings(from_="Review <review@example.org>", tracking=True)
    assert "size" in found(*week_of(50), settings=config(send=send))


def test_every_code_is_documented() -> None:
    """The reference has a heading for each code, with its severity, and none besides."""
    text = DOCUMENTED.read_text(encoding="utf-8")
    documented = dict(re.findall(r"^### `([a-z-]+)` \((error|warning|info)\)$", text, re.MULTILINE))
    assert documented == {code: str(severity) for code, severity in SEVERITIES.items()}


def test_every_code_is_tested() -> None:
    """No code is without a case here or in the tests of composing."""
    here = {code for code, _ in BAD} | {code for code, _ in SETTINGS} | FOUND_WHILE_COMPOSING
    assert set(SEVERITIES) - here == {
        "preheader-length",
        "preheader-repeats",
        "summary-missing",
        "merge-default",
        "no-articles",
        "body-cut",
        "body-dropped",
        "raw-marks",
        "too-wide",
        "words-joined",
        "picture-unpublished",
    }


def test_a_body_that_is_cut_is_named() -> None:
    """A body that an email cannot hold is cut off, and its article gets a finding; others do not."""
    long = article(1, body="<p>" + "word " * 200_000 + "</p>")
    settings = config(compose=ComposeSettings(body="full"))
    found = composed(long, article(2), settings=settings).findings
    assert [finding.where for finding in found if finding.code == "body-cut"] == [long.path]


def test_contrast_and_brightness_are_measured_as_others_do() -> None:
    """Black on white is 21 to 1; the colours that a dark mode was seen to repaint are on the right side."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert luma("#0a4f96") < 72 < luma("#0b5cad")


def test_checking_needs_no_outline_of_the_same_articles() -> None:
    """An entry whose article is gone does not end the checks."""
    page = outline(article(1), article(2))
    assert isinstance(page, Outline)
    assert check(composed(article(1)).message, page, {"1": article(1)}, config()) == ()


def test_short_links_are_listed_in_the_text_part() -> None:
    """With `qr_url`, the text part has each story's link, and a list of the short ones; none may be missing."""
    settings = config(compose=ComposeSettings(qr_url="https://go.example/{key}"))
    assert codes(as_it_is, settings) == set()

    def without_links(message: Message) -> Message:
        assert "1.  https://go.example/" in message.text
        return replace(message, text=message.text.replace("https://go.example/", ""))

    assert "text-coverage" in codes(without_links, settings)
