"""Messages as files: no text becomes a header, whatever Python's own package makes of it."""

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.mime import build_eml
from newsletter.models import InlineImage, Message
from tests.conftest import Project

PIECES = (
    *(
        "=?utf-8?q?Hi=0D=0ABcc:_spy=40e.co=0D=0A=0D=0APwned_body?=",
        "=?utf-8?b?DQpCY2M6IHg=?=",
        "=?us-ascii*en?Q?=0AX:?=",
    ),
    *(
        "=?x-unknown?q?=FF?=",
        "=?",
        "?=",
        "=",
        " ",
        "a",
        "é",
        "\r\n",
        "\nBcc: x",
        "\r\n\r\nBody",
        "\u2028",
        "\x85",
        "\x0b",
    ),
    *("\ud800", "\x00", '"', ",", ";", ":", "(", "\\", "@", "\u2060", "x" * 80, "word " * 20),
)
TEXTS = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
HEADERS = {"from", "to", "reply-to", "subject", "date", "message-id", "list-unsubscribe", "feedback-id"}
OF_PARTS = {"content-type", "content-transfer-encoding", "content-disposition", "content-id", "mime-version"}
NO_HEADER = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


def written(subject: str = "s", name: str = "", local: str = "a", value: str = "x") -> bytes:
    """Write a message whose header values, picture's name and picture's id are hostile."""
    address = f"{local}@example.org"
    picture = InlineImage(cid=value, filename=subject, mime_type="image/png", content=b"x")
    return build_eml(
        Message(subject=subject, html="<p>x</p>", text="x", images=(picture,)),
        sender=f"{name} <{address}>",
        to=address,
        reply_to=address,
        date=datetime(2025, 5, 19, tzinfo=UTC),
        headers={"List-Unsubscribe": f"<https://x.example/?{value}>", "Feedback-ID": value or "x"},
    )


@settings(max_examples=150, deadline=None)
@given(
    TEXTS,
    TEXTS.map(lambda name: re.sub("[<>]", "", name)),
    st.from_regex(r"[A-Za-z0-9=?_]{1,60}", fullmatch=True),
    TEXTS,
)
def test_no_value_makes_a_header(subject: str, name: str, local: str, value: str) -> None:
    """The file has the headers that it should have, once each, and the parts that it should have."""
    raw = written(subject, name, local, value)
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.decode("ascii").split("\r\n")
    assert not [line for line in lines if "\n" in line or "\r" in line]
    names = [line.partition(":")[0].lower() for line in lines if line[0] not in " \t"]
    assert sorted(names) == sorted(HEADERS | {"mime-version", "content-type"})
    assert body.startswith(b"--=_0_")
    _, *parts = message_from_bytes(raw).walk()
    assert len(parts) == 4
    assert {key.lower() for part in parts for key, _ in part.items()} <= OF_PARTS


@pytest.mark.parametrize(
    "subject", [*PIECES[:5], f"A {PIECES[0]} B", f"Ünï {PIECES[1]}", "What is 1 =?", PIECES[0] * 9]
)
def test_a_subject_that_looks_encoded_is_read_as_it_is(subject: str) -> None:
    """Mail programs decode it once, and show the very characters."""
    shown = str(make_header(decode_header(message_from_bytes(written(subject))["Subject"])))
    assert shown == NO_HEADER.sub(" ", subject)


WORDS = PIECES[:4]


@pytest.mark.parametrize("word", WORDS)
def test_the_sample_of_a_dry_run_has_no_foreign_header(week: Project, word: str) -> None:
    """Title, sender's name and merge values reach the files as words."""
    week.add("evil.md", title=word, date="2025-05-18T09:00:00Z", summary="s", featured=True)
    file = week.root / "newsletter.toml"
    named = word.replace("=0D=0A", "=0D=0A=3A").replace(":", "")
    file.write_text(re.sub(r"(?m)^from = .*$", f'from = "{named} <notes@example.org>"', file.read_text()))
    (week.root / "recipients.csv").write_text(f'email,first_name\nann@example.org,"{word}"\n')
    week.run("compose", "--week")
    outline = week.issue() / "issue.toml"
    subject = f'subject = "{word} for {{{{ merge.first_name }}}}"'
    outline.write_text(re.sub(r"(?m)^subject = .*$", lambda _: subject, outline.read_text()))
    assert week.run("compose", "--week").status == 0
    assert week.run("send", "--dry-run").status == 0
    for path in ("email.eml", "dry-run/sample.eml"):
        raw = (week.issue() / path).read_bytes()
        message = message_from_bytes(raw)
        assert set(map(str.lower, message.keys())) <= HEADERS | {"list-id", "list-unsubscribe-post", *OF_PARTS}
        assert message["Date"] == "Mon, 19 May 2025 00:00:00 +0000"
        assert str(make_header(decode_header(message["Subject"]))).startswith(f"{word} for ")
