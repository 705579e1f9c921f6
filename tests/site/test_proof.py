"""Own links of an issue: looked up in the built site, or asked of the site itself."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from newsletter.site.proof import BuiltSite, path_on_site
from tests.conftest import Project

CONFIG = """\
[newsletter]
name = "Field Notes"
base_url = "{base}"
postal_address = "1 Road"

[send]
from = "Field Notes <notes@example.org>"
{more}
"""


def build(project: Project, *names: str) -> None:
    """Write pages of the built site."""
    for name in names:
        path = project.root / "public" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("<p>A page.</p>")


def missing(project: Project, *options: str) -> list[dict[str, str]]:
    """Return the findings of `check` about links that are missing or not answered."""
    document = project.run("check", "--json", *options).document
    return [one for one in document["findings"] if one["code"] in ("link-missing", "link-unanswered")]


def test_a_link_that_the_built_site_lacks_is_an_error(week: Project) -> None:
    """The finding names the article and the address; it blocks sending until the site is built and composed again."""
    week.configure(CONFIG.format(base="https://notes.example.org", more='[site]\noutput = "public"'))
    build(week, "energy-news/index.html", "health-news/index.html", "index.html")
    assert week.run("compose", "--week").status == 0
    found = missing(week)
    assert [one["where"] for one in found] == ["travel.md"]
    assert "https://notes.example.org/travel-news/" in found[0]["message"]
    assert "build the site" in found[0]["hint"]
    assert week.run("check").status == 5
    build(week, "travel-news/index.html")
    week.run("compose", "--week")
    assert missing(week) == []


def test_a_site_built_for_another_address_is_the_likely_cause(week: Project) -> None:
    """Where no own link is there, the hint names the base address."""
    week.configure(CONFIG.format(base="https://notes.example.org", more='[site]\noutput = "public"'))
    build(week, "blog/energy-news/index.html")
    week.run("compose", "--week")
    assert all("https://notes.example.org" in one["hint"] for one in missing(week))


def test_without_the_built_site_there_is_one_finding(week: Project) -> None:
    """An output folder that is not there is said once."""
    week.configure(CONFIG.format(base="https://notes.example.org", more='[site]\noutput = "public"'))
    week.run("compose", "--week")
    assert len(missing(week)) == 1


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("https://h.example/sub/a/", "a/"),
        ("https://H.example/sub/a%20b?x=1#y", "a b"),
        ("https://h.example/sub", ""),
        ("https://h.example/other/", None),
        ("https://h.example/subway/", None),
        ("https://else.example/sub/a/", None),
        ("mailto:a@b.example", None),
        ("https://[bad", None),
    ],
)
def test_only_addresses_below_the_site_are_its_own(address: str, path: str | None) -> None:
    """A path below `base_url` is the site's, by whole folders."""
    assert path_on_site(address, "https://h.example/sub/") == path


def test_nothing_outside_the_built_site_counts(week: Project) -> None:
    """Neither dots nor links lead out of the folder."""
    build(week, "a/index.html")
    (week.root / "public" / "out").symlink_to(week.root)
    site = BuiltSite(week.root / "public", "https://h.example")
    assert site.has("https://h.example/a/")
    assert not site.has("https://h.example/%2e%2e/newsletter.toml")
    assert not site.has("https://h.example/out/newsletter.toml")


class _Site(BaseHTTPRequestHandler):
    """A site that has one page, does not allow HEAD for another, and fails at a third."""

    seen: list[str]

    def do_HEAD(self) -> None:
        self.answer(405 if "health" in self.path else 500 if "travel" in self.path else 404)

    def do_GET(self) -> None:
        self.answer(200 if "health" in self.path else 404)

    def answer(self, status: int) -> None:
        self.seen.append(f"{self.command} {self.path}")
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def served() -> Iterator[tuple[str, list[str]]]:
    """Serve the site on loopback: (its address, the requests)."""
    seen: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Site,), {"seen": seen}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_site_itself_is_asked(week: Project, served: tuple[str, list[str]]) -> None:
    """HEAD, then GET where that is not allowed; other hosts and unsubscribe links are never asked."""
    base, seen = served
    unsubscribe = f'unsubscribe = {{mode = "url", url = "{base}/stop/?t={{token}}"}}'
    week.configure(CONFIG.format(base=base, more=unsubscribe))
    week.run("compose", "--week", "--offline")
    assert missing(week) == []
    assert seen == []
    found = {one["code"]: one for one in missing(week, "--links")}
    assert "energy-news" in found["link-missing"]["message"]
    assert "500" in found["link-unanswered"]["message"]
    assert {"HEAD /health-news/", "GET /health-news/"} <= set(seen)
    assert not any("stop" in request or "banners" in request for request in seen)


def test_a_site_that_does_not_answer_is_unknown(week: Project) -> None:
    """No answer says nothing of a page: a warning, quickly."""
    week.configure(CONFIG.format(base="http://127.0.0.1:9", more=""))
    week.run("compose", "--week", "--offline")
    (found,) = missing(week, "--links")
    assert (found["code"], "more: Connection refused" in found["message"]) == ("link-unanswered", True)
