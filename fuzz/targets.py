"""What reads foreign bytes, and with which seeds: each target uses the program as its own code does."""

import contextlib
import functools
import io
import itertools
import os
import shutil
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from fuzz import seeds
from fuzz.attempt import Target
from fuzz.grammar import altered
from fuzz.loopback import Server, scratch
from newsletter.config import Config, load_config
from newsletter.documents import dump
from newsletter.errors import NewsletterError
from newsletter.models import Article, Counts, Outline, Period, Selection
from newsletter.providers.sendgrid.secrets import load_secrets
from newsletter.settings import ComposeSettings, NewsletterSettings, SendSettings

__all__ = ["TARGETS"]

_WEEK = Period(
    kind="week",
    label="2025-W20",
    start=datetime(2025, 5, 12, tzinfo=UTC),
    end=datetime(2025, 5, 19, tzinfo=UTC),
    timezone="UTC",
)
_ARTICLE = Article(
    key="1",
    path="news/story.md",
    title="A story with a headline",
    published=_WEEK.start + timedelta(days=1),
    link="https://news.example.org/story/",
    body="<p>The body of the story.</p>",
    summary="A sentence that says what happened.",
    category="energy",
    source="Field Office",
)
_CONFIG = Config(
    path=Path("/nonexistent/newsletter.toml"),
    newsletter=NewsletterSettings(
        name="The Review", base_url="https://news.example.org", postal_address="1 Sample Street"
    ),
    compose=ComposeSettings(body="full", offline=True),
    send=SendSettings(from_="The Review <review@example.org>", timeout=1, deadline=2, retries=0),
)


def _file(name: str, data: bytes) -> Path:
    path = scratch() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


# --- articles -----------------------------------------------------------------------------------------------------


def _read_article(data: bytes, path: str = "news/story.md") -> Article | None:
    from newsletter.selector.archive import File
    from newsletter.selector.article import Candidate, Reader
    from newsletter.selector.prescreen import Prescreen

    reader = Reader(_CONFIG)
    Prescreen((_WEEK,), reader.finder, frozenset()).rules_out(data[:4096], path)
    found = reader.read(File(path, data), archive=0, wanted=lambda published: True)
    if not isinstance(found, Candidate):
        return None
    dump({**asdict(found.article), "published": ""}).encode()
    return found.article


def _read_only(data: bytes) -> None:
    _read_article(data)


def _compose_article(data: bytes) -> None:
    if article := _read_article(data):
        template = ("digest", "compact")[len(data) % 2]
        _compose([article], replace(_CONFIG, compose=replace(_CONFIG.compose, template=template)))


def _read_body(data: bytes) -> None:
    """Make HTML and text of a body, as HTML and as Markdown."""
    from newsletter.composer.content import Links, body_html, excerpt, markdown_html
    from newsletter.composer.html_to_text import html_to_text

    text = data.decode("utf-8", "replace").strip()
    for form in ("html", "markdown"):
        article = replace(_ARTICLE, body=text, body_format="html" if form == "html" else "markdown", summary="")
        html = body_html(article, "https://news.example.org")
        (html + html_to_text(html) + excerpt(article)).encode()
    markdown_html(text, Links(base_url="https://news.example.org")).encode()


def _compose(articles: list[Article], config: Config, outline: Outline | None = None) -> None:
    """Make a message of articles and write it as it would be sent and kept."""
    from newsletter.composer.compose import compose, first_outline

    counts = Counts(scanned=0, in_period=0, articles=len(articles), skipped=0, invalid=0, undated=0)
    picked = Selection(period=_WEEK, articles=tuple(articles), skipped=(), invalid=(), counts=counts)
    outline = outline or first_outline(picked, _WEEK.label, config)
    made = compose(outline, {article.key: article for article in articles}, config, offline=True)
    for text in (made.message.subject, made.message.html, made.message.text, made.page):
        text.encode()


def _outline(data: bytes) -> None:
    from newsletter.issues import load_outline

    folder = _file("2025-W20/issue.toml", data).parent
    outline = load_outline(folder, _WEEK)
    _compose([_ARTICLE], _CONFIG, outline)


# --- configuration, issues, people ----------------------------------------------------------------------------------


def _configure(data: bytes) -> None:
    config = load_config(_file("project/newsletter.toml", data))
    _ = config.list_id, config.archives, config.issues, config.journal
    _compose([_ARTICLE], replace(config, compose=replace(config.compose, offline=True)))


