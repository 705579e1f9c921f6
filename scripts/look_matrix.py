"""Judge every look: ``python -m scripts.look_matrix [PART/PARTS]``.

Five templates, 1 to 20 stories, five kinds of issue (among them without banners, with full bodies, in German and in
Arabic) and three brand colours are 375 pages. axe finds nothing in any of them, contrast included, on a phone and on a
desktop, light and dark, also without the doctype, and none is wider than a window of 320 to 1024 pixels.
It needs Chromium and the judges (``make judges``).
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.composer.browser import shown
from tests.composer.looks import every_look

ROOT = Path(__file__).parents[1]
AT_ONCE = 25  # pages a browser


def main() -> None:
    """Judge all looks, or a part of them; print what is found, and end with status 1 if anything is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="?", default="1/1")
    part, parts = map(int, parser.parse_args().part.split("/"))
    looks = list(every_look())[part - 1 :: parts]
    began, faults = time.monotonic(), 0
    for start in range(0, len(looks), AT_ONCE):
        with tempfile.TemporaryDirectory() as name:
            pages = [Path(name) / f"{look}.html" for look, _ in looks[start : start + AT_ONCE]]
            for page, (_, sample) in zip(pages, looks[start : start + AT_ONCE], strict=True):
                page.write_text(shown(sample.compose().message), encoding="utf-8")
            found = judge(pages)
        faults += len(found)
        print(*found, f"{start + len(pages)} pages, {time.monotonic() - began:.0f} s", sep="\n", flush=True)
    sys.exit(f"{faults} faults" if faults else 0)


def judge(pages: list[Path]) -> list[str]:
    """Return what is wrong with pages."""
    folder = ROOT / os.environ.get("NEWSLETTER_JUDGES", ".judges")
    command = ["node", str(ROOT / "tests" / "composer" / "judges" / "axe.mjs"), str(folder), *map(str, pages)]
    environment = {**os.environ, "CHROMIUM": shutil.which("chromium") or ""}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    found: list[str] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    main()
