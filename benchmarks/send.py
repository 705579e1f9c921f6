"""How fast sending is: ``python -m benchmarks.send [dry] [live] [scale]``; whole processes, ratios of one run.

dry: 1,000,000 recipients (goal: 50,000 a second, under 120 MB at the peak). live: 100,000 recipients to a loopback
server that accepts at once, the journal on the disk, against the plain loop of `benchmarks.send_loop`, five pairs
(goal: the median ratio at 1.5 or more). scale: the dry run for 1,000,000 and for 10,000,000 recipients, whose memory
should be the same.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import Done, run

ROOT = Path(__file__).parent.parent
NOW = "2025-05-19T08:00:00Z"
CONFIG = """\
[newsletter]
name = "Field Notes"
base_url = "https://notes.example.org"
postal_address = "1 Field Road, Exampleton"

[select]
limit = 20

[compose]
qr = "off"
intro = "Hello {{ merge.first_name }}, this is what happened."

[send]
from = "Field Notes <notes@example.org>"
"""


def make_project(root: Path) -> None:
    """Write a project with twenty articles and compose its issue."""
    (root / "content").mkdir(parents=True)
    (root / "newsletter.toml").write_text(CONFIG)
    for number in range(20):
        text = f"What happened in field {number}, told in a sentence or two that a reader would like to read on from."
        front = f'title = "News from field {number}"\ndate = "2025-05-13T10:{number:02}:00Z"\nsummary = "{text}"'
        (root / "content" / f"{number}.md").write_text(f"+++\n{front}\n+++\n<p>{text} More of it.</p>\n")
    newsletter(root, "compose", "--week", "--offline")


def write_recipients(path: Path, number: int) -> None:
    """Write a CSV file of people."""
    with path.open("w") as file:
        file.write("email,first_name,city\n")
        file.writelines(f"person{index}@example.org,Ann {index},Exampleton\n" for index in range(number))


def newsletter(root: Path, *arguments: str) -> Done:
    """Run the program."""
    return run([sys.executable, "-m", "newsletter", "--now", NOW, *arguments], root)


@contextmanager
def loopback() -> Iterator[None]:
    """Serve, and point the environment at the server."""
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.loopback"], cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout
    os.environ |= {
        "SENDGRID_API_KEY": "SG.loopback",
        "SENDGRID_HOST": f"http://127.0.0.1:{int(process.stdout.readline())}",
    }
    try:
        yield
    finally:
        process.kill()
        process.wait()


def dry(root: Path, number: int = 1_000_000) -> tuple[float, float]:
    """Measure the dry run: recipients a second, and the peak in MB."""
    write_recipients(root / "recipients.csv", number)
    done = newsletter(root, "send", "--dry-run")
    speed = f"{done.seconds:.1f} s, {number / done.seconds:,.0f} a second"
    print(f"dry run, {number:,} recipients: {speed}, {done.peak:.0f} MB at the peak", flush=True)
    return number / done.seconds, done.peak


def live(root: Path, number: int = 100_000) -> float:
    """Measure pairs of the program and the plain loop; return the median ratio of their rates."""
    ratios = []
    write_recipients(root / "recipients.csv", number)
    newsletter(root, "send", "--dry-run")
    sample = root / "sample.json"
    with (root / "issues" / "2025-W20" / "dry-run" / "requests.jsonl").open() as file:
        sample.write_text(file.readline())
    loop = [sys.executable, "-m", "benchmarks.send_loop", str(root / "recipients.csv"), str(sample)]
    with loopback():
        for _ in range(5):
            for path in (*(root / "issues").glob("journal.sqlite3*"), *(root / "issues").glob("*/sending.json")):
                path.unlink()
            ours, theirs = newsletter(root, "send", "--yes"), run(loop, ROOT)
            ratios.append(theirs.seconds / ours.seconds)
            speed = f"{ours.seconds:.2f} s ({number / ours.seconds:,.0f} a second, {ours.peak:.0f} MB)"
            print(f"live, {number:,}: {speed}, plain loop {theirs.seconds:.2f} s, ratio {ratios[-1]:.2f}")
    print(f"median ratio {statistics.median(ratios):.2f}")
    return statistics.median(ratios)


def scale(root: Path, numbers: tuple[int, ...] = (1_000_000, 10_000_000)) -> tuple[list[float], list[float]]:
    """Measure the dry run for one list and for a larger one: recipients a second, and peaks in MB."""
    rates, peaks = zip(*(dry(root, number) for number in numbers), strict=True)
    return list(rates), list(peaks)


def main() -> None:
    """Run the requested benchmarks, by default both."""
    with tempfile.TemporaryDirectory() as folder:
        make_project(Path(folder) / "project")
        kinds: dict[str, Callable[[Path], object]] = {"dry": dry, "live": live, "scale": scale}
        for name in sys.argv[1:] or ["dry", "live"]:
            kinds[name](Path(folder) / "project")


if __name__ == "__main__":
    main()
