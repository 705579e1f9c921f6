"""What a site decides for a newsletter: its defaults, sections, languages, lists, and what is wrong with it."""

import os
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from newsletter.errors import ConfigError
from newsletter.site.globs import matches
from newsletter.site.ignored import Ignored
from newsletter.site.own_time import in_own_offset
from tests.conftest import Project, bare_environment
from tests.site.sites import SiteFolder, page_text

HUGO = 'baseURL = "https://h.example/"\ntitle = "Harbour Notes"\nlocale = "de-de"\ntimeZone = "Europe/Berlin"\n'
SEND = '[send]\nfrom = "N <n@h.example>"\n'


def pages(*names: str, more: str = "") -> Mapping[str, str]:
    """Return content files of the week before the tests' time, each with a title of its own."""
    return {f"content/{name}": page_text(f'"T {name}"', more, "2025-05-14") + name for name in names}


def run(site: SiteFolder, *arguments: str) -> Project:
    """Return the project, to run commands in."""
    return Project(root=site.project, env=bare_environment())


def selected(site: SiteFolder, *options: str) -> dict[str, str]:
    """Select a week: the links by path."""
    document = run(site).run("select", "--week", "--json", *options).document
    return {one["path"]: one["link"] for one in document["articles"]}


def reasons(site: SiteFolder) -> dict[str, tuple[str, str]]:
    """Select a week: the reason and its detail by path."""
    document = run(site).run("select", "--week", "--json").document
    return {one["path"]: (one["reason"], one["detail"]) for one in document["skipped"]}


def test_the_site_says_who_and_where(site: SiteFolder) -> None:
    """Name, address, language, time zone and archive are the site's; a line of the newsletter's own replaces each."""
    site.write({"hugo.toml": HUGO, **pages("posts/a.md")})
    said = site.config().newsletter
    assert (said.name, said.base_url) == ("Harbour Notes", "https://h.example/")
    assert (said.language, said.timezone, said.archive) == ("de-DE", "Europe/Berlin", ("../site/content",))
    own = site.config(newsletter='name = "Mine"\nbase_url = "https://m.example"').newsletter
    assert (own.name, own.base_url, own.timezone) == ("Mine", "https://m.example", "Europe/Berlin")


@pytest.mark.parametrize(
    ("files", "link"),
    [
        ({"hugo.yaml": "baseURL: https://h.example\npermalinks: {posts: '/y/:slug/'}"}, "y/t-posts-a.md"),
        ({"hugo.json": '{"baseURL": "https://h.example", "permalinks": {"posts": "/j/:slug/"}}'}, "j/t-posts-a.md"),
        ({"config.toml": HUGO + "[permalinks]\nposts = '/c/:slug/'"}, "c/t-posts-a.md"),
        ({"config/_default/hugo.toml": HUGO, "config/_default/permalinks.yaml": "posts: /d/:slug/"}, "d/t-posts-a.md"),
        ({"config/_default/config.yml": "baseURL: https://h.example\nuglyURLs: true"}, "posts/a.html"),
        (
            {
                "hugo.toml": HUGO + "[permalinks]\nposts = '/n/:slug/'",
                "config/_default/permalinks.toml": "[page]\nposts = '/q/:slug/'",
                "config/production/permalinks.toml": "[page]\nposts = '/p/:slug/'",
            },
            "p/t-posts-a.md",
        ),
    ],
)
def test_every_place_of_hugo_s_configuration(site: SiteFolder, files: Mapping[str, str], link: str) -> None:
    """All formats and places are read, and the more particular one counts."""
    site.write({**files, **pages("posts/a.md")})
    found = site.results(site.config(newsletter='name = "N"'))
    assert found["content/posts/a.md"].link.rstrip("/") == f"https://h.example/{link}"


