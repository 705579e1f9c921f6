"""SendGrid's key and host: where they come from, and what is refused."""

from pathlib import Path

import pytest

from newsletter.errors import ConfigError
from newsletter.providers.sendgrid.secrets import load_secrets


def test_secrets_come_from_the_environment_then_from_env(tmp_path: Path) -> None:
    """The environment wins over .env beside the configuration; an empty variable counts as not set."""
    (tmp_path / ".env").write_text("SENDGRID_API_KEY=from-file\nSENDGRID_HOST=https://api.eu.sendgrid.com/\n")
    assert load_secrets(tmp_path, {}).api_key == "from-file"
    assert load_secrets(tmp_path, {}).host == "https://api.eu.sendgrid.com"
    assert load_secrets(tmp_path, {"SENDGRID_API_KEY": ""}).api_key == "from-file"
    environ = {"SENDGRID_API_KEY": "from-environment", "SENDGRID_HOST": "https://api.sendgrid.com"}
    secrets = load_secrets(tmp_path, environ)
    assert (secrets.api_key, secrets.host) == ("from-environment", "https://api.sendgrid.com")


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
    assert caught.value.hint == "add https:// before it"


def test_loopback_is_allowed_and_the_key_is_not_represented(tmp_path: Path) -> None:
    """A test server on loopback may be plain http; printing the secrets does not print the key."""
    secrets = load_secrets(tmp_path, {"SENDGRID_API_KEY": "very-secret", "SENDGRID_HOST": "http://127.0.0.1:8025"})
    assert secrets.host == "http://127.0.0.1:8025"
    assert "very-secret" not in repr(secrets)


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
