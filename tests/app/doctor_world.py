"""A newsletter in good order with everything that `newsletter doctor` looks at, for a test to spoil."""

import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from newsletter.app.doctor import Setting, diagnose
from newsletter.app.site import read_site
from newsletter.cli.session import Session
from newsletter.config import Config, load_config
from newsletter.diagnosis import Diagnosis
from newsletter.providers import known_traits
from tests.app.name_server import NameServer
from tests.conftest import NOW, Project
from tests.fake_sendgrid import FakeSendGrid

KEY_RECORD = "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQ"
CONFIGURATION = """\
[newsletter]
name = "Field Notes"
base_url = "https://notes.example.org"
postal_address = "1 Field Road, Exampleton"

[send]
from = "Field Notes <notes@example.org>"
timeout = 5.0
"""


@dataclass(kw_only=True)
class World:
    """A newsletter in good order with everything around it, for a test to spoil."""

    project: Project
    sendgrid: FakeSendGrid
    dns: NameServer
    environ: dict[str, str]
    started: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def root(self) -> Path:
        """Return the project folder."""
        return self.project.root

    def change(self, old: str, new: str) -> None:
        """Change newsletter.toml."""
        assert old in CONFIGURATION
        self.project.configure(CONFIGURATION.replace(old, new))

    def config(self) -> Config:
        """Read newsletter.toml as it is now."""
        return load_config(self.root / "newsletter.toml", known_traits(), read_site)

    def found(self, *, offline: bool = False) -> list[Diagnosis]:
        """Look at everything."""
        setting = Setting(
            config=self.config(),
            environ=self.environ,
            now=datetime.fromisoformat(NOW),
            started=self.started,
            events=Session(quiet=True),
            name_server=self.dns.place,
        )
        return list(diagnose(setting, offline=offline))

    def crontab(self, *lines: str) -> None:
        """Put a `crontab` on the PATH that lists these lines."""
        program = self.root.parent / "bin" / "crontab"
        program.parent.mkdir(exist_ok=True)
        table = self.root.parent / "crontab.txt"
        table.write_text("\n".join(lines) + "\n")
        program.write_text(f"#!/bin/sh\ncat {table}\n")
        program.chmod(0o755)

    def git(self, *arguments: str) -> None:
        """Run git in the project."""
        subprocess.run(["git", *arguments], cwd=self.root, check=True, capture_output=True)


def publish(dns: NameServer) -> None:
    """Fill the zone of example.org as it should be."""
    dns.text("example.org", "v=spf1 include:_spf.example.net ~all", "other-verification=1")
    dns.text("_spf.example.net", "v=spf1 ip4:192.0.2.1 -all")
    dns.text("s1._domainkey.example.org", KEY_RECORD)
    dns.text("s2._domainkey.example.org", KEY_RECORD)
    dns.text("_dmarc.example.org", "v=DMARC1; p=none; rua=mailto:d@example.org")
    dns.zone["example.org", "MX"] = ["10 mail.example.org."]
