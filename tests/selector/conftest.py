"""What the selector's tests share."""

from pathlib import Path

import pytest

from tests.selector.archives import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Return an empty archive."""
    root = tmp_path / "content"
    root.mkdir()
    return Site(root)
