"""``newsletter preview``: look at an issue in a browser."""

from contextlib import suppress

import click

from newsletter.app.preview import Previewer
from newsletter.cli.output import say
from newsletter.cli.session import Session
from newsletter.errors import ExitStatus, UsageError
from newsletter.preview.server import PreviewServer

__all__ = ["command"]


@click.command("preview")
@click.argument("issue", required=False)
@click.option("--port", metavar="N", type=click.IntRange(0, 65_535), default=0, help="Port (default: any free one).")
@click.option("--no-open", is_flag=True, help="Only print the address.")
@click.pass_obj
def command(session: Session, issue: str | None, port: int, no_open: bool) -> int:
    """Show ISSUE (default: the newest) in a browser, as readers will see it.

    Phone and desktop, light and dark, without pictures or styles, the text part, findings, and what was left out. The
    page reloads when you save issue.toml, an article or a template; the issue is composed again. Only this machine can
    open it. Ctrl-C ends it.

    \b
    newsletter preview
    newsletter preview 2025-W20
    newsletter preview --no-open --port 8025   by ssh -L
    """
    config = session.load_config()
    previewer = Previewer(session.load_config, issue, session.now(config), session)
    try:
        server = PreviewServer(previewer, port=port)
    except OSError as error:
        hint = "name another one with --port, or leave it out"
        raise UsageError(f"port {port} cannot be used: {error.strerror}", hint=hint) from error
    with server, suppress(KeyboardInterrupt):
        say(server.address)
        session.note("press Ctrl-C to end")
        if not no_open:
            click.launch(server.opening)
        server.serve()
    return ExitStatus.DONE
