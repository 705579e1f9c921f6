"""Reading the people: every form, every mistake with its line, and addresses as mail systems take them."""

import csv
import io
import json
import os
import stat
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.email_addresses import parse_email
from newsletter.errors import RecipientsError
from newsletter.sender.recipients import Recipient, load_recipients
from newsletter.sender.suppressions import Added, Suppressions, add_suppressions


def load(tmp_path: Path, text: str, *fields: str) -> list[Recipient]:
    """Read `text` as a recipients file."""
    path = tmp_path / "r.csv"
    path.write_bytes(text.encode())
    return list(load_recipients(path, fields=fields))


@pytest.mark.parametrize(
    "text",
    [
        "email,name\na@example.org,Ann\nb@example.org,\n",
        "\ufeffEmail,name\r\na@example.org,Ann\r\nb@example.org\r\n",
        "name;E-Mail;EMAIL\nAnn;x;a@example.org\n;;b@example.org\n",
        '# exported today\n\n"name"\t"email"\nAnn\ta@example.org\n\n\tb@example.org\n',
        '{"email": "a@example.org", "name": "Ann"}\n\n{"Email": "b@example.org", "name": null}\n',
    ],
)
def test_every_form_gives_the_same_people(tmp_path: Path, text: str) -> None:
    """CSV with any usual delimiter, marks and line ends, and JSON lines."""
    people = [(who.email, who.fields) for who in load(tmp_path, text, "name")]
    assert people == [("a@example.org", {"name": "Ann"}), ("b@example.org", {})]


def test_a_plain_list_is_read(tmp_path: Path) -> None:
    """One address a line, blank lines and comments between them."""
    assert [who.email for who in load(tmp_path, "a@example.org\n\n# them\nb@example.org")] == [
        "a@example.org",
        "b@example.org",
    ]


@pytest.mark.parametrize(
    "text",
    [
        '#x\nemail,name\n#ann@example.org,Ann\n"#b@example.org","x\n#y"\n# "c@example.org\nd@example.org\n',
        '{"email": "#b@example.org"}\n#{"email": "ann@example.org"}\n{"email": "d@example.org"}\n',
        '#x@example.org\n"#b@example.org"\n#"ann@example.org"\nd@example.org\n',
    ],
)
def test_a_line_that_begins_with_a_number_sign_is_a_comment(tmp_path: Path, text: str) -> None:
    """In every form, so that nobody is written to who was put aside; within quotes it is a value."""
    people = load(tmp_path, text, "name")
    assert [who.email for who in people] == ["#b@example.org", "d@example.org"]
    assert people[0].fields.get("name", "x\n#y") == "x\n#y"


def test_only_the_fields_asked_for_are_kept(tmp_path: Path) -> None:
    """What the message does not need is not read into anything that lasts."""
    people = load(tmp_path, "email,name,birthday\na@example.org,Ann,1 May\n", "name")
    assert people == [Recipient("a@example.org", {"name": "Ann"}, 2)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("First_Name,EMAIL\nAnn,a@example.org\n", "Ann"),
        ("First_Name,first_name,email\nWrong,Ann,a@example.org\n", "Ann"),
        ("first_name,FIRST_NAME,email\nAnn,Wrong,a@example.org\n", "Ann"),
        ('{"FIRST_NAME": "Ann", "Email": "a@example.org"}\n', "Ann"),
        ('{"first_name": "Ann", "First_Name": "Wrong", "email": "a@example.org"}\n', "Ann"),
    ],
)
def test_a_column_is_a_field_whatever_its_case(tmp_path: Path, text: str, value: str) -> None:
    """Otherwise everybody would be "reader", as [send.defaults] has it; a column of the very name comes first."""
    columns: set[str] = set()
    path = tmp_path / "r.csv"
    path.write_text(text)
    (person,) = load_recipients(path, fields=["first_name"], columns=columns)
    assert (person.email, person.fields) == ("a@example.org", {"first_name": value})
    assert "first_name" in columns


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "email,Token,\na@example.org,1,\n",
            "r.csv:1: there is no column 'tokn', which the",
            "there are: email, Token",
        ),
        ("\na@example.org\n", "r.csv:2: there is no column 'tokn', which the", "a plain list has addresses alone"),
        ('{"email": "a@example.org"}\n', "", ""),
    ],
)
def test_a_column_that_everybody_needs_is_missed_once(tmp_path: Path, text: str, message: str, hint: str) -> None:
    """With those that there are beside it; JSON lines have no columns."""
    path = tmp_path / "r.csv"
    path.write_text(text)
    with pytest.raises(RecipientsError) if message else nullcontext() as caught:
        assert list(load_recipients(path, fields=["tokn"], needed=["tokn"]))
    if caught:
        assert message in str(caught.value)
        assert caught.value.hint == hint


