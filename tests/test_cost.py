"""What an article may cost: hostile ones of a megabyte stay within seconds and megabytes, and patterns are linear."""

import ast
import importlib
import json
import os
import pkgutil
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import chain, product
from pathlib import Path
from typing import Any

import pytest

import newsletter
from newsletter.composer.shortcodes import resolve_shortcodes
from tests.cost.cases import CASES
from tests.cost.measure import MEGABYTES, SECONDS

ROOT = Path(__file__).parent.parent
GROUPS = 4
ALL = os.environ.get("COST") == "all"  # `make cost`; else each fourth
SMALL, LARGE = 1500, 6000  # characters; four times as many take 4 times as long where time is linear, 16 where not
BUSY = 3  # times as long as on an idle machine, on one that does other work too
NOTICED = 0.03  # seconds; what takes less is no matter
USES = ("match", "fullmatch", "search", "sub", "finditer", "findall", "split")
OWN_TEXTS = {
    "newsletter.sender.lock": "mounts of this machine",
    "newsletter.settings": "settings that the operator writes",
}
"""Modules whose patterns meet no foreign text, and what they meet."""


@pytest.mark.slow
@pytest.mark.timeout(500)
@pytest.mark.parametrize("group", range(GROUPS))
def test_no_article_costs_more_than_its_bounds(group: int, tmp_path: Path) -> None:
    """One article of a megabyte costs two seconds of processor time and 200 MB more than a plain one, at most."""
    names = sorted(CASES)[:: 1 if ALL else 4][group::GROUPS]
    command = [sys.executable, "-m", "tests.cost.measure", str(tmp_path), *names]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=480, check=False)
    costs = [json.loads(line) for line in done.stdout.splitlines()]
    assert [cost["name"] for cost in costs] == names, done.stderr
    for cost in costs:
        assert cost["seconds"] <= BUSY * SECONDS, cost
        assert cost["megabytes"] <= MEGABYTES, cost
        assert cost["status"] == 0, cost
        assert "Traceback" not in cost["said"], cost


def patterns() -> Iterator[tuple[str, str, re.Pattern[Any], str]]:
    """Find every compiled pattern of a module, and each that is written into a call, with how it is used."""
    for module in pkgutil.walk_packages(newsletter.__path__, "newsletter."):
        if module.name.endswith("__main__") or module.name in OWN_TEXTS:
            continue
        loaded = importlib.import_module(module.name)
        source = Path(str(loaded.__file__)).read_text(encoding="utf-8")
        for name, value in vars(loaded).items():
            if isinstance(value, re.Pattern):
                for use in sorted(set(re.findall(rf"\b{name}\.(\w+)", source)) & set(USES)):
                    yield module.name, name, value, use
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and (found := _written(node)):
                yield module.name, str(node.lineno), *found


def _written(call: ast.Call) -> tuple[re.Pattern[Any], str] | None:
    """Return the pattern that a call such as ``re.sub("…", …)`` holds, and the call's name."""
    function = call.func
    if not (isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and call.args):
        return None
    text = call.args[0]
    if function.value.id != "re" or function.attr not in USES or not isinstance(text, ast.Constant):
        return None
    return re.compile(text.value), function.attr


def hostile(pattern: re.Pattern[Any], size: int) -> Iterator[str]:
    """Repeat what a pattern is about: a character, two, or a short word of its own; the end fits nothing."""
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    letters = sorted({char for char in text if not char.isalnum() and char not in "\\|?+^$"} | set("a0 -.\n"))
    words = set(re.findall(r"[\w<>/&;:@%{}\"'-]{2,8}", text))
    for piece in chain(letters, map("".join, product(letters, repeat=2)), sorted(words)):
        yield piece * (size // len(piece)) + "\0"


def seconds(pattern: re.Pattern[Any], use: str, text: str) -> float:
    """Measure one use of a pattern, the quickest of three."""
    content: Any = text if isinstance(pattern.pattern, str) else text.encode("latin-1", "replace")
    call: Callable[[], object] = {
        "sub": lambda: pattern.sub("" if isinstance(content, str) else b"", content),
        "finditer": lambda: list(pattern.finditer(content)),
    }.get(use, lambda: getattr(pattern, use)(content))
    taken = []
    for _ in range(3):
        began = time.process_time()
        call()
        taken.append(time.process_time() - began)
        if taken[-1] < NOTICED / 10:
            break
    return min(taken)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "name", "pattern", "use"),
    [pytest.param(*found, id=f"{found[0]}:{found[1]}:{found[3]}") for found in patterns()],
)
def test_every_pattern_takes_linear_time(module: str, name: str, pattern: re.Pattern[Any], use: str) -> None:
    """Four times the text takes about four times as long, whatever it repeats."""
    for small, large in zip(hostile(pattern, SMALL), hostile(pattern, LARGE), strict=True):
        long = seconds(pattern, use, large)
        if long > NOTICED:
            short = seconds(pattern, use, small)
            assert long < 9 * short, f"{module} {name}: {long:.3f} s after {short:.3f} s for {large[:20]!r}"


def test_references_that_lead_nowhere_take_linear_time() -> None:
    """Looking for what stands before each of them is no walk through all of them; HTML may have 20,000."""
    began = time.process_time()
    assert resolve_shortcodes("{%ref%}" * 20_000, markdown=False, page=lambda _: "")[0] == ""
    assert time.process_time() - began < 2
