"""What `newsletter run` depends on beside a single issue: [run], and what keeps several machines apart."""

import re
import subprocess
from collections.abc import Iterator
from datetime import timedelta

from newsletter.app.claim import make_claim
from newsletter.app.doctor.setting import Setting
from newsletter.app.place import refuse_forgetful_place
from newsletter.diagnosis import Diagnosis, failure, ok, warning
from newsletter.sender.guards import parse_expected
from newsletter.settings import parse_span
from newsletter.wording import counted

__all__ = ["CRON_PATH", "check_claim", "check_remote", "check_run"]

CRON_PATH = "/usr/bin:/bin"
_PATIENCE = 10  # seconds for the shell
_PROGRAM = re.compile(r"\s*(?:\w+=[^\s'\"]*+\s+)*+([\w./+-]+)(?=[\s;&|]|$)")  # the first, after assignments


def check_run(setting: Setting) -> Iterator[Diagnosis]:
    """Look at [run]: approval, how far back articles are caught up with, the site's command, the expected number."""
    found = [*_approval(setting), *_catch_up(setting), *_before_send(setting), *_expected(setting)]
    yield from found or [ok("run", f"articles of the last {setting.config.run.catch_up} are caught up with")]


def _approval(setting: Setting) -> Iterator[Diagnosis]:
    run = setting.config.run
    if run.require_approval and not run.report_to:
        message = "require_approval is set, and no issue is mailed to anybody: report_to is missing"
        yield warning("run", message, 'set report_to = "you@…" in [run], or look for issues and approve them yourself')


def _catch_up(setting: Setting) -> Iterator[Diagnosis]:
    """Compare catch_up with the age up to which an issue waits: then its articles go to the next one."""
    age, span = setting.config.send.max_age_days, parse_span(setting.config.run.catch_up)
    if age and span and span < timedelta(days=age):
        message = f"catch_up is {setting.config.run.catch_up}, and an unsent issue waits for {counted(age, 'day')}"
        hint = "set catch_up in [run] to a week more than max_age_days in [send], or its articles are in no issue"
        yield warning("run", message, hint)


def _before_send(setting: Setting) -> Iterator[Diagnosis]:
    """Look whether the shell can read before_send, and finds its first program, also where cron looks for one."""
    command = setting.config.run.before_send
    if not command:
        return
    if problem := _shell(setting, "-n", "-c", command, path=CRON_PATH):
        yield failure(
            "run", f"before_send cannot be read: {problem}", "correct it in [run]: nothing is sent until then"
        )
    elif program := _PROGRAM.match(command):
        search, hint = f"command -v {program[1]}", "name it by its whole path: before_send in [run]"
        if _shell(setting, "-c", search, path=setting.environ.get("PATH", "")):
            yield failure("run", f"before_send calls {program[1]}, which is not here: nothing is sent", hint)
        elif _shell(setting, "-c", search, path=CRON_PATH):
            yield warning("run", f"before_send calls {program[1]}, which is not on cron's PATH ({CRON_PATH})", hint)


def _shell(setting: Setting, *arguments: str, path: str) -> str:
    """Return what the shell has against something it only reads or looks up; "" where it has nothing."""
    try:
        done = subprocess.run(  # noqa: S603 - it runs nothing of the configuration
            ["/bin/sh", *arguments],
            cwd=setting.config.root,
            env={"PATH": path, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    words = done.stderr.decode(errors="replace").strip().splitlines()
    return (words[-1] if words else "it is not found") if done.returncode else ""


def _expected(setting: Setting) -> Iterator[Diagnosis]:
    """Compare the recipients file with the number of recipients that every run expects."""
    if not setting.config.run.expect_recipients:
        return
    expected = parse_expected(setting.config.run.expect_recipients)
    if setting.people < expected.least:
        message = f"the recipients file has {counted(setting.people, 'address')}, [run] expects {expected.least:,}"
        yield failure(
            "run", message, "bring the whole file back, or correct expect_recipients: no run sends until then"
        )
    elif setting.people > expected.most:
        message = (
            f"the recipients file has {counted(setting.people, 'address')}, [run] expects {expected.most:,} at most"
        )
        yield warning("run", message, "raise expect_recipients, unless that many of them are suppressed")


def check_claim(setting: Setting) -> Iterator[Diagnosis]:
    """Look what keeps an issue from being sent by two machines, or twice by one that forgets."""
    refuse_forgetful_place(setting.config, setting.environ)
    if make_claim(setting.config, setting.now):
        yield ok("claim", "issues are claimed in the remote of this repository")
    else:
        yield ok("claim", 'none: for one machine that keeps its journal (claim = "git" in [send] is for several)')


def check_remote(setting: Setting) -> Iterator[Diagnosis]:
    """Ask the remote of the claims whether this machine may push to it."""
    claim = make_claim(setting.config, setting.now)
    if claim:
        claim.rehearse()
        yield ok("claim", "the remote can be read, and pushed to")
