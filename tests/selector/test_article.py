"""From a file's bytes to an article: front matter, keys, texts, links, categories."""

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.models import Article
from newsletter.selector.article import Candidate, Unreadable, split_path
from tests.selector.archives import article, config, problem, read, toml

SEED = {
    "title": "China Emerges",
    "date": "2025-05-15T15:55:19Z",
    "draft": False,
    "summary": "A race.",
    "description": "A longer race.",
    "source_link": "https://press.example.com/china/",
    "enclosure": "https://cdn.example.com/banners/business-corporate-3.jpg",
    "article_id": 85225,
    "url": "2025-05-15-china",
    "qrcode": "https://cdn.example.com/qr/1.webp",
    "source": "Example Wire (EW)",
}


def test_the_keys_of_the_site() -> None:
    """Every key of the articles this was made for has its place."""
    found = article(toml(**{key: json.dumps(value) for key, value in SEED.items()}), "2025-05-15-china.md")
    assert found.published.isoformat() == "2025-05-15T15:55:19+00:00"
    assert found == Article(
        key="85225",
        path="2025-05-15-china.md",
        title="China Emerges",
        published=found.published,
        link="https://news.example.org/2025-05-15-china/",
        body="<p>A text of its own.</p>",
        body_format="markdown",
        summary="A race.",
        description="A longer race.",
        category="business-corporate",
        categories=("business-corporate",),
        source="Example Wire (EW)",
        source_link="https://press.example.com/china/",
        banner="https://cdn.example.com/banners/business-corporate-3.jpg",
        qrcode="https://cdn.example.com/qr/1.webp",
        date_from="date",
    )


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("title: 1.10", "1.10"),
        ("title: 007", "007"),
        ("title: 2024-05-01", "2024-05-01"),
        ("title: No", "No"),
        ("title: 'It''s here'", "It's here"),
        ("title: Oil &amp; Gas &lt;up&gt;", "Oil & Gas <up>"),
        ("title: Rates < 5 % and <Acme> rise", "Rates < 5 % and <Acme> rise"),
        ("title: A <em>bold</em> <br/>step", "A bold step"),
        ("title: CO<sub>2</sub><br>falls", "CO₂ falls"),
        ("title: 'A <a class=\"x\" href=/b download>link</a ><br />falls'", "A link falls"),
        ("title: a <b and c> d", "a <b and c> d"),
        ("title: News&sections &notit; &eacute; &#233; &#xE9;", "News&sections &notit; é é é"),
        (f"title: A &#{'9' * 5000};", f"A &#{'9' * 5000};"),
        ("title: |\n  Two\n  lines\n", "Two lines"),
        ('title: "Bell\\a and \\u202Eevil\\u202C bidi"', "Bell and evil bidi"),
        ('title: "zero\\u200bwidth\\u2028line\\u00a0space"', "zerowidth line\u00a0space"),
        ('title: "\\U0001F469\\u200D\\U0001F680 joined"', "\U0001f469\u200d\U0001f680 joined"),
        ("title: ~\nparams:\n  title: Below", "Below"),
    ],
)
def test_titles(written: str, shown: str) -> None:
    """A title is what a reader should see of what was written: every word, no markup, nothing invisible."""
    assert article(f"---\n{written}\ndate: 2025-05-15\n---\nText").title == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("The *Anna* leaves at **six**: [the timetable](/t).", "The Anna leaves at six: the timetable."),
        ('![A boat](/b.jpg "The Anna") and `code`, _so_ ***loud***', "A boat and code, so loud"),
        ("4* to 5* hotels, 2 * 3 * 4, snake_case_names", "4* to 5* hotels, 2 * 3 * 4, snake_case_names"),
        ("[sic] (twice), a*b*c, *one star, and * two *", "[sic] (twice), a*b*c, *one star, and * two *"),
    ],
)
def test_summaries_may_be_markdown(written: str, shown: str) -> None:
    """Marks of links and emphasis are taken out; stars and brackets that mean something else stay."""
    found = article(toml(summary=json.dumps(written), description=json.dumps(written)))
    assert (found.summary, found.description) == (shown, shown)


