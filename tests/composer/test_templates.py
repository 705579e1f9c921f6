"""A project's own templates: they come first, extend the shipped ones, and name the line that is wrong."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from lxml.html import document_fromstring

from newsletter.composer.templates import Templates, shipped_templates
from newsletter.errors import TemplateError
from newsletter.settings import ComposeSettings, SelectSettings
from tests.composer.samples import WEEK, article, composed, config, week_of


def own(root: Path, name: str, **parts: str) -> ComposeSettings:
    """Write a project's own template and give the settings that use it."""
    folder = root / "templates" / name
    folder.mkdir(parents=True)
    for part, text in parts.items():
        (folder / f"issue.{part}").write_text(text, encoding="utf-8")
    return ComposeSettings(template=name)


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


@pytest.mark.parametrize(
    ("html", "line", "words"),
    [
        ("one\n{% if %}", 2, "Expected an expression"),
        ("one\ntwo\n{{ nothing_like_it }}", 3, "'nothing_like_it' is undefined"),
        ("one\n{{ lead.titel }}", 2, "titel"),
        ("{{ 1 / 0 }}", 1, "division"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, html: str, line: int, words: str) -> None:
    """Syntax errors, unknown names and failing expressions name file and line."""
    with pytest.raises(TemplateError, match=words) as caught:
        composed(article(), settings=config(tmp_path, compose=own(tmp_path, "mine", html=html)))
    assert caught.value.place == f"{tmp_path / 'templates' / 'mine' / 'issue.html'}:{line}"


def test_a_missing_template_names_the_ones_there_are(tmp_path: Path) -> None:
    """The hint lists shipped and own templates."""
    own(tmp_path, "mine", html="x")
    with pytest.raises(TemplateError, match="no template 'digets'") as caught:
        composed(article(), settings=config(tmp_path, compose=ComposeSettings(template="digets")))
    assert "compact, digest, mine" in caught.value.hint


def test_a_missing_part_of_a_template_is_named(tmp_path: Path) -> None:
    """An include that does not exist is an error of the project, not of the program."""
    with pytest.raises(TemplateError, match="none"):
        composed(
            article(), settings=config(tmp_path, compose=own(tmp_path, "mine", html='{% include "parts/none.html" %}'))
        )


def test_no_template_leads_outside(tmp_path: Path) -> None:
    """A name with .. finds nothing."""
    (tmp_path / "secret.html").write_text("secret")
    with pytest.raises(TemplateError):
        Templates(tmp_path).render("../", "html", {})


def test_the_shipped_templates_are_all_there() -> None:
    """Both templates can be found from the installed package."""
    assert {path.parent.name for path in shipped_templates().glob("*/issue.html")} == {"compact", "digest"}


@pytest.mark.parametrize("template", ["digest", "compact"])
def test_stories_of_one_day_stand_under_one_date(template: str) -> None:
    """The heading says the day once for all, in both parts; joined also where the days are mixed."""
    settings = config(compose=ComposeSettings(template=template), select=SelectSettings(group_by="day"))
    days = [article(number, published=WEEK.start + timedelta(days=number % 2)) for number in range(6)]
    message = composed(*days, settings=settings, intro="Hello.").message
    assert re.findall(r"<h2[^>]*>(\d+ May 2025)</h2>", message.html) == ["13 May 2025", "12 May 2025"]
    for part in (message.html.partition("</h1>")[2], message.text):
        assert part.count("13 May 2025") == 1
        assert part.count("12 May 2025") == 2  # the lead, which is in no section, says its own


@pytest.mark.parametrize("template", ["digest", "compact"])
def test_every_button_says_of_which_story_it_is(template: str) -> None:
    """Heard one by one, no two links of different stories have the same name, and each begins as it is seen to."""
    settings = config(compose=ComposeSettings(template=template))
    page = document_fromstring(composed(*week_of(12), settings=settings).message.html)
    names = [link.get("aria-label", "") for link in page.iter("a") if link.text == "Read the full story"]
    assert len(names) == len(set(names)) == 12
    assert all(name.startswith("Read the full story: ") for name in names)
