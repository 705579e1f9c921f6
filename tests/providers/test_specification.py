"""The requests of the tests, held against SendGrid's own OpenAPI specification (`tests/fake_sendgrid`)."""

import json
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import CONFIG, Project
from tests.fake_sendgrid import KEY, FakeSendGrid
from tests.fake_sendgrid.mock import MockSendGrid, example
from tests.fake_sendgrid.specification import Operation, answer_problems, operations, request_problems

MAIL: dict[str, Any] = {
    "personalizations": [{"to": [{"email": "a@example.net"}]}],
    "from": {"email": "notes@example.org"},
    "subject": "Notes",
    "content": [{"type": "text/plain", "value": "Hello"}],
}

SENDING = """\
undo_minutes = 15
unsubscribe = {mode = "group", group_id = 1}
"""
COMMANDS = (
    (("send", "--test", "ann@example.net"), 0),
    (("send", "--yes"), 0),
    (("cancel", "2025-W20"), 0),
    (("suppressions", "pull"), 0),
    (("report", "2025-W20"), 0),
    (("doctor",), 1),  # the key that the mock knows may do nothing
)
ASKED = {
    *("/v3/mail/send", "/v3/mail/batch", "/v3/user/scheduled_sends", "/v3/scopes", "/v3/verified_senders"),
    *("/v3/asm/groups", "/v3/asm/groups/{group_id}/suppressions", "/v3/whitelabel/domains", "/v3/categories/stats"),
    *(f"/v3/suppression/{kind}" for kind in ("bounces", "spam_reports", "invalid_emails", "unsubscribes")),
}


def ask(host: str, method: str, path: str, document: Any = None) -> int:
    """Make one request and return the status of its answer."""
    connection = HTTPConnection(urlsplit(host).netloc, timeout=10)
    body = None if document is None else json.dumps(document)
    connection.request(method, path, body, {"Authorization": f"Bearer {KEY}"})
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize(
    ("method", "path", "change", "said"),
    [
        ("POST", "/v3/mail/send", {"subject": ""}, "subject"),
        ("POST", "/v3/mail/send", {"subjct": "Notes"}, "subjct"),
        (
            "POST",
            "/v3/mail/send",
            {"personalizations": [{"to": [{"mail": "a@example.net"}]}]},
            "personalizations/0/to/0",
        ),
        ("POST", "/v3/mail/send", {"mail_settings": {"sandbox_mode": {"enable": "true"}}}, "sandbox_mode/enable"),
        ("POST", "/v3/mail/send", {"custom_args": {"issue": 7}}, "custom_args/issue"),
        ("POST", "/v3/mail/send", {"asm": {}}, "group_id"),
        ("POST", "/v3/mail/sent", {}, "no such operation"),
        ("PUT", "/v3/mail/send", {}, "no such operation"),
    ],
)
def test_a_request_beyond_the_specification_is_named(method: str, path: str, change: dict[str, Any], said: str) -> None:
    """A type, a missing or misspelt name, a method and a path: each is found, however deep it is."""
    assert request_problems("POST", "/v3/mail/send", "", json.dumps(MAIL).encode()) == []
    problems = request_problems(method, path, "", json.dumps({**MAIL, **change}).encode())
    assert said in problems[0]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("limit=500&offset=0", ""),
        ("limit=many", "limit"),
        ("page=1", "page is unknown"),
    ],
)
def test_a_query_beyond_the_specification_is_named(query: str, said: str) -> None:
    """Numbers are numbers, and SendGrid has no query of another name."""
    problems = request_problems("GET", "/v3/suppression/bounces", query, b"")
    assert len(problems) == bool(said)
    assert said in "".join(problems)


def test_a_missing_query_is_named() -> None:
    """Statistics of categories need a first day and a category."""
    problems = request_problems("GET", "/v3/categories/stats", "start_date=2025-05-01", b"")
    assert problems == ["GET /v3/categories/stats: the query categories is missing"]


def test_an_invalid_request_fails_the_test_that_makes_it() -> None:
    """Whoever uses the fake SendGrid need not ask for it."""
    with pytest.raises(AssertionError, match="subjct"), FakeSendGrid() as fake:
        assert ask(fake.url, "POST", "/v3/mail/send", {**MAIL, "subjct": "Notes"}) == 202


@pytest.mark.parametrize("operation", operations(), ids=lambda operation: f"{operation.method} {operation.path}")
def test_the_mock_answers_each_operation_as_declared(operation: Operation) -> None:
    """Its documents are made from the schemas, and valid by them."""
    for status, schema in operation.answers.items():
        document = example(schema) if schema else None
        assert (
            answer_problems(operation.method, operation.path.replace("{", "").replace("}", ""), status, document) == []
        )


def test_the_program_and_a_server_made_from_the_specification_agree(week: Project) -> None:
    """All that the program asks is declared, and it understands all that is declared as an answer."""
    week.configure(CONFIG.replace("[newsletter]\n", '[newsletter]\npostal_address = "1 Field Road"\n') + SENDING)
    (week.root / "recipients.csv").write_text("email\nann@example.net\nbob@example.net\n", encoding="utf-8")
    assert week.run("compose", "--week").status == 0
    with MockSendGrid() as mock:
        for command, status in COMMANDS:
            done = week.run(*command, **mock.environment)
            assert done.status == status, (command, done.stderr)
            assert "unexpected document" not in done.stdout + done.stderr, done.stderr
    assert mock.invalid == []
    assert {path for _, path in mock.asked} >= ASKED
