"""The pages of an issue: nothing of any reader in them, what programs read in their head, a valid feed."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree, html

from newsletter.composer.compose import compose
from newsletter.composer.feed import feed
from newsletter.config import Config
from newsletter.models import WebEntry
from newsletter.providers.sendgrid import TRAITS
from newsletter.settings import ComposeSettings, SendSettings, Unsubscribe, WebSettings
from tests.composer.samples import HOSTILE, article, config, outline, week_of
from tests.composer.test_judges import FOLDER, HERE, package, run, tool

WEB = WebSettings(folder="static/letters", url="https://review.example.org/letters")
HOME = "https://review.example.org/letters/"
SCHEMA = etree.RelaxNG(etree.parse(Path(__file__).with_name("atom.rng")))
TEMPLATES = ("digest", "magazine", "wire", "letter", "compact")


def on_web(**tables: Any) -> Config:
    """Make a configuration with pages on the web."""
    return config(**{"web": WEB, **tables})


def pages(*articles: Any, made: Config | None = None, listed: tuple[WebEntry, ...] = (), **changes: Any) -> Any:
    """Compose an issue and return the files of its pages."""
    made = made or on_web()
    shown = articles or week_of(4)
    page = outline(*shown, settings=made, **changes)
    return compose(page, {one.key: one for one in shown}, made, offline=True, listed=listed).web


def tree(files: Mapping[str, bytes], name: str = "2025-W20/index.html") -> Any:
    """Parse a page."""
    return html.document_fromstring(files[name].decode())


def entry(issue: str, day: int, **changes: str) -> WebEntry:
    """Make the record of another issue."""
    texts = {"title": f"Issue {issue}", "summary": "A summary.", "line": "May", **changes}
    return WebEntry(issue=issue, end=datetime(2025, 5, day, tzinfo=UTC), **texts)


def test_a_page_says_what_it_is() -> None:
    """Its own address, title, picture and the feed are in its head; the issue's stories and codes are on it."""
    files = pages(made=on_web(compose=ComposeSettings(utm={"source": "newsletter"})))
    page = tree(files)
    about = {one.get("property") or one.get("name"): one.get("content") for one in page.iter("meta")}
    assert page.xpath("string(//link[@rel='canonical']/@href)") == about["og:url"] == f"{HOME}2025-W20/"
    assert page.xpath("string(//link[@type='application/atom+xml']/@href)") == f"{HOME}feed.xml"
    assert about["og:title"] == page.xpath("string(//title)") == "Story number 1 has a headline of a usual length"
    assert about["og:image"] == "https://cdn.example.org/banners/energy-1.jpg"
    assert about["og:description"] == about["description"] != ""
    links = [str(one) for one in page.xpath("//a/@href")]
    assert {one.link for one in week_of(4)} < set(links)
    assert not any("utm_" in one for one in links)
    for source in map(str, page.xpath("//img/@src")):
        assert source.startswith("https://") or source.removeprefix("../") in files
    assert page.xpath("boolean(//*[@role='main'])")


def test_the_archive_and_the_feed_list_all_issues() -> None:
    """The newest first, each once; what a page says of itself is in its record."""
    old = tuple(entry(f"2025-W{10 + number}", 1 + number) for number in range(8))
    files = pages(listed=(*old, entry("2025-W20", 1, title="Before")))
    record = json.loads(files["2025-W20/issue.json"])
    assert (record["issue"], record["end"]) == ("2025-W20", "2025-05-19T00:00:00+00:00")
    links = [str(one) for one in tree(files, "index.html").xpath("//h2/a/@href")]
    names = ["2025-W20", *(f"2025-W{17 - number}" for number in range(8))]
    assert links == [f"{HOME}{name}/" for name in names]
    atom = etree.fromstring(files["feed.xml"])
    assert [one.text for one in atom.iter("{*}id")][1:] == links
    assert "Before" not in files["index.html"].decode()
    assert list(files)[-1] == "feed.xml"
    assert files == pages(listed=(*old, entry("2025-W20", 1)))


def test_the_email_leads_to_the_page() -> None:
    """`[web]` is where readers see an issue in a browser, and the target of the one code; `web_url` is for others."""
    for made in (on_web(), config(compose=ComposeSettings(web_url=HOME + "{issue}/"))):
        page = outline(*week_of(3), settings=made)
        found = compose(page, {one.key: one for one in week_of(3)}, made, offline=True)
        assert f'href="{HOME}2025-W20/"' in found.message.html
        assert f"{HOME}2025-W20/" in found.message.text
        assert bool(found.web) is bool(made.web.folder)


OWN = {
    "templates/web/page.html": '{% extends "shipped/web/page.html" %}{% block head %}'
    '<meta property="og:title" content="x">{% endblock %}{% block lead %}<tr><td>LEAD</td></tr>{% endblock %}',
    "templates/bare/issue.html": "<html><body><h1>{{ subject }}</h1>{{ sender }} <i>{{ merge.city }}</i>"
    '<a href="https://a.example/?c={{ merge.city }}">x</a><a href="{{ unsubscribe }}">Leave</a> tail</body></html>',
    "templates/bare/page.html": '{% extends "bare/issue.html" %}',
}