def test_only_the_sections_are_looked_at(site: SiteFolder) -> None:
    """What lies outside is neither scanned nor reported; the main section is the one with most pages."""
    site.write({"hugo.toml": HUGO, **pages("posts/a.md", "posts/b/index.md", "docs/x.md", "about.md")})
    site.write({"content/docs/undated.md": "---\ntitle: U\n---\n", "content/posts/b/notes.md": "no front matter"})
    site.config(more=SEND)
    assert selected(site) == {
        "posts/a.md": "https://h.example/posts/a/",
        "posts/b/index.md": "https://h.example/posts/b/",
    }
    done = run(site).run("select", "--week", "--json")
    assert done.document["counts"]["scanned"] == 3
    assert done.document["invalid"] == []


def test_what_is_included_by_its_path_may_be_outside(site: SiteFolder) -> None:
    """`--include` brings in a page of another section, and nothing outside the archive."""
    site.write({"hugo.toml": HUGO, **pages("posts/a.md", "posts/b.md", "docs/x.md")})
    site.config(more=SEND)
    (site.root / "content" / "docs" / "link.md").symlink_to("x.md")
    (site.root / "out.md").write_text(page_text("Out", "", "2025-05-14"))
    names = ("docs/x.md", "docs/link.md", "../out.md", "docs/none.md", "docs")
    found = selected(site, *(word for name in names for word in ("--include", name)))
    assert found.keys() == {"posts/a.md", "posts/b.md", "docs/x.md"}
    assert found["docs/x.md"] == "https://h.example/docs/x/"


def test_the_largest_section_may_be_the_content_folder_itself(site: SiteFolder) -> None:
    """Its own files and page bundles count together, as on a blog without folders."""
    site.write({"hugo.toml": HUGO, **pages("a.md", "b/index.md", "c/index.md", "docs/x.md", "docs/y.md")})
    site.config(more=SEND)
    assert selected(site).keys() == {"a.md", "b/index.md", "c/index.md"}


def test_a_section_without_dates_is_not_the_main_one(site: SiteFolder) -> None:
    """Nothing can be made of a documentation, however large; where no section has dates, the largest is taken."""
    undated = {f"content/docs/{number}.md": "---\ntitle: D\n---\nBody." for number in range(5)}
    site.write({"hugo.toml": HUGO, **pages("posts/a.md", "posts/b.md", "docs/dated.md"), **undated})
    site.config(more=SEND)
    assert selected(site).keys() == {"posts/a.md", "posts/b.md"}
    (site.root / "content" / "posts" / "a.md").unlink()
    (site.root / "content" / "posts" / "b.md").unlink()
    assert selected(site).keys() == {"docs/dated.md"}


def test_languages_that_a_missing_theme_mounts(site: SiteFolder) -> None:
    """A site that takes its mounts from a module which is not here has a folder for each language."""
    more = 'theme = "gone"\n[languages.en]\n[languages.es]\n'
    site.write(
        {"hugo.toml": HUGO + 'defaultContentLanguage = "en"\n' + more, **pages("en/posts/a.md", "es/posts/b.md")}
    )
    site.config(newsletter='language = "es"', more=SEND)
    assert selected(site) == {"posts/b.md": "https://h.example/es/posts/b/"}
    site.write({"themes/gone/hugo.toml": ""})
    site.config(newsletter='language = "en"', site='sections = ["en", "es"]', more=SEND)
    assert selected(site)["en/posts/a.md"] == "https://h.example/en/posts/a/"


@pytest.mark.parametrize(
    ("sections", "wanted"),
    [
        ('["docs"]', {"docs/x.md", "docs/deep/y.md"}),
        ('["Docs/Deep", "posts"]', {"docs/deep/y.md", "posts/a.md"}),
        ('[""]', {"about.md", "contact/index.md"}),
        ('["", "posts"]', {"about.md", "contact/index.md", "posts/a.md"}),
    ],
)
def test_sections_can_be_named(site: SiteFolder, sections: str, wanted: set[str]) -> None:
    """A section may be a folder below another; "" is the content folder itself, with its bundles."""
    site.write(
        {"hugo.toml": HUGO, **pages("posts/a.md", "docs/x.md", "docs/deep/y.md", "about.md", "contact/index.md")}
    )
    site.config(site=f"sections = {sections}", more=SEND)
    assert selected(site).keys() == wanted


