"""``newsletter init``: start a new project folder."""

import shlex
from pathlib import Path

import click

from newsletter.app.init import create_project, demo_zone, ignore_project, shipped_names
from newsletter.app.init_site import Plan, plan_project
from newsletter.cli.session import Session, shown_path
from newsletter.config import CONFIG_NAME
from newsletter.errors import ExitStatus, UsageError

__all__ = ["command"]


@click.command("init")
@click.argument("directory", metavar="[DIR]", required=False)
@click.option("--site", metavar="PATH", help="The folder of your site's source (default: the site you are in, if any).")
@click.option("--demo", is_flag=True, help="Include sample recipients and articles dated last week.")
@click.option(
    "--template", metavar="NAME", default="", help="Use this template: digest, magazine, wire, letter, compact."
)
@click.pass_obj
def command(session: Session, directory: str | None, site: str | None, demo: bool, template: str) -> int:
    """Create a project in DIR. Existing files are not modified.

    In a site made with Hugo, Zola, Jekyll, Eleventy or Astro, the project is a folder that the site does not publish,
    and uses the site's name, address, language, time zone and articles as far as they can be read.

    \b
    newsletter init my-newsletter
    newsletter init --demo try-it   with sample articles
    newsletter init --site ../site  for a site's articles
    """
    if demo and site:
        raise UsageError("--demo is a newsletter without a site", hint="leave --site or --demo out")
    plan = plan_project(Path.cwd(), directory, site) if not (demo and directory) else None
    if demo and plan:
        hint = "name a folder of its own: newsletter init --demo try-it"
        raise UsageError(f"the sample articles would be mixed with this {plan.program} site", hint=hint)
    target = plan.target if plan else Path.cwd() / (directory or ".")
    if target.exists() and not target.is_dir():
        raise UsageError("is not a folder", place=shown_path(target), hint="name another one: newsletter init DIR")
    if (target / CONFIG_NAME).exists():
        hint = "edit it, or name another folder: newsletter init DIR"
        raise UsageError("a newsletter already exists here", place=shown_path(target / CONFIG_NAME), hint=hint)
    if template and template not in shipped_names():
        hint = f"there are: {', '.join(shipped_names())}"
        raise UsageError(f"there is no template '{template}'", place="--template", hint=hint)
    demo_now = session.moment(demo_zone()) if demo else None
    lacking = create_project(target, demo_now=demo_now, config=plan.config if plan else "", template=template)
    session.say(shown_path(target))
    if lacking:
        session.warn(f"warning: {shown_path(target / '.gitignore')} was there and lets these be committed; add to it:")
        session.warn(*(f"  {line}" for line in lacking))
    enter = "" if target == Path.cwd() else f"cd {shlex.quote(shown_path(target))} && "
    if plan:
        _report(session, plan)
    elif demo:
        session.note("next:")
    else:
        session.note(f"next: set your site, your sender and your postal address in {shown_path(target / CONFIG_NAME)},")
        session.note("      list your recipients in recipients.csv, put your articles into content/, then run:")
    session.note(f"  {enter}newsletter compose --week", "  newsletter preview            to see it in a browser")
    session.note("  newsletter send --dry-run     to see who would get it")
    return ExitStatus.DONE


def _report(session: Session, plan: Plan) -> None:
    """Write what was found in the site and where, and what is left to do."""
    session.note(f"a site made with {plan.program}:")
    session.note(*(f"  {one.what:10} {one.value}{f'  ({one.place})' if one.place else ''}" for one in plan.found))
    session.note(*(f"  {note}" for note in plan.notes))
    if plan.ignore and not ignore_project(*plan.ignore):
        path, line = plan.ignore
        session.warn(f"warning: the site would publish the project; add to {shown_path(path)}: {line}")
    session.note(f"next: put your sender and your postal address into {shown_path(plan.target / CONFIG_NAME)},")
    session.note("      your readers into recipients.csv, then:")
