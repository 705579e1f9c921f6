"""Writing whole files or none."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from newsletter.errors import StorageError
from newsletter.files import write_file


def test_a_file_is_written_with_its_folders_and_mode(tmp_path: Path) -> None:
    """Missing folders are made, text is UTF-8, the mode is as asked whatever the umask."""
    path = tmp_path / "a" / "b.txt"
    former = os.umask(0o077)
    try:
        write_file(path, "é", mode=0o644)
    finally:
        os.umask(former)
    assert path.read_bytes() == "é".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    """The new content takes the old one's place; no temporary file stays."""
    path = tmp_path / "a.txt"
    write_file(path, b"old", mode=0o600)
    write_file(path, b"new", mode=0o600)
    assert path.read_bytes() == b"new"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_refusing_disk_leaves_the_old_file(tmp_path: Path) -> None:
    """When the disk takes no more, the old content is whole, no remainder is left, and the message says where."""
    path = tmp_path / "a.txt"
    write_file(path, b"old")
    program = (
        "import resource, signal, sys, pathlib\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "from newsletter.errors import StorageError\n"
        "from newsletter.files import write_file\n"
        "try:\n"
        "    write_file(pathlib.Path(sys.argv[1]), b'x' * 5000)\n"
        "except StorageError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    assert str(path) in done.stdout
    assert "cannot be written" in done.stdout
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_file_in_the_way_of_a_folder_is_an_error_of_ours(tmp_path: Path) -> None:
    """A path that goes through a file is reported, not a traceback."""
    (tmp_path / "a").write_text("a file")
    with pytest.raises(StorageError, match="cannot be written"):
        write_file(tmp_path / "a" / "b", b"")


def test_every_new_folder_is_named_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that was made is synced into the one it is in, or a power cut could lose all that is below it."""
    synced: list[Path] = []
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    write_file(tmp_path / "a" / "b" / "c.txt", b"")
    assert [path for path in synced if path.is_dir()] == [tmp_path, tmp_path / "a", tmp_path / "a" / "b"]
