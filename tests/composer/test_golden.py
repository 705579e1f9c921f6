"""Whole issues compared with those in tests/golden/: text byte for byte, pictures by pixels, eml by structure."""

import io
from email import message_from_bytes
from email.message import Message as Eml
from email.policy import default
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from newsletter.composer.compose import Composition
from tests.composer.samples import SAMPLES

GOLDEN = Path(__file__).parent.parent / "golden"


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Return whether the golden issues are to be written again."""
    return bool(request.config.getoption("--update-golden"))


@pytest.mark.parametrize("name", SAMPLES)
def test_an_issue_is_composed_as_it_was(name: str, *, update: bool) -> None:
    """The same articles give the same message as when a person last looked at it."""
    composition = SAMPLES[name].compose()
    folder = GOLDEN / name
    if update:
        save(composition, folder)
    assert composition.message.html == (folder / "email.html").read_text(encoding="utf-8")
    assert composition.message.text == (folder / "email.txt").read_text(encoding="utf-8")
    assert structure(message_from_bytes(composition.eml, policy=default)) == (folder / "structure.txt").read_text()
    assert sorted(path.name for path in folder.glob("*.png")) == sorted(i.filename for i in composition.message.images)
    for image in composition.message.images:
        assert same_pixels(image.content, (folder / image.filename).read_bytes())


def save(composition: Composition, folder: Path) -> None:
    """Write the files of a golden issue."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    (folder / "email.html").write_text(composition.message.html, encoding="utf-8")
    (folder / "email.txt").write_text(composition.message.text, encoding="utf-8")
    (folder / "structure.txt").write_text(structure(message_from_bytes(composition.eml, policy=default)))
    for image in composition.message.images:
        (folder / image.filename).write_bytes(image.content)


def structure(eml: Eml) -> str:
    """Describe an .eml: the names of its headers, then the kinds of its parts."""
    parts = [f"{p.get_content_type()} {p.get_filename() or ''} {p.get_content_disposition() or ''}" for p in eml.walk()]
    return "\n".join([*eml.keys(), "", *(part.rstrip() for part in parts), ""])


def same_pixels(one: bytes, other: bytes) -> bool:
    """Compare two pictures pixel by pixel."""
    first, second = (Image.open(io.BytesIO(content)).convert("RGB") for content in (one, other))
    return first.size == second.size and ImageChops.difference(first, second).getbbox() is None