@pytest.mark.parametrize(
    ("written", "shown"),
    [("42", "42"), ("2024-05-01", "2024-05-01"), ("1.10", "1.10"), ("true", "true"), ("2024-05-01T08:00:00Z",) * 2],
)
def test_toml_titles_that_are_no_text(written: str, shown: str) -> None:
    """A TOML number, date or truth value is a title too."""
    assert article(toml(title=written)).title == shown.replace("Z", "+00:00")


def test_json_cannot_smuggle_half_characters() -> None:
    """A lone surrogate, which JSON can spell, becomes a mark that can be written to a file."""
    assert article('{"title": "a\\ud800b", "date": "2025-05-15"}').title == "a\ufffdb"


@pytest.mark.parametrize(
    ("fields", "path", "category"),
    [
        ({"categories": '["Oil & Gas", "Other"]'}, "x.md", "oil-gas"),
        ({"category": '"Ökologie"'}, "x.md", "okologie"),
        ({"enclosure": '"https://c.example/b/business-corporate-3.jpg?v=2"'}, "x.md", "business-corporate"),
        ({"enclosure": '"https://c.example/b/technology.jpg"'}, "x.md", ""),
        ({"enclosure": '"/b/web3-2.jpg"'}, "x.md", "web3"),
        ({"enclosure": '"/b/2025-05-3.jpg"'}, "x.md", ""),
        ({"images": '["/b/energy-12.webp"]'}, "x.md", "energy"),
        ({"cover": '{image = "/b/health-1.png"}'}, "x.md", "health"),
        ({}, "energy/x.md", "energy"),
        ({}, "energy/2025/x/index.md", "energy"),
        ({}, "2025/05/x.md", ""),
        ({}, "x/index.md", ""),
        ({}, "en/energy/x.md", "energy"),
        ({"categories": '["", "  "]', "enclosure": '"/b/energy-1.jpg"'}, "news/x.md", "energy"),
    ],
)
def test_category(fields: dict[str, str], path: str, category: str) -> None:
    """The category comes from the front matter, else from the banner's name, else from the folder."""
    assert article(toml(**fields), path).category == category


def test_a_folder_within_a_folder_is_no_category() -> None:
    """The first one is the section; what it is divided into is nobody's filter."""
    assert article(toml(), "energy/solar/x.md").categories == ("energy",)


@pytest.mark.parametrize(
    ("front_matter", "category", "label"),
    [
        ({"categories": '["Women\'s Health", "Other"]'}, "women-s-health", "Women's Health"),
        ({"categories": '["\u00c9conomie & \u00c9nergie"]'}, "economie-energie", "\u00c9conomie & \u00c9nergie"),
        ({"categories": '["", "iOS"]'}, "ios", "iOS"),
        ({"category": '"public-health"'}, "public-health", ""),
        ({"enclosure": '"/b/energy-1.jpg"'}, "energy", ""),
        ({"categories": '["!"]'}, "", ""),
    ],
)
def test_a_category_keeps_its_spelling(front_matter: dict[str, str], category: str, label: str) -> None:
    """Filters compare slugs; readers are shown what the article says."""
    found = article(toml(**front_matter), "x.md")
    assert (found.category, found.label) == (category, label)


def test_zola_and_hugo_tables() -> None:
    """Keys below [taxonomies], [extra] and [params] count where the top level has none; the top level goes first."""
    text = (
        '+++\ntitle = "Top"\ndate = 2025-05-15\n[taxonomies]\ncategories = ["Energy"]\n'
        '[extra]\nSource = "Wire"\ntitle = "Below"\n[params]\nsummary = "Words"\n+++\nText'
    )
    found = article(text)
    assert (found.title, found.category, found.source, found.summary) == ("Top", "energy", "Wire", "Words")


