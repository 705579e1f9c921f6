"""What the checks look at."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from newsletter.app.events import Events
from newsletter.config import Config
from newsletter.diagnosis import Examination, failure
from newsletter.email_addresses import parse_address
from newsletter.errors import ConfigError, ProviderError
from newsletter.models import Filters, Period
from newsletter.providers import find_account

if TYPE_CHECKING:
    from newsletter.app.doctor.lookup import Lookup
    from newsletter.models import Selection

__all__ = ["RECENT", "Setting"]

RECENT = timedelta(days=92)
"""How far back articles are read."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A newsletter and where it lives; what is asked of others is asked once.

    `now` decides what is recent, `started` is the machine's own time; `name_server` (``address`` or ``address:port``)
    takes the place of the system's.
    """

    config: Config
    environ: Mapping[str, str]
    now: datetime
    started: datetime
    events: Events
    name_server: str = ""

    @property
    def domain(self) -> str:
        """Return the domain of the sender, "" without one."""
        return parse_address(self.config.send.from_)[1].rpartition("@")[2].lower()

    @cached_property
    def people(self) -> int:
        """Return how many addresses the recipients file has; RecipientsError where it cannot be used."""
        from newsletter.sender.recipients import load_recipients

        return sum(1 for _ in load_recipients(self.config.recipients))

    @cached_property
    def recent(self) -> "Selection":
        """Return the articles of the last months, whatever the filters."""
        from newsletter.selector.selection import select

        config = self.config
        zone = config.newsletter.timezone
        period = Period(kind="days", label="", start=self.now - RECENT, end=self.now, timezone=zone)
        with self.events.progress("files read") as progress:
            return select(
                config.archives, period, filters=Filters(limit=0), config=config, now=self.now, progress=progress
            )

    @cached_property
    def examination(self) -> Examination:
        """Return what the provider says of its account; nothing without a key, which a check of its own names."""
        provider = find_account(self.config.send.delivery)
        try:
            return provider.examine(self.config, self.environ)
        except ConfigError:
            return Examination(diagnoses=())
        except ProviderError as error:
            return Examination(diagnoses=(failure("account", str(error), error.hint),))

    @cached_property
    def lookup(self) -> "Lookup":
        """Return what asks the DNS."""
        from newsletter.app.doctor.lookup import Lookup

        return Lookup(self.name_server)
