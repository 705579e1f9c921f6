"""What articles say of their own pages, where nothing is known of the site."""

from pathlib import Path
from typing import Any

import pytest

from newsletter.app.site import read_site
from newsletter.pages import Content, Pages
from newsletter.settings import NewsletterSettings, SiteSettings
from newsletter.site.reading import deep_lower

BASE = "https://harbour.example"


def pages(root: Path, **files: str) -> Pages:
    """Make the pages of an archive with these files, whose names have ``__`` for a slash and no ending."""
    for name, head in files.items():
        path = root / "content" / f"{name.replace('__', '/')}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"---\n{head}\n---\nWords.\n", encoding="utf-8")
    about = NewsletterSettings(name="x", base_url=BASE, archive=("content",))
    made = read_site(SiteSettings(), root, {}).pages(about)
    assert made
    return made


@pytest.mark.parametrize(
    ("fields", "hidden"),
    [
        ({"headless": True}, "headless: true"),
        ({"build": {"render": "never"}}, "build: render: never"),
        ({"_build": {"list": False}}, "_build: list: false"),
        ({"render": False}, "render: false"),
        ({"permalink": False}, "permalink: false"),
        ({"headless": False, "render": True, "build": {"render": "always"}}, ""),
    ],
)
def test_an_article_may_hide_itself(tmp_path: Path, fields: dict[str, Any], hidden: str) -> None:
    """By the keys of Hugo, Zola and Eleventy."""
    content = Content(fields=deep_lower(fields))
    assert pages(tmp_path).page(0, "news/a.md", content).hidden == hidden


@pytest.mark.parametrize(
    ("path", "fields", "link"),
    [
        ("news/2025-05-14-x.md", {"slug": "the-gauge"}, "/news/the-gauge/"),
        ("news/x/index.md", {"slug": "the gauge"}, "/news/the%20gauge/"),
        ("r.md", {"path": "2025/05/14/Gauge-1.0"}, "/2025/05/14/Gauge-1.0/"),
        ("r.md", {"permalink": "/gauge.html"}, "/gauge.html"),
        ("r.md", {"permalink": "/:year/:title/"}, ""),
        ("r.md", {"permalink": "//evil.example/"}, ""),
        ("r.md", {"slug": "a", "url": "/b/"}, ""),
        ("r.md", {}, ""),
    ],
)
def test_an_article_may_say_where_it_is(tmp_path: Path, path: str, fields: dict[str, Any], link: str) -> None:
    """Below the site; what is no plain path is left to others."""
    assert pages(tmp_path).page(0, path, Content(fields=fields)).link == (link and BASE + link)


def test_the_files_of_an_article_are_none(tmp_path: Path) -> None:
    """Those beside an index with a date; one without is a list of articles."""
    made = pages(tmp_path, b__index="title: B\ndate: 2025-05-14", list__index="title: L")
    assert made.page(0, "b/notes.md", Content()).hidden == "a file of the article b/index.md"
    assert made.page(0, "b/index.md", Content()).hidden == ""
    assert made.page(0, "list/a.md", Content()).hidden == ""


def test_a_section_page_speaks_for_those_below(tmp_path: Path) -> None:
    """An article's own word comes first, and a broken page says nothing."""
    made = pages(tmp_path, s___index="cascade:\n  draft: true", t___index="cascade: [")
    assert made.page(0, "s/d/child.md", Content()).hidden == "draft: true, by the section page s/_index.md"
    assert made.page(0, "s/child.md", Content(fields={"draft": False})).hidden == ""
    assert made.page(0, "t/child.md", Content()).hidden == ""


def test_a_draft_is_no_page_that_others_hide(tmp_path: Path) -> None:
    """Its own key is a reason of its own, whatever section pages there are."""
    found = pages(tmp_path, news___index="title: News")
    assert found.page(0, "news/a.md", Content(fields={"draft": True})).hidden == ""
    hiding = pages(tmp_path, news___index="cascade:\n  draft: true")
    assert hiding.page(0, "news/a.md", Content(fields={})).hidden.startswith("draft: true, by the section page")
    assert hiding.page(0, "news/a.md", Content(fields={"draft": False})).hidden == ""
