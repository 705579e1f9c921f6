"""``newsletter preview``: what the page shows, to whom, and that it follows what is edited."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from lxml.html import HtmlElement, document_fromstring

from tests.conftest import CONFIG, NOW, Project, add_week, bare_environment
from tests.fake_sendgrid import KEY, FakeSendGrid

ROOT = Path(__file__).parents[2]
JUDGES = ROOT / os.environ.get("NEWSLETTER_JUDGES", ".judges")
LOOKS = ("light", "dark", "forced", "no-pictures", "no-styles")
SCRIPT = "<script>document.title = 'taken'</script>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the server said."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def page(self) -> HtmlElement:
        """Return it as a parsed page."""
        return document_fromstring(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A preview at work."""

    address: str
    process: subprocess.Popen[str]

    @property
    def port(self) -> int:
        """Return the port that it listens on."""
        port = urlsplit(self.address).port
        assert port
        return port

    def get(self, place: str = "", /, *, path: str = "", host: str = "", method: str = "GET", **query: str) -> Answer:
        """Ask for a page below the address, or for another `path`, perhaps by another name of the `host`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        target = path or urlsplit(urljoin(self.address, place)).path + (f"?{urlencode(query)}" if query else "")
        connection.request(method, target, headers={"Host": host or f"127.0.0.1:{self.port}"})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return Answer(status=answer.status, headers=dict(answer.getheaders()), text=text)

    def version(self) -> int:
        """Ask as the page does, which composes the issue again where that is due."""
        return int(json.loads(self.get("version").text)["version"])


@contextmanager
def preview(project: Project, *arguments: str) -> Iterator[Running]:
    """Run the command until the end of the block."""
    options = [one for one in ("--no-open", *arguments) if "--open" not in arguments or not one.endswith("open")]
    command = [sys.executable, "-m", "newsletter", "--now", NOW, "preview", *options]
    with subprocess.Popen(
        command, cwd=project.root, env=project.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            address = process.stdout.readline().strip()
            assert address, process.communicate()[1]
            yield Running(address=address, process=process)
        finally:
            process.kill()


def no_banners(project: Project) -> None:
    """Ask no host for a picture."""
    text = (project.root / "newsletter.toml").read_text()
    project.configure(text.replace("[send]", 'postal_address = "1 Field Road"\n[compose]\noffline = true\n[send]'))


def make(root: Path) -> Project:
    """Make a project with a composed issue; one article is a draft, one title is hostile, one file unreadable."""
    week = Project(root=root, env=bare_environment())
    (root / "content").mkdir(parents=True)
    week.configure(CONFIG)
    add_week(week)
    no_banners(week)
    week.add("draft.md", title="Not yet", date="2025-05-14T10:00:00Z", draft=True, article_id=21)
    week.add("evil.md", title=f"A {SCRIPT}", date="2025-05-13T10:00:00Z", url="evil", article_id=22, summary=SCRIPT * 3)
    (week.root / "content" / "bad.md").write_text("+++\ntitle = \n+++\n")
    assert week.run("compose", "--week").status == 0
    (week.root / ".env").write_text(f"SENDGRID_API_KEY={KEY}\n")
    return week


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Compose it once."""
    return make(tmp_path_factory.mktemp("preview") / "project")


@pytest.fixture(scope="module")
def still(composed: Project) -> Iterator[Running]:
    """Show it to tests that change nothing."""
    with preview(composed) as shown:
        yield shown


@pytest.fixture
def ready(composed: Project, tmp_path: Path) -> Project:
    """Return a copy of it to change."""
    shutil.copytree(composed.root, tmp_path / "project")
    return Project(root=tmp_path / "project", env=composed.env)


@pytest.fixture
def running(ready: Project) -> Iterator[Running]:
    """Show that."""
    with preview(ready) as shown:
        yield shown


