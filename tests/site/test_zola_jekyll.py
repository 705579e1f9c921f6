"""Links and hidden pages of Zola and Jekyll sites, by their documented rules and their sources."""

import pytest

from tests.site.sites import SiteFolder

ZOLA = 'base_url = "https://z.example/blog"\ntitle = "Z"\n'
ZOLA_CASES = [
    ("a/plain.md", "", "a/plain/"),
    ("a/Some File.md", "", "a/some-file/"),
    ("a/2025-05-14-dated.md", "", "a/dated/"),
    ("a/2025-05-14_dated_two.md", "", "a/dated-two/"),
    ("a/2025-05-14T10:00:00Z-timed.md", "", "a/timed/"),
    ("a/2025-05-14.md", "", "a/2025-05-14/"),
    ("a/slug.md", 'slug = "My Slug"', "a/my-slug/"),
    ("a/path.md", 'path = "x/y"', "x/y/"),
    ("a/path2.md", 'path = "/x/z/"\nslug = "no"', "x/z/"),
    ("a/Bundle One/index.md", "", "a/bundle-one/"),
    ("a/2025-05-14-bundle/index.md", "", "a/bundle/"),
    ("a/héhé (hey).md", "", "a/hehe-hey/"),
    ("a/Straße.md", "", "a/strasse/"),
    ("Upper Folder/b.md", "", "Upper%20Folder/b/"),
    ("top.md", "", "top/"),
    ("a/post.fr.md", "", "a/post-fr/"),
    ("a/hidden.md", "render = false", None),
    ("a/draft.md", "draft = true", None),
    ("drafts/x.md", "", None),
    ("drafts/deep/y.md", "", None),
    ("a/ignored.tmp.md", "", None),
]


def zola_page(more: str) -> str:
    """Return a page of Zola."""
    return f'+++\ntitle = "T"\ndate = 2025-05-14\n{more}\n+++\nBody.\n'


def test_zola_pages(site: SiteFolder) -> None:
    """Each page is where Zola puts it; `render`, drafts, also of sections, and ignored ones are hidden."""
    site.write({"config.toml": ZOLA + 'ignored_content = ["*.tmp.md"]\n'})
    site.write({"content/drafts/_index.md": "+++\ndraft = true\n+++\n"})
    site.write({f"content/{path}": zola_page(more) for path, more, _ in ZOLA_CASES})
    found = site.results(site.config())
    for path, _, wanted in ZOLA_CASES:
        result = found[f"content/{path}"]
        assert (None if result.hidden else result.link) == (wanted and f"https://z.example/blog/{wanted}"), path
    assert found["content/drafts/x.md"].hidden == "draft: true, by the section page content/drafts/_index.md"


@pytest.mark.parametrize(
    ("mode", "name", "wanted"),
    [
        ("safe", "Héhé: x.y", "H%C3%A9h%C3%A9%20x.y"),
        ("off", "Héhé x", "H%C3%A9h%C3%A9%20x"),
        ("on", "a--b_c", "a-b-c"),
        ("safe", "2025-05-14-x y", "x%20y"),
    ],
)
def test_zola_slugs(site: SiteFolder, mode: str, name: str, wanted: str) -> None:
    """The modes of slugs are the site's."""
    site.write({"config.toml": f'{ZOLA}[slugify]\npaths = "{mode}"\n', f"content/a/{name}.md": zola_page("")})
    assert [one.link for one in site.results(site.config()).values()] == [f"https://z.example/blog/a/{wanted}/"]


def test_zola_languages_and_dates(site: SiteFolder) -> None:
    """Files of another language are below its code, and a date may stay in a name."""
    config = f"{ZOLA}[slugify]\npaths_keep_dates = true\n[languages.fr]\ntitle = 'ZF'\n"
    site.write({"config.toml": config})
    site.write({f"content/a/{name}.md": zola_page("") for name in ("2025-05-14-x", "x.fr", "x.de")})
    site.write({"content/a/b/index.fr.md": zola_page("")})
    config_fr = site.config(newsletter='language = "fr"')
    assert config_fr.newsletter.name == "ZF"
    found = {path: (one.link.partition("/blog")[2], one.language) for path, one in site.results(config_fr).items()}
    assert found == {
        "content/a/2025-05-14-x.md": ("/a/2025-05-14-x/", "en"),
        "content/a/x.fr.md": ("/fr/a/x/", "fr"),
        "content/a/x.de.md": ("/a/x-de/", "en"),
        "content/a/b/index.fr.md": ("/fr/a/b/", "fr"),
    }


