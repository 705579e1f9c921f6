"""The versions that are allowed and those that are pinned, and what is known against them."""

import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from scripts.audit import audit, judge

ROOT = Path(__file__).parent.parent
NEEDED = [
    Requirement(text)
    for text in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
]
PINS = {
    canonicalize_name(name): Version(version)
    for name, _, version in (
        line.partition("==") for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    )
    if version
}


@pytest.mark.parametrize("needed", NEEDED, ids=lambda needed: needed.name)
def test_every_dependency_has_a_lower_bound_and_a_pin(needed: Requirement) -> None:
    """What is allowed begins somewhere, and what was tested is allowed."""
    assert [specifier.operator for specifier in needed.specifier] == [">="]
    assert needed.specifier.contains(PINS[canonicalize_name(needed.name)])


@pytest.mark.parametrize(
    ("name", "flawed"),
    [
        ("jinja2", "3.1.5"),
        ("pillow", "12.2.0"),
        ("lxml", "6.0.4"),
        ("nh3", "0.3.6"),
        ("orjson", "3.11.5"),
        ("idna", "3.14"),
        ("click", "8.3.2"),
        ("python-dotenv", "1.2.1"),
        ("sendgrid", "6.12.4"),
        ("requests", "2.32.5"),
        ("urllib3", "2.6.3"),
        ("werkzeug", "3.1.5"),
        ("cryptography", "49.0.0"),
        ("pygments", "2.19.2"),
        ("certifi", "2024.6.2"),
    ],
)
def test_no_version_with_a_known_flaw_is_allowed(name: str, flawed: str) -> None:
    """The last version with a flaw that was published is below the bound, also of what others bring along."""
    assert [needed.name for needed in NEEDED if needed.name == name and needed.specifier.contains(flawed)] == []
    assert name in {needed.name for needed in NEEDED}


def test_a_known_vulnerability_ends_the_audit_with_a_status() -> None:
    """It is named with the version that has it no more; what was not compared is counted, and alone is no failure."""
    flaw = {"id": "PYSEC-1", "fix_versions": ["2.0"]}
    compared = {"name": "a", "version": "1.0", "vulns": [flaw]}
    skipped = {"name": "b", "skip_reason": "not found"}
    text, status = judge({"dependencies": [compared, skipped]})
    assert (text.splitlines()[0], status) == ("a 1.0: PYSEC-1, fixed in 2.0", 1)
    assert "1 versions compared, 1 unknown there, 1 known" in text
    assert judge({"dependencies": [{**compared, "vulns": []}]})[1] == 0
    assert judge({"dependencies": [skipped]}) == (
        "audit: the known vulnerabilities cannot be read: nothing was compared",
        0,
    )


@pytest.mark.parametrize("written", [None, "print('no network')", "raise SystemExit('no network')"])
def test_an_audit_that_cannot_compare_says_so(tmp_path: Path, written: str | None) -> None:
    """Without the tool, or without an answer that can be read, nothing is claimed."""
    tool = tmp_path / "pip-audit"
    if written:
        tool.write_text(f"#!{sys.executable}\n{written}\n")
        tool.chmod(0o755)
    text, status = audit(str(tool))
    assert ("nothing was compared" in text, status) == (True, 0)
