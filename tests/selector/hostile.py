"""An archive of hostile articles, each with what must come of it in the week of 12 May 2025.

A script, since FIFOs, loops of links and names that are no text do not survive version control. To look at them:

    python -m tests.selector.hostile FOLDER
"""

import json
import os
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Hostile", "hostile_articles", "write_hostile_archive"]

DATE = "2025-05-15T10:00:00Z"
OLD = "2025-03-03T10:00:00Z"

Make = bytes | Callable[[Path], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hostile:
    """One hostile file: its path, its bytes or what makes it, and what a selection must say of it.

    `outcome` is a reason to be skipped, ``article``, ``undated``, ``unreadable`` (in the period), or ``nothing``;
    `says` is part of the title, the detail or the message; `line` that of the report.
    """

    path: str
    make: Make
    outcome: str
    says: str = ""
    line: int = 0
    shown: str = ""


def article(path: str, make: Make, says: str, shown: str = "") -> Hostile:
    """Say that a file is an article after all, with a title."""
    return Hostile(path=path, make=make, outcome="article", says=says, shown=shown)


def unreadable(path: str, make: Make, says: str, line: int = 0) -> Hostile:
    """Say that a file is reported as one of the period."""
    return Hostile(path=path, make=make, outcome="unreadable", says=says, line=line)


def undated(path: str, make: Make, says: str, line: int = 0) -> Hostile:
    """Say that a file is reported as one of no period."""
    return Hostile(path=path, make=make, outcome="undated", says=says, line=line)


def nothing(path: str, make: Make) -> Hostile:
    """Say that a file is no matter of this period."""
    return Hostile(path=path, make=make, outcome="nothing")


def hostile_articles() -> Iterator[Hostile]:
    """Return all of them, those that only the administrator can make where that is who asks."""
    yield from _broken_front_matter()
    yield from _bombs()
    yield from _bad_text()
    yield from _bad_values()
    yield from _leading_outside()
    yield from _odd_files()
    yield from _odd_names()


def write_hostile_archive(root: Path) -> tuple[Hostile, ...]:
    """Write the archive into the new folder `root`, beside which it puts what its links lead to."""
    outside = root.parent / "outside"
    outside.mkdir(parents=True)
    (outside / "secret.md").write_bytes(_toml("Outside"))
    written = []
    for one in hostile_articles():
        path = Path(os.fsdecode(os.fsencode(root) + b"/" + os.fsencode(one.path)))
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(one.make, bytes):
            path.write_bytes(one.make)
        else:
            one.make(path)
        written.append(one)
    return tuple(written)


def _toml(title: str, *lines: str, date: str = DATE, body: str = "") -> bytes:
    head = ["+++", f"title = {json.dumps(title)}", f'date = "{date}"', *lines, "+++"]
    return ("\n".join(head) + f"\n\n<p>{title}. {body}</p>\n").encode()


def _yaml(title: str, *lines: str) -> bytes:
    return "\n".join(["---", f"title: {title}", f"date: {DATE}", *lines, "---", "", f"The text of {title}."]).encode()


_JSON_START = b'{"title": "A", "date": "2025-05-15", '


def _broken_front_matter() -> Iterator[Hostile]:
    whole = _toml("Whole")
    yield undated("empty.md", b"", "no front matter", 1)
    yield undated("blank.md", b"\n \n\t\n", "no front matter", 1)
    yield undated("bare-text.md", b"Only words.\n", "no front matter", 1)
    yield undated("fence-only.md", b"+++", "does not end", 1)
    yield unreadable("four-pluses.md", b"+" + whole, "no front matter", 1)
    yield unreadable("text-first.md", b"Hello\n" + whole, "no front matter", 1)
    yield unreadable("no-end.md", whole.replace(b"\n+++\n\n", b"\n"), "not end", 1)
    yield unreadable("wrong-end.md", whole.replace(b"\n+++\n\n", b"\n---\n"), "not end", 1)
    yield unreadable("open-quote.md", whole.replace(b'"\n', b"\n", 1), "TOML", 2)
    yield nothing("old-and-broken.md", _toml("Old", "1", date=OLD))
    lists = b'+++\ntitle = "open\n[[events]]\ndate = 2025-03-03\n[params]\ndate = 2025-05-15\n+++\n'
    yield undated("broken-with-two-dates.md", lists, "TOML", 2)
    nested = b'---\ntitle: "Acme says "hello""\nevent:\n  date: 2025-03-03\ndate: 2025-05-15\n---\n'
    yield undated("broken-with-an-event.md", nested, "YAML", 2)
    yield unreadable("twice.md", _toml("Twice", 'title = "Again"'), "TOML", 4)
    yield unreadable("twice-in-capitals.md", _toml("Twice", 'TITLE = "A"'), "duplicate key")
    yield unreadable("yaml-tab.md", _yaml("Tab", "\tx: 1"), "YAML", 4)
    yield unreadable("yaml-twice.md", _yaml("Twice", "x: 1", "x: 2"), "duplicate key")
    yield undated("yaml-list.md", b"---\n- a\n- b\n---\n", "not a table", 2)
    yield undated("yaml-in-toml.md", b"+++\ntitle: A\n+++\n", "TOML", 2)
    yield unreadable("json-open.md", _JSON_START, "JSON", 1)
    yield unreadable("json-comma.md", b'{"title": "A",\n "date": "2025-05-15",}', "JSON", 2)
    yield undated("json-list.md", b'["title", "date"]', "no front matter", 1)
    yield article("second-fence.md", _toml("Fence", body="\n+++\ndraft = true\n+++"), "Fence")


def _bombs() -> Iterator[Hostile]:
    deep, many = 5_000, "9" * 5_000
    aliases = ["a: &a0 [x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))]
    merges = ["a: &a0 {x: y}", *(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 12))]
    for name, value in {
        "toml-deep-list": "[" * deep + "]" * deep,
        "toml-deep-table": "{a=" * deep + "1" + "}" * deep,
        "toml-deep-open": "[" * deep,
    }.items():
        yield unreadable(f"{name}.md", _toml(name, f"x = {value}"), "deep|TOML")
    yield unreadable("toml-dots.md", _toml("Dots", ".".join("a" * deep) + " = 1"), "deep|TOML")
    yield unreadable("toml-digits.md", _toml("Digits", f"x = {many}"), "digits")
    yield unreadable("json-deep.md", _JSON_START + b'"x": ' + b"[" * 100_000, "deep")
    yield article("json-digits.md", b'{"date": "2025-05-15", "title": ' + many.encode() + b"}\nX", "999")
    for name, lines in {
        "yaml-deep-list": ["x: " + "[" * deep + "]" * deep],
        "yaml-deep-block": ["x:", *(" " * n + "- - a:" for n in range(1, 400))],
        "yaml-aliases": aliases,
        "yaml-merges": merges,
        "yaml-itself": ["x: &x [*x]"],
        "yaml-object": ["x: !!python/object/apply:os.system ['touch pwned']"],
        "yaml-tag": ["x: !custom 1"],
        "yaml-binary": ["x: !!binary aGVsbG8="],
    }.items():
        yield unreadable(f"{name}.md", _yaml(name, *lines), "deep|values|alias|tag|YAML")
    yield unreadable("toml-many.md", _toml("Many", f"x = [{'1,' * 1_000_000}]"), "larger than 1 MB", 1)
    yield unreadable("yaml-many.md", _yaml("Many", f"x: [{'1,' * 1_000_000}]"), "larger than 1 MB", 1)
    yield unreadable("json-many.md", _JSON_START + b'"x": [' + b"1," * 1_000_000 + b"1]}", "larger than 1 MB", 1)
    yield unreadable("json-long.md", _JSON_START + b'"x": "' + b"1," * 1_000_000 + b'"}', "larger than 1 MB", 1)
    yield article("json-big-body.md", b'{"title": "Big", "date": "2025-05-15"}\n' + b"word " * 1_000_000, "Big")
    yield article("big-body.md", _toml("Big", body="word " * 2_000_000), "Big")
    yield article("big-head.md", _toml("Head", *(f"k{n} = {n}" for n in range(20_000))), "Head")
    yield undated("big-nothing.md", b"x" * 10_000_000, "no front matter", 1)
    yield unreadable("huge.md", _huge, "larger than 64 MB")
    yield nothing("huge-and-old.md", lambda path: _huge(path, OLD))


def _huge(path: Path, date: str = DATE) -> None:
    path.write_bytes(_toml("Huge", date=date))
    os.truncate(path, 1 << 40)  # a hole: a terabyte that takes no room


def _bad_text() -> Iterator[Hostile]:
    whole = _toml("Whole words")
    yield unreadable("latin-1.md", _toml("Caf\u00e9").replace(b"\\u00e9", b"\xe9"), "UTF-8", 2)
    yield unreadable("bad-body.md", whole + b"\xff\xfe", "UTF-8", 7)
    yield undated("utf-16.md", whole.decode().encode("utf-16"), "UTF-16", 1)
    yield undated("utf-32.md", whole.decode().encode("utf-32-be"), "no front matter", 1)
    yield unreadable("nul.md", whole.replace(b"words", b"\0"), "TOML", 2)
    yield undated("old-mac.md", whole.replace(b"\n", b"\r"), "no front matter", 1)
    yield unreadable("two-boms.md", b"\xef\xbb\xbf" * 2 + whole, "no front matter", 1)
    yield article("surrogate.md", b'{"title": "A \\udc00 B", "date": "2025-05-15"}\nText', "A \ufffd B")
    yield article("bidi.md", _toml("\u202eevil\u2066 title"), "evil title")
    yield article("escapes.md", _toml("\x1b[31mred\x07"), "[31mred")
    yield article("markup.md", _toml("<b>Bold</b> &amp; <i>new</i>\n\nline"), "Bold & new line")
    yield unreadable("invisible.md", _toml("\u200b\u00ad \u2028"), "no title", 2)


def _bad_values() -> Iterator[Hostile]:
    for name, line, says in [
        ("draft-maybe", 'draft = "maybe"', "draft is neither"),
        ("draft-number", "draft = 1", "draft is neither"),
        ("expiry", 'expiryDate = "never"', "expirydate is not a date"),
        ("publish", "publishDate = 12", "publishdate is not a date"),
        ("weight", 'weight = "heavy"', "weight is not"),
    ]:
        yield unreadable(f"{name}.md", _toml(name, line), says, 4)
    for name, date in {
        "riddle": "02/05/2025",
        "never": "2025-02-30",
        "hour-25": "2025-05-15T25:00:00Z",
        "epoch": "1747303200",
    }.items():
        yield undated(f"{name}.md", _toml(name, date=date), "date is not a date", 3)
    yield undated("date-list.md", b'+++\ntitle = "A"\ndate = ["2025-05-15"]\n+++', "not a date", 3)
    yield undated("date-clock.md", b'+++\ntitle = "A"\ndate = 10:00:00\n+++', "not a date", 3)
    yield undated("no-date.md", b'+++\ntitle = "A"\n+++', "no date", 1)
    yield unreadable("title-table.md", b"+++\ndate = 2025-05-15\n[title]\na = 1\n+++", "not text")
    yield nothing("year-1.md", _toml("One", date="0001-01-01T00:00:00+14:00"))
    yield nothing("year-9999.md", _toml("Last", date="9999-12-31T23:59:59-12:00"))
    yield Hostile(path="draft-text.md", make=_toml("Draft", 'draft = "TRUE"'), outcome="draft")


def _leading_outside() -> Iterator[Hostile]:
    for number, url in enumerate(
        [
            "../../etc/passwd",
            "https://evil.example/",
            "//evil.example/",
            "javascript:alert(1)",
            "a/%2e%2e/%2e%2e/b",
            "..\\b",
        ]
    ):
        content = _toml(f"Url {number}", f"url = {json.dumps(url)}")
        yield unreadable(f"url-{number}.md", content, "outside the site", 4)
    yield article("source.md", _toml("Source", 'source_link = "file:///etc/passwd"'), "Source")
    yield undated("link-out.md", _link("../outside/secret.md"), "a place outside the archive")
    yield undated("link-etc.md", _link("/etc/passwd"), "a place outside the archive")
    yield undated("link-folder", _link("../outside"), "a place outside the archive")
    yield undated("link-nowhere.md", _link("gone.md"), "a broken symbolic link")
    yield undated("link-itself.md", _link("link-itself.md"), "a broken symbolic link")
    yield nothing("link-inside.md", _link("source.md"))
    yield nothing("link-to-here", _link("."))
    yield nothing("folder/link-up", _link(".."))


def _link(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


def _odd_files() -> Iterator[Hostile]:
    yield undated("fifo.md", os.mkfifo, "not a regular file")
    yield undated("socket.md", _socket, "not a regular file")
    yield nothing("folder.md", Path.mkdir)
    yield article("folder.html/index.md", _toml("In a folder"), "In a folder")
    yield nothing(".hidden.md", _toml("Hidden"))
    yield nothing(".git/notes.md", _toml("Hidden"))
    yield nothing("not-an-article.txt", _toml("Text"))
    yield Hostile(path="section/_index.md", make=_toml("Section"), outcome="section")
    yield nothing("undated/_index.md", b'+++\ntitle = "Section"\n+++\n')
    yield undated("too/deep/" + "a" * 20, _deep, "cannot be read: File name too long")
    if os.geteuid() == 0:
        yield undated("device.md", _device, "not a regular file")
    else:
        yield undated("secret.md", _forbidden, "cannot be read: Permission denied")


def _socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the address of a socket may not be long
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)
    os.chdir(here)


def _device(path: Path) -> None:
    os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 5))  # /dev/zero: without end