def test_category_from_is_configurable() -> None:
    """The places that name a category can be put in another order, or left out."""
    content = toml(categories='["Energy"]', enclosure='"/b/health-1.jpg"')
    assert article(content, settings=config(category_from=("banner", "front_matter"))).category == "health"
    assert article(content, "news/x.md", config(category_from=("folder",))).category == "news"


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"article_id": "85225", "url": '"a"'}, "85225"),
        ({"article_id": '""', "url": '"a/b"'}, "a/b"),
        ({}, "folder/x.md"),
    ],
)
def test_key(fields: dict[str, str], key: str) -> None:
    """An article is known by its article_id, else by its url, else by its path."""
    assert article(toml(**fields), "folder/x.md").key == key


@pytest.mark.parametrize(
    ("url", "path", "link"),
    [
        ("a-slug", "x.md", "https://news.example.org/a-slug/"),
        ("/2025/a-slug/", "x.md", "https://news.example.org/2025/a-slug/"),
        ("old/page.html", "x.md", "https://news.example.org/old/page.html"),
        ("version-2.0", "x.md", "https://news.example.org/version-2.0/"),
        ("https://news.example.org/full", "x.md", "https://news.example.org/full/"),
        ("a b?c#d", "x.md", "https://news.example.org/a%20b%3Fc%23d/"),
        ("grüße", "x.md", "https://news.example.org/gr%C3%BC%C3%9Fe/"),
        ("a%20b", "x.md", "https://news.example.org/a%20b/"),
        ("", "energy/a story.md", "https://news.example.org/energy/a%20story/"),
        ("", "energy/story/index.en.md", "https://news.example.org/energy/story/"),
        ("", "http:/x.md", "https://news.example.org/http:/x/"),
    ],
)
def test_link(url: str, path: str, link: str) -> None:
    """A link is the site's address and the url, else the path; a slug gets a slash."""
    assert article(toml(url=json.dumps(url)), path).link == link


def test_link_without_a_site() -> None:
    """A newsletter without a site of its own links to the sources, if those are web addresses."""
    nowhere = config(newsletter={"base_url": ""})
    assert article(toml(source_link='"https://a.example/b c"'), settings=nowhere).link == ""
    assert (
        article(toml(source_link='"https://a.example/ü?q=1"'), settings=nowhere).link == "https://a.example/%C3%BC?q=1"
    )
    assert article(toml(source_link='"javascript:alert(1)"'), settings=nowhere).link == ""
    assert article(toml(source_link='"https://bank.example@evil.example/"'), settings=nowhere).link == ""


@pytest.mark.parametrize(
    "url",
    ["../up", "a/../../b", "%2e%2e/up", "..\\up", "//evil.example/x", "https://evil.example/", "javascript:alert(1)",
     "https://news.example.org.evil.example/", "a\0b", "\\\\evil.example"],
)  # fmt: skip
def test_url_never_leaves_the_site(url: str) -> None:
    """A url that names a scheme, a host or a folder above is reported with its line."""
    line, message = problem(toml(url=json.dumps(url)))
    assert "outside the site" in message
    assert line == 4


@pytest.mark.parametrize(("value", "draft"), [("true", True), ('"true"', True), ('"False"', False), ("false", False)])
def test_draft(value: str, draft: bool) -> None:
    """A draft may be said as truth value or as text."""
    found = read(toml(draft=value))
    assert isinstance(found, Candidate)
    assert found.draft is draft


def test_jekyll_drafts() -> None:
    """`published: false` is Jekyll's draft, and no date; `published: true` neither."""
    for value, draft in (("false", True), ("true", False)):
        found = read(f"---\ntitle: A\npublished: {value}\n---\nText", "2025-05-15-a.md")
        assert isinstance(found, Candidate)
        assert (found.draft, found.article.date_from) == (draft, "file name")


