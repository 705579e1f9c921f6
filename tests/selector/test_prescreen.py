"""The prescreen: it rules out what it can, and never what parsing would keep."""

import json
import time
from datetime import datetime, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.config import Config
from newsletter.selector.archive import HEAD, File
from newsletter.selector.article import Candidate, Reader, Unreadable
from newsletter.selector.prescreen import Prescreen
from newsletter.selector.selection import PreviousIssues
from tests.selector.archives import Site, config, toml, week

OUT = "2025-03-03T10:00:00Z"
IN = "2025-05-15T10:00:00Z"


def screen(settings: Config | None = None, zone: str = "UTC") -> Prescreen:
    """Prepare a prescreen for the week of 12 May 2025."""
    return Prescreen([week(zone=zone)], Reader(settings or config(newsletter={"timezone": zone})).finder)


def rules_out(content: str, path: str = "story.md", settings: Config | None = None) -> bool:
    """Screen the head of one file."""
    return screen(settings).rules_out(content.encode()[:HEAD], path)


@pytest.mark.parametrize(
    "content",
    [
        toml(date=f'"{OUT}"'),
        toml(date=OUT),
        toml(date="2025-03-03"),
        toml(date='"2025-03-03 7:37:00 -0400"  # a remark'),
        toml(categories='["a", "b"]', weight="3", DATE=f"'{OUT}'", date=""),
        toml(date=f'"{OUT}"').replace("\n", "\r\n"),
        "\ufeff\n\n" + toml(date=f'"{OUT}"'),
        toml(date="", publishDate=f'"{OUT}"'),
        f"---\ntitle: A story\ntags:\n  - one\n  - two\ncategories: [a, 'b']\ndate: {OUT}\nurl: x\n---\nText",
        f'---\ntitle: "A: story"\nsummary: |\n  A text:\n    "in" lines\n\n  of its own\ndate: "{OUT}"\n---\nText',
        "---\ntitle: A story\n  that goes on\ndate: 2025-03-03 07:37:00 +02:00\ndraft: false\n---\nText",
        toml(tags="[\n  \"a\",\n  'b',\n\n]", DATE=OUT, date=""),
        f'{{"title": "A", "tags": [\n "a",\n "b"\n], "date": "{OUT}"}}\nText',
        f'{{"title": "A", "tags": ["a", "b"], "n": 1, "date": "{OUT}"}}\nText',
        f'{{\n  "title": "A \\"story\\"",\n  "date": "{OUT}"\n}}\nText',
    ],
)
def test_rules_out_an_old_article(content: str) -> None:
    """An article of another week, in each of the usual spellings, is ruled out without being parsed."""
    assert rules_out(content)


@pytest.mark.parametrize(("path", "out"), [("2025-03-03-a.md", True), ("2025-05-15-a.md", False), ("a.md", False)])
def test_rules_out_by_file_name(path: str, out: bool) -> None:
    """Where no key can hold a date the file's name rules out, as on Jekyll's sites."""
    assert rules_out("---\ntitle: A story\nlayout: page\n---\nText", path) is out


def test_other_date_keys() -> None:
    """The configured keys are looked for, the first of them first."""
    settings = config(date_keys=("released", "date"))
    assert rules_out(toml(date=f'"{IN}"', Released=f'"{OUT}"'), settings=settings)
    assert rules_out(toml(date=f'"{OUT}"'), settings=settings)
    assert not rules_out(toml(date=f'"{OUT}"', released=f'"{IN}"'), settings=settings)


