"""What docs/guides/server.md says of backup and restore works as it is there."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Project, bare_environment
from tests.fake_sendgrid import KEY, FakeSendGrid

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "server.md"


def block(name: str) -> str:
    """Return the commands below a mark of the guide."""
    (found,) = re.findall(rf"<!-- {name} -->\n```sh\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    return str(found)


@pytest.mark.skipif(not shutil.which("sqlite3"), reason="sqlite3 is not installed")
def test_a_backup_brings_everything_back(week: Project, tmp_path: Path) -> None:
    """After the folder is lost, the restored journal knows who has the issue, and nobody gets it again."""
    home, programs = tmp_path / "home", tmp_path / "programs"
    home.mkdir()
    programs.mkdir()
    (programs / "newsletter").write_text(f'#!/bin/sh\nexec {sys.executable} -m newsletter "$@"\n')
    (programs / "newsletter").chmod(0o755)
    env = {**bare_environment(), "HOME": str(home), "PATH": f"{programs}:/usr/bin:/bin"}
    text = (week.root / "newsletter.toml").read_text()
    week.configure(text.replace("[send]", 'postal_address = "1 Field Road"\n[send]'))
    for name, content in (("recipients.csv", "email\nann@example.org\n"), (".env", f"SENDGRID_API_KEY={KEY}\n")):
        (week.root / name).write_text(content)
        (week.root / name).chmod(0o600)
    with FakeSendGrid() as fake:
        keys: dict[str, Any] = {"SENDGRID_API_KEY": KEY, "SENDGRID_HOST": fake.url}
        assert week.run("compose", "--week", "--offline").status == 0
        assert week.run("send", "--yes", **keys).status == 0
        subprocess.run(["sh", "-e", "-c", block("backup")], cwd=week.root, env=env, check=True, timeout=60)
        shutil.rmtree(week.root)
        week.root.mkdir()
        done = subprocess.run(
            ["sh", "-e", "-c", block("restore")], cwd=week.root, env=env, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "1 submitted of 1" in done.stdout
        assert "failure" not in done.stdout
        assert week.run("send", "--yes", **keys).status == 0
        assert fake.accepted() == {"ann@example.org": 1}
