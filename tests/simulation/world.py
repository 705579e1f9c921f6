"""A newsletter over years: its articles, its machines, an operator, and what goes wrong, all drawn from one seed."""

import json
import os
import random
import re
import signal
import subprocess
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from tests.conftest import bare_environment
from tests.fake_sendgrid import KEY, FakeSendGrid, Fault
from tests.forkserver import ForkServer

__all__ = ["Report", "World", "simulate"]

ZONE = ZoneInfo("Europe/Berlin")
START = datetime(2024, 1, 1, 7, tzinfo=ZONE)  # a Monday
CONFIG = """\
[newsletter]
name = "Field Notes"
base_url = "https://notes.example.org"
archive = "../content"
postal_address = "1 Field Road, Exampleton"
timezone = "Europe/Berlin"
[compose]
offline = true
qr = "off"
[select]
limit = 0
[send]
from = "Field Notes <notes@example.org>"
retries = 0
timeout = 5
deadline = 6
claim = "{claim}"
"""
FAULTS = (
    Fault.LIMIT,
    Fault.KEY,
    Fault.REQUEST,
    Fault.TOO_LARGE,
    Fault.INTERNAL,
    Fault.UNAVAILABLE_AFTER,
    Fault.RESET,
    Fault.RESET_AFTER,
    Fault.HANG_UP_AFTER,
)
Cadence = Literal["weekly", "daily"]


@dataclass(slots=True)
class Item:
    """An article: when it is dated, when its file appears, and when it stops being a draft."""

    key: str
    dated: datetime
    appears: datetime
    published: datetime

    @property
    def marker(self) -> str:
        """Return what is in every message that shows it."""
        return f"Story-{self.key}-end"


@dataclass(slots=True)
class Report:
    """What a simulation came to."""

    runs: int = 0
    killed: int = 0
    missed: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    articles: int = 0
    once: int = 0
    named: int = 0
    twice_articles: list[str] = field(default_factory=list)
    twice_people: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    issues: int = 0

    def lines(self) -> list[str]:
        """Write it for a person."""
        return [
            f"{self.runs} runs ({self.missed} missed, {self.killed} killed), faults {dict(self.faults)}",
            f"exit statuses {dict(sorted(self.statuses.items()))}; {self.issues} issues reached readers",
            f"{self.articles} articles: {self.once} in exactly one sent issue, {self.named} named to the operator",
            f"twice to a person: {len(self.twice_people)}; articles twice: {len(self.twice_articles)}",
            f"lost without a word: {len(self.lost)}; uncertain without a line: {len(self.silent)}",
        ]


class World:
    """One simulation."""

    def __init__(self, folder: Path, seed: int, cadence: Cadence, machines: int, days: int) -> None:
        """Make the machines' folders; with two of them, a remote that both share."""
        self.folder, self.cadence, self.days = folder, cadence, days
        self.random = random.Random(f"{seed} {cadence} {machines}")
        self.report = Report()
        self.named: set[str] = set()
        self.content = folder / "content"
        self.content.mkdir(parents=True)
        self.machines = [folder / f"machine{number}" for number in range(machines)]
        if machines > 1:
            self._git("init", "-q", "--bare", str(folder / "remote.git"))
        for machine in self.machines:
            self._make(machine, "git" if machines > 1 else "none")
        self.items = self._articles()

    def _make(self, machine: Path, claim: str) -> None:
        machine.mkdir()
        (machine / "newsletter.toml").write_text(CONFIG.format(claim=claim))
        self._list(machine)
        if claim == "git":
            self._git("init", "-q", str(machine))
            self._git("-C", str(machine), "remote", "add", "origin", str(self.folder / "remote.git"))

    def _list(self, machine: Path) -> None:
        path = machine / "recipients.csv"
        path.write_text("email\n" + "".join(f"reader{number}@example.org\n" for number in range(3)))
        path.chmod(0o600)

    def _git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], check=True, capture_output=True)

    def _articles(self) -> list[Item]:
        """Draw the articles; some files come late, a few very late, and some are drafts at first."""
        items = []
        for day in range(self.days):
            for number in range(self.random.choice((0, 1, 1, 2))):
                dated = START + timedelta(days=day, hours=self.random.uniform(-6, 16), minutes=number)
                late = self.random.choices((0, 3, 12, 60), (85, 8, 5, 2))[0]
                draft = self.random.choices((0, 5, 40), (94, 4, 2))[0]
                appears = dated + timedelta(days=late * self.random.random())
                published = appears + timedelta(days=draft * self.random.random())
                items.append(Item(f"a{day:04}{number}", dated, appears, published))
        return items

    def write_articles(self, before: datetime, now: datetime) -> None:
        """Write the files that appear, and publish the drafts, between two times."""
        for item in self.items:
            if before < item.appears <= now or before < item.published <= now:
                draft = "draft = true\n" if item.published > now else ""
                text = f'+++\ntitle = "{item.marker}"\ndate = "{item.dated.isoformat()}"\narticle_id = "{item.key}"\n'
                body = (
                    f'summary = "About {item.key}, in a sentence that is long enough."\n{draft}+++\n<p>{item.key}</p>\n'
                )
                (self.content / f"{item.key}.md").write_text(text + body)

    def jobs(self, machines: list[Path], now: datetime, arguments: list[str], kill: float, url: str) -> list["Job"]:
        """Return the runs of one moment; the first is killed after `kill` seconds, unless that is 0."""
        environ = bare_environment() | {"SENDGRID_API_KEY": KEY, "SENDGRID_HOST": url}
        words = ["--now", now.isoformat(), "-q", *arguments]
        return [Job(machine, words, environ, kill if number == 0 else 0) for number, machine in enumerate(machines)]