@pytest.mark.parametrize("where", ["mainSections = ['news']", "[params]\nmainSections = ['news']"])
def test_main_sections_are_the_site_s(site: SiteFolder, where: str) -> None:
    """What the site calls main counts, not what is largest."""
    site.write({"hugo.toml": f"{HUGO}{where}\n", **pages("posts/a.md", "posts/b.md", "news/c.md")})
    site.config(more=SEND)
    assert selected(site).keys() == {"news/c.md"}


def test_narrowing_the_archive_changes_no_link(site: SiteFolder) -> None:
    """The archive may be a folder in the content folder, or the site itself."""
    config = HUGO + "[permalinks]\nposts = '/:section/:sections/:contentbasename/'\n"
    site.write({"hugo.toml": config, **pages("posts/2025/a.md")})
    for archive, path in (
        ("content", "posts/2025/a.md"),
        ("content/posts", "2025/a.md"),
        ("content/posts/2025", "a.md"),
    ):
        site.config(newsletter=f'archive = "../site/{archive}"', more=SEND)
        assert selected(site) == {path: "https://h.example/posts/posts/a/"}


def test_mounts(site: SiteFolder) -> None:
    """Folders that the site mounts as content are its archive; a page's path is the one it is mounted at."""
    mounts = '[[module.mounts]]\nsource = "texts/log"\ntarget = "content/blog"\n'
    site.write({"hugo.toml": HUGO + mounts, "texts/log/a.md": page_text(date="2025-05-14"), **pages("not.md")})
    site.config(more=SEND)
    assert selected(site) == {"a.md": "https://h.example/blog/a/"}


LANGUAGES = """
defaultContentLanguage = "en"
[languages.en]
title = "News"
[languages.es]
title = "Noticias"
"""


def test_a_newsletter_of_one_of_the_site_s_languages(site: SiteFolder) -> None:
    """Only its pages are in, whatever the default is; `--include` brings in one of another."""
    site.write({"hugo.toml": HUGO + LANGUAGES})
    site.write(pages("posts/a.md", "posts/a.es.md", "posts/b/index.md", "posts/b/index.es.md", "posts/c.fr.md"))
    assert site.config(newsletter='language = "es"', more=SEND).newsletter.name == "Noticias"
    spanish = {"posts/a.es.md": "https://h.example/es/posts/a/", "posts/b/index.es.md": "https://h.example/es/posts/b/"}
    assert selected(site) == spanish
    assert reasons(site)["posts/a.md"] == ("language", "en")
    assert selected(site, "--include", "posts/a.md") == {**spanish, "posts/a.md": "https://h.example/posts/a/"}
    site.config(more=SEND)
    assert selected(site).keys() == {"posts/a.md", "posts/b/index.md", "posts/c.fr.md"}


def test_content_folders_by_language(site: SiteFolder) -> None:
    """The archive is the language's own folder."""
    config = LANGUAGES.replace('title = "News"', 'contentDir = "content/en"').replace(
        'title = "Noticias"', 'contentDir = "content/es"\nlocale = "es-mx"'
    )
    site.write({"hugo.toml": HUGO + config, **pages("en/posts/a.md", "es/posts/b.md")})
    site.config(newsletter='language = "es-MX"', more=SEND)
    assert selected(site) == {"posts/b.md": "https://h.example/es/posts/b/"}
    with pytest.raises(ConfigError, match="the site is not in 'fr'"):
        site.config(newsletter='language = "fr"')


def test_a_language_s_code_in_a_name_means_nothing_on_a_site_with_one(site: SiteFolder) -> None:
    """A page ``post.fr.md`` or a folder ``it/`` is no translation where the site knows none."""
    site.write({"hugo.toml": HUGO, **pages("posts/x.fr.md", "posts/x.md", "posts/it/y.md", "posts/y.md")})
    site.config(newsletter='archive = "../site/content/posts"', more=SEND)
    assert selected(site).keys() == {"x.fr.md", "x.md", "it/y.md", "y.md"}


