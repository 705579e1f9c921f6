"""Try inputs on one target for a time, in a process of its own.

    python -m fuzz.worker TARGET SECONDS CASES CURRENT SEED

Where atheris is installed it chooses the inputs, by the branches of the program that they reach; else chance does. Each
second, and at the end, one line of JSON reports the progress.
"""

import faulthandler
import importlib.util
import json
import resource
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from random import Random

from fuzz.attempt import Finding, Target, attempt, shrink
from fuzz.grammar import LARGEST, mutated

__all__ = ["Hunt", "main"]

_HUNG = 60  # seconds without a word after which an input has hung
_ADDRESS_SPACE = 4 << 30


class Hunt:
    """The search for one target's findings: those that are in the folder `cases` already are not written again."""

    def __init__(self, target: Target, seconds: float, cases: Path, current: Path | None = None) -> None:
        """Begin to count the time; `current` is the file that always holds the input that is tried.

        With it, this is a process of its own, which ends where an input hangs.
        """
        self.target = target
        self.cases = cases / target.name
        self.seeds = tuple(target.seeds())
        self.findings: dict[str, str] = {}
        self.runs = 0
        self._current = current
        self._deadline = time.monotonic() + seconds
        self._told = time.monotonic()

    @property
    def over(self) -> bool:
        """Tell whether the time is."""
        return time.monotonic() > self._deadline

    def begin(self) -> None:
        """Try what was found before, and the seeds."""
        self.tell()
        kept = [path.read_bytes() for path in sorted(self.cases.glob("*"))]
        for data in (*kept, *self.seeds):
            self.one(data, kept=data in kept)

    def one(self, data: bytes, *, kept: bool = False) -> None:
        """Try one input, and keep it where it is a finding that was not there yet."""
        if self._current:
            self._current.write_bytes(data)
        self.runs += 1
        found = attempt(self.target, data)
        if found and found.signature not in self.findings:
            self._keep(found, None if kept else shrink(self.target, data, found.signature))
        if time.monotonic() - self._told > 1:
            self.tell()

    def make(self, chance: Random, start: bytes | None = None) -> bytes:
        """Make an input: a whole new one, or changes to `start` or to a seed."""
        if self.target.documents and chance.random() < 0.4:
            return self.target.documents(chance)[:LARGEST]
        return mutated(chance, start or chance.choice(self.seeds), self.target.words)

    def _keep(self, found: Finding, data: bytes | None) -> None:
        self.findings[found.signature] = found.message
        if data is not None:
            self.cases.mkdir(parents=True, exist_ok=True)
            (self.cases / f"{found.signature}-{sha256(data).hexdigest()[:8]}").write_bytes(data)
        self.tell()

    def tell(self) -> None:
        """Print the progress."""
        self._told = time.monotonic()
        if self._current:
            faulthandler.dump_traceback_later(_HUNG, exit=True)
        print(json.dumps({"runs": self.runs, "findings": self.findings}), flush=True)


def by_chance(hunt: Hunt, first: int) -> None:
    """Try inputs that chance makes, which the number `first` decides, until the time is over."""
    chance = Random(first)
    while not hunt.over:
        hunt.one(hunt.make(chance))


def by_atheris(make: Callable[[], Hunt], seconds: float, folder: Path, first: int) -> None:
    """Let atheris choose inputs by the branches of the program that they reach; it ends the process itself.

    What reaches something new is kept in `folder` and changed again.
    """
    import atheris

    with atheris.instrument_imports(include=["newsletter"], enable_loader_override=False):
        _import_everything()
        hunt = make()
        hunt.begin()

    def mutate(data: bytes, size: int, number: int) -> bytes:
        chance = Random(number)
        if chance.random() < 0.3:
            return bytes(atheris.Mutate(data, size))
        return hunt.make(chance, data if chance.random() < 0.9 else None)[:size]

    def run(data: bytes) -> None:
        hunt.one(data)

    corpus = folder / "corpus"
    corpus.mkdir(exist_ok=True)
    for number, data in enumerate(hunt.seeds):
        (corpus / str(number)).write_bytes(data)
    options = [
        str(corpus),
        f"-max_total_time={max(1, int(seconds))}",
        f"-max_len={LARGEST}",
        f"-seed={first}",
        "-verbosity=0",
    ]
    atheris.Setup([sys.argv[0], *options, "-rss_limit_mb=0", f"-timeout={_HUNG}"], run, custom_mutator=mutate)
    atheris.Fuzz()


def _import_everything() -> None:
    """Import all modules of the program, which imports most of them only when they are needed."""
    import pkgutil

    import newsletter

    for module in pkgutil.walk_packages(newsletter.__path__, "newsletter."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def main(name: str, seconds: str, cases: str, current: str, first: str) -> None:
    """Search one target's findings."""
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, resource.getrlimit(resource.RLIMIT_AS)[1]))

    def make() -> Hunt:
        from fuzz.targets import TARGETS

        return Hunt(TARGETS[name], float(seconds), Path(cases), Path(current))

    if importlib.util.find_spec("atheris"):
        by_atheris(make, float(seconds), Path(current).parent, int(first))
        return
    hunt = make()
    hunt.begin()
    by_chance(hunt, int(first))
    hunt.tell()


if __name__ == "__main__":
    main(*sys.argv[1:])
