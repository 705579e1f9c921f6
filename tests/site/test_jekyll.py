"""Links and hidden posts of Jekyll sites, compared with what Jekyll itself makes of them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.site.jekyll_pages import JEKYLL_SITES
from tests.site.sites import SiteFolder

Listed = Callable[[Sequence[Path]], list[dict[str, str]]]
Sites = dict[str, tuple[SiteFolder, dict[str, str]]]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, jekyll_list: Listed) -> Sites:
    """Write all the sites, and let one process of Jekyll list them."""
    top = tmp_path_factory.mktemp("jekyll")
    folders = {}
    for name, (config, _, posts) in JEKYLL_SITES.items():
        (top / name).mkdir()
        folders[name] = SiteFolder(root=top / name, project=top / f"{name}-newsletter")
        folders[name].write({"_config.yml": config})
        folders[name].write({path: f"---\ntitle: T\n{more}\n---\nBody.\n" for path, more in posts})
    listed = jekyll_list([folder.root for folder in folders.values()])
    return {name: (folder, rows) for (name, folder), rows in zip(folders.items(), listed, strict=True)}


@pytest.mark.parametrize("name", JEKYLL_SITES)
def test_every_post_is_where_jekyll_puts_it(built: Sites, name: str) -> None:
    """Each link is the one of Jekyll, and no post that it does not write is public."""
    _, sections, posts = JEKYLL_SITES[name]
    site, listed = built[name]
    config = site.config(newsletter='name = "N"', site=f"sections = {list(sections)}")
    found = site.results(config)
    base = config.newsletter.base_url
    for path, more in posts:
        wanted = base + listed[path] if path in listed else ""
        result = found.get(path)
        link = "" if result is None or result.hidden else result.link
        assert unquote(link) == unquote(wanted), f"{path} ({more})"


def test_the_comparison_has_enough_posts() -> None:
    """There are at least 150 of them."""
    assert sum(len(posts) for _, _, posts in JEKYLL_SITES.values()) >= 150
