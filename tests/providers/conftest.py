"""What the providers' tests share: the configuration and the issue of the sender's tests."""

from tests.sender.conftest import config, configured, issue

__all__ = ["config", "configured", "issue"]
