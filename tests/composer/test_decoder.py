"""Decoding pictures that were made to cost much: each has its bounds, and the next one is decoded all the same."""

import io
import resource
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from newsletter.composer.decoder import Decoder
from newsletter.composer.images import BrokenPictureError, fit_picture
from newsletter.settings import ComposeSettings
from tests.composer.samples import article, composed, config

CPU_SECONDS, MEGABYTES = 2.0, 200
MEASURE = """
import resource, sys
from pathlib import Path
from newsletter.composer.decoder import Decoder
from newsletter.composer.images import BrokenPictureError
try:
    with Decoder() as decoder:
        fitted = decoder.fit(Path(sys.argv[1]), 1104)
    print(fitted.width, fitted.height)
except BrokenPictureError as error:
    print(error)
used = [resource.getrusage(who) for who in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF)]
own = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))  # ru_maxrss is the test's, too
print(used[0].ru_utime + used[0].ru_stime, max(used[0].ru_maxrss, int(own.split()[1])) / 1024)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What came of a picture, and what it took: seconds of processor time, megabytes."""

    result: str
    seconds: float
    megabytes: float


def cost(path: Path) -> Cost:
    """Decode a picture in a fresh program, and measure that and its second process."""
    done = subprocess.run([sys.executable, "-c", MEASURE, str(path)], capture_output=True, check=True, text=True)
    result, numbers = done.stdout.splitlines()
    seconds, megabytes = map(float, numbers.split())
    return Cost(result=result, seconds=seconds, megabytes=megabytes)


def chunk(kind: bytes, data: bytes) -> bytes:
    """Write a chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *, depth: int = 1, mode: int = 0, before: bytes = b"") -> bytes:
    """Make a black PNG; `before` is before its pixels."""
    bits = {0: 1, 2: 3, 6: 4}[mode] * depth
    pixels = zlib.compress(bytes((1 + (width * bits + 7) // 8) * height), 1)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, mode, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + before + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def jpeg(size: tuple[int, int], **options: object) -> bytes:
    """Make a JPEG of one colour."""
    saved = io.BytesIO()
    Image.new("L", size, 128).save(saved, "JPEG", **options)
    return saved.getvalue()


def scans(count: int) -> bytes:
    """Repeat the last scan of a progressive JPEG."""
    whole = jpeg((3000, 3000), progressive=True)
    last = whole.rindex(b"\xff\xda")
    return whole[:-2] + whole[last:-2] * count + b"\xff\xd9"


def hidden_scans() -> bytes:
    """Repeat a whole progressive JPEG's scans so that there are as many as are allowed, in as many pixels."""
    whole = jpeg((6300, 6300), progressive=True)
    last = whole.rindex(b"\xff\xda")
    return whole[:-2] + whole[last:-2] * 22 + b"\xff\xd9"


def run_length_bitmap() -> bytes:
    """Make a BMP of runs of one pixel."""
    width = height = 2000
    data = (b"\1\1" * width + b"\0\0") * height
    palette = bytes(1024)
    offset = 14 + 40 + len(palette)
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(data), 1, 1, 256, 0)
    return b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset) + header + palette + data[:7_900_000]


def gif(blocks: int) -> bytes:
    """Make a GIF with many comments before its picture."""
    saved = io.BytesIO()
    Image.new("P", (50, 50)).save(saved, "GIF")
    whole = saved.getvalue()
    at = whole.index(b"\x2c")
    return whole[:at] + b"\x21\xfe\x01x\x00" * blocks + whole[at:]


