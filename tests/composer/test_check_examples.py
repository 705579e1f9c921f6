"""The examples of the reference are true: a bad one makes its finding, a good one does not."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.composer.checks import check
from newsletter.settings import ComposeSettings
from tests.composer.samples import article, composed, config, outline

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "checks.md"
EXAMPLE = re.compile(r"^<!-- (bad|good) ([a-z-]+) -->\n\n```(markdown|html)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = EXAMPLE.findall(PAGE.read_text(encoding="utf-8"))
FULL = config(compose=ComposeSettings(body="full", qr="off"))


def found(kind: str, source: str) -> set[str]:
    """Return the codes that an article, or a template, with this text gets."""
    if kind == "markdown":
        story = article(1, body=source, body_format="markdown")
        return {one.code for one in composed(story, settings=FULL).findings}
    message = composed(article(1)).message
    changed = replace(message, html=message.html.replace("</h1>", f"</h1>{source}", 1))
    return {one.code for one in check(changed, outline(article(1)), None, config())}


@pytest.mark.parametrize(("judged", "code", "kind", "source"), EXAMPLES)
def test_an_example_is_true(judged: str, code: str, kind: str, source: str) -> None:
    """What the reference calls bad is found, what it calls good is not."""
    assert (code in found(kind, source)) is (judged == "bad")


@pytest.mark.parametrize(
    ("source", "finds"),
    [
        ("Text\n\n```\n**a ** {{< x\n```", False),
        ("Open {{< x\n\nnever", True),
        ("Not ** bold** here", False),
        ("No[^9].", True),
    ],
)
def test_marks_in_code_are_none(source: str, finds: bool) -> None:
    """Only what is outside code is one."""
    assert ("raw-marks" in found("markdown", source)) is finds
