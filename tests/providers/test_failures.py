"""Each failure of the way to SendGrid, and of the account, has a cure of its own, and look-ups are patient."""

import ssl
from pathlib import Path

import pytest

from newsletter.errors import ProviderError
from newsletter.providers.sendgrid.answers import Answer, cure
from newsletter.providers.sendgrid.client import SendGrid
from newsletter.providers.sendgrid.failures import explain_failure
from newsletter.providers.sendgrid.secrets import Secrets
from newsletter.sender.suppressions import add_suppressions
from newsletter.settings import SendSettings
from tests.fake_sendgrid import KEY, FakeSendGrid

REFUSED = ConnectionRefusedError(111, "Connection refused")


@pytest.mark.parametrize(
    ("error", "proxy", "environ", "words"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "", {}, "the firewall lets connections out"),
        (
            ConnectionRefusedError(111, "Connection refused"),
            "",
            {"https_proxy": "http://p:1"},
            "https_proxy is not used",
        ),
        (
            ConnectionRefusedError(111, "Connection refused"),
            "p.example:3128",
            {},
            "check proxy in [send], p.example:3128",
        ),
        (TimeoutError(), "", {}, "check the network"),
        (ssl.SSLCertVerificationError(1, "bad"), "", {}, "waiting does not help"),
        (ssl.SSLError(1, "wrong version number"), "", {}, "speaks TLS"),
    ],
)
def test_the_cure_is_that_of_the_failure(error: OSError, proxy: str, environ: dict[str, str], words: str) -> None:
    """None is told to run the same command again alone."""
    found = explain_failure(error, "api.example", written=False, proxy=proxy, environ=environ)
    assert words in found.hint
    assert found.lasting is isinstance(error, ssl.SSLCertVerificationError)
    assert "api.example" in found.reason


def test_a_proxy_s_answer_is_told_without_its_words() -> None:
    """Its number says enough; its words may be anything."""
    for error, words in (
        (OSError("Tunnel connection failed: 407 \x1b[2JOdd words"), "the proxy answered 407"),
        (OSError("Tunnel connection failed: odd words"), "OSError"),
    ):
        found = explain_failure(error, "api.example", written=False, proxy="p.example:3128", environ={})
        assert found.reason == f"cannot reach api.example through the proxy: {words}"


def test_a_name_that_is_not_known(tmp_path: Path) -> None:
    """The host and the machine's own look-up are what to check."""
    made = SendGrid(Secrets(api_key=KEY, host="https://api.invalid"), SendSettings(timeout=5, deadline=6))
    with pytest.raises(ProviderError) as caught:
        made.schedule()
    assert "check SENDGRID_HOST, and that this machine can look up names" in caught.value.hint


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, b'{"errors":[{"message":"authorization grant is invalid, expired, or revoked"}]}', "make a new one"),
        (401, b'{"errors":[{"message":"Maximum credits exceeded"}]}', "no credits left"),
        (403, b'{"errors":[{"message":"not verified","field":"from"}]}', "verify the address"),
        (403, b'{"errors":[{"message":"access forbidden"}]}', "give the key the permission"),
        (404, b"", "check SENDGRID_HOST"),
    ],
)
def test_the_account_s_refusals(status: int, body: bytes, words: str) -> None:
    """A revoked key, spent credits, an unverified sender, a missing permission, a wrong host."""
    hint = cure(Answer(status=status, headers={}, body=body))
    assert words in hint
    assert "nothing is lost" in hint


def test_an_account_of_the_eu_is_thought_of() -> None:
    """Its key is refused by the other host."""
    assert "api.eu.sendgrid.com" in cure(Answer(status=401, headers={}))


@pytest.mark.parametrize("status", [429, 503])
def test_a_look_up_waits_and_goes_on(fake: FakeSendGrid, status: int) -> None:
    """SendGrid has too much to do for a while; nothing that was read is lost."""
    fake.suppressions = {
        "bounces": [f"b{number}@example.org" for number in range(700)],
        "spam_reports": ["s@example.org"],
    }
    fake.busy = [0, status, 0, status]
    made = SendGrid(Secrets(api_key=KEY, host=fake.url), SendSettings(retries=2))
    assert len(list(made.suppressions())) == 701


@pytest.mark.parametrize("status", [429, 503])
def test_what_was_read_before_it_broke_off_is_kept(fake: FakeSendGrid, tmp_path: Path, status: int) -> None:
    """The message says how many were added, and the next pull adds the others."""
    fake.suppressions = {"bounces": ["b@example.org"], "spam_reports": ["s@example.org"]}
    fake.busy = [0, status]
    made = SendGrid(Secrets(api_key=KEY, host=fake.url), SendSettings(retries=0))
    path = tmp_path / "suppressions.csv"
    with pytest.raises(ProviderError, match="1 address that came before"):
        add_suppressions(path, made.suppressions())
    assert "b@example.org" in path.read_text()
    assert add_suppressions(path, made.suppressions()).added == 1
