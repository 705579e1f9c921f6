"""Look at everything that a newsletter depends on, before it is needed: `CHECKS` is the list.

A check is one function that yields diagnoses. What it raises for a reason that a user can cause is a failure with its
hint, so that one thing that is wrong hides no other.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from newsletter.app.doctor import dns, machine, project, provider, regular, site
from newsletter.app.doctor.setting import Setting
from newsletter.config import Config
from newsletter.diagnosis import Diagnosis, Level, failure, ok
from newsletter.errors import ExitStatus, NewsletterError
from newsletter.toml_binding import shown_path

__all__ = ["CHECKS", "Check", "Setting", "diagnose", "exit_status", "unconfigured"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing to look at; an `online` one asks the provider or the DNS."""

    name: str
    look: Callable[[Setting], Iterable[Diagnosis]]
    online: bool = False


def _configuration(setting: Setting) -> Iterator[Diagnosis]:
    yield ok("configuration", f"{shown_path(setting.config.path)} can be read")


CHECKS = (
    Check(name="configuration", look=_configuration),
    Check(name="sender", look=project.check_sender),
    Check(name="unsubscribe", look=project.check_unsubscribe),
    Check(name="archive", look=project.check_archive),
    Check(name="site", look=site.check_site),
    Check(name="templates", look=project.check_templates),
    Check(name="recipients", look=project.check_recipients),
    Check(name="suppressions", look=project.check_suppressions),
    Check(name="time zone", look=project.check_time_zone),
    Check(name="run", look=regular.check_run),
    Check(name="claim", look=regular.check_claim),
    Check(name="cron", look=machine.check_cron),
    Check(name="files", look=machine.check_modes),
    Check(name="version control", look=machine.check_version_control),
    Check(name="disk", look=machine.check_disk),
    Check(name="journal", look=machine.check_journal),
    Check(name="claim", look=regular.check_remote, online=True),
    Check(name="key", look=provider.check_key),
    Check(name="account", look=provider.check_account, online=True),
    Check(name="clock", look=provider.check_clock, online=True),
    Check(name="SPF", look=dns.check_spf, online=True),
    Check(name="DKIM", look=dns.check_dkim, online=True),
    Check(name="DMARC", look=dns.check_dmarc, online=True),
    Check(name="replies", look=dns.check_replies, online=True),
)
"""Everything that is looked at, in the order in which it is shown."""


def diagnose(setting: Setting, *, offline: bool) -> Iterator[Diagnosis]:
    """Yield what each check says; with `offline`, nobody is asked and the checks that need it are left out."""
    for check in CHECKS:
        if not (offline and check.online):
            yield from _looked(check, setting)


def _looked(check: Check, setting: Setting) -> Iterator[Diagnosis]:
    try:
        yield from check.look(setting)
    except NewsletterError as error:
        yield failure(check.name, str(error), error.hint or "fix that, then run 'newsletter doctor' again")
    except OSError as error:
        where = f"{shown_path(error.filename)}: " if error.filename else ""
        yield failure(check.name, f"{where}{error.strerror or error}", "look at 'ls -l' of it and its folder")


def unconfigured(load: Callable[[], Config]) -> Config | Diagnosis:
    """Load the configuration; where that cannot be used, return what is wrong: nothing else can be looked at then."""
    try:
        return load()
    except NewsletterError as error:
        return failure("configuration", str(error), error.hint or "fix that, then run 'newsletter doctor' again")


def exit_status(found: Iterable[Diagnosis]) -> ExitStatus:
    """Return 1 where anything is a failure, else 0, also with warnings."""
    return ExitStatus.FAILED if any(one.level is Level.FAILURE for one in found) else ExitStatus.DONE
