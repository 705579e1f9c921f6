"""Links and hidden pages of Hugo sites, compared with the list that Hugo itself makes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.site.hugo_pages import SITES, THEMED
from tests.site.sites import Result, SiteFolder, page_text

Listed = Callable[[Path], dict[str, dict[str, str]]]


def compare(found: dict[str, Result], listed: dict[str, dict[str, str]]) -> list[str]:
    """List the differences between what the program says of each page and Hugo's list."""
    wrong = []
    for path, result in found.items():
        row = listed.get(path, {"permalink": "", "draft": "false"})
        wanted = row["permalink"] if row["draft"] != "true" else ""
        if result.hidden and wanted:
            wrong.append(f"{path}: hidden ({result.hidden}), but Hugo writes {wanted}")
        elif not result.hidden and result.link != wanted:
            wrong.append(f"{path}: {result.link}, but Hugo writes {wanted or 'no page'}")
    return wrong


@pytest.mark.parametrize("name", SITES)
def test_every_page_is_where_hugo_puts_it(site: SiteFolder, hugo_list: Listed, name: str) -> None:
    """Each link is the one that Hugo lists, and no page that Hugo does not list is public."""
    config_name, config, pages, date = SITES[name]
    site.write({config_name: config})
    site.write({f"content/{path}": page_text(title, more, date) for path, title, more in pages})
    found = site.results(site.config())
    listed = {
        path: row for path, row in hugo_list(site.root).items() if row["kind"] == "page" and not path.endswith(".org")
    }
    assert not compare(found, listed)
    assert listed.keys() <= found.keys() or name == "paths"  # the other language has a folder of its own


def test_content_of_themes_and_modules(site: SiteFolder, hugo_list: Listed) -> None:
    """Their content is below the site's own, from where they lie in the site, and as `module` says."""
    files, pages, date = THEMED
    site.write(files)
    site.write({path: page_text(title, more, date) for path, title, more in pages})
    sections = '["", "bundle", "draws", "news", "notes", "only", "posts", "way"]'
    found = site.results(site.config(site=f"sections = {sections}"))
    listed = {path: row for path, row in hugo_list(site.root).items() if row["kind"] == "page"}
    assert not compare(found, listed)
    assert listed.keys() <= found.keys()


def test_the_comparison_has_enough_pages() -> None:
    """There are at least 150 crafted pages."""
    assert sum(len(pages) for _, _, pages, _ in SITES.values()) >= 150
