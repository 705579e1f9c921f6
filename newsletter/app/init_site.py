"""Start a newsletter from a site: what its configuration says, and a project where the site does not publish it."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.errors import UsageError
from newsletter.pages import Found, SiteFacts
from newsletter.settings import STARTER_HOST, STARTER_NAME, SiteSettings
from newsletter.toml_binding import shown_path

if TYPE_CHECKING:
    from newsletter.site.detect import FoundSite

__all__ = ["Plan", "plan_project"]

_LISTS = {
    "eleventy": "npx @11ty/eleventy --to=json > {folder}/links.json",
    "astro": "two columns, the path of a file and its address, written by your build",
}
_SITE_HINT = "name the folder with the site's configuration, such as hugo.toml, _config.yml or astro.config.mjs"
_STATIC = ("static", "public", "assets")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A project to be made: its folder, its ``newsletter.toml``, what was found, and what is left to do.

    `ignore` is the file of the site, and the line of it, that keeps the generator from the project; ("", "") without.
    """

    target: Path
    config: str
    program: str
    found: tuple[Found, ...]
    notes: tuple[str, ...] = ()
    ignore: tuple[Path, str] | None = None


def plan_project(start: Path, directory: str | None, site: str | None) -> Plan | None:
    """Plan a project of the site in the folder `site`, else of the one that `start` is in; None without a site.

    `directory` is where the project is to be, by default a folder in the site that its generator does not publish.
    Raises UsageError where `site` is none, and where a generator would publish `directory`.
    """
    from newsletter.site.detect import PROGRAMS, find_site, is_published, project_folder

    found = find_site((start / site).resolve(), upwards=False) if site else find_site(start.resolve())
    if found is None:
        if site:
            raise UsageError("no site was found here", place=site, hint=_SITE_HINT)
        return None
    safe = project_folder(found.generator)
    target = (start / directory).resolve() if directory else found.folder / safe
    if is_published(found, target):
        hint = f"leave DIR out: the project is then {shown_path(found.folder / safe)}, which is not published"
        raise UsageError(f"{PROGRAMS[found.generator]} would publish it", place=shown_path(target), hint=hint)
    facts = _facts(found, target)
    ignored = found.generator == "eleventy" and target.is_relative_to(found.folder)
    return Plan(
        target=target,
        config="\n".join(_config(found, facts, target)) + "\n",
        program=PROGRAMS[found.generator],
        found=(*(facts.found if facts else ()), *_sections(facts)),
        notes=tuple(_notes(found, facts, target)),
        ignore=(found.folder / ".eleventyignore", f"{target.relative_to(found.folder).as_posix()}/")
        if ignored
        else None,
    )


def _facts(site: "FoundSite", target: Path) -> SiteFacts | None:
    """Read what the site says; None where its generator's configuration is a program."""
    from newsletter.site.load import read_site

    if site.generator in _LISTS:
        return None
    return read_site(SiteSettings(folder=os.path.relpath(site.folder, target.parent)), target.parent, {})


def _sections(facts: SiteFacts | None) -> Iterator[Found]:
    if facts and facts.sections:
        yield Found(what="sections", value=", ".join(one or '""' for one in facts.sections), place="")


def _config(site: "FoundSite", facts: SiteFacts | None, target: Path) -> Iterator[str]:
    """Yield the lines of ``newsletter.toml``: what the site does not say is left to the owner."""
    said = facts.newsletter if facts else {}
    folder = os.path.relpath(site.folder, target)
    yield "# The newsletter's configuration; \"Configuration\" in the documentation's reference explains every key."
    if facts:
        yield f"# Name, address, language, time zone and archive are those of the site in {folder}; lines here win."
    yield from ("", "[newsletter]")
    if "name" not in said:
        yield f'name = "{STARTER_NAME}"'
    if "base_url" not in said:
        yield f'base_url = "https://{STARTER_HOST}"'
    if "archive" not in said:
        yield f"archive = {json.dumps(os.path.relpath(_content(site.folder), target))}"
    yield 'postal_address = ""                 # your name and postal address: required by law in every issue'
    yield from ("", "[site]", f"folder = {json.dumps(folder)}")
    if facts:
        yield f"sections = {json.dumps(list(facts.sections), ensure_ascii=False)}"
        yield f"# output = {json.dumps(f'{folder}/{facts.output}')}     # the built site, in which links are checked"
    else:
        yield 'generator = "none"'
        yield f'# links = "links.json"              # {_LISTS[site.generator].format(folder=target.name)}'
    if static := next((name for name in _STATIC if (site.folder / name).is_dir()), ""):
        yield from ("", "[compose]", f"assets_dir = {json.dumps(f'{folder}/{static}')}")
    yield from ("", "[select]", "limit = 20                          # maximum number of articles; 0 means no limit")
    yield from ("", "[send]", f'from = "{STARTER_NAME} <newsletter@{STARTER_HOST}>"', 'recipients = "recipients.csv"')


def _content(folder: Path) -> Path:
    """Return the folder that articles are in, by the names that are usual."""
    usual = (
        "src/content/blog",
        "src/content/posts",
        "src/content",
        "content/blog",
        "content",
        "src/posts",
        "posts",
        "blog",
    )
    return next((folder / name for name in usual if (folder / name).is_dir()), folder / "content")


def _notes(site: "FoundSite", facts: SiteFacts | None, target: Path) -> Iterator[str]:
    """Yield what the site does not say."""
    missing = {"name", "base_url"} - (facts.newsletter.keys() if facts else set())
    if missing:
        yield f"{' and '.join(sorted(missing))}: to be set in newsletter.toml (not found in the site)"
    if site.generator in _LISTS:
        yield f"links: {_LISTS[site.generator].format(folder=target.name)}"
