"""What `doctor` says of one thing that a newsletter depends on; providers say it of theirs."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = ["Diagnosis", "Examination", "Level", "failure", "ok", "warning"]


class Level(StrEnum):
    """How it is: good, worth a look, or such that an issue cannot be composed, sent or received."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One line of `doctor`: the name of the check, how it is, what was seen, and the cure where it is not well."""

    check: str
    level: Level
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What a provider found out about its account.

    `dkim_names` are the names in the DNS where it has its signing keys looked up, `date` is the time by its clock.
    """

    diagnoses: tuple[Diagnosis, ...]
    dkim_names: tuple[str, ...] = ()
    date: datetime | None = None


def ok(check: str, message: str) -> Diagnosis:
    """Return that something is well."""
    return Diagnosis(check=check, level=Level.OK, message=message)


def warning(check: str, message: str, hint: str) -> Diagnosis:
    """Return that something is worth a look."""
    return Diagnosis(check=check, level=Level.WARNING, message=message, hint=hint)


def failure(check: str, message: str, hint: str) -> Diagnosis:
    """Return that something has to be cured."""
    return Diagnosis(check=check, level=Level.FAILURE, message=message, hint=hint)
