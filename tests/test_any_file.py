"""Whatever is in a file that the program reads, it goes on, or says in an error of its own what is wrong."""

import json
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.app.check import check_issue
from newsletter.app.history import History
from newsletter.config import Config, load_config
from newsletter.errors import ConfigError, IssueError, NewsletterError, RecipientsError
from newsletter.issues import load_build, load_issue, load_outline
from newsletter.models import Options, Period
from newsletter.sender.recipients import load_recipients
from newsletter.sender.sent_marker import missing_journal
from newsletter.settings import NewsletterSettings

WRITTEN = Path(__file__).parent / "written_by_0_1_0"
ISSUE = WRITTEN / "issues" / "2025-W21"
BUILD = json.loads((ISSUE / "build.json").read_bytes())
CONFIG = """\
[newsletter]
name = "Field Notes"
archive = ["content"]
timezone = "UTC"
[select]
limit = 20
categories = ["energy"]
[compose]
template = "digest"
offline = true
[compose.theme]
accent = "#0a4f96"
[compose.labels]
energy = "Power"
[send]
from = "Field Notes <notes@example.org>"
timeout = 30.0
undo_minutes = 20
unsubscribe = {mode = "group", group_id = 3}
[send.defaults]
first_name = "reader"
"""
HUGE = "0x" + "f" * 3600

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["..", "\0", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """List the way to every value of a JSON document."""
    yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from places(inner, (*path, key))


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """Return a document with another value at `path`, or without it where the new one is `Ellipsis`."""
    if not path:
        return None if new is ... else new
    key, *rest = path
    copy = dict(value) if isinstance(value, dict) else list(value)
    if not rest and new is ...:
        del copy[key]
    else:
        copy[key] = changed(value[key], tuple(rest), new)
    return copy


def use(directory: Path) -> None:
    """Do with an issue what `select`, `check` and `send` do."""
    build = load_build(directory)
    history = History(slug="", builds={directory.name: build}, submitted={directory.name})
    history.submitted_articles()
    start = datetime.fromisoformat("2025-05-26T00:00:00+00:00")
    end = datetime.fromisoformat("2025-06-02T00:00:00+00:00")
    history.earlier(Period(kind="week", label="2025-W22", start=start, end=end, timezone="UTC"), Options(), 0)
    for kind, label in (("day", "2025-05-26"), ("month", "2025-06"), ("days", "2025-05-26--2025-06-01")):
        period = Period(kind=kind, label=label, start=start, end=end, timezone="UTC")  # type: ignore[arg-type]
        history.earlier(period, Options(), 0)
    config = Config(path=WRITTEN / "newsletter.toml", newsletter=NewsletterSettings(name="Field Notes"))
    check_issue(load_issue(directory), config)
    missing_journal(directory, directory / "journal.sqlite3")


def refusal(do: Callable[[Path], object], path: Path) -> NewsletterError | None:
    """Return the error of ours that something ends in, None where it goes well; any other one fails the test."""
    try:
        do(path)
    except NewsletterError as error:
        return error
    return None


def written(root: Path, build: bytes) -> Path:
    """Put an issue of 0.1.0 with another build.json into a folder."""
    directory = root / "2025-W21"
    (directory / "images").mkdir(parents=True, exist_ok=True)
    for name in (*BUILD["files"], "sending.json"):
        source = ISSUE / name
        (directory / name).write_bytes(source.read_bytes() if source.exists() else b"{}")
    (directory / "build.json").write_bytes(build)
    return directory


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(list(places(BUILD))), anything | st.just(...) | st.sampled_from([10**400, -1, 1e300, "\ud800"]))
def test_any_value_anywhere_in_build_json(path: tuple[Any, ...], new: Any) -> None:
    """A value that is gone or is another one gives an issue, or an error of ours."""
    with tempfile.TemporaryDirectory() as root:
        directory = written(Path(root), json.dumps(changed(BUILD, path, new)).encode())
        error = refusal(use, directory)
    assert error is None or error.place or error.hint


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_bytes_of_build_json(data: st.DataObject) -> None:
    """A file that was cut, or that has other bytes in some place, likewise."""
    content = (ISSUE / "build.json").read_bytes()
    at = data.draw(st.integers(0, len(content)))
    other = content[:at] + data.draw(st.binary(max_size=5)) + content[at + data.draw(st.integers(0, 50)) :]
    with tempfile.TemporaryDirectory() as root:
        error = refusal(use, written(Path(root), other))
    assert error is None or error.place or error.hint


DOCUMENTS = [
    b"[" * 100_000,
    b'{"schema": 1, "x": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}",
    b'{"schema": ' + b"9" * 5000 + b"}",
    b'{"schema": NaN}',
    b'{"schema": "1"}',
    b"\xff\xfe{",
    b" " * 70_000_000,
]