def test_hidden_pages_say_why(site: SiteFolder) -> None:
    """The detail names what says so and where."""
    site.write({"hugo.toml": HUGO + "ignoreFiles = ['\\.tmp\\.md$']\n"})
    site.write({"content/posts/old/_index.md": "---\ntitle: Old\ncascade: {draft: true}\n---\n"})
    site.write(pages("posts/old/a.md", "posts/b/index.md", "posts/b/c.md", "posts/d.tmp.md", "posts/f.md"))
    site.write(pages("posts/e.md", more="build: {render: never}"))
    site.config(more=SEND)
    assert reasons(site) == {
        "posts/old/a.md": ("hidden", "draft: true, by the cascade of content/posts/old/_index.md"),
        "posts/b/c.md": ("hidden", "a file of the page content/posts/b/index"),
        "posts/d.tmp.md": ("hidden", "ignoreFiles: \\.tmp\\.md$"),
        "posts/e.md": ("hidden", "build: render: never"),
    }


def test_own_patterns_replace_the_site_s(site: SiteFolder) -> None:
    """[site.permalinks] is in Hugo's words, and does without a site too."""
    site.write({"hugo.toml": HUGO + "[permalinks]\nposts = '/a/:slug/'\n", **pages("posts/a.md")})
    own = '[site.permalinks]\nposts = "/:year/:contentbasename/"\n'
    site.config(more=own + SEND)
    assert selected(site) == {"posts/a.md": "https://h.example/2025/a/"}
    newsletter = 'name = "N"\nbase_url = "https://n.example"\narchive = "../site/content"'
    site.config(newsletter=newsletter, site='folder = "../site"\ngenerator = "none"', more=own + SEND)
    assert selected(site) == {"posts/a.md": "https://n.example/2025/a/"}


