"""Make the documentation's pictures: all templates as a phone and a desktop show the sample issue, light and dark.

Run it with the Python that the project is installed in; it needs Chromium. Install Gelasio, which has the shapes and
widths of Georgia, and Inter under the name of a system font, or the pictures have whatever the machine has.
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
TEMPLATES = ("digest", "magazine", "wire", "letter", "compact")
BRANDS = {"#ff6600": "filled", "#ffd400": "filled", "#0a7d5a": "plain"}  # each with the kind of its masthead
DESKTOP, PHONE, HEIGHT = 640, 360, 1160
GROUND = "#d9d6d0"
GAP = 24


def main() -> None:
    """Compose the sample issue with each template and each brand, and take all pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for template in TEMPLATES:
            html = compose(folder / template, template)
            save(gallery(html, folder), PICTURES / f"{template}.png")
        html = (folder / "digest" / "shown.html").read_text(encoding="utf-8")
        views = [(680, False), (PHONE, True)]
        save(
            in_a_row([photograph(html, folder, width, 1400, dark=dark) for width, dark in views]),
            PICTURES / "issue.png",
        )
        save(brands(folder), PICTURES / "brands.png")
        preview(folder / "digest", folder)


def gallery(html: str, folder: Path) -> Image.Image:
    """Show a page as a desktop and a phone do, in light, then a phone in the dark."""
    views = [(DESKTOP, False), (PHONE, False), (PHONE, True)]
    return in_a_row([photograph(html, folder, width, HEIGHT, dark=dark) for width, dark in views])


def brands(folder: Path) -> Image.Image:
    """Show what one line makes of the digest: each accent on a phone, in light and dark."""
    pictures = []
    for number, (accent, masthead) in enumerate(BRANDS.items()):
        theme = f'\n[compose.theme]\naccent = "{accent}"\nmasthead = "{masthead}"\n'
        html = compose(folder / f"brand-{number}", "digest", theme)
        pictures += [photograph(html, folder, PHONE, 620, dark=dark) for dark in (False, True)]
    return in_a_row(pictures)


def compose(project: Path, template: str, theme: str = "") -> str:
    """Make the sample project, compose its issue with `template`, and return the HTML with its pictures inside."""
    newsletter = [sys.executable, "-m", "newsletter", "-q", "--now", NOW]
    subprocess.run([*newsletter, "init", "--demo", "--template", template, str(project)], check=True)
    with (project / "newsletter.toml").open("a", encoding="utf-8") as configuration:
        configuration.write(theme)
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
    command += ["--run-all-compositor-stages-before-draw"]  # else a part of it may be missing
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


def in_a_row(pictures: list[Image.Image]) -> Image.Image:
    """Put pictures side by side."""
    width = sum(picture.width + GAP for picture in pictures) + GAP
    ground = Image.new("RGB", (width, max(picture.height for picture in pictures) + 2 * GAP), GROUND)
    left = GAP
    for picture in pictures:
        ground.paste(picture.convert("RGB"), (left, GAP))
        left += picture.width + GAP
    return ground


def save(picture: Image.Image, path: Path) -> None:
    """Save a picture small: 256 colours are enough for type and flat drawings."""
    picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    print(path.relative_to(ROOT), f"{path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