BOMBS: dict[str, Callable[[], bytes]] = {
    "one pixel wide": lambda: png(1, 39_000_000),
    "one pixel high": lambda: png(39_000_000, 1),
    "40 megapixels, 16 bits": lambda: png(6300, 6300, depth=16, mode=2),
    "40 megapixels of transparency": lambda: png(6300, 6300, depth=8, mode=6),
    "a thin banner": lambda: png(10_000, 100),
    "2,000 scans": lambda: scans(2000),
    "as many scans as are allowed": hidden_scans,
    "two million segments": lambda: b"\xff\xd8" + b"\xff\xfe\0\2" * 1_900_000 + jpeg((50, 50))[2:],
    "600,000 chunks": lambda: png(50, 50, before=chunk(b"teXt", b"") * 600_000),
    "text that unpacks": lambda: png(50, 50, before=chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(900_000))) * 3000),
    "a profile that unpacks": lambda: png(50, 50, before=chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(10**9), 1))),
    "a bitmap of runs": run_length_bitmap,
    "a million comments": lambda: gif(1_500_000),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_no_picture_costs_more_than_its_bounds(tmp_path: Path, bomb: str) -> None:
    """Two seconds of processor time and 200 MB at most, whatever is in 8 MB."""
    path = tmp_path / "bomb"
    path.write_bytes(BOMBS[bomb]())
    assert path.stat().st_size <= 8_100_000
    spent = cost(path)
    assert spent.seconds < CPU_SECONDS + 0.2, spent  # starting Python is in it
    assert spent.megabytes < MEGABYTES, spent


@pytest.mark.parametrize(
    ("bomb", "problem"),
    [
        ("one pixel wide", "a side has more than 20,000 pixels"),
        ("one pixel high", "a side has more than 20,000 pixels"),
        ("40 megapixels, 16 bits", "more than 15,000,000 pixels"),
        ("a thin banner", "20 times as long"),
        ("2,000 scans", "more than 32 scans"),
    ],
)
def test_what_can_be_told_from_the_first_bytes_is_told(bomb: str, problem: str) -> None:
    """Such a picture is refused on every machine, and its pixels are not looked at."""
    with pytest.raises(BrokenPictureError, match=problem):
        fit_picture(BOMBS[bomb](), 1104)


def test_a_phones_largest_photograph_is_scaled(tmp_path: Path) -> None:
    """Forty megapixels are decoded in a part of their size, within the same bounds."""
    path = tmp_path / "photo.jpg"
    path.write_bytes(jpeg((7296, 5472)))
    spent = cost(path)
    assert spent.result == "1104 828"
    assert spent.megabytes < MEGABYTES


def test_the_picture_after_a_costly_one_is_decoded(tmp_path: Path) -> None:
    """The process that was ended has a successor; nothing is left of either."""
    (tmp_path / "bomb").write_bytes(BOMBS["two million segments"]())
    (tmp_path / "good").write_bytes(jpeg((60, 50)))
    with Decoder() as decoder:
        for _ in range(2):
            with pytest.raises(BrokenPictureError, match=r"takes more than 1\.5 seconds"):
                decoder.fit(tmp_path / "bomb", 100)
        assert decoder.fit(tmp_path / "good", 100).width == 60
        with pytest.raises(BrokenPictureError, match="No such file"):
            decoder.fit(tmp_path / "none", 100)


def test_a_picture_is_decoded_once(tmp_path: Path) -> None:
    """Ten stories with one costly banner cost no more than one."""
    (tmp_path / "bomb.png").write_bytes(BOMBS["two million segments"]())
    settings = config(tmp_path, compose=ComposeSettings(banners="embed", assets_dir=(".",), qr="off"))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    composition = composed(*(article(number, banner="/bomb.png") for number in range(1, 11)), settings=settings)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert [one.code for one in composition.findings] == ["banner-broken"] * 10
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 2 * CPU_SECONDS  # a lead's and a row's


def test_nothing_of_the_working_directory_is_run(tmp_path: Path) -> None:
    """A project folder that somebody hands over may hold files named as modules are."""
    for name in ("json", "PIL", "newsletter", "signal"):
        (tmp_path / f"{name}.py").write_text("open('run', 'w')")
    (tmp_path / "good").write_bytes(jpeg((60, 50)))
    done = subprocess.run([sys.executable, "-P", "-c", MEASURE, "good"], cwd=tmp_path, capture_output=True, check=True)
    assert done.stdout.startswith(b"60 50")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "it is SVG"),
        (b"<!DOCTYPE html><svg></svg>", "it is a web page"),
        (b"%PDF-1.7", "not a picture of a known kind"),
        (b"", "not a picture of a known kind"),
        (jpeg((60, 50))[:-40], "damaged, cut off"),
    ],
)
def test_what_is_wrong_is_said_in_our_own_words(content: bytes, problem: str) -> None:
    """The same input makes the same words: no address of an object in memory is in them."""
    with pytest.raises(BrokenPictureError, match=problem) as caught:
        fit_picture(content, 100)
    assert " at 0x" not in str(caught.value)