def _secrets(data: bytes) -> None:
    load_secrets(_file("secrets/.env", data).parent, {})


@functools.cache
def _composed() -> Path:
    """Make a project with an issue once."""
    root = scratch() / "composed"
    (root / "content").mkdir(parents=True)
    (root / "newsletter.toml").write_bytes(b'[newsletter]\nname = "A"\n[send]\nfrom = "a@example.org"\n')
    (root / "content" / "story.md").write_bytes(seeds.ARTICLES[0])
    (root / "recipients.csv").write_bytes(seeds.PEOPLE[0])
    _invoke(root, ["--now", _NOW, "-q", "compose", "--week", "--offline"])
    return root


def _issue() -> Path:
    return _composed() / "issues" / "2025-W20"


@functools.cache
def _built() -> bytes:
    return (_issue() / "build.json").read_bytes()


def _build(data: bytes) -> None:
    from newsletter.issues import load_build, load_builds, load_issue

    _built()
    path = _issue() / "build.json"
    path.write_bytes(data)
    load_builds(path.parent.parent)
    build = load_build(path.parent)
    _ = build.choice.broken, build.belongs_to("x")
    load_issue(path.parent)


def _recipients(data: bytes) -> None:
    from newsletter.sender.recipients import load_recipients

    for recipient in load_recipients(_file("recipients.csv", data), fields=("first_name", "Name"), columns=set()):
        f"{recipient.email} {recipient.fields}".encode()


def _suppressions(data: bytes) -> None:
    from newsletter.sender.suppressions import Suppressions, add_suppressions

    path = _file("suppressions.csv", data)
    before = list(Suppressions(path).load())
    add_suppressions(path, [("new@example.org", "bounce")])
    after = list(Suppressions(path).load())
    assert {*before, "new@example.org"} == {*after} | {"new@example.org"}, "a suppression was lost"
    assert "new@example.org" in map(str.lower, after), "a suppression was not added"


# --- the network ----------------------------------------------------------------------------------------------------

_server = functools.cache(Server)


def _answers(data: bytes) -> None:
    """Let a provider answer every call with these bytes."""
    from newsletter.providers.sendgrid.client import SendGrid
    from newsletter.providers.sendgrid.secrets import Secrets
    from newsletter.sender.provider import Request
    from newsletter.sender.recipients import Recipient

    server = _server()
    server.answer = data
    provider = SendGrid(Secrets(api_key="SG.k", host=server.url), _CONFIG.send)
    people = tuple(Recipient("ann@reader.example", {}, line) for line in (1, 2, 3))
    for call in (
        lambda: provider.submit(Request(body=b"{}", recipients=people)),
        lambda: list(itertools.islice(provider.suppressions(), 600)),
        lambda: provider.find(email="ann@reader.example", since="2025-05-15T10:00:00Z", args={"batch": "1"}),
        provider.schedule,
    ):
        with contextlib.suppress(NewsletterError):
            f"{call()}".encode()


def _picture_host(data: bytes) -> None:
    """Let the host of a picture answer with these bytes; no redirect is followed, since it could leave this machine."""
    from newsletter.composer.fetch import Limits, fetch_pictures

    server = _server()
    server.answer = data
    cache = scratch() / "pictures"
    shutil.rmtree(cache, ignore_errors=True)
    limits = Limits(total=3, wait=1, redirects=0)
    found = fetch_pictures([f"{server.url}/a.png"], cache=cache, private_hosts=["127.0.0.1"], limits=limits)
    assert len(found) == 1, "a picture was not settled"


# --- pictures and addresses -----------------------------------------------------------------------------------------


def _pictures(data: bytes) -> None:
    from newsletter.composer.images import fit_picture, read_code
    from newsletter.composer.png import read_bilevel_png

    read_bilevel_png(data)
    for read in (lambda: fit_picture(data, 600), lambda: fit_picture(data, 60, "#ffffff"), lambda: read_code(data)):
        with contextlib.suppress(_broken_picture()):
            read()


def _broken_picture() -> type[Exception]:
    from newsletter.composer.images import BrokenPictureError

    return BrokenPictureError


