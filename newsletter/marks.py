"""Small records that lie in an issue's folder beside what was composed: superseded, approved, sent, handed over.

Each is a JSON file of a few lines that names nobody. One that cannot be read says nothing more than that it is there.
"""

import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from newsletter.documents import decode, dump
from newsletter.errors import StorageError
from newsletter.files import open_folder

__all__ = [
    "Approval",
    "HandedOver",
    "SentElsewhere",
    "Superseded",
    "handed_over",
    "has_mark",
    "is_superseded",
    "read_mark",
    "remove_mark",
    "write_mark",
]

_MOST_BYTES = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Superseded:
    """The issue is not sent any more: its articles went to the issue `by`, or a person gave it up (`by` is "")."""

    FILE: ClassVar[str] = "superseded.json"
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """The digest that was reported to a person, and the one that was approved; "" where none was."""

    FILE: ClassVar[str] = "approval.json"
    reported: str = ""
    approved: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentElsewhere:
    """Another machine has sent the issue, with the articles of these keys, to this many people."""

    FILE: ClassVar[str] = "sent-elsewhere.json"
    articles: tuple[str, ...] = ()
    submitted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """The issue goes, or went, out as a campaign: what was last seen of it, by which the provider's own state counts.

    `stage` is that of the campaign, "" before one was seen, or ``cancelled``; `began` is when this machine began
    (ISO 8601), and `contacts` how many people were in the lists then.
    """

    FILE: ClassVar[str] = "campaign.json"
    name: str
    began: str
    digest: str
    contacts: int = 0
    id: str = ""
    stage: str = ""
    send_at: str = ""


Mark = TypeVar("Mark", Superseded, Approval, SentElsewhere, HandedOver)


def read_mark(directory: Path, kind: type[Mark]) -> Mark | None:
    """Read a record; None where there is none, or none that can be read."""
    with suppress(OSError, StorageError, ValueError), open_folder(directory) as folder:
        return decode(folder.read(kind.FILE, _MOST_BYTES), kind)
    return None


def write_mark(directory: Path, mark: Any) -> None:
    """Write a record in place of the one of its kind."""
    with open_folder(directory, make=True) as folder:
        folder.write(mark.FILE, dump(asdict(mark)))


def remove_mark(directory: Path, kind: type[Any]) -> None:
    """Remove a record where there is one."""
    with suppress(FileNotFoundError), open_folder(directory) as folder:
        folder.remove(kind.FILE)


def has_mark(directory: Path, kind: type[Mark]) -> bool:
    """Return whether there is a record of that kind, whatever it says."""
    return os.path.lexists(directory / kind.FILE)


def is_superseded(directory: Path) -> bool:
    """Return whether an issue is marked as superseded, whatever the record says."""
    return has_mark(directory, Superseded)


def handed_over(issues: Path) -> dict[str, HandedOver]:
    """Return the records of the issues below a folder that go, or went, out as campaigns, in the order they began."""
    unread = HandedOver(name="", began="", digest="")
    found = {path.parent.name: read_mark(path.parent, HandedOver) or unread for path in issues.glob(f"*/{unread.FILE}")}
    return dict(sorted(found.items(), key=lambda item: (item[1].began, item[0])))
