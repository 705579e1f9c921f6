"""Compiled templates: kept in the user's own cache, and composing goes on without it."""

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import Project

HTML = "<p>{{ subject }} {{ unsubscribe }}</p>"


def compose(project: Project, cache: Path | None, **env: str) -> str:
    """Compose again with this cache, and return the HTML."""
    where = {"XDG_CACHE_HOME": str(cache)} if cache else {}
    done = replace(project, env={**project.env, **where, **env}).run(
        "-q", "compose", "--week", "--reselect", "--offline"
    )
    assert done.status == 0, done.stderr
    return (project.issue() / "email.html").read_text()


def kept(cache: Path) -> list[Path]:
    """Return the files of the cache."""
    return sorted(path for path in cache.rglob("*") if path.is_file())


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Make an empty folder for caches."""
    made = tmp_path / "cache"
    made.mkdir()
    return made


def test_compiled_templates_are_kept_and_used(week: Project, cache: Path) -> None:
    """The second run writes nothing new, and its issue is the same; only the user may look into the cache."""
    first = compose(week, cache)
    files = kept(cache)
    before = [path.stat().st_mtime_ns for path in files]
    assert files
    assert compose(week, cache) == first
    assert [path.stat().st_mtime_ns for path in kept(cache)] == before
    assert stat.S_IMODE((cache / "newsletter").stat().st_mode) == 0o700


def test_a_changed_template_is_compiled_again(week: Project, cache: Path) -> None:
    """The cache goes by the text of the template."""
    own = week.root / "templates" / "digest" / "issue.html"
    own.parent.mkdir(parents=True)
    for words in ("before", "after"):
        own.write_text(f"<p>{words}</p>{HTML}")
        assert words in compose(week, cache)


@pytest.mark.parametrize("damage", [b"", b"\0" * 200, b"keep"])
def test_a_damaged_cache_is_written_again(week: Project, cache: Path, damage: bytes) -> None:
    """A power cut may leave anything in these files: nothing, zeros, their first half."""
    first = compose(week, cache)
    for path in kept(cache):
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2] if damage == b"keep" else damage)
    assert compose(week, cache) == first


@pytest.mark.parametrize("what", ["nowhere", "a file", "others may write", "no home", "relative"])
def test_composing_goes_on_without_a_cache(week: Project, tmp_path: Path, what: str) -> None:
    """Nothing is made where there is no folder, and nothing is read from one where others may write."""
    cache: Path | None = tmp_path / "cache"
    env = {}
    if what == "nowhere":
        cache = tmp_path / "no" / "such"
    elif what == "a file":
        (tmp_path / "cache").write_text("")
    elif what == "others may write":
        (tmp_path / "cache" / "newsletter").mkdir(parents=True)
        os.chmod(tmp_path / "cache" / "newsletter", 0o777)  # noqa: PTH101
    elif what == "no home":
        cache, env = None, {"XDG_CACHE_HOME": "", "HOME": str(tmp_path / "home")}
    else:
        cache, env = None, {"XDG_CACHE_HOME": "cache"}
    assert compose(week, cache, **env)
    assert not kept(tmp_path / "cache") or what == "a file"
    assert not (tmp_path / "no").exists()
    assert not (tmp_path / "home").exists()
    assert not (week.root / "cache").exists()
