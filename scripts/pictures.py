"""Make the documentation's pictures: both templates as a phone and a desktop show the sample issue, light and dark.

Run it with the Python that the project is installed in; it needs Chromium.
"""

import base64
import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "docs" / "pictures"
NOW = "2025-05-19T08:00:00Z"
HEIGHTS = {360: 1200, 600: 1500}
GROUND = "#d9d6d0"


def main() -> None:
    """Compose the sample issue with both templates and take all pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for template in ("digest", "compact"):
            html = compose(folder / template, template)
            for width, height in HEIGHTS.items():
                for scheme in ("light", "dark"):
                    picture = photograph(html, folder, width, height, dark=scheme == "dark")
                    save(picture, PICTURES / f"{template}-{width}-{scheme}.png")
        html = (folder / "digest" / "shown.html").read_text(encoding="utf-8")
        save(side_by_side(html, folder), PICTURES / "issue.png")
        preview(folder / "digest", folder)


def compose(project: Path, template: str) -> str:
    """Make the sample project, compose its issue with `template`, and return the HTML with its pictures inside."""
    newsletter = [sys.executable, "-m", "newsletter", "-q", "--now", NOW]
    subprocess.run([*newsletter, "init", "--demo", str(project)], check=True)
    configuration = project / "newsletter.toml"
    text = configuration.read_text(encoding="utf-8").replace("[compose]", f'[compose]\ntemplate = "{template}"')
    configuration.write_text(text, encoding="utf-8")
    subprocess.run([*newsletter, "compose", "--week"], cwd=project, check=True, stdout=subprocess.DEVNULL)
    issue = project / "issues" / "2025-W20"
    html = (issue / "email.html").read_text(encoding="utf-8")
    for image in issue.glob("images/*"):
        kind = {".jpg": "jpeg"}.get(image.suffix, image.suffix[1:])
        data = base64.b64encode(image.read_bytes()).decode()
        html = html.replace(f"cid:{image.stem}", f"data:image/{kind};base64,{data}")
    (project / "shown.html").write_text(html, encoding="utf-8")
    return html


def preview(project: Path, folder: Path) -> None:
    """Take pictures of the page that ``newsletter preview`` shows, light and in the dark as clients force it."""
    command = [sys.executable, "-m", "newsletter", "--now", NOW, "preview", "--no-open"]
    with subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        address = process.stdout.readline().strip()
        for look in ("light", "forced"):
            picture = browse(f"{address}?look={look}", folder, 1240, 1500)
            save(picture, PICTURES / f"preview-{look}.png")
        process.terminate()


def browse(address: str, folder: Path, width: int, height: int, scale: int = 1) -> Image.Image:
    """Show the top of a page in a window of `width` x `height`."""
    chromium = shutil.which("chromium") or sys.exit("Chromium is not installed")
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    command += ["--disable-features=IsolateSandboxedIframes"]  # else the picture is taken before they are drawn
    command += [f"--force-device-scale-factor={scale}", f"--user-data-dir={folder / 'profile'}"]
    command += [f"--window-size={width},{height}", f"--screenshot={folder / 'picture.png'}"]
    subprocess.run([*command, address], check=True, capture_output=True)
    return Image.open(io.BytesIO((folder / "picture.png").read_bytes()))


def photograph(html: str, folder: Path, width: int, height: int, *, dark: bool, scale: int = 1) -> Image.Image:
    """Show the top of a page in a window of `width` x `height`, in a frame: Chromium's windows are never narrow."""
    page = html.replace("(prefers-color-scheme:dark)", "all" if dark else "not all")
    (folder / "page.html").write_text(page, encoding="utf-8")
    frame = f'<body style="margin:0"><iframe src="page.html" style="border:0;width:{width}px;height:{height}px">'
    (folder / "frame.html").write_text(frame, encoding="utf-8")
    picture = browse((folder / "frame.html").as_uri(), folder, max(width, 500), height, scale)
    return picture.crop((0, 0, width * scale, height * scale))


def side_by_side(html: str, folder: Path) -> Image.Image:
    """Put a phone in dark mode beside a desktop in light mode."""
    desktop = photograph(html, folder, 680, 1640, dark=False)
    phone = photograph(html, folder, 360, 1400, dark=True)
    ground = Image.new("RGB", (40 + 680 + 40 + 360 + 40, 40 + 1640 + 40), GROUND)
    ground.paste(desktop.convert("RGB"), (40, 40))
    ground.paste(phone.convert("RGB"), (760, 40))
    return ground


def save(picture: Image.Image, path: Path) -> None:
    """Save a picture small: 128 colours are enough for type and flat drawings."""
    picture.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)
    print(path.relative_to(ROOT), f"{path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
