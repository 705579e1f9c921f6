"""A SendGrid on 127.0.0.1 for tests: its rules, its faults, and a ledger of who was accepted."""

from tests.fake_sendgrid.faults import ACCOUNT, FAULTS, REFUSED, RETRIED, Fault
from tests.fake_sendgrid.server import KEY, FakeSendGrid, Stage

__all__ = ["ACCOUNT", "FAULTS", "KEY", "REFUSED", "RETRIED", "FakeSendGrid", "Fault", "Stage"]
