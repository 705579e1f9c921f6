"""newsletter.toml and the secrets: what is found, what is read, and what is said about mistakes."""

from pathlib import Path

import pytest

from newsletter.config import find_config, load_config, load_secrets
from newsletter.errors import ConfigError
from newsletter.settings import parse_address

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
        ('"articles"', '"."', 4, "'.' holds the issues too", "alone"),
        ("[send]", "[select]\ndate_keys = []\n[send]", 7, "select.date_keys: may not be an empty list", ""),
        ("[send]", "[compose.utm]\nsource = true\n[send]", 7, "compose.utm.source: must be text, not true", ""),
    ],
)
def test_a_mistake_names_its_line_and_its_cure(
    tmp_path: Path, old: str, new: str, line: int, message: str, hint: str
) -> None:
    """Each mistake is refused with the line it stands on, what is wrong and, where one can guess, the right word."""
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
        *('reply_to = "Größe <a@example.org>"', 'feedback_id = "{issue}:news:example"', "max_age_days = 0"),
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


def test_secrets_come_from_the_environment_then_from_env(tmp_path: Path) -> None:
    """The environment wins over .env beside the configuration; an empty variable counts as not set."""
    (tmp_path / ".env").write_text("SENDGRID_API_KEY=from-file\nSENDGRID_HOST=https://api.eu.sendgrid.com/\n")
    assert load_secrets(tmp_path, {}).api_key == "from-file"
    assert load_secrets(tmp_path, {}).host == "https://api.eu.sendgrid.com"
    assert load_secrets(tmp_path, {"SENDGRID_API_KEY": ""}).api_key == "from-file"
    environ = {"SENDGRID_API_KEY": "from-environment", "SENDGRID_HOST": "https://api.sendgrid.com"}
    secrets = load_secrets(tmp_path, environ)
    assert (secrets.api_key, secrets.host) == ("from-environment", "https://api.sendgrid.com")


@pytest.mark.parametrize(
    "host", ["http://127.0.0.1:8025", "https://evil.example", "https://api.eu.sendgrid.com", "http://localhost"]
)
@pytest.mark.parametrize("environ", [{}, {"SENDGRID_HOST": ""}])
def test_the_environment_s_key_goes_to_no_host_of_a_file(tmp_path: Path, host: str, environ: dict[str, str]) -> None:
    """A project folder from somebody else would otherwise be handed the key; the environment may name the host."""
    (tmp_path / ".env").write_text(f"SENDGRID_HOST={host}\n")
    environ = {"SENDGRID_API_KEY": "very-secret", **environ}
    with pytest.raises(ConfigError, match=r"\.env: it names a SENDGRID_HOST") as caught:
        load_secrets(tmp_path, environ)
    assert "SENDGRID_HOST into the environment" in caught.value.hint
    assert load_secrets(tmp_path, {**environ, "SENDGRID_HOST": host}).host == host
    with (tmp_path / ".env").open("a") as file:
        file.write("SENDGRID_API_KEY=its-own\n")
    assert load_secrets(tmp_path, {}).host == host  # a file's key goes where the file says
    with pytest.raises(ConfigError):
        load_secrets(tmp_path, environ)


def test_the_usual_host_in_a_file_is_no_obstacle(tmp_path: Path) -> None:
    """The line of .env.example, uncommented, says what holds anyway."""
    (tmp_path / ".env").write_text("SENDGRID_HOST=https://api.sendgrid.com/\n")
    assert load_secrets(tmp_path, {"SENDGRID_API_KEY": "k"}).host == "https://api.sendgrid.com"


def test_no_proxy_sees_the_environment_s_key(tmp_path: Path) -> None:
    """To an http host a proxy would be handed the key; to an https one it is a tunnel."""
    environ = {"SENDGRID_API_KEY": "k", "SENDGRID_HOST": "http://127.0.0.1:8025"}
    with pytest.raises(ConfigError, match=r"\[send\] proxy would see"):
        load_secrets(tmp_path, environ, proxy="http://evil.example:3128")
    assert load_secrets(tmp_path, {"SENDGRID_API_KEY": "k"}, proxy="http://evil.example:3128").api_key == "k"
    (tmp_path / ".env").write_text("SENDGRID_API_KEY=k\nSENDGRID_HOST=http://127.0.0.1:8025\n")
    assert load_secrets(tmp_path, {}, proxy="http://127.0.0.1:3128").api_key == "k"


