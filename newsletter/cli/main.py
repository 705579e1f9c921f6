"""The command group: find the command, run it, and turn errors into a message and an exit status."""

import contextlib
import gc
import importlib
import signal
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any, NoReturn

import click

from newsletter import __version__
from newsletter.cli import output
from newsletter.errors import ExitStatus, NewsletterError
from newsletter.wording import closest

__all__ = ["COMMANDS", "cli", "main"]

COMMANDS = {
    "init": "create a project folder",
    "select": "show what would be in the issue",
    "compose": "compose the issue",
    "check": "check the issue for problems",
    "preview": "show the issue in a browser",
    "send": "send the issue",
    "run": "compose and send what is due, from cron",
    "approve": "approve an issue for run",
    "status": "show delivery progress",
    "resolve": "settle batches with an unknown outcome",
    "cancel": "stop sending an issue, or give it up",
    "report": "show the statistics of an issue",
    "suppressions": "update the suppression list",
    "audience": "push contacts to a provider's list",
    "prune": "delete personal data",
    "doctor": "check everything that sending depends on",
    "schedule": "print a crontab line, units or a workflow",
}
"""The module of each command, in the order of use, with its description."""


class _LazyGroup(click.Group):
    """A group that imports a command's module only when the command is used, for a fast start."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"newsletter.cli.{cmd_name}").command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[Any, ...]:
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            meant = closest(args[0], COMMANDS)
            ctx.fail(f"there is no command '{args[0]}'" + (f": did you mean '{meant}'?" if meant else ""))
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            name = ctx.invoked_subcommand
            if error.ctx is None and name and (command := self.get_command(ctx, name)):
                error.ctx = click.Context(command, parent=ctx, info_name=name)  # click sets none for an option's value
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="newsletter", message="%(prog)s %(version)s")
@click.option(
    "--config", metavar="FILE", help="Path to newsletter.toml (default: search this directory and its parents)."
)
@click.option("--now", metavar="ISO", help="Use this time instead of now (ISO 8601).")
@click.option("-q", "--quiet", is_flag=True, help="Print only warnings, errors and requested data.")
@click.option("-v", "--verbose", is_flag=True, help="Print more detail; may include email addresses.")
@click.pass_context
def cli(ctx: click.Context, config: str | None, now: str | None, quiet: bool, verbose: bool) -> None:
    """Compile an email newsletter from article files, and send it once to each recipient.

    \b
    newsletter compose --week   write last week's issue
    newsletter preview          look at it
    newsletter send --dry-run   see what would stop it
    newsletter send             send it
    """
    from newsletter.cli.session import Session

    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose cannot be combined")
    ctx.obj = Session(config_name=config, now_text=now, quiet=quiet, verbose=verbose)


_GARBAGE = 150_000
"""The number of new objects after which Python looks for reference cycles. Objects that are frequent here (rows, dicts,
nodes of a page) have none, and the default of 700 took a seventh of a send: ``python -m benchmarks.send live``."""


def main() -> NoReturn:
    """Run the command line and exit with its status."""
    gc.set_threshold(_GARBAGE, 20, 50)
    failure = output.open_outputs()
    status = _run()
    error = failure()
    sys.exit(_unread(error, status) if error else status)


def _unread(error: OSError, status: int) -> int:
    """Return the status of a run whose output could not be written (``| head``); its own if it failed."""
    if isinstance(error, BrokenPipeError):
        return status or 128 + signal.SIGPIPE
    output.warn(f"error: standard output: {error.strerror}")
    return status or ExitStatus.FAILED


class _EndedError(BaseException):
    """A signal ended the run, as Ctrl-C does; open files are closed."""

    def __init__(self, number: int) -> None:
        self.signal = signal.Signals(number)


def _end(number: int, frame: FrameType | None) -> NoReturn:
    raise _EndedError(number)


@contextlib.contextmanager
def _ending() -> Iterator[None]:
    """Turn termination signals into `_EndedError`, except ignored ones such as SIGHUP under nohup."""
    names = [name for name in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(name) is not signal.SIG_IGN]
    for name in names:
        signal.signal(name, _end)
    try:
        yield
    finally:
        for name in names:
            signal.signal(name, signal.SIG_DFL)


def _run() -> int:
    """Run the command; errors that a user can cause become a message on stderr (and a document with ``--json``)."""
    try:
        with _ending():
            result = cli.main(prog_name="newsletter", standalone_mode=False)
    except NewsletterError as error:
        return _failed(error.kind, str(error), error.hint, error.status)
    except click.exceptions.NoArgsIsHelpError as error:
        output.warn(*error.format_message().split("\n"))
        return ExitStatus.USAGE
    except click.UsageError as error:
        return _failed("usage", error.format_message(), _usage_hint(error), ExitStatus.USAGE)
    except click.ClickException as error:
        return _failed("usage", error.format_message(), "", ExitStatus.USAGE)
    except (click.Abort, KeyboardInterrupt):
        return _failed("interrupted", "interrupted", "", 128 + signal.SIGINT)
    except _EndedError as ended:
        return _failed("interrupted", f"terminated by {ended.signal.name}", "", 128 + ended.signal)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _failed("storage", f"{where}{error.strerror or error}", "", ExitStatus.FAILED)
    return int(result or 0)


def _usage_hint(error: click.UsageError) -> str:
    """Return a hint: the command that was probably meant, else the help."""
    command = error.ctx.command_path if error.ctx else "newsletter"
    if isinstance(error, click.NoSuchOption) and any(error.option_name in option.opts for option in cli.params):
        words = command.split()
        return f"put it before the command: {words[0]} {error.option_name} {' '.join(words[1:])}"
    listed = "commands" if error.ctx and isinstance(error.ctx.command, click.Group) else "options"
    return f"'{command} --help' lists the {listed}"


def _failed(kind: str, message: str, hint: str, status: int) -> int:
    message = " ".join(message.split())
    output.warn(f"error: {message}", *([f"hint: {hint}"] if hint else []))
    if "--json" in sys.argv[1:]:
        output.document({"error": {"kind": kind, "message": message, "hint": hint}})
    return status