JEKYLL = "url: https://j.example\nbaseurl: /log\ntitle: J\ntimezone: America/New_York\n"
JEKYLL_CASES = [
    ("_posts/2025-05-14-a-story.md", "", "/2025/05/14/a-story.html"),
    ("_posts/2025-05-14-Case Kept.md", "", "/2025/05/14/Case-Kept.html"),
    ("_posts/2025-5-4-short.md", "date: 2025-05-04", "/2025/05/04/short.html"),
    ("_posts/2025-05-14-dots.v1.md", "", "/2025/05/14/dots.v1.html"),
    ("_posts/2025-05-14-slug.md", "slug: other", "/2025/05/14/other.html"),
    ("_posts/2025-05-14-cats.md", "categories: [One, two words]", "/one/two%20words/2025/05/14/cats.html"),
    ("_posts/2025-05-14-cats2.md", "categories: a b", "/a/b/2025/05/14/cats2.html"),
    ("_posts/2025-05-14-cat.md", "category: C", "/c/2025/05/14/cat.html"),
    ("news/_posts/2025-05-14-folder.md", "", "/news/2025/05/14/folder.html"),
    ("news/_posts/2025-05-14-both.md", "categories: [x, news]", "/news/x/2025/05/14/both.html"),
    ("_posts/sub/2025-05-14-below.md", "", "/2025/05/14/below.html"),
    ("_posts/2025-05-14-dated.md", "date: 2025-05-13 10:00:00", "/2025/05/13/dated.html"),
    ("_posts/2025-05-14-zoned.md", "date: 2025-05-15T02:00:00Z", "/2025/05/14/zoned.html"),
    ("_posts/2025-05-14-own.md", "permalink: /own/", "/own/"),
    ("_posts/2025-05-14-pattern.md", "permalink: /p/:title/:i_month/", "/p/pattern/5/"),
    ("_posts/2025-05-14-page.html", "", "/2025/05/14/page.html"),
    ("_posts/2025-05-14-out.md", "published: false", None),
    ("_posts/hidden/2025-05-14-by-default.md", "", None),
    ("_posts/no-day.md", "date: 2025-05-14", None),
    ("_posts/_part/2025-05-14-part.md", "", None),
    ("_posts/old/2025-05-14-excluded.md", "", None),
]
DEFAULTS = """\
exclude: [_posts/old]
defaults:
  - scope: {path: _posts/hidden, type: posts}
    values: {published: false}
"""


def jekyll_page(more: str) -> str:
    """Return a post of Jekyll."""
    return f"---\ntitle: T\n{more}\n---\nBody.\n"


def test_jekyll_posts(site: SiteFolder) -> None:
    """Each post is where Jekyll puts it; `published`, also by defaults, folders and names hide."""
    site.write({"_config.yml": JEKYLL + DEFAULTS})
    site.write({path: jekyll_page(more) for path, more, _ in JEKYLL_CASES})
    config = site.config()
    assert config.newsletter.timezone == "America/New_York"
    found = site.results(config)
    for path, _, wanted in JEKYLL_CASES:
        if path in found:
            result = found[path]
            assert (None if result.hidden else result.link) == (wanted and f"https://j.example/log{wanted}"), path
    assert found["_posts/hidden/2025-05-14-by-default.md"].hidden == "published: false, by defaults in _config.yml"
    assert found.keys() >= {path for path, _, wanted in JEKYLL_CASES if wanted}


@pytest.mark.parametrize(
    ("style", "wanted"),
    [
        ("pretty", "/c/2025/05/14/A.b/"),
        ("none", "/c/A.b.html"),
        ("ordinal", "/c/2025/134/A.b.html"),
        ("weekdate", "/c/2025/W20/Wed/A.b.html"),
        ("/:year/:i_month/:i_day/:short_year/:slug", "/2025/5/14/25/a-b"),
        ("/:long_day/:short_month/:long_month/:y_day/:title:output_ext", "/Wednesday/May/May/134/A.b.html"),
        ("/:month_:day/:categories/", "/05_14/c/"),
        ("/:slugified_categories/:title/", "/c/A.b/"),
    ],
)
def test_jekyll_styles(site: SiteFolder, style: str, wanted: str) -> None:
    """The styles and every placeholder."""
    site.write(
        {"_config.yml": f"{JEKYLL}permalink: {style}\n", "_posts/2025-05-14-A.b.md": jekyll_page("categories: C")}
    )
    assert [one.link for one in site.results(site.config()).values()] == [f"https://j.example/log{wanted}"]


def test_jekyll_collections(site: SiteFolder) -> None:
    """A collection counts where it is a section; its own pattern goes before the site's."""
    config = "collections_dir: all\ncollections:\n  notes: {output: true, permalink: '/n/:name/'}\n  dead: {}\n"
    site.write({"_config.yml": JEKYLL + config})
    site.write({f"all/{name}": jekyll_page("date: 2025-05-14") for name in ("_notes/One Note.md", "_dead/x.md")})
    found = site.results(site.config(site='sections = ["notes", "dead"]'))
    assert found["all/_notes/One Note.md"].link == "https://j.example/log/n/one-note/"
    assert found["all/_dead/x.md"].hidden == "the collection dead has no output"
