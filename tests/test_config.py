"""newsletter.toml: what is found, what is read, and what is said about mistakes."""

import functools
from pathlib import Path

import pytest

from newsletter import config
from newsletter.config import find_config
from newsletter.errors import ConfigError
from newsletter.providers import known_traits

load_config = functools.partial(config.load_config, providers=known_traits())

SMALL = """\
[newsletter]
name = "Small"
base_url = "https://small.example.org"
archive = "articles"

[send]
from = "Small <news@small.example.org>"
"""


def write(folder: Path, text: str) -> Path:
    """Write a configuration into a folder."""
    path = folder / "newsletter.toml"
    path.write_text(text, encoding="utf-8")
    return path


def failure(folder: Path, text: str) -> ConfigError:
    """Read a configuration that must be refused, and give the refusal."""
    with pytest.raises(ConfigError) as caught:
        load_config(write(folder, text))
    return caught.value


def test_four_lines_are_enough(tmp_path: Path) -> None:
    """Name, base_url, archive and from make a configuration; everything else has a default."""
    config = load_config(write(tmp_path, SMALL))
    assert config.newsletter.name == "Small"
    assert config.archives == (tmp_path / "articles",)
    assert config.send.from_ == "Small <news@small.example.org>"
    assert config.select.limit == 20
    assert config.newsletter.timezone == "UTC"
    assert config.send.unsubscribe.mode == "subscription"


def test_an_empty_text_means_that_a_key_is_not_set(tmp_path: Path) -> None:
    """The default counts for a key that is there but empty, whatever its rules."""
    keys = 'timezone = ""\nslug = ""\nlanguage = ""\nbase_url = ""\n[compose]\ntemplate = ""\nqr_url = ""\n'
    config = load_config(write(tmp_path, f'[newsletter]\nname = "Small"\n{keys}[send]\njournal = ""\n'))
    assert config == load_config(write(tmp_path, '[newsletter]\nname = "Small"\n'))


def test_archive_may_be_a_list(tmp_path: Path) -> None:
    """Several folders of articles are a list."""
    config = load_config(write(tmp_path, SMALL.replace('"articles"', '["a", "b"]')))
    assert config.archives == (tmp_path / "a", tmp_path / "b")