def _addresses(data: bytes) -> None:
    """Take the text as every kind of address that an article, a person or a file may write."""
    from newsletter.addresses import quote_address
    from newsletter.composer.content import body_html
    from newsletter.composer.image_locations import find_source, is_missing, picture_address
    from newsletter.composer.pictures import code_target
    from newsletter.composer.stories import own_link
    from newsletter.email_addresses import parse_email
    from newsletter.selector.cleaning import address, safe_link
    from newsletter.selector.links import leaves_site, page_link

    text = data.decode("utf-8", "replace")
    linked = replace(_ARTICLE, link=text, body=f'<a href="{text}">a</a><img src="{text}">')
    config = replace(_CONFIG, compose=replace(_CONFIG.compose, utm={"source": "a"}, assets_dir=(str(scratch()),)))
    for read in (
        quote_address,
        address,
        safe_link,
        parse_email,
        lambda one: page_link(one, "https://news.example.org"),
    ):
        read(text).encode()
    leaves_site(text, "https://news.example.org")
    own_link(f"https://news.example.org/{text}", config).encode()
    picture_address(text, _ARTICLE, config)
    find_source(text, _ARTICLE, config)
    is_missing(text, _ARTICLE, config)
    body_html(linked, "https://news.example.org").encode()
    code_target(linked, config).encode()


# --- the command line ------------------------------------------------------------------------------------------------

_NOW = "2025-05-19T08:00:00Z"
_OUT_OF_BOUNDS = ("--open", "--config", "/", "..", "~")  # they would reach beyond the project's folder


def _commands(data: bytes) -> None:
    """Run a command line, an argument a line, in a small project; nothing in it leads out of that, or to a network."""
    arguments = data.replace(b"\0", b"").decode("utf-8", "surrogateescape").split("\n")
    if not any(word in argument for argument in arguments for word in _OUT_OF_BOUNDS):
        root = scratch() / "commands"
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(_composed(), root)
        _invoke(root, ["--now", _NOW, *arguments])


_ENDS = (SystemExit, click.ClickException, click.Abort, OSError)  # what the program makes messages of


def _invoke(root: Path, arguments: list[str]) -> None:
    """Run a command as the program does, but for its process; what it does not make a message of is raised."""
    from newsletter.cli.main import cli

    removed = {name: os.environ.pop(name) for name in [*os.environ] if name.startswith(("SENDGRID_", "NEWSLETTER_"))}
    with (
        contextlib.chdir(root),
        contextlib.redirect_stdout(_output()),
        contextlib.redirect_stderr(_output()),
        contextlib.suppress(*_ENDS),
    ):
        try:
            cli.main(arguments, prog_name="newsletter", standalone_mode=False)
        finally:
            os.environ.update(removed)


def _output() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace")  # as cli/main.py has them


# --- all of them -----------------------------------------------------------------------------------------------------

TARGETS = {
    target.name: target
    for target in (
        Target(
            name="front_matter",
            run=_read_only,
            seeds=lambda: seeds.ARTICLES,
            words=tuple(f"\n{key} = ".encode() for key in seeds.KEYS),
            documents=seeds.make_front_matter,
        ),
        Target(name="articles", run=_compose_article, seeds=lambda: seeds.ARTICLES, words=seeds.TAGS),
        Target(name="bodies", run=_read_body, seeds=lambda: seeds.BODIES, words=seeds.TAGS),
        Target(name="issue_toml", run=_outline, seeds=lambda: (seeds.OUTLINE,), documents=seeds.make_outline),
        Target(name="newsletter_toml", run=_configure, seeds=lambda: (seeds.PROJECT,), documents=seeds.make_project),
        Target(
            name="build_json", run=_build, seeds=lambda: (_built(),), documents=lambda chance: altered(_built())(chance)
        ),
        Target(name="recipients", run=_recipients, seeds=lambda: seeds.PEOPLE),
        Target(name="suppressions", run=_suppressions, seeds=lambda: seeds.PEOPLE),
        Target(
            name="secrets", run=_secrets, seeds=lambda: (b"SENDGRID_API_KEY=SG.a\nSENDGRID_HOST='https://a.example'\n",)
        ),
        Target(name="answers", run=_answers, seeds=lambda: seeds.ANSWERS, words=seeds.HEADERS),
        Target(name="picture_hosts", run=_picture_host, seeds=lambda: seeds.ANSWERS, words=seeds.HEADERS),
        Target(name="pictures", run=_pictures, seeds=seeds.draw_pictures),
        Target(name="addresses", run=_addresses, seeds=lambda: seeds.ADDRESSES),
        Target(name="commands", run=_commands, seeds=lambda: seeds.COMMAND_LINES, words=seeds.OPTIONS),
    )
}
"""Each target by its name."""
