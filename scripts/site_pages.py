"""Add the pages of the top folder to the site of the documentation; mkdocs.yml names this file as its hook."""

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

_ROOT = Path(__file__).parents[1]
_PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
}
_LINK = re.compile(r"(\]\()([^)\s:#]+)(#[^)\s]*)?(\))")


def on_files(files: Files, config: Any) -> Files:
    """Add the pages, their links written as the site needs them, and let the others lead to them."""
    for name, page in _PAGES.items():
        text = (_ROOT / name).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=_linked(text, name, page)))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Let the links of a page lead to the pages of the top folder."""
    uri = page.file.src_uri
    return markdown if uri in _PAGES.values() else _linked(markdown, f"docs/{uri}", uri)


def _linked(text: str, source: str, page: str) -> str:
    """Return `text` with the links of the file `source` as they are from `page` in the site."""

    def rewrite(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), match[2]))
        inside = _PAGES.get(target) or (target.removeprefix("docs/") if target.startswith("docs/") else "")
        if not inside:
            return match[0]
        return f"{match[1]}{posixpath.relpath(inside, posixpath.dirname(page) or '.')}{match[3] or ''}{match[4]}"

    return _LINK.sub(rewrite, text)
