"""A project's own templates: they come first, extend the shipped ones, and name the line that is wrong."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from lxml.html import document_fromstring

from newsletter.composer.templates import Templates, shipped_templates
from newsletter.errors import TemplateError
from newsletter.models import Message
from newsletter.settings import ComposeSettings, SelectSettings, SendSettings
from tests.composer.samples import WEEK, article, composed, config, own, week_of

SHIPPED = ("compact", "digest", "letter", "magazine", "wire")


def test_a_block_of_a_shipped_template_can_be_replaced(tmp_path: Path) -> None:
    """An own template changes one block; everything else, the text part included, is the digest's."""
    footer = '<tr><td>Mine <a href="{{ unsubscribe }}">Unsubscribe</a></td></tr>'
    html = f'{{% extends "shipped/digest/issue.html" %}}{{% block footer %}}{footer}{{% endblock %}}'
    composition = composed(article(), settings=config(tmp_path, compose=own(tmp_path, "mine", html=html)))
    assert "<td>Mine <a" in composition.message.html
    assert "You receive" not in composition.message.html
    assert article().title in composition.message.html
    assert set(composition.templates) >= {"mine/issue.html", "shipped/digest/issue.html", "digest/issue.txt"}


def test_an_own_template_may_take_a_shipped_ones_name(tmp_path: Path) -> None:
    """A project's templates/digest wraps the shipped digest."""
    html = '{% extends "shipped/digest/issue.html" %}{% block intro %}<p>Ours</p>{% endblock %}'
    composition = composed(article(), settings=config(tmp_path, compose=own(tmp_path, "digest", html=html)))
    assert "Ours</p>" in composition.message.html


PARTS = '{% import "shipped/digest/parts.html" as parts with context %}'


