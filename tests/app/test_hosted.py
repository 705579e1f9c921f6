"""Pictures that the site hosts: written under lasting names, linked, proved to be there before anything is sent."""

import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest

from tests.conftest import Project
from tests.fake_sendgrid import KEY, FakeSendGrid

TABLES = """\
[newsletter]
name = "The Harbour Review"
base_url = "https://harbour.example"
postal_address = "1 Quay Street, Harbour Town"

[site]
output = "{output}"

[compose]
assets_dir = "static"
{compose}

[send]
from = "The Harbour Review <notes@example.org>"

[run]
before_send = '{before_send}'
"""
WEEK = ("compose", "--week")


def configure(demo: Project, compose: str = 'banners = "host"', *, output: str = "", before_send: str = "") -> None:
    """Write the configuration of the demo."""
    demo.configure(TABLES.format(compose=compose, output=output, before_send=before_send))


def linked(demo: Project) -> list[str]:
    """Return the pictures that the message shows."""
    return re.findall(r'<img[^>]* src="([^"]*)"', (demo.issue() / "email.html").read_text(encoding="utf-8"))


def codes(demo: Project) -> set[str]:
    """Return the codes of the errors that `check` finds."""
    found = demo.run("check", "--json").document["findings"]
    return {one["code"] for one in found if one["severity"] == "error"}


def test_hosted_pictures_are_files_of_the_site(demo: Project) -> None:
    """Each is a file named by its content, the message has no picture inside, and the preview shows the files."""
    configure(demo)
    assert demo.run(*WEEK).status == 0
    names = [one.removeprefix("https://harbour.example/newsletter/") for one in linked(demo)]
    assert len(names) == 20
    for name in names:
        content = (demo.root / "static" / "newsletter" / name).read_bytes()
        assert re.fullmatch(r"(banner|qr)-[a-z0-9-]+-([0-9a-f]{32})\.(png|jpg)", name)
        assert hashlib.sha256(content).hexdigest().startswith(name.rpartition("-")[2].partition(".")[0])
    assert not (demo.issue() / "images").exists()
    assert json.loads((demo.issue() / "build.json").read_text())["images"] == []
    shown = re.findall(r'<img[^>]* src="([^"]*)"', (demo.issue() / "preview.html").read_text(encoding="utf-8"))
    assert all((demo.issue() / one).is_file() for one in shown)


def test_codes_alone_can_be_hosted(demo: Project) -> None:
    """`qr_pictures` is about codes and logos alone, and follows the banners where it is not set."""
    configure(demo, 'banners = "link"\nqr_pictures = "host"')
    demo.run(*WEEK)
    assert len(list((demo.root / "static" / "newsletter").iterdir())) == 10
    assert not any(one.startswith("cid:") for one in linked(demo))
    configure(demo, 'banners = "host"\nqr_pictures = "embed"')
    demo.run(*WEEK)
    assert sum(one.startswith("cid:qr-") for one in linked(demo)) == 10


@pytest.mark.parametrize("settings", ["", 'assets_url = "https://cdn.example/ä&b"'])
def test_something_has_to_publish_them(demo: Project, settings: str) -> None:
    """Without a built site that has them, or a command that publishes them, the issue is not sent."""
    configure(demo, f'banners = "host"\n{settings}')
    demo.run(*WEEK)
    assert codes(demo) == {"picture-unpublished"}
    configure(demo, f'banners = "host"\n{settings}', before_send="true")
    demo.run(*WEEK)
    assert codes(demo) == set()


def test_pictures_need_a_folder_and_an_address(demo: Project) -> None:
    """The error names what is missing."""
    text = TABLES.format(compose='banners = "host"', output="", before_send="")
    demo.configure(text.replace('assets_dir = "static"\n', ""))
    done = demo.run(*WEEK)
    assert (done.status, "hosted pictures need assets_dir" in done.stderr) == (2, True)


def test_nothing_that_an_issue_shows_is_removed(demo: Project) -> None:
    """Other pictures come beside the former ones."""
    configure(demo)
    demo.run(*WEEK)
    former = {path.name for path in (demo.root / "static" / "newsletter").iterdir()}
    configure(demo, 'banners = "host"\nqr_url = "https://go.example/{key}"')
    demo.run(*WEEK)
    assert former < {path.name for path in (demo.root / "static" / "newsletter").iterdir()}


def test_a_run_publishes_first(demo: Project, fake: FakeSendGrid) -> None:
    """The built site is asked after `before_send`: nothing is sent until each picture is there."""
    copy = "cp -r static/. public/"
    built = demo.root / "public"
    configure(demo, output="public", before_send="true")
    built.mkdir()
    for article in (demo.root / "content").rglob("*.md"):
        path = built / article.stem / "index.html"
        path.parent.mkdir(parents=True)
        path.touch()
    (built / "index.html").touch()
    done = demo.run("run", "--week", SENDGRID_API_KEY=KEY, SENDGRID_HOST=fake.url)
    assert (done.status, len(fake.accepted())) == (1, 0)
    assert "not published: https://harbour.example/newsletter/" in done.stderr
    configure(demo, output="public", before_send=copy)
    shutil.rmtree(demo.root / "issues")
    done = demo.run("run", "--week", SENDGRID_API_KEY=KEY, SENDGRID_HOST=fake.url)
    assert done.status == 0, done.stderr
    assert fake.accepted()


def test_a_link_in_the_folder_is_not_followed(demo: Project, tmp_path: Path) -> None:
    """Pictures are written into the folder itself."""
    configure(demo)
    demo.run(*WEEK)
    name = linked(demo)[0].rpartition("/")[2]
    target = demo.root / "static" / "newsletter" / name
    target.unlink()
    (tmp_path / "elsewhere").write_text("mine")
    target.symlink_to(tmp_path / "elsewhere")
    assert demo.run(*WEEK).status == 1
    assert (tmp_path / "elsewhere").read_text() == "mine"
