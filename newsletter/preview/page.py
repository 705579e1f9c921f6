"""The page around the message: what it shows of an issue, as HTML."""

import functools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import jinja2

from newsletter.app.preview import Preview
from newsletter.composer.checks.rendering import GMAIL_CLIPS
from newsletter.email_addresses import parse_address
from newsletter.errors import NewsletterError
from newsletter.issues import OUTLINE
from newsletter.models import Finding, Severity
from newsletter.preview.looks import LOOKS, anchors, inbox_text

__all__ = ["asset", "render_file", "render_page"]

_HERE = Path(__file__).parent


@functools.cache
def _environment() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(_HERE)
    return jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


@functools.cache
def asset(name: str) -> str:
    """Return the text of one of the page's own files."""
    return (_HERE / name).read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """A finding, and the address of the place that it is about ("": none); `frame`: a place in the message."""

    finding: Finding
    address: str
    frame: bool


def render_page(preview: Preview, look: str, version: int, error: NewsletterError | None) -> str:
    """Return the whole page for one look."""
    name, address = parse_address(preview.config.send.from_)
    html, build = preview.issue.message.html, preview.issue.build
    size = len(html.encode())
    view = {
        "issue": preview.issue.id,
        "newsletter": preview.config.newsletter.name,
        "lang": preview.config.newsletter.language,
        "sender": name or address or preview.config.newsletter.name,
        "subject": preview.message.subject,
        "preheader": inbox_text(preview),
        "period": build.outline.period,
        "look": look,
        "looks": LOOKS,
        "version": version,
        "error": error,
        "begun": preview.begun,
        "findings": _findings(preview, look),
        "counts": _counts(preview.findings),
        "left_out": _left_out(preview),
        "included": len(build.outline.entries),
        "text": preview.message.text,
        "source": preview.message.html,
        "size": size,
        "limit": GMAIL_CLIPS,
        "pictures": sum(len(image.content) for image in preview.issue.message.images),
        "picture_count": len(preview.issue.message.images),
        "files": [OUTLINE, preview.config.path.name],
        "file_address": _file_address,
    }
    return _environment().get_template("page.html").render(view)


def _counts(findings: tuple[Finding, ...]) -> str:
    """Return how many findings there are of each severity, in words."""
    counts = Counter(finding.severity for finding in findings)
    words = [f"{counts[one]} {one}{'s' if counts[one] != 1 else ''}" for one in Severity if counts[one]]
    return ", ".join(words) or "no problems found"


def _findings(preview: Preview, look: str) -> list[_Shown]:
    """Return the findings, the worst first, each with its place."""
    places = anchors(preview)
    return [_shown(preview, finding, places, look) for finding in preview.findings]


def _shown(preview: Preview, finding: Finding, places: Mapping[str, str], look: str) -> _Shown:
    name, _, line = finding.where.partition(":")
    if name in places:
        address = f"mail?{urlencode({'look': look})}#{places[name]}"
        return _Shown(finding=finding, address=address, frame=True)
    if name in ("email.html", "email.txt"):
        return _Shown(finding=finding, address="#source" if name == "email.html" else "#text", frame=False)
    known = preview.read(name) is not None
    return _Shown(finding=finding, address=_file_address(name, line) if known else "", frame=False)


def _file_address(name: str, line: str = "") -> str:
    return f"file?{urlencode({'name': name})}" + (f"#L{line}" if line else "")


def _left_out(preview: Preview) -> list[dict[str, str]]:
    """List every article of the period that is not in the issue, with its reason, and every file that is none."""
    selection = preview.issue.build.choice.selection
    rows = [
        {"path": one.path, "line": "", "reason": one.reason.value, "detail": one.detail} for one in selection.skipped
    ]
    rows += [
        {"path": one.path, "line": str(one.line or ""), "reason": "unreadable or undated", "detail": one.message}
        for one in selection.invalid
    ]
    return rows


def render_file(preview: Preview, name: str) -> str | None:
    """Return a page that shows a file with its lines numbered; None for one that is no part of the issue."""
    text = preview.read(name)
    if text is None:
        return None
    view = {"name": name, "lines": text.splitlines(), "lang": preview.config.newsletter.language}
    return _environment().get_template("file.html").render(view)
