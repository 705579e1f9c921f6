"""Outside judges of email: the Nu HTML checker, axe, caniemail, SpamAssassin and two QR decoders.

``scripts/judges.sh DIR`` installs those that come from npm; NEWSLETTER_JUDGES names the folder (.judges by default).
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import cv2
import pytest

from newsletter.models import Message
from newsletter.providers.sendgrid import TRAITS
from tests.composer.browser import shown, take_picture
from tests.composer.looks import looks_of_each_kind
from tests.composer.samples import SAMPLES

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / os.environ.get("NEWSLETTER_JUDGES", ".judges")
HERE = Path(__file__).parent / "judges"
JUDGED = ("seed", "week", "latin-1", "rtl", "magazine", "wire", "letter", "compact")

# Without these the email is still laid out and readable: media queries and dark mode, rounded corners, roles for
# screen readers, breaking and hyphenation of long words. Everything else must work everywhere.
GRACEFUL = {
    "@media", "@media (prefers-color-scheme)", "<style> element", "<body> element", "!important keyword",
    "Attribute selector", "Class selector", "Descendant combinator", "aria-label attribute", "color-scheme meta tag",
    "color-scheme CSS property", "display:none", "height property", "hyphens", "max-height property", "max-width",
    "border-radius", "overflow", "overflow-wrap", "role attribute", "word-break",
}  # fmt: skip

pytestmark = pytest.mark.judge


def tool(name: str) -> str:
    """Find a program, or skip."""
    found = shutil.which(name)
    if not found:
        pytest.skip(f"{name} is not installed")
    return found


def package(path: str) -> Path:
    """Find a file of the judges' folder, or skip."""
    found = FOLDER / "node_modules" / path
    if not found.exists():
        pytest.skip(f"{path.split('/')[0]} is not in {FOLDER}: run scripts/judges.sh {FOLDER.name}")
    return found


def run(*command: str) -> str:
    """Run a judge and give what it says."""
    chromium = shutil.which("chromium") or ""
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=110, env={**os.environ, "CHROMIUM": chromium}
    )
    return done.stdout + done.stderr


def test_the_html_is_valid(tmp_path: Path) -> None:
    """The Nu HTML checker finds no error in any of the issues."""
    jar = package("vnu-jar/build/dist/vnu.jar")
    pages = []
    for name in JUDGED:
        (tmp_path / name).mkdir()
        pages.append(page(SAMPLES[name].compose().message, tmp_path / name))
    assert run(tool("java"), "-jar", str(jar), "--errors-only", "--format", "gnu", *pages) == ""


@pytest.fixture(scope="module", params=JUDGED)
def message(request: pytest.FixtureRequest) -> Message:
    """Compose one of the judged issues."""
    return SAMPLES[request.param].compose().message


def page(message: Message, folder: Path) -> str:
    """Write the HTML part as a recipient gets it and give its path."""
    path = folder / "email.html"
    html = message.html.replace(TRAITS.tags["subscription"], "https://example.org/unsubscribe")
    path.write_text(html, encoding="utf-8")
    return str(path)


def test_mail_programs_know_the_css(message: Message, tmp_path: Path) -> None:
    """Nothing is used that a large mail program lacks, except what may be missing."""
    package("caniemail/dist/index.js")
    said = run(tool("node"), str(HERE / "caniemail.mjs"), str(FOLDER), page(message, tmp_path))
    assert set(json.loads(said)) <= GRACEFUL


@pytest.mark.browser
def test_everybody_can_read_it(message: Message, tmp_path: Path) -> None:
    """Axe finds nothing on a phone or a desktop, light or dark, and no page is wider than one of four windows."""
    package("axe-core/axe.min.js")
    tool("chromium")
    path = tmp_path / "shown.html"
    path.write_text(shown(message), encoding="utf-8")
    assert json.loads(run(tool("node"), str(HERE / "axe.mjs"), str(FOLDER), str(path))) == []


@pytest.mark.slow
@pytest.mark.browser
def test_every_kind_of_look_can_be_read(tmp_path: Path) -> None:
    """Few and many stories, other languages and other colours; ``scripts.look_matrix`` judges all combinations."""
    package("axe-core/axe.min.js")
    tool("chromium")
    pages = []
    for name, sample in looks_of_each_kind():
        pages.append(tmp_path / f"{name}.html")
        pages[-1].write_text(shown(sample.compose().message), encoding="utf-8")
    assert json.loads(run(tool("node"), str(HERE / "axe.mjs"), str(FOLDER), *map(str, pages))) == []


@pytest.mark.parametrize("name", JUDGED)
def test_it_does_not_look_like_spam(name: str, tmp_path: Path) -> None:
    """SpamAssassin's local rules give at most half a point."""
    path = tmp_path / "email.eml"
    path.write_bytes(SAMPLES[name].compose().eml)
    with path.open("rb") as eml:
        done = subprocess.run(
            [tool("spamassassin"), "-L", "-t"], stdin=eml, capture_output=True, timeout=110, check=True
        )
    score = re.search(rb"^X-Spam-Status:.*?score=(-?[\d.]+)", done.stdout, re.MULTILINE | re.DOTALL)
    assert score
    assert float(score[1]) <= 0.5


@pytest.mark.browser
@pytest.mark.parametrize("look", ["", "scheme", "forced", "bare"])
def test_every_code_decodes_from_a_picture_of_the_page(look: str, tmp_path: Path) -> None:
    """In light, dark, forced dark and without styles, each code of the week's issue gives its link."""
    sample = SAMPLES["week"]
    html = shown(sample.compose().message)
    if look == "bare":
        html = re.sub("<style>.*?</style>", "", html, flags=re.DOTALL)
    width, dark = (360, "") if look == "bare" else (640, look)
    picture = take_picture(html, tmp_path, width=width, height=16000, dark=dark)
    said = run(tool("zbarimg"), "-q", "--raw", "-Sdisable", "-Sqrcode.enable", str(picture)).split()
    found = set(said) | set(decoded_by_opencv(picture))
    assert {one.link for one in sample.articles} <= found


def decoded_by_opencv(picture: Path) -> list[str]:
    """Decode what OpenCV sees in a picture."""
    pixels = cv2.imread(str(picture))
    assert pixels is not None
    _, texts, *_ = cv2.QRCodeDetector().detectAndDecodeMulti(pixels)
    return [text for text in texts if text]