@pytest.mark.parametrize(
    "content",
    [
        toml(date=f'"{IN}"'),
        toml(date='""', publishDate=f'"{IN}"'),
        toml(date='"2025-02-30"'),
        toml(date='"2025-03-03T25:00:00Z"'),
        toml(date=f'"{OUT} or so"'),
        toml(title='"""\ndate = "2025-03-03"\n"""', date=f'"{IN}"'),
        toml(title='["""\ndate = 2025-03-03\n"""]', date=f'"{IN}"'),
        toml(title='[\n"",\n"""\n]\ndate = 2025-03-03\n"""]', date=f'"{IN}"'),
        toml(title="[\n'''\n]\ndate = 2025-03-03\n''']", date=f'"{IN}"'),
        toml(title="'''\ndate = 2025-03-03\n'''", date=f'"{IN}"'),
        f'+++\ntitle = "A"\n[params]\ndate = "{OUT}"\n[extra]\n"d\\u0061te" = "{IN}"\n+++',
        f'+++\n"d\\u0061te" = "{IN}"\ntitle = "A"\npublishDate = "{OUT}"\n+++',
        f"+++\nparams.date = {OUT}\ndate = {IN}\n+++",
        f"+++\nparams = {{date = {OUT}}}\ndate = {IN}\n+++",
        f"+++\npublishDate = {OUT}\n[params]\ndate = {IN}\n+++",
        f'---\ntitle: "A\ndate: {OUT}"\nextra: x\ndate: {IN}\n---',
        f"---\nparams:\n  date: {OUT}\ndate: {IN}\n---",
        f"---\nparams:\n  title: 'A\ndate: {OUT}'\ndate: {IN}\n---",
        f"---\ntitle: |\n date: {OUT}\n\ndate: {IN}\n---",
        f"---\ndate: 2025-03-03\n  or not\npublished: {IN}\n---",
        f'---\n"d\\x61te": {IN}\npublishDate: {OUT}\n---',
        f"---\n{{title: A,\ndate: {OUT}\n}}\n---",
        f'{{"params": {{"date": "{OUT}"}}, "date": "{IN}"}}',
        f'{{"title": "\\"date\\": \\"{OUT}\\"", "date": "{IN}"}}',
        f'{{"d\\u0061te": "{IN}", "publishDate": "{OUT}"}}',
        f'+++\nresources = [ {{ name = "x",\ndate = 2025-03-03\n}} ]\ndate = {IN}\n+++',
        f'---\ntitle: foo\u2028summary: "bar\ndate: {OUT}\nnext: x"\u2028date: {IN}\nz: 1\n---',
        f'---\ntitle: foo\rsummary: "bar\ndate: {OUT}\nnext: x"\rdate: {IN}\nz: 1\n---',
        f'+++\ntitle = "A"\n+++\ndate = "{OUT}"\n',
        f"---\ntitle: A\n---\ndate: {OUT}\n",
        f'date = "{OUT}"\n',
        "",
    ],
)
def test_keeps_what_is_not_certain(content: str) -> None:
    """What only looks like the article's date rules nothing out."""
    assert not rules_out(content)


def test_keeps_a_key_whose_letters_have_other_capitals() -> None:
    """Keys are compared as parsing compares them, in every script."""
    settings = config(date_keys=("änderung", "date"))
    assert not rules_out(f"---\nÄnderung: {IN}\n---\n", "2025-03-03-c.md", settings)
    assert rules_out(f"---\nänderung: {OUT}\nurl: x\n---\n", settings=settings)


def test_keeps_a_fence_that_the_head_cuts_off() -> None:
    """What looks like the closing fence at the head's end may be a line of a text that goes on."""
    begin = '+++\ntitle = "A"\ntext = """'
    content = begin + "x" * (HEAD - len(begin) - 4) + f'\n+++++ and more"""\ndate = {IN}\n+++\n'
    assert content.encode()[:HEAD].endswith(b"\n+++")
    assert not rules_out(content, "2025-03-03-t.md")


def test_keeps_days_at_the_edges() -> None:
    """Near the week's ends the offsets decide, not the day that is written."""
    inside, outside = "2025-05-11T14:00:00-12:00", "2025-05-12T10:00:00+14:00"
    assert not rules_out(toml(date=f'"{inside}"'))
    assert rules_out(toml(date=f'"{outside}"'))
    far_zone = screen(zone="Pacific/Kiritimati")  # its Monday begins on Sunday at 10:00 UTC
    assert not far_zone.rules_out(toml(date='"2025-05-11T10:00:00Z"').encode(), "a.md")
    assert far_zone.rules_out(toml(date='"2025-05-11T09:59:59Z"').encode(), "a.md")


def test_long_front_matter_is_read_on() -> None:
    """A date behind the first bytes of a file rules nothing out."""
    assert not rules_out(toml(title='"' + "x" * HEAD + '"', date=f'"{OUT}"'))


# --- the property: with and without the prescreen everything is the same -----------------------------------------

