"""Bring the examples of CommonMark's specification and of GitHub's extensions into tests/commonmark/.

    python scripts/fetch_commonmark.py SPEC.txt [--only-extensions] > tests/commonmark/NAME.json

SPEC.txt is the specification's source: that of CommonMark is in the npm package `commonmark-spec` (`npm pack
commonmark-spec@0.31.2`), that of GitHub's in the source of the PyPI package `cmarkgfm` (`pip download --no-binary
:all: --no-deps cmarkgfm`, test/spec.txt). Both are © John MacFarlane and others, CC BY-SA 4.0.
"""

import json
import re
import sys
from pathlib import Path

EXAMPLE = re.compile(r"^`{32} example([^\n]*)\n(.*?)^\.\n(.*?)^`{32}$|^#{1,6} *([^\n]*)$", re.MULTILINE | re.DOTALL)


def examples(spec: str, *, only_extensions: bool) -> list[dict[str, object]]:
    """List the examples with their number, section, Markdown and HTML."""
    found: list[dict[str, object]] = []
    section, number = "", 0
    for match in EXAMPLE.finditer(spec):
        if match[4] is not None:
            section = match[4]
            continue
        number += 1
        if not only_extensions or match[1].strip() not in ("", "disabled"):
            markdown, html = (part.replace("→", "\t") for part in (match[2], match[3]))
            found.append({"example": number, "section": section, "markdown": markdown, "html": html})
    return found


if __name__ == "__main__":
    text = Path(sys.argv[1]).read_text(encoding="utf-8")
    found = examples(text, only_extensions="--only-extensions" in sys.argv)
    sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=0) + "\n")
