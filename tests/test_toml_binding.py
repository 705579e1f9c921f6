"""Tables of TOML files: the line that a mistake is named with, whatever the values hold."""

import json
from pathlib import Path

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.config import load_config
from newsletter.errors import ConfigError
from newsletter.toml_binding import TableReader

BASIC = '"""\n[select]\norder = 1\nsay \\""" twice\n"""""'
LITERAL = "'''\n[select] # ]\norder = \"newst\"\n'''"
ARRAY = '[\n  "order = 1", # ]\n  """\norder = 2\n""",\n  \'[send]\',\n]'


@pytest.mark.parametrize("value", [BASIC, LITERAL, '"# no comment"', '"""one line"""', "'a\u2028b\x85'"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_a_text_holds_is_no_key(tmp_path: Path, value: str, end: str) -> None:
    """A line in a text of several lines that looks like the key, or like a table, is not where the mistake is."""
    text = f'[newsletter]\nname = {value}\n\n[select]\norder = "newst"\n'
    (tmp_path / "newsletter.toml").write_bytes(text.replace("\n", end).encode())
    with pytest.raises(ConfigError, match=r"select\.order") as caught:
        load_config(tmp_path / "newsletter.toml")
    last = text.count("\n")
    assert caught.value.place.endswith(f"newsletter.toml:{last}")


@pytest.mark.parametrize(
    ("text", "where", "number"),
    [
        (f'[select]\ncategories = {ARRAY}\norder = "x"\n', ("select", "order"), 9),
        (f'[select]\ncategories = {ARRAY}\norder = "x"\n', ("select", "categories", "1"), 2),
        (f"[[articles]]\nkey = 1\nintro = {BASIC}\n[[articles]]\nkey = 2\n", ("articles", "1", "key"), 9),
        ('[ "a.b" . c ]\n"d e" = 1\n"f\\u0067".h = 2\n', ("a.b", "c", "d e"), 2),
        ('[ "a.b" . c ]\n"d e" = 1\n"f\\u0067".h = 2\n', ("a.b", "c", "fg", "h"), 3),
        ("send.unsubscribe = { mode = 'x', url = '''\nurl = 1\n''' }\n", ("send", "unsubscribe", "url"), 1),
        ("x = 1", ("y",), 1),
        ("x = 1\n[a]\ny = 2", ("a", "z"), 2),
        ("", ("y",), 1),
    ],
)
def test_the_line_of_a_key(text: str, where: tuple[str, ...], number: int) -> None:
    """Quoted names, arrays and inline tables over several lines, members; else the nearest table, or the first line."""
    assert place(text, where) == f"x.toml:{number}"


def place(text: str, where: tuple[str, ...]) -> str:
    """Return the place of a mistake in the value of a key."""
    tomli.loads(text)
    with pytest.raises(ConfigError) as caught:
        TableReader(Path("x.toml"), text).fail("wrong", where)
    return caught.value.place


PIECES = st.sampled_from(['"', "'", "\\", "\n", "[a]", "[[b]]", "k1 = 1", "#", "=", "{", "}", "é", "\u2028", " "])
VALUES = st.lists(PIECES, max_size=8).map("".join)
FORMS = st.sampled_from(["basic", "basic lines", "literal lines", "array", "table"])


def written(value: str, form: str) -> str:
    """Write a text as TOML in one of its forms, as far as that form can hold it."""
    basic = json.dumps(value, ensure_ascii=False).replace("\u2028", "\\u2028")
    if form == "basic lines":
        return '"""\n' + value.replace("\\", "\\\\").replace('"', '\\"') + '"""'
    if form == "literal lines" and "'" not in value:
        return f"'''\n{value}'''"
    return {"array": f"[ # ]\n{basic},\n['x', {basic}]\n]", "table": f"{{ k1 = {basic} }}"}.get(form, basic)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(VALUES, FORMS, st.booleans()), min_size=1, max_size=6))
def test_every_key_is_found_on_its_line(made: list[tuple[str, str, bool]]) -> None:
    """Whatever the values before it hold, and however they are written."""
    text, table, lines = "", "", {}
    for number, (value, form, new) in enumerate(made):
        if new:
            table = f"t{number}"
            text += f"[{table}] # [{number}]\n"
        lines[(*filter(None, [table]), f"k{number}")] = text.count("\n") + 1
        text += f'k{number} = {written(value, form)} # k0 = """\n'
    assert {where: place(text, where) for where in lines} == {where: f"x.toml:{n}" for where, n in lines.items()}