@dataclass(frozen=True, slots=True)
class Job:
    """A run of the program on a machine, which writes to the file ``output`` of its folder."""

    machine: Path
    arguments: list[str]
    environ: dict[str, str]
    kill: float

    def run(self, server: ForkServer) -> int:
        """Return its exit status, -SIGKILL where it was killed."""
        with Path(os.devnull).open("rb") as stdin, (self.machine / "output").open("wb") as output:
            streams = (stdin, output, output)
            try:
                return server.run(
                    self.arguments, cwd=self.machine, env=self.environ, streams=streams, timeout=self.kill or 300
                )
            except subprocess.TimeoutExpired:
                return -signal.SIGKILL


def run_together(server: ForkServer, jobs: list[Job]) -> list[int]:
    """Run jobs at the same time; return their exit statuses."""
    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(lambda job: job.run(server), jobs))


def simulate(folder: Path, seed: int, cadence: Cadence, machines: int, days: int, after: int = 75) -> Report:
    """Run a newsletter for `days` days, and then for `after` days without faults; what appears later is not judged."""
    world = World(folder, seed, cadence, machines, days)
    step = timedelta(days=7 if cadence == "weekly" else 1)
    with closing(ForkServer(bare_environment())) as server, FakeSendGrid() as fake:
        fake.log_delay = 0.0
        before, now, pause = START - timedelta(days=30), START, 0
        end = START + timedelta(days=days)
        while now < end + timedelta(days=after):
            now += step
            world.write_articles(before, now)
            before = now
            if now == START + step:  # the first issue: what is dated before its period is nobody's
                _tick(world, server, fake, now, quiet=True)
            elif now >= end:
                _operate(world, server, fake, _tick(world, server, fake, now, quiet=True), now, certain=True)
            elif pause or world.random.random() < 0.05:
                world.report.missed += 1
                pause = pause - 1 if pause else world.random.choice((0, 0, 0, 2, 4))
            else:
                _operate(world, server, fake, _tick(world, server, fake, now, quiet=False), now, certain=False)
        _settle(world, fake, now - step)
    return world.report


def _tick(world: World, server: ForkServer, fake: FakeSendGrid, now: datetime, *, quiet: bool) -> list[Path]:
    """Run the cron line of one moment on some of the machines; return those that ran."""
    draw, report = world.random, world.report
    fake.plan, kill = [], 0.0
    fake.scopes = ["mail.send", "messages.read"] if draw.random() < 0.5 else ["mail.send"]
    lost = not quiet and draw.random() < 0.04
    if not quiet and draw.random() < 0.3:
        fault = draw.choice(FAULTS)
        fake.plan = [fault] * draw.choice((1, 1, 2))
        report.faults[fault] += 1
    if not quiet and draw.random() < 0.12:
        kill = draw.uniform(0.02, 0.6)
    machines = draw.sample(world.machines, draw.randint(1, len(world.machines)))
    if lost:
        report.faults["no list"] += 1
        for machine in machines:
            (machine / "recipients.csv").unlink()
    arguments = ["run", "--week" if world.cadence == "weekly" else "--day"]
    together = draw.random() < 0.5
    jobs = world.jobs(machines, now, arguments, kill, fake.url)
    statuses = run_together(server, jobs) if together else [job.run(server) for job in jobs]
    for machine, status in zip(machines, statuses, strict=True):
        _note(world, fake, machine, status)
        if lost:
            world._list(machine)  # noqa: SLF001 - the same module
    return machines


