"""Measure what each hostile article costs more than a plain one, in seconds of processor time and in megabytes.

    python -m tests.cost.measure FOLDER [NAME …]

prints a line for each case and way: its name, the way, seconds, megabytes, exit status, "traceback" or "". Each is
composed in a copy of this process that has imported everything, so that starting Python is not measured.
"""

import importlib
import os
import pkgutil
import resource
import shutil
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import newsletter
from newsletter.cli.main import main
from tests.cost.cases import HOSTILE, PLAIN

__all__ = ["WAYS", "Cost", "measured"]

WAYS = dict(
    w.split("=")
    for w in os.environ.get(
        "WAYS", "select=select,digest summary=compose,digest full=compose,compact full=compose"
    ).split(",")
)
_DEADLINE = 20  # seconds of processor time
_MEMORY = 1_500_000_000
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


def measured(folder: Path, way: str, content: bytes) -> Cost:
    """Run one `way` over a project in `folder` that has a good article and one of `content`."""
    template, _, body = way.partition(" ")
    project = folder / "project"
    shutil.rmtree(project, ignore_errors=True)
    (project / "content").mkdir(parents=True)
    (project / "newsletter.toml").write_text(_CONFIG.format(template if body else "digest", body or "summary"))
    (project / "content" / "a.md").write_bytes(_GOOD)
    (project / "content" / "b.md").write_bytes(content)
    said = folder / "said"
    child = os.fork()
    if child == 0:
        _run(project, said, WAYS[way])
    _, status, usage = os.wait4(child, 0)
    return Cost(
        seconds=usage.ru_utime + usage.ru_stime,
        megabytes=usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024),
        status=os.waitstatus_to_exitcode(status),
        said=said.read_text(errors="replace"),
    )


def _run(project: Path, said: Path, command: str) -> None:
    """Be the copy that runs the program."""
    resource.setrlimit(resource.RLIMIT_CPU, (_DEADLINE, _DEADLINE))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    with said.open("w") as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
    os.chdir(project)
    sys.argv = ["newsletter", "--now", "2025-05-19T08:00:00Z", command, "--week"]
    _call(main)


def _call(work: Callable[[], None]) -> None:
    """Do `work` and end this process with its exit status."""
    status = 70
    try:
        work()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _costs(folder: Path, names: list[str]) -> Iterator[tuple[str, str, Cost, Cost]]:
    for way in WAYS:
        measured(folder, way, PLAIN)
    for way in WAYS:
        base = measured(folder, way, PLAIN)
        for name in names:
            yield name, way, base, measured(folder, way, HOSTILE[name])


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
    for name, way, base, cost in _costs(place, sys.argv[2:] or list(HOSTILE)):
        trouble = "TRACEBACK" if "Traceback" in cost.said else ""
        s, mb = cost.seconds - base.seconds, cost.megabytes - base.megabytes
        mark = "" if s < 2 and mb < 200 and not trouble and cost.status == 0 else " <<<"
        print(f"{name:32} {way:16} {s:7.2f} s {mb:7.0f} MB {cost.status} {trouble}{mark}", flush=True)
