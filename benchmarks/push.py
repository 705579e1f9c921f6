"""How fast contacts are pushed: ``python -m benchmarks.push [NUMBER]``, whole processes, wall time.

A million contacts (goal: under 120 MB at the peak) to a loopback server that takes them at once: as files, and in calls
of 30,000, which is how fewer than 300,000 go.
"""

import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import run
from benchmarks.send import CONFIG, ROOT, write_recipients


@contextmanager
def loopback() -> Iterator[str]:
    """Serve, and point the environment at the server."""
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.contacts_server"], cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout
    host = f"http://127.0.0.1:{int(process.stdout.readline())}"
    os.environ |= {"SENDGRID_API_KEY": "SG.loopback", "SENDGRID_HOST": host}
    try:
        yield host
    finally:
        process.kill()
        process.wait()


def measure(root: Path, number: int) -> None:
    """Push that many people, and compare with what has arrived."""
    write_recipients(root / "people.csv", number)
    with loopback() as host:
        command = [sys.executable, "-m", "newsletter", "audience", "push", "people.csv", "--list", "Weekly"]
        done = run(command, root)
        with urllib.request.urlopen(f"{host}/count") as answer:
            taken = int(answer.read())
    assert taken == number, taken
    speed = f"{done.seconds:.1f} s, {number / done.seconds:,.0f} a second"
    print(f"push, {number:,} contacts: {speed}, {done.peak:.0f} MB at the peak")


def main() -> None:
    """Push a number of contacts, by default both ways."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "newsletter.toml").write_text(CONFIG)
        (root / "content").mkdir()
        for number in map(int, sys.argv[1:] or ("1000000", "290000")):
            measure(root, number)


if __name__ == "__main__":
    main()
