"""What SendGrid says of an account that sends by Single Sends: what the key may, and what [marketing] names.

Look-ups only; whether the key may do it is seen by asking, since SendGrid documents no scopes for Marketing Campaigns.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from newsletter.config import Config
from newsletter.diagnosis import Diagnosis, Examination, failure, ok, warning
from newsletter.errors import ConfigError, ProviderError
from newsletter.providers.sendgrid.account import KEYS, Account
from newsletter.providers.sendgrid.client import SendGrid
from newsletter.providers.sendgrid_marketing import lookups
from newsletter.providers.sendgrid_marketing.draft import SINGLE_SENDS
from newsletter.wording import counted

__all__ = ["examine_account"]

_SET = "set it in newsletter.toml"


def examine_account(client: SendGrid, config: Config) -> Examination:
    """Ask SendGrid about everything that a Single Send depends on; ProviderError where it cannot be reached."""
    return _MarketingAccount(client, config).examine()


@dataclass(slots=True)
class _MarketingAccount(Account):
    """One examination of an account with Marketing Campaigns."""

    @property
    def group(self) -> int:
        """Return the unsubscribe group of [marketing]."""
        return self.config.marketing.suppression_group_id

    def uses(self) -> Iterator[Diagnosis]:
        """Look for Marketing Campaigns themselves, then for the lists, the segments and the sender."""
        answer = self.client.look_up(SINGLE_SENDS, {"page_size": 1})
        if answer.status in (401, 403):
            hint = (
                f"give it the permission Marketing, full access: {KEYS}; the account needs a Marketing Campaigns plan"
            )
            yield failure("marketing", "the key may not use Single Sends", hint)
            return
        yield ok("marketing", "the key may use Single Sends")
        yield from self._target()
        yield from self._from()
        settings = self.config.marketing
        if not (settings.suppression_group_id or settings.unsubscribe_url):
            yield failure("unsubscribe group", "[marketing] has neither suppression_group_id nor unsubscribe_url", _SET)

    def _target(self) -> Iterator[Diagnosis]:
        settings = self.config.marketing
        if not (settings.lists or settings.segments):
            yield failure("lists", "[marketing] names neither lists nor segments", _SET)
        for kind, key, names, load in (
            ("list", "lists", settings.lists, lookups.lists),
            ("segment", "segments", settings.segments, lookups.segments),
        ):
            if names:
                yield from _asked(key, partial(self._groups, load, names, kind, key))

    def _groups(
        self, load: Callable[[SendGrid], tuple[lookups.Group, ...]], names: tuple[str, ...], kind: str, key: str
    ) -> Diagnosis:
        known = load(self.client)
        found = [lookups.find_group(name, known, kind, key) for name in names]
        people = sum(group.contacts for group in found)
        said = f"{', '.join(group.name for group in found)}: {counted(people, 'contact')}"
        return ok(key, said) if people else warning(key, said, "push some: newsletter audience push FILE --list NAME")

    def _from(self) -> Iterator[Diagnosis]:
        number = self.config.marketing.sender_id
        if number:
            yield from _asked("sender_id", partial(self._sender_of, number))
        else:
            yield failure("sender_id", "[marketing] has no sender_id", _SET)

    def _sender_of(self, number: int) -> Diagnosis:
        found = lookups.sender(self.client, number)
        if not found.verified:
            hint = "verify it, or its domain: Settings, Sender Authentication, at SendGrid"
            return failure("sender_id", f"{number} ({found.address}) is not verified", hint)
        if found.address != self.sender:
            hint = "name that sender's id, or set from in [send] to its address"
            return failure(
                "sender_id", f"{number} sends from {found.address}, but from in [send] is {self.sender}", hint
            )
        return ok("sender_id", f"{number} sends from {found.address}")


def _asked(check: str, ask: Callable[[], Diagnosis]) -> Iterator[Diagnosis]:
    """Yield what a question found; where there is no such thing, that is a failure as well."""
    try:
        yield ask()
    except (ConfigError, ProviderError) as error:
        yield failure(check, error.message, error.hint or _SET)
