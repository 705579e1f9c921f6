"""Run the command that a site wants to be run before anything is sent, as its own deploy."""

import os
import subprocess
import tempfile

from newsletter.app.events import Events
from newsletter.config import Config
from newsletter.errors import CommandError

__all__ = ["run_before_send"]

_LONGEST = 3600.0  # seconds
_SHOWN = 3  # lines of what it said
_MOST_BYTES = 10_000  # of its last words


def run_before_send(config: Config, events: Events) -> None:
    """Run `before_send` of [run] with the shell in the project's folder; CommandError where it fails."""
    command = config.run.before_send
    if not command:
        return
    with tempfile.TemporaryFile() as output:  # a pipe would wait for what the command leaves running
        try:
            done = subprocess.run(  # noqa: S603 - the configuration's own command, which is for the shell
                ["/bin/sh", "-c", command],
                cwd=config.root,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=_LONGEST,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise CommandError(
                f"before_send took longer than {_LONGEST:.0f} s: nothing was sent", hint=_HINT
            ) from error
        output.seek(max(0, output.seek(0, os.SEEK_END) - _MOST_BYTES))
        said = [line for line in output.read().decode(errors="replace").splitlines() if line.strip()]
    if done.returncode:
        words = f": {' / '.join(said[-_SHOWN:])}" if said else ""
        raise CommandError(f"before_send ended with status {done.returncode}: nothing was sent{words}", hint=_HINT)
    for line in said:
        events.detail(line)


_HINT = "fix that, then run the same command again"