LISTS = {
    "all.csv": "path,slug,permalink,draft\ncontent/posts/a.md,,https://n.example/x/,false\ncontent/posts/b.md,,,false\n",
    "a.json": '[{"url": "/x/", "inputPath": "./content/posts/a.md"}, {"url": false, "inputPath": "content/posts/b.md"}]',  # noqa: E501
    "two.csv": "content/posts/a.md,https://n.example/x/\n",
    "two.tsv": "path\tlink\nposts/a.md\t/x/\n",
    "map.json": '{"content/posts/a.md": "https://n.example/x/"}',
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_any_generator(site: SiteFolder, name: str) -> None:
    """Links are the list's; a page that is not in it is hidden."""
    site.write({name: LISTS[name], **pages("posts/a.md", "posts/b.md")})
    newsletter = 'name = "N"\nbase_url = "https://n.example"\narchive = "../site/content"'
    site.config(
        newsletter=newsletter, site=f'folder = "../site"\ngenerator = "none"\nlinks = "../site/{name}"', more=SEND
    )
    assert selected(site) == {"posts/a.md": "https://n.example/x/"}
    assert reasons(site) == {"posts/b.md": ("hidden", f"../site/{name} has no page of it")}


@pytest.mark.parametrize(
    ("files", "site_table", "said"),
    [
        ({}, "", "no configuration of Hugo, Zola or Jekyll"),
        ({}, 'generator = "zola"', "no configuration of Zola"),
        ({}, 'folder = "gone"', "no such folder of a site"),
        ({"hugo.toml": "baseURL = \n"}, "", "hugo.toml:1: not valid TOML"),
        ({"hugo.yaml": "a: [\n"}, "", "hugo.yaml:"),
        ({"hugo.json": '{\n"a": }'}, "", "hugo.json:2: not valid JSON"),
        ({"_config.yml": "a: !ruby/object x\n"}, "", "_config.yml:1: YAML tags"),
        ({"hugo.toml": HUGO}, 'links = "none.csv"', "none.csv: cannot be read"),
        ({"hugo.toml": HUGO, "l.json": "[1"}, 'links = "../site/l.json"', "l.json:1: not valid JSON"),
        ({"hugo.toml": HUGO, "l.csv": "\n"}, 'links = "../site/l.csv"', "names no page"),
        ({"hugo.toml": HUGO}, "section = []", "did you mean 'sections'"),
        ({"hugo.toml": HUGO + f"x = '{'y' * 2_100_000}'"}, "", "holds more than"),
    ],
)
def test_what_is_wrong_is_said(site: SiteFolder, files: Mapping[str, str], site_table: str, said: str) -> None:
    """A site that cannot be read is a usage error that names the file and the line."""
    site.write(files)
    with pytest.raises(ConfigError):
        site.config(newsletter='name = "N"', site=site_table)
    done = run(site).run("select", "--week")
    assert done.status in (1, 2)
    assert said in done.stderr


def test_a_configuration_outside_the_site_is_not_read(site: SiteFolder) -> None:
    """A link that leads out of the site's folder is refused; so is a mount above it."""
    (site.root.parent / "hugo.toml").write_text(HUGO)
    (site.root / "hugo.toml").symlink_to("../hugo.toml")
    with pytest.raises(ConfigError, match="leads out of the site's folder"):
        site.config()
    (site.root / "hugo.toml").unlink()
    site.write({"hugo.toml": HUGO + '[[module.mounts]]\nsource = "../other"\ntarget = "content"\n'})
    assert site.config().newsletter.archive == ("content",)


def test_hostile_files_stop_no_other(site: SiteFolder) -> None:
    """Section pages that lead outside, names that are too long, and texts that no address can hold."""
    site.write({"hugo.toml": HUGO + "[permalinks]\nposts = '/:sections/:slug/'\n", **pages("posts/a.md")})
    (site.root.parent / "secret.md").write_text("---\ncascade: {draft: true}\n---\n")
    (site.root / "content" / "posts" / "_index.md").symlink_to(site.root.parent / "secret.md")
    (site.root / "content" / "posts" / ("x" * 252 + ".md")).write_text(page_text("Long", "", "2025-05-14"))
    for number, slug in enumerate((r"\ud800", r"a\u0000b", "x" * 50_000, "../../up", "#?%")):
        text = f'{{"title": "T{number}", "date": "2025-05-14", "slug": "{slug}"}}\nBody {number}.'
        (site.root / "content" / "posts" / f"{number}.md").write_text(text)
    name = b"\xff" * 80 + b".md"
    (Path(os.fsdecode(os.fsencode(site.root / "content" / "posts") + b"/" + name))).write_text(
        page_text("B", "", "2025-05-14")
    )
    site.config(more=SEND)
    links = selected(site)
    assert links["posts/a.md"] == "https://h.example/posts/t-posts-a.md/"
    assert all(link.startswith("https://h.example/posts/") for link in links.values())
    assert len(links) >= 4


def test_foreign_patterns_cost_little() -> None:
    """Neither a glob nor an expression of a site takes long, whatever it says."""
    began = time.process_time()
    assert not matches("{a,b}" * 60 + "**a" * 60, "/" + "a" * 400)
    assert not matches("**a" * 160, "a" * 400 + "b")
    assert "takes too long" in Ignored(["(a|aa)+$"]).pattern_for("a" * 300 + "!")
    in_own_offset(None, ":00 " * 100_000)
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("config", "section"),
    [
        ("", 'cascade: {slug: "../../../other"}'),
        ("[permalinks]\nposts = '/:sectionslug/:slug/'\n", 'slug: "../../other"'),
        ("[permalinks]\nposts = '/../../:slug/'\n", ""),
        ("[permalinks]\nposts = '/%2e%2e/%2E./:slug/'\n", ""),
        ("", 'cascade: {url: "%2e%2e/%2e%2e/x"}'),
    ],
)
def test_what_comes_down_to_a_page_leads_no_link_out_of_the_site(site: SiteFolder, config: str, section: str) -> None:
    """A site in a folder of a shared host stays there, whoever wrote the section page or the pattern."""
    base = 'baseURL = "https://h.example/blog/"\ntitle = "N"\n'
    site.write({"hugo.toml": base + config, **pages("posts/a.md", "other/b.md")})
    site.write({"content/posts/_index.md": f"---\ntitle: Posts\n{section}\n---\n"})
    site.config(site='sections = ["posts", "other"]', more=SEND)
    document = run(site).run("select", "--week", "--json").document
    assert [one["link"] for one in document["articles"]] == ["https://h.example/blog/other/b/"]
    assert [one["path"] for one in document["invalid"]] == ["posts/a.md"]
    assert "outside the site" in document["invalid"][0]["message"]


