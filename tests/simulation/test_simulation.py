"""Some weeks of regular runs with faults; ``python -m tests.simulation`` does years."""

from pathlib import Path

import pytest

from tests.simulation.world import Cadence, simulate


@pytest.mark.parametrize(("cadence", "machines", "days"), [("weekly", 1, 42), ("weekly", 2, 28), ("daily", 1, 7)])
def test_nobody_twice_and_nothing_lost(tmp_path: Path, cadence: Cadence, machines: int, days: int) -> None:
    """Every article is in exactly one sent issue or named, and what is uncertain has a line in each run."""
    report = simulate(tmp_path / "world", 7, cadence, machines, days, after=28 if cadence == "weekly" else 5)
    assert report.twice_people == []
    assert report.twice_articles == []
    assert report.silent == []
    assert report.lost == []
    assert report.once