def test_templates_of_a_project_come_first(tmp_path: Path) -> None:
    """A page is extended block by block; a template that is not made of the shipped one loses what is personal."""
    for name, text in OWN.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    made = tree(pages(made=on_web(root=tmp_path)))
    assert made.xpath("//meta[@property='og:title']/@content") == ["x"]
    assert "LEAD" in made.text_content()
    send = SendSettings(from_="secret@example.org", defaults={"city": "P & Q%%text:x%%"})
    bare = pages(made=on_web(root=tmp_path, compose=ComposeSettings(template="bare"), send=send))
    text = bare["2025-W20/index.html"].decode()
    assert "P &amp; Q" in text
    assert "c=P%20%26%20Q" in text
    assert "tail" in text
    assert not re.search("Leave|secret|%%|Sampleton", text)
    assert "canonical" in text


WORDS = st.text(max_size=60) | st.sampled_from(
    [
        "%%html:email%%",
        "{{ merge.email }}",
        "<%asm_group_unsubscribe_raw_url%>",
        "%%unsubscribe%%",
        "</title><b>",
        "{{x}}",
    ]
)
UNSUBSCRIBE = Unsubscribe(mode="url", url="https://review.example.org/leave?t={token}")


@given(title=WORDS, summary=WORDS, subject=WORDS, preheader=WORDS, intro=WORDS, other=WORDS, own=st.booleans())
@settings(deadline=None, max_examples=40)
def test_nothing_personal_is_on_the_web(
    title: str, summary: str, subject: str, preheader: str, intro: str, other: str, own: bool
) -> None:
    """Whatever the texts are: no merge token, no provider's tag, no way to unsubscribe, no address of the sender."""
    send = SendSettings(
        from_="sender-address@example.org", unsubscribe=UNSUBSCRIBE if own else Unsubscribe(), reply_to="r@example.org"
    )
    whole = compose_settings(own)
    listed = (entry("2025-W19", 12, title=other.replace("\n", " "), summary=other),)
    changes = {"subject": f"x {subject}", "preheader": preheader, "intro": f"{intro} {{{{ merge.email }}}}"}
    story = article(1, title=f"x {title}", summary=summary, body=f"<p>{summary}</p>")
    files = pages(story, made=on_web(send=send, compose=whole), listed=listed, **changes)
    for name, content in files.items():
        if name.endswith((".html", ".xml")):
            text = content.decode()
            assert not re.search("sender-address|r@example|leave\\?t|Sampleton", text)
        if name.endswith(".html"):
            text = content.decode()
            assert not any(tag in text for tag in (*TRAITS.tags.values(), "merge-"))
            assert not re.search("%%(html|text|url):|(?i:unsubscribe)</a>", text)
    assert SCHEMA.validate(etree.fromstring(files["feed.xml"])), SCHEMA.error_log


def compose_settings(whole: bool) -> ComposeSettings:
    """Show summaries, or whole articles."""
    return ComposeSettings(body="full" if whole else "summary", qr="off")


def test_the_feed_is_valid_and_bounded() -> None:
    """RFC 4287 as a schema; what XML cannot hold is replaced, and a long list ends."""
    odd = entry("2025-W19", 12, title="a\x00\ufffe<b>&", summary="\ud800")
    content = feed([odd, *(entry(f"i-{number}", 11) for number in range(100))], on_web())
    found = etree.fromstring(content)
    assert SCHEMA.validate(found), SCHEMA.error_log
    assert len(found.findall("{*}entry")) == 50
    assert not SCHEMA.validate(
        etree.fromstring(content.replace(b"<updated>", b"<when>").replace(b"</updated>", b"</when>"))
    )


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Write a page of each template, hostile and in another direction, and an archive: their paths."""
    folder = tmp_path_factory.mktemp("web")
    shown = {name: (on_web(compose=ComposeSettings(template=name)), week_of(6)) for name in TEMPLATES}
    shown["hostile"] = (on_web(compose=ComposeSettings(body="full")), HOSTILE)
    shown["rtl"] = (on_web(newsletter={"language": "ar", "name": "العدد"}), week_of(3))
    for name, (made, articles) in shown.items():
        for path, content in pages(*articles, made=made, listed=(entry("2025-W19", 12),)).items():
            (folder / name / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / name / path).write_bytes(content)
    return [str(path) for path in sorted(folder.rglob("*.html"))]


@pytest.mark.judge
def test_the_html_of_the_pages_is_valid(judged: list[str]) -> None:
    """The Nu HTML checker finds no error."""
    jar = package("vnu-jar/build/dist/vnu.jar")
    assert len(judged) == 14
    assert run(tool("java"), "-jar", str(jar), "--errors-only", "--format", "gnu", *judged) == ""


@pytest.mark.judge
@pytest.mark.browser
def test_everybody_can_read_the_pages(judged: list[str]) -> None:
    """Axe finds nothing, with the rules about a page's landmarks, and no page is wider than its window."""
    package("axe-core/axe.min.js")
    tool("chromium")
    some = [one for one in judged if re.search(r"/(digest/.*|rtl/2025-W20/)index.html", one)]
    assert len(some) == 3
    said = run(tool("node"), str(HERE / "axe.mjs"), str(FOLDER), "--page", *some)
    assert json.loads(said) == []