def test_numbers_and_truth_values_become_text(tmp_path: Path) -> None:
    """JSON scalars are written as JSON writes them."""
    people = load(tmp_path, '{"email": "a@example.org", "n": 7, "b": true, "f": 1.5}', "n", "b", "f")
    assert people[0].fields == {"n": "7", "b": "true", "f": "1.5"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,address\nAnn,a@example.org\n", "r.csv:1: there is no column 'email'"),
        ("a@example.org,Ann\n", "r.csv:1: there is no column 'email'"),
        (f"email,{'x' * 131_073}\n", "r.csv:1: not valid CSV: field larger than field limit (131072)"),
        ("email,email\n", "r.csv:1: duplicate column 'email'"),
        ("email,status,Status\n", "r.csv:1: duplicate column 'status'"),
        (
            '{"email": "a@example.org", "status": "subscribed", "Status": "unsubscribed"}\n',
            "r.csv:1: has 'status' twice, but for its case",
        ),
        ("email\na@example.org\nnobody\n", "r.csv:3: is not an email address"),
        ("Ann <a@example.org>\n", "r.csv:1: has a name beside the address: write the bare address"),
        ("Ann <a@example>\n", "r.csv:1: is not an email address"),
        ("email,name\n,Ann\n", "r.csv:2: is not an email address"),
        ("email\na@⒈x.example\n", "r.csv:2: is not an email address"),
        ("email\na@example.org,Ann\n", "r.csv:2: has more columns than the first line names"),
        (
            'email\na@example.org\n"b@example.org\nc@example.org\nd@example.org\n',
            "r.csv:3: not valid CSV, in the row that begins here: unexpected end of data",
        ),
        ('{"email": "a@example.org", "name": "\\ud83d"}\n', "r.csv:1: 'name' is not plain text"),
        ('{"email": "a@example.org", "name": ' + "[" * 100_000, "r.csv:1: is not a JSON object"),
        ('{"email": "a@example.org"}\n[1]\n', "r.csv:2: is not a JSON object"),
        ('{"email": ["a@example.org"]}\n', "r.csv:1: 'email' is not plain text"),
        ("a@example.org\nb@example.org c@example.org\n", "r.csv:2: is not an email address"),
    ],
)
def test_mistakes_are_named_with_their_line(tmp_path: Path, text: str, message: str) -> None:
    """Every refusal says file, line and what is wrong, without the address, and has a cure."""
    with pytest.raises(RecipientsError) as caught:
        load(tmp_path, text, "name")
    assert str(caught.value).endswith(message)
    assert "nobody" not in str(caught.value)


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize(
    "text",
    [
        'email,name\n# Ann\na@example.org,"Ann\nb@example.org,Bob\nc@example.org,Carl"\nd@example.org,Dan\n',
        'name,email,x\n\n"Ann,a@example.org,1\n",b@example.org,2\nCarl,c@example.org,3\n',
    ],
)
def test_a_quote_that_is_not_closed_swallows_nobody(tmp_path: Path, text: str, end: str) -> None:
    """People who would be a part of another one's name are found, in the row that they disappear in."""
    with pytest.raises(RecipientsError, match=r"r\.csv:3: has an @ in a value of several lines"):
        load(tmp_path, text.replace("\n", end), "name")


def test_all_wrong_lines_are_counted(tmp_path: Path) -> None:
    """Many mistakes make one message with their number and the first lines of each kind."""
    with pytest.raises(RecipientsError) as caught:
        load(tmp_path, "email\n" + "x\n" * 25 + "a@b.org,c\n")
    assert caught.value.message == (
        "26 lines cannot be used: 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 15 more: is not an email address;"
        " 27: has more columns than the first line names"
    )


@pytest.mark.parametrize(
    ("content", "message"), [(None, "no such file"), (b"email\n\xff@example.org\n", "is not UTF-8")]
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes | None, message: str) -> None:
    """Missing files and other encodings."""
    path = tmp_path / "r.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RecipientsError, match=message):
        list(load_recipients(path))


