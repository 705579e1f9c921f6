"""Lists that other programs write: understood, or refused with the columns that are there and the likely one."""

from pathlib import Path

import pytest

from newsletter.errors import RecipientsError
from newsletter.sender.membership import Membership
from newsletter.sender.recipients import Recipient, load_recipients


def load(folder: Path, text: str, *fields: str) -> list[Recipient]:
    """Read `text` as a recipients file."""
    path = folder / "r.csv"
    path.write_text(text, encoding="utf-8")
    return list(load_recipients(path, fields=fields))


@pytest.mark.parametrize(
    "text",
    [
        'email, name\nann@example.org,  Ann \nbob@example.org, "Bob"\n',
        'email;name\nann@example.org; "Ann"\nbob@example.org ;Bob\n',
        "email\tname\nann@example.org\tAnn \nbob@example.org\t Bob\n",
        '{"email": "ann@example.org", "name": " Ann"}\n{"email": "bob@example.org", "name": "Bob  "}\n',
        "sep=;\r\nemail;name\r\nann@example.org;Ann\r\n ; \r\nbob@example.org;Bob\r\n",
        '"sep=,"\nemail,name\nann@example.org,Ann\n , \n\nbob@example.org,Bob\n',
    ],
    ids=["commas", "semicolons", "tabs", "json", "excel", "excel quoted"],
)
def test_blanks_around_a_value_do_not_count(tmp_path: Path, text: str) -> None:
    """Nor do a separator that is told, and a row of blanks alone."""
    found = [(one.email, one.fields) for one in load(tmp_path, text, "name")]
    assert found == [("ann@example.org", {"name": "Ann"}), ("bob@example.org", {"name": "Bob"})]


@pytest.mark.parametrize(
    ("first", "likely"),
    [
        ("Email Address,First Name", "'Email Address'"),
        ("First Name,E-mail Address,E-mail Type", "'E-mail Address'"),
        ("name;mail;city", "'mail'"),
        ("Subscriber E-Mail,Status", "'Subscriber E-Mail'"),
        ("name,emial", "'emial'"),
    ],
)
def test_the_likely_column_is_named(tmp_path: Path, first: str, likely: str) -> None:
    """With all that are there."""
    with pytest.raises(RecipientsError, match="there is no column 'email'") as caught:
        load(tmp_path, f"{first}\nx,y,z\n")
    assert f"rename the column {likely} to email" in caught.value.hint
    assert "there are: " in caught.value.hint


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a@example.org, b@example.org\n", "one address on each line"),
        ("a@example.org;b@example.org;c@example.org\n", "one address on each line"),
        ("a@example.org,Ann\n", "put the names of the columns"),
        ('[{"email": "a@example.org"}]\n', "one object on each line"),
        ("name,town\nAnn,Exampleton\n", "name the one with the addresses email"),
    ],
)
def test_what_is_no_table_is_told_what_it_is(tmp_path: Path, text: str, hint: str) -> None:
    """No address is in the message."""
    with pytest.raises(RecipientsError) as caught:
        load(tmp_path, text)
    assert hint in caught.value.hint
    assert "a@example.org" not in f"{caught.value} {caught.value.hint}".replace("ann@example.org", "")


@pytest.mark.parametrize(
    ("column", "gone", "there", "unknown"),
    [
        ("status", ["unsubscribed", "Cleaned", "blocklisted"], ["enabled", "subscribed", ""], ["gold"]),
        ("Unsubscribed", ["yes", "TRUE", "1", "2024-05-01 10:00"], ["no", "0", "", "false"], []),
        ("subscribed", ["no", "0", "false"], ["yes", "1", "True"], ["perhaps"]),
        ("UNSUB_TIME", ["2024-05-01"], [""], []),
    ],
)
def test_who_left_is_left_out(
    tmp_path: Path, column: str, gone: list[str], there: list[str], unknown: list[str]
) -> None:
    """A value that is not understood changes nothing, and is counted."""
    values = [*gone, *there, *unknown]
    rows = "".join(f"p{number}@example.org,{value}\n" for number, value in enumerate(values))
    (tmp_path / "r.csv").write_text(f"email,{column}\n{rows}", encoding="utf-8")
    left: list[str] = []
    membership = Membership(left.append)
    people = list(load_recipients(tmp_path / "r.csv", membership=membership))
    assert len(people) == len(values)
    assert all(not one.fields for one in people)
    assert left == [f"p{number}@example.org" for number in range(len(gone))]
    assert [value for _, value in membership.unknown] == unknown
