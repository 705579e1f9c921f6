"""The documentation says what the program does."""

import dataclasses
import re
import subprocess
import sys
from pathlib import Path

import pytest

from newsletter.settings import ComposeSettings, NewsletterSettings, SelectSettings, SendSettings, Theme

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_the_command_reference_is_fresh() -> None:
    """docs/reference/cli.md is what ``make docs`` would write."""
    subprocess.run([sys.executable, "scripts/reference.py", "--check"], cwd=ROOT, check=True)


@pytest.mark.parametrize("table", [NewsletterSettings, SelectSettings, ComposeSettings, SendSettings, Theme])
def test_every_key_of_the_configuration_is_documented(table: type) -> None:
    """Each key stands in docs/reference/configuration.md; a colour stands there without its twin."""
    text = (ROOT / "docs" / "reference" / "configuration.md").read_text(encoding="utf-8")
    keys = [f.metadata.get("key", f.name) for f in dataclasses.fields(table)]
    assert [key for key in keys if not re.search(rf"\b{key.removesuffix('_dark')}\b", text)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    """A link inside the project has its target."""
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)|<img[^>]*src=\"([^\"]+)\"", page.read_text(encoding="utf-8"))
    targets = [one or other for one, other in links]
    assert [t for t in targets if "://" not in t and not (page.parent / t).exists()] == []


def test_every_shared_module_is_on_the_architecture_page() -> None:
    """Each module that several packages share is named there."""
    text = (ROOT / "docs" / "concepts" / "architecture.md").read_text(encoding="utf-8")
    shared = [path.name for path in (ROOT / "newsletter").glob("*.py") if not path.name.startswith("__")]
    assert [name for name in shared if name not in text] == []
