"""All errors that a user can fix, in one tree.

    NewsletterError               kind             exit status
    ├── UsageError                usage            2
    ├── ConfigError               configuration    2
    ├── RecipientsError           recipients       2
    ├── TemplateError             template         2
    ├── ArticleError              article          1   (becomes an entry of `invalid`, never ends a run)
    ├── StorageError              storage          1
    ├── IssueError                issue            1
    ├── ProviderError             provider         1
    ├── CommandError              command          1
    ├── UncertainError            uncertain        3
    ├── NothingToDoError          nothing          4
    ├── BlockedError              blocked          5
    │   └── ClaimedError          claimed          5 or 6
    └── LockedError               locked           6

Each says what is wrong in `message`, where in `place` (``path`` or ``path:line``) and what to
do in `hint`. Only the package `cli` prints them.
"""

from enum import IntEnum
from typing import ClassVar

__all__ = [
    "ArticleError",
    "BlockedError",
    "ClaimedError",
    "CommandError",
    "ConfigError",
    "ExitStatus",
    "IssueError",
    "LockedError",
    "NewsletterError",
    "NothingToDoError",
    "ProviderError",
    "RecipientsError",
    "StorageError",
    "TemplateError",
    "UncertainError",
    "UsageError",
]


class ExitStatus(IntEnum):
    """The exit statuses that scripts and cron jobs rely on."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    UNCERTAIN = 3
    NOTHING = 4
    BLOCKED = 5
    LOCKED = 6


class NewsletterError(Exception):
    """Any error that a user can cause or fix: a message, a place and a hint, never a traceback."""

    kind: ClassVar[str] = "error"
    status: ExitStatus = ExitStatus.FAILED

    def __init__(self, message: str, *, hint: str = "", place: str = "") -> None:
        """Keep the one-line `message`, the solution in `hint` and the `place` (``path`` or ``path:line``)."""
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.place = place

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class UsageError(NewsletterError):
    """An invalid option, argument or combination of them."""

    kind = "usage"
    status = ExitStatus.USAGE


class ConfigError(NewsletterError):
    """A configuration file, or the environment, that cannot be used."""

    kind = "configuration"
    status = ExitStatus.USAGE


class RecipientsError(NewsletterError):
    """A recipients or suppression file that cannot be used; nothing was sent."""

    kind = "recipients"
    status = ExitStatus.USAGE


class TemplateError(NewsletterError):
    """A template that does not exist or does not render."""

    kind = "template"
    status = ExitStatus.USAGE


class ArticleError(NewsletterError):
    """One article file that cannot be read; others are not affected. `line` counts from 1, 0 means the whole file."""

    kind = "article"

    def __init__(self, message: str, *, line: int = 0, hint: str = "", place: str = "") -> None:
        """Keep the `line` in addition to the attributes of every error."""
        super().__init__(message, hint=hint, place=place)
        self.line = line


class StorageError(NewsletterError):
    """A disk that is full, read-only or failing; safe to run again once fixed."""

    kind = "storage"


class IssueError(NewsletterError):
    """An issue folder that is damaged or not what it claims to be."""

    kind = "issue"


class ProviderError(NewsletterError):
    """A provider that does not answer or refuses the request; nothing was changed, run again once fixed."""

    kind = "provider"


class CommandError(NewsletterError):
    """A command that the configuration wants to be run, and that failed."""

    kind = "command"


class UncertainError(NewsletterError):
    """It is unknown whether the provider accepted something; a person has to decide."""

    kind = "uncertain"
    status = ExitStatus.UNCERTAIN


class NothingToDoError(NewsletterError):
    """No article in the period, or no issue to work on."""

    kind = "nothing"
    status = ExitStatus.NOTHING


class BlockedError(NewsletterError):
    """A check or a guard blocks the command."""

    kind = "blocked"
    status = ExitStatus.BLOCKED


class ClaimedError(BlockedError):
    """Another machine has claimed an issue: it has sent it (`done`), is at work (status 6), or has not finished."""

    kind = "claimed"

    def __init__(
        self,
        message: str,
        *,
        done: bool,
        at_work: bool,
        articles: tuple[str, ...] = (),
        submitted: int = 0,
        hint: str = "",
        place: str = "",
    ) -> None:
        """Keep how far the other machine is, and the keys of the issue's `articles`, beside what every error has."""
        super().__init__(message, hint=hint, place=place)
        self.done, self.articles, self.submitted = done, articles, submitted
        self.status = ExitStatus.LOCKED if at_work else ExitStatus.BLOCKED


class LockedError(NewsletterError):
    """Another run of the same project is in progress."""

    kind = "locked"
    status = ExitStatus.LOCKED
