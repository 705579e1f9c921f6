"""Code that all commands share: the global options, the clock, and the output."""

import os
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timezone, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from newsletter.app.site import read_site
from newsletter.cli import output
from newsletter.config import Config, find_config, load_config
from newsletter.errors import UsageError
from newsletter.models import Article, Finding, Invalid, Severity
from newsletter.providers import known_traits
from newsletter.toml_binding import shown_path
from newsletter.wording import counted

__all__ = ["Session", "fixed", "shown_path"]

_OFFLINE = "offline"  # what was not fetched on purpose is not lost


def fixed(moment: datetime) -> datetime:
    """Return an aware datetime with its offset fixed, so that it compares by the instant."""
    offset = moment.utcoffset()
    assert offset is not None
    return moment.replace(tzinfo=timezone(offset), fold=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One run of the program: the global options, and methods for output."""

    config_name: str | None = None
    now_text: str | None = None
    quiet: bool = False
    verbose: bool = False
    started: datetime = field(default_factory=lambda: datetime.now(UTC))

    def load_config(self) -> Config:
        """Find and read the configuration."""
        return load_config(find_config(Path.cwd(), self.config_name, os.environ), known_traits(), read_site)

    def now(self, config: Config) -> datetime:
        """Return the current time, or that of ``--now``, in the newsletter's zone."""
        return self.moment(ZoneInfo(config.newsletter.timezone))

    def moment(self, zone: tzinfo = UTC) -> datetime:
        """Return ``--now`` (in `zone` if it has no offset) or the start of the run, in `zone` with a fixed offset."""
        if self.now_text is None:
            return fixed(self.started.astimezone(zone))
        try:
            moment = datetime.fromisoformat(self.now_text)
            return fixed((moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(zone))
        except OverflowError:
            raise UsageError(f"--now: {self.now_text!r} is outside the calendar in this time zone") from None
        except ValueError:
            hint = "write it like 2025-05-19T08:00:00Z"
            raise UsageError(f"--now: {self.now_text!r} is not an ISO 8601 time", hint=hint) from None

    def warn(self, *lines: str) -> None:
        """Print a warning on stderr, also in quiet mode: cron mails it."""
        output.warn(*lines)

    def note(self, *lines: str) -> None:
        """Print a message on stderr, except in quiet mode."""
        if not self.quiet:
            self.warn(*lines)

    def detail(self, message: str) -> None:
        """Print a message on stderr, only with ``-v``."""
        if self.verbose:
            self.warn(message)

    def say(self, message: str) -> None:
        """Print a result on stdout, except in quiet mode: cron mails whatever a command prints."""
        if not self.quiet:
            output.say(message)

    def document(self, content: Mapping[str, Any]) -> None:
        """Print a JSON document on stdout."""
        output.document(content)

    def report_findings(self, findings: tuple[Finding, ...], *, limit: int = 0) -> None:
        """List findings on stderr, the most severe first; beyond `limit` (0: no limit), only their number.

        When told to be quiet, it is one line about pictures that were there to be fetched and are missing.
        """
        shown = sorted(findings, key=lambda finding: list(Severity).index(finding.severity))
        for finding in shown[: limit or None]:
            self.note(f"{finding.where}: {finding.severity}[{finding.code}]: {finding.message}")
            if finding.hint:
                self.note(f"  hint: {finding.hint}")
        lost = [finding for finding in shown if finding.code == "banner-broken" and _OFFLINE not in finding.message]
        if lost and self.quiet:
            where = f"{lost[0].where}: {lost[0].message}"
            self.warn(f"warning: {counted(len(lost), 'picture')} missing from the issue: {where}")
        if limit and len(shown) > limit:
            rest = counted(len(shown) - limit, "more finding")
            self.note(f"… and {rest}: newsletter check")

    def report_invalid(self, invalid: tuple[Invalid, ...], known: Collection[str] = ()) -> None:
        """List unreadable article files on stderr; those with a `known` path were reported before."""
        for item in invalid:
            say = self.note if item.path in known else self.warn
            say(f"{item.path}:{item.line}: {item.message}" if item.line else f"{item.path}: {item.message}")
            if item.hint:
                say(f"  hint: {item.hint}")

    def report_late(self, late: tuple[Article, ...]) -> None:
        """List on stderr the late articles that are only reported."""
        for article in late:
            self.warn(f"{article.path}: came late, after its period's issue: {article.title}")
            self.warn(f'  hint: add its key {article.key} to issue.toml, or set late = "include" in [select]')

    def report_missed(self, missed: tuple[Article, ...], why: str) -> None:
        """Name on stderr what no issue had and none will have."""
        for article in missed:
            self.warn(f"{article.path}: in no issue: {article.title}; {why}")
        if missed:
            self.warn("  hint: to bring one in, add its key to the issue.toml of the next issue and compose that again")

    def progress(self, what: str) -> AbstractContextManager[Callable[[int], None] | None]:
        """Show a count of `what` on a terminal during a long operation; None if nobody would see it."""
        return output.counter(what) if self.sees_progress else nullcontext()

    @property
    def sees_progress(self) -> bool:
        """Return whether progress is shown."""
        return not self.quiet and output.errors_on_terminal()
