"""A large archive is read by two processes, and nobody can tell but by the clock."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Project, bare_environment

SCAN = """
import json, os, resource, signal, sys, threading, time
from pathlib import Path
from newsletter.models import Invalid
from newsletter.selector.archive import Archive

archive = Archive(Path("."))
first = os.getpid()
readers = sys.argv[1]

def rules_out(head, path):
    Path(readers, str(os.getpid())).touch()
    if os.getpid() != first:
        in_second()
    return b"keep" not in head

def in_second():
    pass

def read(file):
    return file

def tell(scanned):
    told.append(scanned)

told = []
"""
REPORT = """
found = list(archive.scan(rules_out, read, tell))
print(json.dumps({
    "files": sorted(one.path for one in found if not isinstance(one, Invalid)),
    "problems": sorted(f"{one.path}: {one.message}" for one in found if isinstance(one, Invalid)),
    "scanned": archive.scanned,
    "told": told == sorted(told) and told[-1] <= archive.scanned,
    "folders": sorted(archive.folders),
}))
"""
FILES, KEPT = 5000, 500


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an archive that is worth two processes, with strange things and a name that is no text in it."""
    root = tmp_path_factory.mktemp("archive")
    for number in range(FILES):
        folder = root / str(number % 3) / "month" if number % 4 else root
        folder.mkdir(parents=True, exist_ok=True)
        text = b"keep" if number % (FILES // KEPT) == 0 else b"let go"
        Path(os.fsdecode(bytes(folder) + b"/st\xf6ry-%d.md" % number)).write_bytes(text)
    os.mkfifo(root / "0" / "fifo.md")
    (root / "1" / "dangling.md").symlink_to("nowhere.md")
    (root / "2" / "folder.md").mkdir()
    root.chmod(0o755)
    return root


def run(archive: Path, readers: Path, *lines: str) -> subprocess.CompletedProcess[str]:
    """Run a script in the archive; the file names in `readers` are then the processes that read in it."""
    readers.mkdir()
    return subprocess.run(
        [sys.executable, "-c", "\n".join([SCAN, *lines]), str(readers)],
        cwd=archive,
        env={**bare_environment(), "PYTHONPATH": str(Path(__file__).parents[2])},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        start_new_session=True,
    )


def scan(archive: Path, readers: Path, *lines: str) -> dict[str, Any]:
    """Scan the archive after `lines`; nothing may be said on stderr."""
    done = run(archive, readers, *lines, REPORT)
    assert (done.returncode, done.stderr) == (0, "")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@pytest.fixture(scope="module")
def alone(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Scan with one process: a second one is not had while there are threads."""
    readers = tmp_path_factory.mktemp("alone") / "readers"
    report = scan(archive, readers, "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()")
    assert len(list(readers.iterdir())) == 1
    return report


def test_two_processes_find_what_one_finds(archive: Path, alone: dict[str, Any], tmp_path: Path) -> None:
    """Each file comes once, each problem is told once, and the count is that of all files."""
    assert len(set(alone["files"])) == len(alone["files"]) == KEPT
    assert alone["problems"] == ["0/fifo.md: not a regular file", "1/dangling.md: a broken symbolic link"]
    assert (alone["scanned"], alone["told"], alone["folders"]) == (FILES + 2, True, ["0", "1", "2"])
    assert scan(archive, tmp_path / "readers") == alone
    assert len(list((tmp_path / "readers").iterdir())) == 2


@pytest.mark.parametrize(
    "accident",
    [
        "os.kill(os.getpid(), signal.SIGKILL)",
        "raise MemoryError",
        "sys.exit(0)",
        "os._exit(0)",
    ],
)
def test_a_second_process_that_dies_is_made_up_for(
    archive: Path, alone: dict[str, Any], tmp_path: Path, accident: str
) -> None:
    """Its half is read by the first one."""
    assert scan(archive, tmp_path / "readers", f"def in_second():\n    {accident}") == alone
    assert len(list((tmp_path / "readers").iterdir())) == 2


def test_signals_of_children_may_be_ignored(archive: Path, alone: dict[str, Any], tmp_path: Path) -> None:
    """Under a parent that ignores them, nobody is left to wait for."""
    assert scan(archive, tmp_path / "readers", "signal.signal(signal.SIGCHLD, signal.SIG_IGN)") == alone
    assert len(list((tmp_path / "readers").iterdir())) == 2


def test_where_no_process_can_be_had_one_reads_all(archive: Path, alone: dict[str, Any], tmp_path: Path) -> None:
    """A limit on processes costs time, nothing else."""
    limited = """
sys.dont_write_bytecode = True
resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
if os.getuid() == 0:
    os.setuid(65534)
try:
    os.fork()
except OSError:
    rules_out = lambda head, path: b"keep" not in head
"""
    leave = "sys.stdout.flush()\nos._exit(0)"  # what measures coverage may not write any more
    assert json.loads(run(archive, tmp_path / "readers", limited, REPORT, leave).stdout) == alone


def test_leaving_early_ends_the_second_process(archive: Path, tmp_path: Path) -> None:
    """Whoever stops in the middle leaves no process behind."""
    done = run(
        archive,
        tmp_path / "readers",
        "def in_second():\n    time.sleep(60)",
        """looked = []
def rules_out(head, path, look=rules_out):
    looked.append(path)
    while len(looked) > 2000 and os.getpid() == first and len(os.listdir(readers)) < 2:
        time.sleep(0.01)
    return look(head, path)""",
        "files = archive.scan(rules_out, read)",
        "while len(os.listdir(readers)) < 2:\n    next(files)",
        "files.close()",
        "try:\n    os.waitpid(-1, os.WNOHANG)\nexcept ChildProcessError:\n    print('nobody is left')",
    )
    assert (done.stdout, done.stderr) == ("nobody is left\n", "")


def test_ctrl_c_is_told_once(archive: Path, tmp_path: Path) -> None:
    """The terminal interrupts both; only the first one says so."""
    done = run(
        archive,
        tmp_path / "readers",
        "def in_second():\n    os.killpg(0, signal.SIGINT)\n    time.sleep(60)",
        "try:\n    list(archive.scan(rules_out, read))\n    time.sleep(60)",
        "except KeyboardInterrupt:\n    print('interrupted')",
    )
    assert (done.stdout, done.stderr) == ("interrupted\n", "")


def test_a_lock_does_not_outlive_the_first_process(archive: Path, tmp_path: Path) -> None:
    """What the first one holds open, the second one lets go of at once."""
    lock = tmp_path / "lock"
    done = run(
        archive,
        tmp_path / "readers",
        "import fcntl",
        f"held = open({str(lock)!r}, 'w')",
        "fcntl.flock(held, fcntl.LOCK_EX)",
        f"""def in_second():
    os.kill(first, signal.SIGKILL)
    with open({str(lock)!r}) as other:
        fcntl.flock(other, fcntl.LOCK_EX)
    Path(readers, "free").touch()
    os._exit(0)""",
        "list(archive.scan(rules_out, read))\ntime.sleep(60)",
    )
    assert done.returncode == -9
    for _ in range(200):
        if (tmp_path / "readers" / "free").exists():
            return
        time.sleep(0.05)
    pytest.fail("the lock is held after the first process has gone")


def test_through_the_command_line(project: Project) -> None:
    """A selection from many files has each article of the week once."""
    for number in range(FILES):
        day = "15" if number % 100 == 0 else "03"
        project.add(f"{number % 7}/{number}.md", title=f"Story {number}", date=f"2025-05-{day}", article_id=number)
    done = project.run("select", "--week", "2025-W20", "--limit", "0", "--json")
    assert done.document["counts"]["scanned"] == FILES
    assert {one["key"] for one in done.document["articles"]} == {str(number) for number in range(0, FILES, 100)}
    assert len(done.document["articles"]) == FILES // 100