def test_it_shows_what_is_to_be_seen(still: Running) -> None:
    """The inbox, both frames, findings, what was left out and why, both parts and the size are there."""
    answer = still.get()
    words = " ".join(answer.page.text_content().split())
    for text in ("Field Notes", "News of energy", "draft.md", "draft", "bad.md", "kB of HTML; Gmail clips at 102.4 kB"):
        assert text in words
    frames = answer.page.xpath("//iframe")
    assert [frame.get("src") for frame in frames] == ["mail?look=light"] * 2
    assert all("allow-scripts" not in frame.get("sandbox") for frame in frames)
    assert all("allow-same-origin" not in frame.get("sandbox") for frame in frames)


def test_no_text_of_an_article_is_markup_or_runs(still: Running) -> None:
    """The page's own script is the only one, and the message runs none."""
    for look in LOOKS:
        assert [one.get("src") for one in still.get(look=look).page.iter("script")] == ["page.js"]
        assert list(still.get("mail", look=look).page.iter("script")) == []
    assert SCRIPT not in still.get("file", name="evil.md").text


def test_nothing_comes_from_elsewhere(still: Running) -> None:
    """Pages name their own server, and pictures in the message are inside it; the policy forbids the rest."""
    policy = still.get().headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for look in LOOKS:
        outer, inner = still.get(look=look), still.get("mail", look=look)
        loaded = outer.page.xpath("//link/@href | //script/@src | //img/@src | //iframe/@src")
        assert all("//" not in address for address in loaded)
        assert all(address.startswith("data:") for address in inner.page.xpath("//img/@src"))
        assert "url(" not in inner.text
        rule = inner.headers["Content-Security-Policy"]
        assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:;" in rule
        assert "sandbox allow-popups allow-popups-to-escape-sandbox" in rule


def test_only_who_was_given_the_address_gets_an_answer(still: Running) -> None:
    """Another token, another name of the host (DNS rebinding) and other methods get nothing."""
    path = urlsplit(still.address).path
    assert still.get(host=f"localhost:{still.port}").status == 200
    for host in ("evil.example", f"evil.example:{still.port}", "127.0.0.1", "127.0.0.1:1"):
        assert still.get(host=host).status == 404
    for other in (
        "/",
        "/version",
        f"/{'x' * 32}/",
        path[:-2] + "/",
        path.rstrip("/"),
        "//",
        "/%C3%A9/",
    ):
        assert still.get(path=other).status == 404
    assert still.get(method="POST").status == 501
    headers = still.get().headers
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


def test_who_sees_how_the_browser_was_started_gets_nothing(ready: Project, tmp_path: Path) -> None:
    """Every user can read the arguments of a program: the address in them leads to the other one once."""
    (tmp_path / "bin").mkdir()
    opener, told = tmp_path / "bin" / "xdg-open", tmp_path / "told"
    opener.write_text(f'#!/bin/sh\nprintf %s "$1" > {told}.part\nmv {told}.part {told}\n')
    opener.chmod(0o755)
    env = {**ready.env, "PATH": f"{tmp_path / 'bin'}:{ready.env.get('PATH', os.defpath)}"}
    with preview(Project(root=ready.root, env=env), "--open") as shown:
        for _ in range(100):
            if told.exists():
                break
            time.sleep(0.1)
        path = urlsplit(told.read_text()).path
        assert path != urlsplit(shown.address).path
        assert shown.get(path=path, host="evil.example").status == 404
        first, second = shown.get(path=path), shown.get(path=path)
        assert (first.status, first.headers["Location"]) == (303, urlsplit(shown.address).path)
        assert (second.status, second.headers.get("Location")) == (404, None)