@pytest.mark.parametrize("content", DOCUMENTS, ids=range(len(DOCUMENTS)))
def test_no_document_is_too_odd(tmp_path: Path, content: bytes) -> None:
    """Depth, size, numbers without an end and other encodings are errors with the place of the file."""
    with pytest.raises(NewsletterError) as caught:
        load_build(written(tmp_path, content))
    assert caught.value.place.endswith("2025-W21/build.json")


def test_the_place_in_a_document_is_named(tmp_path: Path) -> None:
    """The message says which value is wrong, and what it should be."""
    files = {**BUILD["files"], "email.html": 5}
    with pytest.raises(IssueError, match=r"Expected `str`, got `int` - at `\$\.files"):
        load_build(written(tmp_path, json.dumps({**BUILD, "files": files}).encode()))


@pytest.mark.parametrize("mark", ["", "[]", '{"began": 5, "journal": 1}', '{"began": "\\ud800"}', "[" * 50_000, "\0"])
def test_any_mark_is_a_mark(tmp_path: Path, mark: str) -> None:
    """Whatever sending.json holds, the issue's sending has begun."""
    directory = written(tmp_path, b"")
    (directory / "sending.json").write_text(mark)
    error = missing_journal(directory, tmp_path / "journal.sqlite3")
    assert error is not None
    assert "its sending has begun" in error.message


ODD = [HUGE, "1" * 5000, "nan", "-inf", "1979-05-27", "[[[]]]", "{a = 1}", '"\\u0000"', "[" * 5000, f"[{HUGE}]", '"x"']


def toml_lines(text: str) -> list[int]:
    """List the lines of a file that have a value."""
    return [number for number, line in enumerate(text.splitlines()) if "=" in line and not line.startswith("#")]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_value_in_newsletter_toml(data: st.DataObject) -> None:
    """Each key with each odd value, and any change of the text, is read or refused with its line."""
    _refused_or_read(data, CONFIG, load_config, "newsletter.toml")


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_value_in_issue_toml(data: st.DataObject) -> None:
    """The same of the file that a person edits."""
    start = datetime.fromisoformat("2025-05-19T00:00:00+00:00")
    period = Period(kind="week", label="2025-W21", start=start, end=start, timezone="UTC")
    text = (ISSUE / "issue.toml").read_text() + 'title = "A title"\nfeatured = true\n'
    _refused_or_read(data, text, lambda path: load_outline(path.parent, period), "issue.toml")


def _refused_or_read(data: st.DataObject, text: str, load: Callable[[Path], object], name: str) -> None:
    lines = text.splitlines()
    number = data.draw(st.sampled_from(toml_lines(text)))
    odd = data.draw(st.sampled_from(ODD) | st.text(max_size=20) | anything.map(lambda value: json.dumps(value)))
    lines[number] = f"{lines[number].partition('=')[0]}= {odd}"
    content = "\n".join(lines).encode(errors="replace")
    with tempfile.TemporaryDirectory() as root:
        path = Path(root) / name
        path.write_bytes(content)
        error = refusal(load, path)
    assert error is None or (name in error.place and len(error.message) < 10_000)


@pytest.mark.parametrize("key", ["limit", "timeout", "undo_minutes", "energy", "first_name", "name", "offline"])
@pytest.mark.parametrize("value", [HUGE, f"-{'9' * 4000}", f"[{HUGE}]", f"{{a = {HUGE}}}"])
def test_a_number_of_thousands_of_digits_is_refused_with_its_line(tmp_path: Path, key: str, value: str) -> None:
    """Python cannot write such a number down; the message goes without it."""
    path = tmp_path / "newsletter.toml"
    lines = CONFIG.splitlines()
    number = next(number for number, line in enumerate(lines) if line.startswith(f"{key} ="))
    lines[number] = f"{key} = {value}"
    path.write_text("\n".join(lines))
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert caught.value.place.endswith(f"newsletter.toml:{number + 1}")
    assert len(caught.value.message) < 300


PEOPLE = [
    '{"email": "ann@reader.example", "first_name": "\\ud800"}',
    '{"email": "\\ud800@reader.example"}',
    '{"email": "ann@reader.example", "first_name": ' + "9" * 5000 + "}",
    '{"email": ' * 5000,
    "email," + "x" * 200_000,
    "email\n" + "a" * 200_000 + "@reader.example",
    "email\nann@reader.example\0",
    "\0",
]


@pytest.mark.parametrize("text", PEOPLE, ids=range(len(PEOPLE)))
def test_any_line_of_people_is_read_or_refused(tmp_path: Path, text: str) -> None:
    """Halves of characters, endless numbers, depth and endless cells name the line."""
    (tmp_path / "r.csv").write_text(text)
    with pytest.raises(RecipientsError):
        list(load_recipients(tmp_path / "r.csv", fields=["first_name"]))
