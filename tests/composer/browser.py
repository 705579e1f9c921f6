"""A real browser for the composer's tests: Chromium, headless, without network, taking pictures of messages."""

import base64
import html
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from newsletter.models import Message

__all__ = ["shown", "take_picture", "widths"]


def shown(message: Message) -> str:
    """Return the HTML with its pictures inside, for a browser, which knows no cid addresses."""
    page = message.html
    for image in message.images:
        data = base64.b64encode(image.content).decode()
        page = page.replace(f"cid:{image.cid}", f"data:{image.mime_type};base64,{data}")
    return page


def take_picture(content: str, folder: Path, *, width: int, height: int = 4000, dark: str = "") -> Path:
    """Take a picture of a page; `dark` is "" (light), "scheme" (the reader's wish) or "forced" (by the browser)."""
    page, picture = folder / "page.html", folder / f"{width}-{dark or 'light'}.png"
    if dark == "scheme":
        content = content.replace("(prefers-color-scheme:dark)", "all")
    # Chromium's window is never narrower than 500 px, so a narrow page is in a frame of its width.
    page.write_text(content, encoding="utf-8")
    frame = folder / "frame.html"
    frame.write_text(
        f'<body style="margin:0"><iframe src="page.html" style="border:0;width:{width}px;height:{height}px"></iframe>',
        encoding="utf-8",
    )
    forced = ["--enable-features=WebContentsForceDark", "--blink-settings=forceDarkModeEnabled=true"]
    subprocess.run(
        [
            _chromium(),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={folder / 'profile'}",
            f"--window-size={max(width, 500)},{height}",
            f"--screenshot={picture}",
            *(forced if dark == "forced" else []),
            frame.as_uri(),
        ],
        check=True,
        capture_output=True,
        timeout=90,
        env={**os.environ, "HOME": str(folder)},
    )
    return picture


def widths(pages: Sequence[str], folder: Path, width: int) -> list[int]:
    """Return how wide each page is in a window of `width` pixels: more than that scrolls."""
    page = folder / "widths.html"
    frames = "".join(
        f'<iframe srcdoc="{html.escape(one)}" style="border:0;width:{width}px;height:900px"></iframe>' for one in pages
    )
    page.write_text(f'<!DOCTYPE html><meta charset="utf-8"><body>{frames}<script>{_MEASURE}</script>', encoding="utf-8")
    done = subprocess.run(
        [
            _chromium(),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={folder / 'profile'}",
            "--virtual-time-budget=20000",
            "--dump-dom",
            page.as_uri(),
        ],
        check=True,
        capture_output=True,
        text=True,
        timeout=110,
        env={**os.environ, "HOME": str(folder)},
    )
    found = re.search(r"<title>([\d,]*)</title>", done.stdout)
    assert found, done.stdout[-500:]
    return [int(number) for number in found[1].split(",")]


_MEASURE = (
    "onload=()=>{document.title=[...document.querySelectorAll('iframe')]"
    ".map(one=>one.contentDocument.documentElement.scrollWidth).join(',')}"
)


def _chromium() -> str:
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        pytest.skip("Chromium is not installed")
    return found