def test_it_listens_on_loopback_alone(still: Running) -> None:
    """The kernel's table has its port at 127.0.0.1 and nowhere else."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = [row[1] for row in rows if row[3] == "0A" and row[1].endswith(f":{still.port:04X}")]
    assert listening == [f"0100007F:{still.port:04X}"]


@pytest.mark.parametrize(
    "name",
    ["../newsletter.toml", "/etc/passwd", ".env", "recipients.csv", "content/energy.md", "build.json", "", "a\0b"],
)
def test_files_that_are_no_part_of_the_issue_are_not_shown(name: str, still: Running) -> None:
    """Neither the key nor people, and nothing outside the archive."""
    assert still.get("file", name=name).status == 404


def test_an_article_that_leads_outside_is_not_shown(running: Running, ready: Project) -> None:
    """A link in the archive is followed no further than the archive goes."""
    (ready.root / "secret").write_text("secret")
    (ready.root / "content" / "energy.md").unlink()
    (ready.root / "content" / "energy.md").symlink_to(ready.root / "secret")
    assert running.get("file", name="energy.md").status == 404
    assert running.get("file", name="health.md").status == 200


def test_findings_lead_to_their_place(still: Running) -> None:
    """An article's to its place in the message, a file's to the file, with the line where there is one."""
    page = still.get().page
    inside = page.xpath("//a[@class='inside']/@href")
    assert inside
    message = still.get("mail", look="light").page
    for address in inside:
        assert message.xpath(f"//a[@id='{urlsplit(address).fragment}']")
    (bad,) = page.xpath("//a[contains(@href, 'bad.md')]/@href")
    assert bad == "file?name=bad.md#L2"
    assert still.get("file", name="bad.md").page.xpath("//li[@id='L2']")


def test_looks_differ(still: Running) -> None:
    """Light never applies the rules for the dark, dark always; forced turns colours round; two leave out."""
    pages = {look: still.get("mail", look=look) for look in LOOKS}
    assert len({answer.text for answer in pages.values()}) == len(LOOKS)
    assert "@media not all" in pages["light"].text
    assert "@media all" in pages["dark"].text
    assert "#1c1e21" in pages["light"].text
    assert "#1c1e21" not in pages["forced"].text
    assert set(pages["no-pictures"].page.xpath("//img/@src")) == {"data:,"}
    styles = pages["no-styles"].page.xpath("//style | //*[@style] | //*[@bgcolor]")
    assert [one.tag for one in styles] == ["style"]


def test_it_follows_what_is_edited(running: Running, ready: Project) -> None:
    """An outline, an article and a template that change are composed again; nothing else is."""
    first = running.version()
    assert running.version() == first
    outline = ready.issue() / "issue.toml"
    outline.write_text(re.sub(r"(?m)^subject = .*", 'subject = "Another subject"', outline.read_text()))
    assert running.version() == first + 1
    assert "Another subject" in running.get().text
    assert "Another subject" in (ready.issue() / "build.json").read_text()
    article = ready.root / "content" / "energy.md"
    article.write_text(article.read_text().replace("News of energy", "Other news of energy"))
    assert running.version() == first + 2
    assert "Other news of energy" in running.get("mail", look="dark").text
    template = ready.root / "templates" / "digest" / "issue.html"
    template.parent.mkdir(parents=True)
    template.write_text(
        '{% extends "shipped/digest/issue.html" %}{% block footer %}{{ super() }}<tr><td>Stop</td></tr>{% endblock %}'
    )
    assert running.version() == first + 3
    assert "<td>Stop</td>" in running.get("mail").text


def test_a_mistake_is_shown_and_goes_away(running: Running, ready: Project) -> None:
    """The page keeps what it had, with the message and the hint, until the file is right again."""
    outline = ready.issue() / "issue.toml"
    good = outline.read_text()
    outline.write_text(good.replace("subject =", "subjekt ="))
    running.version()
    (notice,) = running.get().page.xpath("//*[@role='alert']")
    assert "issue.toml" in notice.text_content()
    assert "subject" in notice.text_content()
    assert "News of energy" in running.get("mail").text
    outline.write_text(good)
    running.version()
    assert running.get().page.xpath("//*[@role='alert']") == []


def test_what_was_edited_before_is_composed_first(ready: Project) -> None:
    """The page never shows an issue that is not what its files say."""
    outline = ready.issue() / "issue.toml"
    outline.write_text(re.sub(r"(?m)^subject = .*", 'subject = "Edited before"', outline.read_text()))
    with preview(ready) as running:
        assert "Edited before" in running.get().text


def test_an_issue_that_is_being_sent_stays_as_it_is(ready: Project) -> None:
    """The page says so, and an edit changes nothing of what readers get."""
    (ready.root / "recipients.csv").write_text("email\nann@example.org\n")
    with FakeSendGrid() as fake:
        done = ready.run("send", "--yes", SENDGRID_API_KEY=KEY, SENDGRID_HOST=fake.url)
        assert done.status == 0, done.stderr
    before = (ready.issue() / "email.html").read_bytes()
    with preview(ready) as running:
        outline = ready.issue() / "issue.toml"
        outline.write_text(re.sub(r"(?m)^subject = .*", 'subject = "Too late"', outline.read_text()))
        running.version()
        assert "Its sending has begun" in running.get().text
    assert (ready.issue() / "email.html").read_bytes() == before


def test_a_linked_picture_comes_from_the_folder_of_assets(ready: Project) -> None:
    """What the message only links to is shown where its file is at hand, else a grey one is."""
    shutil.copytree(ROOT / "newsletter" / "demo" / "static", ready.root / "static")
    picture = next(path for path in (ready.root / "static").rglob("*") if path.suffix in (".png", ".jpg"))
    text = (ready.root / "newsletter.toml").read_text()
    ready.configure(text.replace("[compose]", '[compose]\nassets_dir = "static"'))
    name = picture.relative_to(ready.root / "static").as_posix()
    ready.add("energy.md", title="News of energy", date="2025-05-13T10:00:00Z", enclosure=f"/{name}", url="energy-news")
    assert ready.run("compose", "--week", "--reselect").status == 0
    with preview(ready) as running:
        kinds = {address[:14] for address in running.get("mail").page.xpath("//img/@src")}
    assert {"data:image/svg", "data:image/png"} <= kinds | {"data:image/png"}
    assert len(kinds) >= 2


def test_ctrl_c_ends_it_well(ready: Project) -> None:
    """The exit status is 0, and nothing but the address is on standard output."""
    with preview(ready) as running:
        assert running.process.stderr
        assert running.process.stderr.readline() == "press Ctrl-C to end\n"
        assert running.version() == 1
        running.process.send_signal(signal.SIGINT)
        out, err = running.process.communicate(timeout=10)
        assert (running.process.returncode, out) == (0, "")
        assert err == ""


def test_a_port_that_is_taken_is_named(ready: Project) -> None:
    """The message says what to do."""
    with preview(ready) as running:
        done = ready.run("preview", "--no-open", "--port", str(running.port))
    assert done.status == 2
    assert f"port {running.port} cannot be used" in done.stderr
    assert "--port" in done.stderr


def test_without_an_issue_it_says_how_to_make_one(week: Project) -> None:
    """Nothing is served."""
    done = week.run("preview", "--no-open")
    assert (done.status, done.stdout) == (4, "")
    assert "newsletter compose" in done.stderr


@pytest.mark.browser
@pytest.mark.judge
def test_everybody_can_use_it(running: Running, ready: Project) -> None:
    """Axe has no complaint at four widths in light and dark, nothing is asked of others, keys reach every control."""
    node, chromium = shutil.which("node"), shutil.which("chromium")
    if not (node and chromium and (JUDGES / "node_modules" / "axe-core").exists()):
        pytest.skip(f"node, Chromium or the judges in {JUDGES.name} are not installed")
    outline = ready.issue() / "issue.toml"
    outline.write_text(re.sub(r"(?m)^subject = .*", f'subject = "{"Long " * 30}"', outline.read_text()))
    running.version()
    addresses = [running.address, f"{running.address}?look=forced", f"{running.address}file?name=issue.toml"]
    command = [node, str(Path(__file__).parent / "axe.mjs"), str(JUDGES), *addresses]
    done = subprocess.run(
        command, env={**os.environ, "CHROMIUM": chromium}, capture_output=True, text=True, timeout=110, check=True
    )
    assert json.loads(done.stdout) == []