FIRST = datetime(2025, 5, 8)  # noqa: DTZ001 - local times, and hypothesis wants them bare
instants = st.integers(0, 15 * 86_400).map(lambda seconds: FIRST + timedelta(seconds=seconds))
offsets = st.sampled_from(["", "Z", "+02:00", "-1100", " +0530", "+14:00", "-12:00", " UTC"])
good_stamps = st.one_of(
    st.builds(lambda t, sep, zone: f"{t:%Y-%m-%d}{sep}{t:%H:%M:%S}{zone}", instants, st.sampled_from("T  t"), offsets),
    instants.map(lambda t: f"{t:%Y-%m-%d}"),
    instants.map(lambda t: f"{t:%Y-%m-%d} {t.hour}:{t:%M}"),
    instants.map(lambda t: f"{t:%d %b %Y %H:%M:%S} GMT"),
)
bad_stamps = st.sampled_from(["", "2025-05-32", "2025-02-30", "2025-05-15T24:01", "2025-05-15 x", "null", "[]", "true"])
stamps = st.one_of(*[good_stamps] * 6, bad_stamps)
names = st.sampled_from(
    ["date", "date", "Date", "publishDate", "published", "published_at", "path", "params.date", "x"]
)
name_lists = st.lists(names, min_size=1, max_size=3, unique_by=str.lower) | st.lists(names, min_size=1, max_size=4)

# What may stand around a line, so that it means something else there; %d numbers the key, to keep it one of its own.
WRAPPERS = {
    "+++": ["%s"] * 8
    + ['k%d = """\n%s\n"""', "k%d = '''\n%s\n'''", 'k%d=["""\n%s\n"""]', "k%d = [\n# %s\n]", "k%d = { %s }"]
    + ["k%d = [\n'a',\n]\n%s", 'k%d = ["",\n"""\n]\n%s\n"""]', "k%d = [\n'''a'\n]\n%s\n''']"]
    + ["[k%d]\n%s", "[params]\n%s", "# %s", "  %s", 'k%d = "%s"', "[extra]\n%s", "k%d.%s"],
    "---": ["%s"] * 8
    + ["k%d: |\n  %s\n", "k%d: >-\n\n  a: b\n  %s", 'k%d: "a\n %s"', 'k%d: "a\n%s"', "k%d: 'a\n%s\n'", "k%d:\n  %s"]
    + ["k%d:\n- %s", "params:\n  %s", "# %s", " %s", "k%d: {%s}"]
    + [ "k%d: [a,\n %s]", "k%d: a\n  %s", "extra:\n  %s", "k%d: &a a #\n%s"],
    "{": ["%s,"] * 6 + ['"k%d": {%s},', '"params": {%s},', '"k%d": [{%s}],', '"k%d": [1, "a", "]"], %s,', "\n %s\n,"],
}  # fmt: skip
NOISE = ["", "  ", "[params", "- a", "}", '"""', "'''", 'title: "open', 'closed"', "+++", "---", "...", "a = [", "]",
         "{", '"d\\u0061te" = "2025-05-15"', '"d\\u0061te": "2025-05-15"', '"d\\u0061te": "2025-05-15",', "? date",
         ": 2025-05-15", "date: !!str 2025-03-03", "date:", "date =", "\\", "\0", "é"]  # fmt: skip


def write(form: str, wrapper: str, number: int, name: str, stamp: str, quote: str = '"') -> str:
    """Write one line of front matter into a wrapper."""
    line = {
        "+++": f"{name} = {quote}{stamp}{quote}",
        "---": f"{name}: {quote}{stamp}{quote}",
        "{": f'"{name}": {json.dumps(stamp)}',
    }[form]
    return wrapper.replace("%d", str(number)).replace("%s", line)


@st.composite
def lines(draw: st.DrawFn, form: str, number: int, name: str) -> str:
    """Make a line of front matter that sets a date or something like it, perhaps where it means something else."""
    stamp, quote = draw(stamps), draw(st.sampled_from(['"', '"', "'", ""]))
    return write(form, draw(st.sampled_from(WRAPPERS[form])), number, name, stamp, quote)


