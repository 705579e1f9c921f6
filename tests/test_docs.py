"""The documentation says what the program does."""

import dataclasses
import re
import subprocess
import sys
from pathlib import Path

import pytest

from newsletter.settings import (
    ComposeSettings,
    MarketingSettings,
    NewsletterSettings,
    RunSettings,
    SelectSettings,
    SendSettings,
    SiteSettings,
    Theme,
    WebSettings,
)

ROOT = Path(__file__).parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def test_the_command_reference_is_fresh() -> None:
    """docs/reference/cli.md is what ``make docs`` would write."""
    subprocess.run([sys.executable, "scripts/reference.py", "--check"], cwd=ROOT, check=True)


@pytest.mark.parametrize(
    "table",
    [
        NewsletterSettings,
        SiteSettings,
        SelectSettings,
        ComposeSettings,
        SendSettings,
        MarketingSettings,
        RunSettings,
        WebSettings,
        Theme,
    ],
)
def test_every_key_of_the_configuration_is_documented(table: type) -> None:
    """Each key is in docs/reference/configuration.md; a colour is there without its twin."""
    text = (ROOT / "docs" / "reference" / "configuration.md").read_text(encoding="utf-8")
    keys = [f.metadata.get("key", f.name) for f in dataclasses.fields(table)]
    assert [key for key in keys if not re.search(rf"\b{key.removesuffix('_dark')}\b", text)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    """A link inside the project has its target."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)  # no examples
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)|<img[^>]*src=\"([^\"]+)\"", text)
    targets = [one or other for one, other in links]
    assert [t for t in targets if "://" not in t and not (page.parent / t).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_anchor_is_a_heading(page: Path) -> None:
    """A link to a part of a page leads to one of its headings."""
    links = re.findall(r"\]\(([^)#\s:]*)#([^)\s]+)\)", page.read_text(encoding="utf-8"))
    pages = [(page.parent / name if name else page, anchor) for name, anchor in links]
    assert [f"{target.name}#{anchor}" for target, anchor in pages if anchor not in _anchors(target)] == []


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_shared_module_is_on_the_architecture_page() -> None:
    """Each module that several packages share is named there."""
    text = (ROOT / "docs" / "concepts" / "architecture.md").read_text(encoding="utf-8")
    shared = [path.name for path in (ROOT / "newsletter").glob("*.py") if not path.name.startswith("__")]
    assert [name for name in shared if name not in text] == []


def test_every_promise_against_a_threat_names_tests_that_exist() -> None:
    """Each row of a table of promises names test files, or functions in them, and each of these is there."""
    text = (ROOT / "docs" / "concepts" / "threats.md").read_text(encoding="utf-8")
    tables = re.findall(r"^\| promised \| shown by \|\n\| --- \| --- \|\n((?:\|.*\n)+)", text, re.MULTILINE)
    rows = [row.strip(" |").rsplit(" | ", 1) for table in tables for row in table.splitlines()]
    named = {promise: re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", shown) for promise, shown in rows}
    assert len(tables) == 7
    assert [promise for promise, tests in named.items() if not tests] == []
    assert [test for tests in named.values() for test in tests if not _exists(*test)] == []


def _exists(file: str, function: str) -> bool:
    path = ROOT / file
    return path.is_file() and (not function or f"def {function}(" in path.read_text(encoding="utf-8"))


def test_the_changes_can_be_released() -> None:
    """Every fragment of the changelog has a kind, and all of them can be joined."""
    changes = [path.name for path in (ROOT / "changes").iterdir() if path.name != "README.md"]
    fragment = re.compile(r"\+[a-z0-9-]+\.(added|changed|fixed|removed|security)\.md")
    assert [name for name in changes if not fragment.fullmatch(name)] == []
    draft = [sys.executable, "-m", "towncrier", "build", "--draft", "--version", "9.9.9"]
    assert "## 9.9.9" in subprocess.run(draft, cwd=ROOT, capture_output=True, text=True, check=True).stdout