@pytest.mark.parametrize(
    ("fields", "line", "message"),
    [
        ({"draft": '"maybe"'}, 4, "draft is neither true nor false: 'maybe'"),
        ({"draft": "1"}, 4, "draft is neither true nor false: '1'"),
        ({"date": '"soon"'}, 3, "date is not a date: 'soon'"),
        ({"date": ""}, 1, "no date"),
        ({"title": ""}, 0, "no title"),
        ({"title": '"\\u200b "'}, 2, "no title"),
        ({"expiryDate": '"never"'}, 4, "expirydate is not a date: 'never'"),
        ({"publishDate": '"later"'}, 4, "publishdate is not a date: 'later'"),
        ({"weight": '"heavy"'}, 4, "weight is not a whole number: 'heavy'"),
        ({"Title": '"Again"'}, 4, "duplicate key 'Title'"),
        ({"title": '["A"]'}, 2, "title is not text: \"['A']\""),
        ({"title": "07:30:00"}, 2, "title is not text: '07:30:00'"),
    ],
)
def test_problems_are_reported_with_their_line(fields: dict[str, str], line: int, message: str) -> None:
    """What cannot be read is reported, never guessed."""
    assert problem(toml(**fields)) == (line, message)


@pytest.mark.parametrize(
    ("lines", "line", "message"),
    [
        ('title: "open\nx: 1', 2, "not valid YAML: found unexpected end of stream"),
        ("title: A\nno key\nx: 1", 3, "not valid YAML: could not find expected ':'"),
        ("title: A\nx: 1\nx: 2", 4, "duplicate key 'x'"),
        ("x: 1\ntitle: {{ name }}", 3, "a key is not text"),
        ("x: 1\ntitle: !<tag:%1b%5b31mRED> A", 3, r"YAML tags are not read: 'tag:\x1b[31mRED'"),
    ],
)
def test_yaml_problems_are_reported_with_their_line(lines: str, line: int, message: str) -> None:
    """The line is the one to fix, and what is quoted of it cannot do anything to a terminal."""
    assert problem(f"---\n{lines}\ndate: 2025-05-15\n---\nText") == (line, message)


@pytest.mark.parametrize(
    ("content", "hints"),
    [
        ("+++\n%s\ndate = 2025-05-15\n+++\n", ['add title = "..." to the front matter', "write draft = false"]),
        ("---\n%s\ndate: 2025-05-15\n---\n", ['add title: "..." to the front matter', "write draft: false"]),
        ('{%s,"date": "2025-05-15"}', ['add "title": "..." to the front matter', 'write "draft": false']),
    ],
)
def test_hints_are_in_the_format_of_the_file(content: str, hints: list[str]) -> None:
    """What is typed as told fixes the file."""
    name, sign = {"+": ("%s", "="), "-": ("%s", ":"), "{": ('"%s"', ":")}[content[0]]
    for keys, hint in zip(({"x": '"1"'}, {"title": '"A"', "draft": '"maybe"'}), hints, strict=True):
        lines = (f"{name % key} {sign} {value}" for key, value in keys.items())
        found = read(content.replace("%s", (",\n" if content[0] == "{" else "\n").join(lines)))
        assert isinstance(found, Unreadable)
        assert found.invalid.hint == hint


@pytest.mark.parametrize(
    ("fields", "date_from"),
    [
        ({"publishDate": '"2025-05-16"'}, "date"),
        ({"date": '""', "publishDate": '"2025-05-15T10:00:00Z"'}, "publishdate"),
        ({"date": "", "PUBLISHED": "2025-05-15T10:00:00Z"}, "published"),
        ({"date": "", "published_at": '"2025-05-15T10:00:00Z"'}, "published_at"),
    ],
)
def test_the_first_date_key_counts(fields: dict[str, str], date_from: str) -> None:
    """The time is that of the first date key that is there and not empty."""
    found = article(toml(**fields))
    assert (found.date_from, found.published.isoformat()) == (date_from, "2025-05-15T10:00:00+00:00")


def test_date_keys_are_configurable() -> None:
    """Other keys can hold the date."""
    content = toml(Released='"2025-05-14"')
    assert article(content, settings=config(date_keys=("released", "date"))).published.day == 14


