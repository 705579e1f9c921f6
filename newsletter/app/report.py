"""What became of an issue: the journal's numbers, and the provider's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from newsletter.app.campaign import count_campaign
from newsletter.config import Config
from newsletter.errors import NothingToDoError
from newsletter.figures import Figures
from newsletter.issues import check_issue_id, find_issue
from newsletter.marks import HandedOver, read_mark
from newsletter.providers import find_campaigns, find_provider
from newsletter.sender.hand_over import status_of
from newsletter.sender.journal import read_journal
from newsletter.sender.status import Status

__all__ = ["Line", "Report", "make_report"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One number of a report: its stable name, its words, and of which number it is a share (0: of none)."""

    name: str
    label: str
    count: int
    of: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """An issue whose sending began on the day `began`, in both countings."""

    status: Status
    figures: Figures
    began: date

    @property
    def uncounted(self) -> int:
        """Return how many were submitted that the provider does not count yet; negative: it counts more."""
        return self.status.submitted - self.figures.requested

    def lines(self) -> Iterator[Line]:
        """Yield all numbers. Each group adds up to the number above it; readers' deeds are shares of the delivered."""
        status, figures = self.status, self.figures
        yield Line(name="audience", label="audience", count=status.audience)
        for name in ("submitted", "failed", "uncertain", "pending", "skipped"):
            yield Line(name=name, label=f"  {name}", count=getattr(status, name), of=status.audience)
        yield Line(name="requested", label="counted by the provider", count=figures.requested, of=status.submitted)
        yield Line(
            name="dropped", label="  dropped (left or bounced before)", count=figures.dropped, of=figures.requested
        )
        for name in ("delivered", "bounced", "blocked"):
            yield Line(name=name, label=f"  {name}", count=getattr(figures, name), of=figures.requested)
        yield Line(name="under_way", label="  under way", count=figures.under_way, of=figures.requested)
        for name in ("opened", "clicked", "unsubscribed"):
            yield Line(name=name, label=name, count=getattr(figures, name), of=figures.delivered)
        yield Line(name="reported", label="reported as spam", count=figures.reported, of=figures.delivered)


def make_report(config: Config, issue: str, environ: Mapping[str, str]) -> Report:
    """Read the journal and ask the provider; NothingToDoError where the issue's sending has not begun."""
    name = check_issue_id(issue)
    if mark := read_mark(config.issues / name, HandedOver):
        status = status_of(name, mark.digest, mark.contacts, mark.stage)
        figures = count_campaign(config, name, find_campaigns(config.send.delivery).connect(config, environ))
        return Report(status=status, figures=figures, began=date.fromisoformat(mark.began[:10]))
    journal = read_journal(config.journal)
    if journal is None:
        raise _not_sent(config, name)
    with journal:
        row = journal.find(name)
        if row is None:
            raise _not_sent(config, name)
        status = journal.status(row)
    began = date.fromisoformat(row.frozen[:10])
    since = began - timedelta(days=1)  # a provider's day may begin earlier
    figures = find_provider(config.send.delivery).count(config, environ, name, since)
    return Report(status=status, figures=figures, began=began)


def _not_sent(config: Config, issue: str) -> NothingToDoError:
    find_issue(config.issues, issue)  # raises where there is no such issue at all
    return NothingToDoError(f"{issue} was not sent yet", hint=f"send it first: newsletter send {issue}")
