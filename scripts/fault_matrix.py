"""Send through every ordered pair of faults: ``python -m scripts.fault_matrix [PART/PARTS]``.

Each pair is one issue to 3,500 people whose first and third request go wrong. After every run the journal is compared
with the fake SendGrid's ledger; in the end, everybody who was not refused has it once. ``1/2`` and ``2/2`` are halves.
"""

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from newsletter.config import load_config
from newsletter.issues import load_issue
from tests.fake_sendgrid import FakeSendGrid
from tests.sender.conftest import make_project
from tests.sender.matrix import Trial, pairs, run_fault


def main() -> None:
    """Run the pairs; the first broken guarantee ends it with a traceback that names the pair."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="?", default="1/1")
    part, parts = map(int, parser.parse_args().part.split("/"))
    chosen = pairs()[part - 1 :: parts]
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        project = make_project(Path(folder) / "project", 3500)
        config = load_config(project.root / "newsletter.toml")
        config = replace(config, send=replace(config.send, timeout=1.0, deadline=1.2))
        for number, (first, second) in enumerate(chosen):
            if number % 100 == 0:
                print(f"{number} pairs, {time.monotonic() - began:.0f} s", flush=True)
            for path in (project.root / "issues").glob("journal.sqlite3*"):
                path.unlink()
            with FakeSendGrid([first, None, second]) as fake:
                issue = load_issue(project.issue())
                try:
                    run_fault(Trial(issue=issue, config=config, recipients=project.root / "recipients.csv", fake=fake))
                except BaseException as error:
                    error.add_note(f"the pair: {first}, {second}")
                    raise
    print(f"{len(chosen)} pairs in {time.monotonic() - began:.0f} s: nobody twice, nobody lost")


if __name__ == "__main__":
    main()
