"""Run the targets, two at once, each in its own process, and print the findings; exit with 1 if there are any."""

import argparse
import importlib.util
import json
import os
import random
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

__all__ = ["main"]

ROOT = Path(__file__).parent.parent
CASES = ROOT / "tests" / "fuzz_cases"
_AT_ONCE = min(2, os.cpu_count() or 1)
_GRACE = 120  # seconds that a worker may take longer than asked: for its start, and to make findings small
_LIVES = 5  # how often a target is begun again after an input ended its process


@dataclass(slots=True)
class Report:
    """The result for a target: the number of inputs tried, and the findings, by signature."""

    name: str
    runs: int = 0
    findings: dict[str, str] = field(default_factory=dict)


def main() -> int:
    """Read the command line and run the targets."""
    from fuzz.targets import TARGETS

    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="for all targets together (600)")
    parser.add_argument("--target", action="append", choices=sorted(TARGETS), help="only this one; repeatable")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31), help="of all choices")
    parser.add_argument("--cases", type=Path, default=CASES, help="the folder of what was found (tests/fuzz_cases)")
    asked = parser.parse_args()
    names = asked.target or list(TARGETS)
    share = asked.seconds * min(_AT_ONCE, len(names)) / len(names)
    engine = "atheris" if importlib.util.find_spec("atheris") else "chance"
    print(f"{len(names)} targets, {share:.0f} s each, inputs chosen by {engine}, seed {asked.seed}", flush=True)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        reports = list(pool.map(lambda name: _run(name, share, asked.cases, asked.seed), names))
    for report in reports:
        print(f"{report.name:16} {report.runs:9,} runs  {len(report.findings):3} findings")
        for message in report.findings.values():
            print(f"    {message}")
    found = sum(len(report.findings) for report in reports)
    print(
        f"{sum(report.runs for report in reports):,} runs, {found} findings"
        + (f", kept in {asked.cases}" * bool(found))
    )
    return 1 if found else 0


def _run(name: str, seconds: float, cases: Path, seed: int) -> Report:
    """Run a target's worker, and restart it for the remaining time if an input ends its process."""
    report = Report(name)
    with tempfile.TemporaryDirectory() as folder:
        current = Path(folder) / "input"
        for life in range(_LIVES):
            if _live(report, seconds / (life + 1), cases, current, seed + life):
                break
    return report


def _live(report: Report, seconds: float, cases: Path, current: Path, seed: int) -> bool:
    """Run a worker once; return whether it finished. A crash is a finding."""
    command = [sys.executable, "-m", "fuzz.worker", report.name, str(seconds), str(cases), str(current), str(seed)]
    problem = "took too long to end"
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=seconds + _GRACE, check=False)
        out, status = done.stdout, done.returncode
        problem = f"ended the process with status {status}: {done.stderr.decode(errors='replace').strip()[-2000:]}"
    except subprocess.TimeoutExpired as error:
        out, status = error.stdout or b"", -1
    lines = [line for line in out.splitlines() if line.startswith(b'{"runs"')]
    if lines:
        told = json.loads(lines[-1])
        report.runs += told["runs"]
        report.findings |= told["findings"]
    if status == 0:
        return True
    data = current.read_bytes() if current.exists() else b""
    name = f"died-{sha256(data).hexdigest()[:8]}"
    (cases / report.name).mkdir(parents=True, exist_ok=True)
    (cases / report.name / name).write_bytes(data)
    report.findings[name] = f"{name}: {problem}"
    return False


if __name__ == "__main__":
    sys.exit(main())