def _note(world: World, fake: FakeSendGrid, machine: Path, status: int) -> None:
    """Judge one run by what it said."""
    said = (machine / "output").read_text()
    world.report.runs += 1
    world.report.killed += status < 0
    world.report.statuses[status] += 1
    assert "Traceback" not in said, said
    for marker in re.findall(r"in no issue: Story-(\w+)-end", said):
        world.named.add(marker)
    if status >= 0 and status != 6:
        for issue in _uncertain(machine):
            if f"waiting: {issue}: " not in said:
                world.report.silent.append(f"{machine.name} {issue}: {said}")


def _uncertain(machine: Path) -> list[str]:
    """List the issues whose journal has somebody uncertain."""
    import sqlite3
    from contextlib import closing

    path = machine / "issues" / "journal.sqlite3"
    if not path.exists():
        return []
    with closing(sqlite3.connect(path)) as journal:
        rows = journal.execute(
            "SELECT DISTINCT i.id FROM issues i JOIN batches b ON b.issue = i.key WHERE b.state = 'uncertain'"
        )
        return [issue for (issue,) in rows]


def _operate(
    world: World, server: ForkServer, fake: FakeSendGrid, machines: list[Path], now: datetime, *, certain: bool
) -> None:
    """Let a person read what the runs said, look at SendGrid, and type what is proposed."""
    for machine in machines:
        said = (machine / "output").read_text()
        for issue in dict.fromkeys(re.findall(r"resolve (\S+) --all", said)):
            if certain or world.random.random() < 0.5:
                sent = any(entry.request["custom_args"]["issue"] == issue for entry in fake.ledger)
                verdict = "submitted" if sent else "not-submitted"
                run_together(
                    server, world.jobs([machine], now, ["resolve", issue, "--all", "--as", verdict], 0, fake.url)
                )
        for issue in dict.fromkeys(re.findall(r"waiting: (\S+): [^\n]*more than 21 days", said)):
            run_together(server, world.jobs([machine], now, ["cancel", issue], 0, fake.url))


def _first(world: World) -> datetime:
    """Return where the first issue's period begins: `run` catches up from there on."""
    builds = [path for machine in world.machines for path in (machine / "issues").glob("*/build.json")]
    return min(datetime.fromisoformat(json.loads(path.read_bytes())["period"]["start"]) for path in builds)


def _settle(world: World, fake: FakeSendGrid, end: datetime) -> None:
    """Count, for every article and every reader, what they got."""
    report = world.report
    issues: defaultdict[str, Counter[str]] = defaultdict(Counter)
    shown: defaultdict[str, set[str]] = defaultdict(set)
    for entry in fake.ledger:
        issue = entry.request["custom_args"]["issue"]
        issues[issue].update(entry.emails)
        html = entry.request["content"][-1]["value"]
        for key in set(re.findall(r"Story-(\w+)-end", html)):
            shown[key].add(issue)
    report.issues = len(issues)
    report.twice_people = [f"{who} {issue}" for issue, got in issues.items() for who, n in got.items() if n > 1]
    first = _first(world)
    for item in world.items:
        if item.dated < first or max(item.dated, item.appears, item.published) > end - timedelta(days=1):
            continue
        report.articles += 1
        times = len(shown[item.key])
        report.once += times == 1
        report.named += times == 0 and item.key in world.named
        if times > 1:
            report.twice_articles.append(f"{item.key}: {sorted(shown[item.key])}")
        if not times and item.key not in world.named:
            report.lost.append(f"{item.key}: dated {item.dated}, appears {item.appears}, published {item.published}")
