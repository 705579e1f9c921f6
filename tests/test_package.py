"""The built package: what a wheel holds, and that it does what the checkout does."""

import ast
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Project, bare_environment

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from the checkout, without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", "wheel", str(ROOT), "-w", str(folder)]
    subprocess.run([*command, "--no-deps", "--no-build-isolation"], check=True, capture_output=True, timeout=100)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_what_is_needed(wheel: Path) -> None:
    """Templates, samples, type marker and licence are in it; tests and issues are not."""
    names = zipfile.ZipFile(wheel).namelist()
    assert "newsletter/py.typed" in names
    assert any(name.startswith("newsletter/templates/digest/") for name in names)
    assert any(name.startswith("newsletter/demo/static/banners/") for name in names)
    for name in ("newsletter.toml", "gitignore", "env.example"):
        assert f"newsletter/starter/{name}" in names
    assert any(name.endswith("LICENSE") for name in names)
    assert [name for name in names if not name.startswith(("newsletter/", "newsletter_compiler-"))] == []


CHECKOUT = re.compile(r"\b(?:docs|tests|scripts|benchmarks|newsletter/(?:\w+/)?\w+)/")


def texts(path: Path) -> Iterator[str]:
    """Yield what a file of the package may show: the texts in a program's file, but for docstrings; else all of it."""
    if path.suffix != ".py":
        yield path.read_text(encoding="utf-8")
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value


def test_nothing_shown_names_a_file_that_only_a_checkout_has() -> None:
    """Messages, hints, help, the files of a new project and the templates are for who installed the wheel."""
    files = [path for top in ("newsletter", "templates") for path in (ROOT / top).rglob("*") if path.is_file()]
    plain = [path for path in files if path.suffix in (".py", ".toml", ".html", ".txt", ".csv", ".md", ".example", "")]
    found = {f"{path.relative_to(ROOT)}: {text}" for path in plain for text in texts(path) if CHECKOUT.search(text)}
    assert found == set()


def test_the_installed_wheel_composes_the_same_bytes(wheel: Path, demo: Project, tmp_path: Path) -> None:
    """From an installed wheel the sample issue is, byte for byte, the one from the checkout."""
    site = tmp_path / "site"
    command = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", "install", "--no-deps"]
    subprocess.run([*command, "--target", str(site), str(wheel)], check=True, capture_output=True, timeout=100)
    installed = Project(root=tmp_path / "installed", env={**bare_environment(), "PYTHONPATH": str(site)})
    assert installed.run("init", "--demo", str(installed.root), cwd=tmp_path).status == 0
    where = subprocess.run(
        [sys.executable, "-c", "import newsletter; print(newsletter.__file__)"],
        cwd=tmp_path,
        env=dict(installed.env),
        capture_output=True,
        text=True,
        check=True,
    )
    assert where.stdout.startswith(str(site))
    for project in (demo, installed):
        assert project.run("compose", "--week").status == 0
    for name in ("email.html", "email.txt", "email.eml", "issue.toml"):
        assert (demo.issue() / name).read_bytes() == (installed.issue() / name).read_bytes(), name
