r"""Find an article's date in its first bytes without parsing, so that only files that may be in the period are parsed.

A date is accepted only if it is certain to be the one that parsing would find:

- the first of the date keys that the file has, at the top level, on its own line, after nothing but
  lines that cannot begin a multi-line string, a list or a table, with a complete date in a plain format; or
- the path, if no date key and no `path` occurs in the front matter at all.

Anything unusual is parsed: prescreening never changes a selection, as a property test shows.
The same code dates files that cannot be parsed, so that both ways agree on them as well.
"""

import re
from collections.abc import Collection, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from newsletter.models import Period
from newsletter.selector.dates import find_day, parse_date

__all__ = ["DateFinder", "Prescreen"]

_VALUE = (
    rb"(?P<value>\d{4}-\d\d-\d\d"
    rb"(?:[Tt ](?:2[0-3]|[01]?\d):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?: ?(?:[Zz]|[+-](?:2[0-3]|[01]\d):?[0-5]\d))?)?)"
)
_QUOTED_VALUE = rb"(?P<quote>[\"']?)" + _VALUE + rb"(?P=quote)"
# *+ and ++ never backtrack, so that matching takes linear time.
_DOUBLE = rb'"(?:[^"\\\n]++|\\.)*+"'
_SINGLE = rb"'(?:[^'\n]++|'')*+'"
_LIST = rb"\[(?:[^\[\]{}\"'\n]++|" + _DOUBLE + b"|" + _SINGLE + rb")*+\]"
_END = rb"[ \t]*+(?:#[^\n]*+)?\r?\n"
_BLANK = rb"[ \t]*+(?:#[^\n]*+|\r)?\n"

# Otherwise the spaces before a value would hide its first character.
_TOML_LINE = (
    rb"[ \t]*+[\w.-]++[ \t]*+=[ \t]*+(?:"
    rb"\[[ \t]*+\r?\n(?:[ \t]*+(?:(?:" + _DOUBLE + rb"|'[^'\n]*+'|[\w.:+-]++)[ \t]*+)?(?:,[ \t]*+)?\r?\n)*+[ \t]*+\]"
    + _END
    + b"|" + rb"(?!\"\"\"|'''|\{|\[[^\n]*(?:\"\"\"|'''|\{))[^\n]*+\n)"
)  # fmt: skip
# The first character decides whether a YAML value may continue on the next line; a block indicator belongs to it.
_YAML_PLAIN = rb"[^\s\"'\[\]{}>|*&!%#`@,?:-][^\n]*+\n"
_YAML_KEY = rb"[ ]*+(?:-[ ]++)?[\w.-]++[ ]*+:"
_YAML_LINE = (
    _YAML_KEY + rb"(?:[ \t]++" + _YAML_PLAIN
    + b"|" + rb"(?:[ \t]++(?:" + b"|".join((_DOUBLE, _SINGLE, _LIST)) + b"))?" + _END + b")"
    + b"|" + rb"[\w.-]++:[ ]++[|>][0-9+-]{0,2}\r?\n(?:[ \t][^\n]*+\n|\r?\n)*+"
    + b"|" + rb"[ ]*+-[ ]++(?:[^\s\"'\[\]{}>|*&!%#`@,?:-][^\n:\"'\[{]*+\n|"
    + b"(?:" + _DOUBLE + b"|" + _SINGLE + b")" + _END + b")"
    + b"|" + rb"[ ]++[^\s\"'\[\]{}>|*&!%#`@,?:-][^\n\"'\[\]{}:#&*!|>]*+\n"
)  # fmt: skip
_JSON_LIST = rb"\[(?:[^\[\]{}\"]++|" + _DOUBLE + rb")*+\]"
_JSON_MEMBER = rb'"[^"\\]*+"\s*+:\s*+(?:' + _DOUBLE + rb"|[\w.+-]++|" + _JSON_LIST + rb")\s*+,\s*+"

# A fence at the very end of the head may be the beginning of a longer line.
_FENCES = {b"+": re.compile(rb"\n\+\+\+[ \t]*\r?\n"), b"-": re.compile(rb"\n(?:---|\.\.\.)[ \t]*\r?\n")}
# Line breaks to YAML, but not to the patterns above.
_YAML_BREAK = re.compile(b"\r(?!\n)|" + "\x85|\u2028|\u2029".encode())


def _patterns(key: str) -> dict[bytes, re.Pattern[bytes]]:
    """Return patterns from a file's first fence to a complete date in `key`, by the first character of the fence."""
    name = b"(?i:" + re.escape(key.encode()) + b")"
    # Atomic groups, (?>…): a line can match in one way only, so that no text makes matching slow.
    toml = rb"\+\+\+[ \t]*\r?\n(?:(?>" + _TOML_LINE + b"|" + _BLANK + rb"))*?[ \t]*" + name
    yaml = rb"---[ \t]*\r?\n(?:(?>" + _YAML_LINE + b"|" + _BLANK + rb"))*?" + name
    json = rb"\{\s*(?:(?>" + _JSON_MEMBER + rb'))*?"' + name + rb'"\s*:\s*"' + _VALUE + rb'"\s*[,}]'
    return {
        b"+": re.compile(toml + rb"[ \t]*=[ \t]*" + _QUOTED_VALUE + _END),
        b"-": re.compile(yaml + rb"[ ]*:[ \t]+" + _QUOTED_VALUE + _END + rb"(?=[^\s#])"),
        b"{": re.compile(json),
    }


