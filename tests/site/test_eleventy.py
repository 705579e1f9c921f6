"""Links and hidden pages of an Eleventy site, by the list that Eleventy itself writes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Project, bare_environment
from tests.site.sites import SiteFolder, page_text

pytestmark = pytest.mark.judge

List = Callable[[Path], list[dict[str, object]]]
_DRAFTS = "(data) => (data.draft ? false : undefined)"
CONFIG = f"""\
export default function (config) {{
  config.addPreprocessor("drafts", "md", {_DRAFTS});
  config.ignores.add("posts/ignored/**");
}}
export const config = {{ pathPrefix: "/" }};
"""
SITE = {
    "eleventy.config.js": CONFIG,
    "package.json": '{"private": true, "type": "module"}',
    "posts/posts.json": '{"tags": "posts"}',
    "posts/deep/deep.json": '{"permalink": "/log/{{ page.date | date: \'%Y/%m\' }}/{{ page.fileSlug }}/"}',
    "posts/none/none.json": '{"permalink": false}',
}
PAGES: tuple[tuple[str, str, str | None], ...] = (
    ("posts/plain.md", "", "/posts/plain/"),
    ("posts/2025-05-14-dated.md", "", "/posts/2025-05-14-dated/"),
    ("posts/Case Kept.md", "", "/posts/Case Kept/"),
    ("posts/bundle/index.md", "", "/posts/bundle/"),
    ("posts/bundle/bundle.md", "permalink: /posts/twin/", "/posts/twin/"),
    ("posts/page.html", "", "/posts/page/"),
    ("posts/own.md", "permalink: /own.html", "/own.html"),
    ("posts/own2.md", 'permalink: "/{{ title | slugify }}/"', "/t/"),
    ("posts/deep/a.md", "", "/log/2025/05/a/"),
    ("posts/deep/b.md", "permalink: /mine/", "/mine/"),
    ("posts/hidden.md", "permalink: false", None),
    ("posts/none/a.md", "", None),
    ("posts/none/b.md", "permalink: /back/", "/back/"),
    ("posts/draft.md", "draft: true", None),
    ("posts/ignored/a.md", "", None),
)


def test_every_page_is_where_eleventy_puts_it(site: SiteFolder, eleventy: List) -> None:
    """Each link is the list's, and what Eleventy does not write is hidden."""
    site.write(SITE)
    site.write({path: page_text("T", more, "2025-05-14") for path, more, _ in PAGES})
    eleventy(site.root)
    newsletter = 'name = "N"\nbase_url = "https://e.example"\narchive = "../site/posts"'
    table = 'folder = "../site"\ngenerator = "none"\nlinks = "../site/pages.json"'
    found = site.results(site.config(newsletter=newsletter, site=table))
    for path, _, wanted in PAGES:
        result = found[path]
        link = None if result.hidden else result.link
        assert link == (wanted and f"https://e.example{wanted.replace(' ', '%20')}"), path


def test_eleventy_publishes_nothing_of_a_project(site: SiteFolder, eleventy: List) -> None:
    """The project that `init` makes is in no list, though it has Markdown and HTML of its own."""
    site.write({**SITE, "posts/a.md": page_text("A", "", "2025-05-14")})
    assert Project(root=site.root, env=bare_environment()).run("init").status == 0
    site.write({"_newsletter/note.md": page_text(), "_newsletter/issues/2025-W20/email.html": "<p>Hello</p>"})
    assert [page["inputPath"] for page in eleventy(site.root)] == ["./posts/a.md"]
