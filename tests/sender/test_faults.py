"""Whatever goes wrong on the way: nobody twice, nobody lost, and the journal says what the ledger says."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.config import Config
from newsletter.issues import Issue
from tests.fake_sendgrid import FakeSendGrid, Fault
from tests.sender.conftest import write_recipients
from tests.sender.matrix import Trial, pairs, run_fault

PEOPLE = 3500


@pytest.mark.parametrize("fault", Fault)
def test_every_fault_alone(fault: Fault, issue: Issue, configured: Callable[..., Config], tmp_path: Path) -> None:
    """One faulty answer among good ones."""
    with FakeSendGrid([None, fault]) as fake:
        people = write_recipients(tmp_path / "r.csv", PEOPLE)
        run_fault(Trial(issue=issue, config=configured(timeout=1.0, deadline=1.2), recipients=people, fake=fake))


@pytest.mark.parametrize("fault", Fault)
def test_every_fault_for_good(fault: Fault, issue: Issue, configured: Callable[..., Config], tmp_path: Path) -> None:
    """Every answer is faulty, until the fault is fixed."""
    with FakeSendGrid(always=fault) as fake:
        people = write_recipients(tmp_path / "r.csv", PEOPLE)
        run_fault(Trial(issue=issue, config=configured(timeout=1.0, deadline=1.2), recipients=people, fake=fake))


@pytest.mark.parametrize(("first", "second"), random.Random(5).sample(pairs(), 40))
def test_a_sample_of_pairs(
    first: Fault, second: Fault, issue: Issue, configured: Callable[..., Config], tmp_path: Path
) -> None:
    """Two faults in one run (`scripts/fault_matrix.py` tries all of them)."""
    with FakeSendGrid([first, None, second]) as fake:
        people = write_recipients(tmp_path / "r.csv", PEOPLE)
        run_fault(Trial(issue=issue, config=configured(timeout=1.0, deadline=1.2), recipients=people, fake=fake))
