"""Foreign text on terminals and in logs: whoever writes it cannot write anything but visible text, on its own line."""

import json
import os
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.cli.output import clean, document
from tests.conftest import CONFIG, NOW, Done, Project, on_terminal
from tests.fake_sendgrid import KEY, FakeSendGrid

UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07 \r\nhint: all is well\n\x9b31m \x85\x7f\b\t"
    "\u202eabc\u202c \u2066x\u2069 \u200e\u200f\u061c a\u200bb\ufeff\u2060 \u2028error: forged\u2029\U000e0041"
)
"""Controls, forged lines, what turns the direction, what has no width; what a file may hold."""
TYPED = HOSTILE + "\udc80\udcff"
"""The same with bytes that are no UTF-8, as the command line and names of files may have them."""


def unseen(text: str, layout: str = "\n") -> set[str]:
    """Collect the characters of `text` that nobody sees, but for those of the layout."""
    return {char for char in text if unicodedata.category(char) in UNSEEN and char not in layout}


def check(done: Done) -> None:
    """Demand that nothing unseen was printed, and no line that somebody else wrote."""
    assert unseen(done.stdout, "\n\t") == set()
    assert unseen(done.stderr) == set()
    forged = ("hint: all is well", "error: forged")
    assert [line for line in f"{done.stdout}\n{done.stderr}".split("\n") if line.startswith(forged)] == []


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_whatever_is_printed_is_one_visible_line(text: str) -> None:
    """Of any text; what can be seen is left as it is."""
    assert unseen(clean(text), "") == set()
    clean(text).encode()
    if not unseen(text, ""):
        assert clean(text) == text


@pytest.mark.parametrize(
    ("foreign", "printed"),
    [
        ("a\r\nb\tc\u2028d\x85e", "a  b c d e"),
        ("\x1b[31m \x9b \x7f \x00", r"\x1b[31m \x9b \x7f \x00"),
        ("\u202egpj.exe\u2066", r"\u202egpj.exe\u2066"),
        ("a\u200bb\ufeff\u200e\xad", r"a\u200bb\ufeff\u200e\xad"),
        ("\udcff \ud83d \U000e0041", r"\udcff \ud83d \U000e0041"),
        ("größer 東京 🙂 é e\u0301\xa0!", "größer 東京 🙂 é e\u0301\xa0!"),
    ],
)
def test_breaks_become_spaces_and_the_rest_escapes(foreign: str, printed: str) -> None:
    """So that a person sees that something is there."""
    assert clean(foreign) == printed


def test_a_document_loses_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Under ``--json`` every character there is comes back as it was, in a text where all can be seen."""
    content = {"typed": TYPED, "all": [chr(code) for code in range(0x20000)], "tag": "\U000e0041"}
    document(content)
    printed = capsys.readouterr().out
    assert unseen(printed) == set()
    assert json.loads(printed) == {"schema": 1, **content}


@pytest.mark.parametrize(
    "arguments",
    [
        [TYPED],
        [f"--{TYPED}"],
        ["--config", TYPED, "select", "--week"],
        ["--now", TYPED, "select", "--week"],
        ["select", "--week", TYPED],
        ["select", "--week", "--limit", TYPED],
        ["select", "--week", "--category", TYPED],
        ["select", "--week", "--source", TYPED],
        ["select", "--week", "--include", TYPED],
        ["compose", "--week", "--issue", TYPED],
        ["compose", "--since", TYPED],
        ["check", TYPED],
        ["status", TYPED],
        ["send", "--dry-run", TYPED],
        ["send", "--dry-run", "--recipients", TYPED],
        ["send", "--dry-run", "--expect-recipients", TYPED],
        ["resolve", "2025-W20", TYPED, "--as", "submitted"],
        ["resolve", "--as", TYPED],
        ["suppressions", TYPED],
        ["cancel", TYPED],
        ["prune", "--older-than", TYPED],
        ["init", "newsletter.toml/" + TYPED],
    ],
)
def test_what_was_typed_is_printed_visibly(week: Project, arguments: list[str]) -> None:
    """In usage errors and all others, for people on stderr and as a document on stdout."""
    check(week.run(*arguments, "--json"))


def quoted(text: str) -> str:
    """Write `text` as TOML does."""
    return (
        '"' + "".join(f"\\U{ord(char):08x}" if char in '\\"' or not char.isprintable() else char for char in text) + '"'
    )


def write(project: Project, name: str, **front_matter: str) -> None:
    """Write an article of the week with any characters."""
    lines = "".join(f"{key} = {quoted(value)}\n" for key, value in front_matter.items())
    (project.root / "content" / name).write_text(f"+++\n{lines}+++\nThe body of {name!a}.\n", encoding="utf-8")


@pytest.fixture
def hostile(week: Project) -> Project:
    """Make a project whose articles, file names and settings are somebody else's."""
    named = HOSTILE.replace("\n", " ").replace("/", "")[:60]
    write(week, "title.md", title=f"T {HOSTILE}", date="2025-05-14T10:00:00Z", source=HOSTILE, category=HOSTILE)
    write(week, f"{named}.md", title="A name", date="2025-05-14T10:00:00Z", image=f"https://x.example/{HOSTILE}")
    write(week, "line\nerror: forged.md", title="A name", date=HOSTILE)
    write(week, "draft.md", title=HOSTILE, date="2025-05-14T10:00:00Z", draft="true", url="../" + HOSTILE)
    (week.root / "content" / "key.md").write_text(f'+++\ntitle = "x"\n{quoted(HOSTILE)} = [\n+++\nx\n')
    with open(os.fsencode(week.root / "content") + b"/\xff\x1b[2J.md", "wb") as file:
        file.write(b"+++\ndate = 2025-05-14T10:00:00Z\ntitle = \n+++\n")
    return week


