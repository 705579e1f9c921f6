"""Read MDX as Markdown: imports, exports and comments go, tags of components go, and what is between them stays."""

import re

__all__ = ["plain_markdown"]

_STATEMENT = re.compile(r"^(?:import|export)\b[^\n]*+(?:\n(?![ \t]*+(?:\n|\Z))[^\n]*+)*+", re.MULTILINE)
_COMPONENT = re.compile(r"</?[A-Z][^<>]*+>")


def plain_markdown(body: str) -> str:
    """Return the Markdown of an MDX file; code between fences stays as it is."""
    parts = body.split("```")
    parts[::2] = [_COMPONENT.sub("", _without_comments(_STATEMENT.sub("", part))) for part in parts[::2]]
    return "```".join(parts).strip()


def _without_comments(text: str) -> str:
    """Take out ``{/* … */}``."""
    kept, at = [], 0
    while (begin := text.find("{/*", at)) >= 0 and (end := text.find("*/}", begin)) >= 0:
        kept.append(text[at:begin])
        at = end + 3
    return "".join((*kept, text[at:]))
