"""Compare the pinned versions with the known vulnerabilities: ``make audit``.

The exit status is 1 if one is known. If the data is not available, a message says so and the status is 0: a machine
without access to it proves nothing.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PINS = Path(__file__).parent.parent / "constraints.txt"
_OPTIONS = ("--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off")
_SECONDS = 300


def audit(tool: str) -> tuple[str, int]:
    """Run pip-audit over the pins; return (a message, the exit status)."""
    try:
        command = [tool, "--requirement", str(PINS), *_OPTIONS]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
        return judge(json.loads(done.stdout))
    except FileNotFoundError:
        return "audit: pip-audit is not there: nothing was compared", 0
    except subprocess.TimeoutExpired:
        return f"audit: no answer in {_SECONDS} s: nothing was compared", 0
    except (ValueError, LookupError, TypeError):
        reason = done.stderr.strip().splitlines()[-1:] or ["it says nothing"]
        return f"audit: the known vulnerabilities cannot be read: nothing was compared ({reason[0][:200]})", 0


def judge(document: Mapping[str, Any]) -> tuple[str, int]:
    """Evaluate the output of pip-audit; a package that it skipped was not compared."""
    compared = [package for package in document["dependencies"] if "skip_reason" not in package]
    if not compared:
        return "audit: the known vulnerabilities cannot be read: nothing was compared", 0
    known = [
        f"{package['name']} {package['version']}: {flaw['id']}, fixed in {', '.join(flaw['fix_versions']) or 'none'}"
        for package in compared
        for flaw in package["vulns"]
    ]
    skipped = len(document["dependencies"]) - len(compared)
    summary = f"audit: {len(compared)} versions compared, {skipped} unknown there, {len(known)} known vulnerabilities"
    return "\n".join([*known, summary]), 1 if known else 0


if __name__ == "__main__":
    text, status = audit(sys.argv[1])
    print(text)
    sys.exit(status)