@settings(deadline=None, max_examples=60)
@given(data=st.binary(max_size=200))
def test_reading_raises_only_our_errors(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """Whatever the file holds, it is read or refused."""
    path = tmp_path_factory.mktemp("r") / "r.csv"
    path.write_bytes(data)
    try:
        people = list(load_recipients(path, fields=["name"]))
    except RecipientsError:
        return
    assert all(parse_email(who.email) == who.email for who in people)


VALUE = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0\r@"), max_size=12)


@settings(deadline=None, max_examples=60)
@given(values=st.lists(VALUE, min_size=1, max_size=20))
def test_csv_and_json_agree(tmp_path_factory: pytest.TempPathFactory, values: list[str]) -> None:
    """The same people written in both forms are read alike, whatever their fields hold."""
    folder = tmp_path_factory.mktemp("r")
    rows = [(f"p{index}@example.org", value) for index, value in enumerate(values)]
    text = io.StringIO()
    csv.writer(text).writerows([("email", "name"), *rows])
    (folder / "r.csv").write_bytes(text.getvalue().encode())
    lines = [json.dumps({"email": email, "name": value}) for email, value in rows]
    (folder / "r.jsonl").write_bytes("\n".join(lines).encode())
    as_csv = [(who.email, who.fields) for who in load_recipients(folder / "r.csv", fields=["name"])]
    assert as_csv == [(who.email, who.fields) for who in load_recipients(folder / "r.jsonl", fields=["name"])]


def test_suppressions_are_read_again_when_they_change(tmp_path: Path) -> None:
    """A missing file is nobody; a new or another file is noticed."""
    path = tmp_path / "s.csv"
    suppressions = Suppressions(path)
    assert suppressions.changed()
    assert list(suppressions.load()) == []
    assert not suppressions.changed()
    path.write_text("email\na@example.org\n")
    assert suppressions.changed()
    assert list(suppressions.load()) == ["a@example.org"]
    path.write_text("email\nb@example.org\n")  # as long as before; its time is set, as the clock of files is coarse
    os.utime(path, (1, 1))
    assert suppressions.changed()
    other = tmp_path / "other.csv"
    other.write_text("email\nc@example.org\n")
    os.utime(other, (1, 1))
    other.rename(path)
    assert suppressions.changed()
    assert not suppressions.changed()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "email,reason\nnew@example.org,bounce\n"),
        ("email\nold@example.org", "email\nold@example.org\nnew@example.org\n"),
        ("note,email\nx,old@example.org\n", "note,email\nx,old@example.org\n,new@example.org\n"),
        ("old@example.org\n", "old@example.org\nnew@example.org\n"),
        ("NEW@example.org\n", "NEW@example.org\n"),
        ("", "email,reason\nnew@example.org,bounce\n"),
        ("email,reason\n", "email,reason\nnew@example.org,bounce\n"),
        ("Email;Reason\nold@example.org;x\n", "Email;Reason\nold@example.org;x\nnew@example.org;bounce\n"),
        ("a\temail\nx\told@example.org\n", "a\temail\nx\told@example.org\n\tnew@example.org\n"),
        ("# ours\n\nreason,email\n", "# ours\n\nreason,email\nbounce,new@example.org\n"),
        ("# nobody yet\n", "# nobody yet\nemail,reason\nnew@example.org,bounce\n"),
        ("\ufeffemail\r\nold@example.org\r\n", "\ufeffemail\r\nold@example.org\r\nnew@example.org\r\n"),
        (
            '{"email": "old@example.org"}',
            '{"email": "old@example.org"}\n{"email": "new@example.org", "reason": "bounce"}\n',
        ),
    ],
)
def test_suppressions_are_added_in_the_file_s_own_form(tmp_path: Path, before: str | None, after: str) -> None:
    """What is there stays, in its columns; nobody is added twice."""
    path = tmp_path / "s.csv"
    if before is not None:
        path.write_bytes(before.encode())
    add_suppressions(path, [("new@example.org", "bounce")])
    assert path.read_bytes().decode() == after
    assert "new@example.org" in [email.casefold() for email in Suppressions(path).load()]


def test_what_is_added_to_the_suppressions_can_be_read_again(tmp_path: Path) -> None:
    """In a file of the owner's alone; what nobody can have is left out and counted, another spelling is added once."""
    path = tmp_path / "s.csv"
    people = [(email, "bounce") for email in ("ann@example..org", "jörg@example.org", " ann@bücher.example", "a@b.org")]
    assert add_suppressions(path, people) == Added(added=2, left_out=2)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(Suppressions(path).load()) == ["ann@xn--bcher-kva.example", "a@b.org"]
    assert add_suppressions(path, people) == Added(added=0, left_out=2)


@pytest.mark.parametrize(
    "before", ["", "email\n", "note;email\n", "old@example.org\n", '{"email": "old@example.org"}\n']
)
def test_an_address_that_looks_like_a_comment_is_suppressed(tmp_path: Path, before: str) -> None:
    """It is written so that it is read as an address, and a second time it is known."""
    path = tmp_path / "s.csv"
    path.write_text(before)
    for added in (1, 0):
        assert add_suppressions(path, [("#ann@example.org", "bounce")]) == Added(added=added, left_out=0)
    assert list(Suppressions(path).load())[-1] == "#ann@example.org"


def test_a_suppression_file_stays_whose_it_is(tmp_path: Path) -> None:
    """Adding to it keeps its mode, its owner where that is allowed, its comments, and a link to it."""
    shared = tmp_path / "shared.csv"
    shared.write_text("email\n# by phone\na@example.org\n")
    shared.chmod(0o664)
    if os.geteuid() == 0:
        os.chown(shared, 33, 33)
    before = shared.stat()
    (tmp_path / "s.csv").symlink_to("shared.csv")
    assert add_suppressions(tmp_path / "s.csv", [("b@example.org", "bounce")]).added == 1
    after = shared.stat()
    assert (tmp_path / "s.csv").is_symlink()
    assert shared.read_text() == "email\n# by phone\na@example.org\nb@example.org\n"
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