@pytest.mark.parametrize(
    ("old", "new", "line", "message", "hint"),
    [
        ("name =", "nam =", 2, "unknown key 'nam'", "did you mean 'name'?"),
        ("[send]", "[sent]", 6, "unknown table or key 'sent'", "did you mean 'send'?"),
        ('name = "Small"', "name = 3", 2, "newsletter.name: must be text, not 3", ""),
        ('name = "Small"', 'name = " "', 2, "newsletter.name: may not be empty", ""),
        ('"https://small.example.org"', '"small.example.org"', 3, "is not a web address", ""),
        ('"articles"', "[1]", 4, "newsletter.archive: must be text, not 1", ""),
        ("Small <news@small.example.org>", "news", 7, "send.from: 'news' is not an address", ""),
        ("[send]", "[select]\nlimit = -1\n[send]", 7, "select.limit: must be at least 0, not -1", ""),
        ("[send]", "[select]\nlimit = true\n[send]", 7, "select.limit: must be a whole number, not true", ""),
        ("[send]", '[select]\norder = "newst"\n[send]', 7, "'newst' is not one of", "did you mean 'newest'?"),
        ("[send]", '[compose.theme]\naccent = "blue"\n[send]', 7, "compose.theme.accent: 'blue' is not a colour", ""),
        ("[send]", "[compose]\ntheme = 3\n[send]", 7, "compose.theme: must be a table, not 3", ""),
        ("[send]", "[compose.labels]\nx = [1]\n[send]", 7, "compose.labels.x: must be text", ""),
        ("base_url", 'timezone = "Mars/Olympus"\nbase_url', 3, "'Mars/Olympus' is not a time zone", ""),
        ("base_url", 'language = "english!"\nbase_url', 3, "is not a language tag", ""),
        ("base_url", 'slug = "Two Words"\nbase_url', 3, "is not a slug", ""),
        ("[send]", "[send", 6, "not valid TOML", ""),
        ("[newsletter]", "[other]", 1, "unknown table or key 'other'", ""),
        ('"articles"', "[]", 4, "newsletter.archive: may not be an empty list", ""),
        ('"articles"', '["a", "a/b"]', 4, "'a' and 'a/b' hold the same files", "once"),
        ('"articles"', '"."', 4, "'.' also holds the issues", "alone"),
        ("[send]", "[select]\ndate_keys = []\n[send]", 7, "select.date_keys: may not be an empty list", ""),
        ("[send]", "[compose.utm]\nsource = true\n[send]", 7, "compose.utm.source: must be text, not true", ""),
    ],
)
def test_a_mistake_names_its_line_and_its_cure(
    tmp_path: Path, old: str, new: str, line: int, message: str, hint: str
) -> None:
    """Each mistake is refused with the line it is on, what is wrong and, where one can guess, the right word."""
    error = failure(tmp_path, SMALL.replace(old, new, 1))
    assert error.place.endswith(f"newsletter.toml:{line}")
    assert message in error.message
    assert hint in error.hint


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("undo_minutes = 10", "send.undo_minutes: must be 0, or 11 to 4320"),
        ("undo_minutes = 4321", "send.undo_minutes: must be 0, or 11 to 4320"),
        ('feedback_id = "a\\nb"', "send.feedback_id: 'a\\nb' is not one line of ASCII text"),
        ('feedback_id = "größe"', "is not one line of ASCII text"),
        ('list_id = "a\\nb"', "send.list_id: 'a\\nb' is not like 'notes.example.org'"),
        ('list_id = "größe.example.org"', "is not like 'notes.example.org'"),
        ('reply_to = "a@example.org\\nBcc: b@example.org"', "is not an address"),
        ('reply_to = "A\u2028B <a@example.org>"', "is not an address"),
        ('reply_to = "größe@example.org"', "is not an address"),
        ('reply_to = "a@⒈x.example"', "is not an address"),
        ("max_age_days = 99999999999", "send.max_age_days: must be at most 36500"),
        ("timeout = nan", "send.timeout: must be at most 3600, not nan"),
        ("deadline = inf", "send.deadline: must be at most 86400, not inf"),
        ("rate = nan", "send.rate: must be at most 10000, not nan"),
        ("concurrency = 65", "send.concurrency: must be at most 64"),
        ("retries = 1000000", "send.retries: must be at most 100"),
        ('proxy = "http://[::1"', "is not a web address"),
        ('proxy = "http://127.0.0.1:99999"', "is not a web address"),
    ],
)
def test_a_way_of_sending_that_cannot_work_is_refused(tmp_path: Path, line: str, message: str) -> None:
    """What would only fail at the first request, or with a traceback, is told when the file is read."""
    assert message in failure(tmp_path, f"{SMALL}{line}\n").message


@pytest.mark.parametrize(
    "line",
    [
        *("undo_minutes = 0", "undo_minutes = 11", "undo_minutes = 4320", 'list_id = "<a.example.org>"'),
        *(
            'reply_to = "Größe <a@example.org>"',
            'reply_to = "a@straße.example"',
            'feedback_id = "{issue}:news:example"',
            "max_age_days = 0",
        ),
    ],
)
def test_a_way_of_sending_that_works_is_taken(tmp_path: Path, line: str) -> None:
    """The bounds themselves are allowed, and names may be in any language."""
    load_config(write(tmp_path, f"{SMALL}{line}\n"))


def test_missing_tables_and_keys_are_named(tmp_path: Path) -> None:
    """A file without [newsletter], or without its name, says which is missing."""
    assert "[newsletter] is missing" in failure(tmp_path, "[send]\n").message
    assert "'name' is missing" in failure(tmp_path, "[newsletter]\n").message


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are an error of ours, not a traceback."""
    path = tmp_path / "newsletter.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load_config(path)


def test_configuration_is_found_upwards(tmp_path: Path) -> None:
    """From any folder below the project its configuration is found; elsewhere the hint says what to do."""
    path = write(tmp_path, SMALL)
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    assert find_config(deep, None, {}) == path
    with pytest.raises(ConfigError) as caught:
        find_config(Path("/"), None, {})
    assert "newsletter init" in caught.value.hint


def test_a_named_configuration_comes_first(tmp_path: Path) -> None:
    """--config comes before NEWSLETTER_CONFIG, which comes before looking upwards; a folder stands for its file."""
    for name in ("here", "option", "variable"):
        (tmp_path / name).mkdir()
        write(tmp_path / name, SMALL)
    environ = {"NEWSLETTER_CONFIG": str(tmp_path / "variable")}
    assert find_config(tmp_path / "here", None, environ).parent.name == "variable"
    assert find_config(tmp_path / "here", "../option/newsletter.toml", environ).parent.name == "option"
    with pytest.raises(ConfigError, match="no such configuration file"):
        find_config(tmp_path, "nowhere.toml", {})
