"""What is asked of the provider; what it means is its own package's matter."""

from collections.abc import Iterator
from datetime import timedelta

from newsletter.app.doctor.setting import Setting
from newsletter.diagnosis import Diagnosis, failure, ok, warning
from newsletter.providers import find_account

__all__ = ["check_account", "check_clock", "check_key"]

_SLOW, _WRONG = timedelta(seconds=30), timedelta(minutes=5)


def check_key(setting: Setting) -> Iterator[Diagnosis]:
    """Look whether there is a key, without asking anybody."""
    provider = find_account(setting.config.send.delivery).connect(setting.config, setting.environ)
    yield ok("key", f"it is there; requests go to {provider.where}")


def check_account(setting: Setting) -> Iterator[Diagnosis]:
    """Ask the provider about its account: the key and what it may, the sender, the unsubscribe group."""
    yield from setting.examination.diagnoses


def check_clock(setting: Setting) -> Iterator[Diagnosis]:
    """Compare this machine's clock with the provider's, by which its log and its limits go."""
    if setting.examination.date is None:
        return
    apart = abs(setting.started - setting.examination.date)
    hint = "let the machine set its clock: timedatectl set-ntp true"
    seconds = f"{apart.total_seconds():,.0f} seconds"
    if apart > _WRONG:
        yield failure("clock", f"this machine's clock is {seconds} off: periods and look-ups go wrong", hint)
    elif apart > _SLOW:
        yield warning("clock", f"this machine's clock is {seconds} off", hint)
    else:
        yield ok("clock", f"it agrees with {setting.config.provider.name}'s")