@pytest.mark.parametrize(
    "arguments",
    [
        ["select", "--week"],
        ["select", "--week", "--json"],
        ["select", "--week", "--explain"],
        ["select", "--week", "--explain", "--json"],
        ["-v", "compose", "--week", "--offline"],
        ["compose", "--week", "--offline", "--json"],
    ],
)
def test_articles_are_printed_visibly(hostile: Project, arguments: list[str]) -> None:
    """Their titles, sources, keys, dates and files' names, also in the document under ``--json``."""
    done = hostile.run(*arguments)
    assert done.stdout
    check(done)
    assert "--json" not in arguments or done.document["schema"] == 1


def test_a_table_on_a_terminal_is_visible(hostile: Project) -> None:
    """The table's own colours are the only sequences."""
    command = [sys.executable, "-m", "newsletter", "--now", NOW, "select", "--week"]
    env = {**hostile.env, "TERM": "dumb"}
    _, shown = on_terminal(command, cwd=hostile.root, env=env)
    assert "News of health" in shown
    assert unseen(shown, "\r\n") == set()


@pytest.mark.parametrize(
    "line",
    [f"{quoted(HOSTILE)} = 1", f"language = {quoted(HOSTILE)}", f"archive = {quoted(HOSTILE)}"],
)
def test_settings_are_printed_visibly(week: Project, line: str) -> None:
    """An unknown key, a wrong value, a folder that is not there."""
    week.configure(CONFIG.replace("[send]", f"{line}\n[send]"))
    for extra in ([], ["--json"]):
        done = week.run("select", "--week", *extra)
        assert done.status == 2
        check(done)


def test_recipients_are_printed_visibly(week: Project) -> None:
    """Columns and addresses of a file from elsewhere."""
    assert week.run("compose", "--week", "--offline").status == 0
    for text in (
        f'email,"{HOSTILE}"\nno address\n',
        f'email\n"{HOSTILE}@example.org"\n',
        f'"{HOSTILE}"\na@b.example\n',
    ):
        (week.root / "recipients.csv").write_text(text)
        check(week.run("send", "--dry-run"))


class _Rude(BaseHTTPRequestHandler):
    """A host of pictures that answers with a status line of its own making."""

    def do_GET(self) -> None:
        self.wfile.write("HTTP/1.0 404 \x1b]0;owned\x07\x9b31m\x85error: forged\r\n\r\n".encode("latin-1"))

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def rude_host() -> Iterator[str]:
    """Serve on a free port of this machine, and give the address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Rude) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_a_picture_host_s_words_are_printed_visibly(week: Project) -> None:
    """Its status line is the host's own text."""
    with rude_host() as url:
        week.configure(CONFIG + '[compose]\nbanners = "embed"\nprivate_hosts = ["127.0.0.1"]\n')
        write(week, "rude.md", title="Rude", date="2025-05-14T10:00:00Z", enclosure=f"{url}/{HOSTILE}.png")
        for arguments in (["-v", "compose", "--week"], ["compose", "--week", "--json"], ["check"], ["check", "--json"]):
            done = week.run(*arguments)
            assert "404" in done.stdout + done.stderr or "rude" in done.stdout + done.stderr
            check(done)


def test_a_provider_s_words_are_printed_visibly(week: Project) -> None:
    """What SendGrid, or something in its place, says of a request and of a list."""
    week.configure(CONFIG.replace("[send]", 'postal_address = "1 Field Road"\n[send]'))
    (week.root / "recipients.csv").write_text("email\nann@example.org\n")
    assert week.run("compose", "--week", "--offline").status == 0
    with FakeSendGrid() as fake:
        fake.account.domains = set()
        fake.documents["/v3/suppression/bounces"] = [{"email": HOSTILE}]
        for command in (["send", "--yes"], ["status"], ["-v", "status"], ["suppressions", "pull"]):
            check(week.run(*command, SENDGRID_API_KEY=KEY, SENDGRID_HOST=fake.url))


@pytest.mark.parametrize("encoding", ["ascii:strict", "latin-1"])
@pytest.mark.parametrize("extra", [[], ["--json"], ["--explain"]])
def test_no_encoding_of_the_output_ends_a_run(hostile: Project, encoding: str, extra: list[str]) -> None:
    """Whatever the environment says of it, a title with any character is printed."""
    write(hostile, "world.md", title="größer 東京 🙂", date="2025-05-14T10:00:00Z")
    done = hostile.run("select", "--week", *extra, PYTHONIOENCODING=encoding)
    assert done.status == 0
    assert extra == ["--explain"] or "größer 東京 🙂" in done.stdout


def test_a_path_that_is_no_text_is_printed(week: Project, tmp_path: Path) -> None:
    """A folder whose name is no UTF-8 is in messages as an escape."""
    folder = tmp_path / "caf\udce9"
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "newsletter", "--config", folder, "select", "--week"],
        env=dict(week.env),
        cwd=week.root,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, b"Traceback" in done.stderr) == (2, False)
    assert rb"caf\udce9" in done.stderr
