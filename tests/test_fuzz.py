"""The inputs that ended the program once do no more, and the search for more of them works."""

import subprocess
import sys
from pathlib import Path

import pytest

from fuzz.attempt import SECONDS, Finding, Target, attempt, shrink
from fuzz.targets import TARGETS
from fuzz.worker import Hunt, by_chance

ROOT = Path(__file__).parent.parent
CASES = sorted(path for path in (ROOT / "tests" / "fuzz_cases").glob("*/*") if path.is_file())
_PATIENCE = 5  # times the processor time of an input, since what measures the tests' coverage takes its own


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_case_is_none_any_more(path: Path) -> None:
    """An input that was found once is read, or refused by an error of ours, in bounded time and memory."""
    assert attempt(TARGETS[path.parent.name], path.read_bytes(), seconds=_PATIENCE * SECONDS) is None


def test_every_target_has_what_it_begins_with() -> None:
    """The seeds are no findings themselves, and not all of them are refused."""
    for target in TARGETS.values():
        assert [found for data in target.seeds() if (found := attempt(target, data, seconds=_PATIENCE * SECONDS))] == []


def test_the_cases_lie_where_they_are_looked_for() -> None:
    """Each folder is named after a target, and no case is large."""
    assert {path.parent.name for path in CASES} <= set(TARGETS)
    assert [path for path in CASES if path.stat().st_size > 200_000] == []


def _fragile(data: bytes) -> None:
    if b"9" in data:
        raise ZeroDivisionError("nine")
    if data.startswith(b"slow"):
        sum(number for number in range(10**7))
    if data.startswith(b"large"):
        bytearray(b"x") * 250_000_000


FRAGILE = Target(name="fragile", run=_fragile, seeds=lambda: (b"some text of a seed",), declared=(ValueError,))


@pytest.mark.parametrize(
    ("data", "seconds", "kind"),
    [(b"1 9", 9, "ZeroDivisionError"), (b"slow", 0.05, "slow"), (b"large", 9, "large"), (b"a", 9, None)],
)
def test_what_counts_as_a_finding(data: bytes, seconds: float, kind: str | None) -> None:
    """An exception that is not declared, processor time and memory."""
    found = attempt(FRAGILE, data, seconds=seconds)
    assert (found.signature.partition("-")[0] if found else None) == kind


def test_a_finding_is_kept_once_and_small(tmp_path: Path) -> None:
    """What is found is written as a file, made smaller; the next search begins with it and writes no other."""
    for _ in range(2):
        hunt = Hunt(FRAGILE, 0.5, tmp_path)
        hunt.begin()
        by_chance(hunt, 1)
        assert [name.partition("-")[0] for name in hunt.findings] == ["ZeroDivisionError"]
        assert [path.read_bytes() for path in tmp_path.glob("fragile/*")] == [b"9"]


def test_shrinking_keeps_the_finding() -> None:
    """Only what is the same finding counts as smaller."""
    found = attempt(FRAGILE, b"abc9def")
    assert isinstance(found, Finding)
    assert shrink(FRAGILE, b"abc9def", found.signature) == b"9"


def test_the_command_tells_and_ends_with_a_status(tmp_path: Path) -> None:
    """A search without findings ends with 0 and a line a target."""
    command = [sys.executable, "-m", "fuzz", "--seconds", "1", "--target", "addresses", "--cases", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=110)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "addresses" in done.stdout
    assert list(tmp_path.iterdir()) == []
