"""Read the configuration files of a site: TOML, YAML or JSON to tables with keys in lower case.

A site is foreign: a file counts only where it is really in the site's folder, no more than `MOST_BYTES` of it are
read, and what is not valid is an error that names the file and the line.
"""

import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from newsletter.errors import ArticleError, ConfigError, NewsletterError, StorageError
from newsletter.files import read_file, real_path
from newsletter.front_matter import parse_front_matter
from newsletter.toml_binding import parse_tables, shown_path

__all__ = [
    "deep_lower",
    "front_matter_of",
    "is_false",
    "is_file",
    "is_true",
    "read_bytes",
    "read_tables",
    "table_at",
    "text_at",
    "texts_at",
]

MOST_BYTES = 2_000_000
_MOST_VALUES = 100_000
_MOST_TEXTS = 1000
_MOST_OF_A_PAGE = 4_000_000  # bytes of a section page
_LONGEST = 10_000  # characters of a value; no article has a longer title
_NO_TEXT = re.compile(r"[\x00\ud800-\udfff]")
_DEPTH = 50


def read_bytes(folder: Path, name: str, most: int = MOST_BYTES) -> bytes | None:
    """Read the file `name` of a site, None where there is none; ConfigError for one that leads outside."""
    path = folder / name
    try:
        if not real_path(path).is_relative_to(real_path(folder)):
            hint = "put the file itself in its place: nothing outside the site's folder is read"
            raise ConfigError("leads out of the site's folder", place=shown_path(path), hint=hint)
        return read_file(path, most)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except StorageError as error:
        raise ConfigError(error.message, place=shown_path(path), hint=error.hint) from error
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else "") or "its name is none"
        raise ConfigError(f"cannot be read: {reason}", place=shown_path(path)) from error


def read_tables(folder: Path, name: str) -> dict[str, Any] | None:
    """Read a configuration file of a site, by its ending; None where there is none."""
    content = read_bytes(folder, name)
    return None if content is None else deep_lower(_parse(folder / name, content))


def _parse(path: Path, content: bytes) -> dict[str, Any]:
    if path.suffix == ".toml":
        return parse_tables(path, content)[0]
    try:
        text = content.decode("utf-8-sig")
        if path.suffix == ".json":
            tables = json.loads(text, parse_int=str, parse_float=str)
            return tables if isinstance(tables, dict) else {}
        from newsletter.yaml import parse_yaml  # a slow import, as that of `json`, which few sites need

        return parse_yaml(text, most=_MOST_VALUES, repeats=True)
    except UnicodeDecodeError as error:
        raise ConfigError("is not UTF-8 text", place=shown_path(path)) from error
    except json.JSONDecodeError as error:
        raise ConfigError(f"not valid JSON: {error.msg}", place=f"{shown_path(path)}:{error.lineno}") from error
    except RecursionError as error:
        raise ConfigError("not valid JSON: it is nested too deeply", place=shown_path(path)) from error
    except ArticleError as error:
        place = f"{shown_path(path)}:{error.line}" if error.line else shown_path(path)
        raise ConfigError(error.message.replace("the front matter", "it"), place=place) from error


def front_matter_of(folder: Path, name: str) -> dict[str, Any]:
    """Read the front matter of a page of the site, {} where there is none or it cannot be read: it stops no other."""
    with suppress(NewsletterError):
        content = read_bytes(folder, name, _MOST_OF_A_PAGE)
        return parse_front_matter(content).fields if content else {}
    return {}


def deep_lower(value: Any, depth: int = 0) -> Any:
    """Return a value with the keys of all its tables in lower case; what is nested too deep is left out."""
    if depth > _DEPTH:
        return None
    if isinstance(value, dict):
        return {str(key).lower(): deep_lower(one, depth + 1) for key, one in value.items()}
    return [deep_lower(one, depth + 1) for one in value] if isinstance(value, list) else value


def is_true(value: Any) -> bool:
    """Return whether a value says true, in YAML's words too."""
    return str(value).strip().lower() == "true"


def is_false(value: Any) -> bool:
    """Return whether a value says false."""
    return str(value).strip().lower() == "false"


def table_at(table: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """Return the table below `keys`, {} where there is none."""
    for key in keys:
        found = table.get(key)
        table = found if isinstance(found, dict) else {}
    return dict(table)


def text_at(table: Mapping[str, Any], *keys: str) -> str:
    """Return the first of `keys` that is text or a number, "" without one."""
    return next(filter(None, (_text(table.get(key)).strip() for key in keys)), "")


def _text(value: Any) -> str:
    """Return a text or a number as text, without what no address can hold; "" for anything else."""
    if isinstance(value, int) and value.bit_length() > 64:
        return ""  # Python may refuse to write it out
    return _NO_TEXT.sub("", str(value)[:_LONGEST]) if isinstance(value, str | int | float) else ""


def texts_at(table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Return a text or a list of them, () where there is none."""
    value = table.get(key)
    ones = value[:_MOST_TEXTS] if isinstance(value, list) else [value]
    return tuple(text for one in ones if not isinstance(one, bool) and (text := _text(one)))


def is_file(folder: Path, name: str) -> bool:
    """Return whether a site has a file of this name; false for what no file can be called."""
    try:
        return os.path.isfile(f"{folder}/{name}")  # noqa: PTH113 - a page of a site asks for a dozen, and paths are slow
    except (OSError, ValueError):
        return False
