"""Measure what each hostile article costs more than a plain one.

    python -m tests.cost.measure FOLDER [NAME …]

prints a JSON object a line: the case's name, the `seconds` of processor time and the `megabytes` beyond those of a
plain article, the exit `status`, and what was `said`. Each case runs in a copy of this process that has imported
everything, so that starting Python is not measured.
"""

import importlib
import json
import os
import pkgutil
import resource
import shutil
import sys
import traceback
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import newsletter
from newsletter.cli.main import main
from tests.cost.cases import CASES, PLAIN

__all__ = ["MEGABYTES", "SECONDS", "Cost"]

SECONDS, MEGABYTES = 2.0, 200.0
_TRIES = 3  # other work on the machine takes from a processor's caches too
_DEADLINE = 30  # seconds of processor time
_COMMANDS = {"select": "select", "digest": "compose", "compact": "compose"}
_GOOD = b'+++\ntitle = "Good"\ndate = 2025-05-14T09:00:00Z\nsummary = "s"\n+++\n<p>g</p>\n'
_CONFIG = """\
[newsletter]
name = "The Harbour Review"
base_url = "https://harbour.example"
postal_address = "1 Quay Street, Harbour Town"
[compose]
template = "{}"
body = "{}"
[send]
from = "The Harbour Review <review@harbour.example>"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one run took, and how it ended."""

    seconds: float
    megabytes: float
    status: int
    said: str


def _cost(folder: Path, name: str) -> Cost:
    """Measure one case beyond a plain article; the cheapest of some tries where one costs too much."""
    way, content = CASES[name]
    base = _plain(folder, way)
    for _ in range(_TRIES):
        cost = _measured(folder, way, content)
        seconds, megabytes = cost.seconds - base.seconds, cost.megabytes - base.megabytes
        if seconds <= SECONDS and megabytes <= MEGABYTES:
            break
    return Cost(seconds=seconds, megabytes=megabytes, status=cost.status, said=cost.said)


@cache
def _plain(folder: Path, way: str) -> Cost:
    _measured(folder, way, PLAIN)  # reads what is read once
    return _measured(folder, way, PLAIN)


def _measured(folder: Path, way: str, content: bytes) -> Cost:
    """Run one `way` over a project in `folder` that has a good article and one of `content`."""
    template, _, body = way.partition(" ")
    project, said = folder / "project", folder / "said"
    shutil.rmtree(project, ignore_errors=True)
    (project / "content").mkdir(parents=True)
    (project / "newsletter.toml").write_text(_CONFIG.format(template if body else "digest", body or "summary"))
    (project / "content" / "a.md").write_bytes(_GOOD)
    (project / "content" / "b.md").write_bytes(content)
    child = os.fork()
    if child == 0:
        _run(project, said, _COMMANDS[template])
    _, status, usage = os.wait4(child, 0)
    return Cost(
        seconds=usage.ru_utime + usage.ru_stime,
        megabytes=usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10),
        status=os.waitstatus_to_exitcode(status),
        said=said.read_text(errors="replace")[:2000],
    )


def _run(project: Path, said: Path, command: str) -> None:
    """Be the copy that runs the program, and end it."""
    status = 70
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (_DEADLINE, _DEADLINE))
        with said.open("w") as stream:
            os.dup2(stream.fileno(), 1)
            os.dup2(stream.fileno(), 2)
        os.chdir(project)
        sys.argv = ["newsletter", "--now", "2025-05-19T08:00:00Z", command, "--week"]
        main()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _import_everything() -> None:
    for module in pkgutil.walk_packages(newsletter.__path__, "newsletter."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in ("lxml.html", "markdown_it", "nh3", "premailer", "rich.table", "yaml"):
        importlib.import_module(name)


if __name__ == "__main__":
    place = Path(sys.argv[1])
    place.mkdir(exist_ok=True)
    _import_everything()
    for name in sys.argv[2:] or CASES:
        sys.stdout.write(json.dumps({"name": name, **asdict(_cost(place, name))}) + "\n")
        sys.stdout.flush()