@pytest.mark.parametrize(
    ("html", "line", "words"),
    [
        ("one\n{% if %}", 2, "Expected an expression"),
        ("one\ntwo\n{{ nothing_like_it }}", 3, "'nothing_like_it' is undefined"),
        ("one\n{{ lead.titel }}", 2, ": story has no 'titel'$"),
        ('{% extends "shipped/digest/issue.html" %}\n{% block footr %}{% endblock %}', 2, "there is no block 'footr'"),
        ('{% extends "shipped/compact/issue.html" %}\n{% block footr %}{% endblock %}', 2, "there is no block 'footr'"),
        ("{{ 1 / 0 }}", 1, "division"),
        ('\n{% extends "mine/issue.html" %}', 2, "mine/issue.html extends itself"),
        ('\n{% extends "shipped/digst/issue.html" %}', 2, "there is no template file 'shipped/digst/issue.html'"),
        ('\n{% include "x.html" %}', 2, "there is no template file 'x.html'"),
        ('\n{% include ["x.html", "y.html"] %}', 2, "there is no template file 'y.html'"),
        (f"{PARTS}\n{{{{ parts.headline(lead.titel) }}}}", 2, "story has no 'titel'"),
        (f"{PARTS}\n{{{{ parts.headline(issue) }}}}", 2, ": str has no 'link'"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, html: str, line: int, words: str) -> None:
    """Syntax errors, unknown names and failing expressions name file and line."""
    with pytest.raises(TemplateError, match=words) as caught:
        composed(article(), settings=config(tmp_path, compose=own(tmp_path, "mine", html=html)))
    assert caught.value.place == f"{tmp_path / 'templates' / 'mine' / 'issue.html'}:{line}"


def test_templates_that_extend_each_other_are_a_mistake(tmp_path: Path) -> None:
    """The circle is named where it closes, and the hint says how a shipped template of the same name is meant."""
    own(tmp_path, "digest", html='{% extends "mine/issue.html" %}')
    settings = config(tmp_path, compose=own(tmp_path, "mine", html='{% extends "digest/issue.html" %}'))
    with pytest.raises(TemplateError, match=r"mine/issue\.html extends itself") as caught:
        composed(article(), settings=settings)
    assert caught.value.place == f"{tmp_path / 'templates' / 'digest' / 'issue.html'}:1"
    assert '"shipped/digest/issue.html"' in caught.value.hint


@pytest.mark.parametrize("part", ["html", "txt"])
@pytest.mark.parametrize("nothing", ["", " \n ", "{# x #}", "<!-- x -->", "<!-- open", "<!DOCTYPE html>\n<?x?>"])
def test_a_template_that_renders_nothing_is_a_mistake(tmp_path: Path, nothing: str, part: str) -> None:
    """It is named before anything is made of nothing."""
    parts = {"html": "<p>x</p>", part: nothing}
    with pytest.raises(TemplateError, match="renders nothing") as caught:
        composed(article(), settings=config(tmp_path, compose=own(tmp_path, "mine", **parts)))
    assert caught.value.place == str(tmp_path / "templates" / "mine" / f"issue.{part}")


@pytest.mark.parametrize("title", ["<!-- no end", "<!-- Rates -->", "<!DOCTYPE html>"])
def test_a_headline_does_not_make_a_template_render_nothing(tmp_path: Path, title: str) -> None:
    """Words that look like a comment are words."""
    text = "{{ lead.title }}\n{{ unsubscribe }}"
    page = "<p>{{ lead.title }}</p>"
    message = composed(
        article(title=title), settings=config(tmp_path, compose=own(tmp_path, "mine", html=page, txt=text))
    )
    assert title in message.message.text


def test_a_templates_broken_address_is_a_finding(tmp_path: Path) -> None:
    """What cannot be split into parts leads nowhere."""
    html = '{% extends "shipped/digest/issue.html" %}{% block intro %}<a href="https://[x">words</a>{% endblock %}'
    composition = composed(article(), settings=config(tmp_path, compose=own(tmp_path, "mine", html=html)))
    assert "link-empty" in {one.code for one in composition.findings}


def test_a_replaced_block_may_hold_blocks_of_its_own(tmp_path: Path) -> None:
    """A block within a known one is shown, and so can be replaced by a template that extends this one."""
    html = '{% extends "shipped/compact/issue.html" %}{% block intro %}{% block ours %}Ours{% endblock %}{% endblock %}'
    own(tmp_path, "mine", html=html)
    below = '{% extends "mine/issue.html" %}{% block ours %}Theirs{% endblock %}'
    composition = composed(article(), settings=config(tmp_path, compose=own(tmp_path, "below", html=below)))
    assert "Theirs" in composition.message.html


def test_a_template_that_extends_nothing_there_is_names_it(tmp_path: Path) -> None:
    """The missing file is the mistake, not the blocks."""
    html = '{% extends "digets/issue.html" %}{% block footer %}{% endblock %}'
    with pytest.raises(TemplateError, match="no template file 'digets/"):
        composed(article(), settings=config(tmp_path, compose=own(tmp_path, "mine", html=html)))


def test_the_guides_own_template_has_no_error(tmp_path: Path) -> None:
    """What the guide shows as a project's template composes without a finding."""
    guide = (Path(__file__).parents[2] / "docs" / "guides" / "templates.md").read_text(encoding="utf-8")
    (html,) = re.findall(r"```jinja\n(\{# templates/ours/issue\.html.*?)```", guide, re.DOTALL)
    composition = composed(article(), settings=config(tmp_path, compose=own(tmp_path, "ours", html=html)))
    assert "Made with care" in composition.message.html
    assert composition.findings == ()


def test_compact_is_words_alone() -> None:
    """The digest shows a code a story; compact has no picture, and none travels with it."""
    compact = composed(*week_of(6), settings=config(compose=ComposeSettings(template="compact"))).message
    assert (len(compact.images), "<img" in compact.html) == (0, False)
    assert len(composed(*week_of(6)).message.images) == 6


def test_a_picture_of_unknown_size_has_no_tinted_place() -> None:
    """A linked banner that does not load leaves its words, not a strip."""
    page = document_fromstring(composed(article()).message.html)
    (banner,) = (image for image in page.iter("img") if image.get("alt", "").startswith("Picture"))
    assert "background" not in banner.get("style", "")


@pytest.mark.parametrize("template", SHIPPED)
def test_rules_have_the_colour_of_their_cells(template: str) -> None:
    """Thunderbird repaints borders that name a colour, in the dark; those without one take their cell's."""
    html = composed(*week_of(6), settings=config(compose=ComposeSettings(template=template))).message.html
    ruled = re.findall(r"<td[^>]*border-top:[^>]*>", html)
    assert ruled
    assert all(re.search(r"border-top:\d+px solid[;\"]", cell) for cell in ruled)
    assert all(re.search(r'class="[^"]*(text|rule|band)', cell) for cell in ruled)


def test_a_missing_template_names_the_ones_there_are(tmp_path: Path) -> None:
    """The hint lists shipped and own templates."""
    own(tmp_path, "mine", html="x")
    with pytest.raises(TemplateError, match="no template 'digets'") as caught:
        composed(article(), settings=config(tmp_path, compose=ComposeSettings(template="digets")))
    assert "compact, digest, letter, magazine, mine, wire" in caught.value.hint


def test_a_missing_part_of_a_template_is_named(tmp_path: Path) -> None:
    """An include that does not exist is an error of the project; the hint lists the files that can be named."""
    settings = config(tmp_path, compose=own(tmp_path, "mine", html='{% include "parts/none.html" %}'))
    with pytest.raises(TemplateError, match=r"parts/none\.html") as caught:
        composed(article(), settings=settings)
    assert caught.value.hint.startswith("there are: mine/issue.html, shipped/compact/issue.html, shipped/digest/")


def test_no_template_leads_outside(tmp_path: Path) -> None:
    """A name with .. finds nothing."""
    (tmp_path / "secret.html").write_text("secret")
    with pytest.raises(TemplateError):
        Templates(tmp_path).render("../", "html", {})


def test_the_shipped_templates_are_all_there() -> None:
    """All can be found from the installed package."""
    assert {path.parent.name for path in shipped_templates().glob("*/issue.html")} == set(SHIPPED)


@pytest.mark.parametrize("template", ["digest", "compact"])
def test_stories_of_one_day_stand_under_one_date(template: str) -> None:
    """The heading says the day once for all, in both parts; joined also where the days are mixed."""
    settings = config(compose=ComposeSettings(template=template), select=SelectSettings(group_by="day"))
    days = [article(number, published=WEEK.start + timedelta(days=number % 2)) for number in range(6)]
    message = composed(*days, settings=settings, intro="Hello.").message
    assert re.findall(r"<h2[^>]*>(\d+ May 2025)</h2>", message.html) == ["13 May 2025", "12 May 2025"]
    shown = 0 if template == "compact" else 1  # the lead, which is in no section, says its own
    for part, lead in ((message.html.partition("</h1>")[2].replace("\u00a0", " "), shown), (message.text.lower(), 1)):
        assert part.lower().count("13 may 2025") == 1
        assert part.lower().count("12 may 2025") == 1 + lead


@pytest.mark.parametrize("template", ["digest", "letter"])
def test_every_button_says_of_which_story_it_is(template: str) -> None:
    """Heard one by one, no two links of different stories have the same name, and each begins as it is seen to."""
    settings = config(compose=ComposeSettings(template=template, body="full"))
    page = document_fromstring(composed(*week_of(12), settings=settings).message.html)
    names = [link.get("aria-label", "") for link in page.iter("a") if link.text == "Read the full story"]
    assert len(names) == len(set(names)) == (12 if template == "digest" else 1)
    assert all(name.startswith("Read the full story: ") for name in names)


def footer_of(message: Message) -> str:
    """Return the words of the footer as HTML."""
    return message.html.rpartition("<td")[2].partition(">")[2]


def test_names_in_the_footer_keep_their_direction() -> None:
    """A name that runs the other way is isolated from the sentence, and so is the address after it."""
    send = SendSettings(from_="\u05d4\u05e1\u05e7\u05d9\u05e8\u05d4 <review@example.org>")
    about = {"language": "he", "name": "\u05d4\u05e1\u05e7\u05d9\u05e8\u05d4"}
    footer = footer_of(composed(article(), settings=config(newsletter=about, send=send)).message)
    name = f'<span dir="auto">{about["name"]}</span>'
    assert footer.count(name) == 2
    assert f'{name}, <span dir="auto">1 Sample Street, Sampleton</span>.' in footer


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("The Sample Review, 1 Quay Street", "by the sample review, 1 quay street."),
        ("The Sample Reviewers, 1 Quay Street", "by the sample review, the sample reviewers, 1 quay street."),
        ("1 Quay Street.", "by the sample review, 1 quay street."),
    ],
)
def test_the_senders_name_is_said_once(address: str, said: str) -> None:
    """A postal address that begins with the name says both."""
    message = composed(article(), settings=config(newsletter={"postal_address": address})).message
    assert said in " ".join(message.text.lower().split())


@pytest.mark.parametrize(("language", "hyphens"), [("de-AT", True), ("en", False)])
def test_long_compounds_are_hyphenated(language: str, hyphens: bool) -> None:
    """Where a language writes them as one word; elsewhere hyphens would only make the lines restless."""
    html = composed(article(), settings=config(newsletter={"language": language})).message.html
    assert ("hyphens:auto" in html) == hyphens


def test_the_text_part_never_trips_its_own_check() -> None:
    """Long names and labels are wrapped, and addresses in prose stand alone."""
    body = "<p>See (https://x.example/a) or \u201chttps://x.example/b\u201d.</p>"
    one = article(body=body, category="a-" * 60 + "b")
    settings = config(newsletter={"name": "A newsletter with a name " * 5}, compose=ComposeSettings(body="full"))
    findings = composed(one, replace(one, key="2"), settings=settings).findings
    assert "text-lines" not in {found.code for found in findings}