def _forbidden(path: Path) -> None:
    path.write_bytes(_toml("Secret"))
    path.chmod(0)


def _deep(path: Path) -> None:
    """Make folders in folders until no path can name the last one."""
    path.mkdir()
    folder = os.open(path, os.O_RDONLY)
    for _ in range(250):
        os.mkdir("b" * 20, dir_fd=folder)
        inner = os.open("b" * 20, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(folder)


def _odd_names() -> Iterator[Hostile]:
    for number, (name, shown) in enumerate({
        "bytes-\udcff.md": "bytes-\\udcff.md",
        "line\nbreak.md": "line\\nbreak.md",
        "escape-\x1b[31m.md": "escape-\\x1b[31m.md",
        "bidi-\u202e.md": "bidi-\\u202e.md",
        "blank name .md": "blank name .md",
        "percent %2e%2e %00.md": "percent %2e%2e %00.md",
        "x" * 252 + ".md": "x" * 252 + ".md",
        "\U0001f469\u200d\U0001f680.md": "\U0001f469\u200d\U0001f680.md",
    }.items()):  # fmt: skip
        yield article(name, _toml(f"Name {number}"), f"Name {number}", shown)


if __name__ == "__main__":
    for made in write_hostile_archive(Path(sys.argv[1]).resolve()):
        print(f"{made.outcome:12} {made.shown or made.path!a} {made.says}")  # noqa: T201 - a command for people