def test_a_section_page_of_many_patterns_costs_little(site: SiteFolder) -> None:
    """A cascade of hundreds of targets that are hard to compare takes seconds at most, for each of the pages below."""
    target = "{target: {path: '**" + "{a,b}" * 6 + "**a" * 149 + "'}, draft: true}"
    section = "---\ntitle: P\ncascade:\n" + f"- {target}\n" * 900 + "---\n"
    name = "posts/" + "ab" * 100 + ".md"
    site.write({"hugo.toml": HUGO, **pages(name), "content/posts/_index.md": section})
    config = site.config(newsletter='name = "N"')
    began = time.process_time()
    assert site.results(config)[f"content/{name}"].link
    assert time.process_time() - began < 4


@pytest.mark.parametrize(
    "pattern",
    ["(?:a{65535}){65535}", "((((a{1000}){1000}){1000}){1000})", "(?:a{1,60000}){ 9 ,60000 }", "(a{60000,}){60000,}"],
)
def test_an_expression_that_is_written_out_without_end_is_left_out(pattern: str) -> None:
    """Compiled, it would take gigabytes."""
    assert Ignored([pattern]).pattern_for("a" * 100) == ""
    assert Ignored([pattern, r"[0-9]{4}-[0-9]{2}"]).pattern_for("2025-05") == r"[0-9]{4}-[0-9]{2}"


def test_slow_expressions_do_not_add_up() -> None:
    """Fifty of them with a hundred files take a few seconds."""
    ignored = Ignored([f"(a|aa)+${number}" for number in range(50)])
    began = time.process_time()
    for number in range(100):
        assert "too long" in ignored.pattern_for("a" * 300 + f"{number}!")
    assert time.process_time() - began < 4


@pytest.mark.parametrize(
    ("pattern", "path", "wanted"),
    [
        ("/posts/**", "/posts/a/b", True),
        ("/posts/*", "/posts/a/b", False),
        ("{/a,/b}/*", "/b/x", True),
        ("**.md", "x/y.md", True),
        ("/[a-c]?z", "/bxz", True),
        ("/[!a-c]z", "/bz", False),
        ("/POSTS/*", "/posts/x", True),
    ],
)
def test_globs(pattern: str, path: str, wanted: bool) -> None:
    """One star stays within a folder, two do not."""
    assert matches(pattern, path) is wanted


def test_pages_are_public_before_their_time_where_the_site_says_so(site: SiteFolder) -> None:
    """`buildFuture` and `buildExpired` make pages public that are out elsewhere."""
    more = "expiryDate: 2025-05-15"
    site.write(
        {"hugo.toml": HUGO, **pages("posts/a.md", more=more), **pages("posts/b.md", more="publishDate: 2025-06-01")}
    )
    site.config(more=SEND)
    assert {reason for reason, _ in reasons(site).values()} == {"expired", "future"}
    site.write({"hugo.toml": HUGO + "buildFuture = true\nbuildExpired = true\n"})
    assert selected(site).keys() == {"posts/a.md", "posts/b.md"}


def test_what_the_site_hid_comes_late_once_it_is_public(site: SiteFolder) -> None:
    """An article that was hidden when its week's issue was composed is in a later one."""
    section = "---\ntitle: S\n---\n"
    hiding = "---\ntitle: S\ncascade: {draft: true}\n---\n"
    site.write({"hugo.toml": HUGO, **pages("posts/a.md", "posts/new/b.md"), "content/posts/new/_index.md": hiding})
    site.config(newsletter='postal_address = "Road 1"', more=SEND)
    project = run(site)
    assert project.run("compose", "--week", "--offline").status == 0
    site.write({"content/posts/new/_index.md": section})
    document = project.run("select", "--week", "--json", now="2025-05-26T08:00:00Z").document
    assert [(one["path"], one["late"]) for one in document["articles"]] == [("posts/new/b.md", True)]
