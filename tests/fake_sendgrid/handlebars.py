"""As much of Handlebars as SendGrid documents for Marketing Campaigns: values in two braces or three, ``insert``."""

import re
from collections.abc import Mapping

__all__ = ["render"]

_ESCAPED = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#x27;",
    "`": "&#x60;",
    "=": "&#x3D;",
}
_MARK = re.compile(r"(\\*)(\{\{\{?)")
_EXPRESSION = re.compile(r'\s*(?:insert\s+([A-Za-z_]\w*)\s+"(?:default=)?([^"\\]*)"|([A-Za-z_]\w*))\s*')


def render(template: str, values: Mapping[str, str]) -> str:
    """Fill a template; ValueError for what is not a template, such as braces that do not close."""
    done, at = "", 0
    while mark := _MARK.search(template, at):
        done += template[at : mark.start()]
        if len(mark[1]) == 1:  # an escaped mark is text
            at = template.find("}}", mark.end())
            done += template[mark.start(2) : at]
            continue
        done += mark[1][1:]
        inner, at = _inner(template, mark)
        found = _EXPRESSION.fullmatch(inner)
        if not found:
            raise ValueError(f"not an expression: {inner!r}")
        value = values.get(found[1] or found[3], "") or found[2] or ""
        done += value if mark[2] == "{{{" else "".join(_ESCAPED.get(char, char) for char in value)
    return done + template[at:]


def _inner(template: str, mark: re.Match[str]) -> tuple[str, int]:
    close = "}" * len(mark[2])
    end = template.find(close, mark.end())
    if end < 0 or (close == "}}" and template.startswith("}}}", end)):
        raise ValueError(f"{mark[2]} is not closed by {close}")
    return template[mark.end() : end], end + len(close)
