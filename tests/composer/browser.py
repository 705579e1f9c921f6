"""A real browser for the composer's tests: Chromium, headless, without network, taking pictures of messages."""

import base64
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from newsletter.models import Message

__all__ = ["shown", "take_picture"]


def shown(message: Message) -> str:
    """Return the HTML with its pictures inside, for a browser, which knows no cid addresses."""
    html = message.html
    for image in message.images:
        data = base64.b64encode(image.content).decode()
        html = html.replace(f"cid:{image.cid}", f"data:{image.mime_type};base64,{data}")
    return html


def take_picture(html: str, folder: Path, *, width: int, height: int = 4000, dark: str = "") -> Path:
    """Take a picture of a page; `dark` is "" (light), "scheme" (the reader's wish) or "forced" (by the browser)."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        pytest.skip("Chromium is not installed")
    page, picture = folder / "page.html", folder / f"{width}-{dark or 'light'}.png"
    if dark == "scheme":
        html = html.replace("(prefers-color-scheme:dark)", "all")
    # Chromium's window is never narrower than 500 px, so a narrow page stands in a frame of its width.
    page.write_text(html, encoding="utf-8")
    frame = folder / "frame.html"
    frame.write_text(
        f'<body style="margin:0"><iframe src="page.html" style="border:0;width:{width}px;height:{height}px"></iframe>',
        encoding="utf-8",
    )
    forced = ["--enable-features=WebContentsForceDark", "--blink-settings=forceDarkModeEnabled=true"]
    subprocess.run(
        [
            chromium,
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