class DateFinder:
    """Finds dates in the bytes of files, by the date keys (in lower case, the first has precedence)."""

    def __init__(self, date_keys: Sequence[str], zone: ZoneInfo) -> None:
        """Prepare for `date_keys`, and for times without an offset in `zone`."""
        self.zone = zone
        self.first = {fence: pattern.match for fence, pattern in _patterns(date_keys[0]).items()}
        self.date_keys = date_keys
        self.others: dict[str, dict[bytes, re.Pattern[bytes]]] = {}
        keys = "|".join(map(re.escape, date_keys))
        self.word = re.compile(rf"(?<![\w-])(?:{keys}|path)(?![\w-])")
        self.line = re.compile(rf"""(?im)(?:^|[{{,])[ \t]*["']?(?:{keys})["']?[ \t]*[=:][ \t]*["']?([^"'\n\r#]*)""")

    def see(self, head: bytes, path: str) -> bytes | None:
        """Return the date of the file `path` that begins with `head`, as text; None if it is not certain."""
        fence = head[:1]
        if fence not in self.first:
            head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
            fence = head[:1]
            if fence not in self.first:
                return None
        if fence == b"-" and _YAML_BREAK.search(head):
            return None
        match = self.first[fence](head)
        return match["value"] if match else self._see_further(head, fence, path)

    def _see_further(self, head: bytes, fence: bytes, path: str) -> bytes | None:
        """Return a date in a later key, or in the path, if no earlier key can be in the file."""
        closing = _FENCES[fence].search(head) if fence in _FENCES else None
        # A backslash may be part of an escaped key: "d\u0061te".
        if not closing or b"\\" in head[: closing.start()]:
            return None
        words = set(self.word.findall(head[: closing.start()].decode(errors="replace").lower()))
        key = next((key for key in self.date_keys if key in words), None)
        if key:
            if key not in self.others:
                self.others[key] = _patterns(key)
            match = self.others[key][fence].match(head)
            return match["value"] if match else None
        day = None if words else find_day(path, self.zone)
        return day.date().isoformat().encode() if day else None

    def guess(self, content: bytes, path: str) -> datetime | None:
        """Return the date of a file that cannot be parsed: a certain one, else by its date key lines, else by its path.

        None if lines contradict each other: one of them may belong to a table or a string.
        """
        seen = self.see(content, path)
        if seen is not None:
            return parse_date(seen.decode(), self.zone)
        values = self.line.findall(_front_matter(content).decode(errors="replace"))
        dates = {found for value in values if (found := parse_date(value, self.zone))}
        if values:
            return dates.pop() if len(dates) == 1 else None
        return find_day(path, self.zone)


def _front_matter(content: bytes) -> bytes:
    """Return the text above the closing fence, or all of it if there is none."""
    closing = _FENCES[content[:1]].search(content) if content[:1] in _FENCES else None
    return content[: closing.start()] if closing else content


class Prescreen:
    """Rules out files whose date is in none of the wanted intervals."""

    def __init__(self, stretches: Sequence[Period], finder: DateFinder, kept: Collection[str] = ()) -> None:
        """Prepare for the intervals `stretches`, with the dates from `finder`; files in `kept` are never ruled out."""
        self.stretches = stretches
        self.finder = finder
        self.kept = kept
        self.far: dict[bytes, bool] = {}

    def rules_out(self, head: bytes, path: str) -> bool:
        """Return whether the file `path` that begins with `head` is certainly in none of the intervals."""
        seen = self.finder.see(head, path)
        if seen is None:
            return False
        day = seen[:10]
        if day not in self.far:
            self.far[day] = self._is_far(day)
        return (self.far[day] or not self._may_be_wanted(seen)) and path not in self.kept

    def wanted(self, published: datetime) -> bool:
        """Return whether an instant is in one of the intervals."""
        return any(published in stretch for stretch in self.stretches)

    def _is_far(self, day: bytes) -> bool:
        """Return whether a day is so far from the intervals that no offset can bring it in."""
        try:
            ordinal = date.fromisoformat(day.decode()).toordinal()
        except ValueError:
            return False
        # An offset is less than a day, both that of the date and that of the interval.
        return not any(s.start.toordinal() - 2 <= ordinal <= s.end.toordinal() + 2 for s in self.stretches)

    def _may_be_wanted(self, seen: bytes) -> bool:
        published = parse_date(seen.decode(), self.finder.zone)
        return published is None or self.wanted(published)