def test_dates_in_paths() -> None:
    """Where no key has a date, Zola's path or the file name gives the day, and the article says so."""
    assert article(toml(date="", path='"news/2024/05/06/a"')).date_from == "path"
    found = article(toml(date=""), "posts/2024-05-06-a.md")
    assert (found.date_from, found.published.isoformat()) == ("file name", "2024-05-06T00:00:00+00:00")
    assert article(toml(date=""), "posts/2024/05/06/a.md").date_from == "path"


@pytest.mark.parametrize(
    ("body", "path", "body_format"),
    [
        ("<p>Html</p>", "x.md", "markdown"),
        ("Some *words*", "x.md", "markdown"),
        ("# Head\n<p>Html</p>", "x.markdown", "markdown"),
        ("Bare words", "x.html", "html"),
    ],
)
def test_body_format(body: str, path: str, body_format: str) -> None:
    """A Markdown file whose text begins with a tag is HTML, as on the site this was made for."""
    assert article(toml(body), path).body_format == body_format


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("news/story/index.fr.md", ("news/story", "index", "fr")),
        ("story.pt-BR.md", ("story", "story", "pt-BR")),
        ("news/node.js.md", ("news/node.js", "node.js", "")),
        ("release-1.0.md", ("release-1.0", "release-1.0", "")),
        ("news/_index.md", ("news", "_index", "")),
    ],
)
def test_split_path(path: str, parts: tuple[str, str, str]) -> None:
    """A path tells its page, its name and its language."""
    assert split_path(path) == parts


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KEYS = st.sampled_from([*SEED, "categories", "params", "extra", "taxonomies", "weight", "cover", "expiryDate", "path"])


@settings(deadline=None)
@given(st.dictionaries(KEYS | st.text(max_size=5), VALUES, max_size=8), st.text(max_size=20))
def test_any_values_make_an_article_or_a_report(fields: dict[str, Any], path: str) -> None:
    """Whatever the keys hold, reading raises nothing, and what comes of it can be written as UTF-8."""
    for given_date in ({}, {"date": "2025-05-15", "title": "A"}):
        found = read(json.dumps({**fields, **given_date}) + "\nText", path.encode(errors="replace").decode())
        found_text = repr(found.article if isinstance(found, Candidate) else found.invalid)
        found_text.encode()
        if isinstance(found, Candidate):
            assert found.article.link.startswith("https://news.example.org/")
            assert "/../" not in found.article.link


@settings(deadline=None)
@given(st.binary() | st.sampled_from([b"+++\n", b"---\n", b"{"]).flatmap(lambda a: st.binary().map(lambda b: a + b)))
def test_any_bytes_make_an_article_or_a_report(content: bytes) -> None:
    """Whatever a file holds, reading raises nothing."""
    assert isinstance(read(content), Candidate | Unreadable)


@pytest.mark.parametrize(
    "filler",
    [
        "a",
        " ",
        "\n",
        "-1",
        "<",
        "<p ",
        "<!--",
        "&amp;",
        "&#",
        "\u0300\u0327",
        "%25",
        "[",
        "../",
        "//",
        ",date:",
        '"',
        "\u202e",
        "2025-05-15 ",
        "*a",
        "[a](",
        "`",
    ],
)
def test_long_values_take_no_time(filler: str) -> None:
    """Reading takes time in proportion to the length, whatever the values hold."""
    long = filler * (150_000 // len(filler))
    fields = dict.fromkeys([*SEED, "categories", "path", "language", "weight", "expiryDate"], long)
    start = time.process_time()
    for key in ("nothing", "date", "title", "draft", "weight", "url"):
        good = {"date": "2025-05-15", "title": "A", "draft": False, "weight": 1, "url": "a", "expiryDate": ""}
        read(json.dumps({**fields, **good, key: long}) + "\n" + long)
    read(f'+++\ntitle = "A"\ndraft = 1\n+++\n{long}')
    read(f"+++\n{long}\n+++\n{long}")
    assert time.process_time() - start < 6