def test_a_secret_is_taken_as_it_stands(tmp_path: Path) -> None:
    """What looks like a variable is a part of the key."""
    (tmp_path / ".env").write_text("SENDGRID_API_KEY=SG.ab${HOME}cd\n")
    assert load_secrets(tmp_path, {}).api_key == "SG.ab${HOME}cd"


def test_secrets_that_are_no_text_are_refused(tmp_path: Path) -> None:
    """A .env in another encoding is named."""
    (tmp_path / ".env").write_bytes(b"SENDGRID_API_KEY=\xff\n")
    with pytest.raises(ConfigError, match=r"\.env: is not UTF-8 text"):
        load_secrets(tmp_path, {})


@pytest.mark.parametrize("key", ["", "SG.with space", "SG.line\nbreak", "SG.tab\t", "SG.größe", "SG.\u2028"])
def test_a_malformed_key_is_refused_and_not_shown(tmp_path: Path, key: str) -> None:
    """A key that is missing or holds white space is refused, and the message does not repeat it."""
    with pytest.raises(ConfigError) as caught:
        load_secrets(tmp_path, {"SENDGRID_API_KEY": key})
    assert not key or key not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    "host",
    [
        *("http://api.example.org", "ftp://localhost", "api.example.org", "http://127.0.0.1.example.org"),
        *("http://[::1", "http://127.0.0.1:1:2", "http://127.0.0.1:99999", "https://api.example.org/v3"),
        *("https://api.example.org?x=1", "https://me@api.example.org", "https://größe.example.org", "https://a b"),
    ],
)
def test_only_loopback_may_go_without_tls(tmp_path: Path, host: str) -> None:
    """A host that is neither https nor on this machine is refused."""
    with pytest.raises(ConfigError, match="SENDGRID_HOST") as caught:
        load_secrets(tmp_path, {"SENDGRID_API_KEY": "k", "SENDGRID_HOST": host})
    assert host not in str(caught.value)  # it may be the key, in the wrong line


@pytest.mark.parametrize("host", ["api.eu.sendgrid.com", "http://api.eu.sendgrid.com/", "api.eu.sendgrid.com:443"])
def test_a_host_without_its_scheme_is_not_sent_elsewhere(tmp_path: Path, host: str) -> None:
    """The hint says what is missing, and names no other host: an account of the EU's has to stay there."""
    with pytest.raises(ConfigError) as caught:
        load_secrets(tmp_path, {"SENDGRID_API_KEY": "k", "SENDGRID_HOST": host})
    assert caught.value.hint == "put https:// before it"


def test_loopback_is_allowed_and_the_key_is_not_represented(tmp_path: Path) -> None:
    """A test server on loopback may be plain http; printing the secrets does not print the key."""
    secrets = load_secrets(tmp_path, {"SENDGRID_API_KEY": "very-secret", "SENDGRID_HOST": "http://127.0.0.1:8025"})
    assert secrets.host == "http://127.0.0.1:8025"
    assert "very-secret" not in repr(secrets)


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("a@b.org", ("", "a@b.org")),
        ("News <a@b.org>", ("News", "a@b.org")),
        ('"News, daily" <a@b.org>', ("News, daily", "a@b.org")),
        ("<a@b.org>", ("", "a@b.org")),
        ("a@b", ("", "")),
        ("a b@c.org", ("", "")),
        ("a@b.org, c@d.org", ("", "")),
        ("News\n<a@b.org>", ("", "")),
        ("", ("", "")),
    ],
)
def test_addresses_are_split_or_refused(text: str, parsed: tuple[str, str]) -> None:
    """One address, with a name or without; anything else is not an address."""
    assert parse_address(text) == parsed
