"""Write docs/reference/cli.md from the commands themselves; ``--check`` only says whether it is up to date."""

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from newsletter.cli.main import cli

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "cli.md"
HEAD = """\
# Commands

This page is written by `make docs` from the program's own help.

Data goes to standard output, everything else to standard error. Exit status: 0 done · 1 failed, safe to run again ·
2 usage or configuration · 3 something is uncertain, a person must resolve it · 4 nothing to do · 5 blocked by a check
or a guard · 6 another run holds the lock. Where several hold, 3 comes before 1.
"""


def commands(command: click.Command, context: click.Context) -> Iterator[click.Context]:
    """Return the context of a command and of all below it."""
    yield context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            yield from commands(child, click.Context(child, info_name=name, parent=context))


def section(context: click.Context) -> str:
    """Write one command's part: its line, what it does, its options."""
    command = context.command
    words = command.collect_usage_pieces(context)
    lines = [f"## {context.command_path}", "", f"    {' '.join([context.command_path, *words])}", ""]
    lines += [paragraphs(inspect.cleandoc(command.help or "")), ""]
    records = [param.get_help_record(context) for param in command.get_params(context)]
    rows = [record for record in records if record]
    if rows:
        lines += ["| option | meaning |", "| --- | --- |"]
        lines += [f"| `{names}` | {text.replace('|', chr(92) + '|')} |" for names, text in rows]
        lines += [""]
    return "\n".join(lines)


def paragraphs(text: str) -> str:
    """Return a help text as Markdown; what click is told not to wrap becomes a block of code."""
    parts = []
    for paragraph in text.strip().split("\n\n"):
        lines = [line.strip("\b") for line in paragraph.splitlines()]
        fixed = paragraph.startswith("\b")
        parts.append("\n".join(f"    {line}" for line in lines if line) if fixed else " ".join(lines))
    return "\n\n".join(parts)


def page() -> str:
    """Write the whole page."""
    root = click.Context(cli, info_name="newsletter", **cli.context_settings)
    return HEAD + "\n" + "\n".join(section(context) for context in commands(cli, root)).rstrip() + "\n"


if __name__ == "__main__":
    text = page()
    if "--check" in sys.argv[1:]:
        sys.exit(
            0 if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text else "docs/reference/cli.md: run make docs"
        )
    PAGE.write_text(text, encoding="utf-8")