def whole(form: str, inside: list[str], *, closed: bool = True) -> str:
    """Put lines between fences."""
    title = {"+++": "title = 'A'", "---": "title: A", "{": '"title": "A",'}[form]
    closing = {"+++": "+++", "---": "---", "{": '"end": 1}'}[form]
    return "\n".join([form, title, *inside, closing if closed else "", "date: 2025-05-15", "Text"])


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Make files that are articles or nearly so: dates in every place and spelling, now and then a broken line."""
    form = draw(st.sampled_from(["+++", "---", "{"]))
    inside = [draw(lines(form, number, name)) for number, name in enumerate(draw(name_lists))]
    if draw(st.integers(0, 7)) == 0:
        inside.insert(draw(st.integers(0, len(inside))), draw(st.sampled_from(NOISE)))
    text = whole(form, inside, closed=draw(st.integers(0, 15)) > 0)
    data = (draw(st.sampled_from(["", "", "", "\ufeff", "\n\n", "\ufeff \n"])) + text).encode()
    return draw(st.sampled_from([data, data, data, data.replace(b"\n", b"\r\n"), data + b"\xff"]))


paths = st.sampled_from(["a.md", "2025-05-15-a.md", "2025/03/03/a.md", "_index.md", "2025-03-03-a/index.md"])
key_lists = st.sampled_from([("date", "publishDate", "published", "published_at"), ("published", "date"), ("x",)])
places = st.sampled_from(["UTC", "America/New_York", "Pacific/Kiritimati"])


@settings(deadline=None, max_examples=1000)
@given(files(), paths, key_lists, places)
def test_prescreening_never_changes_what_is_read(content: bytes, path: str, keys: tuple[str, ...], zone: str) -> None:
    """A file that is ruled out is one that parsing finds to be of no concern: neither an article nor a report."""
    reader = Reader(config(newsletter={"timezone": zone}, date_keys=keys))
    prescreen = Prescreen([week(zone=zone)], reader.finder)
    if prescreen.rules_out(content[:HEAD], path):
        assert reader.read(File(path, content), archive=0, wanted=prescreen.wanted) is None


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(paths, files()), max_size=12), st.booleans())
def test_prescreening_never_changes_the_selection(
    tmp_path_factory: pytest.TempPathFactory, made: list[tuple[str, bytes]], late: bool
) -> None:
    """On disk, too: the whole selection is the same with and without the prescreen."""
    site = Site(tmp_path_factory.mktemp("archive"))
    for number, (path, content) in enumerate(made):
        site.write(f"{number}/{path}", content)
    earlier = PreviousIssues(period=week("2025-W19"), seen=frozenset()) if late else None
    with_it, without_it = (site.select(prescreen=on, earlier=earlier) for on in (True, False))
    assert with_it == without_it


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("2025-03-03-a.md", f'+++\ntitle = "A"\ntext = """\n+++\r\r\n"""\ndate = {IN}\n+++\nText\n'),
        ("\x012025-03-03-a.md", "---\ntitle: A\n---\nText\n"),
        ("\udc902025-03-03-a.md", "---\ntitle: A\n---\nText\n"),
    ],
)
def test_fences_and_names_are_read_in_one_way(site: Site, path: str, content: str) -> None:
    """What only looks like a fence is none, and a file is dated by its path as it is shown."""
    site.write(path, content)
    with_it, without_it = (site.select(prescreen=on) for on in (True, False))
    assert with_it == without_it
    assert with_it.articles or with_it.invalid


@pytest.mark.parametrize("form", WRAPPERS)
def test_no_pair_of_dates_is_mistaken(form: str) -> None:
    """Of two dates in whatever places, one in the period and one not, the prescreen never takes the wrong one."""
    reader = Reader(config())
    prescreen = screen()
    places = list(dict.fromkeys(WRAPPERS[form]))
    ruled_out = 0
    for first, second in product(places, places):
        for one, other in product(("date", "publishDate"), repeat=2):
            for stamp, another in ((OUT, IN), (IN, OUT), (OUT, OUT)):
                text = whole(form, [write(form, first, 1, one, stamp), write(form, second, 2, other, another)])
                if prescreen.rules_out(text.encode(), "a.md"):
                    ruled_out += 1
                    found = reader.read(File("a.md", text.encode()), archive=0, wanted=prescreen.wanted)
                    assert found is None, text
    assert ruled_out > 20


def test_the_property_would_notice() -> None:
    """The files of the property test are ruled out, kept as articles and reported in good numbers."""
    found = {"out": 0, "article": 0, "report": 0}
    reader = Reader(config())
    prescreen = screen()

    @settings(deadline=None, max_examples=800, database=None, derandomize=True)
    @given(files(), paths)
    def count(content: bytes, path: str) -> None:
        read = reader.read(File(path, content), archive=0, wanted=prescreen.wanted)
        found["out"] += prescreen.rules_out(content[:HEAD], path)
        found["article"] += isinstance(read, Candidate)
        found["report"] += isinstance(read, Unreadable)

    count()
    assert min(found.values()) > 8, found


@pytest.mark.parametrize("form", ["+++\n", "---\n", "{"])
@pytest.mark.parametrize("filler", ["a = 1\n", "a: 1\n", "  x\n", "- a\n", " " * 10, '"a": 1,', "a: |\n", "[[", "''"])
def test_hostile_heads_take_no_time(form: str, filler: str) -> None:
    """Matching is linear: a megabyte of lines that never end in a date is done in a moment."""
    content = (form + filler * (1_000_000 // len(filler))).encode()
    start = time.process_time()
    screen().rules_out(content, "a.md")
    assert time.process_time() - start < 2
